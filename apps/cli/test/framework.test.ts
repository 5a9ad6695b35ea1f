import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { outcomeColumns, runColumns } from "../src/runtime/runTables.ts"
import { completionScript, shells } from "../src/cli/completions.ts"
import { formatDuration, parseDuration } from "../src/cli/duration.ts"
import { exitCodeMeanings } from "../src/cli/exitCodes.ts"
import { helpPage } from "../src/cli/help.ts"
import { parse } from "../src/cli/parse.ts"
import { distance, nearest } from "../src/cli/suggest.ts"
import { displayWidth, formatTable, printable } from "../src/cli/table.ts"
import { UsageError } from "../src/cli/UsageError.ts"
import { pipelines } from "@heddle/studies/BuiltIn"
import { pipelineFlag } from "../src/commands/flags.ts"
import { builtInNames } from "../src/runtime/pipelines.ts"
import { commands } from "../src/commands/index.ts"
import { configKeys, jsonSchema } from "../src/config/Config.ts"
import { run } from "./harness.ts"

const usage = (args: ReadonlyArray<string>): UsageError => {
  try {
    parse(args, commands)
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
  throw new Error("it was accepted")
}

describe("usage errors", () => {
  const table: ReadonlyArray<readonly [args: string, message: string, hint: string]> = [
    ["studeis run", 'there is no command "studeis"; did you mean studies?', "heddle studies run --help"],
    ["studies rnu", 'heddle studies has no command "rnu"; did you mean run?', "heddle studies run --help"],
    ["resume", 'there is no command "resume"; did you mean heddle studies resume?', "heddle studies resume --help"],
    [
      "studies run --concurency 4",
      "heddle studies run has no flag --concurency; did you mean --concurrency?",
      "heddle studies run --concurrency 4",
    ],
    ["studies run --zzzzzz", "heddle studies run has no flag --zzzzzz", "heddle studies run --help"],
    ["studies run -x", "heddle studies run has no flag -x", "heddle studies run --help"],
    ["studies run --pipeline", "--pipeline needs a value: NAME|FILE", "heddle studies run --pipeline NAME|FILE"],
    ["studies run --pipeline --json", "--pipeline needs a value: NAME|FILE", "heddle studies run --pipeline NAME|FILE"],
    ["studies run --json=yes", "--json takes no value", "heddle studies run --json"],
    [
      "studies run --concurrency four",
      '--concurrency must be a whole number from 1 to 10000; it is "four"',
      "heddle studies run --concurrency 4",
    ],
    [
      "studies run --concurrency 0",
      '--concurrency must be a whole number from 1 to 10000; it is "0"',
      "heddle studies run --concurrency 4",
    ],
    [
      "studies run --concurrency 1e3",
      '--concurrency must be a whole number from 1 to 10000; it is "1e3"',
      "heddle studies run --concurrency 4",
    ],
    ["studies run --rate=-1", '--rate must be a number from 0.1 to 10000; it is "-1"', "heddle studies run --rate 4"],
    [
      "studies run --deadline 5",
      '--deadline must be a duration with a unit, such as 90s, 5m or 2h, up to 596 h 31 min; it is "5"',
      "heddle studies run --deadline 5m",
    ],
    [
      "studies run --placement moon",
      '--placement must be one of fibers, workers; it is "moon"',
      "heddle studies run --placement fibers",
    ],
    ["studies run --seed a --seed b", "--seed was given more than once", "heddle studies run --seed TEXT"],
    ["studies run extra", 'heddle studies run does not know what "extra" is for', "heddle studies run --help"],
    ["completions", "heddle completions needs SHELL: bash, zsh, fish, powershell", "heddle completions bash"],
    ["completions bsh", '"bsh" is no SHELL; it is one of bash, zsh, fish, powershell', "heddle completions bash"],
  ]
  it.each(table)("heddle %s", (args, message, hint) => {
    const error = usage(args.split(" "))
    expect(error.message).toBe(message)
    expect(error.hints).toEqual([hint])
    expect(error.exitCode).toBe(2)
  })

  it("a usage error ends with exit 2, a hint on stderr, and a failure line with --json", async () => {
    const plain = await run(["studies", "run", "--concurency", "4"])
    expect(plain).toEqual({
      code: 2,
      signal: null,
      stdout: "",
      stderr:
        "error: heddle studies run has no flag --concurency; did you mean --concurrency?\n\nhint: heddle studies run --concurrency 4\n",
    })
    const json = await run(["studies", "run", "--concurency", "4", "--json"])
    expect(json.code).toBe(2)
    expect(JSON.parse(json.stdout)).toMatchObject({ type: "failure", level: "error", exitCode: 2, tag: "UsageError" })
  })
})

describe("parsing", () => {
  it("a repeatable flag is a list, an empty key leaves it empty, and the last words need no order", () => {
    const parsed = parse(["--workspace", "w", "studies", "run", "--include", "A", "--json", "--include=-B"], commands)
    expect(parsed._tag).toBe("Command")
    if (parsed._tag !== "Command") return
    expect(Object.fromEntries(parsed.invocation.flags)).toEqual({ workspace: "w", include: ["A", "-B"], json: true })
    const empty = parse(["studies", "run", "--include="], commands)
    expect(empty._tag === "Command" && empty.invocation.flags.get("include")).toEqual([])
  })

  it("durations are read with their unit", () => {
    expect(["250ms", "90s", "5m", "2h", "1d", "1h30m", "1.5s"].map(parseDuration)).toEqual([
      250, 90_000, 300_000, 7_200_000, 86_400_000, 5_400_000, 1_500,
    ])
    expect(["", "5", "s", "-5s", "5 s", "0s", "99d", "5x", "1e3s"].map(parseDuration)).toEqual(Array(9).fill(undefined))
    expect([850, 12_345, 245_000, 7_380_000].map(formatDuration)).toEqual([
      "850 ms",
      "12.3 s",
      "4 min 05 s",
      "2 h 03 min",
    ])
  })

  it("the nearest word is found by edits, and nothing is suggested for a far one", () => {
    expect(distance("concurency", "concurrency")).toBe(1)
    expect(distance("rnu", "run")).toBe(1)
    expect(distance("kitten", "sitting")).toBe(3)
    expect(nearest("exlude", ["include", "exclude"])).toBe("exclude")
    expect(nearest("banana", ["include", "exclude"])).toBeUndefined()
  })
})

describe("tables", () => {
  it("are aligned on a terminal and tab-separated elsewhere, with control characters shown", () => {
    const columns = [{ title: "study" }, { title: "n", right: true }]
    const rows = [
      ["研究", "2"],
      ["A\u001b[31mB\tC", "10"],
    ]
    expect(formatTable(columns, rows, { aligned: true })).toBe("study       n\n研究        2\nAB\\u0009C  10\n")
    expect(formatTable(columns, rows, { aligned: false })).toBe("study\tn\n研究\t2\nAB\\u0009C\t10\n")
    const wide = [{ title: "study" }, { title: "result" }]
    expect(formatTable(wide, [["AB", "123456789012345"]], { aligned: true, columnsMax: 20 })).toBe(
      "study  result\nAB     123456789012…\n",
    )
    const outcomes = outcomeColumns("study")
    const outcome = ["A".repeat(30), "succeeded", "1", "12 ms", "1.5 s", "0 ms", "subjects 200, deleted 1"]
    for (const columnsMax of [30, 40, 80, 200]) {
      const text = formatTable(outcomes, [outcome], { aligned: true, columnsMax })
      // Three columns of 12, 9 and 12 with their gaps are the least.
      const wanted = Math.max(columnsMax, 12 + 2 + 9 + 2 + 12)
      for (const line of text.trimEnd().split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(wanted)
      // Which study, how it ended and what it gave are never left out.
      expect(text).toMatch(/^study +status .*result\nA+…? +succeeded .*subjects/)
    }
    expect(formatTable(outcomes, [outcome], { aligned: true, columnsMax: 200 })).toContain("queued")
    const runId = "20260101-120000-abcde"
    const run = [
      runId,
      "studies",
      "unfinished",
      "10",
      "5",
      "1",
      "2",
      "2026-01-01T12:00:00.000Z",
      "2026-01-01T12:00:00.000Z",
    ]
    expect(formatTable(runColumns, [run], { aligned: true, columnsMax: 42 })).toBe(
      `${"run".padEnd(21)}  state       failed\n${runId}  unfinished       1\n`,
    )
    const coloured = [{ title: "status", colours: { failed: "<red>" } }, { title: "n" }]
    expect(formatTable(coloured, [["failed", "1"]], { aligned: true, colour: true })).toBe(
      "status  n\n<red>failed\u001b[0m  1\n",
    )
    expect(printable("a\u202eb")).toBe("a\\u202eb")
    expect(displayWidth("e\u0301研")).toBe(3)
  })
})

describe("help", () => {
  it("every command has a page with usage, exit codes and examples that parse", () => {
    for (const command of commands) {
      const page = helpPage(command.path, commands)
      expect(page).toContain(`Usage: heddle ${command.path.join(" ")}`)
      expect(page).toContain("Exit codes:")
      expect(command.examples.length).toBeGreaterThan(0)
      for (const example of command.examples) {
        const words =
          example.command
            .split(" | ")[0]
            ?.replaceAll(/^.*?heddle |\)"$/g, "")
            .split(" ") ?? []
        expect(() => parse(words, commands), example.command).not.toThrow()
      }
      for (const line of page.split("\n")) expect(line.length, line).toBeLessThanOrEqual(140)
    }
  })

  it("the exit codes of the pages are the documented table", async () => {
    // The numbers stand in the design of the command line; they are written out here on purpose.
    expect(exitCodeMeanings.map(([code]) => code)).toEqual([0, 1, 2, 3, 4, 5, 6, 10, 11, 12, 130])
    const page = await run(["help", "exit-codes"])
    expect(page.code).toBe(0)
    expect(page.stderr).toBe("")
    expect(page.stdout.match(/^ {2}\d+/gm)?.map(Number)).toEqual([0, 1, 2, 3, 4, 5, 6, 10, 11, 12, 130])
  })

  it("--help, --version and help answer with exit 0 on stdout only, wherever the flag stands", async () => {
    for (const args of [
      ["--help"],
      ["studies", "--help"],
      ["studies"],
      ["studies", "run", "--concurrency", "x", "-h"],
      ["help", "studies", "run"],
      [],
    ]) {
      const result = await run(args)
      expect(result.code, args.join(" ")).toBe(0)
      expect(result.stderr).toBe("")
      expect(result.stdout).toContain("Usage: heddle")
    }
    expect((await run(["--version"])).stdout).toMatch(/^heddle \d+\.\d+\.\d+\n$/)
    const unknown = await run(["help", "exit-code"])
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      'error: there is no help on "exit-code"; did you mean exit-codes?\n\nhint: heddle --help\n',
    ])
  })

  it("help loads no Effect", async () => {
    const { spawnSync: sync } = await import("node:child_process")
    const main = new URL("../src/main.ts", import.meta.url).pathname
    const hook =
      'import { registerHooks } from "node:module"; registerHooks({ resolve(s, c, n) { if (s === "effect" || s.startsWith("effect/")) throw new Error("loaded " + s); return n(s, c) } })'
    for (const args of [
      ["--help"],
      ["--version"],
      ["studies", "rnu"],
      ["completions", "bash"],
      ["help", "exit-codes"],
    ]) {
      const result = sync(process.execPath, [
        "--import",
        `data:text/javascript,${encodeURIComponent(hook)}`,
        main,
        ...args,
      ])
      expect(result.stderr.toString()).not.toContain("loaded effect")
      expect([0, 2]).toContain(result.status)
    }
  })
})

