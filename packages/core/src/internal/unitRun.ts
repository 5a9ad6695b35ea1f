/**
 * One unit while it is being run: its times, waits, tries and what it reports. It is the `CurrentUnit` of its own work.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { Json } from "effect/Schema"
import type { CurrentUnitShape, WaitKind } from "../CurrentUnit.ts"
import type { Failure } from "../Failure.ts"
import { historyMax, type Attempt, type Outcome, type Status } from "../Outcome.ts"
import type { Unit } from "../Unit.ts"
import type { Task } from "./sessionSpec.ts"
import type { Watch } from "./watchdog.ts"

/** What a unit needs of the session it belongs to. */
export interface UnitHost {
  /** The times of all units that are under way, {@link timesPerUnit} numbers each. */
  readonly times: Float64Array
  readonly runId: string
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
  /** Unix time in milliseconds of a reading of `nowMs`. */
  readonly wallAt: (monotonicMs: number) => number
  readonly note: (
    unit: Unit,
    name: string,
    data: Json,
    level: "debug" | "info" | "warning" | "error",
  ) => Effect.Effect<void>
}

/** Numbers that one unit keeps in {@link UnitHost.times}. */
export const timesPerUnit = 8
const queued = 0
const ran = 1
const limitWaited = 2
const retryWaited = 3
/** When the current stretch of one kind began; below 0 before the first. */
const since = 4
const tryStarted = 5
const tryRan = 6
const tryLimitWaited = 7

const round = (ms: number): number => Math.round(ms * 1000) / 1000

/** Why the session interrupted a unit. */
export type StopReason = "timeout" | "deadline" | "stop"

/**
 * Where a try stands: `idle` before its work starts and after its verdict, `work`, `closing` its scope, `writing` its
 * value to the sink, `choosing` how long to wait before the next try.
 */
export type Phase = "idle" | "work" | "closing" | "writing" | "choosing"

/** What an outcome says beside its status. */
export interface OutcomeParts {
  readonly value?: unknown
  readonly failure?: Failure | undefined
  readonly reason?: string | undefined
}

export class UnitRun implements CurrentUnitShape {
  readonly index: number
  readonly unit: Unit
  private readonly host: UnitHost
  private readonly task: Task
  /** Tries that began in this session. */
  tries = 0
  phase: Phase = "idle"
  /** Goes up at each verdict: what an earlier try or phase says late has an older number and is not heard. */
  epoch = 0
  /** What runs for its phase. */
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** Its time-out. */
  watch: Watch | undefined
  /** When it is given up, once it was interrupted. */
  abandon: Watch | undefined
  /** Why the session interrupted it, where it did. */
  stopped: StopReason | undefined
  /** True once its work began in this session. */
  forked = false
  /** True once a try was given up that may still be at work. */
  abandoned = false
  /** Set once an outcome was made: whatever the fiber does later is ignored. */
  settled = false
  /** True from the start of a try until its outcome is committed or it waits to be tried again. */
  running = false
  /** True while it holds a slot. */
  holdsSlot = false
  /** Reserved of each budget. */
  reserved: Array<{ readonly name: string; readonly amount: number }> | undefined
  lastFailure: Failure | undefined
  lastStatus: Exclude<Attempt["status"], "succeeded"> | undefined
  /** Ends `choosing` where what decides does not. */
  giveUpChoosing: (() => void) | undefined
  /** Gives the delay before the next try; made with the first failure. */
  nextDelay: ((failure: Failure) => Effect.Effect<number | undefined, unknown>) | undefined

  /** Which place in the session's tables it has until it is settled. */
  readonly place: number
  /** Where its numbers start: a shared table, because numbers that change are costly as fields of many small objects. */
  private readonly at: number
  private inTry = false
  private limitDepth = 0
  private retryDepth = 0
  private history: Array<Attempt> | undefined
  /** By name, in this session. */
  private spentOf: Record<string, number> | undefined

  constructor(host: UnitHost, task: Task, place: number) {
    this.host = host
    this.place = place
    this.at = place * timesPerUnit
    host.times.fill(0, this.at, this.at + timesPerUnit)
    host.times[this.at + since] = -1
    this.index = task.index
    this.unit = task.unit
    this.task = task
    const history = task.before?.history
    if (history !== undefined) this.history = [...history]
  }

  /** Its outcome where this session does not start it: one that ended badly before is still what it was. */
  leftOut(status: "skipped" | "notStarted", reason: string): Outcome {
    const ending = this.tries === 0 ? this.task.before?.ending : undefined
    if (ending === undefined) return this.outcome(status, { reason })
    const { id, label } = this.unit
    const spent = this.spentInAll()
    const left = { ...ending, id, label, reason: `not tried again: ${reason}`, attempts: this.attempt }
    return spent === undefined ? left : { ...left, spent }
  }

  get runId(): string {
    return this.host.runId
  }

  get attempt(): number {
    return this.task.triesBefore + this.tries
  }

  private time(which: number): number {
    return this.host.times[this.at + which] ?? 0
  }

