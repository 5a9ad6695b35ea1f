import { describe, expect, expectTypeOf, it } from "@effect/vitest"
import {
  Cause,
  Clock,
  Context,
  Deferred,
  Effect,
  Exit,
  Fiber,
  Layer,
  Schedule,
  Schema,
  SchemaGetter,
  type Scope,
  Stream,
} from "effect"
import { TestClock } from "effect/testing"
import * as CurrentUnit from "../src/CurrentUnit.ts"
import { Ledger } from "../src/Ledger.ts"
import * as LedgerMemory from "../src/LedgerMemory.ts"
import * as Plan from "../src/Plan.ts"
import type { Receipt } from "../src/Receipt.ts"
import * as Runner from "../src/Runner.ts"
import { drive, driven, turns } from "./drive.ts"
import { lateLedger } from "./lateLedger.ts"

const planOf = (...ids: ReadonlyArray<string>) => Plan.make({ kind: "test", units: ids.map((id) => ({ id })) })

class Passing extends Schema.TaggedError<Passing>()("Passing", {}) {
  readonly retryable = true
  override get message(): string {
    return "it may pass"
  }
}

const ledgers = {
  "a ledger that commits at once": () => LedgerMemory.layer(),
  "a ledger that commits late": () => Layer.sync(Ledger, () => Ledger.of(lateLedger().ledger)),
}

