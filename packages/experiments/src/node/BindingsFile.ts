/**
 * What the names of a study mean: a file (or words of a command line) that says which agent is which module file, command
 * line, web address or built-in. A study file itself never runs code; this is where its user says what does.
 *
 * @layer adapter
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { dirname, extname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { Issue, issuesMax, issueText } from "../ExperimentError.ts"
import { nearestName } from "../internal/nearestName.ts"
import * as JsonText from "../JsonText.ts"
import type { TextError } from "../TextError.ts"
import { isMap, mapToJson, type Value, type ValueMap } from "../Value.ts"
import * as Yaml from "../Yaml.ts"

/** Names that one file may bind. */
export const namesMax = 10_000

/** Words of a command line, and their length in characters. */
const wordsMax = 1_000

const words = Schema.NonEmptyArray(Schema.String).check(Schema.isMaxLength(wordsMax))
const seconds = Schema.Finite.check(Schema.isGreaterThan(0))
const bytes = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_073_741_824 }))
const Metadata = Schema.Record(Schema.String, Schema.String)
const JsonMap = Schema.Record(Schema.String, Schema.Json)
const version = Schema.optionalKey(Schema.String)
const metadata = Schema.optionalKey(Metadata)

const ModuleEntry = Schema.Struct({
  module: Schema.NonEmptyString,
  export: Schema.optionalKey(Schema.NonEmptyString),
  version,
  metadata,
})
const CommandEntry = Schema.Struct({
  command: words,
  cwd: Schema.optionalKey(Schema.NonEmptyString),
  /** Bound of one try, in seconds. */
  timeout_s: Schema.optionalKey(seconds),
  /** Most of its output that is taken. */
  stdout_bytes_max: Schema.optionalKey(bytes),
  /** Variables of the environment that the command is given beside PATH and HOME. */
  env: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  version,
  metadata,
})
const UrlEntry = Schema.Struct({
  url: Schema.String.check(Schema.isPattern(/^https?:\/\/[^\s]+$/)),
  timeout_s: Schema.optionalKey(seconds),
  /** Most of an answer that is taken. */
  response_bytes_max: Schema.optionalKey(bytes),
  /** Headers by name, each with the environment variable that holds its text: a credential never stands in a file. */
  headers_env: Schema.optionalKey(Metadata),
  version,
  metadata,
})
const BuiltinEntry = Schema.Struct({
  builtin: Schema.NonEmptyString,
  options: Schema.optionalKey(JsonMap),
  version,
  metadata,
})
const DataEntry = Schema.Struct({
  brief: Schema.String,
  family: Schema.optionalKey(Schema.String),
  payload: Schema.optionalKey(JsonMap),
  metadata: Schema.optionalKey(JsonMap),
  version,
})

/** What a name is bound to; paths are absolute. @category models */
export type BindingSpec =
  | {
      readonly _tag: "Module"
      readonly path: string
      readonly exportName: string
      readonly version?: string
      readonly metadata?: Readonly<Record<string, string>>
    }
  | {
      readonly _tag: "Command"
      readonly words: ReadonlyArray<string>
      /** Where it runs, absolute. */
      readonly cwd: string
      readonly timeoutMs?: number
      readonly stdoutBytesMax?: number
      readonly env?: ReadonlyArray<string>
      readonly version?: string
      readonly metadata?: Readonly<Record<string, string>>
    }
  | {
      readonly _tag: "Url"
      readonly url: string
      readonly timeoutMs?: number
      readonly responseBytesMax?: number
      readonly headersEnv?: Readonly<Record<string, string>>
      readonly version?: string
      readonly metadata?: Readonly<Record<string, string>>
    }
  | {
      readonly _tag: "Builtin"
      readonly name: string
      readonly options: Readonly<Record<string, Schema.Json>>
      readonly version?: string
      readonly metadata?: Readonly<Record<string, string>>
    }
  | {
      /** A problem that is a text with data, and has no evaluator. */
      readonly _tag: "Data"
      readonly brief: string
      readonly family?: string
      readonly payload?: Readonly<Record<string, Schema.Json>>
      readonly metadata?: Readonly<Record<string, Schema.Json>>
      readonly version?: string
    }

