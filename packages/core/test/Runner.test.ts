import { describe, expect, it } from "@effect/vitest"
import {
  Cause,
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  Random,
  Redacted,
  Schedule,
  Schema,
  Stream,
} from "effect"
import { TestClock } from "effect/testing"
import * as CurrentUnit from "../src/CurrentUnit.ts"
import { Ledger } from "../src/Ledger.ts"
import * as LedgerMemory from "../src/LedgerMemory.ts"
import * as Plan from "../src/Plan.ts"
import type { RunEvent } from "../src/RunEvent.ts"
import * as Runner from "../src/Runner.ts"
import { make as makeSecrets, Secrets } from "../src/Secrets.ts"

const planOf = (...ids: ReadonlyArray<string>) => Plan.make({ kind: "test", units: ids.map((id) => ({ id })) })
const numbered = (n: number) =>
  Plan.make({ kind: "test", units: Array.from({ length: n }, (_, i) => ({ id: `u${i}`, input: i })) })

class Broken extends Schema.TaggedError<Broken>()("Broken", { retryable: Schema.Boolean }) {
  override get message(): string {
    return "it broke"
  }
}

/** Lets everything that can go on without the clock go on. */
const settleFibers = TestClock.withLive(Effect.sleep("20 millis"))

const test = <A, E>(name: string, body: () => Effect.Effect<A, E, Ledger>) =>
  it.effect(name, () => body().pipe(Effect.provide(LedgerMemory.layer())))

