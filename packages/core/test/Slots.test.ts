import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { CurrentUnit } from "../src/CurrentUnit.ts"
import * as Slots from "../src/Slots.ts"

const forkNow = { startImmediately: true } as const

describe("Slots", () => {
  it.effect("no more holders than places run at a time, and all run", () =>
    Effect.gen(function* () {
      const slots = yield* Slots.make({ name: "gpu", size: 3 })
      let running = 0
      let peak = 0
      let done = 0
      yield* Effect.forEach(
        Array.from({ length: 100 }),
        () =>
          slots.withSlot(
            Effect.gen(function* () {
              running++
              peak = Math.max(peak, running)
              yield* Effect.yieldNow
              running--
              done++
            }),
          ),
        { concurrency: "unbounded", discard: true },
      )
      assert.strictEqual(peak, 3)
      assert.strictEqual(done, 100)
    }),
  )

  it.effect("first come, first served: a holder of many is not overtaken", () =>
    Effect.gen(function* () {
      const slots = yield* Slots.make({ name: "gpu", size: 2 })
      const gate = yield* Deferred.make<void>()
      const order: Array<string> = []
      const hold = (name: string, count: number) =>
        Effect.forkChild(
          slots.withSlot(
            Effect.andThen(
              Effect.sync(() => order.push(name)),
              Deferred.await(gate),
            ),
            count,
          ),
          forkNow,
        )
      const fibers = [yield* hold("a", 1), yield* hold("both", 2), yield* hold("b", 1)]
      assert.deepStrictEqual(order, ["a"])
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll(fibers)
      assert.deepStrictEqual(order, ["a", "both", "b"])
    }),
  )

  it.effect("failure, defect and interruption free the place; a waiter that goes away lets the next one in", () =>
    Effect.gen(function* () {
      const slots = yield* Slots.make({ name: "gpu", size: 1 })
      assert.isTrue(Exit.isFailure(yield* Effect.exit(slots.withSlot(Effect.fail("no")))))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(slots.withSlot(Effect.die("bug")))))
      const holder = yield* Effect.forkChild(slots.withSlot(Effect.never), forkNow)
      const waiter = yield* Effect.forkChild(slots.withSlot(Effect.never), forkNow)
      let ran = false
      const last = yield* Effect.forkChild(
        slots.withSlot(
          Effect.sync(() => {
            ran = true
          }),
        ),
        forkNow,
      )
      yield* Fiber.interrupt(waiter)
      assert.isFalse(ran)
      yield* Fiber.interrupt(holder)
      yield* Fiber.join(last)
      assert.isTrue(ran)
    }),
  )

  it.effect("a large waiter that goes away lets smaller ones behind it in", () =>
    Effect.gen(function* () {
      const slots = yield* Slots.make({ name: "gpu", size: 2 })
      yield* Effect.forkChild(slots.withSlot(Effect.never), forkNow)
      const large = yield* Effect.forkChild(slots.withSlot(Effect.never, 2), forkNow)
      const small = yield* Effect.forkChild(slots.withSlot(Effect.succeed("in")), forkNow)
      yield* Fiber.interrupt(large)
      assert.strictEqual(yield* Fiber.join(small), "in")
    }),
  )

  it.effect("a place granted in the instant of the interruption is not lost", () =>
    Effect.gen(function* () {
      const slots = yield* Slots.make({ name: "gpu", size: 1 })
      for (let round = 0; round < 50; round++) {
        const gate = yield* Deferred.make<void>()
        const holder = yield* Effect.forkChild(slots.withSlot(Deferred.await(gate)), forkNow)
        const waiter = yield* Effect.forkChild(slots.withSlot(Effect.void), forkNow)
        yield* Deferred.succeed(gate, undefined)
        for (let i = 0; i < round % 5; i++) yield* Effect.yieldNow
        yield* Fiber.interrupt(waiter)
        yield* Fiber.join(holder)
      }
      assert.strictEqual(yield* slots.withSlot(Effect.succeed(1)), 1)
    }),
  )

  it.effect("only a real wait counts as waiting, and not the work itself", () =>
    Effect.gen(function* () {
      let waits = 0
      let inWait = false
      const provide = Effect.updateService(CurrentUnit, (current) => ({
        ...current,
        beginWait: () => {
          waits++
          inWait = true
          return () => {
            inWait = false
          }
        },
      }))
      const slots = yield* Slots.make({ name: "gpu", size: 1 })
      yield* slots.withSlot(Effect.void).pipe(provide)
      assert.strictEqual(waits, 0)
      const gate = yield* Deferred.make<void>()
      const holder = yield* Effect.forkChild(slots.withSlot(Deferred.await(gate)), forkNow)
      const waiter = yield* Effect.forkChild(slots.withSlot(Effect.sync(() => inWait)).pipe(provide), forkNow)
      assert.isTrue(inWait)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(holder)
      assert.isFalse(yield* Fiber.join(waiter))
      assert.strictEqual(waits, 1)
    }),
  )

  it.effect("a count that can never be had is a defect that names the slots, not a wait for ever", () =>
    Effect.gen(function* () {
      const slots = yield* Slots.make({ name: "gpu", size: 2 })
      for (const count of [0, 3, 1.5, Number.NaN]) {
        const exit = yield* Effect.exit(slots.withSlot(Effect.void, count))
        assert.isTrue(Exit.isFailure(exit))
        assert.include(String(exit), "gpu")
      }
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Slots.make({ name: "gpu", size: 0 }))))
    }),
  )

  it.effect("50,000 waiters come and go", () =>
    Effect.gen(function* () {
      const slots = yield* Slots.make({ name: "gpu", size: 4 })
      for (const work of [Effect.yieldNow, Effect.void]) {
        const gate = yield* Deferred.make<void>()
        const holder = yield* Effect.forkChild(slots.withSlot(Deferred.await(gate), 4), forkNow)
        const all = yield* Effect.forkChild(
          Effect.forEach(Array.from({ length: 50_000 }), () => slots.withSlot(work), {
            concurrency: "unbounded",
            discard: true,
          }),
          forkNow,
        )
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.joinAll([holder, all])
      }
    }),
  )
})
