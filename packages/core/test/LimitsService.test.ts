import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { nearest } from "../src/internal/nearest.ts"
import { layer, Limits, LimitsError } from "../src/LimitsService.ts"

describe("Limits", () => {
  it.effect("the same name is the same limit for everybody", () =>
    Effect.gen(function* () {
      const limits = yield* Limits
      const first = yield* limits.slots("gpu")
      const holder = yield* Effect.forkChild(first.withSlot(Effect.never), { startImmediately: true })
      const second = yield* limits.slots("gpu")
      let ran = false
      const waiter = yield* Effect.forkChild(
        second.withSlot(
          Effect.sync(() => {
            ran = true
          }),
        ),
        { startImmediately: true },
      )
      assert.isFalse(ran)
      yield* Fiber.interrupt(holder)
      yield* Fiber.join(waiter)
      assert.strictEqual((yield* limits.rate("api")).name, "api")
    }).pipe(Effect.provide(layer({ slots: { gpu: 1 }, rates: { api: { perSecond: 10, burst: 20 } } }))),
  )

  it.effect("an unknown name is a typed error that names the nearest one", () =>
    Effect.gen(function* () {
      const limits = yield* Limits
      const error = yield* Effect.flip(limits.slots("gup"))
      assert.instanceOf(error, LimitsError)
      assert.strictEqual(error.message, 'there is no slots "gup"; there is "gpu", "licence"')
      assert.deepStrictEqual(error.hints, ['did you mean "gpu"?'])
      assert.strictEqual(error.exitCode, 2)
      // A rate is no slot.
      assert.include((yield* Effect.flip(limits.rate("gpu"))).message, "there is none")
      // No name of Object's own is taken for a limit.
      assert.instanceOf(yield* Effect.flip(limits.slots("constructor")), LimitsError)
    }).pipe(Effect.provide(layer({ slots: { gpu: 1, licence: 4 } }))),
  )

  it.effect("configuration that makes no sense is a typed error", () =>
    Effect.gen(function* () {
      for (const config of [
        { slots: { gpu: 0 } },
        { slots: { gpu: 1.5 } },
        { rates: { gpu: { perSecond: 0, burst: 1 } } },
        { rates: { gpu: { perSecond: 1, burst: 0 } } },
      ]) {
        const error = yield* Effect.flip(Effect.void.pipe(Effect.provide(layer(config))))
        assert.strictEqual(error.reason._tag, "InvalidLimit")
        assert.include(error.message, '"gpu"')
      }
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(Effect.void.pipe(Effect.provide(layer({}))))))
    }),
  )

  it("nearest: a typing error is found, something else is not", () => {
    const known = ["perSecond", "burst", "slots", "gpu"]
    assert.strictEqual(nearest("persecond", known), "perSecond")
    assert.strictEqual(nearest("busrt", known), "burst")
    assert.strictEqual(nearest("slot", known), "slots")
    assert.strictEqual(nearest("temperature", known), undefined)
    assert.strictEqual(nearest("x", ["y"]), undefined)
    assert.strictEqual(nearest("a".repeat(100_000), known), undefined)
  })
})
