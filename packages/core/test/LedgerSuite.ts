/**
 * What every ledger promises, as tests. Each layer of `Ledger` runs all of it.
 */
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, Exit, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Lease from "../src/Lease.ts"
import { Ledger, LedgerError, type LedgerWriter, type Owner, ProcessIdentity } from "../src/Ledger.ts"
import type { Outcome, Status } from "../src/Outcome.ts"
import * as Plan from "../src/Plan.ts"
import type { RunEvent } from "../src/RunEvent.ts"

export const owner = (pid: number, host = "lab1"): Owner => ({ host, pid, startedAtMs: 1_000, user: "ada" })

export const outcome = (id: string, status: Status = "succeeded", more: Partial<Outcome> = {}): Outcome => ({
  id,
  label: id,
  status,
  attempts: 1,
  queuedMs: 0,
  runMs: 2,
  limitWaitMs: 0,
  retryWaitMs: 0,
  ...more,
})

export const started = (id: string, attempt = 1): RunEvent => ({ type: "unitStarted", id, attempt })
export const finished = (id: string, status?: Status, more?: Partial<Outcome>): RunEvent => ({
  type: "unitFinished",
  outcome: outcome(id, status, more),
})
export const runStarted = (session = 1, planned = 3): RunEvent => ({
  type: "runStarted",
  session,
  planned,
  reused: 0,
  concurrency: 2,
  seed: "seed",
  placement: "fibers",
})
export const runFinished = (status: "succeeded" | "partial" = "succeeded"): RunEvent => ({
  type: "runFinished",
  status,
  counts: {
    planned: 3,
    succeeded: 3,
    failed: 0,
    timedOut: 0,
    interrupted: 0,
    notStarted: 0,
    skipped: 0,
    reused: 0,
  },
})

export const abc = Plan.make({
  kind: "studies",
  params: { site: "Ä\u0000\u{1F9F5}", n: 1.5 },
  code: "enrollment@1",
  units: [
    { id: "A", label: "Alpha", input: { page: 1 }, budgets: { usd: 0.25 } },
    { id: "B", reason: "changed", input: [null, "x\u0000y"] },
    { id: "C\u0000\u{1F9F5}" },
  ],
})
const [a, b, c] = abc.units.map((unit) => unit.id) as [string, string, string]

export const record = (runId: string, plan = abc, createdAtMs = 10) => ({
  runId,
  kind: plan.kind,
  planHash: plan.hash,
  createdAtMs,
  seed: `seed of ${runId}`,
})

/** The error that an effect fails with; a test fails where it does not. */
export const reasonOf = <A, R>(
  effect: Effect.Effect<A, LedgerError, R>,
): Effect.Effect<LedgerError["reason"], never, R> =>
  Effect.flatMap(Effect.result(effect), (result) =>
    result._tag === "Failure" ? Effect.succeed(result.failure.reason) : Effect.die(new Error("it did not fail")),
  )

/** Enters a run, takes its lease and opens a writer, all for the scope. */
export const begin = Effect.fnUntraced(function* (runId: string, plan = abc) {
  const ledger = yield* Ledger
  yield* ledger.createRun(record(runId, plan), plan)
  const lease = yield* Lease.hold(`run:${runId}`)
  const writer = yield* ledger.openWriter(runId, lease.record())
  return { ledger, lease, writer }
})

/** Appends and resolves when the event is committed. */
export const commit = (writer: LedgerWriter, event: RunEvent): Effect.Effect<void, LedgerError> =>
  Effect.callback((resume) =>
    writer.append(event, (error) => resume(error === undefined ? Effect.void : Effect.fail(error))),
  )

