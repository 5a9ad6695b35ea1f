/**
 * Parameters of a pipeline from the command line: `NAME=VALUE`, where VALUE is JSON, or a text where it is none.
 *
 * @layer logic
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { CommandError } from "./CommandError.ts"

const decodeJson = Schema.decodeResult(Schema.fromJsonString(Schema.Json))

/** The parameters by name, or `undefined` where none are given: the pipeline then completes them itself. */
export const paramsOf = (
  given: ReadonlyArray<string> | undefined,
): Effect.Effect<Readonly<Record<string, Schema.Json>> | undefined, CommandError> => {
  if (given === undefined) return Effect.undefined
  const found = new Map<string, Schema.Json>()
  for (const word of given) {
    const at = word.indexOf("=")
    const name = at < 0 ? word : word.slice(0, at)
    if (at < 1) return refuse(`--param must be NAME=VALUE; it is ${JSON.stringify(word)}`)
    if (found.has(name)) return refuse(`--param ${name} was given more than once`)
    const text = word.slice(at + 1)
    // A text such as 007 or 2026-01-01 is no JSON and stays what it is.
    found.set(
      name,
      Result.getOrElse(decodeJson(text), () => text),
    )
  }
  return Effect.succeed(Object.fromEntries(found))
}

const refuse = (problem: string): Effect.Effect<never, CommandError> =>
  Effect.fail(
    new CommandError({
      tag: "UsageError",
      problem,
      hints: ["heddle studies run --pipeline open-queries --param asOf=2026-01-31T00:00:00.000Z"],
      code: ExitCode.usage,
    }),
  )
