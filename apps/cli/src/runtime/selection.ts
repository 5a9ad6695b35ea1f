/**
 * The selection of studies that the flags and the configuration file ask for, and what it means for the exit code.
 *
 * @layer logic
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { Selection, SelectionOptions } from "@heddle/studies/Selection"
import * as Effect from "effect/Effect"
import type { Settings } from "../config/Setting.ts"
import { Cli } from "./Cli.ts"
import { CommandError } from "./CommandError.ts"
import { paste } from "./paste.ts"

export const selectionOf = (settings: Settings): SelectionOptions => {
  const include = settings.list("include")
  const exclude = settings.list("exclude")
  return {
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
    strict: settings.boolean("strict"),
  }
}

/** Rejected entries that are named; all of them are counted. */
const namedMax = 5

/** What is said of registry entries that cannot be used. */
export const rejectedText = ({ rejected }: Selection): string =>
  `error: ${rejected.length} entries of the registry cannot be used: ${rejected
    .slice(0, namedMax)
    .map((entry) => `entry ${entry.index} (${entry.reason})`)
    .join(", ")}`

/** What is done about them. */
export const rejectedHint = "have the registry corrected, or accept them with --tolerate-rejects"

/** The exit code of a command that only shows what was selected; says why where it is not 0. */
export const endSelected = Effect.fn("endSelected")(function* (
  selection: Selection,
  location: string,
): Effect.fn.Return<ExitCode, never, Cli> {
  const cli = yield* Cli
  const { output, settings } = cli
  if (selection.selected.length === 0) {
    if (settings.boolean("allow-empty")) {
      yield* output.note(`no study of ${location} was selected`)
      return ExitCode.ok
    }
    const next = paste(cli, ...(cli.invocation.spec.path[1] === "list" ? ["doctor"] : ["studies", "list"]))
    yield* output.warn(`error: no study of ${location} was selected\n\nhint: ${next}`)
    return ExitCode.nothing
  }
  if (selection.rejected.length === 0 || settings.boolean("tolerate-rejects")) return ExitCode.ok
  yield* output.warn(`${rejectedText(selection)}\n\nhint: ${rejectedHint}`)
  return ExitCode.partial
})

/** Ends a run that nothing was selected for before it begins: no ledger row, no receipt. `undefined` where it may begin. */
export const endEmpty = Effect.fn("endEmpty")(function* (
  selection: Selection,
  location: string,
  warnings: ReadonlyArray<string>,
): Effect.fn.Return<ExitCode | undefined, CommandError, Cli> {
  if (selection.selected.length > 0) return undefined
  const cli = yield* Cli
  const { output, settings } = cli
  const tolerated = selection.rejected.length === 0 || settings.boolean("tolerate-rejects")
  if (tolerated && settings.boolean("allow-empty")) {
    yield* output.note(`no study of ${location} was selected; nothing ran`)
    if (output.json) yield* output.line({ type: "end", count: 0, selection })
    return ExitCode.ok
  }
  return yield* new CommandError(
    tolerated
      ? {
          tag: "NothingSelected",
          problem: ["no study was selected", ...warnings].join("; "),
          hints: [paste(cli, "studies", "list")],
          code: ExitCode.nothing,
        }
      : {
          tag: "RejectedEntries",
          problem: rejectedText(selection).replace(/^error: /, ""),
          hints: [rejectedHint],
          code: ExitCode.partial,
        },
  )
})
