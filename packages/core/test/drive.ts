/** Runs a program on the test clock to its end, or says that it hangs. */
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"

/** Lets everything that can go on without the clock go on. */
export const turns = (count = 8): Effect.Effect<void> =>
  Effect.promise(async () => {
    for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve))
  })

/** Turns the clock by `stepMs` until the fiber ends; a defect after `steps`. */
export const drive = Effect.fnUntraced(function* <A, E>(fiber: Fiber.Fiber<A, E>, stepMs = 1_000, steps = 100) {
  for (let i = 0; i < steps; i++) {
    yield* turns()
    if (fiber.pollUnsafe() !== undefined) return yield* Fiber.join(fiber)
    yield* TestClock.adjust(stepMs)
  }
  return yield* Effect.die(new Error("it hangs"))
})

/** As {@link drive} for a program, which is left behind where it hangs. */
export const driven = <A, E, R>(program: Effect.Effect<A, E, R>, stepMs = 1_000, steps = 100) =>
  Effect.flatMap(Effect.forkDetach(program, { startImmediately: true }), (fiber) => drive(fiber, stepMs, steps))