/** What all names of a study are bound to. @category models */
export interface BindingSpecs {
  readonly agents: ReadonlyMap<string, BindingSpec>
  readonly problems: ReadonlyMap<string, BindingSpec>
  /** One function for each run, in place of agents and problems. */
  readonly runner?: BindingSpec
}

/** Nothing is bound. @category constructors */
export const empty: BindingSpecs = { agents: new Map(), problems: new Map() }

/**
 * Bindings that cannot be read. All problems are named at once; nothing was run.
 *
 * @category errors
 */
export class InvalidBindings extends Schema.TaggedError<InvalidBindings>()("InvalidBindings", {
  /** The file or the flag. */
  source: Schema.String,
  issues: Schema.Array(Issue),
  count: Schema.Int,
}) {
  readonly exitCode = ExitCode.usage
  readonly retryable = false
  get hints(): ReadonlyArray<string> {
    if (this.source === "--runner") {
      return [
        "bind the runner to a module file: --runner ./runner.mjs",
        `or to a program, as a JSON list of words: --runner '["python3","lab.py"]'`,
      ]
    }
    return [
      "bind an agent to a module file: --agent NAME=./agent.mjs",
      ...(this.source === "--agent"
        ? [`or to a program, as a JSON list of words: --agent 'NAME=["python3","agent.py"]'`]
        : []),
      "or in the bindings file: agents: {NAME: {module: ./agent.mjs}}",
    ]
  }
  override get message(): string {
    const more = this.count > this.issues.length ? `\nand ${this.count - this.issues.length} more` : ""
    return `${this.source}: ${this.count === 1 ? "1 problem" : `${this.count} problems`}\n${this.issues.map(issueText).join("\n")}${more}`
  }
}

type Path = ReadonlyArray<string | number>
type LineOf = (path: Path) => number | undefined

