import { describe, expect, it } from "@effect/vitest"
import { Ledger } from "@heddle/core/Ledger"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as Runner from "@heddle/core/Runner"
import { Cause, Effect, Exit, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { RunRequest } from "../src/RunBinding.ts"
import type { StudyFailure } from "../src/StudyRunner.ts"
import { resumeStudy, runStudy } from "../src/StudyRunner.ts"
import * as StudyRecords from "../src/StudyRecords.ts"
import { smallAgent, smallProblems, smallStudy, studyOf } from "./runStudies.ts"

const inMemory = Effect.provide(LedgerMemory.layer())
const settleFibers = TestClock.withLive(Effect.sleep("20 millis"))

const failureOf = <A>(exit: Exit.Exit<A, StudyFailure>): StudyFailure => {
  if (Exit.isSuccess(exit)) throw new Error("it did not fail")
  const error = Cause.squash(exit.cause)
  // The only failures of a study are these.
  return error as StudyFailure
}

describe("failed runs", () => {
  const failingAgent = { run: smallAgent.run, version: "1" }
  const mended = {
    version: "1",
    run: (request: Parameters<typeof smallAgent.run>[0]) => ({ output: { text: request.runId } }),
  }
  const options = (run: typeof failingAgent) => ({ agentBindings: { alpha: run }, problemRegistry: smallProblems })

  it.effect(
    "AC-28, R21: a resume with a mended agent runs the failed run again: attempts 2, the first error kept",
    () =>
      Effect.gen(function* () {
        const first = yield* runStudy(smallStudy, options(failingAgent))
        expect(first.results[5]).toMatchObject({ status: "failed", attempts: 1 })
        const calls: Array<string> = []
        const again = yield* resumeStudy(
          smallStudy,
          options({
            version: "1",
            run: (request) => {
              calls.push(request.runId)
              return mended.run(request)
            },
          }),
        )
        expect(calls).toEqual(["run-8ff3c4918d02"])
        expect(again.results[5]).toMatchObject({ status: "success", attempts: 2, errorInfo: null })
        const records = yield* Stream.runCollect(StudyRecords.records(again.runs, again.runId ?? ""))
        const last = records.at(-1)
        expect(last?.history.map(({ failure, status }) => [status, failure?.tag, failure?.message])).toEqual([
          ["failed", "RuntimeError", "boom, with a comma"],
          ["succeeded", undefined, undefined],
        ])
      }).pipe(inMemory),
  )

  it.effect("AC-28: with retrying off it stays failed and nothing is called", () =>
    Effect.gen(function* () {
      const study = { ...smallStudy, heddle: { retryFailed: false } }
      yield* runStudy(study, options(failingAgent))
      let calls = 0
      const again = yield* resumeStudy(study, options({ version: "1", run: () => (calls++, { output: {} }) }))
      expect(calls).toBe(0)
      expect(again.results[5]).toMatchObject({
        status: "failed",
        errorInfo: "RuntimeError: boom, with a comma",
        attempts: 1,
      })
    }).pipe(inMemory),
  )
})

describe("a study that changed", () => {
  const conditionRunner = () => ({ outputs: { a: 1 } })
  const seeded = (baseSeed: number) =>
    studyOf(3, { seedPolicy: { baseSeed, strategy: "condition_replicate", perRunOffset: 9973 } })

  it.effect("AC-29, R22: another base seed is refused with exit code 6, naming the field, and nothing is run", () =>
    Effect.gen(function* () {
      yield* runStudy(seeded(1), { conditionRunner })
      let calls = 0
      const exit = yield* Effect.exit(resumeStudy(seeded(2), { conditionRunner: () => (calls++, { outputs: {} }) }))
      const error = failureOf(exit)
      expect(error._tag).toBe("StudyChanged")
      expect(error.message).toContain("seed policy (3 runs)")
      expect("exitCode" in error && error.exitCode).toBe(6)
      expect("hints" in error && error.hints.join()).toContain("--on-change rerun")
      expect(calls).toBe(0)
    }).pipe(inMemory),
  )

  it.effect("AC-29: with an explicit override the stale runs run again, and the receipt says what changed", () =>
    Effect.gen(function* () {
      const first = yield* runStudy(seeded(1), { conditionRunner })
      const again = yield* resumeStudy(seeded(2), { conditionRunner, onChange: "rerun" })
      expect(again.runId).toBe(first.runId)
      expect(again.results.map(({ attempts }) => attempts)).toEqual([2, 2, 2])
      expect(again.results.map(({ runSpec }) => runSpec.seed)).not.toEqual(
        first.results.map(({ runSpec }) => runSpec.seed),
      )
      expect(again.changes).toEqual([{ field: "seed policy", runs: 3 }])
      expect(JSON.stringify(again.receipt?.details)).toContain("seed policy")
      for (const { reason } of again.plan.units) expect(reason).toContain("since this changed: seed policy")
      const records = yield* Stream.runCollect(StudyRecords.records(again.runs, again.runId ?? ""))
      for (const { reason } of records) expect(reason).toContain("changed")
    }).pipe(inMemory),
  )

  it.effect(
    "a change of anything that says which agent it is is refused: its version, the study's word, its model",
    () =>
      Effect.gen(function* () {
        const run = () => ({ output: { text: "a" } })
        const agent = { run, version: "1", metadata: { model_name: "m1" } }
        const study = (agentVersion: string) =>
          studyOf(1, {
            agentSpecs: ["a"],
            problemIds: ["p"],
            heddle: { agentVersions: new Map([["a", agentVersion]]) },
          })
        const bound = (a: typeof agent) => ({ agentBindings: { a }, problemRegistry: { p: { brief: "b" } } })
        yield* runStudy(study("1"), bound(agent))
        for (const [changed, declared] of [
          [{ ...agent, version: "2" }, "1"],
          [{ ...agent, metadata: { model_name: "m2" } }, "1"],
          [agent, "2"],
        ] as const) {
          const error = failureOf(yield* Effect.exit(resumeStudy(study(declared), bound(changed))))
          expect(error.message).toContain("agent a (1 run)")
        }
        expect((yield* resumeStudy(study("1"), bound({ ...agent }))).changes).toEqual([])
      }).pipe(inMemory),
  )

  it.effect("another primary outcome is refused: its column would hold two measures", () =>
    Effect.gen(function* () {
      const study = (primary: string) =>
        studyOf(2, {
          outcomes: ["a", "b"].map((name) => ({
            name,
            sourceTable: "metrics",
            column: name,
            primary: name === primary,
          })),
        })
      const conditionRunner = () => ({ outputs: {}, metrics: { a: 1, b: 2 } })
      const first = yield* runStudy(study("a"), { conditionRunner })
      expect(first.results.map(({ metrics }) => metrics.get("primary_outcome"))).toEqual([1, 1])
      const error = failureOf(yield* Effect.exit(resumeStudy(study("b"), { conditionRunner })))
      expect(error.message).toContain("primary outcome (2 runs)")
      const again = yield* resumeStudy(study("b"), { conditionRunner, onChange: "rerun" })
      expect(again.results.map(({ metrics }) => metrics.get("primary_outcome"))).toEqual([2, 2])
    }).pipe(inMemory),
  )

  it.effect("another rule of stopping is another plan, and refused: it decides which runs there are", () =>
    Effect.gen(function* () {
      const study = (looks: number | undefined) =>
        studyOf(2, {
          outcomes: [{ name: "a", sourceTable: "runs", column: "a", primary: true }],
          runBudget: { replicates: 8 },
          ...(looks === undefined ? {} : { heddle: { stopping: { rule: "group_sequential" as const, looks } } }),
        })
      const conditionRunner = ({ replicate }: { readonly replicate: number }) => ({
        outputs: {},
        metrics: { a: replicate % 3 },
      })
      const first = yield* runStudy(study(undefined), { conditionRunner })
      for (const changed of [study(2), study(4)]) {
        const error = failureOf(yield* Effect.exit(resumeStudy(changed, { conditionRunner })))
        expect(error.message).toContain("stopping rule (16 runs)")
      }
      const hashes = yield* Effect.forEach([undefined, 2, 4, 2], (looks) =>
        Effect.map(runStudy(study(looks), { conditionRunner, dryRun: true }), ({ plan }) => plan.hash),
      )
      expect(new Set(hashes).size).toBe(3)
      expect(hashes[0]).toBe(first.plan.hash)
      const removed = yield* runStudy(study(2), { conditionRunner, runId: "looked" })
      expect(removed.looks.length).toBeGreaterThan(0)
      const error = failureOf(yield* Effect.exit(resumeStudy(study(undefined), { conditionRunner, runId: "looked" })))
      expect(error.message).toContain("stopping rule")
    }).pipe(inMemory),
  )

  it.effect("AC-29: results are kept as they are on somebody's word, and stay accepted once the run has gone on", () =>
    Effect.gen(function* () {
      let calls = 0
      const failing = ({ factors }: { readonly factors: { readonly [name: string]: unknown } }) => {
        calls++
        if (factors["x"] === 3 && calls === 3) throw new Error("once")
        return { outputs: {} }
      }
      const options = { conditionRunner: failing, parallelism: 1, keepUnits: true }
      yield* runStudy(seeded(1), options)
      const kept = yield* resumeStudy(seeded(2), { ...options, onChange: "keep" })
      expect(kept.changes).toEqual([{ field: "seed policy", runs: 2 }])
      expect([calls, kept.receipt?.counts.reused, kept.receipt?.counts.succeeded]).toEqual([4, 2, 1])
      expect(kept.receipt?.units.map(({ reason }) => reason)).toEqual([
        "finished before, and kept on your word (--on-change keep) though this has changed since: seed policy",
        "finished before, and kept on your word (--on-change keep) though this has changed since: seed policy",
        "it failed before, and failed units were asked for",
      ])
      const next = yield* resumeStudy(seeded(2), options)
      expect([calls, next.results.length, next.changes.length]).toEqual([4, 3, 0])
      // What a result was made with is not forgotten by a resume that changes nothing.
      const records = yield* Stream.runCollect(StudyRecords.records(next.runs, next.runId ?? ""))
      expect(records.map((record) => record.kept)).toEqual(["seed policy", "seed policy", undefined])
      const error = failureOf(yield* Effect.exit(resumeStudy(seeded(3), options)))
      expect(error.message).toContain("seed policy (3 runs)")
    }).pipe(inMemory),
  )

  it.effect("R23: a plan that shrinks leaves out runs that are planned no more; one that grows runs the new ones", () =>
    Effect.gen(function* () {
      let calls = 0
      const counting = () => (calls++, { outputs: {} })
      yield* runStudy(studyOf(3), { conditionRunner: counting })
      const fewer = yield* resumeStudy(studyOf(1), { conditionRunner: counting })
      expect([calls, fewer.results.length]).toEqual([3, 1])
      const more = yield* resumeStudy(studyOf(4), { conditionRunner: counting })
      expect(more.results).toHaveLength(4)
      expect(calls).toBe(4)
    }).pipe(inMemory),
  )

  it.effect("a study that never ran has nothing to resume: exit code 10", () =>
    Effect.gen(function* () {
      const error = failureOf(yield* Effect.exit(resumeStudy(studyOf(1), { conditionRunner })))
      expect("exitCode" in error && error.exitCode).toBe(10)
      const fresh = yield* runStudy(studyOf(1), { conditionRunner, resume: true })
      expect(fresh.results).toHaveLength(1)
    }).pipe(inMemory),
  )

  it.effect("another study's run is not taken up", () =>
    Effect.gen(function* () {
      const other = yield* runStudy(studyOf(1, { studyId: "other" }), { conditionRunner })
      const runId = other.runId ?? ""
      const error = failureOf(yield* Effect.exit(resumeStudy(studyOf(1), { conditionRunner, runId })))
      expect(error.message).toContain("of study other")
    }).pipe(inMemory),
  )
})

describe("studies that stop", () => {
  it.effect(
    "AC-26, R5, R20: fail-fast keeps what is in flight, loses nothing, and a resume runs exactly the rest",
    () =>
      Effect.gen(function* () {
        const study = studyOf(6, { runBudget: { parallelism: 3, failFast: true } })
        const started: Array<unknown> = []
        let broken = true
        const conditionRunner = ({ factors }: { readonly factors: { readonly [name: string]: unknown } }) =>
          Effect.gen(function* () {
            started.push(factors["x"])
            yield* Effect.sleep(factors["x"] === 1 ? 50 : 100)
            if (factors["x"] === 1 && broken) return yield* Effect.die(new Error("the first fails"))
            return { outputs: { x: factors["x"] } }
          })
        const fiber = yield* Effect.forkChild(runStudy(study, { conditionRunner }))
        yield* settleFibers
        yield* TestClock.adjust(50)
        yield* settleFibers
        yield* TestClock.adjust(50)
        const first = yield* Fiber.join(fiber)
        expect(started).toEqual([1, 2, 3])
        expect(first.receipt?.counts).toMatchObject({ failed: 1, succeeded: 2, notStarted: 3 })
        expect(first.results.map(({ status }) => status)).toEqual(["failed", "success", "success"])
        broken = false
        const resumed = yield* Effect.forkChild(resumeStudy(study, { conditionRunner }))
        yield* settleFibers
        yield* TestClock.adjust(100)
        yield* settleFibers
        yield* TestClock.adjust(100)
        const again = yield* Fiber.join(resumed)
        expect(started.slice(3).toSorted()).toEqual([1, 4, 5, 6])
        expect(again.results.map(({ status }) => status)).toEqual(Array(6).fill("success"))
      }).pipe(inMemory),
  )

  it.effect(
    "a run that failed before and that the budget does not let start again stays failed, with all it left",
    () =>
      Effect.gen(function* () {
        // Five of eight runs of 0.1 fit; those of odd replicates fail.
        const study = studyOf(2, {
          runBudget: { replicates: 4, parallelism: 1 },
          heddle: { budgets: { study: { costUsd: 0.5 }, perRun: { costUsd: 0.1 } }, failures: { perCondition: 9 } },
        })
        const conditionRunner = (request: RunRequest) => {
          request.observe({ event_type: "step", text: "half way" })
          request.spend({ costUsd: 0.1 })
          if (request.replicate % 2 === 1) throw new Error("boom")
          return { outputs: {}, metrics: { cost_usd: 0.1 } }
        }
        const first = yield* runStudy(study, { conditionRunner })
        const before = yield* Stream.runCollect(StudyRecords.records(first.runs, first.runId ?? ""))
        expect(first.receipt?.counts).toMatchObject({ succeeded: 2, failed: 3, skipped: 3 })
        const again = yield* resumeStudy(study, { conditionRunner })
        expect(again.receipt?.counts).toMatchObject({ planned: 8, reused: 2, failed: 3, skipped: 3, notStarted: 0 })
        expect(again.receipt?.budgets).toMatchObject([{ spent: 0.5 }])
        const after = yield* Stream.runCollect(StudyRecords.records(again.runs, again.runId ?? ""))
        for (const [index, record] of after.entries()) {
          const { failure, history, outcome, result, spent } = before[index] ?? record
          expect(record).toMatchObject({
            outcome,
            attempts: before[index]?.attempts,
          })
          expect(record.failure).toEqual(failure)
          expect(record.history).toEqual(history)
          expect(record.spent?.["cost_usd"] ?? 0).toBe(spent?.["cost_usd"] ?? 0)
          expect(record.result?.observations).toEqual(result?.observations)
          expect(record.result?.errorInfo).toEqual(result?.errorInfo)
          expect(record.result?.costUsd).toEqual(result?.costUsd)
          if (outcome === "failed")
            expect(record.reason).toMatch(/^not tried again: it may need 0.1 of the budget cost_usd/)
        }
      }).pipe(inMemory),
  )

  it.effect("R26: an interruption stops starting, records what ran, and a resume runs the rest", () =>
    Effect.gen(function* () {
      const study = studyOf(10, { runBudget: { parallelism: 2 } })
      const control = yield* Runner.makeControl
      let calls = 0
      const conditionRunner = () =>
        Effect.gen(function* () {
          calls++
          if (calls === 4) yield* control.interrupt
          yield* Effect.yieldNow
          return { outputs: {} }
        })
      const first = yield* runStudy(study, { conditionRunner, control })
      expect(first.receipt?.status).toBe("interrupted")
      const done = first.receipt?.counts.succeeded ?? 0
      expect(done).toBeGreaterThanOrEqual(2)
      const before = calls
      const again = yield* resumeStudy(study, { conditionRunner })
      expect(again.results.filter(({ status }) => status === "success")).toHaveLength(10)
      expect(calls - before).toBe(10 - done)
    }).pipe(inMemory),
  )

  it.effect("AC-26: a run that is out of time keeps the cost and the events that it told before", () =>
    Effect.gen(function* () {
      const study = studyOf(1, { heddle: { timeoutS: 5 } })
      const fiber = yield* Effect.forkChild(
        runStudy(study, {
          conditionRunner: (request) =>
            Effect.gen(function* () {
              request.observe({ event_type: "step", text: "half way" })
              request.spend({ costUsd: 0.7 })
              yield* Effect.sleep("1 hour")
              return { outputs: {} }
            }),
        }),
      )
      yield* settleFibers
      yield* TestClock.adjust("5 seconds")
      const { results } = yield* Fiber.join(fiber)
      expect(results[0]).toMatchObject({ status: "failed", costUsd: 0.7, latencyS: 5 })
      expect(results[0]?.errorInfo).toContain("TimedOut")
      expect(results[0]?.observations.map(({ text }) => text)).toEqual(["half way"])
    }).pipe(inMemory),
  )

  it.effect("events of a run that goes on are in the ledger before it ends", () =>
    Effect.gen(function* () {
      const ledger = yield* Ledger
      const { runId = "" } = yield* runStudy(studyOf(1), {
        conditionRunner: async (request) => {
          request.observe({ event_type: "step", text: "half way" })
          return { outputs: {} }
        },
      })
      const stored = yield* Stream.runCollect(ledger.events(runId))
      const types = stored.map(({ event }) => (event.type === "unitNoted" ? event.name : event.type))
      expect(types.indexOf("experiments.observation")).toBeGreaterThan(0)
      expect(types.indexOf("experiments.observation")).toBeLessThan(types.indexOf("unitFinished"))
    }).pipe(inMemory),
  )

  it.effect("R9: a parallelism of 0 is an error before anything is made", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(runStudy(studyOf(1), { parallelism: 0, conditionRunner: () => null }))
      expect(failureOf(exit).message).toContain("parallelism must be a whole number of 1 or more")
    }).pipe(inMemory),
  )

  it.effect("without a checkpoint nothing is left to resume", () =>
    Effect.gen(function* () {
      const conditionRunner = () => ({ outputs: {} })
      const { results } = yield* runStudy(studyOf(2), { conditionRunner, checkpoint: false })
      expect(results).toHaveLength(2)
      expect(yield* (yield* Ledger).listRuns()).toEqual([])
    }).pipe(inMemory),
  )
})
