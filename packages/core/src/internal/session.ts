/**
 * One session of a run: the pool that starts units, watches them, tries them again, commits their outcomes and knows when
 * it is over. Callbacks on fibers instead of an Effect per unit: what a unit costs is the subject here.
 *
 * A slot is freed only when its outcome is committed, so `concurrency` bounds what a killed process can lose.
 *
 * @layer logic
 * @module
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as References from "effect/References"
import type { Json } from "effect/Schema"
import * as Scope from "effect/Scope"
import { CurrentUnit } from "../CurrentUnit.ts"
import type { Failure } from "../Failure.ts"
import * as FailureCause from "../FailureCause.ts"
import type { LedgerError } from "../Ledger.ts"
import type { Status } from "../Outcome.ts"
import type { RunEvent, RunStatus } from "../RunEvent.ts"
import { RunnerError } from "../RunnerOptions.ts"
import type { Unit } from "../Unit.ts"
import type { SessionEnd, SessionSpec } from "./sessionSpec.ts"
import { Turns } from "./turns.ts"
import { UnitPlaces } from "./unitPlaces.ts"
import { UnitRandom } from "./unitRandom.ts"
import { UnitRun, type UnitHost } from "./unitRun.ts"
import { Watchdog } from "./watchdog.ts"

/** How long an interrupted unit may take to stop before its slot is taken from it. */
export const abandonMs = 5_000
/** Events of the work's own that may wait for the ledger before the work has to. */
export const notesPendingMax = 4_096

type Stop = { readonly kind: "control" | "deadline" | "policy" | "broken"; readonly reason: string }

export class Session implements UnitHost {
  readonly runId: string
  private readonly spec: SessionSpec
  private readonly onEnd: (end: SessionEnd) => void
  private readonly runFork: (effect: Effect.Effect<unknown, unknown>) => Fiber.Fiber<unknown, unknown>
  private readonly annotations: Readonly<Record<string, unknown>>
  /** True where there are none but ours: copying is then not worth it. */
  private readonly plainAnnotations: boolean
  private readonly watchdog: Watchdog | undefined
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
  private stop: Stop | undefined
  private broken: SessionEnd | undefined
  private pumping = false
  private pumpAgain = false
  private ending = false
  private ended = false
  private readonly afterEnd: Array<() => void> = []

