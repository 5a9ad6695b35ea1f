/**
 * What a resumed run takes over: which units are done under the same fingerprint, which run again and why, which keep the
 * failure that they had.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { LedgerError, LedgerShape, UnitState } from "../Ledger.ts"
import type { Outcome } from "../Outcome.ts"
import type { Plan } from "../Plan.ts"
import type { Task } from "./sessionSpec.ts"

export interface Prior {
  readonly tasks: ReadonlyArray<Task>
  /** By plan index: what stands without running again. */
  readonly settled: ReadonlyMap<number, Outcome>
  /** Spent of each budget in earlier sessions; a try that never ended counts with all that it could spend. */
  readonly spent: Readonly<Record<string, number>>
}

/** Everything runs, nothing is known. */
export const fresh = (plan: Plan): Prior => ({
  tasks: plan.units.map((unit, index) => ({ index, unit, triesBefore: 0 })),
  settled: new Map(),
  spent: {},
})

/** Why a unit runs again, or that it need not. Pure, so that `plan` can show what `resume` will do. */
export const decide = (
  state: UnitState | undefined,
  fingerprint: string,
  retryFailed: boolean,
): { readonly run: true; readonly reason: string } | { readonly run: false; readonly outcome: Outcome } => {
  if (state === undefined) return { run: true, reason: "it never started" }
  const { outcome } = state
  if (outcome === undefined) return { run: true, reason: "it began and never ended: the process was stopped" }
  switch (outcome.status) {
    case "succeeded":
    case "reused":
      return state.fingerprint === fingerprint
        ? {
            run: false,
            outcome: { ...outcome, status: "reused", reason: "finished before under the same fingerprint" },
          }
        : { run: true, reason: "its input or code has changed since it succeeded" }
    case "failed":
      if (outcome.failure?.retryable === true) return { run: true, reason: `it failed before: ${outcome.failure.tag}` }
      if (retryFailed) return { run: true, reason: "it failed before, and failed units were asked for" }
      if (state.fingerprint !== fingerprint)
        return { run: true, reason: "its input or code has changed since it failed" }
      return {
        run: false,
        outcome: {
          ...outcome,
          reason: "failed before in a way that another try does not mend; --retry-failed runs it",
        },
      }
    case "timedOut":
      return { run: true, reason: "it ran out of time before" }
    case "interrupted":
      return { run: true, reason: "it was interrupted before" }
    case "notStarted":
      return { run: true, reason: "it never started" }
    case "skipped":
      return { run: true, reason: `it was skipped before: ${outcome.reason ?? "as planned"}` }
  }
}

export const loadResume = Effect.fnUntraced(function* (
  ledger: LedgerShape,
  runId: string,
  plan: Plan,
  options: { readonly retryFailed: boolean; readonly keepOutcomes: boolean },
): Effect.fn.Return<Prior, LedgerError> {
  const states = new Map<string, UnitState>()
  yield* Stream.runForEach(ledger.unitStates(runId), (state) => Effect.sync(() => states.set(state.id, state)))
  const tasks: Array<Task> = []
  const settled = new Map<number, Outcome>()
  const spent: Record<string, number> = {}
  for (const [index, unit] of plan.units.entries()) {
    const state = states.get(unit.id)
    const tried = state?.outcome?.attempts ?? 0
    for (const [name, cap] of Object.entries(unit.budgets ?? {})) {
      const known = state?.outcome?.spent?.[name]
      // Where the work never said what it spent, each try may have spent its cap; so may one that was killed.
      const silent = known === undefined && tried > 0 ? cap : 0
      const killed = state !== undefined && state.started > tried ? cap : 0
      spent[name] = (spent[name] ?? 0) + (known ?? silent) + killed
    }
    const decision = decide(state, unit.fingerprint, options.retryFailed)
    if (decision.run) {
      tasks.push({
        index,
        unit: state === undefined ? unit : { ...unit, reason: decision.reason },
        triesBefore: state?.started ?? 0,
      })
    } else {
      settled.set(index, options.keepOutcomes ? decision.outcome : { ...decision.outcome, value: undefined })
    }
  }
  return { tasks, settled, spent }
})
