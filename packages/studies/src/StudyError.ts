/**
 * What can go wrong when a study or the registry is asked something, in words that do not depend on which system
 * answers.
 *
 * @layer contract
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Schema from "effect/Schema"

/**
 * A request to the registry or to a study that failed for good (its own retries are spent). `tag` is the precise class
 * (`Forbidden`, `RateLimited`, `RequestTimeout`, `DecodeError`, `PaginationLoop`, …) and becomes the failure's tag;
 * `retryable` says whether a later run may succeed; `kind` decides the exit code where the whole command depends on it.
 *
 * @category errors
 */
export class StudyError extends Schema.TaggedError<StudyError>()("StudyError", {
  tag: Schema.String,
  kind: Schema.Literals(["credentials", "unreachable", "rejected", "invalid", "usage"]),
  problem: Schema.String,
  retryable: Schema.Boolean,
  httpStatus: Schema.optionalKey(Schema.Int),
  /** Further data of the failure (endpoint, offset, error code, attribute, seconds to wait); never a body, never a key. */
  fields: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)),
  hints: Schema.Array(Schema.String),
}) {
  get failureTag(): string {
    return this.tag
  }
  get exitCode(): ExitCode {
    switch (this.kind) {
      case "credentials":
        return ExitCode.credentials
      case "unreachable":
        return ExitCode.unreachable
      case "usage":
        return ExitCode.usage
      default:
        return ExitCode.partial
    }
  }
  override get message(): string {
    return this.problem
  }
}
