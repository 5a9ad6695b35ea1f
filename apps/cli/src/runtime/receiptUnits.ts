/**
 * The units of a receipt as a stream out of the ledger, so that values of any number and length are never held in memory
 * together: to the receipt's file, and to stdout as one JSON line.
 *
 * @layer logic
 * @module
 */
import { Ledger, type LedgerError } from "@heddle/core/Ledger"
import type { Outcome } from "@heddle/core/Outcome"
import type { Receipt } from "@heddle/core/Receipt"
import { keptOf, keptReason, paramsOf } from "@heddle/experiments/StudyPlan"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Output } from "./Cli.ts"

/** Characters that are gathered before they are written. */
const writeCharactersMax = 64 * 1024

/** Outcomes in plan order; those that an earlier session brought and this one did not touch say so. */
export const outcomes = (
  runId: string,
  finishedNow: ReadonlySet<string>,
): Stream.Stream<Outcome, LedgerError, Ledger> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const ledger = yield* Ledger
      const { kind, sessions } = yield* ledger.getRun(runId)
      // Results that were kept though they were made with something else do not stand under the same fingerprint.
      const kept =
        kind === "experiments" && sessions > 1
          ? keptOf(paramsOf(yield* ledger.getPlan(runId)))
          : new Map<string, string>()
      return Stream.map(ledger.outcomes(runId), (outcome) =>
        finishedNow.has(outcome.id) ? outcome : standing(outcome, kept.get(outcome.id)),
      )
    }),
  )

const standing = (outcome: Outcome, kept: string | undefined): Outcome => {
  switch (outcome.status) {
    case "succeeded":
      return {
        ...outcome,
        status: "reused",
        reason: kept === undefined ? "finished before under the same fingerprint" : keptReason(kept),
      }
    case "failed":
      return {
        ...outcome,
        reason: "failed before in a way that another try does not mend; --retry-failed runs it",
      }
    default:
      return outcome
  }
}

/** Without values, for a receipt whose values stand in a file of their own. */
export const withoutValues = <E, R>(units: Stream.Stream<Outcome, E, R>): Stream.Stream<Outcome, E, R> =>
  Stream.map(units, ({ value, ...rest }) => {
    void value
    return rest
  })

/** Which units the last session of a run brought to an end, from its events. */
export const finishedInLastSession = Effect.fn("finishedInLastSession")(function* (
  runId: string,
): Effect.fn.Return<ReadonlySet<string>, LedgerError, Ledger> {
  const ledger = yield* Ledger
  const finished = new Set<string>()
  yield* Stream.runForEach(ledger.events(runId), ({ event }) =>
    Effect.sync(() => {
      if (event.type === "runStarted") finished.clear()
      if (event.type === "unitFinished") finished.add(event.outcome.id)
    }),
  )
  return finished
})

/** Prints the receipt as one JSON line, units as they come. */
export const printLine = Effect.fn("receiptUnits.printLine")(function* <E, R>(
  output: Output,
  receipt: Receipt,
  level: string,
  units: Stream.Stream<Outcome, E, R>,
): Effect.fn.Return<void, E, R> {
  const { type, runId, units: none, ...rest } = receipt
  void none
  let pending = JSON.stringify({ type, runId, at: receipt.endedAt, level, ...rest }).slice(0, -1)
  pending += ',"units":['
  let first = true
  yield* Stream.runForEach(units, (unit) => {
    pending += `${first ? "" : ","}${JSON.stringify(unit)}`
    first = false
    if (pending.length < writeCharactersMax) return Effect.void
    const chunk = pending
    pending = ""
    return output.data(chunk)
  })
  yield* output.data(`${pending}]}\n`)
})
