/**
 * Reads a command line against the specs. Every mistake is a {@link UsageError} that names what was given, what was
 * likely meant, and a command to paste.
 *
 * @layer logic
 * @module
 */
import { parseArgs } from "node:util"
import { globalFlags } from "../commands/flags.ts"
import { durationMaxMs, formatDuration, parseDuration } from "./duration.ts"
import { commandName, type CommandSpec, type FlagSpec, type FlagValue, type Invocation } from "./Spec.ts"
import { nearest } from "./suggest.ts"
import { UsageError } from "./UsageError.ts"

/** What the first words of a command line turned out to be. */
export type Parsed =
  | { readonly _tag: "Command"; readonly invocation: Invocation }
  | { readonly _tag: "Help"; readonly path: ReadonlyArray<string> }
  | { readonly _tag: "Version" }

/** Reads the arguments behind the program's name. Throws {@link UsageError}. */
export const parse = (args: ReadonlyArray<string>, commands: ReadonlyArray<CommandSpec>): Parsed => {
  const { leading, rest } = splitLeading(args)
  const wantsHelp = beforeDashes(args).some((arg) => arg === "--help" || arg === "-h")
  if (leading.includes("--version") || leading.includes("-V")) return { _tag: "Version" }
  if (rest.length === 0) {
    const unknown = wantsHelp ? undefined : leading.find((arg) => !isGlobal(arg) && arg.startsWith("-"))
    if (unknown !== undefined) throw unknownFlag(unknown, globalFlags, "heddle")
    return { _tag: "Help", path: [] }
  }
  const spec = findCommand(rest, commands)
  if (spec === undefined) {
    const words = rest.slice(0, 2).filter((word) => !word.startsWith("-"))
    const area = words[0] ?? ""
    const isArea = commands.some((command) => command.path.length > 1 && command.path[0] === area)
    if (isArea && words.length === 1) return { _tag: "Help", path: [area] }
    throw unknownCommand(words, commands)
  }
  if (wantsHelp) return { _tag: "Help", path: spec.path }
  return { _tag: "Command", invocation: parseCommand(spec, [...leading, ...rest.slice(spec.path.length)]) }
}

const beforeDashes = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const dashes = args.indexOf("--")
  return dashes < 0 ? args : args.slice(0, dashes)
}

const isGlobal = (arg: string): boolean => {
  const name = arg.replace(/^--/, "").split("=")[0]
  return arg === "-h" || arg === "-V" || globalFlags.some((flag) => flag.name === name)
}

/** Flags that every command knows may stand before the command's words. */
const splitLeading = (args: ReadonlyArray<string>) => {
  let index = 0
  while (index < args.length) {
    const arg = args[index] ?? ""
    if (!arg.startsWith("-") || arg === "--") break
    const flag = globalFlags.find((candidate) => `--${candidate.name}` === arg)
    index += flag !== undefined && flag.kind !== "boolean" ? 2 : 1
  }
  return { leading: args.slice(0, index), rest: args.slice(index) }
}

const findCommand = (words: ReadonlyArray<string>, commands: ReadonlyArray<CommandSpec>): CommandSpec | undefined =>
  commands.find((command) => command.path.every((word, index) => words[index] === word))

const unknownCommand = (words: ReadonlyArray<string>, commands: ReadonlyArray<CommandSpec>): UsageError => {
  const [first = "", second = ""] = words
  const areas = [...new Set(commands.map((command) => command.path[0] ?? ""))]
  const verbs = commands.filter((command) => command.path[0] === first).map((command) => command.path[1] ?? "")
  if (verbs.length > 0) {
    const verb = nearest(second, verbs)
    return new UsageError(
      `heddle ${first} has no command ${JSON.stringify(second)}${verb === undefined ? "" : `; did you mean ${verb}?`}`,
      [verb === undefined ? `heddle ${first} --help` : `heddle ${first} ${verb} --help`],
    )
  }
  const area = nearest(first, areas) ?? areas.find((known) => first.length >= 4 && known.startsWith(first.slice(0, 4)))
  const verbNear = nearest(
    first,
    commands.map((command) => command.path[1] ?? ""),
  )
  const byVerb = commands.find((command) => command.path[1] === (verbNear ?? first))
  if (area === undefined && byVerb !== undefined) {
    return new UsageError(`there is no command ${JSON.stringify(first)}; did you mean ${commandName(byVerb)}?`, [
      `${commandName(byVerb)} --help`,
    ])
  }
  return new UsageError(
    `there is no command ${JSON.stringify(first)}${area === undefined ? "" : `; did you mean ${area}?`}`,
    [
      area === undefined
        ? "heddle --help"
        : commands.some((command) => command.path[0] === area && command.path[1] === second)
          ? `heddle ${area} ${second} --help`
          : `heddle ${area} --help`,
    ],
  )
}

