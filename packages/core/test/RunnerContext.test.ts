/** What surrounds a unit: redaction, spans, times, readers of events, memory. */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, it } from "@effect/vitest"
import { Data, Effect, Logger, Option, Redacted, Schedule, Schema, Stream, Tracer } from "effect"
import * as CurrentUnit from "../src/CurrentUnit.ts"
import * as FailureCause from "../src/FailureCause.ts"
import { Ledger } from "../src/Ledger.ts"
import * as LedgerMemory from "../src/LedgerMemory.ts"
import * as Plan from "../src/Plan.ts"
import * as Runner from "../src/Runner.ts"
import { make as makeSecrets, Secrets } from "../src/Secrets.ts"
import { driven, turns } from "./drive.ts"

const planOf = (...ids: ReadonlyArray<string>) => Plan.make({ kind: "test", units: ids.map((id) => ({ id })) })
const test = <A, E>(claim: string, body: () => Effect.Effect<A, E, Ledger>) =>
  it.effect(claim, () => body().pipe(Effect.provide(LedgerMemory.layer())))

const key = "KEY-1234567890"
const withKey = () => {
  const secrets = makeSecrets()
  secrets.register(Redacted.make(key))
  return secrets
}

class Passing extends Schema.TaggedError<Passing>()("Passing", {}) {
  readonly retryable = true
}

/** A tracer that keeps what it is told as it is told. */
const keeping = () => {
  const told: Array<unknown> = []
  const ended: Array<{
    readonly name: string
    readonly parent: string | undefined
    readonly exit: string
    readonly attributes: Record<string, unknown>
  }> = []
  const tracer = Tracer.make({
    span: (options) => {
      told.push(
        options.name,
        options.links.map((link) => link.attributes),
      )
      const span = new Tracer.NativeSpan(options)
      const attribute = span.attribute.bind(span)
      const event = span.event.bind(span)
      const end = span.end.bind(span)
      span.attribute = (name, value) => {
        told.push(name, value)
        attribute(name, value)
      }
      span.event = (name, time, attributes) => {
        told.push(name, attributes)
        event(name, time, attributes)
      }
      span.end = (time, exit) => {
        told.push(exit)
        const parent = Option.getOrUndefined(options.parent)
        ended.push({
          name: options.name,
          parent: parent?._tag === "Span" ? parent.name : undefined,
          exit: exit._tag,
          attributes: Object.fromEntries(span.attributes),
        })
        end(time, exit)
      }
      return span
    },
  })
  return { told, ended, tracer }
}

