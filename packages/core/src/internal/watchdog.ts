/**
 * One timer for the time-outs of all units: they all last equally long, so the oldest is always the next to end. Costs
 * nothing per unit but a place in a list, where a timer of its own would cost microseconds.
 *
 * @layer logic
 * @module
 */
import type { Clock } from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"

/** A place in the watch; given back to {@link Watchdog.release}. */
export interface Watch {
  readonly dueMs: number
  readonly onDue: () => void
  previous: Watch | undefined
  next: Watch | undefined
  active: boolean
}

export class Watchdog {
  private readonly clock: Clock
  private readonly fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  private readonly nowMs: () => number
  private readonly durationMs: number
  private first: Watch | undefined
  private last: Watch | undefined
  private timer: Fiber.Fiber<void> | undefined

  constructor(options: {
    readonly clock: Clock
    readonly durationMs: number
    readonly nowMs: () => number
    readonly fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  }) {
    this.clock = options.clock
    this.durationMs = options.durationMs
    this.nowMs = options.nowMs
    this.fork = options.fork
  }

  /** Calls `onDue` once, `durationMs` from now, unless released before. */
  watch(onDue: () => void): Watch {
    const watch: Watch = {
      dueMs: this.nowMs() + this.durationMs,
      onDue,
      previous: this.last,
      next: undefined,
      active: true,
    }
    if (this.last === undefined) this.first = watch
    else this.last.next = watch
    this.last = watch
    if (this.timer === undefined) this.arm()
    return watch
  }

  release(watch: Watch): void {
    if (!watch.active) return
    watch.active = false
    if (watch.previous === undefined) this.first = watch.next
    else watch.previous.next = watch.next
    if (watch.next === undefined) this.last = watch.previous
    else watch.next.previous = watch.previous
    watch.previous = undefined
    watch.next = undefined
  }

  stop(): void {
    this.first = undefined
    this.last = undefined
    this.timer?.interruptUnsafe()
    this.timer = undefined
  }

  private arm(): void {
    const first = this.first
    if (first === undefined) {
      this.timer = undefined
      return
    }
    const waitMs = Math.max(0, first.dueMs - this.nowMs())
    this.timer = this.fork(
      Effect.andThen(
        // One extra tick, because timers may fire a little early by the monotonic clock.
        this.clock.sleep(Duration.millis(Math.ceil(waitMs))),
        Effect.sync(() => this.tick()),
      ),
    )
  }

  private tick(): void {
    const now = this.nowMs()
    try {
      while (this.first !== undefined && this.first.dueMs <= now + 0.5) {
        const due = this.first
        this.release(due)
        due.onDue()
      }
    } finally {
      // Whatever happened to one, the others are still watched.
      this.arm()
    }
  }
}
