import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { CurrentUnit } from "../src/CurrentUnit.ts"
import * as RateLimit from "../src/RateLimit.ts"

/** Counts waits as a unit of the Runner would. */
const counted = () => {
  const waits = { begun: 0, ended: 0 }
  const provide = Effect.updateService(CurrentUnit, (current) => ({
    ...current,
    beginWait: (kind: "limit" | "retry") => {
      assert.strictEqual(kind, "limit")
      waits.begun++
      return () => {
        waits.ended++
      }
    },
  }))
  return { waits, provide }
}

describe("RateLimit", () => {
  it.effect("the burst is given at once, without a wait, and then one token per interval", () =>
    Effect.gen(function* () {
      const limit = yield* RateLimit.make({ name: "api", perSecond: 10, burst: 3 })
      const at: Array<number> = []
      const { waits, provide } = counted()
      const fiber = yield* Effect.forkChild(
        Effect.forEach(
          Array.from({ length: 6 }),
          () =>
            Effect.andThen(
              limit.take(),
              Effect.map(Clock.currentTimeMillis, (ms) => at.push(ms)),
            ),
          { discard: true },
        ).pipe(provide),
      )
      yield* TestClock.adjust("99 millis")
      assert.deepStrictEqual(at, [0, 0, 0])
      assert.strictEqual(waits.begun, 1)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      // 10 per second: a token each 100 ms after the burst.
      assert.deepStrictEqual(at, [0, 0, 0, 100, 200, 300])
      assert.deepStrictEqual(waits, { begun: 3, ended: 3 })
    }),
  )

  it.effect("waiters are served in the order in which they came, each once", () =>
    Effect.gen(function* () {
      const limit = yield* RateLimit.make({ name: "api", perSecond: 1000, burst: 1 })
      const order: Array<number> = []
      const fibers = yield* Effect.forEach(Array.from({ length: 50 }), (_, i) =>
        Effect.forkChild(
          Effect.andThen(
            limit.take(),
            Effect.sync(() => order.push(i)),
          ),
          { startImmediately: true },
        ),
      )
      yield* TestClock.adjust("100 millis")
      yield* Fiber.joinAll(fibers)
      assert.deepStrictEqual(
        order,
        Array.from({ length: 50 }, (_, i) => i),
      )
    }),
  )

  it.effect("a closed gate holds everybody until it opens; a later closing extends and never shortens it", () =>
    Effect.gen(function* () {
      const limit = yield* RateLimit.make({ name: "api", perSecond: Infinity, burst: 1 })
      yield* limit.take()
      yield* limit.closeFor(5_000)
      yield* limit.closeFor(1_000)
      assert.strictEqual(yield* limit.closedForMs, 5_000)
      let through = 0
      const fibers = yield* Effect.forEach(Array.from({ length: 3 }), () =>
        Effect.forkChild(Effect.tap(limit.take(), () => Effect.sync(() => through++))),
      )
      yield* TestClock.adjust("4 seconds")
      yield* limit.closeFor(3_000)
      yield* TestClock.adjust("2999 millis")
      assert.strictEqual(through, 0)
      yield* TestClock.adjust("1 millis")
      yield* Fiber.joinAll(fibers)
      assert.strictEqual(through, 3)
      assert.strictEqual(yield* limit.closedForMs, 0)
    }),
  )

  it.effect("with an infinite rate and an open gate nobody waits", () =>
    Effect.gen(function* () {
      const limit = yield* RateLimit.make({ name: "api", perSecond: Infinity, burst: 1 })
      const { waits, provide } = counted()
      yield* Effect.forEach(Array.from({ length: 1000 }), () => limit.take(), { discard: true }).pipe(provide)
      assert.strictEqual(waits.begun, 0)
    }),
  )

  it.effect("an interrupted waiter gives its place back, the first as well as one in the middle", () =>
    Effect.gen(function* () {
      const limit = yield* RateLimit.make({ name: "api", perSecond: 1, burst: 1 })
      yield* limit.take()
      const served: Array<string> = []
      const start = (name: string) =>
        Effect.forkChild(
          Effect.tap(limit.take(), () => Effect.sync(() => served.push(name))),
          {
            startImmediately: true,
          },
        )
      const first = yield* start("first")
      yield* start("second")
      const third = yield* start("third")
      yield* start("fourth")
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(third)
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("500 millis")
      assert.deepStrictEqual(served, ["second"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(served, ["second", "fourth"])
    }),
  )

  it.effect("what was saved up for a large take that went away does not become a larger burst", () =>
    Effect.gen(function* () {
      const limit = yield* RateLimit.make({ name: "api", perSecond: 10, burst: 2 })
      const large = yield* Effect.forkChild(limit.take(100), { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.interrupt(large)
      let through = 0
      yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 10 }), () => Effect.tap(limit.take(), () => Effect.sync(() => through++))),
        { startImmediately: true },
      )
      assert.strictEqual(through, 2)
    }),
  )

  it.effect("a take above the burst waits until its tokens are saved up", () =>
    Effect.gen(function* () {
      const limit = yield* RateLimit.make({ name: "api", perSecond: 10, burst: 2 })
      let at = -1
      yield* Effect.forkChild(
        Effect.tap(limit.take(12), () =>
          Effect.map(Clock.currentTimeMillis, (ms) => {
            at = ms
          }),
        ),
      )
      yield* TestClock.adjust("10 seconds")
      // 2 tokens are there, 10 more come in 1 s.
      assert.strictEqual(at, 1_000)
    }),
  )

  it.effect("in no window more is given out than burst + rate * time", () =>
    Effect.gen(function* () {
      const perSecond = 7
      const burst = 4
      const limit = yield* RateLimit.make({ name: "api", perSecond, burst })
      const at: Array<number> = []
      yield* Effect.forkChild(
        Effect.forEach(
          Array.from({ length: 200 }),
          () =>
            Effect.andThen(
              limit.take(),
              Effect.map(Clock.currentTimeMillis, (ms) => at.push(ms)),
            ),
          { concurrency: "unbounded", discard: true },
        ),
      )
      for (let i = 0; i < 400; i++) yield* TestClock.adjust(37 + (i % 5) * 50)
      assert.strictEqual(at.length, 200)
      for (let i = 0; i < at.length; i++) {
        for (let j = i; j < at.length; j++) {
          const given = j - i + 1
          const allowed = burst + (perSecond * (at[j]! - at[i]!)) / 1000
          assert.isTrue(given <= allowed + 1e-6, `${given} in ${at[j]! - at[i]!} ms, allowed ${allowed}`)
        }
      }
    }),
  )

  it.effect("50,000 waiters come and go", () =>
    Effect.gen(function* () {
      const limit = yield* RateLimit.make({ name: "api", perSecond: 1_000_000, burst: 1 })
      yield* limit.closeFor(1_000)
      const fiber = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 50_000 }), () => limit.take(), { concurrency: "unbounded", discard: true }),
      )
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(fiber)
    }),
  )

  it.effect("options that make no sense are named", () =>
    Effect.gen(function* () {
      for (const [options, word] of [
        [{ perSecond: 0, burst: 1 }, "perSecond"],
        [{ perSecond: Number.NaN, burst: 1 }, "perSecond"],
        [{ perSecond: 1, burst: 0.5 }, "burst"],
        [{ perSecond: 1, burst: Infinity }, "burst"],
      ] as const) {
        assert.include(RateLimit.problemOf(options), word)
        const exit = yield* Effect.exit(RateLimit.make({ name: "api", ...options }))
        assert.isTrue(Exit.isFailure(exit))
      }
      const limit = yield* RateLimit.make({ name: "api", perSecond: 1, burst: 1 })
      assert.isTrue(Exit.isFailure(yield* Effect.exit(limit.take(Number.NaN))))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(limit.take(-1))))
    }),
  )

  it.live("works with the real clock", () =>
    Effect.gen(function* () {
      const limit = yield* RateLimit.make({ name: "api", perSecond: 200, burst: 1 })
      const begin = yield* Clock.monotonicTimeNanos
      yield* Effect.forEach(Array.from({ length: 11 }), () => limit.take(), { discard: true })
      // 10 tokens at 200 per second cannot come in less than 50 ms, however fast or slow the machine is.
      assert.isTrue(Number((yield* Clock.monotonicTimeNanos) - begin) >= 49_000_000)
    }),
  )
})
