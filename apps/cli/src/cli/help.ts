/**
 * Help pages from the specs: usage, flags, environment, exit codes and examples. They go to stdout and are made without
 * loading anything else.
 *
 * @layer logic
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import { globalFlags } from "../commands/flags.ts"
import { exitCodeMeanings } from "./exitCodes.ts"
import { valueNameOf } from "./parse.ts"
import { commandName, type CommandSpec, type FlagSpec } from "./Spec.ts"

/** Columns that help pages keep to. */
const widthMax = 100

/** Areas with what they are for, in the order of the help page. */
const areas: ReadonlyArray<readonly [area: string, summary: string]> = [
  ["studies", "pull data of many clinical studies, each alone"],
  ["experiments", "run a study by design: factors, conditions, replicates"],
  ["runs", "what ran, and how it ended"],
  ["", "more"],
]

/** The page of `heddle --help`, of an area, or of one command. */
export const helpPage = (path: ReadonlyArray<string>, commands: ReadonlyArray<CommandSpec>): string => {
  if (path.length === 0) return rootPage(commands)
  const exact = commands.find((command) => command.path.join(" ") === path.join(" "))
  return exact === undefined ? areaPage(path[0] ?? "", commands) : commandPage(exact)
}

const rootPage = (commands: ReadonlyArray<CommandSpec>): string => {
  const lines = [
    "heddle - run research work unit by unit: plan it, run it, resume it, prove it",
    "",
    "Usage: heddle <area> <verb> [flags]",
  ]
  for (const [area, summary] of areas) {
    const members = commands.filter((command) => (command.path.length > 1 ? command.path[0] : "") === area)
    lines.push("", area === "" ? "More:" : `${area} - ${summary}:`)
    lines.push(...rows(members.map((command) => [command.path.join(" "), command.summary])))
  }
  lines.push("", "Flags of every command:", ...flagRows(globalFlags))
  lines.push(
    "",
    "Examples:",
    ...exampleRows([
      { command: "heddle demo", note: "a real run over twelve generated studies, on this machine only" },
      { command: "heddle studies plan", note: "what a run would do, before it does it" },
      { command: "heddle help exit-codes", note: "what scripts can rely on" },
    ]),
  )
  return `${lines.join("\n")}\n`
}

const areaPage = (area: string, commands: ReadonlyArray<CommandSpec>): string => {
  const summary = areas.find(([name]) => name === area)?.[1] ?? ""
  const members = commands.filter((command) => command.path[0] === area)
  return `${[
    `heddle ${area} - ${summary}`,
    "",
    `Usage: heddle ${area} <verb> [flags]`,
    "",
    "Verbs:",
    ...rows(members.map((command) => [command.path[1] ?? "", command.summary])),
    "",
    "Examples:",
    ...exampleRows(members.flatMap((command) => command.examples.slice(0, 1))),
  ].join("\n")}\n`
}

const commandPage = (spec: CommandSpec): string => {
  const positionals = spec.positionals ?? []
  const lines = [`${commandName(spec)} - ${spec.summary}`, ""]
  const words = positionals.map((positional) => (positional.required ? positional.name : `[${positional.name}]`))
  lines.push(`Usage: ${[commandName(spec), ...words, "[flags]"].join(" ")}`)
  for (const paragraph of spec.description ?? []) lines.push("", ...wrap(paragraph, widthMax))
  if (positionals.length > 0) {
    lines.push("", "Arguments:", ...rows(positionals.map((positional) => [positional.name, positional.summary])))
  }
  if (spec.flags.length > 0) lines.push("", "Flags:", ...flagRows(spec.flags))
  lines.push("", "Flags of every command:", ...flagRows(globalFlags))
  const environment = [
    ...(spec.environment ?? []).map((entry) => [entry.name, entry.summary] as const),
    ...[...spec.flags, ...globalFlags].flatMap((flag) =>
      flag.env === undefined ? [] : [[flag.env, `as --${flag.name}`] as const],
    ),
  ]
  if (environment.length > 0) lines.push("", "Environment:", ...rows(environment))
  const codes: ReadonlyArray<ExitCode> = [
    ExitCode.ok,
    ExitCode.bug,
    ExitCode.usage,
    ...spec.exitCodes,
    ExitCode.interrupted,
  ]
  lines.push(
    "",
    "Exit codes:",
    ...rows(
      exitCodeMeanings
        .filter(([code]) => codes.includes(code))
        .map(([code, meaning]) => [String(code), meaning] as const),
    ),
  )
  lines.push("", "Examples:", ...exampleRows(spec.examples))
  return `${lines.join("\n")}\n`
}

/** The page of `heddle help exit-codes`. */
export const exitCodesPage = (): string =>
  `${[
    "Exit codes of every heddle command",
    "",
    ...rows(exitCodeMeanings.map(([code, meaning]) => [String(code), meaning])),
    "",
    "The codes are part of the public interface: scripts may branch on them.",
  ].join("\n")}\n`

const flagRows = (flags: ReadonlyArray<FlagSpec>): ReadonlyArray<string> =>
  rows(
    flags.map((flag) => [
      flag.kind === "boolean" ? `--${flag.name}` : `--${flag.name} ${valueNameOf(flag)}`,
      [
        flag.summary,
        flag.repeatable === true ? " (repeatable)" : "",
        flag.fallback === undefined ? "" : ` [${flag.fallback}]`,
      ].join(""),
    ]),
  )

const exampleRows = (
  examples: ReadonlyArray<{ readonly command: string; readonly note: string }>,
): ReadonlyArray<string> => examples.flatMap((example) => [`  # ${example.note}`, `  ${example.command}`])

/** Two columns, the second wrapped and kept apart; wide first cells get a line of their own. */
const rows = (pairs: ReadonlyArray<readonly [left: string, right: string]>): ReadonlyArray<string> => {
  const leftMax = 32
  const width = Math.min(leftMax, Math.max(0, ...pairs.map(([left]) => left.length)))
  return pairs.flatMap(([left, right]) => {
    const [first = "", ...more] = wrap(right, widthMax - width - 4)
    const indent = " ".repeat(width + 4)
    const head =
      left.length > width ? [`  ${left}`, `${indent}${first}`] : [`  ${left.padEnd(width)}  ${first}`.trimEnd()]
    return [...head, ...more.map((line) => `${indent}${line}`)]
  })
}

const wrap = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else {
      line = line === "" ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
