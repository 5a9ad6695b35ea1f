/**
 * One try of a unit from its start to its verdict: fiber, Scope, span, Random, time-out; closing what it opened, encoding
 * its value and handing that to the sink. Whatever the work does, a try ends: what does not stop within {@link abandonMs}
 * after it was interrupted is abandoned, and what it says later is not heard.
 *
 * Callbacks on fibers instead of an Effect per unit: what a unit costs is the subject here.
 *
 * @layer logic
 * @module
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as References from "effect/References"
import * as Scope from "effect/Scope"
import { CurrentUnit } from "../CurrentUnit.ts"
import type { Failure } from "../Failure.ts"
import * as FailureCause from "../FailureCause.ts"
import type { SessionSpec } from "./sessionSpec.ts"
import { UnitRandom } from "./unitRandom.ts"
import type { StopReason, UnitRun } from "./unitRun.ts"
import { Watchdog } from "./watchdog.ts"

/** How long an interrupted unit, or the sink, may take to stop before it is given up. */
export const abandonMs = 5_000

/** What is told of a try when it is over; one of them, once. */
export interface TryListener {
  readonly onSucceeded: (run: UnitRun, value: unknown) => void
  readonly onFailed: (run: UnitRun, failure: Failure) => void
  /** The sink did not take the value: the unit is not done and nothing of it may be recorded. */
  readonly onSinkFailed: (run: UnitRun, problem: string) => void
  /** A bug of ours. */
  readonly onDefect: (run: UnitRun, defect: unknown) => void
  /** Why the session stopped, where it did. */
  readonly stopReason: () => string | undefined
}

export class UnitTries {
  private readonly spec: SessionSpec
  private readonly listener: TryListener
  private readonly nowMs: () => number
  private readonly runFork: (effect: Effect.Effect<unknown, unknown>) => Fiber.Fiber<unknown, unknown>
  private readonly timeouts: Watchdog | undefined
  private readonly abandons: Watchdog
  private readonly annotations: Readonly<Record<string, unknown>>
  /** True where there are none but ours: copying is then not worth it. */
  private readonly plainAnnotations: boolean

  constructor(spec: SessionSpec, nowMs: () => number, listener: TryListener) {
    this.spec = spec
    this.listener = listener
    this.nowMs = nowMs
    this.runFork = Effect.runForkWith(spec.context)
    const annotations = Context.get(spec.context, References.CurrentLogAnnotations)
    this.plainAnnotations = Object.keys(annotations).length === 0
    this.annotations = { ...annotations, runId: spec.runId }
    const watchdog = (durationMs: number) =>
      new Watchdog({
        clock: spec.clock,
        durationMs,
        nowMs,
        fork: (effect) => Effect.runForkWith(spec.context)(effect),
      })
    const { timeoutMs } = spec.options
    this.timeouts = timeoutMs === undefined ? undefined : watchdog(timeoutMs)
    this.abandons = watchdog(abandonMs)
  }

  /** Starts the work of a unit whose try has begun. */
  start(run: UnitRun): void {
    const { epoch, unit } = run
    if (run.stopped !== undefined) return this.judge(run, Exit.interrupt())
    const scope = Scope.makeUnsafe()
    let context = Context.add(this.spec.context, Scope.Scope, scope)
    context = Context.add(context, CurrentUnit, run)
    context = Context.add(context, Random.Random, new UnitRandom(this.spec.seed, unit.id))
    context = Context.add(
      context,
      References.CurrentLogAnnotations,
      this.plainAnnotations ? { runId: this.spec.runId, unit: unit.id } : { ...this.annotations, unit: unit.id },
    )
    run.phase = "work"
    run.forked = true
    let effect = this.work(run)
    if (this.spec.traced) {
      effect = Effect.withSpan(effect, "unit", {
        attributes: { runId: this.spec.runId, unit: unit.id, attempt: run.attempt },
      })
    }
    if (this.timeouts !== undefined) run.watch = this.timeouts.watch(() => this.interrupt(run, "timeout"))
    const fiber = Effect.runForkWith(context)(effect)
    run.fiber = fiber
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return this.exited(run, epoch, scope, exit)
    fiber.addObserver((late) => this.exited(run, epoch, scope, late))
    // Stopped while it started, by its own observer or by itself, when there was no fiber to interrupt.
    if (run.stopped !== undefined) fiber.interruptUnsafe()
  }