describe("Runner.run", () => {
  test("reports outcomes in plan order whatever finished first", () =>
    Effect.gen(function* () {
      const delays: Record<string, number> = { A: 300, B: 200, C: 100 }
      const finished: Array<string> = []
      const fiber = yield* Effect.forkChild(
        Runner.run(
          planOf("A", "B", "C"),
          (unit) =>
            Effect.sleep(delays[unit.id] ?? 0).pipe(
              Effect.andThen(Effect.sync(() => finished.push(unit.id))),
              Effect.as(unit.id.toLowerCase()),
            ),
          { concurrency: 3 },
        ),
      )
      yield* settleFibers
      yield* TestClock.adjust("300 millis")
      const receipt = yield* Fiber.join(fiber)
      expect(finished).toEqual(["C", "B", "A"])
      expect(receipt.units.map((unit) => unit.value)).toEqual(["a", "b", "c"])
      expect(receipt.status).toBe("succeeded")
      expect(receipt.counts).toMatchObject({ planned: 3, succeeded: 3, failed: 0 })
    }))

  test("never runs more units at a time than asked for", () =>
    Effect.gen(function* () {
      let now = 0
      let most = 0
      yield* Runner.run(
        numbered(50),
        () =>
          Effect.gen(function* () {
            now++
            most = Math.max(most, now)
            yield* Effect.yieldNow
            yield* Effect.yieldNow
            now--
          }),
        { concurrency: 7 },
      )
      expect(most).toBe(7)
    }))

  for (const concurrency of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 10_001]) {
    test(`refuses a concurrency of ${concurrency} before anything runs`, () =>
      Effect.gen(function* () {
        let ran = false
        const error = yield* Effect.flip(
          Runner.run(planOf("A"), () => Effect.sync(() => void (ran = true)), { concurrency }),
        )
        expect(error).toMatchObject({
          _tag: "RunnerError",
          reason: { _tag: "InvalidOption", option: "concurrency" },
          exitCode: 2,
        })
        expect(ran).toBe(false)
      }))
  }

  test("keeps the failure of one unit from the others", () =>
    Effect.gen(function* () {
      const receipt = yield* Runner.run(planOf("A", "B", "C", "D"), (unit): Effect.Effect<string, Broken> => {
        if (unit.id === "A") return Effect.fail(new Broken({ retryable: false }))
        if (unit.id === "B") return Effect.die("boom")
        if (unit.id === "C") throw new Error("thrown outside of the Effect")
        return Effect.succeed("ok")
      })
      expect(receipt.units.map((unit) => [unit.id, unit.status, unit.failure?.kind, unit.failure?.tag])).toEqual([
        ["A", "failed", "error", "Broken"],
        ["B", "failed", "defect", "Defect"],
        ["C", "failed", "defect", "Error"],
        ["D", "succeeded", undefined, undefined],
      ])
      expect(receipt.status).toBe("partial")
    }))

  test("ends a unit at its time-out, runs its finalizers, and goes on with the others", () =>
    Effect.gen(function* () {
      const closed: Array<string> = []
      const fiber = yield* Effect.forkChild(
        Runner.run(
          planOf("HANG", "B"),
          (unit) =>
            Effect.gen(function* () {
              yield* Effect.addFinalizer(() => Effect.sync(() => closed.push(unit.id)))
              if (unit.id === "HANG") return yield* Effect.never
              return 1
            }),
          { timeout: "200 millis" },
        ),
      )
      yield* settleFibers
      yield* TestClock.adjust("199 millis")
      expect(closed).toEqual(["B"])
      yield* TestClock.adjust("2 millis")
      const receipt = yield* Fiber.join(fiber)
      expect(closed).toEqual(["B", "HANG"])
      expect(receipt.units[0]).toMatchObject({
        status: "timedOut",
        failure: { kind: "timeout", tag: "TimedOut", retryable: true },
        runMs: expect.closeTo(200, -1),
      })
      expect(receipt.units[1]).toMatchObject({ status: "succeeded" })
    }))

  test("takes the slot from work that cannot be interrupted", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(
        Runner.run(
          planOf("STUCK", "B"),
          (unit) => (unit.id === "B" ? Effect.succeed(1) : Effect.uninterruptible(Effect.never)),
          {
            timeout: "1 second",
            concurrency: 1,
          },
        ),
      )
      yield* settleFibers
      yield* TestClock.adjust("1 second")
      yield* settleFibers
      yield* TestClock.adjust("5 seconds")
      const receipt = yield* Fiber.join(fiber)
      expect(receipt.units.map((unit) => unit.status)).toEqual(["timedOut", "succeeded"])
      expect(receipt.units[0]?.failure?.message).toContain("abandoned")
    }))

  test("keeps queue, work and waiting apart, and they add up", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(
        Runner.run(
          planOf("A", "B"),
          (unit) =>
            unit.id === "A"
              ? Effect.sleep("100 millis")
              : Effect.sleep("30 millis").pipe(
                  Effect.andThen(CurrentUnit.waiting("limit")(Effect.sleep("50 millis"))),
                  Effect.andThen(CurrentUnit.waiting("retry")(Effect.sleep("20 millis"))),
                ),
          { concurrency: 1 },
        ),
      )
      yield* settleFibers
      for (let i = 0; i < 6; i++) yield* TestClock.adjust("50 millis")
      const receipt = yield* Fiber.join(fiber)
      expect(receipt.units[0]).toMatchObject({ queuedMs: 0, runMs: 100, limitWaitMs: 0, retryWaitMs: 0 })
      expect(receipt.units[1]).toMatchObject({ queuedMs: 100, runMs: 30, limitWaitMs: 50, retryWaitMs: 20 })
    }))

  test("stops at the deadline: what runs is timed out, what never started is notStarted", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(
        Runner.run(planOf("A", "B", "C", "D"), () => Effect.sleep("150 millis"), {
          concurrency: 1,
          deadline: "250 millis",
        }),
      )
      yield* settleFibers
      yield* TestClock.adjust("150 millis")
      yield* settleFibers
      yield* TestClock.adjust("100 millis")
      const receipt = yield* Fiber.join(fiber)
      expect(receipt.units.map((unit) => unit.status)).toEqual(["succeeded", "timedOut", "notStarted", "notStarted"])
      expect(receipt.units[2]).toMatchObject({ runMs: 0, attempts: 0 })
      expect(receipt.status).toBe("partial")
    }))

  describe("retry", () => {
    test("tries retryable failures again by schedule and keeps every attempt", () =>
      Effect.gen(function* () {
        let calls = 0
        const fiber = yield* Effect.forkChild(
          Runner.run(
            planOf("A"),
            () =>
              Effect.suspend(() =>
                ++calls < 3 ? Effect.fail(new Broken({ retryable: true })) : Effect.succeed(calls),
              ),
            { retry: { times: 5, schedule: Schedule.spaced("1 second") } },
          ),
        )
        yield* settleFibers
        expect(calls).toBe(1)
        yield* TestClock.adjust("1 second")
        yield* settleFibers
        expect(calls).toBe(2)
        yield* TestClock.adjust("1 second")
        const receipt = yield* Fiber.join(fiber)
        expect(receipt.units[0]).toMatchObject({ status: "succeeded", value: 3, attempts: 3, retryWaitMs: 2000 })
        expect(receipt.units[0]?.history?.map((attempt) => [attempt.attempt, attempt.status])).toEqual([
          [1, "failed"],
          [2, "failed"],
          [3, "succeeded"],
        ])
      }))

    test("does not try again what says that it is not retryable, unless the predicate says so", () =>
      Effect.gen(function* () {
        const failing = () => Effect.fail(new Broken({ retryable: false }))
        const once = yield* Runner.run(planOf("A"), failing, { retry: { times: 3, schedule: Schedule.spaced(0) } })
        expect(once.units[0]).toMatchObject({ status: "failed", attempts: 1 })
        const all = yield* Effect.forkChild(
          Runner.run(planOf("A"), failing, {
            retry: { times: 3, schedule: Schedule.spaced("1 millis"), while: (failure) => failure.tag === "Broken" },
          }),
        )
        for (let i = 0; i < 4; i++) {
          yield* settleFibers
          yield* TestClock.adjust("1 millis")
        }
        expect((yield* Fiber.join(all)).units[0]).toMatchObject({ status: "failed", attempts: 4 })
      }))

    test("gives the slot to others while a unit waits to be tried again", () =>
      Effect.gen(function* () {
        const order: Array<string> = []
        const fiber = yield* Effect.forkChild(
          Runner.run(
            planOf("A", "B"),
            (unit) =>
              Effect.suspend(() => {
                order.push(unit.id)
                return unit.id === "A" && order.length === 1
                  ? Effect.fail(new Broken({ retryable: true }))
                  : Effect.void
              }),
            { concurrency: 1, retry: { times: 1, schedule: Schedule.spaced("1 hour") } },
          ),
        )
        yield* settleFibers
        expect(order).toEqual(["A", "B"])
        yield* TestClock.adjust("1 hour")
        yield* Fiber.join(fiber)
        expect(order).toEqual(["A", "B", "A"])
      }))
  })

  describe("failure policy", () => {
    const failing = (ids: ReadonlyArray<string>) => (unit: { readonly id: string }) =>
      ids.includes(unit.id) ? Effect.fail(new Broken({ retryable: false })) : Effect.succeed(1)

    test("never stops for failures by default", () =>
      Effect.gen(function* () {
        const receipt = yield* Runner.run(planOf("A", "B", "C"), failing(["A", "B"]), { concurrency: 1 })
        expect(receipt.units.map((unit) => unit.status)).toEqual(["failed", "failed", "succeeded"])
      }))
    test("first stops starting after one failure and says why", () =>
      Effect.gen(function* () {
        const receipt = yield* Runner.run(planOf("A", "B", "C"), failing(["B"]), { concurrency: 1, failures: "first" })
        expect(receipt.units.map((unit) => unit.status)).toEqual(["succeeded", "failed", "notStarted"])
        expect(receipt.units[2]?.reason).toContain("stops at the first")
      }))
    test("stopAfter counts failures", () =>
      Effect.gen(function* () {
        const receipt = yield* Runner.run(planOf("A", "B", "C", "D"), failing(["A", "C"]), {
          concurrency: 1,
          failures: { stopAfter: 2 },
        })
        expect(receipt.units.map((unit) => unit.status)).toEqual(["failed", "succeeded", "failed", "notStarted"])
      }))
    test("share counts from a least number of finished units", () =>
      Effect.gen(function* () {
        const receipt = yield* Runner.run(planOf("A", "B", "C", "D", "E"), failing(["A", "B", "D"]), {
          concurrency: 1,
          failures: { share: 0.6, atLeast: 4 },
        })
        expect(receipt.units.map((unit) => unit.status)).toEqual([
          "failed",
          "failed",
          "succeeded",
          "failed",
          "notStarted",
        ])
      }))
  })

  describe("interruption", () => {
    test("a stop lets running units finish and starts no more", () =>
      Effect.gen(function* () {
        const control = yield* Runner.makeControl
        const fiber = yield* Effect.forkChild(
          Runner.run(planOf("A", "B", "C"), () => Effect.as(Effect.sleep("300 millis"), 1), {
            concurrency: 1,
            control,
            grace: "1 second",
          }),
        )
        yield* settleFibers
        yield* TestClock.adjust("300 millis")
        yield* settleFibers
        yield* control.stop
        yield* settleFibers
        yield* TestClock.adjust("300 millis")
        const receipt = yield* Fiber.join(fiber)
        expect(receipt.units.map((unit) => unit.status)).toEqual(["succeeded", "succeeded", "notStarted"])
        expect(receipt.status).toBe("interrupted")
      }))
    test("the grace ends what does not finish", () =>
      Effect.gen(function* () {
        const control = yield* Runner.makeControl
        const fiber = yield* Effect.forkChild(
          Runner.run(planOf("A", "B"), () => Effect.never, { concurrency: 1, control, grace: "1 second" }),
        )
        yield* settleFibers
        yield* control.stop
        yield* settleFibers
        yield* TestClock.adjust("1 second")
        const receipt = yield* Fiber.join(fiber)
        expect(receipt.units.map((unit) => unit.status)).toEqual(["interrupted", "notStarted"])
      }))
    test("a second pull interrupts now and runs finalizers", () =>
      Effect.gen(function* () {
        const control = yield* Runner.makeControl
        let closed = false
        const fiber = yield* Effect.forkChild(
          Runner.run(
            planOf("A"),
            () =>
              Effect.andThen(
                Effect.addFinalizer(() => Effect.sync(() => void (closed = true))),
                Effect.never,
              ),
            { control },
          ),
        )
        yield* settleFibers
        yield* control.stop
        yield* control.interrupt
        const receipt = yield* Fiber.join(fiber)
        expect(closed).toBe(true)
        expect(receipt.units[0]).toMatchObject({ status: "interrupted", failure: { kind: "interrupt" } })
      }))
    test("interrupting the Effect records the interrupted units before it ends", () =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(
          Runner.run(planOf("A", "B"), () => Effect.never, { runId: "r1", concurrency: 1 }),
        )
        yield* settleFibers
        yield* Fiber.interrupt(fiber)
        const ledger = yield* Ledger
        const outcomes = yield* Stream.runCollect(ledger.outcomes("r1"))
        expect(outcomes.map((outcome) => [outcome.id, outcome.status])).toEqual([
          ["A", "interrupted"],
          ["B", "notStarted"],
        ])
      }))
  })

  describe("resume", () => {
    test("reuses what succeeded, runs again what may pass, keeps what cannot", () =>
      Effect.gen(function* () {
        const plan = planOf("OK", "PASSING", "HOPELESS")
        const ran: Array<string> = []
        const work = (again: boolean) => (unit: { readonly id: string }) =>
          Effect.suspend(() => {
            ran.push(unit.id)
            if (unit.id === "OK" || (again && unit.id === "PASSING")) return Effect.succeed(unit.id)
            return Effect.fail(new Broken({ retryable: unit.id === "PASSING" }))
          })
        yield* Runner.run(plan, work(false), { runId: "r1", concurrency: 1 })
        ran.length = 0
        const receipt = yield* Runner.run(plan, work(true), { runId: "r1", concurrency: 1, resume: {} })
        expect(ran).toEqual(["PASSING"])
        expect(receipt.units.map((unit) => [unit.id, unit.status, unit.value, unit.attempts])).toEqual([
          ["OK", "reused", "OK", 1],
          ["PASSING", "succeeded", "PASSING", 2],
          ["HOPELESS", "failed", undefined, 1],
        ])
        expect(receipt.units[2]?.reason).toContain("--retry-failed")
        expect(receipt.sessions).toBe(2)
        ran.length = 0
        const nothing = yield* Effect.flip(Runner.run(plan, work(true), { runId: "r1", resume: {} }))
        expect(nothing).toMatchObject({ reason: { _tag: "NothingToResume" }, exitCode: 10 })
        const reopened = yield* Runner.run(plan, work(true), { runId: "r1", resume: { reopen: true } })
        expect(ran).toEqual([])
        expect([reopened.sessions, reopened.units.map((unit) => unit.status)]).toEqual([
          3,
          ["reused", "reused", "failed"],
        ])
        const forced = yield* Runner.run(plan, work(true), { runId: "r1", resume: { retryFailed: true } })
        expect(ran).toEqual(["HOPELESS"])
        expect(forced.units.map((unit) => unit.status)).toEqual(["reused", "reused", "failed"])
      }))
    test("runs a unit again whose fingerprint changed", () =>
      Effect.gen(function* () {
        const make = (input: number) =>
          Plan.make({
            kind: "test",
            units: [
              { id: "A", input: 1 },
              { id: "B", input },
            ],
          })
        const ran: Array<string> = []
        const work = (unit: { readonly id: string }) => Effect.sync(() => ran.push(unit.id))
        yield* Runner.run(make(1), work, { runId: "r1", concurrency: 1 })
        ran.length = 0
        const receipt = yield* Runner.run(make(2), work, { runId: "r1", resume: {} })
        expect(ran).toEqual(["B"])
        expect(receipt.planHash).toBe(make(2).hash)
      }))
    test("a second run of the same id is refused while the first one lives", () =>
      Effect.gen(function* () {
        const started = yield* Deferred.make<void>()
        const fiber = yield* Effect.forkChild(
          Runner.run(planOf("A"), () => Effect.andThen(Deferred.succeed(started, undefined), Effect.never), {
            runId: "r1",
          }),
        )
        yield* Deferred.await(started)
        const error = yield* Effect.flip(Runner.run(planOf("A"), () => Effect.void, { runId: "r1", resume: {} }))
        expect(error).toMatchObject({ _tag: "LedgerError", reason: { _tag: "LeaseHeld" }, exitCode: 11 })
        yield* Fiber.interrupt(fiber)
      }))
  })

  describe("values", () => {
    test("a value that is not JSON fails its unit and names the place", () =>
      Effect.gen(function* () {
        const values: Record<string, unknown> = {
          nan: { a: [1, Number.NaN] },
          date: new Date(0),
          bigint: 1n,
          fn: () => 1,
          map: new Map(),
          nothing: undefined,
          ok: { a: [1, "x", null, true, { b: 2.5 }] },
        }
        const receipt = yield* Runner.run(planOf(...Object.keys(values)), (unit) => Effect.succeed(values[unit.id]))
        expect(receipt.units.map((unit) => [unit.id, unit.status, unit.failure?.tag])).toEqual([
          ["nan", "failed", "ValueNotJson"],
          ["date", "failed", "ValueNotJson"],
          ["bigint", "failed", "ValueNotJson"],
          ["fn", "failed", "ValueNotJson"],
          ["map", "failed", "ValueNotJson"],
          ["nothing", "succeeded", undefined],
          ["ok", "succeeded", undefined],
        ])
        expect(receipt.units[0]?.failure?.message).toContain("a[1]")
      }))
    test("a schema encodes values for the receipt and the ledger", () =>
      Effect.gen(function* () {
        const receipt = yield* Runner.run(planOf("A"), () => Effect.succeed(new Date(0)), {
          value: Schema.DateFromString,
        })
        expect(receipt.units[0]?.value).toBe("1970-01-01T00:00:00.000Z")
      }))
    test("a sink takes the values, and a unit is finished only after it", () =>
      Effect.gen(function* () {
        const written: Array<readonly [string, number]> = []
        const receipt = yield* Runner.run(numbered(5), (unit) => Effect.succeed(Number(unit.input)), {
          concurrency: 1,
          sink: {
            write: (unit, value) => Effect.sync(() => void written.push([unit.id, value])),
            finish: Effect.succeed([{ path: "values.jsonl", bytes: 1, sha256: "00" }]),
          },
        })
        expect(written).toEqual([
          ["u0", 0],
          ["u1", 1],
          ["u2", 2],
          ["u3", 3],
          ["u4", 4],
        ])
        expect(receipt.units).toEqual([])
        expect(receipt.counts.succeeded).toBe(5)
        expect(receipt.artifacts).toEqual([{ path: "values.jsonl", bytes: 1, sha256: "00" }])
      }))
    test("a sink that fails stops the run with its reason", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          Runner.run(numbered(5), () => Effect.succeed(1), {
            sink: { write: () => Effect.fail({ message: "disk full" }), finish: Effect.succeed([]) },
          }),
        )
        expect(error).toMatchObject({ reason: { _tag: "SinkFailed", problem: "disk full" } })
      }))
  })

  test("a unit draws the same numbers at any concurrency and in any order", () =>
    Effect.gen(function* () {
      const draw = (concurrency: number) =>
        Effect.map(
          Runner.run(
            numbered(40),
            () =>
              Effect.all([Random.next, Effect.andThen(Effect.yieldNow, Random.next), Random.nextIntBetween(0, 1000)]),
            { concurrency, seed: "seed" },
          ),
          (receipt) => receipt.units.map((unit) => unit.value),
        )
      const one = yield* draw(1)
      expect(yield* draw(2)).toEqual(one)
      expect(yield* draw(8)).toEqual(one)
      expect(new Set(one.map((value) => JSON.stringify(value))).size).toBe(40)
    }))

  test("annotates a unit's logs with the run and the unit, and takes secrets out of them", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const secrets = makeSecrets()
      secrets.register(Redacted.make("KEY-1234"))
      const capture = Logger.make((options) => {
        lines.push(Logger.formatJson.log(options))
      })
      yield* Runner.run(
        planOf("A"),
        () => Effect.log("with KEY-1234", { deep: ["KEY-1234"] }).pipe(Effect.annotateLogs({ header: "KEY-1234" })),
        { runId: "r1" },
      ).pipe(Effect.provide(Logger.layer([capture])), Effect.provideService(Secrets, secrets))
      expect(lines).toHaveLength(1)
      expect(lines[0]).toContain('"unit":"A"')
      expect(lines[0]).toContain('"runId":"r1"')
      expect(lines[0]).not.toContain("KEY-1234")
    }))

  test("keeps secrets out of the receipt and the ledger", () =>
    Effect.gen(function* () {
      const secrets = makeSecrets()
      secrets.register(Redacted.make("SEC-5678"))
      const receipt = yield* Runner.run(
        planOf("A", "B"),
        (unit) =>
          Effect.andThen(
            CurrentUnit.note("request", { header: "SEC-5678" }),
            unit.id === "A" ? Effect.succeed({ echoed: "key SEC-5678" }) : Effect.die(new Error("SEC-5678")),
          ),
        { runId: "r1" },
      ).pipe(Effect.provideService(Secrets, secrets))
      const ledger = yield* Ledger
      const stored = yield* Stream.runCollect(ledger.events("r1"))
      expect(JSON.stringify([receipt, stored])).not.toContain("SEC-5678")
    }))

  describe("budgets", () => {
    const budgeted = (...caps: ReadonlyArray<number>) =>
      Plan.make({ kind: "test", units: caps.map((usd, i) => ({ id: `u${i}`, budgets: { usd } })) })

    test("what does not fit is skipped with the reason, and the budget is never exceeded", () =>
      Effect.gen(function* () {
        const receipt = yield* Runner.run(budgeted(4, 4, 4, 1), () => Effect.void, {
          budgets: { usd: 10 },
          concurrency: 4,
        })
        expect(receipt.units.map((unit) => unit.status)).toEqual(["succeeded", "succeeded", "skipped", "succeeded"])
        expect(receipt.units[2]?.reason).toContain("usd")
        expect(receipt.budgets).toEqual([{ name: "usd", cap: 10, spent: 9, overrun: false }])
      }))
    test("a unit waits for what others may give back", () =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(
          Runner.run(budgeted(6, 6), () => Effect.andThen(Effect.sleep("1 second"), CurrentUnit.spend("usd", 2)), {
            budgets: { usd: 10 },
            concurrency: 2,
          }),
        )
        yield* settleFibers
        yield* TestClock.adjust("1 second")
        yield* settleFibers
        yield* TestClock.adjust("1 second")
        const receipt = yield* Fiber.join(fiber)
        expect(receipt.units.map((unit) => [unit.status, unit.spent, unit.limitWaitMs])).toEqual([
          ["succeeded", { usd: 2 }, 0],
          ["succeeded", { usd: 2 }, 1000],
        ])
      }))
    test("a unit without a cap is refused before anything starts", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Runner.run(planOf("A"), () => Effect.void, { budgets: { usd: 1 } }))
        expect(error).toMatchObject({ reason: { _tag: "BudgetUndeclared", budget: "usd", unit: "A" } })
      }))
    test("what was spent before counts after a resume", () =>
      Effect.gen(function* () {
        const work = (unit: { readonly id: string }) =>
          Effect.andThen(
            CurrentUnit.spend("usd", 3),
            unit.id === "u0" ? Effect.fail(new Broken({ retryable: true })) : Effect.void,
          )
        yield* Runner.run(budgeted(3, 3), work, { runId: "r1", budgets: { usd: 8 }, concurrency: 1 })
        const receipt = yield* Runner.run(budgeted(3, 3), work, { runId: "r1", budgets: { usd: 8 }, resume: {} })
        expect(receipt.units.map((unit) => unit.status)).toEqual(["failed", "reused"])
        expect(receipt.units[0]?.reason).toContain("not tried again: it may need 3 of the budget usd")
      }))
  })
})

