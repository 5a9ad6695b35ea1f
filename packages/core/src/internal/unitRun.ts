/**
 * One unit while it is being run: its times, waits, tries and what it reports. It is the `CurrentUnit` of its own work.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { Json } from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { CurrentUnitShape, WaitKind } from "../CurrentUnit.ts"
import type { Failure } from "../Failure.ts"
import { historyMax, type Attempt, type Outcome, type Status } from "../Outcome.ts"
import type { Unit } from "../Unit.ts"
import type { Watch } from "./watchdog.ts"

/** What a unit needs of the session it belongs to. */
export interface UnitHost {
  readonly runId: string
  readonly nowMs: () => number
  readonly note: (
    unit: Unit,
    name: string,
    data: Json,
    level: "debug" | "info" | "warning" | "error",
  ) => Effect.Effect<void>
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000

export class UnitRun implements CurrentUnitShape {
  readonly index: number
  readonly unit: Unit
  private readonly host: UnitHost
  /** Tries that began in earlier sessions. */
  private readonly triesBefore: number
  /** Tries that began in this session. */
  tries = 0
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  scope: Scope.Closeable | undefined
  watch: Watch | undefined
  /** Why the session interrupted it, where it did. */
  stopped: "timeout" | "deadline" | "stop" | undefined
  /** Set once an outcome was made: whatever the fiber does later is ignored. */
  settled = false
  /** True while it holds a slot. */
  holdsSlot = false
  /** Reserved of each budget. */
  reserved: Array<{ readonly name: string; readonly amount: number }> | undefined
  lastFailure: Failure | undefined
  lastStatus: Exclude<Attempt["status"], "succeeded"> | undefined
  /** Gives the delay before the next try; made with the first failure. */
  nextDelay: ((failure: Failure) => Effect.Effect<number | undefined>) | undefined

  private queuedMs = 0
  private runMs = 0
  private limitWaitMs = 0
  private retryWaitMs = 0
  /** When the current stretch of one kind began; below 0 before the first. */
  private sinceMs = -1
  private inTry = false
  private limitDepth = 0
  private retryDepth = 0
  private tryStartedAtMs = 0
  private tryRunMs = 0
  private tryLimitMs = 0
  private history: Array<Attempt> | undefined
  private spentOf: Record<string, number> | undefined

  constructor(host: UnitHost, index: number, unit: Unit, triesBefore: number) {
    this.host = host
    this.index = index
    this.unit = unit
    this.triesBefore = triesBefore
  }

  get runId(): string {
    return this.host.runId
  }

  get attempt(): number {
    return this.triesBefore + this.tries
  }

  /** Books the stretch that ends now: to waiting where anything waits, to work otherwise. */
  private book(nowMs: number): void {
    const stretch = nowMs - this.sinceMs
    this.sinceMs = nowMs
    if (this.limitDepth > 0) {
      this.limitWaitMs += stretch
      this.tryLimitMs += stretch
    } else if (this.retryDepth > 0 || !this.inTry) this.retryWaitMs += stretch
    else {
      this.runMs += stretch
      this.tryRunMs += stretch
    }
  }

  beginWait(kind: WaitKind): () => void {
    this.book(this.host.nowMs())
    if (kind === "limit") this.limitDepth++
    else this.retryDepth++
    let open = true
    return () => {
      if (!open) return
      open = false
      if (!this.settled) this.book(this.host.nowMs())
      if (kind === "limit") this.limitDepth--
      else this.retryDepth--
    }
  }

  note(name: string, data: Json, level: "debug" | "info" | "warning" | "error" = "info"): Effect.Effect<void> {
    return Effect.suspend(() => (this.settled ? Effect.void : this.host.note(this.unit, name, data, level)))
  }

  spend(budget: string, amount: number): Effect.Effect<void> {
    return Effect.sync(() => {
      if (!(amount >= 0) || this.settled) return
      this.spentOf ??= {}
      this.spentOf[budget] = (this.spentOf[budget] ?? 0) + amount
    })
  }

  /** What was spent of a budget; `undefined` where the work never said. */
  spentOn(budget: string): number | undefined {
    return this.spentOf?.[budget]
  }

  /** Counts time before the first try as waiting for a limit: the unit is held back by a budget. */
  beginHold(sessionStartMs: number): void {
    if (this.sinceMs >= 0) return
    const nowMs = this.host.nowMs()
    this.queuedMs = nowMs - sessionStartMs
    this.sinceMs = nowMs
    this.limitDepth++
  }

  beginTry(sessionStartMs: number, nowMs: number, wallMs: number): void {
    if (this.sinceMs < 0) {
      this.queuedMs = nowMs - sessionStartMs
      this.sinceMs = nowMs
    } else this.book(nowMs)
    this.limitDepth = 0
    this.retryDepth = 0
    this.inTry = true
    this.tries++
    this.stopped = undefined
    this.tryStartedAtMs = wallMs
    this.tryRunMs = 0
    this.tryLimitMs = 0
  }

  endTry(nowMs: number): void {
    this.book(nowMs)
    this.limitDepth = 0
    this.retryDepth = 0
    this.inTry = false
  }

  /** Keeps a try; successes only where there was a failure before, since a single good try says nothing more. */
  record(status: Attempt["status"], failure: Failure | undefined): void {
    if (status === "succeeded" && this.history === undefined) return
    this.history ??= []
    if (this.history.length >= historyMax) this.history.shift()
    this.history.push({
      attempt: this.attempt,
      startedAtMs: this.tryStartedAtMs,
      runMs: round(this.tryRunMs),
      limitWaitMs: round(this.tryLimitMs),
      status,
      ...(failure === undefined ? {} : { failure }),
    })
  }

  outcome(
    status: Status,
    parts: { readonly value?: unknown; readonly failure?: Failure | undefined; readonly reason?: string | undefined },
  ): Outcome {
    if (this.sinceMs >= 0 && (this.inTry || this.limitDepth > 0)) this.book(this.host.nowMs())
    return {
      id: this.unit.id,
      label: this.unit.label,
      status,
      ...(parts.value === undefined ? {} : { value: parts.value }),
      ...(parts.failure === undefined ? {} : { failure: parts.failure }),
      ...(parts.reason === undefined ? {} : { reason: parts.reason }),
      attempts: this.attempt,
      ...(this.history === undefined ? {} : { history: this.history }),
      ...(this.spentOf === undefined ? {} : { spent: this.spentOf }),
      queuedMs: round(this.queuedMs),
      runMs: round(this.runMs),
      limitWaitMs: round(this.limitWaitMs),
      retryWaitMs: round(this.retryWaitMs),
    }
  }
}
