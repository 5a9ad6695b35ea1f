/**
 * Reads a fault script from JSON. A key that does not exist is an error that names the place and the key that was
 * meant, or all keys of that place; a value that does not fit names the place and what was expected; a rule that would
 * do nothing is refused. Each error shows what a script looks like and where it is described.
 *
 * @layer adapter
 * @module
 */
import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { ExitCode } from "@heddle/core/ExitCode"
import { actions, FaultScript, Match, Rule } from "./Faults.ts"

/** A whole script in one line: the first two requests for a list of subjects fail, the third one is answered. @category constants */
export const example = '{"rules":[{"match":{"resource":"subjects","times":2},"action":{"type":"status","status":500}}]}'

/**
 * A fault script that cannot be used. Trying again does not help.
 *
 * @category errors
 */
export class FaultScriptError extends Schema.TaggedError<FaultScriptError>()("FaultScriptError", {
  /** The file, or a word for where the text came from. */
  source: Schema.String,
  reason: Schema.Union([
    Schema.TaggedStruct("Unreadable", { problem: Schema.String }),
    Schema.TaggedStruct("NotJson", { problem: Schema.String }),
    Schema.TaggedStruct("UnknownKey", {
      at: Schema.String,
      key: Schema.String,
      /** The key that was meant, as far as one can tell. */
      nearest: Schema.optionalKey(Schema.String),
      /** The key stands one level too high: it belongs into the object under this key. */
      inside: Schema.optionalKey(Schema.String),
      known: Schema.Array(Schema.String),
    }),
    Schema.TaggedStruct("Invalid", { problem: Schema.String }),
  ]),
}) {
  readonly exitCode = ExitCode.usage
  readonly retryable = false
  get hints(): ReadonlyArray<string> {
    const reason = this.reason
    if (reason._tag === "Unreadable") return [`check the file: ls -l ${this.source}`]
    return [
      ...(reason._tag === "UnknownKey" ? [remedyOf(reason)] : []),
      `a whole script: ${example}`,
      'all keys and actions: "Fault files" in the README of @heddle/imednet; a file to start from: heddle studies simulate --help',
    ]
  }
  override get message(): string {
    const reason = this.reason
    switch (reason._tag) {
      case "Unreadable":
        return `the fault script ${this.source} cannot be read: ${reason.problem}`
      case "NotJson":
        return `the fault script ${this.source} is not JSON: ${reason.problem}`
      case "UnknownKey":
        return `the fault script ${this.source} has an unknown key ${JSON.stringify(reason.key)} at ${reason.at}; ${meantBy(reason)}`
      case "Invalid":
        return `the fault script ${this.source} does not fit: ${reason.problem}`
    }
  }
}

type Reason = FaultScriptError["reason"]
type UnknownKey = Extract<Reason, { readonly _tag: "UnknownKey" }>

const quoted = (words: ReadonlyArray<string>): string => words.map((word) => JSON.stringify(word)).join(", ")

const meantBy = ({ inside, key, known, nearest }: UnknownKey): string => {
  if (inside !== undefined) return `${JSON.stringify(key)} belongs inside ${JSON.stringify(inside)}`
  return nearest === undefined ? `the keys there are ${quoted(known)}` : `the nearest is ${JSON.stringify(nearest)}`
}

const remedyOf = ({ inside, key, nearest }: UnknownKey): string => {
  if (inside !== undefined) return `write ${JSON.stringify(inside)}: {${JSON.stringify(key)}: …}, or remove it`
  return nearest === undefined
    ? "write one of these keys in its place, or remove it"
    : `write ${JSON.stringify(nearest)} in its place, or remove it`
}

/** Reads a script from the text of a JSON file. Fails with {@link FaultScriptError}. @category parsing */
export const parse = (text: string, source = "given as text"): Result.Result<FaultScript, FaultScriptError> => {
  const fail = (reason: Reason) => Result.fail(new FaultScriptError({ source, reason }))
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return fail({ _tag: "NotJson", problem: problemOf(error) })
  }
  const wrong = findWrongShape(json)
  if (wrong !== undefined) return fail(wrong)
  const decoded = decode(json)
  if (Result.isFailure(decoded)) return fail(invalid(problemOf(decoded.failure)))
  const idle = findIdleRule(decoded.success)
  return idle === undefined ? Result.succeed(decoded.success) : fail(idle)
}

/** Where the schema of the file may be named; it says nothing to the server. */
const schemaKey = "$schema"

const decode = Schema.decodeUnknownResult(FaultScript)

/** A fault file as it may stand on disk: a script, and the name of its schema. */
const FileContent = Schema.Struct({ [schemaKey]: Schema.optionalKey(Schema.String), ...FaultScript.fields })

/** The JSON Schema of a fault file, as it is published beside the one of `heddle.toml`. @category schemas */
export const jsonSchema = (): object => {
  const { schema } = Schema.toJsonSchemaDocument(FileContent, { onExcessProperty: "error" })
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "fault file of heddle studies simulate",
    description: "What the stand-in of the iMednet API does wrong: rules, each with the requests it is for.",
    ...schema,
  }
}

/** Reads a script from a file. Fails with {@link FaultScriptError}, also where it cannot be read. @category parsing */
export const load: (path: string) => Effect.Effect<FaultScript, FaultScriptError> = Effect.fn("FaultFile.load")(
  function* (path: string) {
    const text = yield* Effect.tryPromise({
      try: () => readFile(path, "utf8"),
      catch: (error) =>
        new FaultScriptError({ source: path, reason: { _tag: "Unreadable", problem: problemOf(error) } }),
    })
    return yield* Effect.fromResult(parse(text, path))
  },
)

