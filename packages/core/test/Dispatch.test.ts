import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as LedgerMemory from "../src/LedgerMemory.ts"
import * as Plan from "../src/Plan.ts"
import * as Runner from "../src/Runner.ts"

const plan = Plan.make({ kind: "test", units: ["a", "b", "c", "d"].map((id) => ({ id })) })
const settleFibers = TestClock.withLive(Effect.sleep("20 millis"))

describe("RunOptions.dispatch", () => {
  it.effect("units start in the order asked for and are reported in plan order", () =>
    Effect.gen(function* () {
      const started: Array<string> = []
      const receipt = yield* Runner.run(plan, (unit) => Effect.sync(() => started.push(unit.id)), {
        concurrency: 1,
        dispatch: () => ({ order: [3, 1, 0, 2] }),
      })
      expect(started).toEqual(["d", "b", "a", "c"])
      expect(receipt.units.map((unit) => unit.id)).toEqual(["a", "b", "c", "d"])
    }).pipe(Effect.provide(LedgerMemory.layer())),
  )

  it.effect("a unit that is refused is skipped with the reason, and the others run", () =>
    Effect.gen(function* () {
      const receipt = yield* Runner.run(plan, (unit) => Effect.succeed(unit.id), {
        dispatch: () => ({ admit: (unit) => (unit.id === "b" ? { skip: "not today" } : "start") }),
      })
      expect(receipt.units.map((unit) => [unit.status, unit.reason])).toEqual([
        ["succeeded", undefined],
        ["skipped", "not today"],
        ["succeeded", undefined],
        ["succeeded", undefined],
      ])
    }).pipe(Effect.provide(LedgerMemory.layer())),
  )

  it.effect("a unit that waits is asked again when another has ended, and is let in only once", () =>
    Effect.gen(function* () {
      let running = 0
      let most = 0
      const asked: Array<string> = []
      const fiber = yield* Effect.forkChild(
        Runner.run(
          plan,
          () =>
            Effect.gen(function* () {
              most = Math.max(most, ++running)
              yield* Effect.sleep(100)
              running--
            }),
          {
            concurrency: 4,
            dispatch: () => ({
              admit: (unit) => {
                asked.push(unit.id)
                return running >= 2 ? "wait" : "start"
              },
            }),
          },
        ),
      )
      yield* settleFibers
      yield* TestClock.adjust(100)
      yield* settleFibers
      yield* TestClock.adjust(100)
      const receipt = yield* Fiber.join(fiber)
      expect(most).toBe(2)
      expect(receipt.counts.succeeded).toBe(4)
      expect(asked.filter((id) => id === "a")).toEqual(["a"])
    }).pipe(Effect.provide(LedgerMemory.layer())),
  )

  it.effect("a unit that waits for nothing is a defect instead of a run that never ends", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(
        Runner.run(plan, () => Effect.void, { dispatch: () => ({ admit: () => "wait" }) }),
      )
      expect(Exit.isFailure(exit) && String(exit.cause)).toContain("nothing is under way")
    }).pipe(Effect.provide(LedgerMemory.layer())),
  )

  it.effect("an order that leaves a unit out is a defect", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(
        Runner.run(plan, () => Effect.void, { dispatch: () => ({ order: [0, 1, 1, 2] }) }),
      )
      expect(Exit.isFailure(exit) && String(exit.cause)).toContain("each of the 4 units once")
    }).pipe(Effect.provide(LedgerMemory.layer())),
  )
})
