/**
 * A fault inside of the expression language, thrown by its parts and caught where `Expression` begins.
 *
 * @layer logic
 * @module
 */
import type { ExpressionReason, PythonError } from "../ExpressionError.ts"

/** Thrown inside, never seen outside. Without an offset it happened at the node being evaluated. */
export class Fault {
  readonly reason: ExpressionReason
  readonly pythonError: PythonError
  readonly problem: string
  readonly offset: number | undefined
  readonly hint: string | undefined
  constructor(reason: ExpressionReason, pythonError: PythonError, problem: string, offset?: number, hint?: string) {
    this.reason = reason
    this.pythonError = pythonError
    this.problem = problem
    this.offset = offset
    this.hint = hint
  }
}

/** No expression of Python. */
export const syntax = (problem: string, offset: number, hint?: string): Fault =>
  new Fault("syntax", "SyntaxError", problem, offset, hint)

/** Python, but not of this language. */
export const unsupported = (problem: string, offset?: number, hint?: string): Fault =>
  new Fault("unsupported", "ValidationError", problem, offset, hint)

/** Longer, deeper or more work than allowed. */
export const bound = (problem: string, offset?: number): Fault =>
  new Fault("bound", "ValidationError", problem, offset, "split it into several constraints")

/** An operation on values that do not have it. */
export const wrongType = (problem: string, hint?: string): Fault =>
  new Fault("type", "TypeError", problem, undefined, hint)