describe("Runner.events", () => {
  test("tells the run from runStarted to runFinished, and counts reconcile", () =>
    Effect.gen(function* () {
      const live = yield* Stream.runCollect(
        Runner.events(
          planOf("A", "B"),
          (unit) => Effect.andThen(CurrentUnit.note("page", { page: 0 }), Effect.succeed(unit.id)),
          {
            concurrency: 1,
          },
        ),
      )
      expect(live.map(({ event }) => event.type)).toEqual([
        "runStarted",
        "unitStarted",
        "unitNoted",
        "unitFinished",
        "unitStarted",
        "unitNoted",
        "unitFinished",
        "runFinished",
      ])
      const last = live.at(-1)?.event
      expect(last?.type === "runFinished" && last.counts.succeeded).toBe(2)
    }))
  test("a slow reader holds the run back within a bound", () =>
    Effect.gen(function* () {
      let started = 0
      let most = 0
      let read = 0
      yield* Runner.events(numbered(5_000), () => Effect.sync(() => void started++), { concurrency: 4 }).pipe(
        Stream.runForEach((live) =>
          Effect.sync(() => {
            if (live.event.type === "unitFinished") read++
            most = Math.max(most, started - read)
          }),
        ),
      )
      expect(read).toBe(5_000)
      expect(most).toBeLessThanOrEqual(Runner.eventsPendingMax)
    }))
  test("fails with what the run fails with", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(
        Stream.runDrain(Runner.events(planOf("A"), () => Effect.void, { concurrency: 0 })),
      )
      expect(Exit.isFailure(exit) && Cause.hasFails(exit.cause)).toBe(true)
    }))
})

describe("plans of many trivial units", () => {
  it.live("do not starve timers", () =>
    Effect.gen(function* () {
      let ticks = 0
      const ticking = yield* Effect.forkChild(
        Effect.forever(
          Effect.andThen(
            Effect.sleep(Duration.millis(1)),
            Effect.sync(() => ticks++),
          ),
        ),
      )
      yield* Runner.run(numbered(50_000), (unit) => Effect.promise(() => Promise.resolve(unit.input)), {
        concurrency: 8,
      })
      yield* Fiber.interrupt(ticking)
      expect(ticks).toBeGreaterThan(1)
    }).pipe(Effect.provide(Layer.mergeAll(LedgerMemory.layer()))),
  )
})

export type { RunEvent }
