/**
 * One session of a run: the pool that starts units, tries them again, commits their outcomes and knows when it is over.
 * What happens within one try is the subject of `unitTries`.
 *
 * A slot is freed only when its outcome is committed, so `concurrency` bounds what a killed process can lose.
 *
 * @layer logic
 * @module
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { Json } from "effect/Schema"
import type { Artifact } from "../Durable.ts"
import { causesMax, type Failure } from "../Failure.ts"
import * as FailureCause from "../FailureCause.ts"
import type { LedgerError } from "../Ledger.ts"
import type { Outcome, Status } from "../Outcome.ts"
import type { RunEvent, RunStatus } from "../RunEvent.ts"
import { RunnerError } from "../RunnerOptions.ts"
import type { Unit } from "../Unit.ts"
import { Admissions } from "./admission.ts"
import type { SessionEnd, SessionSpec } from "./sessionSpec.ts"
import { SinkEnd } from "./sinkEnd.ts"
import { Turns } from "./turns.ts"
import { UnitPlaces } from "./unitPlaces.ts"
import { UnitRun, type OutcomeParts, type StopReason, type UnitHost } from "./unitRun.ts"
import { abandonMs, UnitTries, type Delay } from "./unitTries.ts"

/** Events that may wait for the ledger before the work that notes them, or the settling of what cannot start, has to. */
export const notesPendingMax = 4_096

type Stop = { readonly kind: "control" | "deadline" | "policy" | "broken"; readonly reason: string }

export class Session implements UnitHost {
  readonly runId: string
  private readonly spec: SessionSpec
  private readonly onEnd: (end: SessionEnd) => void
  private readonly runFork: (effect: Effect.Effect<unknown, unknown>) => Fiber.Fiber<unknown, unknown>
  private readonly tries: UnitTries
  private readonly timers = new Set<Fiber.Fiber<unknown, unknown>>()
  private readonly underWay = new UnitPlaces()
  private readonly turns: Turns
  private readonly delayed = new Set<UnitRun>()
  private readonly ready: Array<UnitRun> = []
  private readonly startMs: number
  private readonly startWallMs: number
  /** The last reading of the clock: good enough to share turns by. */
  private lastMs = 0
  private observers: ReadonlyArray<(event: RunEvent, atMs: number) => void>
  private next = 0
  private active = 0
  private failed = 0
  private finished = 0
  private held: UnitRun | undefined
  private readonly admissions: Admissions
  private retriedLast = false
  /** Outcomes that the ledger was given and has not committed. */
  private committing = 0
  /** True once everything was given to the ledger and only its commits are awaited. */
  private closing = false
  private stop: Stop | undefined
  private broken: SessionEnd | undefined
  private pumping = false
  private pumpAgain = false
  private ending = false
  private ended = false
  /** True while more events wait for the ledger than may. */
  private behind = false
  /** True while the rest of the plan waits for a reader to catch up. */
  private leavingLater = false
  private readonly sinkEnd: SinkEnd
  private artifacts: ReadonlyArray<Artifact> = []
  /** Work that noted something and waits for a reader of events. */
  private readonly unread = new Set<() => void>()
  private readonly afterEnd: Array<() => void> = []

  constructor(spec: SessionSpec, onEnd: (end: SessionEnd) => void) {
    this.spec = spec
    this.runId = spec.runId
    this.onEnd = onEnd
    this.admissions = new Admissions(spec)
    this.observers = spec.observers
    this.runFork = Effect.runForkWith(spec.context)
    this.startWallMs = spec.clock.currentTimeMillisUnsafe()
    this.startMs = this.nowMs()
    this.turns = new Turns(spec.dispatcher, this.nowMs, this.pump)
    this.sinkEnd = new SinkEnd({
      runFork: Effect.runForkWith(spec.context),
      boundMs: abandonMs,
      after: (delayMs, action) => this.after(delayMs, action),
    })
    this.tries = new UnitTries(spec, this.nowMs, {
      onSucceeded: (run, value) => {
        run.record("succeeded", undefined)
        this.settle(run, "succeeded", { value })
      },
      onFailed: (run, failure) => this.endedBadly(run, failure),
      onSinkFailed: (run, problem) => {
        this.drop(run)
        this.sinkFailed(problem)
      },
      onDefect: (run, defect) => {
        this.drop(run)
        this.break({ _tag: "Defect", defect })
      },
      stopReason: () => this.stop?.reason,
    })
  }