describe("completions", () => {
  it("bash is valid and completes commands, flags and choices", () => {
    const script = completionScript("bash", commands)
    const complete = (...words: ReadonlyArray<string>): ReadonlyArray<string> => {
      const quoted = ["heddle", ...words].map((word) => `"${word}"`).join(" ")
      const test = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _heddle; echo "\${COMPREPLY[*]}"`
      const result = spawnSync("bash", ["-c", test], { encoding: "utf8" })
      expect(result.stderr).toBe("")
      return result.stdout.trim().split(" ")
    }
    expect(complete("")).toEqual(["studies", "experiments", "runs", "demo", "doctor", "completions", "help"])
    expect(complete("studies", "re")).toEqual(["resume"])
    expect(complete("studies", "run", "--conc")).toEqual(["--concurrency"])
    expect(complete("studies", "run", "--placement", "w")).toEqual(["workers"])
    expect(complete("completions", "f")).toEqual(["fish"])
  })

  it("every shell's script names every command and flag", () => {
    for (const shell of shells) {
      const script = completionScript(shell, commands)
      for (const command of commands) {
        for (const word of [...command.path, ...command.flags.map((flag) => flag.name)]) {
          expect(script, `${shell}: ${word}`).toContain(word)
        }
      }
    }
  })
})

describe("pipelines", () => {
  it("every built-in pipeline has its name here; extract has a command of its own", () => {
    expect([...builtInNames, "extract"].toSorted()).toEqual(Object.keys(pipelines).toSorted())
    expect(pipelineFlag.summary).toContain(`(${builtInNames.join(", ")})`)
  })
})

describe("configuration schema", () => {
  it("the published JSON Schema is current (pnpm run schema writes it anew)", () => {
    const published: unknown = JSON.parse(readFileSync(new URL("../heddle.schema.json", import.meta.url), "utf8"))
    expect(published).toEqual(jsonSchema())
    expect(published).toMatchObject({
      additionalProperties: false,
      properties: { studies: { additionalProperties: false } },
    })
  })

  it("every flag that names a configuration key names one that exists, and every key has its flag", () => {
    const named = new Set(commands.flatMap((command) => command.flags.flatMap((flag) => flag.config ?? [])))
    for (const key of named) expect(configKeys).toContain(key)
    expect(configKeys.filter((key) => !named.has(key)).toSorted()).toEqual(["$schema", "file-access", "workspace"])
  })
})
