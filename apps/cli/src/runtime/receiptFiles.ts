/**
 * Receipts of a workspace: where they lie, and which folder the paths in them mean.
 *
 * @layer app
 * @module
 */
import { Durable, type DurableError } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import type { Receipt } from "@heddle/core/Receipt"
import * as ReceiptFile from "@heddle/core/ReceiptFile"
import * as Effect from "effect/Effect"
import { Cli } from "./Cli.ts"
import { CommandError } from "./CommandError.ts"
import { receiptPath } from "./workspace.ts"

/** Writes the receipt of a run into the workspace; gives its path. */
export const writeReceipt = Effect.fn("writeReceipt")(function* (
  receipt: Receipt,
): Effect.fn.Return<string, DurableError | ReceiptFile.ReceiptError, Cli | Durable> {
  const { settings } = yield* Cli
  const path = receiptPath(settings.workspace, receipt.runId)
  yield* ReceiptFile.write(path, receipt)
  return path
})

/** Reads a receipt back, or says that there is none. */
export const readReceipt = Effect.fn("readReceipt")(function* (
  runId: string,
): Effect.fn.Return<Receipt, DurableError | ReceiptFile.ReceiptError | CommandError, Cli | Durable> {
  const { settings } = yield* Cli
  const durable = yield* Durable
  const path = receiptPath(settings.workspace, runId)
  if (yield* durable.exists(path)) return yield* ReceiptFile.read(path)
  return yield* new CommandError({
    tag: "NoReceipt",
    problem: `run ${runId} has no receipt at ${path}; it did not end, or its receipt was removed`,
    hints: [`heddle runs show ${runId}`],
    code: ExitCode.nothing,
  })
})

/** The folder that a receipt's paths are relative to. */
export const outputFolderOf = (receipt: Receipt): string => {
  const folder = receipt.details?.["outputFolder"]
  return typeof folder === "string" ? folder : process.cwd()
}