for (const [name, layer] of Object.entries(ledgers)) {
  const test = <A, E>(claim: string, body: () => Effect.Effect<A, E, Ledger>) =>
    it.effect(claim, () => body().pipe(Effect.provide(layer())))

  describe(`hostile units, ${name}`, () => {
    test("a finalizer that never ends loses its slot to a stop", () =>
      Effect.gen(function* () {
        const control = yield* Runner.makeControl
        const fiber = yield* Effect.forkDetach(
          Runner.run(
            planOf("A", "B"),
            () =>
              Effect.as(
                Effect.addFinalizer(() => Effect.never),
                1,
              ),
            {
              control,
              concurrency: 1,
              grace: "1 second",
            },
          ),
        )
        yield* turns()
        yield* control.stop
        const receipt = yield* drive(fiber)
        expect(receipt.units.map((unit) => unit.status)).toEqual(["interrupted", "notStarted"])
        expect(receipt.units[0]?.failure?.message).toContain("abandoned")
      }))

    test("a finalizer that never ends loses its slot to the time-out of its try", () =>
      Effect.gen(function* () {
        const receipt = yield* driven(
          Runner.run(
            planOf("A", "B"),
            (unit) => (unit.id === "A" ? Effect.addFinalizer(() => Effect.never) : Effect.succeed(2)),
            { concurrency: 1, timeout: "1 second" },
          ),
        )
        expect(receipt.units.map((unit) => unit.status)).toEqual(["timedOut", "succeeded"])
      }))

    test("what the work and its finalizer say is both kept", () =>
      Effect.gen(function* () {
        const receipt = yield* driven(
          Runner.run(planOf("A"), () =>
            Effect.andThen(
              Effect.addFinalizer(() => Effect.die(new Error("the file did not close"))),
              Effect.fail(new Passing()),
            ),
          ),
        )
        const failure = receipt.units[0]?.failure
        expect([failure?.kind, failure?.tag]).toEqual(["error", "Passing"])
        expect(failure?.causes?.map((cause) => [cause.kind, cause.message])).toEqual([
          ["defect", "the file did not close"],
        ])
      }))

    test("a finalizer that fails fails its unit", () =>
      Effect.gen(function* () {
        const receipt = yield* driven(
          Runner.run(planOf("A"), () =>
            Effect.as(
              Effect.addFinalizer(() => Effect.die(new Error("the file did not close"))),
              1,
            ),
          ),
        )
        expect(receipt.units[0]).toMatchObject({
          status: "failed",
          failure: { kind: "defect", message: "the file did not close" },
        })
      }))

    test("the scope of a unit is closed before its outcome is recorded", () =>
      Effect.gen(function* () {
        const order: Array<string> = []
        yield* driven(
          Runner.run(
            planOf("A"),
            () =>
              Effect.addFinalizer(() =>
                Effect.andThen(
                  Effect.sleep("1 second"),
                  Effect.sync(() => order.push("closed")),
                ),
              ),
            { observers: [(event) => order.push(event.type)] },
          ),
        )
        expect(order).toEqual(["runStarted", "unitStarted", "closed", "unitFinished", "runFinished"])
      }))

    test("a try that was abandoned and ends late does not end the next one", () =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        const closed: Array<number> = []
        let tries = 0
        const fiber = yield* Effect.forkDetach(
          Runner.run(
            planOf("A"),
            () =>
              Effect.suspend(() => {
                const mine = ++tries
                const scoped = Effect.addFinalizer(() => Effect.sync(() => closed.push(mine)))
                return mine === 1
                  ? Effect.andThen(scoped, Effect.as(Effect.uninterruptible(Deferred.await(gate)), "late"))
                  : Effect.andThen(scoped, Effect.as(Effect.sleep("5 seconds"), "second"))
              }),
            { timeout: "6 seconds", retry: { times: 1, schedule: Schedule.spaced("1 second") } },
          ),
        )
        // Times out at 6 s, is abandoned at 11 s, the second try begins at 12 s.
        for (let i = 0; i < 13; i++) {
          yield* turns()
          yield* TestClock.adjust("1 second")
        }
        yield* turns()
        expect(tries).toBe(2)
        yield* Deferred.succeed(gate, undefined)
        yield* turns()
        expect(closed).toEqual([1])
        const receipt = yield* drive(fiber)
        expect(closed).toEqual([1, 2])
        expect(receipt.units[0]).toMatchObject({ status: "succeeded", value: "second", attempts: 2 })
      }))

    test("each try has the whole time to stop", () =>
      Effect.gen(function* () {
        let tries = 0
        const receipt = yield* driven(
          Runner.run(
            planOf("A"),
            () =>
              Effect.suspend(() => {
                tries++
                // The second try needs 4 s to clean up: within the 5 s that it has.
                return Effect.onInterrupt(Effect.never, () => (tries === 2 ? Effect.sleep("4 seconds") : Effect.void))
              }),
            { timeout: "1 second", retry: { times: 1, schedule: Schedule.spaced("1 second") } },
          ),
        )
        expect(tries).toBe(2)
        expect(receipt.units[0]?.status).toBe("timedOut")
        expect(receipt.units[0]?.failure?.message).not.toContain("abandoned")
      }))

    test("a wait that an earlier try left open does not touch the times of the next", () =>
      Effect.gen(function* () {
        let end = () => {}
        let tries = 0
        const receipt = yield* driven(
          Runner.run(
            planOf("A"),
            () =>
              Effect.gen(function* () {
                const current = yield* CurrentUnit.CurrentUnit
                if (++tries === 1) {
                  end = current.beginWait("limit")
                  return yield* new Passing()
                }
                end()
                yield* CurrentUnit.waiting("limit")(Effect.sleep("2 seconds"))
              }),
            { retry: { times: 1, schedule: Schedule.spaced("1 second") } },
          ),
        )
        expect(receipt.units[0]).toMatchObject({ limitWaitMs: 2_000, retryWaitMs: 1_000, runMs: 0 })
      }))

    const values: Record<string, unknown> = {
      "a getter that throws": Object.defineProperty({}, "x", {
        enumerable: true,
        get: () => {
          throw new Error("no")
        },
      }),
      "a proxy that refuses": new Proxy(
        {},
        {
          getPrototypeOf: () => {
            throw new Error("no")
          },
          ownKeys: () => {
            throw new Error("no")
          },
        },
      ),
    }
    for (const [what, value] of Object.entries(values)) {
      test(`${what} fails its unit only`, () =>
        Effect.gen(function* () {
          const receipt = yield* driven(
            Runner.run(planOf("A", "B"), (unit) => Effect.succeed(unit.id === "A" ? value : 1), { concurrency: 1 }),
          )
          expect(receipt.units.map((unit) => [unit.status, unit.failure?.tag])).toEqual([
            ["failed", "ValueNotJson"],
            ["succeeded", undefined],
          ])
        }))
    }

    test("a value that is changed after it was returned is recorded as it was returned", () =>
      Effect.gen(function* () {
        const shared = { n: 0, list: [0] }
        const receipt = yield* driven(
          Runner.run(
            planOf("A", "B"),
            () =>
              Effect.sync(() => {
                shared.n++
                shared.list[0] = shared.n * 10
                return shared
              }),
            { concurrency: 1 },
          ),
        )
        expect(receipt.units.map((unit) => unit.value)).toEqual([
          { n: 1, list: [10] },
          { n: 2, list: [20] },
        ])
      }))

    test("a getter gives one value, whoever reads it and how often", () =>
      Effect.gen(function* () {
        let reads = 0
        const receipt = yield* driven(
          Runner.run(planOf("A"), () =>
            Effect.succeed({
              get n(): number {
                return ++reads === 1 ? 1 : Number.NaN
              },
            }),
          ),
        )
        expect(JSON.stringify(receipt.units[0]?.value)).toBe('{"n":1}')
      }))

    test("a codec that throws fails its unit only", () =>
      Effect.gen(function* () {
        const throwing = Schema.String.pipe(
          Schema.decodeTo(Schema.Finite, {
            decode: SchemaGetter.transform((text: string) => Number(text)),
            encode: SchemaGetter.transform((value: number): string => {
              if (value === 1) throw new Error("no text for 1")
              return String(value)
            }),
          }),
        )
        const receipt = yield* driven(
          Runner.run(planOf("A", "B"), (unit) => Effect.succeed(unit.id === "A" ? 1 : 2), { value: throwing }),
        )
        expect(receipt.units.map((unit) => [unit.status, unit.failure?.tag, unit.value])).toEqual([
          ["failed", "ValueInvalid", undefined],
          ["succeeded", undefined, "2"],
        ])
      }))

    test("work that returns a proxy that refuses every question fails its unit only", () =>
      Effect.gen(function* () {
        const refuse = () => {
          throw new Error("no")
        }
        const proxy = new Proxy({}, { has: refuse, get: refuse, getPrototypeOf: refuse })
        const receipt = yield* driven(
          // JavaScript callers can return anything.
          Runner.run(planOf("A", "B"), (unit) => (unit.id === "A" ? (proxy as never) : Effect.succeed(1))),
        )
        expect(receipt.units.map((unit) => unit.status)).toEqual(["failed", "succeeded"])
      }))

    test("work that interrupts itself is interrupted, alone, and not tried again", () =>
      Effect.gen(function* () {
        const receipt = yield* driven(
          Runner.run(planOf("A", "B"), (unit) => (unit.id === "A" ? Effect.interrupt : Effect.succeed(1)), {
            retry: { times: 3, while: () => true },
          }),
        )
        expect(receipt.units.map((unit) => [unit.status, unit.attempts])).toEqual([
          ["interrupted", 1],
          ["succeeded", 1],
        ])
        expect(receipt.status).toBe("partial")
      }))

    test("an amount that is no amount fails the unit instead of vanishing", () =>
      Effect.gen(function* () {
        const amounts = [Number.POSITIVE_INFINITY, Number.NaN, -1]
        const receipt = yield* driven(
          Runner.run(
            Plan.make({ kind: "test", units: amounts.map((_, i) => ({ id: `u${i}`, input: i, budgets: { usd: 1 } })) }),
            (unit) => CurrentUnit.spend("usd", amounts[Number(unit.input)] ?? 0),
            { budgets: { usd: 10 } },
          ),
        )
        expect(receipt.units.map((unit) => [unit.status, unit.failure?.kind, unit.spent])).toEqual(
          amounts.map(() => ["failed", "defect", { usd: 1 }]),
        )
        expect(receipt.budgets).toEqual([{ name: "usd", cap: 10, spent: 3, overrun: false }])
      }))

    test("an abandoned unit counts with all that it may still spend", () =>
      Effect.gen(function* () {
        const receipt = yield* driven(
          Runner.run(
            Plan.make({ kind: "test", units: [{ id: "A", budgets: { usd: 5 } }] }),
            () => Effect.andThen(CurrentUnit.spend("usd", 1), Effect.uninterruptible(Effect.never)),
            { budgets: { usd: 10 }, timeout: "1 second" },
          ),
        )
        expect(receipt.units[0]).toMatchObject({ status: "timedOut", spent: { usd: 5 } })
        expect(receipt.budgets).toMatchObject([{ spent: 5 }])
      }))

    test("spends and notes of what a unit left running are not taken after its end", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const receipt = yield* driven(
          Runner.run(
            Plan.make({ kind: "test", units: [{ id: "A", budgets: { usd: 5 } }] }),
            () =>
              Effect.andThen(
                CurrentUnit.spend("usd", 1),
                Effect.forkDetach(
                  Effect.sleep("1 second").pipe(
                    Effect.andThen(CurrentUnit.note("late", 1)),
                    Effect.andThen(CurrentUnit.spend("usd", 3)),
                  ),
                ),
              ).pipe(Effect.asVoid),
            { budgets: { usd: 10 }, runId: "r1" },
          ),
        )
        yield* TestClock.adjust("2 seconds")
        yield* turns()
        expect(receipt.units[0]?.spent).toEqual({ usd: 1 })
        const stored = yield* Stream.runCollect(ledger.events("r1"))
        expect(stored.map(({ event }) => event.type)).not.toContain("unitNoted")
      }))

    test("an observer that throws is not called again and harms nothing", () =>
      Effect.gen(function* () {
        let calls = 0
        const seen: Array<string> = []
        const receipt = yield* driven(
          Runner.run(planOf("A", "B"), () => Effect.succeed(1), {
            observers: [
              () => {
                calls++
                throw new Error("a printer broke")
              },
              (event) => seen.push(event.type),
            ],
          }),
        )
        expect(receipt.status).toBe("succeeded")
        expect(calls).toBe(1)
        expect(seen.filter((type) => type === "unitFinished")).toHaveLength(2)
      }))
  })

  describe(`retries, ${name}`, () => {
    test("a predicate that throws is no yes, and what it threw stands beside the failure", () =>
      Effect.gen(function* () {
        const receipt = yield* driven(
          Runner.run(planOf("A"), () => Effect.fail(new Passing()), {
            retry: {
              times: 3,
              while: () => {
                throw new Error("a bug in the predicate")
              },
            },
          }),
        )
        expect(receipt.units[0]).toMatchObject({ status: "failed", attempts: 1, failure: { tag: "Passing" } })
        expect(receipt.units[0]?.failure?.causes).toMatchObject([{ kind: "defect", message: "a bug in the predicate" }])
      }))

    test("a schedule that throws ends the tries, and what it threw stands beside the failure", () =>
      Effect.gen(function* () {
        const schedule = Schedule.modifyDelay(Schedule.spaced("1 second"), () => {
          throw new Error("a bug in the schedule")
        })
        const receipt = yield* driven(
          Runner.run(planOf("A"), () => Effect.fail(new Passing()), { retry: { times: 3, schedule } }),
        )
        expect(receipt.units[0]).toMatchObject({ status: "failed", attempts: 1, failure: { tag: "Passing" } })
        expect(receipt.units[0]?.failure?.causes).toMatchObject([{ kind: "defect", message: "a bug in the schedule" }])
      }))

    test("a schedule that ends, ends the tries", () =>
      Effect.gen(function* () {
        const receipt = yield* driven(
          Runner.run(planOf("A"), () => Effect.fail(new Passing()), {
            retry: { times: 9, schedule: Schedule.recurs(2) },
          }),
        )
        expect(receipt.units[0]).toMatchObject({ status: "failed", attempts: 3 })
        expect(receipt.units[0]?.failure).not.toHaveProperty("causes")
      }))

    test("a schedule that never answers does not outlive a stop", () =>
      Effect.gen(function* () {
        const control = yield* Runner.makeControl
        const schedule = Schedule.modifyDelay(Schedule.spaced("1 second"), () => Effect.never)
        const fiber = yield* Effect.forkDetach(
          Runner.run(planOf("A"), () => Effect.fail(new Passing()), {
            retry: { times: 3, schedule },
            control,
            grace: "1 second",
          }),
        )
        yield* turns()
        yield* control.stop
        const receipt = yield* drive(fiber)
        expect(receipt.units[0]?.failure?.tag).toBe("Passing")
      }))

    test("a thousand tries without a delay neither overflow the stack nor starve the others", () =>
      Effect.gen(function* () {
        let tries = 0
        const triesWhenDone: Array<number> = []
        const receipt = yield* driven(
          Runner.run(
            planOf("FAILING", "B", "C"),
            (unit) =>
              Effect.suspend(() => {
                if (unit.id === "FAILING") {
                  tries++
                  return Effect.fail(new Passing())
                }
                triesWhenDone.push(tries)
                return Effect.succeed(1)
              }),
            { concurrency: 1, retry: { times: 1_000, schedule: Schedule.forever } },
          ),
          1,
          3_000,
        )
        expect(receipt.units.map((unit) => [unit.status, unit.attempts])).toEqual([
          ["failed", 1_001],
          ["succeeded", 1],
          ["succeeded", 1],
        ])
        expect(receipt.units[0]?.history).toHaveLength(100)
        expect(Math.max(...triesWhenDone)).toBeLessThan(1_000)
      }))
  })

  describe(`sinks, ${name}`, () => {
    test("a sink that never takes a value does not outlive the deadline, and its unit is not recorded as done", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const error = yield* Effect.flip(
          driven(
            Runner.run(planOf("A", "B"), () => Effect.succeed(1), {
              runId: "r1",
              concurrency: 1,
              deadline: "1 second",
              sink: { write: () => Effect.never, finish: Effect.succeed([]) },
            }),
          ),
        )
        expect(error).toMatchObject({ reason: { _tag: "SinkFailed" } })
        const outcomes = yield* Stream.runCollect(ledger.outcomes("r1"))
        expect(outcomes.map((outcome) => outcome.status)).not.toContain("succeeded")
      }))

    test("a value that the sink is taking when the run is stopped is taken once and recorded", () =>
      Effect.gen(function* () {
        const written: Array<string> = []
        const control = yield* Runner.makeControl
        const fiber = yield* Effect.forkDetach(
          Runner.run(planOf("A", "B"), () => Effect.succeed(1), {
            runId: "r1",
            concurrency: 1,
            control,
            sink: {
              write: (unit) =>
                Effect.andThen(
                  Effect.sleep("2 seconds"),
                  Effect.sync(() => written.push(unit.id)),
                ),
              finish: Effect.succeed([]),
            },
          }),
        )
        yield* turns()
        yield* TestClock.adjust("1 second")
        yield* control.interrupt
        const receipt = yield* drive(fiber)
        expect(written).toEqual(["A"])
        expect(receipt.counts).toMatchObject({ succeeded: 1, notStarted: 1 })
      }))

    test("a sink that dies stops the run with its reason, and resume runs the unit again", () =>
      Effect.gen(function* () {
        const written: Array<string> = []
        const sink = (broken: boolean) => ({
          write: (unit: { readonly id: string }) =>
            broken && unit.id === "B"
              ? Effect.die(new Error("the pipe broke"))
              : Effect.sync(() => void written.push(unit.id)),
          finish: Effect.succeed([]),
        })
        const options = { runId: "r1", concurrency: 1 }
        const error = yield* Effect.flip(
          driven(Runner.run(planOf("A", "B", "C"), () => Effect.succeed(1), { ...options, sink: sink(true) })),
        )
        expect(error).toMatchObject({ reason: { _tag: "SinkFailed", problem: "the pipe broke" } })
        const receipt = yield* driven(
          Runner.run(planOf("A", "B", "C"), () => Effect.succeed(1), { ...options, sink: sink(false), resume: {} }),
        )
        expect(written).toEqual(["A", "B", "C"])
        expect(receipt.counts).toMatchObject({ reused: 1, succeeded: 2 })
      }))

    test("a sink that cannot finish leaves the run unfinished, and resume finishes it", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const sink = (
          finish: Effect.Effect<ReadonlyArray<{ path: string; bytes: number; sha256: string }>, { message: string }>,
        ) => ({
          write: () => Effect.void,
          finish,
        })
        const error = yield* Effect.flip(
          driven(
            Runner.run(planOf("A"), () => Effect.succeed(1), {
              runId: "r1",
              sink: sink(Effect.fail({ message: "disk full" })),
            }),
          ),
        )
        expect(error).toMatchObject({ reason: { _tag: "SinkFailed", problem: "disk full" } })
        expect((yield* ledger.getRun("r1")).state).toBe("unfinished")
        const receipt = yield* driven(
          Runner.run(planOf("A"), () => Effect.succeed(1), {
            runId: "r1",
            resume: {},
            sink: sink(Effect.succeed([{ path: "v", bytes: 1, sha256: "00" }])),
          }),
        )
        expect(receipt.status).toBe("succeeded")
        expect(receipt.artifacts).toHaveLength(1)
      }))

    test("a sink takes what is recorded: the encoded value", () =>
      Effect.gen(function* () {
        const taken: Array<string> = []
        yield* driven(
          Runner.run(planOf("A"), () => Effect.succeed(new Date(0)), {
            value: Schema.DateFromString,
            sink: {
              write: (_unit, value: string) => Effect.sync(() => void taken.push(value)),
              finish: Effect.succeed([]),
            },
          }),
        )
        expect(taken).toEqual(["1970-01-01T00:00:00.000Z"])
      }))
  })

  describe(`stopping, ${name}`, () => {
    test("a control that was pulled before starts nothing and is let go", () =>
      Effect.gen(function* () {
        const control = yield* Runner.makeControl
        yield* control.stop
        let listeners = 0
        let ran = 0
        const receipt = yield* driven(
          Runner.run(planOf("A", "B"), () => Effect.sync(() => ran++), {
            control: {
              ...control,
              subscribe: (listener) => {
                listeners++
                const end = control.subscribe(listener)
                return () => {
                  listeners--
                  end()
                }
              },
            },
          }),
        )
        expect(ran).toBe(0)
        expect(listeners).toBe(0)
        expect(receipt.units.map((unit) => unit.status)).toEqual(["notStarted", "notStarted"])
        expect(receipt.status).toBe("interrupted")
      }))

    test("the deadline ends a grace that is longer", () =>
      Effect.gen(function* () {
        const control = yield* Runner.makeControl
        const fiber = yield* Effect.forkDetach(
          Runner.run(planOf("A"), () => Effect.never, { control, grace: "1 hour", deadline: "10 seconds" }),
        )
        yield* turns()
        yield* control.stop
        const receipt = yield* drive(fiber, 1_000, 30)
        expect(receipt.units[0]?.status).toBe("timedOut")
        expect(receipt.units[0]?.failure?.message).toContain("deadline")
        expect(receipt.status).toBe("interrupted")
      }))

    test("a run that breaks while a unit waits to be tried again ends", () =>
      Effect.gen(function* () {
        const tries: Record<string, number> = {}
        const exit = yield* Effect.exit(
          driven(
            Runner.run(
              planOf("R", "S"),
              (unit) =>
                Effect.suspend(() => {
                  tries[unit.id] = (tries[unit.id] ?? 0) + 1
                  // R fails at once and is ready again after 1 s, while S holds the only slot until 3 s.
                  if (unit.id === "R") return Effect.fail(new Passing())
                  return Effect.as(Effect.sleep("3 seconds"), 1)
                }),
              {
                concurrency: 1,
                retry: { times: 5, schedule: Schedule.spaced("1 second") },
                sink: { write: () => Effect.fail({ message: "full" }), finish: Effect.succeed([]) },
              },
            ),
          ),
        )
        expect(Exit.isFailure(exit) && Cause.squash(exit.cause)).toMatchObject({ reason: { _tag: "SinkFailed" } })
      }))

    test("interrupting the run while the sink finishes waits for it, within a bound", () =>
      Effect.gen(function* () {
        const order: Array<string> = []
        const fiber = yield* Effect.forkDetach(
          Runner.run(planOf("A"), () => Effect.succeed(1), {
            sink: {
              write: () => Effect.void,
              finish: Effect.as(
                Effect.andThen(
                  Effect.sleep("2 seconds"),
                  Effect.sync(() => order.push("finished")),
                ),
                [],
              ),
            },
          }),
        )
        yield* turns()
        yield* TestClock.adjust("1 second")
        const stopping = yield* Effect.forkDetach(
          Effect.andThen(
            Fiber.interrupt(fiber),
            Effect.sync(() => order.push("over")),
          ),
        )
        yield* drive(stopping)
        expect(order).toEqual(["finished", "over"])
      }))

    test("a sink that never finishes does not outlive the interruption", () =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkDetach(
          Runner.run(planOf("A"), () => Effect.succeed(1), {
            sink: { write: () => Effect.void, finish: Effect.never },
          }),
        )
        yield* turns()
        yield* drive(yield* Effect.forkDetach(Fiber.interrupt(fiber)))
      }))
  })
}

