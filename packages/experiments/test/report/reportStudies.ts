/**
 * Studies with invented runs for the tests of reports: the score of each run is what a function of its settings says.
 */
import type { Status } from "@heddle/core/Outcome"
import { Result } from "effect"
import { fromRecords } from "../../src/analysis/AnalysisData.ts"
import { runAnalysis } from "../../src/analysis/RunAnalysis.ts"
import { buildDesign } from "../../src/BuildDesign.ts"
import { FlowTally } from "../../src/report/RunFlow.ts"
import type { ReportModel } from "../../src/report/ReportModel.ts"
import { SpendingTally } from "../../src/report/RunSpending.ts"
import type { RunRecord, RunSpec } from "../../src/Run.ts"
import type { Study } from "../../src/Study.ts"
import * as StudyFile from "../../src/StudyFile.ts"
import type { StudyInput } from "../../src/StudyInput.ts"
import { planRuns } from "../../src/StudyPlan.ts"
import type { Value, ValueMap } from "../../src/Value.ts"

/** What became of one run: a score, or a status with its reason. */
export type Fate = number | { readonly status: Status; readonly reason: string; readonly attempts?: number }

export const score = {
  name: "score",
  sourceTable: "runs",
  column: "score",
  aggregation: "mean",
  primary: true,
}

export const studyOf = (input: StudyInput): Study => Result.getOrThrow(StudyFile.make(input))

export const recordOf = (runSpec: RunSpec, fate: Fate): RunRecord => {
  const done = typeof fate === "number"
  const began = done || (fate.status !== "notStarted" && fate.status !== "skipped")
  const metrics: ReadonlyArray<readonly [string, Value]> = [
    ["score", done ? fate : null],
    ["input_tokens", 100],
    ["output_tokens", 10],
  ]
  return {
    runSpec,
    outcome: done ? "succeeded" : fate.status,
    reason: done || began ? undefined : fate.reason,
    failure: undefined,
    attempts: done ? 1 : (fate.attempts ?? (began ? 1 : 0)),
    history: [],
    result: began
      ? {
          runId: runSpec.runId,
          status: done ? "success" : "failed",
          outputs: new Map(),
          metrics: new Map(metrics),
          evaluatorOutputs: [],
          costUsd: 0.25,
          latencyS: 2,
          traceRefs: [],
          errorInfo: done ? null : fate.reason,
          provenanceInfo: new Map(),
          observations: [],
          runSpec,
          startedAt: "2026-01-02T03:04:05+00:00",
          endedAt: "2026-01-02T03:04:07+00:00",
          attempts: 1,
        }
      : undefined,
  }
}

/** The model of a report over invented runs. */
export const modelOf = (
  study: Study,
  fateOf: (factors: ValueMap, run: RunSpec, index: number) => Fate,
  more: Partial<ReportModel> = {},
): ReportModel => {
  const { conditions, report } = Result.getOrThrow(buildDesign(study))
  const { runs } = Result.getOrThrow(planRuns(study, conditions, { mode: "agents" }))
  const byId = new Map(conditions.map((condition) => [condition.conditionId, condition]))
  const flow = new FlowTally()
  const spending = new SpendingTally()
  const records = runs.map((run, index) => {
    const factors = byId.get(run.conditionId)?.factorAssignments ?? new Map<string, Value>()
    const record = recordOf(run, fateOf(factors, run, index))
    flow.addRecord(record)
    spending.addRecord(record)
    return record
  })
  const analysis = Result.flatMap(fromRecords(study, conditions, records), (data) =>
    runAnalysis(study, data, { conditions }),
  )
  return {
    study,
    conditions,
    design: report,
    flow: flow.flow(conditions, true),
    spending: spending.spending(true),
    analysis: Result.isSuccess(analysis) ? analysis.success : undefined,
    analysisProblem: Result.isFailure(analysis) ? analysis.failure.message : undefined,
    sequential: undefined,
    facts: { ledgerRunId: "run-1", startedAt: "2026-01-02T03:04:05+00:00", endedAt: "2026-01-02T03:04:07+00:00" },
    ...more,
  }
}

const factor = (name: string, levels: ReadonlyArray<string>) => ({
  name,
  levels: levels.map((level) => ({ name: level, value: level })),
})

/** Two arms, three doses, four replicates; one claim about the arm. */
export const armStudy: Study = studyOf({
  studyId: "arms",
  title: "Arms and doses",
  description: "What the arm does.\n\nAnd what the dose does.",
  authors: ["A. Author"],
  factors: [factor("arm", ["old", "new"]), factor("dose", ["low", "mid", "high"])],
  outcomes: [score],
  hypotheses: [
    {
      hypothesisId: "h1",
      label: "arm",
      statement: "The new arm scores higher.",
      kind: "effect",
      independentVars: ["arm"],
      dependentVars: ["score"],
      direction: "greater",
    },
  ],
  analysisPlans: [{ analysisPlanId: "p1", hypothesisIds: ["h1"], tests: ["difference_in_means"], outcomes: ["score"] }],
  runBudget: { replicates: 4 },
  agentSpecs: ["agent-1"],
  problemIds: ["problem-1"],
})

const doses: Readonly<Record<string, number>> = { low: 0, mid: 1, high: 3 }

/** Scores that depend on arm and dose, and on the place in the plan. */
export const armScore = (factors: ValueMap, _run: RunSpec, index: number): number =>
  10 + (factors.get("arm") === "new" ? 2 : 0) + (doses[String(factors.get("dose"))] ?? 0) + ((index * 7) % 5) / 10

/** Half of a 2^5 design, once. */
export const screening: Study = studyOf({
  studyId: "screening",
  title: "Screening",
  factors: ["a", "b", "c", "d", "e"].map((name) => ({
    name,
    levels: [
      { name: "low", value: -1 },
      { name: "high", value: 1 },
    ],
  })),
  designSpec: { kind: "fractional_factorial", options: new Map<string, Value>([["resolution", 5]]) },
  outcomes: [score],
  agentSpecs: ["agent-1"],
  problemIds: ["problem-1"],
})