/** Runs the contract over a layer. `layer` is called for each test and must give an empty ledger. */
export const suite = (name: string, layer: () => Layer.Layer<Ledger, LedgerError>): void => {
  const test = (claim: string, body: () => Effect.Effect<void, LedgerError, Ledger | import("effect/Scope").Scope>) =>
    it.effect(claim, () => Effect.suspend(body).pipe(Effect.provide(layer())))

  describe(`Ledger contract: ${name}`, () => {
    test("a plan comes back with the same bytes and hash", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        yield* ledger.createRun(record("r1"), abc)
        expect(yield* ledger.getPlan("r1")).toEqual(abc)
      }))

    test("a plan of no unit, and one of 5,001 units, come back", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const none = Plan.make({ kind: "none", units: [] })
        const many = Plan.make({ kind: "many", units: Array.from({ length: 5_001 }, (_, i) => ({ id: `u${i}` })) })
        yield* ledger.createRun(record("none", none), none)
        yield* ledger.createRun(record("many", many), many)
        expect(yield* ledger.getPlan("none")).toEqual(none)
        expect((yield* ledger.getPlan("many")).units).toHaveLength(5_001)
        expect(yield* Stream.runCollect(ledger.outcomes("none"))).toEqual([])
      }))

    test("a run id is entered once", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        yield* ledger.createRun(record("r1"), abc)
        const other = Plan.make({ kind: "other", units: [] })
        expect(yield* reasonOf(ledger.createRun(record("r1", other), other))).toEqual({
          _tag: "RunExists",
          runId: "r1",
        })
        expect((yield* ledger.getPlan("r1")).kind).toBe("studies")
      }))

    test("a run that is not there is RunNotFound for every reader", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const lease = yield* Lease.hold("run:none")
        const expected = { _tag: "RunNotFound", runId: "none" }
        expect(yield* reasonOf(ledger.getRun("none"))).toEqual(expected)
        expect(yield* reasonOf(ledger.getPlan("none"))).toEqual(expected)
        expect(yield* reasonOf(ledger.replacePlan("none", abc, lease.record()))).toEqual(expected)
        expect(yield* reasonOf(ledger.openWriter("none", lease.record()))).toEqual(expected)
        expect(yield* reasonOf(Stream.runDrain(ledger.events("none")))).toEqual(expected)
        expect(yield* reasonOf(Stream.runDrain(ledger.outcomes("none")))).toEqual(expected)
        expect(yield* reasonOf(Stream.runDrain(ledger.unitStates("none")))).toEqual(expected)
        expect(yield* ledger.listRuns()).toEqual([])
      }))

    test("events are numbered from 1 without gaps, with the writer's time, and read from any number on", () =>
      Effect.gen(function* () {
        const { ledger, writer } = yield* begin("r1")
        const note: RunEvent = { type: "unitNoted", id: a, name: "page", level: "info", data: { rows: [1, null, "ß"] } }
        const all = [
          runStarted(),
          started(a),
          note,
          finished(a),
          started(b),
          finished(b, "failed"),
          runFinished("partial"),
        ]
        for (const event of all) {
          writer.append(event)
          yield* TestClock.adjust(10)
        }
        yield* writer.flush
        expect(writer.pending()).toBe(0)
        const stored = yield* Stream.runCollect(ledger.events("r1"))
        expect(stored.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
        expect(stored.map((event) => event.atMs)).toEqual([0, 10, 20, 30, 40, 50, 60])
        expect(stored.map((event) => event.event)).toEqual(all)
        expect(stored.every((event) => event.runId === "r1")).toBe(true)
        expect((yield* Stream.runCollect(ledger.events("r1", 5))).map((event) => event.seq)).toEqual([6, 7])
        expect(yield* Stream.runCollect(ledger.events("r1", 7))).toEqual([])
        expect(yield* Stream.runCollect(ledger.events("r1", 99))).toEqual([])
      }))

    test("each commit is told once, in the order of the appends, and flush waits for all of them", () =>
      Effect.gen(function* () {
        const { writer } = yield* begin("r1")
        const told: Array<string> = []
        const count = 5_000
        for (let i = 0; i < count; i++) {
          writer.append(started(a, i), (error) => told.push(error === undefined ? `${i}` : error.message))
        }
        yield* writer.flush
        expect(told).toEqual(Array.from({ length: count }, (_, i) => `${i}`))
        expect(writer.pending()).toBe(0)
      }))

    test("an append from within a commit's callback is committed as well", () =>
      Effect.gen(function* () {
        const { ledger, writer } = yield* begin("r1")
        let left = 3_000
        yield* Effect.callback<void>((resume) => {
          const next = () => {
            if (left-- === 0) return resume(Effect.void)
            if (left % 100 === 0) setImmediate(() => writer.append(started(a), next))
            else writer.append(started(a), next)
          }
          next()
        })
        expect(yield* Stream.runCount(ledger.events("r1"))).toBe(3_000)
      }))

    test("outcomes come in plan order, the last of each unit, without units that never ended", () =>
      Effect.gen(function* () {
        const { ledger, writer } = yield* begin("r1")
        for (const event of [
          finished(c),
          finished(a, "failed"),
          started(b),
          finished(a, "succeeded", { value: { n: 1 } }),
        ]) {
          writer.append(event)
        }
        yield* writer.flush
        expect(yield* Stream.runCollect(ledger.outcomes("r1"))).toEqual([
          outcome(a, "succeeded", { value: { n: 1 } }),
          outcome(c),
        ])
      }))

    test("unit states have the last outcome, its fingerprint, and tries over all sessions", () =>
      Effect.gen(function* () {
        const { ledger, writer } = yield* begin("r1")
        for (const event of [started(a, 1), started(a, 2), finished(a), started(b)]) writer.append(event)
        yield* writer.flush
        writer.append(started(b))
        yield* writer.flush
        const states = yield* Stream.runCollect(ledger.unitStates("r1"))
        const byId = new Map(states.map((state) => [state.id, state]))
        expect(byId.size).toBe(2)
        expect(byId.get(a)).toEqual({ id: a, outcome: outcome(a), fingerprint: abc.units[0]?.fingerprint, started: 2 })
        expect(byId.get(b)).toEqual({ id: b, outcome: undefined, fingerprint: abc.units[1]?.fingerprint, started: 2 })
      }))

    test("a replaced plan keeps outcomes by unit id, with the fingerprint under which they ended", () =>
      Effect.gen(function* () {
        const { ledger, lease, writer } = yield* begin("r1")
        for (const event of [started(a), finished(a), started(b), finished(b), finished(c, "failed")])
          writer.append(event)
        yield* writer.flush
        const changed = Plan.make({
          kind: "studies",
          units: [
            { id: "D" },
            { id: b, fingerprint: "changed" },
            { id: a, fingerprint: abc.units[0]?.fingerprint ?? "" },
          ],
        })
        yield* ledger.replacePlan("r1", changed, lease.record())
        expect(yield* ledger.getPlan("r1")).toEqual(changed)
        const read = Effect.map(Stream.runCollect(ledger.unitStates("r1")), (states) =>
          Object.fromEntries(states.map((state) => [state.id, state.fingerprint])),
        )
        expect(yield* read).toEqual({ [a]: abc.units[0]?.fingerprint, [b]: abc.units[1]?.fingerprint })
        expect((yield* Stream.runCollect(ledger.outcomes("r1"))).map((found) => found.id)).toEqual([b, a])
        const run = yield* ledger.getRun("r1")
        expect(run.planHash).toBe(changed.hash)
        expect(run.counts).toMatchObject({ planned: 3, succeeded: 2, failed: 0 })
        // It ends again, now under the new fingerprint; and a unit that left and comes back is known again.
        writer.append(finished(b))
        yield* writer.flush
        expect(yield* read).toEqual({ [a]: abc.units[0]?.fingerprint, [b]: "changed" })
        yield* ledger.replacePlan("r1", abc, lease.record())
        expect(yield* read).toEqual({ [a]: abc.units[0]?.fingerprint, [b]: "changed", [c]: abc.units[2]?.fingerprint })
        expect((yield* ledger.getRun("r1")).counts).toMatchObject({ planned: 3, succeeded: 2, failed: 1 })
      }))

    test("a unit's place and an event's time may be given; places of an older plan mislead nobody", () =>
      Effect.gen(function* () {
        const { ledger, lease, writer } = yield* begin("r1")
        const times = [5, 3, 1.5, 0.1, 0.3, 1e-7, 1_795_269_618_026]
        writer.append(started(b), undefined, times[0], 1)
        writer.append(finished(b, "failed"), undefined, times[1], 1)
        writer.append(finished(a), undefined, times[2], 0)
        writer.append(finished(b), undefined, times[3], 1)
        for (const time of times.slice(4)) writer.append(started("stranger"), undefined, time)
        yield* writer.flush
        expect((yield* Stream.runCollect(ledger.events("r1"))).map((event) => event.atMs)).toEqual(times)
        expect(yield* Stream.runCollect(ledger.outcomes("r1"))).toEqual([outcome(a), outcome(b)])
        expect((yield* ledger.getRun("r1")).counts).toMatchObject({ succeeded: 2, failed: 0 })
        const turned = Plan.make({ kind: "studies", units: [{ id: c }, { id: b }, { id: a }, { id: "D" }] })
        yield* ledger.replacePlan("r1", turned, lease.record())
        writer.append(finished(a, "failed"), undefined, 9, 0)
        writer.append(finished("D", "skipped"), undefined, 9)
        yield* writer.flush
        expect(yield* Stream.runCollect(ledger.outcomes("r1"))).toEqual([
          outcome(b),
          outcome(a, "failed"),
          outcome("D", "skipped"),
        ])
        const states = yield* Stream.runCollect(ledger.unitStates("r1"))
        expect(states.map(({ id, started }) => [id, started]).toSorted()).toEqual([
          [a, 0],
          [b, 1],
          ["D", 0],
        ])
        expect((yield* ledger.getRun("r1")).counts).toMatchObject({ planned: 4, succeeded: 1, failed: 1, skipped: 1 })
      }))

    test("two writers of one lease write into one record, and neither loses a count", () =>
      Effect.gen(function* () {
        const { ledger, lease, writer } = yield* begin("r1")
        const other = yield* ledger.openWriter("r1", lease.record())
        yield* commit(writer, finished(a))
        yield* commit(other, finished(b, "failed"))
        yield* commit(writer, finished(b))
        yield* commit(other, finished(c))
        expect((yield* Stream.runCollect(ledger.events("r1"))).map((event) => event.seq)).toEqual([1, 2, 3, 4])
        expect(yield* Stream.runCollect(ledger.outcomes("r1"))).toEqual([outcome(a), outcome(b), outcome(c)])
        expect((yield* ledger.getRun("r1")).counts).toMatchObject({ succeeded: 3, failed: 0 })
      }))

    test("the plan is replaced by the holder of the lease only", () =>
      Effect.gen(function* () {
        const { ledger, lease } = yield* begin("r1")
        const stale = { ...lease.record(), fencing: 0 }
        const other = Plan.make({ kind: "studies", units: [] })
        expect(yield* reasonOf(ledger.replacePlan("r1", other, stale))).toEqual({
          _tag: "LeaseLost",
          key: "run:r1",
          fencing: 0,
          current: 1,
        })
        expect(yield* ledger.getPlan("r1")).toEqual(abc)
      }))

    test("an event of a unit that is not in the plan is kept, and changes no count", () =>
      Effect.gen(function* () {
        const { ledger, writer } = yield* begin("r1")
        for (const event of [started("stranger"), finished("stranger")]) writer.append(event)
        yield* writer.flush
        expect(yield* Stream.runCount(ledger.events("r1"))).toBe(2)
        expect(yield* Stream.runCollect(ledger.unitStates("r1"))).toEqual([])
        expect((yield* ledger.getRun("r1")).counts.succeeded).toBe(0)
      }))

    test("a run says where it stands: running, unfinished after its holder went, else as its session ended", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        yield* ledger.createRun(record("r1"), abc)
        expect(yield* ledger.getRun("r1")).toMatchObject({ state: "unfinished", sessions: 0, updatedAtMs: 10 })
        yield* TestClock.setTime(100)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const lease = yield* Lease.hold("run:r1")
            const writer = yield* ledger.openWriter("r1", lease.record())
            writer.append(runStarted())
            yield* commit(writer, finished(a, "failed"))
            const running = yield* ledger.getRun("r1")
            expect(running).toMatchObject({ state: "running", sessions: 1, updatedAtMs: 100 })
            expect(running.lease).toEqual(lease.record())
          }),
        )
        expect(yield* ledger.getRun("r1")).toMatchObject({ state: "unfinished", lease: undefined })
        yield* Effect.scoped(
          Effect.gen(function* () {
            const lease = yield* Lease.hold("run:r1")
            const writer = yield* ledger.openWriter("r1", lease.record())
            for (const event of [runStarted(2), finished(a), finished(b), runFinished("partial")]) writer.append(event)
          }),
        )
        const run = yield* ledger.getRun("r1")
        expect(run).toMatchObject({
          state: "partial",
          sessions: 2,
          seed: "seed of r1",
          kind: "studies",
          createdAtMs: 10,
        })
        expect(run.counts).toEqual({
          planned: 3,
          succeeded: 2,
          failed: 0,
          timedOut: 0,
          interrupted: 0,
          notStarted: 0,
          skipped: 0,
          reused: 0,
        })
      }))

    test("runs are listed newest first, by kind, by what is left to do, and no more than asked for", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        const one = Plan.make({ kind: "plates", units: [{ id: "x" }] })
        yield* ledger.createRun(record("old", one, 1), one)
        yield* ledger.createRun(record("new", abc, 3), abc)
        yield* ledger.createRun(record("mid", one, 2), one)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const lease = yield* Lease.hold("run:mid")
            const writer = yield* ledger.openWriter("mid", lease.record())
            writer.append(finished("x", "skipped"))
          }),
        )
        const ids = (filter?: Parameters<typeof ledger.listRuns>[0]) =>
          Effect.map(ledger.listRuns(filter), (runs) => runs.map((run) => run.runId))
        expect(yield* ids()).toEqual(["new", "mid", "old"])
        expect(yield* ids({ limit: 2 })).toEqual(["new", "mid"])
        expect(yield* ids({ kind: "plates" })).toEqual(["mid", "old"])
        expect(yield* ids({ unfinished: true })).toEqual(["new", "old"])
        expect(yield* ids({ unfinished: false })).toEqual(["mid"])
        expect(yield* ids({ kind: "plates", unfinished: true, limit: 1 })).toEqual(["old"])
        expect(yield* ids({ limit: 0 })).toEqual([])
      }))

    test("a second holder is refused with owner and age, also from the same process", () =>
      Effect.gen(function* () {
        const { leases } = yield* Ledger
        const first = yield* leases.acquire("k", owner(7), 1_000)
        yield* TestClock.adjust(400)
        expect(yield* reasonOf(leases.acquire("k", owner(7), 1_000))).toEqual({
          _tag: "LeaseHeld",
          lease: first,
          nowMs: 400,
        })
        expect(first).toEqual({
          key: "k",
          owner: owner(7),
          acquiredAtMs: 0,
          heartbeatAtMs: 0,
          expiresAtMs: 1_000,
          fencing: 1,
        })
        expect(yield* leases.inspect("k")).toEqual(first)
        expect(yield* leases.inspect("other")).toBeUndefined()
      }))

    test("a lease is free when released or expired, and its number always goes up", () =>
      Effect.gen(function* () {
        const { leases } = yield* Ledger
        const first = yield* leases.acquire("k", owner(1), 1_000)
        yield* leases.release(first)
        expect(yield* leases.inspect("k")).toBeUndefined()
        const second = yield* leases.acquire("k", owner(2), 1_000)
        yield* TestClock.adjust(1_000)
        const third = yield* leases.acquire("k", owner(3), 1_000)
        expect([first, second, third].map((lease) => lease.fencing)).toEqual([1, 2, 3])
        // Whoever was late can neither renew nor give back what is another's.
        expect(yield* reasonOf(leases.renew(second, 1_000))).toEqual({
          _tag: "LeaseLost",
          key: "k",
          fencing: 2,
          current: 3,
        })
        yield* leases.release(second)
        expect(yield* leases.inspect("k")).toEqual(third)
      }))

    test("a lease that expired and that nobody took can be renewed; one that was given back cannot", () =>
      Effect.gen(function* () {
        const { leases } = yield* Ledger
        const lease = yield* leases.acquire("k", owner(1), 1_000)
        yield* TestClock.adjust(5_000)
        const renewed = yield* leases.renew(lease, 1_000)
        expect(renewed).toEqual({ ...lease, heartbeatAtMs: 5_000, expiresAtMs: 6_000 })
        yield* leases.release(renewed)
        expect((yield* reasonOf(leases.renew(renewed, 1_000)))._tag).toBe("LeaseLost")
      }))

    test("a lease of a process that is known to be gone is free at once; others have to expire", () =>
      Effect.gen(function* () {
        const { leases } = yield* Ledger
        const knows = Effect.provideService(ProcessIdentity, {
          owner: owner(9),
          isGone: (other: Owner) => other.pid === 1,
        })
        yield* leases.acquire("gone", owner(1), 1_000)
        yield* leases.acquire("there", owner(2), 1_000)
        expect((yield* knows(leases.acquire("gone", owner(9), 1_000))).fencing).toBe(2)
        expect((yield* reasonOf(knows(leases.acquire("there", owner(9), 1_000))))._tag).toBe("LeaseHeld")
      }))

    test("a writer whose lease was taken over writes nothing more, and says so to every append", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        yield* ledger.createRun(record("r1"), abc)
        const first = yield* ledger.leases.acquire("run:r1", owner(1), 1_000)
        const zombie = yield* ledger.openWriter("r1", first)
        yield* commit(zombie, started(a))
        yield* TestClock.adjust(2_000)
        const second = yield* ledger.leases.acquire("run:r1", owner(2), 1_000)
        const writer = yield* ledger.openWriter("r1", second)
        yield* commit(writer, started(b))
        const lost = { _tag: "LeaseLost", key: "run:r1", fencing: 1, current: 2 }
        const told: Array<unknown> = []
        zombie.append(finished(a), (error) => told.push(error?.reason))
        zombie.append(finished(b), (error) => told.push(error?.reason))
        expect(yield* reasonOf(zombie.flush)).toEqual(lost)
        zombie.append(finished(c), (error) => told.push(error?.reason))
        expect(told).toEqual([lost, lost, lost])
        expect(yield* reasonOf(ledger.openWriter("r1", first))).toEqual(lost)
        yield* commit(writer, finished(b))
        const stored = yield* Stream.runCollect(ledger.events("r1"))
        expect(stored.map(({ event }) => event)).toEqual([started(a), started(b), finished(b)])
      }))

    test("a writer of a lease that was given back writes nothing", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        yield* ledger.createRun(record("r1"), abc)
        const lease = yield* ledger.leases.acquire("run:r1", owner(1), 1_000)
        const writer = yield* ledger.openWriter("r1", lease)
        yield* ledger.leases.release(lease)
        expect((yield* reasonOf(commit(writer, started(a))))._tag).toBe("LeaseLost")
        expect(yield* Stream.runCount(ledger.events("r1"))).toBe(0)
      }))

    test("closing the scope of a writer commits what waits; what is appended later is refused", () =>
      Effect.gen(function* () {
        const ledger = yield* Ledger
        yield* ledger.createRun(record("r1"), abc)
        const told: Array<string> = []
        const writer = yield* Effect.scoped(
          Effect.gen(function* () {
            const lease = yield* Lease.hold("run:r1")
            const opened = yield* ledger.openWriter("r1", lease.record())
            for (const event of [started(a), finished(a)]) {
              opened.append(event, (error) => told.push(error?.reason._tag ?? "committed"))
            }
            return opened
          }),
        )
        expect(told).toEqual(["committed", "committed"])
        expect(yield* Stream.runCount(ledger.events("r1"))).toBe(2)
        writer.append(started(b), (error) => told.push(error?.reason._tag ?? "committed"))
        expect(told.at(-1)).not.toBe("committed")
        expect(Exit.isFailure(yield* Effect.exit(writer.flush))).toBe(true)
        expect(yield* Stream.runCount(ledger.events("r1"))).toBe(2)
      }))

    test("runs keep apart: two writers at once, each with its own numbers", () =>
      Effect.gen(function* () {
        const first = yield* begin("r1")
        const second = yield* begin("r2")
        for (let i = 0; i < 1_500; i++) {
          first.writer.append(started(a, i))
          second.writer.append(started(b, i))
        }
        yield* first.writer.flush
        yield* second.writer.flush
        for (const runId of ["r1", "r2"]) {
          const seqs = (yield* Stream.runCollect(first.ledger.events(runId))).map((event) => event.seq)
          expect(seqs).toEqual(Array.from({ length: 1_500 }, (_, i) => i + 1))
        }
        yield* Clock.currentTimeMillis
      }))
  })
}
