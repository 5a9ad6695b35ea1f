import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Random, Schedule, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as CurrentUnit from "../src/CurrentUnit.ts"
import { Ledger, type LedgerShape } from "../src/Ledger.ts"
import * as LedgerMemory from "../src/LedgerMemory.ts"
import * as Plan from "../src/Plan.ts"
import type { RunEvent } from "../src/RunEvent.ts"
import * as Runner from "../src/Runner.ts"
import type { Unit } from "../src/Unit.ts"
import { driven, turns } from "./drive.ts"
import { lateLedger } from "./lateLedger.ts"

class Passing extends Schema.TaggedError<Passing>()("Passing", {}) {
  readonly retryable = true
  override get message(): string {
    return "it may pass"
  }
}

const planOf = (...ids: ReadonlyArray<string>) => Plan.make({ kind: "test", units: ids.map((id) => ({ id })) })
const usd = (...caps: ReadonlyArray<number>) =>
  Plan.make({ kind: "test", units: caps.map((cap, i) => ({ id: `u${i}`, budgets: { usd: cap } })) })

/** A ledger as a process leaves it that is killed after its first `count` events: nothing later, and no lease. */
const killedAfter = Effect.fnUntraced(function* (
  run: { readonly runId: string; readonly seed: string; readonly plan: Plan.Plan },
  events: ReadonlyArray<RunEvent>,
  count: number,
) {
  const ledger = LedgerMemory.make()
  yield* ledger.createRun(
    { runId: run.runId, kind: run.plan.kind, planHash: run.plan.hash, createdAtMs: 0, seed: run.seed },
    run.plan,
  )
  yield* append(ledger, run.runId, events.slice(0, count))
  return ledger
})

const append = (ledger: LedgerShape, runId: string, events: ReadonlyArray<RunEvent>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const owner = { host: "dead", pid: 1, startedAtMs: 0, user: "u" }
      const lease = yield* ledger.leases.acquire(`run:${runId}`, owner, 1_000)
      const writer = yield* ledger.openWriter(runId, lease)
      for (const event of events) writer.append(event)
      yield* writer.flush
      yield* ledger.leases.release(lease)
    }),
  )

const test = <A, E>(claim: string, body: () => Effect.Effect<A, E, Ledger>) =>
  it.effect(claim, () => body().pipe(Effect.provide(LedgerMemory.layer())))

