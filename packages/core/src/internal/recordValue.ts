/**
 * From what a unit returned to what is recorded of it: encoded by the run's schema, or JSON as it stands; never a number
 * that silently becomes something else.
 *
 * @layer logic
 * @module
 */
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type { Failure } from "../Failure.ts"
import type { SecretsShape } from "../Secrets.ts"
import { problemOf } from "./jsonValue.ts"

/** @internal */
export const encoderOf = <A, V>(
  schema: Schema.Codec<A, V> | undefined,
  secrets: SecretsShape,
): ((value: unknown) => Exit.Exit<unknown, Failure>) => {
  const encode = schema === undefined ? undefined : Schema.encodeUnknownExit(schema)
  return (value) => {
    let recorded = value
    if (encode !== undefined) {
      const exit = encode(value)
      if (Exit.isFailure(exit)) {
        const reason = exit.cause.reasons[0]
        const problem = reason?._tag === "Fail" ? String(reason.error) : "the schema could not encode it"
        return Exit.fail(notRecordable("ValueInvalid", secrets.redact(problem).slice(0, 1_000), undefined))
      }
      recorded = exit.value
    }
    const problem = problemOf(recorded)
    if (problem !== undefined) {
      const at = problem.path === "" ? "the value" : `the value at ${problem.path}`
      return Exit.fail(
        notRecordable(
          "ValueNotJson",
          `${at} is not JSON: ${problem.problem}`,
          problem.path === "" ? undefined : problem.path,
        ),
      )
    }
    // Checked just above: it is JSON, or `undefined` for work that returns nothing.
    return Exit.succeed(
      recorded === undefined || secrets.isEmpty() ? recorded : secrets.redactJson(recorded as Schema.Json),
    )
  }
}

const notRecordable = (tag: string, message: string, path: string | undefined): Failure => ({
  kind: "error",
  tag,
  message: `${message}; return plain JSON, or say how to encode it with the option value`,
  retryable: false,
  ...(path === undefined ? {} : { fields: { path } }),
})
