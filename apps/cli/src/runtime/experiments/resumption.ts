/**
 * What a resume of a run would do with the plan of now: what is reused, what runs again and why, what failed and stays
 * so. Shown by `plan` and `status`, and asked by `resume` before anything begins.
 *
 * @layer logic
 * @module
 */
import { Ledger, type LedgerError, type RunSummary, type UnitState } from "@heddle/core/Ledger"
import type { Plan } from "@heddle/core/Plan"
import { changesOf, paramsOf } from "@heddle/experiments/StudyPlan"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** What would become of a run. */
export interface Resumption {
  readonly run: RunSummary
  /** Runs that are finished and stay so. */
  readonly reused: number
  /** Runs that failed and are not tried again, and those that a sequential rule left out. */
  readonly left: number
  /** Why runs are run, with how many each. */
  readonly again: ReadonlyMap<string, number>
  /** What finished runs were made with and is no more, with how many each. */
  readonly changes: ReadonlyMap<string, number>
  /** Runs of the earlier plan that are planned no more. */
  readonly removed: number
}

/** Whether a resume would run anything. */
export const runsSomething = ({ again, run }: Resumption): boolean => again.size > 0 || run.state === "unfinished"

const done: ReadonlySet<string> = new Set(["succeeded", "reused"])

const reasonOf = (
  state: UnitState | undefined,
  { retryFailed, stopped }: { readonly retryFailed: boolean; readonly stopped?: string | undefined },
): string | undefined => {
  const outcome = state?.outcome
  if (state === undefined) return "never started"
  if (outcome === undefined) return "cut off with its process"
  // A look made it needless, whatever became of it before: left out, or failed and not tried again.
  if (stopped !== undefined && outcome.reason?.includes(stopped) === true) return undefined
  switch (outcome.status) {
    case "succeeded":
    case "reused":
      return undefined
    case "failed":
      return retryFailed || outcome.failure?.retryable === true
        ? `failed: ${outcome.failure?.tag ?? "unknown"}`
        : undefined
    case "timedOut":
      return "ran out of time"
    case "interrupted":
      return "interrupted"
    case "notStarted":
      return "never started"
    case "skipped":
      return `skipped: ${outcome.reason ?? "as planned"}`
  }
}

/** Compares the plan of now with what the ledger knows of the run. */
export const resumptionOf = Effect.fn("resumption.resumptionOf")(function* (
  run: RunSummary,
  plan: Plan,
  options: {
    readonly retryFailed: boolean
    /** Finished runs stay as they are, whatever they were made with. */
    readonly keep?: boolean
    /** Why a sequential rule stopped the study: what it left out is not run after all. */
    readonly stopped?: string | undefined
  },
): Effect.fn.Return<Resumption, LedgerError, Ledger> {
  const ledger = yield* Ledger
  const before = yield* ledger.getPlan(run.runId)
  const states = new Map<string, UnitState>()
  yield* Stream.runForEach(ledger.unitStates(run.runId), (state) => Effect.sync(() => states.set(state.id, state)))
  const old = new Map(before.units.map((unit) => [unit.id, unit]))
  const params = [paramsOf(before), paramsOf(plan)] as const
  const again = new Map<string, number>()
  const changes = new Map<string, number>()
  const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)
  let reused = 0
  let left = 0
  for (const unit of plan.units) {
    const state = states.get(unit.id)
    const reason = reasonOf(state, options)
    const former = old.get(unit.id)
    old.delete(unit.id)
    if (reason !== undefined) count(again, reason)
    else if (state?.outcome !== undefined && !done.has(state.outcome.status)) left++
    else if (state?.fingerprint === unit.fingerprint) reused++
    else {
      const [then, now] = params
      const fields =
        then !== undefined && now !== undefined && former !== undefined && former.fingerprint === state?.fingerprint
          ? changesOf({ params: then, unit: former }, { params: now, unit })
          : ["something of an earlier session"]
      for (const field of fields) count(changes, field)
      // Nothing differs from the plan on record: an earlier resume was told to keep this result.
      if (options.keep === true || fields.length === 0) reused++
      else count(again, `changed: ${fields.join(", ")}`)
    }
  }
  return { run, reused, left, again, changes, removed: old.size }
})

/** The same as sentences. */
export const resumptionLines = ({ again, left, removed, reused, run }: Resumption): ReadonlyArray<string> => [
  `run ${run.runId} is ${run.state}; a resume would reuse ${reused} runs${
    again.size === 0 ? " and run nothing" : ""
  }${left > 0 ? `, and leave ${left} as they are` : ""}`,
  ...[...again].map(([reason, runs]) => `  ${runs} again: ${reason}`),
  ...(removed > 0 ? [`  ${removed} runs of that run are planned no more; their results are left out`] : []),
]
