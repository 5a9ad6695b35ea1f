/**
 * How a step of the check runs a program, and how it fails.
 *
 * @module
 */

export const outputBytesMax = 256 * 1024 * 1024

export type Command = readonly [file: string, ...args: ReadonlyArray<string>]

/** Runs a program to its end without input and returns both streams; throws `StepFailure` on another status than asked for. */
export type Run = (
  command: Command,
  options?: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>>; readonly status?: number },
) => string

/** A step did not hold: the sentence is for the summary, the output for whoever mends it. */
export class StepFailure extends Error {
  readonly output: string

  constructor(message: string, output: string) {
    super(message)
    this.name = "StepFailure"
    this.output = output
  }
}

/** What a check works with: the repository, an empty folder that is removed afterwards, and `run`. */
export interface CheckContext {
  readonly root: string
  readonly folder: string
  readonly run: Run
}