  readonly nowMs = (): number => {
    this.lastMs = Number(this.spec.clock.monotonicTimeNanosUnsafe()) / 1e6
    return this.lastMs
  }

  /** Unix time of the last reading, by the monotonic clock: one reading serves both, and it never runs backwards. */
  private wallMs(): number {
    return this.wallAt(this.lastMs)
  }

  wallAt(monotonicMs: number): number {
    return Math.floor(this.startWallMs + (monotonicMs - this.startMs))
  }

  start(): void {
    if (this.ended) return
    const { deadlineMs } = this.spec.options
    if (deadlineMs !== undefined) this.after(deadlineMs, () => this.deadlinePassed(deadlineMs))
    this.pump()
  }

  // --- stopping -----------------------------------------------------------------------------------------------------

  /** Starts nothing more; what runs has the grace. */
  stopGracefully(): void {
    if (this.ended || (this.stop !== undefined && this.stop.kind !== "policy")) return
    this.stop = { kind: "control", reason: "the run was interrupted" }
    this.after(this.spec.options.graceMs, () => this.interruptRunning("stop"))
    this.endDelayed("interrupted")
    this.pump()
  }

  /** Interrupts what runs, now. */
  interruptNow(): void {
    if (this.ended) return
    if (this.stop?.kind !== "broken") this.stop = { kind: "control", reason: "the run was interrupted" }
    this.endDelayed("interrupted")
    this.interruptRunning("stop")
    this.sinkEnd.hurry()
    this.pump()
  }

  private deadlinePassed(deadlineMs: number): void {
    if (this.stop?.kind === "broken") return
    // A graceful stop has nothing left to start, but what runs has the deadline as well as the grace.
    if (this.stop?.kind !== "control") {
      this.stop = { kind: "deadline", reason: `the run's deadline of ${deadlineMs} ms passed` }
      this.endDelayed("timedOut")
    }
    this.interruptRunning("deadline")
    this.sinkEnd.hurry()
    this.pump()
  }

  /** The ledger or the sink is gone: nothing more can be recorded, so nothing more may run. */
  break(end: SessionEnd): void {
    if (this.broken !== undefined) return
    this.broken = end
    this.stop = { kind: "broken", reason: "the run could not be recorded" }
    for (const run of [...this.delayed, ...this.ready]) this.drop(run)
    this.delayed.clear()
    this.ready.length = 0
    this.interruptRunning("stop")
    this.pump()
  }

  private sinkFailed(problem: string): void {
    this.break({ _tag: "Broken", error: new RunnerError({ reason: { _tag: "SinkFailed", problem } }) })
  }

  private interruptRunning(why: StopReason): void {
    for (const run of this.underWay.all()) if (run.running) this.tries.interrupt(run, why)
  }

  private endDelayed(status: "interrupted" | "timedOut"): void {
    for (const run of [...this.delayed, ...this.ready]) {
      this.settle(run, status, {
        failure: run.lastFailure,
        reason: `${this.stop?.reason ?? "the run ended"} while the unit waited to be tried again`,
      })
    }
    this.delayed.clear()
    this.ready.length = 0
  }

  // --- starting -----------------------------------------------------------------------------------------------------

  /** Starts what may start. Called whenever something changed; never recurses. */
  readonly pump = (): void => {
    if (this.pumping) {
      this.pumpAgain = true
      return
    }
    this.pumping = true
    if (this.unread.size > 0 && (this.ended || !this.spec.isThrottled())) {
      this.resumeUnread()
    }
    try {
      do {
        this.pumpAgain = false
        while (this.mayStart() && this.startOne()) {
          // The loop is in the condition: each start asks again.
        }
      } while (this.pumpAgain && !this.turns.pending)
    } catch (defect) {
      this.break({ _tag: "Defect", defect })
    } finally {
      this.pumping = false
    }
    if (this.closing && this.committing === 0) this.endSink()
    else if (this.leavingLater) this.leaveTheRest()
    else this.endIfDone()
  }

  private mayStart(): boolean {
    return (
      this.stop === undefined &&
      this.active < this.spec.options.concurrency &&
      !this.behind &&
      !this.turns.mustYield(this.lastMs)
    )
  }

