/**
 * A ledger in memory: for tests, for benchmarks, and for programs that need no record after they end. An append is one
 * push to an array; what is known of each unit is worked out when somebody asks.
 *
 * @layer logic
 * @module
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as rules from "./internal/leaseRules.ts"
import {
  Ledger,
  LedgerError,
  ProcessIdentity,
  type LeaseStore,
  type LedgerShape,
  type LedgerWriter,
  type ProcessIdentityShape,
  type RunRecord,
  type RunSummary,
  type UnitState,
} from "./Ledger.ts"
import { emptyCounts, type Outcome, type Status } from "./Outcome.ts"
import type { Plan } from "./Plan.ts"
import type { RunEvent, RunStatus, StoredEvent } from "./RunEvent.ts"

/** What the memory may let go, for long runs whose record nobody reads afterwards. @category models */
export interface LedgerMemoryOptions {
  /**
   * Keeps only about this many of the newest events of each run (up to twice as many at times); everything unless given.
   * Counts, unit states and outcomes stay complete.
   */
  readonly eventsMax?: number
  /**
   * `false` lets outcomes go too: counts stay right, but `outcomes` and `unitStates` fail with `Storage`, since giving
   * half of them would make a resumed run repeat finished work. `true` unless given.
   */
  readonly keepOutcomes?: boolean
}

/** Runs that `listRuns` gives unless told otherwise. */
const listDefault = 100
/** Elements of a stream that are handed over at a time. */
const pageRows = 1_000
const location = "memory"

interface MemoryState {
  started: number
  status: Status | undefined
  outcome: Outcome | undefined
  /** The fingerprint under which it ended, once the plan has been replaced since; the plan's own until then. */
  fingerprint: string | undefined
}

/** One run: events as they came, and what they said about each unit as far as somebody asked. */
class MemoryRun {
  record: RunRecord
  plan: Plan
  events: Array<RunEvent> = []
  times: Array<number> = []
  /** Events that were let go: `events[0]` has the number `dropped + 1`. */
  dropped = 0
  /** Events of `events` that are in `states` already. */
  private folded = 0
  readonly states = new Map<string, MemoryState>()
  sessions = 0
  ended: RunStatus | undefined
  updatedAtMs: number
  private positions: Map<string, number> | undefined
  private readonly keepOutcomes: boolean

  constructor(record: RunRecord, plan: Plan, keepOutcomes: boolean) {
    this.record = record
    this.plan = plan
    this.keepOutcomes = keepOutcomes
    this.updatedAtMs = record.createdAtMs
  }

  get lastSeq(): number {
    return this.dropped + this.events.length
  }

  /** The unit's place in the plan. The index is made when it is first needed. */
  position(id: string): number | undefined {
    if (this.positions === undefined) {
      this.positions = new Map()
      for (const [index, unit] of this.plan.units.entries()) this.positions.set(unit.id, index)
    }
    return this.positions.get(id)
  }

  fold(): void {
    for (; this.folded < this.events.length; this.folded++) {
      const event = this.events[this.folded]
      if (event !== undefined) this.apply(event)
    }
    this.updatedAtMs = this.times.at(-1) ?? this.updatedAtMs
  }

  /** Lets the oldest events go, all but `keep`. */
  trim(keep: number): void {
    this.fold()
    const excess = this.events.length - keep
    this.events = this.events.slice(excess)
    this.times = this.times.slice(excess)
    this.dropped += excess
    this.folded = this.events.length
  }

  replacePlan(plan: Plan): void {
    this.fold()
    for (const [id, state] of this.states) {
      if (state.status !== undefined) state.fingerprint = this.fingerprintOf(id, state)
    }
    this.plan = plan
    this.positions = undefined
    this.record = { ...this.record, planHash: plan.hash }
  }

  fingerprintOf(id: string, state: MemoryState): string {
    if (state.fingerprint !== undefined) return state.fingerprint
    return this.plan.units[this.position(id) ?? -1]?.fingerprint ?? ""
  }

  private state(id: string): MemoryState | undefined {
    const known = this.states.get(id)
    if (known !== undefined || this.position(id) === undefined) return known
    const fresh: MemoryState = { started: 0, status: undefined, outcome: undefined, fingerprint: undefined }
    this.states.set(id, fresh)
    return fresh
  }

  private apply(event: RunEvent): void {
    switch (event.type) {
      case "unitStarted": {
        const state = this.state(event.id)
        if (state !== undefined && this.position(event.id) !== undefined) state.started += 1
        return
      }
      case "unitFinished": {
        const state = this.state(event.outcome.id)
        if (state === undefined || this.position(event.outcome.id) === undefined) return
        state.status = event.outcome.status
        state.outcome = this.keepOutcomes ? event.outcome : undefined
        state.fingerprint = undefined
        return
      }
      case "runStarted":
        this.sessions += 1
        this.ended = undefined
        return
      case "runFinished":
        this.ended = event.status
        return
      default:
        return
    }
  }
}