  /** Books the stretch that ends now: to waiting where anything waits, to work otherwise. */
  private book(nowMs: number): void {
    const { times } = this.host
    const { at } = this
    const stretch = nowMs - (times[at + since] ?? nowMs)
    times[at + since] = nowMs
    if (this.limitDepth > 0) {
      times[at + limitWaited] = this.time(limitWaited) + stretch
      times[at + tryLimitWaited] = this.time(tryLimitWaited) + stretch
    } else if (this.retryDepth > 0 || !this.inTry) times[at + retryWaited] = this.time(retryWaited) + stretch
    else {
      times[at + ran] = this.time(ran) + stretch
      times[at + tryRan] = this.time(tryRan) + stretch
    }
  }

  beginWait(kind: WaitKind): () => void {
    if (this.settled || !this.inTry) return () => {}
    this.book(this.host.nowMs())
    if (kind === "limit") this.limitDepth++
    else this.retryDepth++
    const { tries } = this
    let open = true
    return () => {
      if (!open) return
      open = false
      // After the unit was settled its place in the table belongs to another; after its try the wait was ended for it.
      if (this.settled || this.tries !== tries || !this.inTry) return
      this.book(this.host.nowMs())
      if (kind === "limit") this.limitDepth--
      else this.retryDepth--
    }
  }

  note(name: string, data: Json, level: "debug" | "info" | "warning" | "error" = "info"): Effect.Effect<void> {
    return Effect.suspend(() => (this.settled ? Effect.void : this.host.note(this.unit, name, data, level)))
  }

  spend(budget: string, amount: number): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (!Number.isFinite(amount) || amount < 0) {
        return Effect.die(new RangeError(`what was spent of ${budget} must be a number of 0 or more; it is ${amount}`))
      }
      if (!this.settled) this.setSpent(budget, (this.spentOf?.[budget] ?? 0) + amount)
      return Effect.void
    })
  }

  /** What was spent of a budget in this session; `undefined` where the work never said. */
  spentOn(budget: string): number | undefined {
    return this.spentOf?.[budget]
  }

  /** Says what counts as spent of a budget in this session. */
  setSpent(budget: string, amount: number): void {
    this.spentOf ??= {}
    this.spentOf[budget] = amount
  }

  /** Spent over all sessions; `undefined` where nothing is known of any budget. */
  private spentInAll(): { readonly [name: string]: number } | undefined {
    const before = this.task.before?.spent
    if (before === undefined) return this.spentOf
    const all = { ...before }
    for (const [name, amount] of Object.entries(this.spentOf ?? {})) all[name] = (all[name] ?? 0) + amount
    return all
  }

  /** Counts time before the first try as waiting for a limit: the unit is held back by a budget. */
  beginHold(sessionStartMs: number): void {
    if (this.time(since) >= 0) return
    const nowMs = this.host.nowMs()
    this.host.times[this.at + queued] = nowMs - sessionStartMs
    this.host.times[this.at + since] = nowMs
    this.limitDepth++
  }

  beginTry(sessionStartMs: number, nowMs: number): void {
    const { times } = this.host
    const { at } = this
    if (this.time(since) < 0) {
      times[at + queued] = nowMs - sessionStartMs
      times[at + since] = nowMs
    } else this.book(nowMs)
    this.limitDepth = 0
    this.retryDepth = 0
    this.inTry = true
    this.tries++
    this.stopped = undefined
    times[at + tryStarted] = nowMs
    times[at + tryRan] = 0
    times[at + tryLimitWaited] = 0
  }

  endTry(nowMs: number): void {
    this.book(nowMs)
    this.limitDepth = 0
    this.retryDepth = 0
    this.inTry = false
  }

  /** Keeps a try; a success only where it was not the first, since a single good try says nothing more. */
  record(status: Attempt["status"], failure: Failure | undefined): void {
    if (status === "succeeded" && this.attempt === 1) return
    this.history ??= []
    if (this.history.length >= historyMax) this.history.shift()
    this.history.push({
      attempt: this.attempt,
      startedAtMs: this.host.wallAt(this.time(tryStarted)),
      runMs: round(this.time(tryRan)),
      limitWaitMs: round(this.time(tryLimitWaited)),
      status,
      ...(failure === undefined ? {} : { failure }),
    })
  }

  outcome(status: Status, parts: OutcomeParts): Outcome {
    if (this.time(since) >= 0 && (this.inTry || this.limitDepth > 0)) this.book(this.host.nowMs())
    const outcome: { -readonly [K in keyof Outcome]: Outcome[K] } =
      parts.value === undefined
        ? {
            id: this.unit.id,
            label: this.unit.label,
            status,
            attempts: this.attempt,
            queuedMs: round(this.time(queued)),
            runMs: round(this.time(ran)),
            limitWaitMs: round(this.time(limitWaited)),
            retryWaitMs: round(this.time(retryWaited)),
          }
        : {
            id: this.unit.id,
            label: this.unit.label,
            status,
            value: parts.value,
            attempts: this.attempt,
            queuedMs: round(this.time(queued)),
            runMs: round(this.time(ran)),
            limitWaitMs: round(this.time(limitWaited)),
            retryWaitMs: round(this.time(retryWaited)),
          }
    // Two shapes for the common cases; what is rare is added, what is absent is not there.
    const reason = parts.reason ?? this.task.before?.reason
    const spent = this.spentInAll()
    if (parts.failure !== undefined) outcome.failure = parts.failure
    if (reason !== undefined) outcome.reason = reason
    if (this.history !== undefined) outcome.history = this.history
    if (spent !== undefined) outcome.spent = spent
    return outcome
  }
}
