/**
 * How a study is taken up again: which run of the ledger it is, whether its finished runs were made with the same things,
 * and what they spent.
 *
 * @layer logic
 * @module
 */
import { Ledger, type LedgerError, type UnitState } from "@heddle/core/Ledger"
import * as Plan from "@heddle/core/Plan"
import type { RunEvent } from "@heddle/core/RunEvent"
import type { Unit } from "@heddle/core/Unit"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { RunRecord, RunResult, RunSpec } from "../Run.ts"
import { type Change, RunPlanError, StudyChanged } from "../RunError.ts"
import type { Study } from "../Study.ts"
import { changesOf, keptOf, keptReason, paramsOf, type StudyParams } from "../StudyPlan.ts"
import { decode, resultOf } from "./runCodec.ts"
import type { BalancedStop, SpentBefore } from "./runDispatch.ts"
import type { Prepared } from "./runPrepare.ts"

/** The seed under which a study's run stands in the ledger: it says which study it is. */
export const seedOf = (study: Study): string => `${study.studyId}:${study.seedPolicy.baseSeed}`

/** Runs of the ledger that are looked through for one of a study. */
const runsSearchedMax = 10_000

/** A run of this study in the ledger. */
export interface Found {
  readonly runId: string
  readonly plan: Plan.Plan
  readonly params: StudyParams
}

/** The run to take up: the one that is named, else the newest of this study that is unfinished, else the newest. */
export const find = Effect.fnUntraced(function* (
  study: Study,
  named: string | undefined,
): Effect.fn.Return<Found | undefined, LedgerError | RunPlanError | Plan.PlanError, Ledger> {
  const ledger = yield* Ledger
  let runId = named
  if (runId === undefined) {
    const ours = (yield* ledger.listRuns({ kind: "experiments", limit: runsSearchedMax })).filter(
      ({ seed }) => seed.slice(0, Math.max(0, seed.lastIndexOf(":"))) === study.studyId,
    )
    runId = (ours.find(({ state }) => state !== "succeeded") ?? ours[0])?.runId
  }
  if (runId === undefined) return undefined
  const plan = yield* Effect.flatMap(ledger.getPlan(runId), Plan.verify)
  const params = paramsOf(plan)
  if (params === undefined || params.studyId !== study.studyId) {
    const problem = params === undefined ? `it is a run of ${plan.kind}` : `it is of study ${params.studyId}`
    return yield* new RunPlanError({ reason: { _tag: "NotThisStudy", runId, problem } })
  }
  return { runId, plan, params }
})

/** A run of the ledger, ready to go on. */
export interface Resumed {
  readonly runId: string
  /** The plan of now; where results are kept that were made with something else, with their old fingerprints. */
  readonly plan: Plan.Plan
  readonly changes: ReadonlyArray<Change>
  readonly spent: SpentBefore
  /** Runs that succeeded and are reused. */
  readonly done: number
  readonly added: number
  readonly removed: number
  /** Why runs are reused that were made with something else. */
  readonly reusedBecause: ReadonlyMap<string, string>
}

/** What counts as spent by a run so far: what it said, and its whole cap for each try that was killed. */
const spentOf = (state: UnitState, unit: Unit, sessions: number): { readonly [name: string]: number } => {
  const tried = state.outcome?.attempts ?? 0
  const killed = Math.min(Math.max(0, state.started - tried), sessions)
  const spent: Record<string, number> = {}
  for (const [name, cap] of Object.entries(unit.budgets ?? {})) {
    spent[name] = (state.outcome?.spent?.[name] ?? (tried > 0 ? cap : 0)) + killed * cap
  }
  return spent
}

/** The change of a run whose plan is no longer on record. */
const unknownChange = "something of an earlier session"

const isDone = (state: UnitState): boolean =>
  state.outcome?.status === "succeeded" || state.outcome?.status === "reused"