describe("options", () => {
  const wrong: Record<string, unknown> = {
    "a failure policy of no known name": { failures: "nonsense" },
    "a failure policy with a bigint": { failures: { stopAfter: 1n } },
    "a cyclic failure policy": {
      failures: (() => {
        const cyclic: Record<string, unknown> = { share: 2 }
        cyclic["self"] = cyclic
        return cyclic
      })(),
    },
    "a concurrency that is an object without a text": { concurrency: Object.create(null) },
  }
  for (const [what, options] of Object.entries(wrong)) {
    it.effect(`${what} is a typed error`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          // What a JavaScript caller or a configuration file may give.
          Runner.run(planOf("A"), () => Effect.void, options as Runner.RunOptions<void>),
        )
        expect(error).toMatchObject({ _tag: "RunnerError", reason: { _tag: "InvalidOption" } })
      }).pipe(Effect.provide(LedgerMemory.layer())),
    )
  }
})

describe("interrupting a run", () => {
  for (const step of ["createRun", "openWriter", "getRun", "unitStates"] as const) {
    it.effect(`during ${step} ends it, gives the lease back, and the run can be taken up again`, () =>
      Effect.gen(function* () {
        const ledger = LedgerMemory.make()
        const resume = step === "getRun" || step === "unitStates"
        if (resume) {
          const first = Runner.run(planOf("A"), () => Effect.fail(new Passing()), { runId: "r1" })
          yield* first.pipe(Effect.provideService(Ledger, ledger))
        }
        const hanging = {
          ...ledger,
          ...(step === "createRun"
            ? {
                createRun: (...all: Parameters<typeof ledger.createRun>) =>
                  Effect.andThen(ledger.createRun(...all), Effect.never),
              }
            : step === "openWriter"
              ? {
                  openWriter: (...all: Parameters<typeof ledger.openWriter>) =>
                    Effect.andThen(ledger.openWriter(...all), Effect.never),
                }
              : step === "getRun"
                ? { getRun: () => Effect.never }
                : { unitStates: () => Stream.never }),
        }
        const fiber = yield* Effect.forkDetach(
          Runner.run(planOf("A"), () => Effect.succeed(1), { runId: "r1", ...(resume ? { resume: {} } : {}) }).pipe(
            Effect.provideService(Ledger, hanging),
          ),
        )
        yield* turns()
        yield* Fiber.interrupt(fiber)
        expect(yield* ledger.leases.inspect("run:r1")).toBeUndefined()
        const receipt = yield* Runner.run(planOf("A"), () => Effect.succeed(1), { runId: "r1", resume: {} }).pipe(
          Effect.provideService(Ledger, ledger),
        )
        expect(receipt.status).toBe("succeeded")
      }),
    )
  }

  it.live("calls the cleanup of callbacks, aborts promises, and leaves no rejection unhandled", () =>
    Effect.gen(function* () {
      const unhandled: Array<unknown> = []
      const listen = (error: unknown) => unhandled.push(error)
      process.on("unhandledRejection", listen)
      const ended: Array<string> = []
      const receipt = yield* Runner.run(
        planOf("CALLBACK", "PROMISE"),
        (unit) =>
          unit.id === "CALLBACK"
            ? Effect.callback<never>(() => Effect.sync(() => ended.push("callback")))
            : Effect.promise(
                (signal) =>
                  new Promise((_, reject) => {
                    signal.addEventListener("abort", () => {
                      ended.push("promise")
                      reject(new Error("aborted"))
                    })
                  }),
              ),
        { timeout: "5 millis" },
      )
      yield* turns()
      process.off("unhandledRejection", listen)
      expect(ended.toSorted()).toEqual(["callback", "promise"])
      expect(receipt.units.map((unit) => unit.status)).toEqual(["timedOut", "timedOut"])
      expect(unhandled).toEqual([])
    }).pipe(Effect.provide(LedgerMemory.layer())),
  )
})

