/**
 * What a resumed run takes over: which units are done under the same fingerprint, which run again and why, which keep the
 * failure that they had.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as FailureCause from "../FailureCause.ts"
import type { LedgerError, LedgerShape, RunSummary, UnitState } from "../Ledger.ts"
import type { Outcome } from "../Outcome.ts"
import type { Plan } from "../Plan.ts"
import type { Task } from "./sessionSpec.ts"

export interface Prior {
  readonly tasks: ReadonlyArray<Task>
  /** By plan index: what stands without running again; empty where outcomes are not kept. */
  readonly settled: ReadonlyMap<number, Outcome>
  /** How many units stand, by status. */
  readonly counts: { readonly reused: number; readonly failed: number }
  /** Spent of each budget in earlier sessions; a try that never ended counts with all that it could spend. */
  readonly spent: Readonly<Record<string, number>>
}

/** Everything runs, nothing is known. */
export const fresh = (plan: Plan): Prior => ({
  tasks: plan.units.map((unit, index) => ({ index, unit, triesBefore: 0 })),
  settled: new Map(),
  counts: { reused: 0, failed: 0 },
  spent: {},
})

/** Why a unit runs again, or that it need not. Pure, so that `plan` can show what `resume` will do. */
export const decide = (
  state: UnitState | undefined,
  fingerprint: string,
  retryFailed: boolean,
  reusedBecause = "finished before under the same fingerprint",
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
            outcome: { ...outcome, status: "reused", reason: reusedBecause },
          }
        : { run: true, reason: "its input or code has changed since it succeeded" }
    case "failed":
      if (state.started > outcome.attempts) {
        return { run: true, reason: "it was being tried again and never ended: the process was stopped" }
      }
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
      return {
        run: true,
        reason: outcome.attempts > 0 ? "it was to run again and did not start" : "it never started",
      }
    case "skipped":
      return { run: true, reason: `it was skipped before: ${outcome.reason ?? "as planned"}` }
  }
}

export const loadResume = Effect.fnUntraced(function* (
  ledger: LedgerShape,
  run: RunSummary,
  plan: Plan,
  options: {
    readonly retryFailed: boolean
    readonly keepOutcomes: boolean
    readonly reusedBecause?: ReadonlyMap<string, string>
    /** Names of the budgets of the run. */
    readonly budgets: ReadonlyArray<string>
  },
): Effect.fn.Return<Prior, LedgerError> {
  const states = new Map<string, UnitState>()
  yield* Stream.runForEach(ledger.unitStates(run.runId), (state) => Effect.sync(() => states.set(state.id, state)))
  // Tries that were killed could spend what the plan of their time allowed.
  const former = new Map<string, Caps>()
  if (options.budgets.length > 0 && run.planHash !== plan.hash) {
    for (const unit of (yield* ledger.getPlan(run.runId)).units) {
      if (unit.budgets !== undefined) former.set(unit.id, unit.budgets)
    }
  }
  const spent: Record<string, number> = {}
  const add = (amounts: Caps | undefined) => {
    for (const [name, amount] of Object.entries(amounts ?? {})) spent[name] = (spent[name] ?? 0) + amount
  }
  const tasks: Array<Task> = []
  const settled = new Map<number, Outcome>()
  const counts = { reused: 0, failed: 0 }
  for (const [index, unit] of plan.units.entries()) {
    const state = states.get(unit.id)
    states.delete(unit.id)
    const unitSpent =
      state === undefined ? undefined : spentOf(state, [unit.budgets, former.get(unit.id)], run.sessions)
    add(unitSpent)
    const decision = decide(state, unit.fingerprint, options.retryFailed, options.reusedBecause?.get(unit.id))
    if (decision.run) {
      tasks.push(
        state === undefined
          ? { index, unit, triesBefore: 0 }
          : {
              index,
              unit: { ...unit, reason: decision.reason },
              triesBefore: state.started,
              before: {
                reason: decision.reason,
                history: state.outcome?.history,
                spent: unitSpent,
                ending: endingOf(state, unit.fingerprint),
              },
            },
      )
      continue
    }
    counts[decision.outcome.status === "failed" ? "failed" : "reused"]++
    if (options.keepOutcomes) settled.set(index, decision.outcome)
  }
  if (options.budgets.length > 0) {
    // Units that are no longer planned have spent what they spent.
    for (const state of states.values()) add(spentOf(state, [former.get(state.id)], run.sessions))
    // Those that were taken out of the plan before its last change are known from the events alone.
    const seen = new Set([...former.keys(), ...states.keys(), ...plan.units.map((unit) => unit.id)])
    const gone = new Map<string, Caps>()
    if (run.sessions > 1) {
      yield* Stream.runForEach(ledger.events(run.runId), ({ event }) =>
        Effect.sync(() => {
          if (event.type !== "unitFinished" || event.outcome.spent === undefined || seen.has(event.outcome.id)) return
          gone.set(event.outcome.id, event.outcome.spent)
        }),
      )
    }
    for (const amounts of gone.values()) add(amounts)
  }
  return { tasks, settled, counts, spent }
})

/**
 * How a unit that began and did not succeed has ended so far. It keeps this where the session cannot start it: what
 * happened must not look as if it never had.
 */
const endingOf = (state: UnitState, fingerprint: string): Outcome | undefined => {
  const { outcome, started } = state
  switch (outcome?.status) {
    case "failed": {
      // Asked for again for more than its failure; that must hold until it starts.
      const again = state.fingerprint !== fingerprint || started > outcome.attempts
      const { failure } = outcome
      return again && failure !== undefined ? { ...outcome, failure: { ...failure, retryable: true } } : outcome
    }
    case "timedOut":
    case "interrupted":
      return outcome
    default:
      if (started <= (outcome?.attempts ?? 0)) return undefined
      return {
        id: state.id,
        label: "",
        status: "interrupted",
        failure: FailureCause.interrupted("the process was stopped while it ran"),
        ...(outcome?.history === undefined ? {} : { history: outcome.history }),
        attempts: started,
        queuedMs: 0,
        runMs: 0,
        limitWaitMs: 0,
        retryWaitMs: 0,
      }
  }
}

type Caps = { readonly [name: string]: number }

/**
 * What counts as spent by a unit so far. What its last outcome says covers all tries up to it; a session that was killed
 * in the middle of it may have spent its cap, and so may tries that never said what they spent.
 */
const spentOf = (state: UnitState, caps: ReadonlyArray<Caps | undefined>, sessions: number): Caps | undefined => {
  const { outcome, started } = state
  const tried = outcome?.attempts ?? 0
  const killed = Math.min(Math.max(0, started - tried), sessions)
  const names = new Set([...Object.keys(outcome?.spent ?? {}), ...caps.flatMap((of) => Object.keys(of ?? {}))])
  if (names.size === 0) return undefined
  const all: Record<string, number> = {}
  for (const name of names) {
    const cap = Math.max(0, ...caps.map((of) => of?.[name] ?? 0))
    const known = outcome?.spent?.[name]
    all[name] = (known ?? (tried > 0 ? cap : 0)) + killed * cap
  }
  return all
}