/** Compares the plan of now with the one of the ledger; refuses where finished runs were made with something else. */
export const take = Effect.fnUntraced(function* (
  study: Study,
  found: Found,
  prepared: Prepared,
  onChange: "refuse" | "rerun" | "keep",
): Effect.fn.Return<Resumed, LedgerError | StudyChanged | RunPlanError | Plan.PlanError, Ledger> {
  const ledger = yield* Ledger
  const params = paramsOf(prepared.plan)
  if (params === undefined) {
    const problem = "its plan cannot be read"
    return yield* new RunPlanError({ reason: { _tag: "NotThisStudy", runId: found.runId, problem } })
  }
  const before = new Map(found.plan.units.map((unit) => [unit.id, unit]))
  const now = new Map(prepared.plan.units.map((unit) => [unit.id, unit]))
  const { sessions } = yield* ledger.getRun(found.runId)
  const spent = new Map<string, { readonly [name: string]: number }>()
  const changed = new Map<string, number>()
  const kept = new Map<string, string>()
  const accepted = new Set<string>()
  /** What changed for each run that is finished and was made with something else. */
  const stale = new Map<string, string>()
  /** What earlier resumes kept, which holds on: the record must not forget what a result was made with. */
  const keptBefore = keptOf(found.params)
  let done = 0
  yield* Stream.runForEach(ledger.unitStates(found.runId), (state) =>
    Effect.sync(() => {
      const unit = now.get(state.id)
      const old = before.get(state.id)
      const known = unit ?? old
      if (known?.budgets !== undefined) spent.set(state.id, spentOf(state, known, sessions))
      if (unit === undefined || !isDone(state)) return
      if (state.fingerprint === unit.fingerprint) {
        done++
        return
      }
      // The plan of the ledger may be newer than the run that is finished; then only that it differs is known.
      const fields =
        old !== undefined && old.fingerprint === state.fingerprint
          ? changesOf({ params: found.params, unit: old }, { params, unit })
          : [unknownChange]
      kept.set(state.id, state.fingerprint)
      // Nothing differs from the plan that the ledger has: an earlier resume was told to keep this result.
      if (fields.length === 0) accepted.add(state.id)
      for (const field of fields) changed.set(field, (changed.get(field) ?? 0) + 1)
      if (fields.length > 0) stale.set(state.id, fields.join(", "))
    }),
  )
  // A rule of stopping shapes no single run, and decides which of them there are.
  if ((params.stopping ?? "") !== (found.params.stopping ?? "")) changed.set("stopping rule", now.size)
  const changes = [...changed].map(([field, runs]) => ({ field, runs }))
  if (changes.length > 0 && onChange === "refuse") return yield* new StudyChanged({ runId: found.runId, changes })
  let plan = prepared.plan
  if (onChange !== "keep") for (const id of kept.keys()) if (!accepted.has(id)) kept.delete(id)
  const because = new Map<string, string>()
  if (kept.size + stale.size > 0) {
    done += kept.size
    const { code, kind, units } = prepared.plan
    for (const id of kept.keys()) {
      const fields = [keptBefore.get(id), stale.get(id)].flatMap((text) => text?.split(", ") ?? [])
      because.set(id, [...new Set(fields)].join(", ") || unknownChange)
    }
    const byChange: Record<string, Array<string>> = {}
    for (const [id, what] of because) (byChange[what] ??= []).push(id)
    plan = yield* Plan.makeEffect({
      kind,
      params: because.size === 0 ? prepared.plan.params : { ...params, kept: byChange },
      code,
      units: units.map((unit) => {
        const fingerprint = kept.get(unit.id)
        const what = stale.get(unit.id)
        if (fingerprint !== undefined) {
          return { ...unit, fingerprint, reason: `${unit.reason}; kept though this changed: ${because.get(unit.id)}` }
        }
        return what === undefined
          ? unit
          : { ...unit, reason: `${unit.reason}; runs again, since this changed: ${what}` }
      }),
    })
  }
  const added = prepared.plan.units.filter(({ id }) => !before.has(id)).length
  const removed = found.plan.units.filter(({ id }) => !now.has(id)).length
  if (removed > 0) {
    yield* Effect.logWarning(`${removed} runs of ${study.studyId} are planned no more; their results are left out`)
  }
  const reusedBecause = new Map(Array.from(because, ([id, what]) => [id, keptReason(what)]))
  return { runId: found.runId, plan, changes, spent, done, added, removed, reusedBecause }
})

/** Gives results to whoever decides about stopping: each once, whole replicates only, in plan order within one. */
export const feed = (
  stop: BalancedStop & { readonly onResult?: (result: RunResult) => void },
  specs: ReadonlyMap<string, RunSpec>,
  options: { readonly compatibility: boolean; readonly order: ReadonlyArray<RunSpec> },
) => {
  const places = new Map(options.order.map((run, place) => [run.runId, place]))
  /** Results that wait for their replicate to be complete. */
  const waiting = new Map<number, Array<RunResult>>()
  const put = (result: RunResult, replicate: number): void => {
    const round = waiting.get(replicate)
    if (round === undefined) waiting.set(replicate, [result])
    else round.push(result)
  }
  return {
    known: (record: RunRecord) =>
      Effect.sync(() => {
        const { outcome, result, runSpec } = record
        if (result !== undefined && (outcome === "succeeded" || outcome === "reused")) put(result, runSpec.replicate)
      }),
    observe: (event: RunEvent): void => {
      if (event.type !== "unitFinished" || event.outcome.status !== "succeeded") return
      const { outcome } = event
      const spec = specs.get(outcome.id)
      if (spec === undefined) return
      const content = decode(outcome.value, spec)
      const { attempts } = outcome
      put(resultOf(content, spec, { failed: false, attempts, compatibility: options.compatibility }), spec.replicate)
    },
    shouldStop: (replicates: number): string | undefined => {
      for (let replicate = 1; replicate <= replicates; replicate++) {
        const round = waiting.get(replicate) ?? []
        waiting.delete(replicate)
        round.sort((left, right) => (places.get(left.runId) ?? 0) - (places.get(right.runId) ?? 0))
        for (const result of round) stop.onResult?.(result)
      }
      return stop.shouldStop(replicates)
    },
  }
}