describe("resume", () => {
  test("what was spent counts over three sessions, also of a unit that failed twice", () =>
    Effect.gen(function* () {
      const work = () => Effect.andThen(CurrentUnit.spend("usd", 3), Effect.fail(new Passing()))
      const options = { runId: "r1", budgets: { usd: 8 } }
      yield* Runner.run(usd(3), work, options)
      const second = yield* Runner.run(usd(3), work, { ...options, resume: {} })
      expect(second.budgets).toMatchObject([{ spent: 6 }])
      expect(second.units[0]?.spent).toEqual({ usd: 6 })
      // 6 of 8 are gone, and it may need 3.
      const third = yield* Runner.run(usd(3), work, { ...options, resume: {} })
      expect(third.units[0]).toMatchObject({ status: "failed", spent: { usd: 6 } })
      const fourth = yield* Runner.run(usd(3), work, { ...options, budgets: { usd: 9 }, resume: {} })
      expect(fourth.units[0]).toMatchObject({ status: "failed", spent: { usd: 9 } })
    }))

  test("a unit that failed and cannot start again keeps its failure, with why it was not tried", () =>
    Effect.gen(function* () {
      const plan = usd(3, 3, 3)
      const work = (unit: Unit) =>
        unit.id === "u1" ? Effect.fail(new Passing()) : Effect.andThen(CurrentUnit.spend("usd", 3), Effect.succeed(1))
      const options = { runId: "r1", budgets: { usd: 6 }, concurrency: 1 }
      const first = yield* Runner.run(plan, work, options)
      expect(first.units.map(({ status }) => status)).toEqual(["succeeded", "failed", "skipped"])
      const second = yield* Runner.run(plan, work, { ...options, resume: {}, failures: "first" })
      expect(second.status).toBe("partial")
      expect(second.counts).toMatchObject({ planned: 3, reused: 1, failed: 1, skipped: 1, notStarted: 0 })
      expect(second.units[1]).toMatchObject({
        status: "failed",
        attempts: 1,
        failure: { tag: "Passing" },
        spent: { usd: 3 },
        reason: "not tried again: it may need 3 of the budget usd, and that much is not left",
      })
      expect(second.units[1]?.history).toEqual(first.units[1]?.history)
      expect(second.units[1]?.runMs).toBe(first.units[1]?.runMs)
      const third = yield* Runner.run(plan, work, { ...options, budgets: { usd: 12 }, resume: {} })
      expect(third.units[1]).toMatchObject({ status: "failed", attempts: 2, reason: "it failed before: Passing" })
    }))

  test("a stop leaves what failed, ran out of time or was killed before as it was", () =>
    Effect.gen(function* () {
      const plan = planOf("failed", "killed", "fresh")
      const failure = { kind: "error", tag: "Broken", message: "m", retryable: false } as const
      const times = { queuedMs: 0, runMs: 7, limitWaitMs: 0, retryWaitMs: 0 }
      const ledger = yield* killedAfter(
        { runId: "r1", seed: "s", plan },
        [
          { type: "runStarted", session: 1, planned: 3, reused: 0, concurrency: 1, seed: "s", placement: "fibers" },
          { type: "unitStarted", id: "failed", attempt: 1 },
          {
            type: "unitFinished",
            outcome: { id: "failed", label: "failed", status: "failed", failure, attempts: 1, ...times },
          },
          { type: "unitStarted", id: "killed", attempt: 1 },
        ],
        4,
      )
      const control = yield* Runner.makeControl
      yield* control.stop
      const stopped = yield* Runner.run(plan, () => Effect.void, {
        runId: "r1",
        control,
        resume: { retryFailed: true },
      }).pipe(Effect.provideService(Ledger, ledger))
      expect(stopped.units).toMatchObject([
        { status: "failed", attempts: 1, failure, runMs: 7, reason: "not tried again: the run was interrupted" },
        { status: "interrupted", attempts: 1, reason: "not tried again: the run was interrupted" },
        { status: "notStarted", attempts: 0 },
      ])
      expect(stopped.counts).toMatchObject({ planned: 3, failed: 1, interrupted: 1, notStarted: 1 })
      const { counts } = yield* ledger.getRun("r1")
      expect(counts).toEqual(stopped.counts)
    }))

  test("a killed try counts with its cap, in every later session", () =>
    Effect.gen(function* () {
      const plan = usd(3)
      const started: RunEvent = {
        type: "runStarted",
        session: 1,
        planned: 1,
        reused: 0,
        concurrency: 1,
        seed: "s",
        placement: "fibers",
      }
      const ledger = yield* killedAfter(
        { runId: "r1", seed: "s", plan },
        [started, { type: "unitStarted", id: "u0", attempt: 1 }],
        2,
      )
      const work = () => Effect.andThen(CurrentUnit.spend("usd", 1), Effect.fail(new Passing()))
      const options = { runId: "r1", budgets: { usd: 7 }, resume: {} }
      yield* Effect.gen(function* () {
        const second = yield* Runner.run(plan, work, options)
        expect(second.units[0]).toMatchObject({
          attempts: 2,
          spent: { usd: 4 },
          reason: expect.stringContaining("never ended"),
        })
        const third = yield* Runner.run(plan, work, options)
        expect(third.units[0]).toMatchObject({ attempts: 3, spent: { usd: 5 } })
        expect(third.budgets).toMatchObject([{ spent: 5 }])
        const fourth = yield* Runner.run(plan, work, options)
        expect(fourth.units[0]).toMatchObject({ status: "failed", attempts: 3, spent: { usd: 5 } })
      }).pipe(Effect.provideService(Ledger, ledger))
    }))

  test("several killed tries of one session count once: the cap is the unit's", () =>
    Effect.gen(function* () {
      const plan = usd(3)
      const failure = { kind: "error", tag: "Passing", message: "m", retryable: true } as const
      const ledger = yield* killedAfter(
        { runId: "r1", seed: "s", plan },
        [
          { type: "runStarted", session: 1, planned: 1, reused: 0, concurrency: 1, seed: "s", placement: "fibers" },
          { type: "unitStarted", id: "u0", attempt: 1 },
          { type: "unitRetrying", id: "u0", attempt: 1, delayMs: 0, failure },
          { type: "unitStarted", id: "u0", attempt: 2 },
        ],
        4,
      )
      const receipt = yield* Runner.run(plan, () => CurrentUnit.spend("usd", 1), {
        runId: "r1",
        budgets: { usd: 100 },
        resume: {},
      }).pipe(Effect.provideService(Ledger, ledger))
      expect(receipt.budgets).toMatchObject([{ spent: 4 }])
    }))

  test("what a unit spent that is no longer planned stays spent, however often the plan changes", () =>
    Effect.gen(function* () {
      const two = Plan.make({
        kind: "test",
        units: [
          { id: "GONE", budgets: { usd: 3 } },
          { id: "A", budgets: { usd: 3 } },
        ],
      })
      const one = (input: number) => Plan.make({ kind: "test", units: [{ id: "A", input, budgets: { usd: 3 } }] })
      const options = { runId: "r1", budgets: { usd: 100 } }
      yield* Runner.run(two, () => CurrentUnit.spend("usd", 2), options)
      const second = yield* Runner.run(one(2), () => CurrentUnit.spend("usd", 2), { ...options, resume: {} })
      expect(second.budgets).toMatchObject([{ spent: 6 }])
      const third = yield* Runner.run(one(3), () => CurrentUnit.spend("usd", 2), { ...options, resume: {} })
      expect(third.budgets).toMatchObject([{ spent: 8 }])
    }))

  test("every attempt of every session is kept, numbered on, and the outcome says why it ran again", () =>
    Effect.gen(function* () {
      let calls = 0
      const reasons: Array<string> = []
      const work = (unit: Unit) =>
        Effect.suspend(() => {
          reasons.push(unit.reason)
          return ++calls < 3 ? Effect.fail(new Passing()) : Effect.succeed(calls)
        })
      yield* Runner.run(planOf("A"), work, { runId: "r1" })
      yield* Runner.run(planOf("A"), work, { runId: "r1", resume: {} })
      const receipt = yield* Runner.run(planOf("A"), work, { runId: "r1", resume: {} })
      expect(receipt.units[0]).toMatchObject({ status: "succeeded", attempts: 3, reason: "it failed before: Passing" })
      expect(receipt.units[0]?.history?.map((one) => [one.attempt, one.status])).toEqual([
        [1, "failed"],
        [2, "failed"],
        [3, "succeeded"],
      ])
      expect(reasons).toEqual(["selected", "it failed before: Passing", "it failed before: Passing"])
      expect(receipt.sessions).toBe(3)
    }))

  test("a run keeps its seed: another is refused, none is the same", () =>
    Effect.gen(function* () {
      const draw = (again: boolean) => () =>
        Effect.filterOrFail(
          Random.next,
          () => again,
          () => new Passing(),
        )
      yield* Runner.run(planOf("A"), draw(false), { runId: "r1", seed: "first" })
      const error = yield* Effect.flip(Runner.run(planOf("A"), draw(true), { runId: "r1", seed: "other", resume: {} }))
      expect(error).toMatchObject({ reason: { _tag: "InvalidOption", option: "seed" } })
      expect(error.message).toContain('"first"')
      expect(error.message).toContain('"other"')
      const resumed = yield* Runner.run(planOf("A"), draw(true), { runId: "r1", resume: {} })
      const cold = yield* Runner.run(planOf("A"), draw(true), { runId: "r2", seed: "first" })
      expect(resumed.seed).toBe("first")
      expect(resumed.units[0]?.value).toBe(cold.units[0]?.value)
    }))

  test("a try draws the same numbers as the one before it", () =>
    Effect.gen(function* () {
      const drawn: Array<number> = []
      yield* driven(
        Runner.run(
          planOf("A"),
          () =>
            Effect.flatMap(Random.next, (number) => {
              drawn.push(number)
              return drawn.length < 3 ? Effect.fail(new Passing()) : Effect.void
            }),
          { retry: { times: 2 } },
        ),
      )
      expect(drawn).toHaveLength(3)
      expect(new Set(drawn).size).toBe(1)
    }))

  test("an id that exists is refused without resume, and an unknown one with it", () =>
    Effect.gen(function* () {
      yield* Runner.run(planOf("A"), () => Effect.void, { runId: "r1" })
      expect(yield* Effect.flip(Runner.run(planOf("A"), () => Effect.void, { runId: "r1" }))).toMatchObject({
        reason: { _tag: "RunExists" },
      })
      expect(yield* Effect.flip(Runner.run(planOf("A"), () => Effect.void, { runId: "r2", resume: {} }))).toMatchObject(
        {
          reason: { _tag: "RunNotFound" },
        },
      )
      const ledger = yield* Ledger
      expect(yield* ledger.leases.inspect("run:r1")).toBeUndefined()
      expect(yield* ledger.leases.inspect("run:r2")).toBeUndefined()
    }))

  test("units that were added, removed and moved: what is done under its fingerprint is reused at its new place", () =>
    Effect.gen(function* () {
      const ran: Array<string> = []
      const work = (unit: Unit) => Effect.sync(() => void ran.push(unit.id)).pipe(Effect.as(unit.id))
      yield* Runner.run(planOf("A", "B", "C"), work, { runId: "r1", concurrency: 1 })
      ran.length = 0
      const receipt = yield* Runner.run(planOf("C", "NEW", "A"), work, { runId: "r1", resume: {} })
      expect(ran).toEqual(["NEW"])
      expect(receipt.units.map((unit) => [unit.id, unit.status, unit.value])).toEqual([
        ["C", "reused", "C"],
        ["NEW", "succeeded", "NEW"],
        ["A", "reused", "A"],
      ])
      expect(receipt.counts).toMatchObject({ planned: 3, reused: 2, succeeded: 1 })
    }))

  test("a unit that was killed while it was being tried again runs again", () =>
    Effect.gen(function* () {
      const plan = planOf("A")
      const hopeless = { kind: "error", tag: "No", message: "m", retryable: false } as const
      const ledger = yield* killedAfter(
        { runId: "r1", seed: "s", plan },
        [
          { type: "runStarted", session: 1, planned: 1, reused: 0, concurrency: 1, seed: "s", placement: "fibers" },
          { type: "unitStarted", id: "A", attempt: 1 },
          {
            type: "unitFinished",
            outcome: {
              id: "A",
              label: "A",
              status: "failed",
              failure: hopeless,
              attempts: 1,
              queuedMs: 0,
              runMs: 0,
              limitWaitMs: 0,
              retryWaitMs: 0,
            },
          },
          { type: "runStarted", session: 2, planned: 1, reused: 0, concurrency: 1, seed: "s", placement: "fibers" },
          { type: "unitStarted", id: "A", attempt: 2 },
        ],
        5,
      )
      const receipt = yield* Runner.run(plan, () => Effect.succeed(1), { runId: "r1", resume: {} }).pipe(
        Effect.provideService(Ledger, ledger),
      )
      expect(receipt.units[0]).toMatchObject({ status: "succeeded", attempts: 3 })
    }))

  test("a sink of a resumed run takes the values of this session only", () =>
    Effect.gen(function* () {
      const taken: Array<string> = []
      const sink = { write: (unit: Unit) => Effect.sync(() => void taken.push(unit.id)), finish: Effect.succeed([]) }
      const work = (pass: boolean) => (unit: Unit) =>
        unit.id === "B" && !pass ? Effect.fail(new Passing()) : Effect.succeed(1)
      yield* Runner.run(planOf("A", "B"), work(false), { runId: "r1", sink })
      const receipt = yield* Runner.run(planOf("A", "B"), work(true), { runId: "r1", sink, resume: {} })
      expect(taken).toEqual(["A", "B"])
      expect(receipt.counts).toMatchObject({ reused: 1, succeeded: 1 })
    }))
})

