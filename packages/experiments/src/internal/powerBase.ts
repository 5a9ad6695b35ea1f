/**
 * The planned runs of a study as data of an analysis, with outcomes that are drawn: what a simulated study gives to the very
 * analysis that the real one will be given to.
 *
 * @layer logic
 * @module
 */
import * as Canonical from "@heddle/core/Canonical"
import * as Result from "effect/Result"
import { type AnalysisData, fromRecords, type OutcomeColumn } from "../analysis/AnalysisData.ts"
import type { Condition } from "../Condition.ts"
import * as MersenneTwister from "../MersenneTwister.ts"
import { PowerError } from "../power/PowerReport.ts"
import type { RunRecord, RunSpec } from "../Run.ts"
import type { OutcomeSpec, Study } from "../Study.ts"
import { planRuns, type RunMode } from "../StudyPlan.ts"
import { emptyMap, float, type Value } from "../Value.ts"
import { type Structure, structureOf } from "./analysisDesign.ts"

/** What is assumed of the noise, in the unit of the outcome. */
export interface Noise {
  /** Between runs of one condition. */
  readonly sd: (outcome: string) => number
  /** Of each block column. */
  readonly blockSd: number
  /** Between subjects, or between whole plots. */
  readonly unitSd: number
  /** Share of runs that give no value. */
  readonly failureShare: number
  /** Where the outcome is 0 or 1: the rate without an effect. */
  readonly baselineRate: number | undefined
  /** Mean without an effect; 0 unless it matters. */
  readonly mean: number
}

/** A study with its planned runs, ready to be given outcomes. */
export interface PowerBase {
  /** With outcomes that stand in the run itself. */
  readonly study: Study
  readonly data: AnalysisData
  readonly structure: Structure
  readonly replicates: number
  readonly runsPerReplicate: number
}

/** Runs that are simulated at most. */
export const runsMax = 20_000

const recordOf = (runSpec: RunSpec, outcomes: ReadonlyArray<OutcomeSpec>): RunRecord => ({
  runSpec,
  outcome: "succeeded",
  reason: undefined,
  failure: undefined,
  attempts: 1,
  history: [],
  result: {
    runId: runSpec.runId,
    status: "success",
    outputs: emptyMap,
    metrics: new Map<string, Value>(outcomes.map(({ name }) => [name, float(0)])),
    evaluatorOutputs: [],
    costUsd: 0,
    latencyS: 0,
    traceRefs: [],
    errorInfo: null,
    provenanceInfo: emptyMap,
    observations: [],
    runSpec,
    startedAt: "",
    endedAt: "",
    attempts: 1,
  },
})

const refused = (study: Study, option: string, problem: string, hints: ReadonlyArray<string> = []): PowerError =>
  new PowerError({ studyId: study.studyId, option, problem, hints })

/** The planned runs of a study with so many replicates. */
export const baseOf = (
  given: Study,
  conditions: ReadonlyArray<Condition>,
  replicates: number,
  mode: RunMode,
): Result.Result<PowerBase, PowerError> => {
  const study: Study = {
    ...given,
    runBudget: { ...given.runBudget, replicates, maxRuns: null },
    // Where an outcome is found matters to real runs only.
    outcomes: given.outcomes.map((spec) => ({
      ...spec,
      sourceTable: "runs",
      column: spec.name,
      aggregation: "none",
      expectedType: "float",
    })),
  }
  const planned = planRuns(study, conditions, { mode })
  if (Result.isFailure(planned))
    return Result.fail(refused(given, "study", planned.failure.message, planned.failure.hints))
  const { runs } = planned.success
  if (runs.length > runsMax) {
    return Result.fail(
      refused(given, "replicates", `gives ${runs.length} runs; at most ${runsMax} are simulated`, [
        "ask for fewer replicates",
      ]),
    )
  }
  const data = fromRecords(
    study,
    conditions,
    runs.map((run) => recordOf(run, study.outcomes)),
  )
  if (Result.isFailure(data)) return Result.fail(refused(given, "study", data.failure.message, data.failure.hints))
  return Result.succeed({
    study,
    data: data.success,
    structure: structureOf(study, data.success),
    replicates: planned.success.replicates,
    runsPerReplicate: runs.length / Math.max(1, planned.success.replicates),
  })
}

/** A whole-number seed from words, the same wherever and in whichever order it is asked for. */
export const seedFrom = (...words: ReadonlyArray<string | number>): number =>
  Number.parseInt(Canonical.sha256Hex(JSON.stringify(words)).slice(0, 13), 16)

/** Standard normal numbers by the polar method of Marsaglia. */
export const normals = (random: () => number): (() => number) => {
  let kept: number | undefined
  return () => {
    if (kept !== undefined) {
      const value = kept
      kept = undefined
      return value
    }
    // One pair in 1.27 is taken, so that this ends soon.
    for (;;) {
      const u = 2 * random() - 1
      const v = 2 * random() - 1
      const square = u * u + v * v
      if (square > 0 && square < 1) {
        const stretch = Math.sqrt((-2 * Math.log(square)) / square)
        kept = v * stretch
        return u * stretch
      }
    }
  }
}

/** What one simulated study measures: `means` of each outcome by run, noise by the assumptions. */
export const drawn = (
  base: PowerBase,
  noise: Noise,
  means: ReadonlyMap<string, ArrayLike<number>>,
  seed: number,
): AnalysisData => {
  const random = MersenneTwister.make(seed)
  const normal = normals(random.random)
  const n = base.data.runs.length
  const failed = Array.from({ length: n }, () => random.random() < noise.failureShare)
  const shared = (name: string, sd: number): ((row: number) => number) => {
    const column = base.data.columns.get(name)
    if (column === undefined) return () => 0
    const effects = new Map(column.levels.map((level) => [level, sd * normal()]))
    return (row) => effects.get(column.labels[row] ?? "") ?? 0
  }
  const outcomes = new Map<string, OutcomeColumn>()
  for (const [name, column] of base.data.outcomes) {
    const mean = means.get(name)
    const unit = base.structure.unit === undefined ? () => 0 : shared(base.structure.unit, noise.unitSd)
    const blocks = base.structure.blocks.map((block) => shared(block, noise.blockSd))
    const sd = noise.sd(name)
    const values: Array<number | null> = []
    for (let row = 0; row < n; row++) {
      const effect = mean?.[row] ?? 0
      const value =
        noise.baselineRate === undefined
          ? noise.mean + effect + unit(row) + blocks.reduce((sum, of) => sum + of(row), 0) + sd * normal()
          : random.random() < noise.baselineRate + effect
            ? 1
            : 0
      values.push(failed[row] === true ? null : value)
    }
    outcomes.set(name, {
      ...column,
      values,
      reasons: values.map((value) => (value === null ? "the run failed" : null)),
      notes: [],
    })
  }
  return {
    ...base.data,
    runs: base.data.runs.map((run, row) => (failed[row] === true ? { ...run, fate: "failed", status: "failed" } : run)),
    outcomes,
  }
}