  /** Starts one unit, or settles one that cannot start. False where nothing can be done now. */
  private startOne(): boolean {
    if (this.spec.isThrottled()) return false
    if (this.ready.length > 0) {
      // In turns with units that never ran: one that fails again and again must not keep the others from starting.
      const freshLeft = this.held === undefined && this.next < this.spec.tasks.length
      this.retriedLast = !(this.retriedLast && freshLeft)
      const retried = this.retriedLast ? this.ready.shift() : undefined
      if (retried !== undefined) {
        this.begin(retried)
        return true
      }
    }
    const run = this.held ?? this.takeNext()
    this.held = undefined
    if (run === undefined) return false
    if (this.spec.budgets.size > 0 || this.spec.admit !== undefined) {
      const others = this.active + this.delayed.size + this.ready.length
      const answer = this.admissions.ask(run, others > 0, this.committing > 0)
      if (answer === "wait") {
        run.beginHold(this.startMs)
        this.held = run
        return this.ready.length > 0
      }
      if (answer !== "granted") {
        this.nowMs()
        this.commit(run, run.leftOut("skipped", answer.reason), false)
        this.awaitLedger()
        return true
      }
    }
    this.begin(run)
    return true
  }

  private takeNext(): UnitRun | undefined {
    const task = this.spec.tasks[this.next]
    if (task === undefined) return undefined
    this.next++
    return this.underWay.enter((place) => new UnitRun(this, task, place))
  }

  /** Starts nothing while too many events wait for the ledger: units that are skipped take no slot. */
  private awaitLedger(): void {
    if (this.spec.writer.pending() <= notesPendingMax) return
    this.behind = true
    this.runFork(this.spec.writer.flush).addObserver(() => {
      this.behind = false
      this.pump()
    })
  }

  /** The times of all units under way; see {@link UnitHost}. */
  get times(): Float64Array {
    return this.underWay.times
  }

  private begin(run: UnitRun): void {
    this.active++
    run.holdsSlot = true
    run.running = true
    run.beginTry(this.startMs, this.nowMs())
    const wallMs = this.wallMs()
    const event: RunEvent = { type: "unitStarted", id: run.unit.id, attempt: run.attempt }
    if (run.reserved === undefined) {
      this.spec.writer.append(event, this.onAppended, wallMs, run.index)
      this.observe(event, wallMs)
      this.tries.start(run)
    } else {
      // Money may be spent from here on: that it began must be on record first, so that a killed run counts it.
      const { epoch } = run
      this.spec.writer.append(
        event,
        (error) => {
          if (error !== undefined) return this.lost(run, error)
          this.observe(event, wallMs)
          // It may have been interrupted and given up in the meantime.
          if (run.settled || run.epoch !== epoch) return
          if (this.broken !== undefined) return this.lost(run, undefined)
          // Stopped while the ledger wrote: nothing more starts.
          if (this.stop !== undefined) run.stopped ??= "stop"
          this.tries.start(run)
        },
        wallMs,
        run.index,
      )
    }
  }

  // --- ending -------------------------------------------------------------------------------------------------------

  private endedBadly(run: UnitRun, failure: Failure): void {
    const status = failure.kind === "timeout" ? "timedOut" : failure.kind === "interrupt" ? "interrupted" : "failed"
    run.record(status, failure)
    run.lastFailure = failure
    run.lastStatus = status
    if (run.tries > this.spec.options.retryTimes || this.stop !== undefined || status === "interrupted") {
      return this.settle(run, status, { failure })
    }
    const asked = this.mayRetry(failure)
    if (asked !== true) return this.settle(run, status, { failure: beside(failure, asked) })
    run.nextDelay ??= this.spec.retryDelays(run)
    this.tries.choose(run, run.nextDelay(failure), ({ delayMs, problem }: Delay) => {
      if (delayMs === undefined || this.stop !== undefined) {
        return this.settle(run, status, { failure: beside(failure, problem) })
      }
      this.tryAgainAfter(run, failure, delayMs)
    })
  }

  /** True for yes, `undefined` for no, or what the predicate threw. */
  private mayRetry(failure: Failure): true | Failure | undefined {
    try {
      return this.spec.retryWhile(failure) ? true : undefined
    } catch (defect) {
      return FailureCause.fromError(defect, "defect", this.tries.failureOptions())
    }
  }

