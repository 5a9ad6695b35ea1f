/**
 * Handler of `heddle runs events`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import { Ledger } from "@heddle/core/Ledger"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Cli } from "../../runtime/Cli.ts"
import { eventLine, eventRow, eventColumns } from "../../runtime/eventLines.ts"
import { findRun, nothingFound } from "../../runtime/findRun.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { formatTable } from "../../cli/table.ts"
import { withExistingLedger } from "../../runtime/workspace.ts"

export const handler: Handler = Effect.gen(function* () {
  const { invocation, output, settings } = yield* Cli
  return yield* withExistingLedger(
    Effect.gen(function* () {
      const ledger = yield* Ledger
      const run = yield* findRun(invocation.positionals[0])
      const events = ledger.events(run.runId, settings.number("after") ?? 0)
      if (output.json) {
        yield* Stream.runForEach(events, (event) => output.line({ ...eventLine(run.kind, event), seq: event.seq }))
        yield* output.line({ type: "end", runId: run.runId })
        return ExitCode.ok
      }
      // Long runs have long histories: rows go out as they come, so the columns are not aligned to each other.
      yield* output.data(formatTable(eventColumns, [], { aligned: false }))
      yield* Stream.runForEach(events, (event) => output.data(`${eventRow(event).join("\t")}\n`))
      return ExitCode.ok
    }),
    () => Effect.fail(nothingFound({})),
  )
})
