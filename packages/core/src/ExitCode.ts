/**
 * The exit codes of every Heddle command, and what an error must say about itself so that a command can end with the
 * right one. The table is part of the public interface: scripts branch on it.
 *
 * @layer contract
 * @module
 */

/** Every exit code by name. @category constants */
export const ExitCode = {
  /** Done: every unit succeeded, was reused, or was skipped as planned. */
  ok: 0,
  /** An unexpected error: a bug in Heddle. */
  bug: 1,
  /** Usage, configuration, or invalid input. */
  usage: 2,
  /** Finished, but some units failed, timed out, were rejected or never started. */
  partial: 3,
  /** Credentials refused. */
  credentials: 4,
  /** A service that the command needs cannot be reached. */
  unreachable: 5,
  /** Refused, and nothing was changed. */
  refused: 6,
  /** Nothing selected, or nothing to resume. */
  nothing: 10,
  /** The run or staging root is held by another process. */
  held: 11,
  /** Verification mismatch. */
  mismatch: 12,
  /** Interrupted. */
  interrupted: 130,
} as const

/** One of the exit codes. @category models */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/**
 * What an error carries so that a command line can report it: a sentence, what to do about it, and the exit code.
 * `hints` are commands to paste or sentences; they are printed last, each behind `hint:`.
 *
 * @category models
 */
export interface Reported {
  readonly message: string
  readonly hints: ReadonlyArray<string>
  readonly exitCode: ExitCode
}

/** Tells whether an error carries hints and an exit code. @category guards */
export const isReported = (error: unknown): error is Reported =>
  typeof error === "object" &&
  error !== null &&
  "exitCode" in error &&
  typeof error.exitCode === "number" &&
  "hints" in error &&
  Array.isArray(error.hints)
