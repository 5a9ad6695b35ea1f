/**
 * A rate limit: a bucket that holds `burst` tokens and is refilled with `perSecond` of them, behind a gate that closes
 * for everybody when a server asks for a pause. First come, first served, by the Clock's monotonic time.
 *
 * In any span of t seconds at most `burst + perSecond * t` tokens are given out; a single `take` of more tokens than
 * `burst` waits until they have been saved up. There is no fiber in the background: the first waiter sleeps, the others
 * wait for it. A waiter takes one place in a list until it goes, so that fibers are the only bound that is needed.
 *
 * @layer logic
 * @module
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { waiting } from "./CurrentUnit.ts"
import * as WaitList from "./internal/WaitList.ts"
import type { RateLimit } from "./Limits.ts"

/** How fast tokens come and how many may be saved up. @category models */
export interface RateLimitOptions {
  /** What messages call it. */
  readonly name: string
  /** Tokens per second, above 0; `Infinity` leaves only the gate. */
  readonly perSecond: number
  /**
   * Tokens that may be taken at once after a quiet time, 1 or more; also what it starts with. Never less than what one
   * millisecond brings.
   */
  readonly burst: number
}

/** The longest single sleep, so that no timer overflows; a longer wait sleeps again. */
export const sleepMsMax = 3_600_000

/** Tokens below this are rounding of the refill arithmetic, not a debt. */
const tokenEpsilon = 1e-9

/** What is wrong with the options of a rate limit; `undefined` where nothing is. @category guards */
export const problemOf = (options: Omit<RateLimitOptions, "name">): string | undefined => {
  if (!(options.perSecond > 0)) return `perSecond must be a number above 0, it is ${options.perSecond}`
  if (!(options.burst >= 1) || !Number.isFinite(options.burst)) {
    return `burst must be a finite number of 1 or more, it is ${options.burst}`
  }
  return undefined
}

interface Waiter {
  readonly tokens: number
  granted: boolean
  /** Set while the fiber waits to become the first. */
  wake: (() => void) | undefined
}

/**
 * Makes a rate limit with a full bucket and an open gate. Options that make no sense are a defect (`RangeError`); check
 * configuration from outside with {@link problemOf} or through the `Limits` service.
 *
 * @category constructors
 */
export const make = (options: RateLimitOptions): Effect.Effect<RateLimit> =>
  Clock.clockWith((clock) =>
    Effect.sync(() => {
      const problem = problemOf(options)
      if (problem !== undefined) throw new RangeError(`rate limit ${options.name}: ${problem}`)
      return makeWith(options, nowMsOf(clock))
    }),
  )

const nowMsOf = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

const makeWith = ({ name, perSecond, burst: burstAsked }: RateLimitOptions, startedAtMs: number): RateLimit => {
  const perMs = perSecond / 1000
  // Timers know whole milliseconds: above 1000 per second what one of them brings must fit, or it would be lost.
  const burst = perMs === Infinity ? burstAsked : Math.max(burstAsked, perMs)
  const waiters = WaitList.make<Waiter>()
  let level = burst
  let refilledAtMs = startedAtMs
  let closedUntilMs = Number.NEGATIVE_INFINITY

  const refill = (nowMs: number): void => {
    if (perMs === Infinity) return
    const elapsedMs = nowMs - refilledAtMs
    if (elapsedMs <= 0) return
    refilledAtMs = nowMs
    // Tokens are saved up above `burst` only for a first waiter that asked for more than that.
    const cap = Math.max(burst, waiters.head()?.value.tokens ?? 0)
    level = Math.min(cap, level + elapsedMs * perMs)
  }

  /** Takes the tokens and gives 0, or gives the milliseconds after which another try is worth it. */
  const tryTake = (nowMs: number, tokens: number): number => {
    refill(nowMs)
    const gateMs = closedUntilMs - nowMs
    const missing = perMs === Infinity ? 0 : tokens - level
    if (gateMs <= 0 && missing <= tokenEpsilon) {
      if (perMs !== Infinity) level = Math.max(0, level - tokens)
      return 0
    }
    const bucketMs = missing <= tokenEpsilon ? 0 : missing / perMs
    return Math.min(sleepMsMax, Math.max(1, Math.ceil(Math.max(gateMs, bucketMs))))
  }

  const untilFirst = (place: WaitList.Place<Waiter>): Effect.Effect<void> =>
    Effect.callback<void>((resume) => {
      if (waiters.head() === place) return resume(Effect.void)
      place.value.wake = () => {
        place.value.wake = undefined
        // `resume` runs the fiber at once: without the yield each waiter would run on the stack of the one before.
        resume(Effect.yieldNow)
      }
      return Effect.sync(() => {
        place.value.wake = undefined
      })
    })

  const takeAsFirst = (waiter: Waiter): Effect.Effect<void> =>
    Clock.clockWith((clock) => {
      const delayMs = tryTake(nowMsOf(clock), waiter.tokens)
      if (delayMs > 0) return Effect.flatMap(Effect.sleep(delayMs), () => takeAsFirst(waiter))
      waiter.granted = true
      return Effect.void
    })

  const leave = (place: WaitList.Place<Waiter>, exit: Exit.Exit<void>): Effect.Effect<void> =>
    Clock.clockWith((clock) => {
      const wasFirst = waiters.head() === place
      waiters.leave(place)
      refill(nowMsOf(clock))
      // Interrupted in the instant after the tokens were taken: nobody uses them, so they go back.
      if (place.value.granted && Exit.isFailure(exit) && perMs !== Infinity) level += place.value.tokens
      const next = waiters.head()
      // What was saved up for a large take that went away does not stay as a larger burst.
      level = Math.min(level, Math.max(burst, next?.value.tokens ?? 0))
      if (wasFirst) next?.value.wake?.()
      return Effect.void
    })

  const take = (tokens = 1): Effect.Effect<void> =>
    Clock.clockWith((clock) => {
      if (!Number.isFinite(tokens) || tokens < 0) {
        return Effect.die(new RangeError(`rate limit ${name}: tokens must be a number of 0 or more, it is ${tokens}`))
      }
      if (waiters.head() === undefined && tryTake(nowMsOf(clock), tokens) === 0) return Effect.void
      return waiting("limit")(
        Effect.acquireUseRelease(
          Effect.sync(() => waiters.enter({ tokens, granted: false, wake: undefined })),
          (place) => Effect.andThen(untilFirst(place), takeAsFirst(place.value)),
          leave,
        ),
      )
    })

  const closeFor = (durationMs: number): Effect.Effect<void> =>
    Clock.clockWith((clock) => {
      if (Number.isNaN(durationMs)) return Effect.die(new RangeError(`rate limit ${name}: a pause of NaN ms`))
      closedUntilMs = Math.max(closedUntilMs, nowMsOf(clock) + durationMs)
      return Effect.void
    })

  const closedForMs = Clock.clockWith((clock) =>
    Effect.sync(() => Math.max(0, Math.ceil(closedUntilMs - nowMsOf(clock)))),
  )

  return { name, take, closeFor, closedForMs }
}
