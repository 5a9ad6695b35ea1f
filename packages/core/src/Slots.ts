/**
 * Slots: a fixed number of places, such as the one instrument or the four licences of a lab, of which each holder takes
 * one or more while its work runs. First come, first served: a holder of many is not overtaken by holders of few.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import { waiting } from "./CurrentUnit.ts"
import * as WaitList from "./internal/WaitList.ts"
import type { Slots } from "./Limits.ts"

/** What the slots are called and how many there are. @category models */
export interface SlotsOptions {
  /** What messages call them. */
  readonly name: string
  /** How many places there are: an integer of 1 or more. */
  readonly size: number
}

/** What is wrong with the options of slots; `undefined` where nothing is. @category guards */
export const problemOf = (options: Omit<SlotsOptions, "name">): string | undefined =>
  Number.isSafeInteger(options.size) && options.size >= 1
    ? undefined
    : `the size must be an integer of 1 or more, it is ${options.size}`

interface Waiter {
  readonly count: number
  granted: boolean
  wake: (() => void) | undefined
}

/**
 * Makes slots that are all free. A size that makes no sense, and a count that can never be had, are defects
 * (`RangeError`). The places come back when the work ends in whatever way.
 *
 * @category constructors
 */
export const make = (options: SlotsOptions): Effect.Effect<Slots> =>
  Effect.sync(() => {
    const problem = problemOf(options)
    if (problem !== undefined) throw new RangeError(`slots ${options.name}: ${problem}`)
    return makeUnchecked(options)
  })

const makeUnchecked = ({ name, size }: SlotsOptions): Slots => {
  const waiters = WaitList.make<Waiter>()
  let free = size

  /** Hands free places to the first waiters, in order, and stops at the first who needs more than there is. */
  const grant = (): void => {
    for (let first = waiters.head(); first !== undefined && first.value.count <= free; first = waiters.head()) {
      waiters.leave(first)
      free -= first.value.count
      first.value.granted = true
      first.value.wake?.()
    }
  }

  const enter = (count: number): WaitList.Place<Waiter> => {
    const place = waiters.enter({ count, granted: false, wake: undefined })
    grant()
    return place
  }

  const untilGranted = (waiter: Waiter): Effect.Effect<void> =>
    waiter.granted
      ? Effect.void
      : waiting("limit")(
          Effect.callback<void>((resume) => {
            if (waiter.granted) return resume(Effect.void)
            // `resume` runs the fiber at once: without the yield each holder would run on the stack of the one before.
            waiter.wake = () => resume(Effect.yieldNow)
            return Effect.sync(() => {
              waiter.wake = undefined
            })
          }),
        )

  // Also runs where a waiter was interrupted in the instant after it was granted its places.
  const giveBack = (place: WaitList.Place<Waiter>): void => {
    if (place.value.granted) free += place.value.count
    else waiters.leave(place)
    grant()
  }

  const withSlot = <A, E, R>(effect: Effect.Effect<A, E, R>, count = 1): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      if (!Number.isSafeInteger(count) || count < 1 || count > size) {
        return Effect.die(new RangeError(`slots ${name}: a holder can take 1 to ${size} of them, not ${count}`))
      }
      return Effect.acquireUseRelease(
        Effect.sync(() => enter(count)),
        (place) => Effect.andThen(untilGranted(place.value), effect),
        (place) => Effect.sync(() => giveBack(place)),
      )
    })

  return { name, size, withSlot }
}