/** Everything that can be read of a value, members of errors too. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) => {
    if (member instanceof Error)
      return { name: member.name, message: member.message, stack: member.stack, cause: member.cause }
    if (member instanceof Map) return [...member]
    return typeof member === "bigint" ? String(member) : member
  })

class Caused extends Data.TaggedError("Caused")<{ readonly message: string; readonly cause: unknown }> {}

describe("secrets", () => {
  test("stay out of what spans are told: names, attributes, events, links and causes", () =>
    Effect.gen(function* () {
      const { told, tracer } = keeping()
      yield* Runner.run(planOf("A"), () =>
        Effect.gen(function* () {
          yield* Effect.annotateCurrentSpan(`name ${key}`, { url: `http://h/?key=${key}` })
          yield* Effect.log(`event ${key}`)
          return yield* new Caused({ message: `cause ${key}`, cause: new Error(key) })
        }).pipe(Effect.withSpan(`GET /?key=${key}`, { attributes: { [key]: [key, new URL(`http://h/?key=${key}`)] } })),
      ).pipe(
        Effect.provideService(Tracer.Tracer, tracer),
        Effect.provide(Logger.layer([Logger.tracerLogger])),
        Effect.provideService(Secrets, withKey()),
      )
      const text = textOf(told)
      expect(text).toContain("GET /")
      expect(text).toContain("event")
      expect(text).not.toContain(key)
    }))

  test("stay out of logs: deep data, classes, errors and their causes, log spans, annotations from outside", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const capture = Logger.make(
        (options) => void lines.push(Logger.formatJson.log(options), Logger.formatLogFmt.log(options)),
      )
      let deep: unknown = key
      for (let i = 0; i < 12; i++) deep = { deep }
      yield* Runner.run(planOf("A"), () =>
        Effect.log(
          deep,
          new URL(`http://h/?key=${key}`),
          new Map([["k", key]]),
          new Error("outer", { cause: new Error(key) }),
        ).pipe(Effect.withLogSpan(`span ${key}`)),
      ).pipe(
        Effect.annotateLogs({ outside: key }),
        Effect.provide(Logger.layer([capture])),
        Effect.provideService(Secrets, withKey()),
      )
      expect(lines).toHaveLength(2)
      expect(lines.join("\n")).not.toContain(key)
    }))

  test("stay out of notes: names, keys and values", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      yield* Runner.run(planOf("A"), () => CurrentUnit.note(`n ${key}`, { [key]: [{ a: key }] }), {
        runId: "r1",
        observers: [(event) => seen.push(JSON.stringify(event))],
      }).pipe(Effect.provideService(Secrets, withKey()))
      const ledger = yield* Ledger
      const stored = yield* Stream.runCollect(ledger.events("r1"))
      expect(JSON.stringify([stored, seen])).toContain("unitNoted")
      expect(JSON.stringify([stored, seen])).not.toContain(key)
    }))

  test("stay out of what a sink and a codec complain of", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Runner.run(planOf("A"), () => Effect.succeed(1), {
          sink: { write: () => Effect.void, finish: Effect.fail({ message: `could not write to ${key}` }) },
        }).pipe(Effect.provideService(Secrets, withKey())),
      )
      expect(error.message).toContain("could not write")
      expect(error.message).not.toContain(key)
    }))

  it("are taken out before a text is cut, so that no half of one stays", () => {
    const secrets = withKey()
    for (const length of [197, 497, 1_995, 3_995]) {
      const text = "x".repeat(length) + key
      const failure = FailureCause.fromError(
        Object.assign(new Error("m"), {
          text,
          nested: { text },
          named: { toString: () => text, constructor: class {} },
          url: new URL(`http://h/${text}`),
        }),
        "defect",
        { secrets },
      )
      expect(JSON.stringify(failure)).not.toContain("KEY-")
      expect(JSON.stringify(FailureCause.fromError({ text }, "error", { secrets }))).not.toContain("KEY-")
      expect(JSON.stringify(FailureCause.fromError(text, "defect", { secrets }))).not.toContain("KEY-")
    }
  })

  it("a text is never cut through the middle of a character", () => {
    for (let length = 1_990; length < 2_002; length++) {
      const failure = FailureCause.fromError(new Error(`${"x".repeat(length)}😀😀😀😀`), "defect")
      expect(failure.message.isWellFormed()).toBe(true)
      expect(failure.message.length).toBeLessThanOrEqual(2_000)
    }
  })
})

describe("spans", () => {
  test("each try has one, under the span in force, with its names and how it ended", () =>
    Effect.gen(function* () {
      const { ended, tracer } = keeping()
      let tries = 0
      yield* driven(
        Runner.run(
          planOf("A"),
          () => Effect.suspend(() => (++tries === 1 ? Effect.fail(new Passing()) : Effect.succeed(1))),
          { runId: "r1", retry: { times: 1, schedule: Schedule.spaced("1 second") } },
        ).pipe(Effect.withSpan("outside"), Effect.provideService(Tracer.Tracer, tracer)),
      )
      expect(ended.filter((span) => span.name === "unit")).toEqual([
        { name: "unit", parent: "outside", exit: "Failure", attributes: { runId: "r1", unit: "A", attempt: 1 } },
        { name: "unit", parent: "outside", exit: "Success", attributes: { runId: "r1", unit: "A", attempt: 2 } },
      ])
    }))
})

describe("times", () => {
  for (let seed = 1; seed <= 40; seed++) {
    test(`case ${seed}: the four are disjoint and add up to the time from the start of the run to the unit's end`, () =>
      Effect.gen(function* () {
        let state = seed * 2_654_435_761
        const random = (below: number) => {
          state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
          return (state >>> 8) % below
        }
        const endedAtMs = new Map<string, number>()
        const plan = Plan.make({
          kind: "test",
          units: Array.from({ length: 6 }, (_, i) => ({ id: `u${i}`, budgets: { usd: 1 + random(3) } })),
        })
        const receipt = yield* driven(
          Runner.run(
            plan,
            () =>
              Effect.gen(function* () {
                yield* Effect.sleep(random(20))
                // Overlapping waits of one kind count once; a limit's wait leads.
                yield* Effect.all(
                  [
                    CurrentUnit.waiting("limit")(Effect.sleep(random(20))),
                    CurrentUnit.waiting("limit")(Effect.sleep(random(20))),
                    CurrentUnit.waiting("retry")(Effect.sleep(random(20))),
                  ],
                  { concurrency: "unbounded" },
                )
                yield* Effect.addFinalizer(() => Effect.sleep(random(5)))
                if (random(3) === 0) return yield* new Passing()
              }),
            {
              concurrency: 1 + random(3),
              budgets: { usd: 100 },
              retry: { times: 2, schedule: Schedule.spaced("7 millis") },
              sink: { write: () => Effect.sleep(random(10)), finish: Effect.succeed([]) },
              observers: [
                (event, atMs) => {
                  if (event.type !== "unitFinished") return
                  const { id, queuedMs, runMs, limitWaitMs, retryWaitMs } = event.outcome
                  endedAtMs.set(id, atMs)
                  for (const ms of [queuedMs, runMs, limitWaitMs, retryWaitMs]) expect(ms).toBeGreaterThanOrEqual(0)
                  expect(queuedMs + runMs + limitWaitMs + retryWaitMs).toBeCloseTo(atMs, 3)
                },
              ],
            },
          ),
          1,
          2_000,
        )
        expect(receipt.counts.planned).toBe(6)
        expect(endedAtMs.size).toBe(6)
      }))
  }

  test("a wait for a budget is limitWaitMs and never queuedMs, from the moment it is the unit's turn", () =>
    Effect.gen(function* () {
      const ends: Array<readonly [string, number, number, number]> = []
      yield* driven(
        Runner.run(
          Plan.make({ kind: "test", units: ["A", "B"].map((id) => ({ id, budgets: { usd: 6 } })) }),
          () => Effect.andThen(Effect.sleep("3 seconds"), CurrentUnit.spend("usd", 1)),
          {
            budgets: { usd: 10 },
            observers: [
              (event) => {
                if (event.type !== "unitFinished") return
                const { id, queuedMs, limitWaitMs, runMs } = event.outcome
                ends.push([id, queuedMs, limitWaitMs, runMs])
              },
            ],
          },
        ),
      )
      expect(ends).toEqual([
        ["A", 0, 0, 3_000],
        ["B", 0, 3_000, 3_000],
      ])
    }))
})

describe("a reader of events", () => {
  test("that is slow holds back work that notes without end", () =>
    Effect.gen(function* () {
      let noted = 0
      let read = 0
      let most = 0
      yield* Runner.events(planOf("A"), () =>
        Effect.forEach(
          Array.from({ length: 10_000 }),
          () =>
            Effect.andThen(
              Effect.sync(() => noted++),
              CurrentUnit.note("page", 1),
            ),
          { discard: true },
        ),
      ).pipe(
        Stream.rechunk(1),
        Stream.runForEach(({ event }) =>
          Effect.suspend(() => {
            most = Math.max(most, noted - read)
            if (event.type === "unitNoted") read++
            // Long enough for work that nothing holds back to note all that it has.
            return read === 1 ? turns(200) : Effect.void
          }),
        ),
      )
      expect(read).toBe(10_000)
      expect(most).toBeLessThanOrEqual(2 * Runner.eventsPendingMax + 8)
    }))

  test("that goes away ends the run, with its units interrupted and recorded", () =>
    Effect.gen(function* () {
      let closed = 0
      const many = Plan.make({ kind: "test", units: Array.from({ length: 5_000 }, (_, i) => ({ id: `u${i}` })) })
      yield* driven(
        Stream.runDrain(
          Stream.take(
            Runner.events(
              many,
              () =>
                Effect.andThen(
                  Effect.addFinalizer(() => Effect.sync(() => closed++)),
                  Effect.never,
                ),
              { runId: "r1", concurrency: 2 },
            ),
            2,
          ),
        ),
      )
      expect(closed).toBe(2)
      const ledger = yield* Ledger
      const summary = yield* ledger.getRun("r1")
      expect(summary.counts).toMatchObject({ planned: 5_000, interrupted: 2, notStarted: 4_998 })
      expect(summary.state).toBe("interrupted")
    }))
})

describe("memory", () => {
  it.live("with a sink no value and no outcome is kept: they are collected while the run goes on", () =>
    Effect.gen(function* () {
      setFlagsFromString("--expose-gc")
      const collect: unknown = runInNewContext("gc")
      const seen: Array<WeakRef<object>> = []
      const units = 200_000
      let taken = 0
      const alive: Array<number> = []
      const plan = Plan.make({ kind: "test", units: Array.from({ length: units }, (_, i) => ({ id: `u${i}` })) })
      yield* Runner.run(plan, () => Effect.sync(() => ({ list: [1, 2, 3] })), {
        concurrency: 8,
        observers: [
          (event) => {
            if (event.type === "unitFinished" && taken % 1_000 === 0) seen.push(new WeakRef(event.outcome))
          },
        ],
        sink: {
          write: (_unit, value) =>
            Effect.suspend(() => {
              taken++
              if (taken % 1_000 === 1) seen.push(new WeakRef(value))
              if (taken % 50_000 !== 0) return Effect.void
              // References are held until the end of the turn in which they were made.
              return Effect.andThen(
                Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve))),
                Effect.sync(() => {
                  if (typeof collect === "function") collect()
                  alive.push(seen.filter((one) => one.deref() !== undefined).length)
                }),
              )
            }),
          finish: Effect.succeed([]),
        },
      }).pipe(Effect.provide(LedgerMemory.layer({ keepOutcomes: false, eventsMax: 100 })))
      expect(taken).toBe(units)
      expect(alive).toHaveLength(4)
      // Of some 100 more with each measurement only the newest may live, in events that the ledger still has.
      for (const count of alive) expect(count).toBeLessThanOrEqual(8)
    }),
  )
})
