/**
 * A command line or setting that cannot be meant: exit code 2, a sentence, and a command to paste. Plain data, so that
 * it can be raised and printed before Effect is loaded.
 *
 * @layer contract
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"

/** @category errors */
export class UsageError extends Error {
  readonly exitCode = ExitCode.usage
  readonly hints: ReadonlyArray<string>
  /** The class as it stands in `--json` output. */
  readonly tag: string
  constructor(message: string, hints: ReadonlyArray<string>, tag = "UsageError") {
    super(message)
    this.name = "UsageError"
    this.hints = hints
    this.tag = tag
  }
}

/** Takes a usage error as one; anything else that is thrown is a bug and stays one. */
export const asUsageError = (error: unknown): UsageError => {
  if (error instanceof UsageError) return error
  throw error
}