  /** The work's Effect; whatever else it gives or throws becomes a defect of the unit. */
  private work(run: UnitRun): Effect.Effect<unknown, unknown> {
    try {
      const effect = this.spec.work(run.unit)
      if (Effect.isEffect(effect)) return effect
    } catch (defect) {
      return Effect.die(defect)
    }
    return Effect.die(new TypeError("the work returned no Effect; wrap it in Effect.succeed or Effect.promise"))
  }

  /**
   * Interrupts a unit. A value that the sink is taking is not cut off: it has {@link abandonMs} to be taken whole. Work
   * that cannot be interrupted must not hold its slot, or the end of the run, for ever.
   */
  interrupt(run: UnitRun, why: StopReason): void {
    if (run.settled || run.stopped !== undefined) return
    const { epoch } = run
    run.stopped = why
    if (run.phase === "work" || run.phase === "choosing") run.fiber?.interruptUnsafe()
    if (!run.settled && run.running && run.epoch === epoch) this.awaitStop(run)
  }

  private awaitStop(run: UnitRun): void {
    if (run.abandon !== undefined) this.abandons.release(run.abandon)
    run.abandon = this.abandons.watch(() => {
      run.abandon = undefined
      if (run.settled || !run.running) return
      if (run.phase === "choosing") return run.giveUpChoosing?.()
      const late = `did not stop within ${abandonMs} ms and was abandoned`
      if (run.phase === "writing") {
        const { fiber } = run
        this.endPhase(run)
        fiber?.interruptUnsafe()
        return this.listener.onSinkFailed(run, `the sink ${late}`)
      }
      run.abandoned = run.forked
      this.endPhase(run)
      run.endTry(this.nowMs())
      this.listener.onFailed(run, this.stoppedFailure(run, ` (it ${late})`))
    })
  }

  /** From here on nothing that was started for this phase is heard. */
  private endPhase(run: UnitRun): void {
    run.epoch++
    run.phase = "idle"
    run.fiber = undefined
    if (run.watch !== undefined) {
      this.timeouts?.release(run.watch)
      run.watch = undefined
    }
    if (run.abandon !== undefined) {
      this.abandons.release(run.abandon)
      run.abandon = undefined
    }
  }

  private exited(run: UnitRun, epoch: number, scope: Scope.Closeable, exit: Exit.Exit<unknown, unknown>): void {
    try {
      const heard = run.epoch === epoch && !run.settled
      if (scope.state._tag !== "Empty") {
        // What a unit opened is closed before its outcome counts, and also when it ends after it was abandoned.
        const closing = Scope.closeUnsafe(scope, exit)
        if (closing !== undefined) {
          if (heard) run.phase = "closing"
          const fiber = this.runFork(Effect.uninterruptible(closing))
          if (heard) fiber.addObserver((closed) => this.closed(run, epoch, exit, closed))
          return
        }
      }
      if (heard) this.judge(run, exit)
    } catch (defect) {
      this.listener.onDefect(run, defect)
    }
  }

  private closed(
    run: UnitRun,
    epoch: number,
    exit: Exit.Exit<unknown, unknown>,
    closed: Exit.Exit<unknown, unknown>,
  ): void {
    try {
      if (run.epoch === epoch && !run.settled) this.judge(run, Exit.isSuccess(closed) ? exit : both(exit, closed))
    } catch (defect) {
      this.listener.onDefect(run, defect)
    }
  }

  private judge(run: UnitRun, exit: Exit.Exit<unknown, unknown>): void {
    this.endPhase(run)
    if (Exit.isFailure(exit)) {
      run.endTry(this.nowMs())
      const own = FailureCause.fromCause(exit.cause, this.failureOptions())
      const failure =
        run.stopped !== undefined
          ? this.stoppedFailure(run, "", own)
          : own.kind === "interrupt"
            ? FailureCause.interrupted("the work interrupted itself")
            : own
      return this.listener.onFailed(run, failure)
    }
    const recorded = this.spec.encode(exit.value)
    if (recorded._tag === "Failure") {
      run.endTry(this.nowMs())
      return this.listener.onFailed(run, recorded.failure)
    }
    if (this.spec.sink === undefined) {
      run.endTry(this.nowMs())
      return this.listener.onSucceeded(run, recorded.success)
    }
    this.write(run, recorded.success)
  }

