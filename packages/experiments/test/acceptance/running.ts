/**
 * Acceptance cases 15, 17, 18, 24-31 and 35: studies that are run, over each ledger there is.
 */
import { expect } from "@effect/vitest"
import { Ledger, LedgerError, type LedgerShape } from "@heddle/core/Ledger"
import * as Runner from "@heddle/core/Runner"
import type { RunRecord } from "@heddle/experiments/Run"
import * as MersenneTwister from "@heddle/experiments/MersenneTwister"
import type { RunRequest } from "@heddle/experiments/RunBinding"
import * as StableJson from "@heddle/experiments/StableJson"
import * as StudyRecords from "@heddle/experiments/StudyRecords"
import { dryRunValidate, resumeStudy, runStudy, type StudyRun } from "@heddle/experiments/StudyRunner"
import * as Value from "@heddle/experiments/Value"
import { Deferred, Effect, Random, Stream } from "effect"
import { TestClock } from "effect/testing"
import { join } from "node:path"
import { smallAgent, smallProblems, smallStudy, studyOf } from "../runStudies.ts"
import { artifactsIn, type Book, contents, frozen, ledgers, overEach, temporary } from "./support.ts"

const small = { agentBindings: { alpha: smallAgent }, problemRegistry: smallProblems }

const recordsOf = (run: StudyRun): Effect.Effect<ReadonlyArray<RunRecord>, LedgerError, Ledger> =>
  Stream.runCollect(StudyRecords.records(run.runs, run.runId ?? ""))

const costing = (costUsd: number) => (request: RunRequest) =>
  Effect.gen(function* () {
    yield* Effect.yieldNow
    request.spend({ costUsd })
    return { outputs: { x: request.factors["x"] }, metrics: { cost_usd: costUsd } }
  })

const gone = new LedgerError({
  reason: { _tag: "Storage", location: "test", operation: "commit", problem: "the process is gone", kind: "other" },
})

/** A ledger whose process dies after so many events: those are on record, nothing later is. */
const dying = (inner: LedgerShape, after: number): LedgerShape => {
  let appended = 0
  return {
    ...inner,
    openWriter: (...given) =>
      Effect.map(inner.openWriter(...given), (writer) => ({
        ...writer,
        append: (event, committed, ...more) => {
          if (++appended > after) committed?.(gone)
          else writer.append(event, committed, ...more)
        },
        flush: Effect.andThen(
          writer.flush,
          Effect.suspend(() => (appended > after ? Effect.fail(gone) : Effect.void)),
        ),
      })),
  }
}

/** Final records of each unit in the ledger: a reused outcome is the old one, not another. */
const finals = (ledger: LedgerShape, runId: string) =>
  Effect.map(Stream.runCollect(ledger.events(runId)), (events) => {
    const counts = new Map<string, number>()
    for (const { event } of events) {
      if (event.type !== "unitFinished" || event.outcome.status === "reused") continue
      counts.set(event.outcome.id, (counts.get(event.outcome.id) ?? 0) + 1)
    }
    return counts
  })