/** Numbers from a seed (mulberry32), so that a case can be run again by its number. */
const numbers = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** What an onlooker sees of the work itself, apart from the ledger. */
class Onlooker {
  readonly finished = new Map<string, number>()
  running = 0
  most = 0
  spentReally = 0
}

const workOf = (random: (below: number) => number, onlooker: Onlooker, calm: boolean) => (unit: Unit) =>
  Effect.suspend(() => {
    onlooker.running++
    onlooker.most = Math.max(onlooker.most, onlooker.running)
    const cap = unit.budgets?.["usd"] ?? 0
    const spends = random(2) === 0 ? 0 : random(cap + 1)
    const kind = calm ? 0 : random(8)
    const body = Effect.gen(function* () {
      if (random(3) === 0) yield* Effect.sleep(random(40))
      if (random(4) === 0) yield* CurrentUnit.waiting(random(2) === 0 ? "limit" : "retry")(Effect.sleep(random(20)))
      // A unit's hard cap holds over all of its tries in a session: it spends on its first one only.
      if (spends > 0) {
        onlooker.spentReally += spends
        yield* CurrentUnit.spend("usd", spends)
      }
      if (kind === 1) return yield* new Passing()
      if (kind === 2) return yield* Effect.die(new Error("a bug"))
      if (kind === 3) return yield* Effect.never
      if (kind === 4) return yield* Effect.interrupt
      if (kind === 5) yield* Effect.addFinalizer(() => Effect.sleep(random(30)))
      onlooker.finished.set(unit.id, (onlooker.finished.get(unit.id) ?? 0) + 1)
      return unit.id
    })
    return Effect.ensuring(
      body,
      Effect.sync(() => onlooker.running--),
    )
  })