describe("a result and a time-out at the same instant", () => {
  for (let ms = 998; ms <= 1_002; ms++) {
    it.effect(`work of ${ms} ms under a time-out of 1000 ms has one outcome`, () =>
      Effect.gen(function* () {
        const { ledger, committed } = lateLedger()
        const receipt = yield* driven(
          Runner.run(planOf("A"), () => Effect.as(Effect.sleep(ms), 1), { timeout: "1 second" }).pipe(
            Effect.provideService(Ledger, ledger),
          ),
        )
        const outcomes = committed.filter((event) => event.type === "unitFinished")
        expect(outcomes).toHaveLength(1)
        expect(receipt.counts.succeeded + receipt.counts.timedOut).toBe(1)
        if (ms < 1_000) expect(receipt.counts.succeeded).toBe(1)
        if (ms > 1_000) expect(receipt.counts.timedOut).toBe(1)
      }),
    )
  }
})

describe("types", () => {
  it("what the work needs is asked for, apart from its Scope", () => {
    class Camera extends Context.Service<Camera, { readonly shots: number }>()("test/Camera") {}
    const run = Runner.run(planOf("A"), () =>
      Effect.gen(function* () {
        yield* Effect.addFinalizer(() => Effect.void)
        return (yield* Camera).shots
      }),
    )
    expectTypeOf(run).toEqualTypeOf<Effect.Effect<Receipt<number>, Runner.RunFailure, Camera | Ledger>>()
  })
})