export const runningCases = ({ live, test }: Book): void => {
  test("AC-15", "the small study has its run ids, seeds and order; five succeed and the last fails as it did", () =>
    overEach(() =>
      Effect.gen(function* () {
        const { results } = yield* runStudy(smallStudy, small)
        expect(results.map(({ runId }) => runId.replace("run-", ""))).toEqual(
          "72e23fcebf53 e1e6070e0a2b f51bdd7539b7 e11dc7010141 d5edc1a70b98 8ff3c4918d02".split(" "),
        )
        expect(results.map(({ runSpec }) => runSpec.seed)).toEqual([
          25435543, 1503550088, 956657978, 1907274812, 1452743068, 255065209,
        ])
        expect(results.map(({ status }) => status)).toEqual([...Array(5).fill("success"), "failed"])
        expect(results[5]?.errorInfo).toBe("RuntimeError: boom, with a comma")
      }),
    ),
  )

  test("AC-17", "a condition runner draws Python's numbers by the seed of each run, without agent and problem", () =>
    overEach(() =>
      Effect.gen(function* () {
        const study = { ...smallStudy, studyId: "golden-standalone", problemIds: [], agentSpecs: [] }
        const { results } = yield* runStudy(study, {
          conditionRunner: ({ seed }) => {
            const random = MersenneTwister.make(seed)
            return { outputs: { draws: [random.random(), random.random()] } }
          },
        })
        const of = (id: string) => results.find(({ runId }) => runId === id)
        expect(of("run-fced5f607a25")?.runSpec.seed).toBe(1119740372)
        expect(Value.toJson(of("run-fced5f607a25")?.outputs ?? null)).toEqual({
          draws: [0.23810439835331598, 0.6035073365278907],
        })
        expect(of("run-58df9a8be551")?.runSpec.seed).toBe(1362834508)
        expect(Value.toJson(of("run-58df9a8be551")?.outputs ?? null)).toEqual({
          draws: [0.018473950807570416, 0.37389309029226037],
        })
        for (const { runSpec } of results) expect([runSpec.agentId, runSpec.problemId]).toEqual([null, null])
      }),
    ),
  )

  test("AC-18", "an evaluator's numbers and booleans are rows, events are counted, tokens are floats", () =>
    overEach(() =>
      Effect.gen(function* () {
        for (const compatibility of [true, false]) {
          const { results } = yield* runStudy(smallStudy, { ...small, compatibility })
          const run = results.find(({ evaluatorOutputs }) => evaluatorOutputs[0]?.metricValue === 0.836)
          // By default a truth value is a number, so that whoever reads the table can compute with it.
          const isOk = compatibility ? true : 1
          expect(run?.evaluatorOutputs.map(({ metricName, metricValue }) => [metricName, metricValue])).toEqual([
            ["score", 0.836],
            ["is_ok", isOk],
            ["count", 3],
          ])
          expect(run?.metrics.get("primary_outcome")).toBe(0.836)
          const counted = ["tool_call_count", "step_event_count", "unique_actor_count"]
          expect(counted.map((name) => run?.metrics.get(name))).toEqual([1, 2, 2])
          const tokens = ["input_tokens", "output_tokens"].map((name) => run?.metrics.get(name) ?? null)
          expect(StableJson.stringify(tokens)).toBe("[5.0,7.0]")
        }
      }),
    ),
  )

  live(
    "AC-24",
    "20 runs that draw twice with a pause give the same at parallelism 1, 2 and 8; no other generator moves",
    () =>
      overEach(() =>
        Effect.gen(function* () {
          const study = studyOf(10, { runBudget: { replicates: 2 } })
          const outputsAt = (parallelism: number) =>
            Effect.map(
              runStudy(study, {
                parallelism,
                conditionRunner: ({ factors, random, replicate }) =>
                  Effect.gen(function* () {
                    const first = [random.next(), yield* Random.next]
                    yield* Effect.sleep((Number(factors["x"]) * 7 + replicate) % 5)
                    return {
                      outputs: { first, second: [random.next(), random.stream("b").next(), yield* Random.next] },
                    }
                  }),
              }),
              ({ results }) => results.map(({ outputs, runId }) => [runId, Value.toJson(outputs)]),
            )
          const program = Effect.gen(function* () {
            const before = yield* Random.next
            return {
              outputs: [yield* outputsAt(1), yield* outputsAt(2), yield* outputsAt(8)] as const,
              draws: [before, yield* Random.next],
            }
          })
          const { draws, outputs } = yield* Random.withSeed(program, "caller")
          const [serial, two, eight] = outputs
          expect(serial).toHaveLength(20)
          expect(new Set(serial.map(([, output]) => JSON.stringify(output))).size).toBe(20)
          expect(two).toEqual(serial)
          expect(eight).toEqual(serial)
          expect(draws).toEqual(yield* Random.withSeed(Effect.all([Random.next, Random.next]), "caller"))
        }),
      ),
  )

  test("AC-25", "at parallelism 4, though later runs end first, every file equals that of the serial study", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(frozen)
      const study = studyOf(4, { runBudget: { replicates: 2 } })
      for (const [name, make] of ledgers) {
        const filesAt = Effect.fnUntraced(function* (parallelism: number, finished: Array<string>) {
          const root = yield* temporary
          const ended = yield* Effect.forEach(Array.from({ length: 9 }), () => Deferred.make<void>())
          let place = 0
          yield* runStudy(study, {
            parallelism,
            includeSqlite: true,
            includeParquet: true,
            runId: "run-1",
            conditionRunner: ({ random, runId }) =>
              Effect.gen(function* () {
                const mine = place++
                const next = ended[mine + 1]
                // Of each four that are under way, the first waits for the second, and so on.
                if (parallelism > 1 && mine % 4 !== 3 && next !== undefined) yield* Deferred.await(next)
                finished.push(runId)
                const own = ended[mine]
                if (own !== undefined) yield* Deferred.succeed(own, undefined)
                return { outputs: { draw: random.next() }, metrics: { primary_outcome: random.next() } }
              }),
          }).pipe(Effect.provide(artifactsIn(root)), Effect.provideServiceEffect(Ledger, make(yield* temporary)))
          return contents(join(root, study.outputDir))
        })
        const [inOrder, inReverse]: [Array<string>, Array<string>] = [[], []]
        const serial = yield* filesAt(1, inOrder)
        const parallel = yield* filesAt(4, inReverse)
        expect(inReverse.slice(0, 4)).toEqual(inOrder.slice(0, 4).toReversed())
        expect([...parallel.keys()]).toEqual([...serial.keys()])
        expect(serial.size, name).toBeGreaterThan(10)
        for (const [file, text] of serial) expect(parallel.get(file) === text, `${name}: ${file}`).toBe(true)
      }
    }),
  )

  test("AC-26", "fail-fast with three in flight: what is in flight is kept, and a resume runs exactly the rest", () =>
    overEach(() =>
      Effect.gen(function* () {
        const study = studyOf(6, { runBudget: { parallelism: 3, failFast: true } })
        const started: Array<unknown> = []
        const three = yield* Deferred.make<void>()
        const failed = yield* Deferred.make<void>()
        let broken = true
        const conditionRunner = ({ factors }: RunRequest) =>
          Effect.gen(function* () {
            started.push(factors["x"])
            if (!broken) return { outputs: { x: factors["x"] } }
            if (started.length === 3) yield* Deferred.succeed(three, undefined)
            yield* Deferred.await(three)
            if (factors["x"] === 1) return yield* Effect.die(new RangeError("the first fails"))
            yield* Deferred.await(failed)
            return { outputs: { x: factors["x"] } }
          })
        const first = yield* runStudy(study, {
          conditionRunner,
          observers: [
            (event) => {
              if (event.type === "unitFinished" && event.outcome.status === "failed") {
                Deferred.doneUnsafe(failed, Effect.void)
              }
            },
          ],
        })
        expect(started.toSorted()).toEqual([1, 2, 3])
        expect(first.receipt?.counts).toMatchObject({ failed: 1, succeeded: 2, notStarted: 3 })
        const states = yield* recordsOf(first)
        expect(states.map(({ outcome }) => outcome)).toEqual([
          "failed",
          "succeeded",
          "succeeded",
          "notStarted",
          "notStarted",
          "notStarted",
        ])
        broken = false
        started.length = 0
        const again = yield* resumeStudy(study, { conditionRunner })
        expect(started.toSorted()).toEqual([1, 4, 5, 6])
        expect(again.results.map(({ outputs }) => outputs.get("x"))).toEqual([1, 2, 3, 4, 5, 6])
        expect(again.results.every(({ status }) => status === "success")).toBe(true)
      }),
    ),
  )

  test(
    "AC-27",
    "a study whose process dies after any of its records is completed by a resume, and no run is paid twice",
    () =>
      overEach((name) =>
        Effect.gen(function* () {
          const study = studyOf(3, {
            runBudget: { replicates: 2, parallelism: 2 },
            heddle: { budgets: { study: { costUsd: 2 }, perRun: { costUsd: 0.1 } } },
          })
          const whole = yield* temporary
          yield* TestClock.setTime(frozen)
          const options = { compatibility: true, conditionRunner: costing(0.1) }
          const undisturbed = yield* runStudy(study, options).pipe(Effect.provide(artifactsIn(whole)))
          const ledger = yield* Ledger
          const events = yield* Stream.runCollect(ledger.events(undisturbed.runId ?? ""))
          expect(events.length, name).toBeGreaterThan(12)
          for (let after = 0; after <= events.length; after++) {
            const root = yield* temporary
            yield* TestClock.adjust("1 minute")
            const runId = `r-${after}`
            const calls: Array<string> = []
            const counting = (request: RunRequest) => {
              calls.push(request.runId)
              return costing(0.1)(request)
            }
            const first = yield* Effect.exit(
              runStudy(study, { ...options, runId, conditionRunner: counting }).pipe(
                Effect.provideService(Ledger, dying(ledger, after)),
              ),
            )
            expect(first._tag, `${name} ${after}`).toBe(after < events.length ? "Failure" : "Success")
            const before = calls.length
            const again = yield* resumeStudy(study, { ...options, runId, conditionRunner: counting }).pipe(
              Effect.provide(artifactsIn(root)),
            )
            expect(again.results.map(({ status }) => status)).toEqual(Array(6).fill("success"))
            const counts = yield* finals(ledger, runId)
            expect([...counts.values()], `${name} ${after}`).toEqual(Array(6).fill(1))
            expect(counts.size).toBe(6)
            // Each run ends once, and what was cut off is at most what was under way.
            expect(calls.length, `${name} ${after}`).toBeLessThanOrEqual(6 + 2)
            expect(new Set(calls).size).toBe(6)
            const states = yield* recordsOf(again)
            const spent = again.receipt?.budgets?.[0]?.spent ?? 0.1 * calls.length
            expect(spent, `${name} ${after}: spent`).toBeGreaterThanOrEqual(0.1 * calls.length - 1e-9)
            expect(spent, `${name} ${after}: spent`).toBeLessThanOrEqual(0.1 * (6 + 2) + 1e-9)
            expect(states.map(({ outcome }) => outcome).filter((outcome) => !/succeeded|reused/.test(outcome))).toEqual(
              [],
            )
            expect(before + (calls.length - before)).toBe(calls.length)
            const [ours, theirs] = [contents(join(root, study.outputDir)), contents(join(whole, study.outputDir))]
            expect([...ours.keys()]).toEqual([...theirs.keys()])
            for (const [file, text] of theirs) {
              const untimed = (given: string) => given.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00/g, "<time>")
              expect(untimed(ours.get(file) ?? "") === untimed(text), `${name} ${after}: ${file}`).toBe(true)
            }
          }
        }),
      ),
  )

  test("AC-27", "a study that is interrupted at any of its events is completed by a resume, once for each run", () =>
    overEach((name, ledger) =>
      Effect.gen(function* () {
        const study = studyOf(4, { runBudget: { parallelism: 2 } })
        const undisturbed = yield* runStudy(study, { conditionRunner: costing(0), runId: "whole" })
        const events = yield* Stream.runCollect(ledger.events(undisturbed.runId ?? ""))
        for (let at = 1; at <= events.length; at++) {
          const runId = `r-${at}`
          const control = yield* Runner.makeControl
          const runSync = Effect.runSyncWith(yield* Effect.context())
          const interrupt = () => runSync(control.interrupt)
          let seen = 0
          const first = yield* runStudy(study, {
            runId,
            control,
            conditionRunner: costing(0),
            observers: [() => void (++seen === at && interrupt())],
          })
          const done = first.receipt?.counts.succeeded ?? 0
          const calls: Array<string> = []
          const again = yield* resumeStudy(study, {
            runId,
            conditionRunner: (request) => {
              calls.push(request.runId)
              return costing(0)(request)
            },
          })
          expect(calls.length, `${name} ${at}`).toBe(4 - done)
          expect(again.results.map(({ status }) => status)).toEqual(Array(4).fill("success"))
          const states = yield* recordsOf(again)
          expect(states.map(({ runSpec }) => runSpec.runId)).toEqual(again.runs.map((run) => run.runId))
        }
      }),
    ),
  )

  test(
    "AC-28",
    "a failed run with a mended agent succeeds on resume: attempts 2, the first error kept; off, it stays failed",
    () =>
      overEach(() =>
        Effect.gen(function* () {
          const calls: Array<string> = []
          const mended = {
            version: "1",
            run: (request: RunRequest) => {
              calls.push(request.runId)
              return { output: { candidate: [0.5, 1] } }
            },
          }
          const broken = { agentBindings: { alpha: { ...smallAgent, version: "1" } }, problemRegistry: smallProblems }
          const whole = { agentBindings: { alpha: mended }, problemRegistry: smallProblems }
          yield* runStudy(smallStudy, broken)
          const off = yield* resumeStudy(smallStudy, { ...whole, retryFailed: false })
          expect(calls).toEqual([])
          expect(off.results[5]).toMatchObject({
            status: "failed",
            attempts: 1,
            errorInfo: "RuntimeError: boom, with a comma",
          })
          const again = yield* resumeStudy(smallStudy, whole)
          expect(calls).toEqual(["run-8ff3c4918d02"])
          expect(again.results[5]).toMatchObject({ status: "success", attempts: 2, errorInfo: null })
          const history = (yield* recordsOf(again)).at(-1)?.history
          expect(history?.map(({ failure, status }) => [status, failure?.tag, failure?.message])).toEqual([
            ["failed", "RuntimeError", "boom, with a comma"],
            ["succeeded", undefined, undefined],
          ])
        }),
      ),
  )

  test("AC-29", "another base seed is refused and named; on somebody's word the stale runs run again", () =>
    overEach(() =>
      Effect.gen(function* () {
        const seeded = (baseSeed: number) => studyOf(3, { seedPolicy: { baseSeed } })
        let calls = 0
        const conditionRunner = ({ seed }: RunRequest) => {
          calls++
          return { outputs: { seed } }
        }
        yield* runStudy(seeded(1), { conditionRunner })
        const refused = yield* Effect.flip(resumeStudy(seeded(2), { conditionRunner }))
        expect(refused._tag).toBe("StudyChanged")
        expect(refused.message).toContain("seed policy")
        expect(refused).toMatchObject({ exitCode: 6 })
        expect(calls).toBe(3)
        const again = yield* resumeStudy(seeded(2), { conditionRunner, onChange: "rerun" })
        expect(calls).toBe(6)
        expect(again.results.map(({ attempts }) => attempts)).toEqual([2, 2, 2])
        for (const { outputs, runSpec } of again.results) expect(outputs.get("seed")).toBe(runSpec.seed)
      }),
    ),
  )

  test(
    "AC-30",
    "five conditions and max_runs 2 are an error in the plan, never silent; a balanced subset is asked for",
    () =>
      overEach((_, ledger) =>
        Effect.gen(function* () {
          const conditionRunner = () => ({ outputs: {} })
          const study = studyOf(5, { runBudget: { maxRuns: 2 } })
          const report = yield* dryRunValidate(study, { conditionRunner })
          expect(report.errors.join("\n")).toMatch(/5 runs.*max_runs allows 2/)
          const error = yield* Effect.flip(runStudy(study, { conditionRunner }))
          expect(error.message).toMatch(/5 runs.*max_runs allows 2/)
          expect(yield* ledger.listRuns()).toEqual([])
          const subset = studyOf(5, {
            runBudget: { replicates: 3, maxRuns: 12 },
            heddle: { maxRunsPolicy: "balanced" },
          })
          const { plan, results } = yield* runStudy(subset, { conditionRunner })
          const perCondition = new Map<string, number>()
          for (const { runSpec } of results) {
            perCondition.set(runSpec.conditionId, (perCondition.get(runSpec.conditionId) ?? 0) + 1)
          }
          expect([...perCondition.values()]).toEqual([2, 2, 2, 2, 2])
          for (const { reason } of plan.units) expect(reason).toContain("5 of the 15 runs")
        }),
      ),
  )

  test("AC-31", "an agent that says it failed has failed, and a crash of the evaluator keeps what was paid for", () =>
    overEach(() =>
      Effect.gen(function* () {
        const study = studyOf(1, { agentSpecs: ["a"], problemIds: ["p"] })
        const problem = { problemId: "p", family: "f", brief: "b", payload: {}, metadata: {} }
        const failing = yield* runStudy(study, {
          problemRegistry: { p: problem },
          agentBindings: {
            a: () => ({
              success: false,
              output: { text: "half an answer", candidate: [1] },
              metadata: { model_name: "m" },
              metrics: { cost_usd: 0.7 },
              events: [{ event_type: "step", text: "tried" }],
            }),
          },
        })
        expect(failing.results[0]).toMatchObject({ status: "failed", costUsd: 0.7 })
        expect(failing.results[0]?.observations.map(({ text }) => text)).toEqual(["tried"])
        expect(Value.toJson(failing.results[0]?.outputs ?? null)).toEqual({ text: "half an answer", candidate: [1] })

        const other = studyOf(1, { studyId: "s2", agentSpecs: ["a"], problemIds: ["p"] })
        const crashed = yield* runStudy(other, {
          problemRegistry: {
            p: {
              ...problem,
              evaluator: () => {
                throw new TypeError("it broke")
              },
            },
          },
          agentBindings: { a: () => ({ output: { text: "the answer" }, metrics: { cost_usd: Value.float(3) } }) },
        })
        expect(crashed.results[0]).toMatchObject({ status: "failed", costUsd: 3, errorInfo: "TypeError: it broke" })
        expect(crashed.results[0]?.outputs.get("text")).toBe("the answer")
      }),
    ),
  )

  test(
    "AC-35",
    "a budget of 1.00 pays at most three runs of 0.30 with four at a time; the others say why they did not run",
    () =>
      overEach(() =>
        Effect.gen(function* () {
          const study = studyOf(8, {
            runBudget: { parallelism: 4 },
            heddle: { budgets: { study: { costUsd: 1 }, perRun: { costUsd: 0.3 } } },
          })
          let calls = 0
          const run = yield* runStudy(study, {
            conditionRunner: (request) => {
              calls++
              return costing(0.3)(request)
            },
          })
          expect(calls).toBe(3)
          const records = yield* recordsOf(run)
          const skipped = records.filter(({ outcome }) => outcome === "skipped")
          expect(records.filter(({ outcome }) => outcome === "succeeded")).toHaveLength(3)
          expect(skipped).toHaveLength(5)
          for (const { reason } of skipped) expect(reason).toContain("cost_usd")
          expect(run.receipt?.budgets?.[0]?.spent ?? 9).toBeLessThanOrEqual(1)
          // A resume has the same 0.1 left: nothing more is paid.
          const again = yield* resumeStudy(study, { conditionRunner: costing(0.3) })
          expect(again.results.filter(({ status }) => status === "success")).toHaveLength(3)
        }),
      ),
  )
}
