/**
 * Receipts of a workspace: where they lie, and which folder the paths in them mean.
 *
 * @layer app
 * @module
 */
import { Durable, type DurableError } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import type { Outcome } from "@heddle/core/Outcome"
import type { Receipt } from "@heddle/core/Receipt"
import * as ReceiptFile from "@heddle/core/ReceiptFile"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { placesOf } from "./begun.ts"
import { Cli } from "./Cli.ts"
import { CommandError } from "./CommandError.ts"
import { paste } from "./paste.ts"
import { receiptPath } from "./workspace.ts"

/** Writes the receipt of a run into the workspace, units as they come; gives its path. */
export const writeReceipt = Effect.fn("writeReceipt")(function* <E, R>(
  receipt: Receipt,
  units: Stream.Stream<Outcome, E, R>,
): Effect.fn.Return<string, DurableError | ReceiptFile.ReceiptError | E, Cli | Durable | R> {
  const { settings } = yield* Cli
  const path = receiptPath(settings.workspace, receipt.runId)
  yield* ReceiptFile.write(path, receipt, units)
  return path
})

/** The receipt where there is one that can be read. */
export const findReceipt = (runId: string): Effect.Effect<Receipt | undefined, never, Cli | Durable> =>
  Effect.orElseSucceed(readReceipt(runId), () => undefined)

/** Reads a receipt back, or says that there is none. `area` is that of the run. */
export const readReceipt = Effect.fn("readReceipt")(function* (
  runId: string,
  area?: string,
): Effect.fn.Return<Receipt, DurableError | ReceiptFile.ReceiptError | CommandError, Cli | Durable> {
  const cli = yield* Cli
  const durable = yield* Durable
  const path = receiptPath(cli.settings.workspace, runId)
  if (yield* durable.exists(path)) return yield* ReceiptFile.read(path)
  return yield* new CommandError({
    tag: "NoReceipt",
    problem: `run ${runId} has no receipt at ${path}; it did not end, or its receipt was removed`,
    // A run of experiments ends with its files; what has no receipt may have none of them.
    hints: [area === "experiments" ? paste(cli, "experiments", "resume", runId) : paste(cli, "runs", "receipt", runId)],
    code: ExitCode.nothing,
  })
})

/** The folder that a receipt's paths are relative to. */
export const outputFolderOf = (receipt: Receipt): Effect.Effect<string, never, Cli> =>
  Effect.map(Cli, ({ settings }) => placesOf(settings.workspace, receipt.details).outputFolder ?? process.cwd())