const pathText = (path: Path): string =>
  path.map((part, index) => (typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${part}`)).join("")

class Issues {
  readonly list: Array<Issue> = []
  count = 0
  readonly #lineOf: LineOf
  constructor(lineOf: LineOf) {
    this.#lineOf = lineOf
  }
  add(path: Path, message: string, nearest?: string): void {
    this.count++
    if (this.list.length >= issuesMax) return
    let line: number | undefined
    for (let length = path.length; length > 0 && line === undefined; length--)
      line = this.#lineOf(path.slice(0, length))
    this.list.push({
      path: pathText(path),
      message,
      ...(line === undefined ? {} : { line }),
      ...(nearest === undefined ? {} : { nearest }),
    })
  }
}

const describeIssues = SchemaIssue.makeFormatterStandardSchemaV1()

/** Decodes one entry; its problems go to `issues`. */
const decoded = <A>(
  schema: Schema.Codec<A, unknown> & { readonly fields: Readonly<Record<string, unknown>> },
  map: ValueMap,
  path: Path,
  issues: Issues,
): A | undefined => {
  const before = issues.count
  const known = Object.keys(schema.fields)
  const kept = new Map<string, Value>()
  for (const [key, value] of map) {
    if (known.includes(key)) kept.set(key, value)
    else issues.add([...path, key], `unknown key; known are ${known.join(", ")}`, nearestName(key, known))
  }
  const result = Schema.decodeResult(schema, { errors: "all" })(mapToJson(kept))
  if (Result.isFailure(result)) {
    for (const { message, path: at = [] } of describeIssues(result.failure.issue).issues) {
      const below = at.map((part) => (typeof part === "object" ? part.key : part))
      const place = [...path, ...below.map((part) => (typeof part === "number" ? part : String(part)))]
      if (message !== "Missing key") issues.add(place, message)
      else if (typeof place.at(-1) === "number") issues.add(place.slice(0, -1), "must hold at least one item")
      else issues.add(place, "must be given")
    }
    return undefined
  }
  return issues.count === before ? result.success : undefined
}

/** The forms of an entry, by the key that decides. */
const deciding = ["module", "command", "url", "builtin"] as const

const some = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  // One key of the type that was asked for, or none.
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V }

const timed = (timeoutS: number | undefined) => some("timeoutMs", timeoutS === undefined ? undefined : timeoutS * 1000)

const entryOf = (
  value: Value,
  path: Path,
  folder: string,
  issues: Issues,
  problem: boolean,
): BindingSpec | undefined => {
  if (typeof value === "string") {
    const spec = parseSpec(value, folder)
    if (Result.isSuccess(spec)) return spec.success
    issues.add(path, spec.failure)
    return undefined
  }
  if (!isMap(value)) {
    issues.add(path, `must be a map with one of ${deciding.join(", ")}, or a text such as ./agent.mjs`)
    return undefined
  }
  const decided = deciding.filter((key) => value.has(key))
  if (decided.length > 1) {
    issues.add(path, `says both ${decided.join(" and ")}; one of them decides what it is`)
    return undefined
  }
  const [form] = decided
  switch (form) {
    case "module": {
      const entry = decoded(ModuleEntry, value, path, issues)
      if (entry === undefined) return undefined
      return {
        _tag: "Module",
        path: filePath(entry.module, folder),
        exportName: entry.export ?? "default",
        ...some("version", entry.version),
        ...some("metadata", entry.metadata),
      }
    }
    case "command": {
      const entry = decoded(CommandEntry, value, path, issues)
      if (entry === undefined) return undefined
      return {
        _tag: "Command",
        words: entry.command,
        cwd: resolve(folder, entry.cwd ?? "."),
        ...timed(entry.timeout_s),
        ...some("stdoutBytesMax", entry.stdout_bytes_max),
        ...some("env", entry.env),
        ...some("version", entry.version),
        ...some("metadata", entry.metadata),
      }
    }
    case "url": {
      const entry = decoded(UrlEntry, value, path, issues)
      if (entry === undefined) return undefined
      return {
        _tag: "Url",
        url: entry.url,
        ...timed(entry.timeout_s),
        ...some("responseBytesMax", entry.response_bytes_max),
        ...some("headersEnv", entry.headers_env),
        ...some("version", entry.version),
        ...some("metadata", entry.metadata),
      }
    }
    case "builtin": {
      const own = new Set(Object.keys(BuiltinEntry.fields))
      // Options may stand beside the name or under `options`.
      const beside = [...value].filter(([key]) => !own.has(key))
      const entry = decoded(BuiltinEntry, new Map([...value].filter(([key]) => own.has(key))), path, issues)
      if (entry === undefined) return undefined
      return {
        _tag: "Builtin",
        name: entry.builtin,
        options: { ...mapToJson(new Map(beside)), ...entry.options },
        ...some("version", entry.version),
        ...some("metadata", entry.metadata),
      }
    }
    default: {
      if (problem && value.has("brief")) {
        const entry = decoded(DataEntry, value, path, issues)
        return entry === undefined ? undefined : { _tag: "Data", ...entry }
      }
      const [first] = value.keys()
      issues.add(
        path,
        `must have one of ${deciding.join(", ")}${problem ? ", or brief" : ""}`,
        first === undefined ? undefined : nearestName(first, deciding),
      )
      return undefined
    }
  }
}

const filePath = (text: string, folder: string): string =>
  text.startsWith("file:") ? fileURLToPath(text) : resolve(folder, text)

const sections = ["agents", "problems", "runner"] as const

const sectionOf = (
  map: ValueMap,
  name: "agents" | "problems",
  folder: string,
  issues: Issues,
): ReadonlyMap<string, BindingSpec> => {
  const found = new Map<string, BindingSpec>()
  const section = map.get(name)
  if (section === undefined || section === null) return found
  if (!isMap(section)) {
    issues.add([name], "must be a map from names to what they are bound to")
    return found
  }
  if (section.size > namesMax) {
    issues.add([name], `has ${section.size} names; at most ${namesMax} are allowed`)
    return found
  }
  for (const [key, value] of section) {
    if (key.trim() === "") issues.add([name, key], "the name must not be empty")
    const entry = entryOf(value, [name, key], folder, issues, name === "problems")
    if (entry !== undefined) found.set(key, entry)
  }
  return found
}

/** Reads bindings out of a value; paths are relative to `folder`. @category decoding */
export const decode = (
  value: Value,
  options: { readonly source: string; readonly folder: string; readonly lineOf?: LineOf },
): Result.Result<BindingSpecs, InvalidBindings> => {
  const { folder, source } = options
  const issues = new Issues(options.lineOf ?? (() => undefined))
  let found: BindingSpecs = empty
  if (!isMap(value)) issues.add([], `must be a map with the keys ${sections.join(", ")}`)
  else {
    for (const key of value.keys()) {
      if (!sections.some((name) => name === key)) {
        issues.add([key], `unknown key; known are ${sections.join(", ")}`, nearestName(key, sections))
      }
    }
    const runner = value.get("runner")
    const spec =
      runner === undefined || runner === null ? undefined : entryOf(runner, ["runner"], folder, issues, false)
    found = {
      agents: sectionOf(value, "agents", folder, issues),
      problems: sectionOf(value, "problems", folder, issues),
      ...(spec === undefined ? {} : { runner: spec }),
    }
  }
  return issues.count === 0
    ? Result.succeed(found)
    : Result.fail(new InvalidBindings({ source, issues: issues.list, count: issues.count }))
}

/** Reads the text of a bindings file: JSON where its name says so, else YAML. @category decoding */
export const parse = (
  text: string,
  options: { readonly source: string; readonly path: string },
): Result.Result<BindingSpecs, InvalidBindings | TextError> => {
  const { path, source } = options
  const parsed =
    extname(path).toLowerCase() === ".json" ? JsonText.parse(text, { source }) : Yaml.parse(text, { source })
  if (Result.isFailure(parsed)) return Result.fail(parsed.failure)
  const { lineOf, value } = parsed.success
  return decode(value, { source, folder: dirname(path), lineOf })
}

/** Whether a text can only mean a file. */
const looksLikeFile = (text: string): boolean =>
  /^(?:\.{1,2}[/\\]|[/\\]|[A-Za-z]:[/\\]|file:)/.test(text) || /\.[cm]?[jt]s(?:#|$)/.test(text)

/**
 * What one word means: `./file.mjs#export`, `http://…`, a command line as a JSON list, or the name of a built-in. A sentence
 * where it means nothing.
 *
 * @category decoding
 */
export const parseSpec = (text: string, folder: string): Result.Result<BindingSpec, string> => {
  const word = text.trim()
  if (word === "") return Result.fail("must not be empty")
  if (word.startsWith("[")) {
    const list = Schema.decodeResult(Schema.fromJsonString(words))(word)
    return Result.isSuccess(list)
      ? Result.succeed({ _tag: "Command", words: list.success, cwd: folder })
      : Result.fail(`must be a JSON list of words, such as '["python3","agent.py"]'`)
  }
  if (/^https?:\/\//i.test(word)) {
    return URL.canParse(word) ? Result.succeed({ _tag: "Url", url: word }) : Result.fail("is no web address")
  }
  if (looksLikeFile(word)) {
    const cut = word.lastIndexOf("#")
    const file = cut < 1 ? word : word.slice(0, cut)
    const exportName = cut < 1 ? "default" : word.slice(cut + 1)
    if (exportName === "") return Result.fail(`names no export after #`)
    return Result.succeed({ _tag: "Module", path: filePath(file, folder), exportName })
  }
  if (/[\s{}]/.test(word)) {
    return Result.fail(`is no file, web address, built-in name or JSON list of words`)
  }
  return Result.succeed({ _tag: "Builtin", name: word, options: {} })
}

/** Reads `NAME=SPEC` of a flag. @category decoding */
export const parseNamed = (
  flag: string,
  text: string,
  folder: string,
): Result.Result<readonly [name: string, spec: BindingSpec], InvalidBindings> => {
  const cut = text.indexOf("=")
  const invalid = (message: string): Result.Result<never, InvalidBindings> =>
    Result.fail(new InvalidBindings({ source: `--${flag}`, issues: [{ path: "", message }], count: 1 }))
  if (cut < 1) return invalid(`must be NAME=SPEC; it is ${JSON.stringify(text)}`)
  const spec = parseSpec(text.slice(cut + 1), folder)
  return Result.isSuccess(spec)
    ? Result.succeed([text.slice(0, cut), spec.success])
    : invalid(
        flag === "runner"
          ? `${JSON.stringify(text.slice(cut + 1))} ${spec.failure}`
          : `${JSON.stringify(text.slice(0, cut))}: ${spec.failure}`,
      )
}

/** The second beats the first, name by name. @category combining */
export const merge = (first: BindingSpecs, second: BindingSpecs): BindingSpecs => {
  const runner = second.runner ?? first.runner
  return {
    agents: new Map([...first.agents, ...second.agents]),
    problems: new Map([...first.problems, ...second.problems]),
    ...(runner === undefined ? {} : { runner }),
  }
}
