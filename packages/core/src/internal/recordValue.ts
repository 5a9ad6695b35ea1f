/**
 * From what a unit returned to what is recorded of it: encoded by the run's schema, or JSON as it stands; never a number
 * that silently becomes something else.
 *
 * @layer logic
 * @module
 */
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Failure } from "../Failure.ts"
import * as FailureCause from "../FailureCause.ts"
import type { SecretsShape } from "../Secrets.ts"
import { copyOf } from "./jsonValue.ts"

/** Never throws: whatever a value or its codec does is a failure of its unit. */
export const encoderOf = <A, V>(
  schema: Schema.Codec<A, V> | undefined,
  secrets: SecretsShape,
): ((value: unknown) => Result.Result<unknown, Failure>) => {
  const encode = schema === undefined ? undefined : Schema.encodeUnknownExit(schema)
  return (value) => {
    let recorded = value
    if (encode !== undefined) {
      try {
        const exit = encode(value)
        if (Exit.isFailure(exit)) {
          const { message } = FailureCause.fromCause(exit.cause, { secrets })
          return Result.fail(notRecordable("ValueInvalid", message.slice(0, 1_000), undefined))
        }
        recorded = exit.value
      } catch (error) {
        const { message } = FailureCause.fromError(error, "defect", { secrets })
        return Result.fail(notRecordable("ValueInvalid", message.slice(0, 1_000), undefined))
      }
    }
    // Nothing to copy, and the common case of many small units.
    if (recorded === undefined || Number.isFinite(recorded)) return Result.succeed(recorded)
    const copy = copyOf(recorded)
    if (copy._tag === "NotJson") {
      const path = secrets.redact(copy.path)
      const at = path === "" ? "the value" : `the value at ${path}`
      const problem = `${at} is not JSON: ${copy.problem}`
      return Result.fail(notRecordable("ValueNotJson", problem, path === "" ? undefined : path))
    }
    return Result.succeed(copy.value === undefined ? undefined : secrets.redactJson(copy.value))
  }
}

const notRecordable = (tag: string, message: string, path: string | undefined): Failure => ({
  kind: "error",
  tag,
  message: `${message}; return plain JSON, or say how to encode it with the option value`,
  retryable: false,
  ...(path === undefined ? {} : { fields: { path } }),
})