const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const invalid = (problem: string): Reason => ({ _tag: "Invalid", problem })

/** What a value is, for people who wrote JSON. */
const kindOf = (value: unknown): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "a list"
  return typeof value === "object" ? "an object" : `a ${typeof value}`
}

/** The first place where the file is not built as a script is, in words of the file; values are left to the schemas. */
const findWrongShape = (json: unknown): Reason | undefined => {
  if (!isObject(json)) return invalid(`it holds ${kindOf(json)}; a script is an object with the key "rules"`)
  const { [schemaKey]: _, ...script } = json
  const top = unknownOf(script, FaultScript.fields, "the top")
  if (top !== undefined) return top
  const { rules } = script
  if (rules === undefined)
    return invalid('it has no "rules"; a script is an object with a list of rules under that key')
  if (!Array.isArray(rules)) return invalid(`"rules" is ${kindOf(rules)}; it must be a list of rules`)
  for (const [index, rule] of rules.entries()) {
    const found = wrongRule(rule, `rules[${index}]`)
    if (found !== undefined) return found
  }
  return undefined
}

const wrongRule = (rule: unknown, at: string): Reason | undefined => {
  if (!isObject(rule)) {
    return invalid(`${at} is ${kindOf(rule)}; a rule is an object with the keys ${quoted(Object.keys(Rule.fields))}`)
  }
  const { match, action } = rule
  return (
    unknownOf(rule, Rule.fields, at) ??
    (isObject(match) ? unknownOf(match, Match.fields, `${at}.match`) : undefined) ??
    (action === undefined ? undefined : wrongAction(action, `${at}.action`))
  )
}

/** The first rule that could never do anything: nobody writes one on purpose. */
const findIdleRule = ({ rules }: FaultScript): Reason | undefined => {
  for (const [index, { action, delayMs, match }] of rules.entries()) {
    if (action === undefined && delayMs === undefined) {
      return invalid(`rules[${index}] does nothing: it has neither "action" nor "delayMs"`)
    }
    const { nth } = match ?? {}
    if (nth === 0 || (Array.isArray(nth) && nth.includes(0))) {
      return invalid(`rules[${index}].match.nth is 0, which no request ever is; they are counted from 1`)
    }
  }
  return undefined
}

const wrongAction = (action: unknown, at: string): Reason | undefined => {
  const types = Object.keys(actions)
  if (!isObject(action)) {
    const meant = typeof action === "string" && types.includes(action) ? action : "reset"
    return invalid(`${at} is ${kindOf(action)}; an action is an object with its type, such as {"type":"${meant}"}`)
  }
  const type = action["type"]
  const schema = Object.values(actions).find((known) => known.fields.type.literal === type)
  if (schema !== undefined) return unknownOf(action, schema.fields, at)
  if (typeof type !== "string") return invalid(`${at}.type is missing; it is one of ${types.join(", ")}`)
  const near = nearest(type, types)
  return invalid(
    `${at}.type is ${JSON.stringify(type)}; ${near === undefined ? `it is one of ${types.join(", ")}` : `the nearest is ${JSON.stringify(near)}`}`,
  )
}

const unknownOf = (
  value: { readonly [key: string]: unknown },
  fields: { readonly [key: string]: unknown },
  at: string,
): UnknownKey | undefined => {
  const known = Object.keys(fields)
  const key = Object.keys(value).find((name) => !known.includes(name))
  if (key === undefined) return undefined
  const inside = known.includes("action") ? insideOf(key) : undefined
  const meant = inside === undefined ? (nearest(key, known) ?? synonymOf(key, known)) : undefined
  return {
    _tag: "UnknownKey",
    at,
    key,
    ...(inside === undefined ? {} : { inside }),
    ...(meant === undefined ? {} : { nearest: meant }),
    known,
  }
}

/** Under which key of a rule a word belongs that stands in the rule itself. */
const insideOf = (key: string): string | undefined => {
  if (Object.keys(Match.fields).includes(key)) return "match"
  const isOfAction = Object.values(actions).some((schema) => Object.keys(schema.fields).includes(key))
  return isOfAction ? "action" : undefined
}

/** Words that people write for a key that has another name. Read only where no key is spelled alike. */
const synonyms: { readonly [key: string]: ReadonlyArray<string> } = {
  rules: ["fault", "faults", "script"],
  action: ["fault", "faults", "response", "reply", "answer", "error", "effect", "then", "do"],
  match: ["when", "where", "if", "for", "filter", "request"],
  delayMs: ["delay", "latency", "latencyMs", "wait", "waitMs", "sleep"],
  path: ["url", "uri", "route"],
  study: ["studyKey", "study_key", "studies"],
  resource: ["endpoint", "list", "entity"],
  times: ["count", "max", "limit", "repeat"],
  probability: ["chance", "rate"],
  method: ["verb"],
  atByte: ["after", "bytes", "at"],
  as: ["kind", "how", "mode"],
}

const synonymOf = (key: string, known: ReadonlyArray<string>): string | undefined =>
  known.find((name) => synonyms[name]?.some((word) => word.toLowerCase() === key.toLowerCase()) === true)

/** The share of a word's letters that may be wrong where it is still taken for a known word; one may always be. */
const wrongLettersMax = 1 / 3

/** The known word with the fewest letters to change; none where all are other words altogether. */
const nearest = (word: string, known: ReadonlyArray<string>): string | undefined => {
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    const bound = Math.max(1, Math.floor(Math.max(word.length, candidate.length) * wrongLettersMax))
    if (distance <= bound && distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a.charAt(i - 1) === b.charAt(j - 1) ? 0 : 1
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same))
    }
    row = next
  }
  return row[b.length] ?? 0
}
