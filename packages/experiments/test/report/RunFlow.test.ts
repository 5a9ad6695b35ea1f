import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { buildDesign } from "../../src/BuildDesign.ts"
import { flowFigure } from "../../src/report/FlowFigure.ts"
import { isDrawn } from "../../src/report/Figure.ts"
import { FlowTally, flowOfTables, reasonsMax } from "../../src/report/RunFlow.ts"
import { spendingOfTables, SpendingTally } from "../../src/report/RunSpending.ts"
import { planRuns } from "../../src/StudyPlan.ts"
import type { StudyTables } from "../../src/StudyTables.ts"
import { armStudy, type Fate, recordOf } from "./reportStudies.ts"

const { conditions } = Result.getOrThrow(buildDesign(armStudy))
const { runs } = Result.getOrThrow(planRuns(armStudy, conditions, { mode: "agents" }))

/** What the 24 runs are in turn, six times each of four. */
const fates: ReadonlyArray<Fate> = [
  1,
  { status: "failed", reason: "ValueError: boom\n  at line 3" },
  { status: "timedOut", reason: "after 2 s" },
  { status: "skipped", reason: "the budget is used up" },
]

describe("the flow of runs", () => {
  it("adds up: what was planned is done, lost, or never began, in all and by condition", () => {
    const tally = new FlowTally()
    runs.forEach((run, index) => tally.addRecord(recordOf(run, fates[index % 4] ?? 1)))
    const flow = tally.flow(conditions, true)
    expect(flow.total).toEqual({
      planned: 24,
      done: 6,
      failed: 6,
      timedOut: 6,
      interrupted: 0,
      skipped: 6,
      notStarted: 0,
      retried: 0,
    })
    for (const row of [flow.total, ...flow.byCondition]) {
      expect(row.done + row.failed + row.timedOut + row.interrupted + row.skipped + row.notStarted).toBe(row.planned)
    }
    expect(flow.byCondition.map(({ planned }) => planned)).toEqual([4, 4, 4, 4, 4, 4])
    expect(flow.failures).toEqual([{ reason: "ValueError: boom", count: 6 }])
    expect(flow.notRunReasons).toEqual([{ reason: "the budget is used up", count: 6 }])
    expect(flow.unevenLosses).toEqual([])
  })

  it("a run that ended well with a failed result is a failed run", () => {
    const tally = new FlowTally()
    const [run] = runs
    if (run === undefined) throw new Error("no run")
    const record = recordOf(run, { status: "failed", reason: "agent said no" })
    tally.addRecord({ ...record, outcome: "succeeded" })
    expect(tally.flow(conditions, true).total).toMatchObject({ done: 0, failed: 1 })
  })

  it("a word that is not known is never a success", () => {
    const tally = new FlowTally()
    tally.add("c", "perhaps", null, 1)
    expect(tally.flow([], true).total).toMatchObject({ planned: 1, done: 0, failed: 1 })
  })

  it("runs that needed more than one try are flagged where they gave data", () => {
    const tally = new FlowTally()
    tally.add("c", "succeeded", null, 3)
    tally.add("c", "failed", "x", 3)
    expect(tally.flow([], true).total).toMatchObject({ done: 1, failed: 1, retried: 1 })
  })

  it("more different reasons than are kept are counted together", () => {
    const tally = new FlowTally()
    for (let index = 0; index < 200; index++) tally.add("c", "failed", `reason ${index}`, 1)
    const { failures } = tally.flow([], true)
    expect(failures).toHaveLength(reasonsMax + 1)
    expect(failures[0]).toEqual({ reason: "other reasons", count: 150 })
    expect(failures.reduce((sum, { count }) => sum + count, 0)).toBe(200)
  })

  it("the diagram says in words what its boxes say", () => {
    const tally = new FlowTally()
    runs.forEach((run, index) => tally.addRecord(recordOf(run, fates[index % 4] ?? 1)))
    const figure = flowFigure(tally.flow(conditions, true), [
      { outcome: "score", primary: true, used: 6, policy: "drop", missing: [] },
    ])
    if (!isDrawn(figure)) throw new Error(figure.reason)
    for (const text of [
      "6 conditions designed",
      "24 runs planned",
      "6 never began (6 skipped, 0 not started)",
      "18 runs began",
      "12 gave no data",
      "6 runs gave data",
      "6 runs analysed",
    ]) {
      expect(figure.description).toContain(text)
    }
  })
})

const tables: StudyTables = {
  studyId: "arms",
  conditions: conditions.map((condition) => ({
    conditionId: condition.conditionId,
    factors: condition.factorAssignments,
    blocks: condition.blockAssignments,
    admissible: true,
  })),
  runs: runs.slice(0, 3).map((run, index) => ({
    runId: run.runId,
    conditionId: run.conditionId,
    problemId: null,
    agentId: null,
    modelName: "unknown",
    replicate: 1,
    seed: 0,
    startTime: "",
    endTime: "",
    latencyS: index,
    costUsd: index === 0 ? null : 0.5,
    inputTokens: null,
    outputTokens: null,
    primaryOutcome: null,
  })),
  metrics: [],
  evaluations: [],
  excluded: runs.slice(3, 5).map((run, index) => ({
    runId: run.runId,
    conditionId: run.conditionId,
    replicate: 1,
    status: index === 0 ? "failed" : "notStarted",
    reason: null,
  })),
}

describe("the runs of a folder", () => {
  it("are counted, and that tries are not known is told", () => {
    const flow = flowOfTables(tables, conditions)
    expect(flow.attemptsKnown).toBe(false)
    expect(flow.total).toMatchObject({ planned: 5, done: 3, failed: 1, notStarted: 1 })
    expect(flow.failures).toEqual([{ reason: "no reason was given", count: 1 }])
  })

  it("cost what they state; what none states is missing and not zero", () => {
    const { total, withFailed } = spendingOfTables(tables)
    expect(withFailed).toBe(false)
    expect(total.costUsd).toEqual({ runs: 2, sum: 1, median: 0.5 })
    expect(total.latencyS).toEqual({ runs: 3, sum: 3, median: 1 })
    expect(total.inputTokens).toEqual({ runs: 0, sum: null, median: null })
  })
})

describe("what runs cost", () => {
  it("counts failed runs that left a cost, and not runs that never began", () => {
    const tally = new SpendingTally()
    // 0.25 dollars and 2 seconds for each run that began: 6 done, 6 failed, 6 timed out.
    runs.forEach((run, index) => tally.addRecord(recordOf(run, fates[index % 4] ?? 1)))
    const { total } = tally.spending(true)
    expect(total.costUsd).toEqual({ runs: 18, sum: 4.5, median: 0.25 })
    expect(total.inputTokens).toEqual({ runs: 18, sum: 1800, median: 100 })
  })
})
