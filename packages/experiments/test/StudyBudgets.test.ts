import { describe, expect, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { Effect, Fiber, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"
import { SpendingTally } from "../src/report/RunSpending.ts"
import type { RunRecord, RunResult } from "../src/Run.ts"
import type { RunRequest } from "../src/RunBinding.ts"
import { resumeStudy, runStudy, type StudyRun } from "../src/StudyRunner.ts"
import * as StudyRecords from "../src/StudyRecords.ts"
import { studyOf } from "./runStudies.ts"

const inMemory = Effect.provide(LedgerMemory.layer())
const settleFibers = TestClock.withLive(Effect.sleep("20 millis"))

const recordsOf = (run: StudyRun) =>
  Effect.map(Stream.runCollect(StudyRecords.records(run.runs, run.runId ?? "")), (all): ReadonlyArray<RunRecord> => [
    ...all,
  ])

const costing = (costUsd: number) => (request: RunRequest) =>
  Effect.gen(function* () {
    yield* Effect.yieldNow
    request.spend({ costUsd })
    return { outputs: {}, metrics: { cost_usd: costUsd } }
  })

describe("budgets", () => {
  it.effect(
    "AC-35: a budget of 1.00 and runs of 0.30 at parallelism 4 charge three runs; the others are skipped with the reason",
    () =>
      Effect.gen(function* () {
        const study = studyOf(8, { heddle: { budgets: { study: { costUsd: 1 }, perRun: { costUsd: 0.3 } } } })
        const run = yield* runStudy(study, { parallelism: 4, conditionRunner: costing(0.3) })
        const records = yield* recordsOf(run)
        expect(records.map(({ outcome }) => outcome)).toEqual([
          ...Array(3).fill("succeeded"),
          ...Array(5).fill("skipped"),
        ])
        for (const { reason } of records.slice(3)) expect(reason).toContain("budget cost_usd")
        const [budget] = run.receipt?.budgets ?? []
        expect(budget?.spent).toBeCloseTo(0.9, 12)
        expect(budget?.overrun).toBe(false)
        expect(run.results).toHaveLength(3)
      }).pipe(inMemory),
  )

  it.effect("AC-35: what runs do not spend is there for others", () =>
    Effect.gen(function* () {
      const study = studyOf(8, { heddle: { budgets: { study: { costUsd: 1 }, perRun: { costUsd: 0.3 } } } })
      const run = yield* runStudy(study, { parallelism: 4, conditionRunner: costing(0.1) })
      expect(run.receipt?.counts).toMatchObject({ succeeded: 8, skipped: 0 })
    }).pipe(inMemory),
  )

  it.effect("a run that spends more than it may fails, its cost and outputs are kept, and the budget closes", () =>
    Effect.gen(function* () {
      const study = studyOf(3, { heddle: { budgets: { study: { costUsd: 10 }, perRun: { costUsd: 0.3 } } } })
      const run = yield* runStudy(study, {
        parallelism: 1,
        conditionRunner: () => ({ outputs: { a: 1 }, metrics: { cost_usd: 0.5 } }),
      })
      expect(run.results[0]).toMatchObject({ status: "failed", costUsd: 0.5, outputs: new Map([["a", 1]]) })
      expect(run.results[0]?.errorInfo).toContain("RunOverBudget")
      expect(run.receipt?.budgets?.[0]).toMatchObject({ spent: 0.5, overrun: true })
      expect(run.receipt?.counts).toMatchObject({ failed: 1, skipped: 2 })
      const [first, ...others] = yield* recordsOf(run)
      for (const { reason } of others) {
        expect(reason).toBe(
          `the budget cost_usd was closed by an overrun: ${first?.runSpec.runId} spent 0.5, and could spend 0.3`,
        )
      }
    }).pipe(inMemory),
  )

  it.effect("what an invalid return says that it cost is what it cost; one that says nothing costs the cap", () =>
    Effect.gen(function* () {
      const study = studyOf(4, { heddle: { budgets: { study: { costUsd: 2 }, perRun: { costUsd: 0.3 } } } })
      const metrics = { cost_usd: 0.1 }
      const returns = [{ metrics }, { outputs: { f: () => 1 }, metrics }, { outputs: 5, metrics }, { outputs: 5 }]
      const run = yield* runStudy(study, {
        parallelism: 1,
        conditionRunner: ({ factors }) => returns[Number(factors["x"]) - 1],
      })
      expect(run.receipt?.counts).toMatchObject({ failed: 4 })
      const records = yield* recordsOf(run)
      expect(records.map(({ spent }) => spent?.["cost_usd"])).toEqual([0.1, 0.1, 0.1, 0.3])
      expect(run.results.map(({ costUsd }) => costUsd)).toEqual([0.1, 0.1, 0.1, 0])
    }).pipe(inMemory),
  )

  it.effect("a cap for each run holds without any budget of the study", () =>
    Effect.gen(function* () {
      const study = studyOf(2, { heddle: { budgets: { perRun: { tokens: 100 } } } })
      const { results } = yield* runStudy(study, {
        conditionRunner: ({ factors }) => ({
          outputs: {},
          metrics: { input_tokens: 60, output_tokens: factors["x"] === 1 ? 41 : 40 },
        }),
      })
      expect(results.map(({ status }) => status)).toEqual(["failed", "success"])
      expect(results[0]?.errorInfo).toContain("101 of tokens")
    }).pipe(inMemory),
  )

  it.effect("the time that one run may take ends it", () =>
    Effect.gen(function* () {
      const study = studyOf(1, { heddle: { timeoutS: 60, budgets: { perRun: { timeS: 2 } } } })
      const fiber = yield* Effect.forkChild(
        runStudy(study, { conditionRunner: () => Effect.as(Effect.sleep("30 seconds"), { outputs: {} }) }),
      )
      yield* settleFibers
      yield* TestClock.adjust("2 seconds")
      const { receipt } = yield* Fiber.join(fiber)
      expect(receipt?.counts).toMatchObject({ timedOut: 1 })
    }).pipe(inMemory),
  )

  it.effect("tokens and time have budgets of the study as money has", () =>
    Effect.gen(function* () {
      const tokens = studyOf(4, { heddle: { budgets: { study: { tokens: 25 }, perRun: { tokens: 10 } } } })
      const counted = yield* runStudy(tokens, {
        parallelism: 4,
        conditionRunner: () => ({ outputs: {}, metrics: { input_tokens: 6, output_tokens: 4 } }),
      })
      expect(counted.receipt?.counts).toMatchObject({ succeeded: 2, skipped: 2 })
      expect(counted.receipt?.budgets).toMatchObject([{ name: "tokens", spent: 20, overrun: false }])
      const time = studyOf(4, { studyId: "t", heddle: { budgets: { study: { timeS: 25 }, perRun: { timeS: 10 } } } })
      const fiber = yield* Effect.forkChild(
        runStudy(time, {
          parallelism: 1,
          conditionRunner: () => Effect.as(Effect.sleep("8 seconds"), { outputs: {} }),
        }),
      )
      yield* settleFibers
      for (let second = 0; second < 30; second++) {
        yield* TestClock.adjust("1 second")
        yield* settleFibers
      }
      const timed = yield* Fiber.join(fiber)
      // Two took 8 s each; the third might take 10 s, and 9 s are left.
      expect(timed.receipt?.counts).toMatchObject({ succeeded: 2, skipped: 2 })
    }).pipe(inMemory),
  )

  it.effect("a budget of each condition stops that condition only", () =>
    Effect.gen(function* () {
      const study = studyOf(2, {
        runBudget: { replicates: 4 },
        heddle: { budgets: { perCondition: { costUsd: 0.5 }, perRun: { costUsd: 0.3 } } },
      })
      const run = yield* runStudy(study, {
        parallelism: 3,
        conditionRunner: (request) => costing(request.factors["x"] === 1 ? 0.2 : 0.05)(request),
      })
      const records = yield* recordsOf(run)
      // 0.2 + 0.2 are spent, and 0.3 more would be above 0.5.
      expect(records.map(({ outcome }) => outcome)).toEqual([
        "succeeded",
        "succeeded",
        "skipped",
        "skipped",
        ...Array(4).fill("succeeded"),
      ])
      expect(records[2]?.reason).toMatch(/condition cond-\w+ has 0.1 of 0.5 left/)
    }).pipe(inMemory),
  )

  it.effect("what earlier sessions spent counts, for the study and for each condition", () =>
    Effect.gen(function* () {
      const study = studyOf(2, {
        runBudget: { replicates: 3, parallelism: 1 },
        heddle: {
          budgets: { study: { costUsd: 10 }, perCondition: { costUsd: 1 }, perRun: { costUsd: 0.4 } },
          failures: { perCondition: 1 },
        },
      })
      const failing = (request: RunRequest) => {
        request.spend({ costUsd: 0.4 })
        throw new Error("it broke after it was paid for")
      }
      const first = yield* runStudy(study, { conditionRunner: failing })
      expect(first.receipt?.counts).toMatchObject({ failed: 2, skipped: 4 })
      const again = yield* resumeStudy(study, { conditionRunner: costing(0.4) })
      // Each condition has 0.6 left: one more run of 0.4.
      expect(again.receipt?.counts).toMatchObject({ succeeded: 2, skipped: 4 })
      expect(again.receipt?.budgets?.[0]?.spent).toBeCloseTo(1.6, 12)
    }).pipe(inMemory),
  )

  it.effect("a run that never says what it spent counts with its whole cap", () =>
    Effect.gen(function* () {
      const study = studyOf(4, { heddle: { budgets: { study: { costUsd: 1 }, perRun: { costUsd: 0.5 } } } })
      const run = yield* runStudy(study, { parallelism: 1, conditionRunner: () => ({ outputs: {} }) })
      expect(run.receipt?.counts).toMatchObject({ succeeded: 2, skipped: 2 })
    }).pipe(inMemory),
  )
})

describe("balanced stops", () => {
  it.effect("a try that never says what it spent counts with its cap, beside a try that does", () =>
    Effect.gen(function* () {
      let calls = 0
      const study = studyOf(1, {
        heddle: { retries: 1, budgets: { study: { costUsd: 10 }, perRun: { costUsd: 3 } } },
      })
      const run = yield* runStudy(study, {
        retrySchedule: Schedule.spaced(0),
        conditionRunner: (request) => {
          if (++calls === 2) return { outputs: {} }
          request.spend({ costUsd: 0.5 })
          throw new Error("once")
        },
      })
      expect(calls).toBe(2)
      expect(run.receipt?.budgets?.[0]?.spent).toBeCloseTo(3.5, 12)
    }).pipe(inMemory),
  )

  it.effect("what a run cost is the money of all of its tries, in this session and before", () =>
    Effect.gen(function* () {
      let calls = 0
      const options = {
        retrySchedule: Schedule.spaced(0),
        conditionRunner: (request: RunRequest) => {
          request.spend({ costUsd: 1 })
          if (++calls < 4) throw new Error("not yet")
          return { outputs: {} }
        },
      }
      const study = studyOf(1, { heddle: { retries: 1 } })
      yield* runStudy(study, options)
      const run = yield* resumeStudy(study, options)
      const [record] = yield* recordsOf(run)
      expect([calls, record?.outcome, record?.attempts]).toEqual([4, "succeeded", 4])
      expect([record?.result?.costUsd, record?.spent?.["cost_usd"]]).toEqual([1, 4])
      const tally = new SpendingTally()
      if (record !== undefined) tally.addRecord(record)
      expect(tally.spending(true).total.costUsd.sum).toBe(4)
    }).pipe(inMemory),
  )

  it.effect.each([
    ["NaN", Number.NaN],
    ["infinite", Number.POSITIVE_INFINITY],
    ["negative", -1],
    ["a word", "free"],
  ] as const)("a cost that is %s fails its run, keeps its output, and counts with the cap", ([, cost]) =>
    Effect.gen(function* () {
      const study = studyOf(1, { heddle: { budgets: { study: { costUsd: 10 }, perRun: { costUsd: 3 } } } })
      const run = yield* runStudy(study, {
        conditionRunner: () => ({ outputs: { a: 1 }, metrics: { cost_usd: cost } }),
      })
      const [result] = run.results
      expect(result?.errorInfo).toContain("InvalidReturn: cost_usd must be a number of 0 or more; it is")
      expect(result?.outputs.get("a")).toBe(1)
      expect(result?.costUsd).toBe(0)
      expect(run.receipt?.budgets?.[0]?.spent).toBe(3)
    }).pipe(inMemory),
  )

  it.effect("a study that stops balanced starts a replicate only where all of it fits", () =>
    Effect.gen(function* () {
      // Three conditions, 0.3 each: a replicate is 0.9. Budget 2.2 pays two whole replicates, not the third.
      const study = studyOf(3, {
        runBudget: { replicates: 4 },
        heddle: { stopBalanced: true, budgets: { study: { costUsd: 2.2 }, perRun: { costUsd: 0.3 } } },
      })
      const run = yield* runStudy(study, { parallelism: 4, conditionRunner: costing(0.3) })
      const perCondition = new Map<string, number>()
      for (const { runSpec } of run.results) {
        perCondition.set(runSpec.conditionId, (perCondition.get(runSpec.conditionId) ?? 0) + 1)
      }
      expect([...perCondition.values()]).toEqual([2, 2, 2])
      const records = yield* recordsOf(run)
      expect(records.map(({ runSpec }) => runSpec.replicate)).toEqual([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4])
      const skipped = records.filter(({ outcome }) => outcome === "skipped")
      expect(skipped).toHaveLength(6)
      for (const { reason } of skipped) expect(reason).toContain("same number of runs")
    }).pipe(inMemory),
  )

  it.effect("a resume with more money goes on with whole replicates", () =>
    Effect.gen(function* () {
      const study = (costUsd: number) =>
        studyOf(3, {
          runBudget: { replicates: 4 },
          heddle: { stopBalanced: true, budgets: { study: { costUsd }, perRun: { costUsd: 0.3 } } },
        })
      yield* runStudy(study(2.2), { parallelism: 4, conditionRunner: costing(0.3) })
      const more = yield* resumeStudy(study(3), { parallelism: 4, conditionRunner: costing(0.3) })
      expect(more.receipt?.counts).toMatchObject({ reused: 6, succeeded: 3, skipped: 3 })
    }).pipe(inMemory),
  )

  it.effect("a study is asked after each replicate whether it may stop, with every result once and in plan order", () =>
    Effect.gen(function* () {
      const study = studyOf(2, { runBudget: { replicates: 5 } })
      const seen: Array<RunResult> = []
      const asked: Array<readonly [number, number]> = []
      const options = {
        parallelism: 4,
        conditionRunner: ({ factors }: RunRequest) =>
          Effect.as(Effect.sleep(factors["x"] === 1 ? 20 : 10), { outputs: {} }),
        stop: {
          onResult: (result: RunResult) => void seen.push(result),
          shouldStop: (replicates: number) => {
            asked.push([replicates, seen.length])
            return replicates === 3 ? "the answer is clear" : undefined
          },
        },
      }
      const fiber = yield* Effect.forkChild(runStudy(study, options))
      for (let round = 0; round < 6; round++) {
        yield* settleFibers
        yield* TestClock.adjust(20)
      }
      const run = yield* Fiber.join(fiber)
      expect(asked).toEqual([
        [1, 2],
        [2, 4],
        [3, 6],
      ])
      expect(seen.map(({ runSpec }) => runSpec.replicate)).toEqual([1, 1, 2, 2, 3, 3])
      const order = run.runs.map(({ runId }) => runId)
      expect(order.indexOf(seen[0]?.runId ?? "")).toBeLessThan(order.indexOf(seen[1]?.runId ?? ""))
      const records = yield* recordsOf(run)
      for (const record of records) {
        expect(record.outcome).toBe(record.runSpec.replicate <= 3 ? "succeeded" : "skipped")
        if (record.outcome === "skipped") expect(record.reason).toBe("the answer is clear")
      }
    }).pipe(inMemory),
  )
})

describe("a study with a stopping rule", () => {
  // Two groups that differ by 10 with a spread of about 1: any rule stops at its first look that has data enough.
  const study = (rule: "group_sequential" | "always_valid") =>
    studyOf(2, {
      runBudget: { replicates: 40, parallelism: 4 },
      outcomes: [
        {
          name: "score",
          sourceTable: "runs",
          column: "score",
          aggregation: "mean",
          derivation: null,
          primary: true,
          expectedType: "float",
          missingDataPolicy: "drop",
          description: "",
        },
      ],
      heddle: { stopping: { rule } },
    })
  const conditionRunner = ({ factors, random }: RunRequest) => ({
    outputs: {},
    metrics: { score: (factors["x"] === 1 ? 0 : 10) + random.normal() },
  })

  it.effect("stops at the look that decides; what is left is skipped with what was seen", () =>
    Effect.gen(function* () {
      const run = yield* runStudy(study("group_sequential"), { conditionRunner })
      expect(run.looks.map(({ look, replicates, stop }) => [look, replicates, stop])).toEqual([[1, 10, true]])
      expect(run.looks[0]).toMatchObject({ countLeft: 10, countRight: 10 })
      expect(run.receipt?.counts).toMatchObject({ succeeded: 20, skipped: 60 })
      const skipped = (yield* recordsOf(run)).filter(({ outcome }) => outcome === "skipped")
      for (const { reason } of skipped) expect(reason).toContain("look 1 of 4")
      const again = yield* resumeStudy(study("group_sequential"), {
        conditionRunner: () => {
          throw new Error("a study that stopped has nothing to run")
        },
      })
      expect(again.looks).toEqual(run.looks)
      expect(again.receipt?.counts).toMatchObject({ reused: 20, skipped: 60 })
    }).pipe(inMemory),
  )

  it.effect("that runs to its end has looked as often as planned", () =>
    Effect.gen(function* () {
      const same = ({ random }: RunRequest) => ({ outputs: {}, metrics: { score: random.normal() } })
      const run = yield* runStudy(study("group_sequential"), { conditionRunner: same })
      expect(run.receipt?.counts).toMatchObject({ succeeded: 80, skipped: 0 })
      expect(run.looks.map(({ replicates }) => replicates)).toEqual([10, 20, 30, 40])
    }).pipe(inMemory),
  )

  it.effect("an always-valid rule stops after the first replicates that decide", () =>
    Effect.gen(function* () {
      const run = yield* runStudy(study("always_valid"), { conditionRunner })
      expect(run.looks.at(-1)?.stop).toBe(true)
      expect(run.results).toHaveLength(2 * run.looks.length)
    }).pipe(inMemory),
  )
})

describe("failure policies", () => {
  const failing = ({ factors }: RunRequest) => {
    if (factors["x"] === 1) throw new RangeError("no")
    return { outputs: {} }
  }

  it.effect("a condition that fails too often is given up, the others go on", () =>
    Effect.gen(function* () {
      const study = studyOf(2, { runBudget: { replicates: 5 }, heddle: { failures: { perCondition: 2 } } })
      const run = yield* runStudy(study, { parallelism: 1, conditionRunner: failing })
      const records = yield* recordsOf(run)
      expect(records.map(({ outcome }) => outcome)).toEqual([
        "failed",
        "failed",
        "skipped",
        "skipped",
        "skipped",
        ...Array(5).fill("succeeded"),
      ])
      expect(records[2]?.reason).toContain("2 runs of condition")
    }).pipe(inMemory),
  )

  it.effect("a study stops after so many failures, and what is left never started", () =>
    Effect.gen(function* () {
      const study = studyOf(1, { runBudget: { replicates: 6 }, heddle: { failures: { stopAfter: 3 } } })
      const run = yield* runStudy(study, { parallelism: 1, conditionRunner: failing })
      expect(run.receipt?.counts).toMatchObject({ failed: 3, notStarted: 3 })
    }).pipe(inMemory),
  )

  it.effect("a study stops at a share of failures", () =>
    Effect.gen(function* () {
      const study = studyOf(2, {
        runBudget: { replicates: 10 },
        heddle: { failures: { share: 0.5, atLeast: 4 } },
      })
      const run = yield* runStudy(study, { parallelism: 1, conditionRunner: failing })
      expect(run.receipt?.counts).toMatchObject({ failed: 4, notStarted: 16 })
    }).pipe(inMemory),
  )

  it.effect("a count and a share hold together", () =>
    Effect.gen(function* () {
      const study = studyOf(1, {
        runBudget: { replicates: 10 },
        heddle: { failures: { share: 1, atLeast: 8, stopAfter: 5 } },
      })
      const run = yield* runStudy(study, { parallelism: 1, conditionRunner: failing })
      expect(run.receipt?.counts).toMatchObject({ failed: 5, skipped: 5 })
    }).pipe(inMemory),
  )

  it.effect("a run is tried again as often as the study says, and every try is kept", () =>
    Effect.gen(function* () {
      let calls = 0
      const study = studyOf(1, { heddle: { retries: 2 } })
      const fiber = yield* Effect.forkChild(
        runStudy(study, {
          conditionRunner: ({ attempt }) => {
            calls++
            if (attempt < 3) throw new Error(`try ${attempt}`)
            return { outputs: {} }
          },
        }),
      )
      yield* settleFibers
      yield* TestClock.adjust("1 minute")
      yield* settleFibers
      yield* TestClock.adjust("1 minute")
      const run = yield* Fiber.join(fiber)
      const [record] = yield* recordsOf(run)
      expect(calls).toBe(3)
      expect(record?.history.map(({ failure, status }) => failure?.message ?? status)).toEqual([
        "try 1",
        "try 2",
        "succeeded",
      ])
    }).pipe(inMemory),
  )
})

describe("limits that runs share", () => {
  it.effect("places of a provider bound the runs of its agents, whatever the parallelism is", () =>
    Effect.gen(function* () {
      let now = 0
      let most = 0
      const study = studyOf(6, {
        agentSpecs: ["a"],
        problemIds: ["p"],
        heddle: { limits: [{ name: "provider", slots: 2, agents: ["a"] }] },
      })
      const fiber = yield* Effect.forkChild(
        runStudy(study, {
          parallelism: 6,
          problemRegistry: { p: {} },
          agentBindings: {
            a: () =>
              Effect.gen(function* () {
                most = Math.max(most, ++now)
                yield* Effect.sleep(10)
                now--
                return "done"
              }),
          },
        }),
      )
      for (let round = 0; round < 3; round++) {
        yield* settleFibers
        yield* TestClock.adjust(10)
      }
      const { results } = yield* Fiber.join(fiber)
      expect(most).toBe(2)
      // Waiting for a place is none of a run's own time.
      expect(results.map(({ latencyS }) => latencyS)).toEqual(Array(6).fill(0.01))
    }).pipe(inMemory),
  )

  it.effect("a rate spreads the beginnings of runs over the minute", () =>
    Effect.gen(function* () {
      const begun: Array<number> = []
      const study = studyOf(3, { heddle: { limits: [{ name: "provider", perMinute: 6 }] } })
      const fiber = yield* Effect.forkChild(
        runStudy(study, {
          parallelism: 3,
          conditionRunner: () =>
            Effect.map(
              Effect.clockWith((clock) => clock.currentTimeMillis),
              (atMs) => {
                begun.push(atMs)
                return { outputs: {} }
              },
            ),
        }),
      )
      yield* settleFibers
      yield* TestClock.adjust("10 seconds")
      yield* settleFibers
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(fiber)
      expect(begun).toEqual([0, 10_000, 20_000])
    }).pipe(inMemory),
  )
})