  /** Hands the value to the sink; that is part of the unit's own time. */
  private write(run: UnitRun, value: unknown): void {
    const { epoch } = run
    const { sink } = this.spec
    if (sink === undefined) return
    run.phase = "writing"
    const hurried = run.stopped === "deadline" || run.stopped === "stop"
    if (!hurried) run.stopped = undefined
    const fiber = this.runFork(Effect.suspend(() => sink.write(run.unit, value)))
    run.fiber = fiber
    if (hurried) this.awaitStop(run)
    fiber.addObserver((written) => {
      try {
        if (run.epoch !== epoch || run.settled) return
        this.endPhase(run)
        if (Exit.isSuccess(written)) {
          run.endTry(this.nowMs())
          return this.listener.onSucceeded(run, undefined)
        }
        this.listener.onSinkFailed(run, FailureCause.fromCause(written.cause, this.failureOptions()).message)
      } catch (defect) {
        this.listener.onDefect(run, defect)
      }
    })
  }

  /** Runs what decides how long a unit waits; `undefined` where it fails or is interrupted. */
  choose(run: UnitRun, delay: Effect.Effect<number | undefined, unknown>, decided: (delay: Delay) => void): void {
    run.phase = "choosing"
    run.stopped = undefined
    const fiber = this.runFork(delay)
    run.fiber = fiber
    const { epoch } = run
    run.giveUpChoosing = () => {
      this.endPhase(run)
      decided({ delayMs: undefined, problem: undefined })
    }
    fiber.addObserver((exit) => {
      try {
        if (run.epoch !== epoch || run.settled) return
        this.endPhase(run)
        if (Exit.isSuccess(exit)) {
          return decided({ delayMs: typeof exit.value === "number" ? exit.value : undefined, problem: undefined })
        }
        const problem = Cause.hasInterruptsOnly(exit.cause)
          ? undefined
          : FailureCause.fromCause(exit.cause, this.failureOptions())
        decided({ delayMs: undefined, problem })
      } catch (defect) {
        this.listener.onDefect(run, defect)
      }
    })
  }

  failureOptions(): FailureCause.FromCauseOptions {
    const { secrets, defectTag } = this.spec
    return {
      ...(secrets.isEmpty() ? {} : { secrets }),
      ...(defectTag === undefined ? {} : { defectTag }),
    }
  }

  private stoppedFailure(run: UnitRun, suffix: string, own?: Failure): Failure {
    const { timeoutMs, deadlineMs } = this.spec.options
    const base =
      run.stopped === "timeout"
        ? FailureCause.timedOut(`no result within ${timeoutMs ?? 0} ms${suffix}`)
        : run.stopped === "deadline"
          ? FailureCause.timedOut(`the run's deadline of ${deadlineMs ?? 0} ms passed${suffix}`)
          : FailureCause.interrupted(`${this.listener.stopReason() ?? "the run was interrupted"}${suffix}`)
    // What else the work said while it was being stopped (a finalizer that failed) stays on record.
    return own === undefined || own.kind === "interrupt" ? base : { ...base, causes: [own] }
  }

  /** Ends the timers; nothing may be started after it. */
  stop(): void {
    this.timeouts?.stop()
    this.abandons.stop()
  }
}

/** How long a unit waits before its next try, if there is one. */
export interface Delay {
  readonly delayMs: number | undefined
  /** What went wrong while that was decided. */
  readonly problem: Failure | undefined
}

/** The failure of the work, then what only closing its scope said. */
const both = (
  exit: Exit.Exit<unknown, unknown>,
  closed: Exit.Failure<unknown, unknown>,
): Exit.Exit<unknown, unknown> => {
  if (Exit.isSuccess(exit)) return closed
  const own = exit.cause.reasons
  const known = new Set(own.map(valueOf))
  // Closing may repeat the work's own error, as a defect.
  const more = closed.cause.reasons.filter((reason) => !Cause.isInterruptReason(reason) && !known.has(valueOf(reason)))
  return Exit.failCause(Cause.fromReasons([...own, ...more]))
}

const valueOf = (reason: Cause.Reason<unknown>): unknown =>
  Cause.isFailReason(reason) ? reason.error : Cause.isDieReason(reason) ? reason.defect : reason
