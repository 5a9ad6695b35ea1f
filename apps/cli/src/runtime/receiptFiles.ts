/**
 * Receipts of a workspace as files.
 *
 * @layer app
 * @module
 */
import { Durable, type DurableError } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import { Receipt } from "@heddle/core/Receipt"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Cli } from "./Cli.ts"
import { CommandError } from "./CommandError.ts"
import { receiptPath } from "./workspace.ts"

/** Writes the receipt of a run into the workspace; gives its path. */
export const writeReceipt = Effect.fn("writeReceipt")(function* (
  receipt: Receipt,
): Effect.fn.Return<string, DurableError, Cli | Durable> {
  const { settings } = yield* Cli
  const durable = yield* Durable
  const path = receiptPath(settings.workspace, receipt.runId)
  yield* durable.writeFile(path, `${JSON.stringify(receipt)}\n`)
  return path
})

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Receipt))

/** Reads a receipt back, or says that there is none or that it is none. */
export const readReceipt = Effect.fn("readReceipt")(function* (
  runId: string,
): Effect.fn.Return<Receipt, DurableError | CommandError, Cli | Durable> {
  const { settings } = yield* Cli
  const durable = yield* Durable
  const path = receiptPath(settings.workspace, runId)
  if (!(yield* durable.exists(path))) {
    return yield* new CommandError({
      tag: "NoReceipt",
      problem: `run ${runId} has no receipt at ${path}; it did not end, or its receipt was removed`,
      hints: [`heddle runs show ${runId}`],
      code: ExitCode.nothing,
    })
  }
  const bytes = yield* durable.readFile(path)
  return yield* Effect.mapError(
    decode(new TextDecoder().decode(bytes)),
    (error) =>
      new CommandError({
        tag: "BadReceipt",
        problem: `${path} is no receipt: ${error.message}`,
        hints: [`heddle runs show ${runId}`],
        code: ExitCode.mismatch,
      }),
  )
})

/** The folder that a receipt's relative paths mean. */
export const outputFolderOf = (receipt: Receipt): string => {
  const folder = receipt.details?.["outputFolder"]
  return typeof folder === "string" ? folder : process.cwd()
}
