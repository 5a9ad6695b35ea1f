/**
 * What each exit code means, for help pages; the numbers are those of `@heddle/core/ExitCode`.
 *
 * @layer logic
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"

/** Every code with its meaning, in order. */
export const exitCodeMeanings: ReadonlyArray<readonly [code: ExitCode, meaning: string]> = [
  [ExitCode.ok, "done: every unit succeeded, was reused, or was skipped as planned"],
  [ExitCode.bug, "unexpected error: a bug in heddle"],
  [ExitCode.usage, "usage, configuration, or invalid input"],
  [ExitCode.partial, "finished, but some units failed, timed out, were rejected or never started"],
  [ExitCode.credentials, "credentials refused"],
  [ExitCode.unreachable, "a service or folder that the command needs cannot be reached"],
  [ExitCode.refused, "refused, and nothing was changed"],
  [ExitCode.nothing, "nothing selected, or nothing to resume (0 with --allow-empty)"],
  [ExitCode.held, "the run is held by another process"],
  [ExitCode.mismatch, "verification mismatch"],
  [ExitCode.interrupted, "interrupted"],
]