  private tryAgainAfter(run: UnitRun, failure: Failure, delayMs: number): void {
    const event: RunEvent = { type: "unitRetrying", id: run.unit.id, attempt: run.attempt, delayMs, failure }
    const wallMs = this.wallMs()
    this.spec.writer.append(event, this.onAppended, wallMs, run.index)
    this.observe(event, wallMs)
    // The ledger may have failed just now, or an observer stopped the run.
    if (run.settled) return
    if (this.stop !== undefined) return this.settle(run, run.lastStatus ?? "failed", { failure })
    run.running = false
    this.delayed.add(run)
    // A waiting unit gives its slot to others, but no more units wait than may run: where everything fails, the run must
    // not go through its whole plan only to queue up retries.
    if (this.delayed.size <= this.spec.options.concurrency) this.freeSlot(run)
    this.after(delayMs, () => {
      if (!this.delayed.delete(run)) return
      if (run.holdsSlot) this.freeSlot(run)
      this.ready.push(run)
      this.pump()
    })
    this.pump()
  }

  private settle(run: UnitRun, status: Status, parts: OutcomeParts): void {
    if (run.settled) return
    if (run.reserved !== undefined) this.admissions.settle(run)
    this.commit(run, run.outcome(status, parts), true)
  }

  /** Gives an outcome to the ledger. Only what ran in this session counts for the policy on failures. */
  private commit(run: UnitRun, outcome: Outcome, ran: boolean): void {
    const { status } = outcome
    this.underWay.leave(run)
    const event: RunEvent = { type: "unitFinished", outcome }
    const wallMs = this.wallMs()
    this.committing++
    this.spec.writer.append(
      event,
      (error) => {
        this.committing--
        if (error !== undefined) return this.lost(run, error)
        this.spec.counts[status]++
        this.spec.onOutcome(run.index, outcome)
        this.observe(event, wallMs)
        run.running = false
        this.freeSlot(run)
        if (ran) {
          this.finished++
          if (status === "failed" || status === "timedOut") this.failed++
          const reason = this.stop === undefined ? this.spec.options.stopWhen(this.failed, this.finished) : undefined
          if (reason !== undefined) {
            this.stop = { kind: "policy", reason }
            for (const waiting of [...this.delayed, ...this.ready]) {
              this.settle(waiting, waiting.lastStatus ?? "failed", { failure: waiting.lastFailure })
            }
            this.delayed.clear()
            this.ready.length = 0
          }
        }
        this.pump()
      },
      wallMs,
      run.index,
    )
    // Every slot waits for its outcome: nothing can join them, so they need not wait for the end of the turn.
    if (this.committing >= this.active && this.active >= this.spec.options.concurrency) this.spec.writer.commitNow?.()
  }

  private freeSlot(run: UnitRun): void {
    if (!run.holdsSlot) return
    run.holdsSlot = false
    this.active--
  }

  /** Forgets a unit whose outcome can no longer be recorded. */
  private lost(run: UnitRun, error: LedgerError | undefined): void {
    this.drop(run)
    if (error !== undefined) this.break({ _tag: "Broken", error })
    this.pump()
  }

  private drop(run: UnitRun): void {
    this.underWay.leave(run)
    run.running = false
    this.freeSlot(run)
  }

  private readonly onAppended = (error?: LedgerError): void => {
    if (error !== undefined) this.break({ _tag: "Broken", error })
  }

  // --- the end ------------------------------------------------------------------------------------------------------

  private endIfDone(): void {
    if (this.ending || this.active > 0 || this.delayed.size > 0 || this.ready.length > 0) return
    if (this.stop === undefined && (this.held !== undefined || this.next < this.spec.tasks.length)) return
    this.ending = true
    this.leaveTheRest()
  }

  /** Records what never started, a bounded number at a time. */
  private leaveTheRest(): void {
    this.leavingLater = false
    if (this.broken !== undefined) return this.finish(this.broken)
    if (this.spec.isThrottled()) {
      this.leavingLater = true
      return
    }
    const reason = this.stop?.reason ?? "the run ended"
    let left = notesPendingMax
    while (left-- > 0) {
      const run = this.held ?? this.takeNext()
      this.held = undefined
      if (run === undefined) return this.closeBooks()
      this.commit(run, run.leftOut("notStarted", reason), false)
    }
    this.runFork(this.spec.writer.flush).addObserver(() =>
      this.spec.dispatcher.scheduleTask(() => this.leaveTheRest(), 0),
    )
  }