/**
 * Everything in this process's memory, nothing after it: durability `none`. Each layer has a ledger of its own.
 *
 * @category layers
 */
export const layer = (options?: LedgerMemoryOptions): Layer.Layer<Ledger> =>
  Layer.sync(Ledger, () => Ledger.of(make(options)))

/** As {@link layer}, as a value. @category constructors */
export const make = (options: LedgerMemoryOptions = {}): LedgerShape => {
  const keepOutcomes = options.keepOutcomes ?? true
  const eventsMax = options.eventsMax
  const trimAt = eventsMax === undefined ? Number.POSITIVE_INFINITY : Math.max(1, eventsMax) * 2
  const runs = new Map<string, MemoryRun>()
  const kept = new Map<string, rules.KeptLease>()
  /** Counts changes of leases, so that a writer need not look at its own with every event. */
  let leaseChanges = 0

  const find = (runId: string): Effect.Effect<MemoryRun, LedgerError> =>
    Effect.suspend(() => {
      const run = runs.get(runId)
      return run === undefined
        ? Effect.fail(new LedgerError({ reason: { _tag: "RunNotFound", runId } }))
        : Effect.succeed(run)
    })

  const keepLease = (decided: Result.Result<rules.KeptLease["record"], LedgerError>) =>
    Effect.map(Effect.fromResult(decided), (record) => {
      kept.set(record.key, { record, held: true })
      leaseChanges++
      return record
    })

  const leases: LeaseStore = {
    acquire: Effect.fn("LedgerMemory.acquire")(function* (key, owner, ttlMs) {
      const nowMs = yield* Clock.currentTimeMillis
      const { isGone } = yield* ProcessIdentity
      return yield* keepLease(rules.take(kept.get(key), key, owner, nowMs, ttlMs, isGone))
    }),
    renew: Effect.fn("LedgerMemory.renew")(function* (lease, ttlMs) {
      const nowMs = yield* Clock.currentTimeMillis
      return yield* keepLease(rules.extend(kept.get(lease.key), lease, nowMs, ttlMs))
    }),
    release: (lease) =>
      Effect.sync(() => {
        const current = kept.get(lease.key)
        if (current?.record.fencing === lease.fencing) kept.set(lease.key, { record: current.record, held: false })
        leaseChanges++
      }),
    inspect: (key) =>
      Effect.sync(() => {
        const current = kept.get(key)
        return current?.held === true ? current.record : undefined
      }),
  }

  const summarise = (run: MemoryRun, nowMs: number, identity: ProcessIdentityShape): RunSummary => {
    run.fold()
    const counts = { ...emptyCounts(run.plan.units.length) }
    for (const [id, state] of run.states) {
      if (state.status !== undefined && run.position(id) !== undefined) counts[state.status] += 1
    }
    const lease = kept.get(rules.runKey(run.record.runId))
    return {
      ...run.record,
      state: rules.runState(run.ended, rules.isAlive(lease, nowMs, identity.isGone)),
      counts,
      sessions: run.sessions,
      updatedAtMs: run.updatedAtMs,
      lease: lease?.held === true ? lease.record : undefined,
    }
  }

  const checkLease = (runId: string, fencing: number): LedgerError | undefined => {
    const key = rules.runKey(runId)
    return rules.lost(key, fencing, kept.get(key))
  }

  const openWriter = Effect.fn("LedgerMemory.openWriter")(function* (
    runId: string,
    lease: { readonly fencing: number },
  ): Effect.fn.Return<LedgerWriter, LedgerError, Scope.Scope> {
    const run = yield* find(runId)
    const clock = yield* Clock.Clock
    let error = checkLease(runId, lease.fencing)
    let checkedAt = leaseChanges
    if (error !== undefined) return yield* error
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        error ??= closedError
      }),
    )
    return {
      append: (event, committed, atMs) => {
        if (checkedAt !== leaseChanges) {
          checkedAt = leaseChanges
          error ??= checkLease(runId, lease.fencing)
        }
        if (error !== undefined) return committed?.(error)
        run.events.push(event)
        run.times.push(atMs ?? clock.currentTimeMillisUnsafe())
        if (eventsMax !== undefined && run.events.length >= trimAt) run.trim(eventsMax)
        committed?.()
      },
      pending: () => 0,
      flush: Effect.suspend(() => (error === undefined ? Effect.void : Effect.fail(error))),
    }
  })

  const outcomesKept = (run: MemoryRun): Effect.Effect<void, LedgerError> =>
    keepOutcomes || run.lastSeq === 0 ? Effect.void : Effect.fail(notKeptError)

  return {
    durability: "none",
    location,
    leases,
    openWriter,
    createRun: (record, plan) =>
      Effect.suspend(() => {
        if (runs.has(record.runId)) {
          return Effect.fail(new LedgerError({ reason: { _tag: "RunExists", runId: record.runId } }))
        }
        runs.set(record.runId, new MemoryRun({ ...record, planHash: plan.hash }, plan, keepOutcomes))
        return Effect.void
      }),
    replacePlan: Effect.fn("LedgerMemory.replacePlan")(function* (runId, plan, lease) {
      const run = yield* find(runId)
      const error = checkLease(runId, lease.fencing)
      if (error !== undefined) return yield* error
      run.replacePlan(plan)
    }),
    getRun: Effect.fn("LedgerMemory.getRun")(function* (runId) {
      const run = yield* find(runId)
      return summarise(run, yield* Clock.currentTimeMillis, yield* ProcessIdentity)
    }),
    getPlan: (runId) => Effect.map(find(runId), (run) => run.plan),
    listRuns: Effect.fn("LedgerMemory.listRuns")(function* (filter) {
      const nowMs = yield* Clock.currentTimeMillis
      const identity = yield* ProcessIdentity
      const limit = filter?.limit ?? listDefault
      const found: Array<RunSummary> = []
      // Newest first; of those made in the same millisecond, the one entered last.
      const newest = [...runs.values()]
        .map((run, index) => ({ run, index }))
        .toSorted((a, b) => b.run.record.createdAtMs - a.run.record.createdAtMs || b.index - a.index)
      for (const { run } of newest) {
        if (found.length >= limit) break
        if (filter?.kind !== undefined && run.record.kind !== filter.kind) continue
        const summary = summarise(run, nowMs, identity)
        if (filter?.unfinished !== undefined && filter.unfinished !== isUnfinished(summary)) continue
        found.push(summary)
      }
      return found
    }),
    unitStates: (runId) =>
      Stream.unwrap(
        Effect.gen(function* () {
          const run = yield* find(runId)
          yield* outcomesKept(run)
          run.fold()
          const states: Array<UnitState> = []
          for (const [id, state] of run.states) {
            if (run.position(id) === undefined) continue
            states.push({
              id,
              outcome: state.outcome,
              fingerprint: run.fingerprintOf(id, state),
              started: state.started,
            })
          }
          return Stream.fromIterable(states)
        }),
      ),
    outcomes: (runId) =>
      Stream.unwrap(
        Effect.gen(function* () {
          const run = yield* find(runId)
          yield* outcomesKept(run)
          run.fold()
          const { units } = run.plan
          return Stream.paginate(0, (from: number) =>
            Effect.sync(() => {
              const page: Array<Outcome> = []
              for (const unit of units.slice(from, from + pageRows)) {
                const outcome = run.states.get(unit.id)?.outcome
                if (outcome !== undefined) page.push(outcome)
              }
              const next = from + pageRows
              return [page, next < units.length ? Option.some(next) : Option.none()] as const
            }),
          )
        }),
      ),
    events: (runId, afterSeq = 0) =>
      Stream.unwrap(
        Effect.map(find(runId), (run) => {
          const endSeq = run.lastSeq
          return Stream.paginate(afterSeq, (after: number) =>
            Effect.sync(() => {
              const page: Array<StoredEvent> = []
              const first = Math.max(after, run.dropped)
              const last = Math.min(endSeq, first + pageRows)
              for (let seq = first + 1; seq <= last; seq++) {
                const event = run.events[seq - run.dropped - 1]
                const atMs = run.times[seq - run.dropped - 1]
                if (event !== undefined && atMs !== undefined) page.push({ runId, seq, atMs, event })
              }
              return [page, last < endSeq ? Option.some(last) : Option.none()] as const
            }),
          )
        }),
      ),
  }
}

/** Some unit is not settled: it failed, timed out, was interrupted, or never ended. */
const isUnfinished = ({ counts }: RunSummary): boolean =>
  counts.succeeded + counts.reused + counts.skipped < counts.planned

const closedError = new LedgerError({
  reason: { _tag: "Storage", location, operation: "append", problem: "the writer was closed", kind: "other" },
})

const notKeptError = new LedgerError({
  reason: {
    _tag: "Storage",
    location,
    operation: "read",
    problem: "this ledger was told to keep no outcomes (keepOutcomes: false)",
    kind: "other",
  },
})
