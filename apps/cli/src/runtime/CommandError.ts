/**
 * A failure of a command as a whole that no package's own error says: with its exit code and a command to paste.
 *
 * @layer contract
 * @module
 */
import type { ExitCode } from "@heddle/core/ExitCode"
import * as Schema from "effect/Schema"

/**
 * `tag` is the class as it stands in `--json` output; `code` the exit code. Trying the same again does not help.
 *
 * @category errors
 */
export class CommandError extends Schema.TaggedError<CommandError>()("CommandError", {
  tag: Schema.String,
  problem: Schema.String,
  hints: Schema.Array(Schema.String),
  code: Schema.Literals([1, 2, 3, 4, 5, 6, 10, 11, 12, 130]),
}) {
  readonly retryable = false
  get failureTag(): string {
    return this.tag
  }
  get exitCode(): ExitCode {
    return this.code
  }
  override get message(): string {
    return this.problem
  }
}