  /**
   * The sink ends before the run does: a run is on record as finished only where its values are. What is still being
   * committed is counted first; a ledger may say that it is flushed while it still tells of the events.
   */
  private closeBooks(): void {
    this.runFork(this.spec.writer.flush).addObserver(() => {
      if (this.broken !== undefined) return this.finish(this.broken)
      this.closing = true
      this.pump()
    })
  }

  private endSink(): void {
    this.closing = false
    if (this.broken !== undefined) return this.finish(this.broken)
    const { sink } = this.spec
    if (sink === undefined) return this.recordEnd()
    this.sinkEnd.finish(sink, (exit) => {
      if (Exit.isSuccess(exit)) this.artifacts = exit.value
      else this.sinkFailed(FailureCause.fromCause(exit.cause, this.tries.failureOptions()).message)
      this.recordEnd()
    })
  }

  private recordEnd(): void {
    if (this.broken !== undefined) return this.finish(this.broken)
    const status = this.status()
    const event: RunEvent = { type: "runFinished", status, counts: { ...this.spec.counts } }
    const wallMs = this.wallAt(this.nowMs())
    this.spec.writer.append(
      event,
      (error) => {
        if (error !== undefined) return this.finish({ _tag: "Broken", error })
        this.observe(event, wallMs)
        this.finish({ _tag: "Done", status, artifacts: this.artifacts })
      },
      wallMs,
    )
  }

  private status(): RunStatus {
    const { planned, succeeded, reused, skipped } = this.spec.counts
    if (succeeded + reused + skipped === planned) return "succeeded"
    if (this.stop?.kind === "control") return "interrupted"
    return succeeded + reused === 0 ? "failed" : "partial"
  }

  private finish(end: SessionEnd): void {
    if (this.ended) return
    this.tries.stop()
    for (const timer of this.timers) timer.interruptUnsafe()
    this.timers.clear()
    this.ended = true
    this.resumeUnread()
    this.onEnd(end)
    for (const action of this.afterEnd) action()
  }

  /** Calls `action` when the session is over; at once where it is. */
  onceEnded(action: () => void): void {
    if (this.ended) action()
    else this.afterEnd.push(action)
  }

  // --- helpers ------------------------------------------------------------------------------------------------------

  private after(delayMs: number, action: () => void): void {
    if (this.ended) return
    const fiber = this.runFork(Effect.andThen(this.spec.clock.sleep(Duration.millis(delayMs)), Effect.sync(action)))
    this.timers.add(fiber)
    fiber.addObserver(() => this.timers.delete(fiber))
  }

  observe(event: RunEvent, atMs: number): void {
    if (this.observers.length === 0) return
    for (const observer of this.observers) {
      try {
        observer(event, atMs)
      } catch {
        // A printer that fails must not fail the run; it is not called again.
        this.observers = this.observers.filter((other) => other !== observer)
      }
    }
  }

  note(unit: Unit, name: string, data: Json, level: "debug" | "info" | "warning" | "error"): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { secrets, writer } = this.spec
      const event: RunEvent = {
        type: "unitNoted",
        id: unit.id,
        name: secrets.redact(name),
        level,
        data: secrets.redactJson(data),
      }
      this.nowMs()
      const wallMs = this.wallMs()
      writer.append(event, this.onAppended, wallMs)
      this.observe(event, wallMs)
      // The ledger's own failure ends the run elsewhere; the work need not know.
      if (writer.pending() > notesPendingMax) return Effect.andThen(Effect.ignore(writer.flush), this.untilRead)
      return this.untilRead
    })
  }

  /** Those that wait now; one that waits again at once must wait for the next time. */
  private resumeUnread(): void {
    for (const resume of Array.from(this.unread)) resume()
  }

  /** Waits while a reader of events is too far behind. */
  private readonly untilRead: Effect.Effect<void> = Effect.suspend(() =>
    this.ended || !this.spec.isThrottled()
      ? Effect.void
      : Effect.callback<void>((resume) => {
          const done = () => {
            this.unread.delete(done)
            resume(Effect.void)
          }
          this.unread.add(done)
          return Effect.sync(() => this.unread.delete(done))
        }),
  )
}

const beside = (failure: Failure, problem: Failure | undefined): Failure =>
  problem === undefined ? failure : { ...failure, causes: [...(failure.causes ?? []), problem].slice(-causesMax) }
