/**
 * Why the expression of a constraint gave no verdict.
 *
 * @layer contract
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Schema from "effect/Schema"

/**
 * What kind of fault it is:
 * - `syntax`: no expression of Python.
 * - `unsupported`: Python, but not of the constraint language.
 * - `name`: a name that is neither a factor nor a block.
 * - `type`: an operation on values that do not have it.
 * - `value`: an operation that has no result for this value (a division by zero, an index outside of a list).
 * - `notBoolean`: a result that is neither true nor false.
 * - `bound`: longer, deeper or more work than allowed.
 *
 * @category schemas
 */
export const ExpressionReason = Schema.Literals([
  "syntax",
  "unsupported",
  "name",
  "type",
  "value",
  "notBoolean",
  "bound",
])
/** @category models */
export type ExpressionReason = typeof ExpressionReason.Type

/** The class of error that the predecessor raises for the same fault. @category schemas */
export const PythonError = Schema.Literals([
  "ValidationError",
  "SyntaxError",
  "TypeError",
  "AttributeError",
  "IndexError",
  "KeyError",
  "ZeroDivisionError",
  "ValueError",
  "OverflowError",
])
/** @category models */
export type PythonError = typeof PythonError.Type

/**
 * An expression that cannot be read or evaluated. Whether the condition is allowed stays unknown, so nothing is decided.
 *
 * @category errors
 */
export class ExpressionError extends Schema.TaggedError<ExpressionError>()("ExpressionError", {
  /** The expression; a long one is cut. */
  expression: Schema.String,
  reason: ExpressionReason,
  pythonError: PythonError,
  /** Line of the expression, from 1; most have one line. */
  line: Schema.Int,
  /** In characters, from 1. */
  column: Schema.Int,
  problem: Schema.String,
  hints: Schema.Array(Schema.String),
}) {
  readonly exitCode = ExitCode.usage
  readonly retryable = false
  override get message(): string {
    const place = this.line === 1 ? `column ${this.column}` : `line ${this.line}, column ${this.column}`
    return `${JSON.stringify(this.expression)}: ${place}: ${this.problem}`
  }
}
