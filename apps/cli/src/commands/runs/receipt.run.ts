/**
 * Handler of `heddle runs receipt`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Lease from "@heddle/core/Lease"
import * as Effect from "effect/Effect"
import { Cli } from "../../runtime/Cli.ts"
import { findRun, nothingFound } from "../../runtime/findRun.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { remake } from "../../runtime/remadeReceipt.ts"
import * as ReceiptUnits from "../../runtime/receiptUnits.ts"
import { writeReceipt } from "../../runtime/receiptFiles.ts"
import { withExistingLedger } from "../../runtime/workspace.ts"

export const handler: Handler = Effect.gen(function* () {
  const { invocation, output } = yield* Cli
  return yield* withExistingLedger(
    Effect.gen(function* () {
      const found = yield* findRun(invocation.positionals[0])
      yield* Lease.hold(`run:${found.runId}`)
      const { receipt, units } = yield* remake(found)
      const path = yield* writeReceipt(receipt, units)
      if (output.json) yield* ReceiptUnits.printLine(output, receipt, "info", units)
      else yield* output.data(`${path}\n`)
      return ExitCode.ok
    }),
    () => Effect.fail(nothingFound({})),
    { writes: true },
  )
})