describe("random runs over a ledger that commits late", () => {
  // The first sixty, and those that once found a fault.
  const seeds = [...Array.from({ length: 60 }, (_, i) => i + 1), 100, 276, 303, 313, 416, 624]
  for (const seed of seeds) {
    it.effect(`case ${seed}: one outcome each, bounds held, resumed from every prefix to the same end`, () =>
      Effect.gen(function* () {
        const random = numbers(seed)
        const count = 3 + random(10)
        const budgeted = random(2) === 0
        const plan = Plan.make({
          kind: "test",
          units: Array.from({ length: count }, (_, i) => ({ id: `u${i}`, input: i, budgets: { usd: 1 + random(4) } })),
        })
        const cap = 4 + random(20)
        const concurrency = 1 + random(4)
        const retries = budgeted ? 0 : random(3)
        const control = yield* Runner.makeControl
        const { ledger, committed } = lateLedger({ batch: 1 + random(5) })
        const onlooker = new Onlooker()
        const how = random(5)
        let heldSlots = 0
        let mostSlots = 0
        let stoppedAt = Number.POSITIVE_INFINITY
        let startedAfterStop = 0
        const began: Array<string> = []
        const run = Runner.run(
          plan,
          (unit) =>
            Effect.andThen(
              Effect.sync(() => {
                began.push(unit.id)
                if (began.length > stoppedAt) startedAfterStop++
              }),
              workOf(random, onlooker, false)(unit),
            ),
          {
            runId: "r1",
            seed: "s",
            concurrency,
            control,
            timeout: "50 millis",
            retry: { times: retries, schedule: Schedule.spaced("30 millis") },
            grace: "20 millis",
            ...(random(3) === 0 ? { deadline: "90 millis" } : {}),
            ...(random(3) === 0 ? { failures: { stopAfter: 1 + random(3) } } : {}),
            ...(budgeted ? { budgets: { usd: cap } } : {}),
          },
        ).pipe(Effect.provideService(Ledger, ledger))
        const fiber = yield* Effect.forkDetach(Effect.exit(run))
        const stopStep = random(12)
        for (let step = 0; step < 400 && fiber.pollUnsafe() === undefined; step++) {
          yield* turns(2)
          if (step === stopStep && how < 3) {
            stoppedAt = began.length
            if (how === 0) yield* control.stop
            else if (how === 1) yield* control.interrupt
            else yield* Effect.forkDetach(Fiber.interrupt(fiber), { startImmediately: true })
          }
          // Slots are counted from the ledger: begun there, and not yet ended there or waiting to be tried again.
          yield* TestClock.adjust("7 millis")
        }
        expect(fiber.pollUnsafe()).toBeDefined()
        for (const event of committed) {
          if (event.type === "unitStarted") heldSlots++
          if (event.type === "unitRetrying" || (event.type === "unitFinished" && event.outcome.attempts > 0))
            heldSlots--
          mostSlots = Math.max(mostSlots, heldSlots)
        }
        expect(mostSlots).toBeLessThanOrEqual(concurrency)
        expect(onlooker.most).toBeLessThanOrEqual(concurrency)
        expect(startedAfterStop).toBe(0)

        // One outcome each, counts that add up, times that are no less than nothing.
        const outcomes = committed.flatMap((event) => (event.type === "unitFinished" ? [event.outcome] : []))
        expect(outcomes.map((outcome) => outcome.id).toSorted()).toEqual(plan.units.map((unit) => unit.id).toSorted())
        const last = committed.at(-1)
        if (last?.type !== "runFinished") throw new Error("the run has no end")
        const { planned, ...rest } = last.counts
        expect(Object.values(rest).reduce((sum, one) => sum + one, 0)).toBe(planned)
        for (const outcome of outcomes) {
          for (const ms of [outcome.queuedMs, outcome.runMs, outcome.limitWaitMs, outcome.retryWaitMs]) {
            expect(ms).toBeGreaterThanOrEqual(0)
          }
          const tried = (outcome.history ?? []).reduce((sum, one) => sum + one.runMs, 0)
          expect(tried).toBeLessThanOrEqual(outcome.runMs + 0.01)
          if (outcome.status === "succeeded") expect(onlooker.finished.get(outcome.id)).toBeGreaterThanOrEqual(1)
        }
        if (budgeted) {
          expect(onlooker.spentReally).toBeLessThanOrEqual(cap)
          expect(outcomes.reduce((sum, outcome) => sum + (outcome.spent?.["usd"] ?? 0), 0)).toBeLessThanOrEqual(cap)
        }

        // A kill after each committed event: resume completes, repeats nothing that was committed, and keeps the budget.
        for (let kill = 0; kill <= committed.length; kill++) {
          const events = committed.slice(0, kill)
          const done = new Set(
            events.flatMap((event) =>
              event.type === "unitFinished" && event.outcome.status === "succeeded" ? [event.outcome.id] : [],
            ),
          )
          const left = yield* killedAfter({ runId: "r1", seed: "s", plan }, events, kill)
          const again = new Onlooker()
          const exit = yield* Effect.exit(
            driven(
              Runner.run(plan, workOf(numbers(seed * 1_000 + kill), again, true), {
                runId: "r1",
                concurrency,
                resume: { retryFailed: true },
                ...(budgeted ? { budgets: { usd: cap } } : {}),
              }).pipe(Effect.provideService(Ledger, left)),
              50,
              300,
            ),
          )
          if (Exit.isFailure(exit)) {
            expect(kill).toBe(committed.length)
            expect(done.size).toBe(count)
            continue
          }
          const receipt = exit.value
          expect([...again.finished.keys()].filter((id) => done.has(id))).toEqual([])
          for (const unit of receipt.units) {
            // What began and cannot start again for the budget is not hidden as skipped, and the other way round.
            if (unit.status !== "succeeded" && unit.status !== "reused") {
              const began = events.some((event) => event.type === "unitStarted" && event.id === unit.id)
              expect(unit.status === "skipped").toBe(!began)
              expect(budgeted).toBe(true)
            }
            expect(done.has(unit.id)).toBe(unit.status === "reused")
          }
          if (budgeted) {
            expect(receipt.budgets?.[0]?.spent).toBeLessThanOrEqual(cap)
            expect(receipt.budgets?.[0]?.overrun).toBe(false)
          } else expect(receipt.status).toBe("succeeded")
          const state = yield* left.getRun("r1")
          expect(state.counts.planned).toBe(count)
          const { failed, interrupted, reused, succeeded, timedOut } = state.counts
          const bad = failed + interrupted + timedOut
          expect(state.state).toBe(bad === 0 ? "succeeded" : succeeded + reused === 0 ? "failed" : "partial")
        }
      }),
    )
  }
})