  constructor(spec: SessionSpec, onEnd: (end: SessionEnd) => void) {
    this.spec = spec
    this.runId = spec.runId
    this.onEnd = onEnd
    this.observers = spec.observers
    this.runFork = Effect.runForkWith(spec.context)
    const annotations = Context.get(spec.context, References.CurrentLogAnnotations)
    this.plainAnnotations = Object.keys(annotations).length === 0
    this.annotations = { ...annotations, runId: spec.runId }
    this.startWallMs = spec.clock.currentTimeMillisUnsafe()
    this.startMs = this.nowMs()
    this.turns = new Turns(spec.dispatcher, this.nowMs, this.pump)
    const { timeoutMs } = spec.options
    this.watchdog =
      timeoutMs === undefined
        ? undefined
        : new Watchdog({
            clock: spec.clock,
            durationMs: timeoutMs,
            nowMs: this.nowMs,
            fork: (effect) => Effect.runForkWith(spec.context)(effect),
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
    const { deadlineMs } = this.spec.options
    if (deadlineMs !== undefined) this.after(deadlineMs, () => this.deadlinePassed(deadlineMs))
    this.pump()
  }

  // --- stopping -----------------------------------------------------------------------------------------------------

  /** Starts nothing more; what runs has the grace. */
  stopGracefully(): void {
    if (this.stop !== undefined && this.stop.kind !== "policy") return
    this.stop = { kind: "control", reason: "the run was interrupted" }
    this.after(this.spec.options.graceMs, () => this.interruptRunning("stop"))
    this.endDelayed("interrupted")
    this.pump()
  }

  /** Interrupts what runs, now. */
  interruptNow(): void {
    this.stop = { kind: "control", reason: "the run was interrupted" }
    this.endDelayed("interrupted")
    this.interruptRunning("stop")
    this.pump()
  }

  private deadlinePassed(deadlineMs: number): void {
    if (this.stop?.kind === "control") return
    this.stop = { kind: "deadline", reason: `the run's deadline of ${deadlineMs} ms passed` }
    this.endDelayed("timedOut")
    this.interruptRunning("deadline")
    this.pump()
  }

  /** The ledger or the sink is gone: nothing more can be recorded, so nothing more may run. */
  break(end: SessionEnd): void {
    if (this.broken !== undefined) return
    this.broken = end
    this.stop = { kind: "broken", reason: "the run could not be recorded" }
    for (const run of this.delayed) this.drop(run)
    this.delayed.clear()
    this.interruptRunning("stop")
    this.pump()
  }

  private interruptRunning(why: "deadline" | "stop"): void {
    for (const run of this.underWay.all()) if (run.running) this.interrupt(run, why)
  }

  private interrupt(run: UnitRun, why: "timeout" | "deadline" | "stop"): void {
    if (run.settled || run.stopped !== undefined) return
    run.stopped = why
    run.fiber?.interruptUnsafe()
    // Work that cannot be interrupted must not hold its slot, or the end of the run, for ever.
    if (!run.settled && run.fiber?.pollUnsafe() === undefined) {
      this.after(abandonMs, () => {
        if (run.settled || run.stopped !== why || !run.running) return
        run.endTry(this.nowMs())
        this.endedBadly(run, this.stoppedFailure(run, ` (it did not stop within ${abandonMs} ms and was abandoned)`))
      })
    }
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
    try {
      do {
        this.pumpAgain = false
        while (this.mayStart() && this.startOne()) {
          // The loop is in the condition: each start asks again.
        }
      } while (this.pumpAgain && !this.turns.pending)
    } catch (defect) {
      this.broken = { _tag: "Defect", defect }
      this.stop = { kind: "broken", reason: "a bug" }
      this.interruptRunning("stop")
    } finally {
      this.pumping = false
    }
    this.endIfDone()
  }

  private mayStart(): boolean {
    return this.stop === undefined && this.active < this.spec.options.concurrency && !this.turns.mustYield(this.lastMs)
  }

  /** Starts one unit, or settles one that cannot start. False where nothing can be done now. */
  private startOne(): boolean {
    if (this.spec.isThrottled()) return false
    if (this.ready.length > 0) {
      const retried = this.ready.shift()
      if (retried !== undefined) this.begin(retried)
      return true
    }
    const run = this.held ?? this.takeNext()
    if (run === undefined) return false
    this.held = undefined
    if (this.spec.budgets.size > 0) {
      const answer = this.reserve(run)
      if (answer === "wait") {
        run.beginHold(this.startMs)
        this.held = run
        return false
      }
      if (answer !== "granted") {
        this.settle(run, "skipped", { reason: answer.reason })
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
    return this.underWay.enter((place) => new UnitRun(this, task.index, task.unit, task.triesBefore, place))
  }

  /** The times of all units under way; see {@link UnitHost}. */
  get times(): Float64Array {
    return this.underWay.times
  }

  private reserve(run: UnitRun): "granted" | "wait" | { readonly reason: string } {
    const reserved: Array<{ readonly name: string; readonly amount: number }> = []
    for (const [name, budget] of this.spec.budgets) {
      const amount = run.unit.budgets?.[name] ?? 0
      const answer = budget.reserve(amount)
      if (answer === "granted") {
        reserved.push({ name, amount })
        continue
      }
      for (const one of reserved) this.spec.budgets.get(one.name)?.settle(one.amount, 0)
      if (answer === "wait" && this.active + this.delayed.size > 0) return "wait"
      return { reason: `it may need ${amount} of the budget ${name}, and that much is not left` }
    }
    run.reserved = reserved
    return "granted"
  }

  private begin(run: UnitRun): void {
    this.active++
    run.holdsSlot = true
    run.running = true
    run.beginTry(this.startMs, this.nowMs())
    const wallMs = this.wallMs()
    const event: RunEvent = { type: "unitStarted", id: run.unit.id, attempt: run.attempt }
    if (run.reserved === undefined) {
      this.spec.writer.append(event, this.onAppended, wallMs)
      this.observe(event, wallMs)
      this.fork(run)
    } else {
      // Money may be spent from here on: that it began must be on record first, so that a killed run counts it.
      this.spec.writer.append(event, (error) => {
        if (error !== undefined) return this.lost(run, error)
        this.observe(event, wallMs)
        if (this.broken === undefined) this.fork(run)
        else this.lost(run, undefined)
      })
    }
  }

  private fork(run: UnitRun): void {
    if (run.stopped !== undefined) return this.exited(run, Exit.interrupt())
    const scope = Scope.makeUnsafe()
    run.scope = scope
    let context = Context.add(this.spec.context, Scope.Scope, scope)
    context = Context.add(context, CurrentUnit, run)
    context = Context.add(context, Random.Random, new UnitRandom(this.spec.seed, run.unit.id))
    context = Context.add(
      context,
      References.CurrentLogAnnotations,
      this.plainAnnotations ? { runId: this.runId, unit: run.unit.id } : { ...this.annotations, unit: run.unit.id },
    )
    let effect: Effect.Effect<unknown, unknown>
    try {
      effect = this.spec.work(run.unit)
    } catch (defect) {
      effect = Effect.die(defect)
    }
    if (!Effect.isEffect(effect)) {
      effect = Effect.die(new TypeError("the work returned no Effect; wrap it in Effect.succeed or Effect.promise"))
    }
    if (this.spec.traced) {
      effect = Effect.withSpan(effect, "unit", {
        attributes: { runId: this.runId, unit: run.unit.id, attempt: run.attempt },
      })
    }
    if (this.watchdog !== undefined) run.watch = this.watchdog.watch(() => this.interrupt(run, "timeout"))
    const fiber = Effect.runForkWith(context)(effect)
    run.fiber = fiber
    const exit = fiber.pollUnsafe()
    if (exit === undefined) fiber.addObserver((late) => this.exited(run, late))
    else this.exited(run, exit)
  }

  // --- ending -------------------------------------------------------------------------------------------------------

  private exited(run: UnitRun, exit: Exit.Exit<unknown, unknown>): void {
    if (run.settled) return
    if (run.watch !== undefined) this.watchdog?.release(run.watch)
    const scope = run.scope
    run.scope = undefined
    if (scope !== undefined && scope.state._tag !== "Empty") {
      const closing = Scope.closeUnsafe(scope, exit)
      if (closing !== undefined) {
        const fiber = this.runFork(Effect.uninterruptible(closing))
        fiber.addObserver((closed) => this.judge(run, Exit.isFailure(closed) && Exit.isSuccess(exit) ? closed : exit))
        return
      }
    }
    this.judge(run, exit)
  }

  private judge(run: UnitRun, exit: Exit.Exit<unknown, unknown>): void {
    if (run.settled) return
    run.endTry(this.nowMs())
    if (Exit.isFailure(exit)) {
      const failure =
        run.stopped === undefined
          ? FailureCause.fromCause(exit.cause, this.failureOptions())
          : this.stoppedFailure(run, "", FailureCause.fromCause(exit.cause, this.failureOptions()))
      return this.endedBadly(run, failure)
    }
    const recorded = this.spec.encode(exit.value)
    if (Exit.isFailure(recorded)) {
      const reason = recorded.cause.reasons[0]
      return this.endedBadly(
        run,
        reason?._tag === "Fail" ? reason.error : FailureCause.fromCause(recorded.cause, this.failureOptions()),
      )
    }
    run.record("succeeded", undefined)
    const { sink } = this.spec
    if (sink === undefined) return this.settle(run, "succeeded", { value: recorded.value })
    const write = Effect.suspend(() => sink.write(run.unit, recorded.value))
    this.runFork(write).addObserver((written) => {
      if (Exit.isSuccess(written)) return this.settle(run, "succeeded", {})
      const problem = FailureCause.fromCause(written.cause, this.failureOptions()).message
      this.break({ _tag: "Broken", error: new RunnerError({ reason: { _tag: "SinkFailed", problem } }) })
      this.lost(run, undefined)
    })
  }

  private failureOptions(): FailureCause.FromCauseOptions {
    const { secrets, defectTag } = this.spec
    return {
      ...(secrets.isEmpty() ? {} : { secrets }),
      ...(defectTag === undefined ? {} : { defectTag }),
    }
  }

  private stoppedFailure(run: UnitRun, suffix: string, own?: Failure): Failure {
    const base =
      run.stopped === "timeout"
        ? FailureCause.timedOut(`no result within ${this.spec.options.timeoutMs ?? 0} ms${suffix}`)
        : run.stopped === "deadline"
          ? FailureCause.timedOut(`${this.stop?.reason ?? "the run's deadline passed"}${suffix}`)
          : FailureCause.interrupted(`${this.stop?.reason ?? "the run was interrupted"}${suffix}`)
    // What else the work said while it was being stopped (a finalizer that failed) stays on record.
    return own === undefined || own.kind === "interrupt" ? base : { ...base, causes: [own] }
  }

  private endedBadly(run: UnitRun, failure: Failure): void {
    const status = failure.kind === "timeout" ? "timedOut" : failure.kind === "interrupt" ? "interrupted" : "failed"
    run.record(status, failure)
    run.lastFailure = failure
    run.lastStatus = status
    const again =
      run.tries <= this.spec.options.retryTimes &&
      this.stop === undefined &&
      status !== "interrupted" &&
      this.mayRetry(failure)
    if (!again) return this.settle(run, status, { failure })
    run.nextDelay ??= this.spec.retryDelays(run)
    this.runFork(run.nextDelay(failure)).addObserver((exit) => {
      const delayMs = Exit.isSuccess(exit) && typeof exit.value === "number" ? exit.value : undefined
      if (delayMs === undefined || this.stop !== undefined) return this.settle(run, status, { failure })
      this.tryAgainAfter(run, failure, delayMs)
    })
  }

  private mayRetry(failure: Failure): boolean {
    try {
      return this.spec.retryWhile(failure)
    } catch {
      return false
    }
  }

  private tryAgainAfter(run: UnitRun, failure: Failure, delayMs: number): void {
    const event: RunEvent = { type: "unitRetrying", id: run.unit.id, attempt: run.attempt, delayMs, failure }
    this.spec.writer.append(event, this.onAppended)
    this.observe(event, this.wallMs())
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

  private settle(
    run: UnitRun,
    status: Status,
    parts: { readonly value?: unknown; readonly failure?: Failure | undefined; readonly reason?: string },
  ): void {
    if (run.settled) return
    const outcome = run.outcome(status, parts)
    this.underWay.leave(run)
    if (run.reserved !== undefined) {
      for (const { name, amount } of run.reserved) {
        // Work that says nothing of what it spent is taken to have spent all that it could.
        this.spec.budgets.get(name)?.settle(amount, run.spentOn(name) ?? (run.tries === 0 ? 0 : amount))
      }
    }
    const event: RunEvent = { type: "unitFinished", outcome }
    this.spec.writer.append(
      event,
      (error) => {
        if (error !== undefined) return this.lost(run, error)
        this.spec.counts[status]++
        this.spec.onOutcome(run.index, outcome)
        this.observe(event, this.wallMs())
        run.running = false
        this.freeSlot(run)
        if (status !== "notStarted" && status !== "skipped") {
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
      this.wallMs(),
    )
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
    if (this.broken !== undefined) return this.finish(this.broken)
    this.leaveTheRest()
  }

  /** Records what never started, a bounded number at a time. */
  private leaveTheRest(): void {
    if (this.broken !== undefined) return this.finish(this.broken)
    const reason = this.stop?.reason ?? "the run ended"
    let left = notesPendingMax
    while (left-- > 0) {
      const run = this.held ?? this.takeNext()
      this.held = undefined
      if (run === undefined) return this.closeBooks()
      this.settle(run, "notStarted", { reason })
    }
    this.runFork(this.spec.writer.flush).addObserver(() =>
      this.spec.dispatcher.scheduleTask(() => this.leaveTheRest(), 0),
    )
  }

  private closeBooks(): void {
    this.runFork(this.spec.writer.flush).addObserver(() => {
      if (this.broken !== undefined) return this.finish(this.broken)
      const status = this.status()
      const event: RunEvent = { type: "runFinished", status, counts: { ...this.spec.counts } }
      this.spec.writer.append(event, (error) => {
        if (error !== undefined) return this.finish({ _tag: "Broken", error })
        this.observe(event, this.wallMs())
        this.finish({ _tag: "Done", status })
      })
    })
  }

  private status(): RunStatus {
    const { planned, succeeded, reused, skipped } = this.spec.counts
    if (succeeded + reused + skipped === planned) return "succeeded"
    if (this.stop?.kind === "control") return "interrupted"
    return succeeded + reused === 0 ? "failed" : "partial"
  }

  private finish(end: SessionEnd): void {
    this.watchdog?.stop()
    for (const timer of this.timers) timer.interruptUnsafe()
    this.timers.clear()
    this.ended = true
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
      const event: RunEvent = { type: "unitNoted", id: unit.id, name, level, data: secrets.redactJson(data) }
      writer.append(event, this.onAppended)
      this.nowMs()
      this.observe(event, this.wallMs())
      // The ledger's own failure ends the run elsewhere; the work need not know.
      return writer.pending() > notesPendingMax ? Effect.ignore(writer.flush) : Effect.void
    })
  }
}
