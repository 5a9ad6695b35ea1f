/**
 * A study's results as typed rows, wherever they are from: the ledger, or a folder of files. What an analysis reads.
 *
 * @layer contract
 * @module
 */
import type { Value, ValueMap } from "./Value.ts"

/** A condition with the values of its factors and blocks, whole numbers and floats apart. @category models */
export interface ConditionRow {
  readonly conditionId: string
  readonly factors: ValueMap
  readonly blocks: ValueMap
  readonly admissible: boolean
  /** What the design says of it: its fingerprint, subject, period, whole plot. Absent where rows were made without it. */
  readonly metadata?: ValueMap
}

/** A run that succeeded. @category models */
export interface RunRow {
  readonly runId: string
  readonly conditionId: string
  readonly problemId: string | null
  readonly agentId: string | null
  readonly modelName: string
  readonly replicate: number
  readonly seed: number
  readonly startTime: string
  readonly endTime: string
  readonly latencyS: number | null
  readonly costUsd: number | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  /** Null where the study has none, or it is no number. */
  readonly primaryOutcome: number | null
  /** What it was made with and is no more, where its result was kept on somebody's word. */
  readonly kept?: string
}

/** One measure of a run that succeeded. @category models */
export interface MetricRow {
  readonly runId: string
  readonly conditionId: string
  readonly metricName: string
  /** Truth values are 1 and 0; null where it is no number. */
  readonly metricValue: number | null
  /** `run`, or `evaluator:` and the id of the evaluator. */
  readonly source: string
}

/** One evaluation of a run that succeeded. @category models */
export interface EvaluationRow {
  readonly runId: string
  readonly evaluatorId: string
  readonly metricName: string
  /** Truth values are 1 and 0; null where it is no number. */
  readonly metricValue: number | null
  readonly metricUnit: string
  readonly aggregationLevel: string
}

/** A run of the plan that gave no data: it failed, or it never began. @category models */
export interface ExcludedRow {
  readonly runId: string
  readonly conditionId: string
  readonly replicate: number
  /** `failed`, `timedOut`, `interrupted`, `skipped` or `notStarted`. */
  readonly status: string
  /** Why, where that is known. */
  readonly reason: string | null
}

/** All rows, each kind in plan order; of excluded runs first those that failed, then those that never began. @category models */
export interface StudyTables {
  readonly studyId: string
  readonly conditions: ReadonlyArray<ConditionRow>
  readonly runs: ReadonlyArray<RunRow>
  readonly metrics: ReadonlyArray<MetricRow>
  readonly evaluations: ReadonlyArray<EvaluationRow>
  readonly excluded: ReadonlyArray<ExcludedRow>
}

/** A value as a measure: truth values are 1 and 0, anything that is no number is null. @category conversions */
export const measure = (value: Value): number | null => {
  if (typeof value === "boolean") return value ? 1 : 0
  if (typeof value === "number") return Number.isNaN(value) ? null : value
  if (typeof value === "bigint") return Number(value)
  return value !== null && typeof value === "object" && "value" in value && typeof value.value === "number"
    ? value.value
    : null
}