describe("a ledger that fails in the middle", () => {
  for (let failAt = 1; failAt <= 14; failAt++) {
    it.effect(
      `event ${failAt}: the run fails with its error, what runs is interrupted, nothing unrecorded is reported`,
      () =>
        Effect.gen(function* () {
          const { ledger, committed, inner } = lateLedger({ failAt, batch: 2 })
          const open = new Set<string>()
          const reported: Array<string> = []
          const error = yield* Effect.flip(
            driven(
              Runner.run(
                planOf("A", "B", "C", "D"),
                (unit) =>
                  Effect.gen(function* () {
                    yield* Effect.acquireRelease(
                      Effect.sync(() => open.add(unit.id)),
                      () => Effect.sync(() => open.delete(unit.id)),
                    )
                    yield* Effect.sleep("1 second")
                    yield* CurrentUnit.note("page", 1)
                    if (unit.id === "B") return yield* new Passing()
                    return unit.id
                  }),
                {
                  runId: "r1",
                  concurrency: 2,
                  retry: { times: 1, schedule: Schedule.spaced("1 second") },
                  observers: [
                    (event) => {
                      if (event.type === "unitFinished" && event.outcome.status === "succeeded")
                        reported.push(event.outcome.id)
                    },
                  ],
                },
              ).pipe(Effect.provideService(Ledger, ledger)),
            ),
          )
          expect(error).toMatchObject({ _tag: "LedgerError", reason: { _tag: "Storage", kind: "full" }, exitCode: 5 })
          expect([...open]).toEqual([])
          const recorded = committed.flatMap((event) =>
            event.type === "unitFinished" && event.outcome.status === "succeeded" ? [event.outcome.id] : [],
          )
          expect(reported).toEqual(recorded)
          expect(yield* inner.leases.inspect("run:r1")).toBeUndefined()
          // Space was made: the run goes on where it was.
          const receipt = yield* driven(
            Runner.run(planOf("A", "B", "C", "D"), (unit) => Effect.succeed(unit.id), { runId: "r1", resume: {} }).pipe(
              Effect.provideService(Ledger, inner),
            ),
          )
          expect(receipt.units.map((unit) => unit.value)).toEqual(["A", "B", "C", "D"])
          expect(receipt.counts.reused).toBe(recorded.length)
        }),
    )
  }

  it.effect("a lease that was taken over ends the run with its error, and runs no more units", () =>
    Effect.gen(function* () {
      const ledger = LedgerMemory.make()
      let closed = 0
      const fiber = yield* Effect.forkDetach(
        Effect.flip(
          Runner.run(
            planOf("A", "B"),
            () =>
              Effect.andThen(
                Effect.addFinalizer(() => Effect.sync(() => closed++)),
                Effect.never,
              ),
            { runId: "r1", concurrency: 1 },
          ).pipe(Effect.provideService(Ledger, ledger)),
        ),
      )
      yield* turns()
      const lease = yield* ledger.leases.inspect("run:r1")
      if (lease === undefined) throw new Error("there is no lease")
      // As after a pause of this process that was longer than its lease.
      yield* ledger.leases.release(lease)
      yield* ledger.leases.acquire("run:r1", { host: "other", pid: 2, startedAtMs: 0, user: "u" }, 60_000)
      for (let i = 0; i < 20 && fiber.pollUnsafe() === undefined; i++) {
        yield* TestClock.adjust("1 second")
        yield* turns()
      }
      expect(fiber.pollUnsafe()).toBeDefined()
      expect(yield* Fiber.join(fiber)).toMatchObject({
        _tag: "LedgerError",
        reason: { _tag: "LeaseLost" },
        exitCode: 11,
      })
      expect(closed).toBe(1)
      const stored = yield* Stream.runCollect(ledger.events("r1"))
      expect(stored.map(({ event }) => event.type)).not.toContain("unitFinished")
    }),
  )
})
