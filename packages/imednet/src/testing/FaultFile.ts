/**
 * Reads a fault script from JSON. A key that does not exist is an error that names the place and the nearest key that
 * does; a value that does not fit names the place and what was expected.
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
    Schema.TaggedStruct("UnknownKey", { at: Schema.String, key: Schema.String, nearest: Schema.String }),
    Schema.TaggedStruct("Invalid", { problem: Schema.String }),
  ]),
}) {
  readonly exitCode = ExitCode.usage
  readonly retryable = false
  get hints(): ReadonlyArray<string> {
    switch (this.reason._tag) {
      case "UnknownKey":
        return [`write ${JSON.stringify(this.reason.nearest)} in its place, or remove it`]
      case "Unreadable":
        return [`check the file: ls -l ${this.source}`]
      default:
        return ["correct the fault script and start again"]
    }
  }
  override get message(): string {
    const reason = this.reason
    switch (reason._tag) {
      case "Unreadable":
        return `the fault script ${this.source} cannot be read: ${reason.problem}`
      case "NotJson":
        return `the fault script ${this.source} is not JSON: ${reason.problem}`
      case "UnknownKey":
        return `the fault script ${this.source} has an unknown key ${JSON.stringify(reason.key)} at ${reason.at}; the nearest is ${JSON.stringify(reason.nearest)}`
      case "Invalid":
        return `the fault script ${this.source} does not fit: ${reason.problem}`
    }
  }
}

type Reason = FaultScriptError["reason"]

/** Reads a script from the text of a JSON file. Fails with {@link FaultScriptError}. @category parsing */
export const parse = (text: string, source = "given as text"): Result.Result<FaultScript, FaultScriptError> => {
  const fail = (reason: Reason) => Result.fail(new FaultScriptError({ source, reason }))
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return fail({ _tag: "NotJson", problem: problemOf(error) })
  }
  const unknownKey = findUnknownKey(json)
  if (unknownKey !== undefined) return fail(unknownKey)
  const decoded = decode(json)
  return Result.isSuccess(decoded)
    ? Result.succeed(decoded.success)
    : fail({ _tag: "Invalid", problem: problemOf(decoded.failure) })
}

const decode = Schema.decodeUnknownResult(FaultScript)

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

/** The first key that no schema knows; shapes that do not fit are left to the schemas. */
const findUnknownKey = (json: unknown): Reason | undefined => {
  if (!isObject(json)) return undefined
  const top = unknownOf(json, FaultScript.fields, "the top")
  if (top !== undefined) return top
  if (!Array.isArray(json["rules"])) return undefined
  for (const [index, rule] of json["rules"].entries()) {
    if (!isObject(rule)) continue
    const at = `rules[${index}]`
    const { match, action } = rule
    const found =
      unknownOf(rule, Rule.fields, at) ??
      (isObject(match) ? unknownOf(match, Match.fields, `${at}.match`) : undefined) ??
      (isObject(action) ? unknownOfAction(action, `${at}.action`) : undefined)
    if (found !== undefined) return found
  }
  return undefined
}

const unknownOfAction = (action: { readonly [key: string]: unknown }, at: string): Reason | undefined => {
  const type = action["type"]
  const schema = Object.values(actions).find((known) => known.fields.type.literal === type)
  if (schema !== undefined) return unknownOf(action, schema.fields, at)
  const names = Object.keys(actions)
  return typeof type === "string"
    ? {
        _tag: "Invalid",
        problem: `${at}.type is ${JSON.stringify(type)}; the nearest is ${JSON.stringify(nearest(type, names))}`,
      }
    : { _tag: "Invalid", problem: `${at}.type is missing; it is one of ${names.join(", ")}` }
}

const unknownOf = (
  value: { readonly [key: string]: unknown },
  fields: { readonly [key: string]: unknown },
  at: string,
): Reason | undefined => {
  const known = Object.keys(fields)
  const key = Object.keys(value).find((name) => !known.includes(name))
  return key === undefined ? undefined : { _tag: "UnknownKey", at, key, nearest: nearest(key, known) }
}

/** The known word with the fewest letters to change. */
const nearest = (word: string, known: ReadonlyArray<string>): string => {
  let best = known[0] ?? ""
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
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