const parseCommand = (spec: CommandSpec, args: ReadonlyArray<string>): Invocation => {
  const flags = [...spec.flags, ...globalFlags]
  const { tokens } = parseArgs({
    args: [...args],
    // The tokens are checked below, so that each mistake gets its own sentence and a hint.
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      flags.map((flag) => [
        flag.name,
        { type: flag.kind === "boolean" ? ("boolean" as const) : ("string" as const), multiple: true },
      ]),
    ),
  })
  const name = commandName(spec)
  const values = new Map<string, FlagValue>()
  const positionals: Array<string> = []
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value)
    if (token.kind !== "option") continue
    const flag = token.rawName.startsWith("--") ? flags.find((candidate) => candidate.name === token.name) : undefined
    if (flag === undefined) throw unknownFlag(token.rawName, flags, name)
    if (flag.kind === "boolean") {
      if (token.value !== undefined) throw new UsageError(`--${flag.name} takes no value`, [`${name} --${flag.name}`])
      values.set(flag.name, true)
      continue
    }
    const { value, inlineValue } = token
    if (value === undefined || (!inlineValue && value.length > 1 && value.startsWith("-"))) {
      throw new UsageError(`--${flag.name} needs a value: ${valueNameOf(flag)}`, [exampleUse(name, flag)])
    }
    if (flag.repeatable === true) {
      const before = values.get(flag.name)
      values.set(flag.name, [...(Array.isArray(before) ? before : []), ...(value === "" ? [] : [value])])
      continue
    }
    if (values.has(flag.name)) {
      throw new UsageError(`--${flag.name} was given more than once`, [exampleUse(name, flag)])
    }
    values.set(flag.name, readValue(flag, value, `--${flag.name}`, exampleUse(name, flag)))
  }
  return { spec, flags: values, positionals: checkPositionals(spec, positionals) }
}

const checkPositionals = (spec: CommandSpec, given: ReadonlyArray<string>): ReadonlyArray<string> => {
  const wanted = spec.positionals ?? []
  const name = commandName(spec)
  const extra = given[wanted.length]
  if (extra !== undefined) {
    throw new UsageError(`${name} does not know what ${JSON.stringify(extra)} is for`, [`${name} --help`])
  }
  for (const [index, positional] of wanted.entries()) {
    const value = given[index]
    if (value === undefined) {
      if (!positional.required) continue
      const choices = positional.choices === undefined ? "" : `: ${positional.choices.join(", ")}`
      throw new UsageError(`${name} needs ${positional.name}${choices}`, [
        `${name} ${positional.choices?.[0] ?? positional.name}`,
      ])
    }
    if (positional.choices !== undefined && !positional.choices.includes(value)) {
      const meant = nearest(value, positional.choices)
      throw new UsageError(
        `${JSON.stringify(value)} is no ${positional.name}; it is one of ${positional.choices.join(", ")}`,
        [`${name} ${meant ?? positional.choices[0] ?? ""}`],
      )
    }
  }
  return given
}

const unknownFlag = (raw: string, flags: ReadonlyArray<FlagSpec>, name: string): UsageError => {
  const word = raw.replace(/^-+/, "").split("=")[0] ?? ""
  const meant = nearest(
    word,
    flags.map((flag) => flag.name),
  )
  const flag = flags.find((candidate) => candidate.name === meant)
  return new UsageError(
    `${name} has no flag ${raw.split("=")[0] ?? raw}${meant === undefined ? "" : `; did you mean --${meant}?`}`,
    [flag === undefined ? `${name} --help` : exampleUse(name, flag)],
  )
}

/**
 * Reads one value of a flag, an environment variable or the configuration file; `source` names it in the message.
 * Throws {@link UsageError}.
 */
export const readValue = (flag: FlagSpec, text: string, source: string, hint: string): FlagValue => {
  const refuse = (expected: string) =>
    new UsageError(`${source} must be ${expected}; it is ${JSON.stringify(text)}`, [hint])
  switch (flag.kind) {
    case "boolean":
      if (["1", "true", "yes"].includes(text.toLowerCase())) return true
      if (["0", "false", "no", ""].includes(text.toLowerCase())) return false
      throw refuse("true or false")
    case "integer":
    case "number": {
      const pattern = flag.kind === "integer" ? /^-?\d+$/ : /^-?\d+(\.\d+)?$/
      const value = pattern.test(text.trim()) ? Number(text) : Number.NaN
      if (!(value >= (flag.min ?? -Number.MAX_VALUE)) || !(value <= (flag.max ?? Number.MAX_VALUE))) {
        throw refuse(rangeOf(flag))
      }
      return value
    }
    case "duration": {
      const value = parseDuration(text)
      if (value === undefined) {
        throw refuse(`a duration with a unit, such as 90s, 5m or 2h, up to ${formatDuration(durationMaxMs)}`)
      }
      return value
    }
    case "choice":
      if (!(flag.choices ?? []).includes(text)) throw refuse(`one of ${(flag.choices ?? []).join(", ")}`)
      return text
    case "text":
      if (text === "") throw refuse("a text that is not empty")
      return text
  }
}

/** What a number may be, in words. */
export const rangeOf = (flag: FlagSpec): string => {
  const what = flag.kind === "integer" ? "a whole number" : "a number"
  if (flag.min !== undefined && flag.max !== undefined) return `${what} from ${flag.min} to ${flag.max}`
  if (flag.min !== undefined) return `${what} of at least ${flag.min}`
  return what
}

/** What stands for a flag's value in usage lines. */
export const valueNameOf = (flag: FlagSpec): string =>
  flag.choices?.join("|") ??
  flag.valueName ??
  { duration: "DURATION", integer: "N", number: "N" }[flag.kind as string] ??
  "TEXT"

const exampleUse = (name: string, flag: FlagSpec): string =>
  `${name} --${flag.name}${flag.kind === "boolean" ? "" : ` ${exampleOf(flag)}`}`

const exampleOf = (flag: FlagSpec): string => {
  switch (flag.kind) {
    case "duration":
      return "5m"
    case "integer":
    case "number":
      return String(Math.max(flag.min ?? 1, 4))
    case "choice":
      return flag.choices?.[0] ?? "TEXT"
    default:
      return flag.valueName ?? "TEXT"
  }
}