describe("what a run leaves behind", () => {
  it.live("no timer and no listener, however its units ended", () =>
    Effect.gen(function* () {
      const real = yield* Clock.Clock
      let sleeping = 0
      const counted: Clock.Clock = {
        currentTimeMillisUnsafe: () => real.currentTimeMillisUnsafe(),
        currentTimeMillis: real.currentTimeMillis,
        currentTimeNanosUnsafe: () => real.currentTimeNanosUnsafe(),
        currentTimeNanos: real.currentTimeNanos,
        monotonicTimeNanosUnsafe: () => real.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: real.monotonicTimeNanos,
        sleep: (duration) =>
          Effect.acquireUseRelease(
            Effect.sync(() => sleeping++),
            () => real.sleep(duration),
            () => Effect.sync(() => sleeping--),
          ),
      }
      let listeners = 0
      const control = yield* Runner.makeControl
      const receipt = yield* Runner.run(
        planOf("OK", "TIMEOUT", "FAILING", "RETRIED", "STUCK_FINALIZER"),
        (unit): Effect.Effect<void, Passing, Scope.Scope> => {
          switch (unit.id) {
            case "TIMEOUT":
              return Effect.never
            case "OK":
              return Effect.sleep(1)
            case "RETRIED":
              return Effect.fail(new Passing())
            case "STUCK_FINALIZER":
              return Effect.addFinalizer(() => Effect.sleep(2))
            default:
              return Effect.die("x")
          }
        },
        {
          control: {
            ...control,
            subscribe: (listener) => {
              listeners++
              const end = control.subscribe(listener)
              return () => {
                listeners--
                end()
              }
            },
          },
          timeout: "20 millis",
          deadline: "1 hour",
          retry: { times: 2, schedule: Schedule.spaced("1 millis") },
        },
      ).pipe(Effect.provideService(Clock.Clock, counted))
      expect(receipt.counts).toMatchObject({ planned: 5, succeeded: 2, timedOut: 1, failed: 2 })
      // Interrupting a timer takes a turn.
      yield* turns()
      expect({ sleeping, listeners }).toEqual({ sleeping: 0, listeners: 0 })
      yield* control.stop
      yield* turns()
      expect(sleeping).toBe(0)
    }).pipe(Effect.provide(LedgerMemory.layer())),
  )
})
