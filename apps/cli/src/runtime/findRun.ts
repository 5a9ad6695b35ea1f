/**
 * Which run a command means: the id that was given, else the latest one of the area.
 *
 * @layer logic
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import { Ledger, type LedgerError, type RunSummary } from "@heddle/core/Ledger"
import * as Effect from "effect/Effect"
import { CommandError } from "./CommandError.ts"

/** Finds the run, or says that there is none with exit code 10. */
export const findRun = Effect.fn("findRun")(function* (
  runId: string | undefined,
  options: { readonly kind?: string; readonly unfinished?: boolean } = {},
): Effect.fn.Return<RunSummary, CommandError | LedgerError, Ledger> {
  const ledger = yield* Ledger
  if (runId !== undefined) return yield* ledger.getRun(runId)
  const [latest] = yield* ledger.listRuns({ ...options, limit: 1 })
  if (latest !== undefined) return latest
  return yield* nothingFound(options)
})

/** What is said where no run fits. */
export const nothingFound = (options: { readonly kind?: string | undefined; readonly unfinished?: boolean }) =>
  options.unfinished === true
    ? new CommandError({
        tag: "NothingToResume",
        problem: "there is no unfinished run to resume",
        hints: ["heddle runs list"],
        code: ExitCode.nothing,
      })
    : new CommandError({
        tag: "NoRuns",
        problem: "nothing has run in this workspace",
        hints: [options.kind === "experiments" ? "heddle experiments run FILE" : "heddle demo"],
        code: ExitCode.nothing,
      })
