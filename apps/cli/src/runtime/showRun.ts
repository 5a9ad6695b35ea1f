/**
 * One run from the ledger: a row per unit of its plan, also for units that run or wait, and what can be done next.
 *
 * @layer app
 * @module
 */
import type { Durable } from "@heddle/core/Durable"
import { Ledger, type LedgerError, type RunSummary } from "@heddle/core/Ledger"
import type { Outcome } from "@heddle/core/Outcome"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Cli } from "./Cli.ts"
import * as Begun from "./begun.ts"
import { resumeHint, storedServer } from "./server.ts"
import { countsText, outcomeColumns, outcomeRow, runLine } from "./runTables.ts"

/** Prints the run; the rows are in plan order. */
export const showRun = Effect.fn("showRun")(function* (
  run: RunSummary,
): Effect.fn.Return<void, LedgerError, Cli | Ledger | Durable> {
  const cli = yield* Cli
  const { output } = cli
  const ledger = yield* Ledger
  const outcomes = new Map<string, Outcome>()
  const started = new Set<string>()
  yield* Stream.runForEach(ledger.unitStates(run.runId), (state) =>
    Effect.sync(() => {
      if (state.outcome !== undefined) outcomes.set(state.id, state.outcome)
      else if (state.started > 0) started.add(state.id)
    }),
  )
  const plan = yield* ledger.getPlan(run.runId)
  // A unit that began and never ended either runs now or was cut off with its process.
  const open = (id: string) => (started.has(id) ? (run.state === "running" ? "running" : "cut off") : "waiting")
  if (output.json) {
    for (const unit of plan.units) {
      const outcome = outcomes.get(unit.id)
      yield* output.line({
        type: "unit",
        runId: run.runId,
        ...(run.kind === "studies" ? { studyKey: unit.id } : {}),
        ...(outcome ?? { id: unit.id, label: unit.label, status: open(unit.id) }),
      })
    }
    yield* output.line(runLine(run))
    return
  }
  yield* output.table(
    outcomeColumns(run.kind === "studies" ? "study" : "unit"),
    plan.units.map((unit) => {
      const outcome = outcomes.get(unit.id)
      return outcome === undefined
        ? [unit.label, open(unit.id), "", "", "", "", ""]
        : outcomeRow(outcome, output.stdoutIsTerminal)
    }),
  )
  yield* output.note(`run ${run.runId}: ${run.state}, ${countsText(run.counts)}`)
  if (run.lease !== undefined && run.state === "running") {
    const { host, pid, user } = run.lease.owner
    yield* output.note(`held by process ${pid} of ${user} on ${host}`)
  }
  if (run.state === "unfinished" || run.state === "interrupted" || run.state === "partial" || run.state === "failed") {
    const server = storedServer((yield* Begun.read(run.runId))?.details)
    const final = [...outcomes.values()].some((one) => one.status === "failed" && one.failure?.retryable === false)
    yield* output.note(`\nhint: ${resumeHint(cli, run.kind, run.runId, { server, final })}`)
  }
})
