/**
 * A study's results as typed rows out of the records of its runs, as the files would tell them.
 *
 * @layer logic
 * @module
 */
import type { LedgerError } from "@heddle/core/Ledger"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { fateOf } from "./CanonicalTables.ts"
import type { Condition } from "./Condition.ts"
import type { RunRecord } from "./Run.ts"
import * as StableJson from "./StableJson.ts"
import {
  type ConditionRow,
  type EvaluationRow,
  type ExcludedRow,
  measure,
  type MetricRow,
  type RunRow,
  type StudyTables,
} from "./StudyTables.ts"

/** Where the rows come from. @category models */
export interface RowsInput {
  readonly studyId: string
  readonly conditions: ReadonlyArray<Condition>
  /** In plan order. */
  readonly records: Stream.Stream<RunRecord, LedgerError>
}

/** The rows of all records. @category constructors */
export const ofRecords: (input: RowsInput) => Effect.Effect<StudyTables, LedgerError> = Effect.fn(
  "StudyRows.ofRecords",
)(function* ({ conditions, records, studyId }: RowsInput) {
  const runs: Array<RunRow> = []
  const metrics: Array<MetricRow> = []
  const evaluations: Array<EvaluationRow> = []
  const failed: Array<ExcludedRow> = []
  const notRun: Array<ExcludedRow> = []
  yield* Stream.runForEachArray(records, (some) =>
    Effect.sync(() => {
      for (const record of some) add(record, { runs, metrics, evaluations, failed, notRun })
    }),
  )
  const tables: StudyTables = {
    studyId,
    conditions: conditions.map(conditionRow),
    runs,
    metrics,
    evaluations,
    excluded: [...failed, ...notRun],
  }
  return tables
})

const conditionRow = (condition: Condition): ConditionRow => ({
  conditionId: condition.conditionId,
  factors: condition.factorAssignments,
  blocks: condition.blockAssignments,
  admissible: condition.admissible,
  metadata: condition.metadata,
})

interface Rows {
  readonly runs: Array<RunRow>
  readonly metrics: Array<MetricRow>
  readonly evaluations: Array<EvaluationRow>
  readonly failed: Array<ExcludedRow>
  readonly notRun: Array<ExcludedRow>
}

const add = (record: RunRecord, rows: Rows): void => {
  const { failure, outcome, result, runSpec: spec } = record
  const { conditionId, runId } = spec
  const fate = fateOf(record)
  if (fate !== "done" || result === undefined) {
    const status = outcome === "succeeded" || outcome === "reused" ? "failed" : outcome
    const error = result?.errorInfo ?? (failure === undefined ? null : `${failure.tag}: ${failure.message}`)
    const excluded = fate === "notRun" ? rows.notRun : rows.failed
    excluded.push({ runId, conditionId, replicate: spec.replicate, status, reason: record.reason ?? error })
    return
  }
  const model = spec.executionMetadata.get("model_name")
  rows.runs.push({
    runId,
    conditionId,
    problemId: spec.problemId,
    agentId: spec.agentId,
    modelName: model === undefined || model === null ? "unknown" : StableJson.str(model),
    replicate: spec.replicate,
    seed: spec.seed,
    startTime: result.startedAt,
    endTime: result.endedAt,
    latencyS: result.latencyS,
    costUsd: result.costUsd,
    inputTokens: measure(result.metrics.get("input_tokens") ?? 0),
    outputTokens: measure(result.metrics.get("output_tokens") ?? 0),
    primaryOutcome: measure(result.metrics.get("primary_outcome") ?? null),
    ...(record.kept === undefined ? {} : { kept: record.kept }),
  })
  for (const [metricName, value] of result.metrics) {
    rows.metrics.push({ runId, conditionId, metricName, metricValue: measure(value), source: "run" })
  }
  for (const { aggregationLevel, evaluatorId, metricName, metricUnit, metricValue } of result.evaluatorOutputs) {
    const number = measure(metricValue)
    rows.evaluations.push({ runId, evaluatorId, metricName, metricValue: number, metricUnit, aggregationLevel })
    if (aggregationLevel !== "run" && aggregationLevel !== "") continue
    rows.metrics.push({ runId, conditionId, metricName, metricValue: number, source: `evaluator:${evaluatorId}` })
  }
}
