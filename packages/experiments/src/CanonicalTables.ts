/**
 * The tables of a study as columns and rows, before they are text: which columns there are, of which type, and the rows
 * that one run gives. CSV, SQLite and Parquet are written from the same rows.
 *
 * Runs that succeeded are in `runs` and everything joined to it. Runs that began and did not succeed are in `failures`,
 * with their events and evaluations in tables of their own, so that no reader averages over them by mistake. Runs that
 * never began are in `not_run`. In compatibility mode there are only the predecessor's four tables, failed runs included.
 *
 * @layer logic
 * @module
 */
import type { Failure } from "@heddle/core/Failure"
import * as FailureCause from "@heddle/core/FailureCause"
import type { Attempt } from "@heddle/core/Outcome"
import * as Result from "effect/Result"
import { jsonText, spacedJsonText } from "./CanonicalText.ts"
import type { Condition } from "./Condition.ts"
import { ArtifactsError } from "./ExperimentError.ts"
import { cutOffMessage } from "./internal/cutOffTries.ts"
import { timestampOf } from "./internal/runCodec.ts"
import type { Evaluation, Observation, RunRecord, RunResult, RunSpec } from "./Run.ts"
import * as StableJson from "./StableJson.ts"
import { isFloat, isInteger, type Value, type ValueMap } from "./Value.ts"

/**
 * What a column holds: `text`; `integer` and `real` numbers; `boolean`; `json` is text that is JSON; `measure` is a
 * number or a truth value (as 1 or 0), or whatever else somebody measured; `value` is anything.
 *
 * @category models
 */
export type ColumnType = "text" | "integer" | "real" | "boolean" | "json" | "measure" | "value"

/** One column of a table. @category models */
export interface TableColumn {
  readonly name: string
  readonly type: ColumnType
}

/** Cells in the order of the columns. @category models */
export type Row = ReadonlyArray<Value>

/** Every table by its name; its file is `<name>.csv`. */
export const tableNames = [
  "conditions",
  "runs",
  "events",
  "evaluations",
  "metrics",
  "failures",
  "failed_events",
  "failed_evaluations",
  "not_run",
  "attempts",
] as const
/** A table by its name. @category models */
export type TableName = (typeof tableNames)[number]

/** A table: its columns, the first `required` of which are the predecessor's contract. @category models */
export interface Table {
  readonly name: TableName
  readonly columns: ReadonlyArray<TableColumn>
  readonly required: number
}

const text = (name: string): TableColumn => ({ name, type: "text" })
const columns = (type: ColumnType, ...names: ReadonlyArray<string>): ReadonlyArray<TableColumn> =>
  names.map((name) => ({ name, type }))

const requiredConditionColumns: ReadonlyArray<TableColumn> = [
  ...columns("text", "study_id", "condition_id"),
  { name: "admissible", type: "boolean" },
  ...columns("json", "constraint_messages", "assignment_meta_json"),
]

const runTable = (measure: ColumnType): Table => ({
  name: "runs",
  columns: [
    ...columns("text", "study_id", "condition_id", "run_id", "problem_id", "problem_family", "agent_id"),
    ...columns("text", "agent_kind", "pattern_name", "model_name"),
    ...columns("integer", "seed", "replicate"),
    ...columns("text", "status", "start_time", "end_time"),
    { name: "latency_s", type: "real" },
    ...columns(measure, "input_tokens", "output_tokens"),
    { name: "cost_usd", type: "real" },
    { name: "primary_outcome", type: measure },
    ...columns("text", "trace_path", "manifest_path", "error_info"),
  ],
  // The error came later than the contract, so a table without rows does not have it in compatibility mode.
  required: 21,
})

const eventTable = (name: TableName): Table => ({
  name,
  columns: [
    ...columns("text", "timestamp", "record_id", "text", "session_id", "actor_id", "event_type"),
    { name: "meta_json", type: "json" },
    ...columns(
      "text",
      "level",
      "study_id",
      "run_id",
      "condition_id",
      "trial_id",
      "step_id",
      "tool_name",
      "evaluation_id",
    ),
  ],
  required: 7,
})

const evaluationTable = (name: TableName, measure: ColumnType): Table => ({
  name,
  columns: [
    ...columns("text", "run_id", "evaluator_id", "metric_name"),
    { name: "metric_value", type: measure },
    ...columns("text", "metric_unit", "aggregation_level"),
    { name: "notes_json", type: "json" },
  ],
  required: 7,
})

const specColumns: ReadonlyArray<TableColumn> = [
  ...columns("text", "study_id", "condition_id", "run_id", "problem_id", "agent_id"),
  ...columns("integer", "seed", "replicate"),
  text("status"),
]

const failureColumns: ReadonlyArray<TableColumn> = [
  ...columns("text", "failure_kind", "failure_tag", "failure_message"),
  { name: "retryable", type: "boolean" },
]

const ownTable = (name: TableName, all: ReadonlyArray<TableColumn>): Table => ({
  name,
  columns: all,
  required: all.length,
})

const metricTable = ownTable("metrics", [
  ...columns("text", "run_id", "condition_id", "metric_name"),
  { name: "metric_value", type: "measure" },
  text("source"),
])

const failureTable = ownTable("failures", [
  ...specColumns,
  { name: "attempts", type: "integer" },
  ...failureColumns,
  ...columns("text", "error_info", "reason", "start_time", "end_time"),
  ...columns("real", "latency_s", "cost_usd"),
  ...columns("json", "metrics_json", "outputs_json", "failure_json"),
])

const notRunTable = ownTable("not_run", [...specColumns, text("reason")])

const attemptTable = ownTable("attempts", [
  ...columns("text", "run_id", "condition_id"),
  { name: "attempt", type: "integer" },
  ...columns("text", "status", "started_at"),
  ...columns("real", "run_ms", "limit_wait_ms"),
  ...failureColumns,
  // What counts as spent by a try that never said so: it was cut off with its process.
  { name: "charged_cost_usd", type: "real" },
])

/** A column that could not have its usual name, because another one has it. @category models */
export interface RenamedColumn {
  readonly source: "factor" | "block"
  readonly name: string
  readonly column: string
}

/** The tables of one export. @category models */
export interface Tables {
  readonly tables: ReadonlyArray<Table>
  readonly renamed: ReadonlyArray<RenamedColumn>
  /** A condition as a row of `conditions`. */
  readonly conditionRow: (condition: Condition) => Row
}

const folded = (name: string): string => name.toLowerCase()

interface ConditionColumns {
  readonly columns: ReadonlyArray<TableColumn & { readonly source: "factor" | "block"; readonly key: string }>
  readonly renamed: ReadonlyArray<RenamedColumn>
}

/** The narrowest type that holds all values of a column. */
const typeOf = (values: Iterable<Value | undefined>): ColumnType => {
  let type: ColumnType | undefined
  for (const value of values) {
    if (value === null || value === undefined) continue
    const here: ColumnType =
      typeof value === "boolean"
        ? "boolean"
        : typeof value === "string"
          ? "text"
          : isInteger(value) && typeof value !== "bigint"
            ? "integer"
            : isFloat(value)
              ? "real"
              : "value"
    if (type === undefined || type === here) type = here
    else if ((type === "integer" || type === "real") && (here === "integer" || here === "real")) type = "real"
    else return "value"
  }
  return type ?? "value"
}

/** Factors and blocks as columns, in the order in which they are first seen. */
const assignmentColumns = (
  conditions: ReadonlyArray<Condition>,
  compatibility: boolean,
): Result.Result<ConditionColumns, ArtifactsError> => {
  const found: Array<{ readonly source: "factor" | "block"; readonly key: string }> = []
  const seen = { factor: new Set<string>(), block: new Set<string>() }
  for (const { blockAssignments, factorAssignments } of conditions) {
    for (const key of factorAssignments.keys()) {
      if (!seen.factor.has(key)) found.push({ source: "factor", key })
      seen.factor.add(key)
    }
    for (const key of blockAssignments.keys()) {
      if (!seen.block.has(key)) found.push({ source: "block", key })
      seen.block.add(key)
    }
  }
  const fold = compatibility ? (name: string): string => name : folded
  const taken = new Set(requiredConditionColumns.map(({ name }) => fold(name)))
  const names = new Map<string, string>()
  const claim = (source: "factor" | "block", key: string, candidates: ReadonlyArray<string>): boolean => {
    const free = candidates.find((candidate) => !taken.has(fold(candidate)))
    if (free === undefined) return false
    taken.add(fold(free))
    names.set(`${source} ${key}`, free)
    return true
  }
  const clash = (source: string, key: string): Result.Result<never, ArtifactsError> =>
    Result.fail(
      new ArtifactsError({
        reason: "clash",
        path: "conditions.csv",
        problem: `the ${source} ${JSON.stringify(key)} has no column: another one has its name already (upper and lower case count as equal)`,
        hints: [
          `give the ${source} ${JSON.stringify(key)} another name in the study`,
          ...(compatibility ? ["or export without compatibility, which gives it a column of its own"] : []),
        ],
      }),
    )
  // The columns of blocks are part of the contract by name, those of factors give way.
  for (const { key, source } of found) {
    if (source === "block" && !claim(source, key, [`block_${key}`])) return clash(source, key)
  }
  for (const { key, source } of found) {
    if (source === "factor" && !claim(source, key, compatibility ? [key] : [key, `factor_${key}`]))
      return clash(source, key)
  }
  const all = found.map(({ key, source }) => {
    const name = names.get(`${source} ${key}`) ?? key
    const valueOf = (condition: Condition) =>
      (source === "factor" ? condition.factorAssignments : condition.blockAssignments).get(key)
    // The predecessor writes each value as it is: `1` and `2.0` may stand in one column.
    return { name, key, source, type: compatibility ? ("value" as const) : typeOf(conditions.map(valueOf)) }
  })
  const renamed = all
    .filter(({ key, name, source }) => name !== (source === "factor" ? key : `block_${key}`))
    .map(({ key, name, source }) => ({ source, name: key, column: name }))
  return Result.succeed({ columns: all, renamed })
}

/**
 * The tables for these conditions. Fails with `clash` where two factors or blocks would need the same column; ask before
 * anything is run. A factor whose name is taken gets the column `factor_<name>`, and `renamed` says so.
 *
 * @category constructors
 */
export const make = (
  conditions: ReadonlyArray<Condition>,
  studyId: string,
  compatibility: boolean,
): Result.Result<Tables, ArtifactsError> => {
  const assigned = assignmentColumns(conditions, compatibility)
  if (Result.isFailure(assigned)) return Result.fail(assigned.failure)
  const { columns: extras, renamed } = assigned.success
  const measure: ColumnType = compatibility ? "value" : "measure"
  const conditionTable: Table = {
    name: "conditions",
    columns: [...requiredConditionColumns, ...extras.map(({ name, type }) => ({ name, type }))],
    required: requiredConditionColumns.length,
  }
  return Result.succeed({
    tables: [
      conditionTable,
      runTable(measure),
      eventTable("events"),
      evaluationTable("evaluations", measure),
      ...(compatibility
        ? []
        : [
            metricTable,
            failureTable,
            eventTable("failed_events"),
            evaluationTable("failed_evaluations", measure),
            notRunTable,
            attemptTable,
          ]),
    ],
    renamed,
    conditionRow: (condition) => [
      studyId,
      condition.conditionId,
      condition.admissible,
      StableJson.stringify(condition.constraintMessages),
      compatibility ? StableJson.stringify(condition.metadata) : jsonText(condition.metadata),
      ...extras.map(
        ({ key, source }) =>
          (source === "factor" ? condition.factorAssignments : condition.blockAssignments).get(key) ?? null,
      ),
    ],
  })
}

/** The file of runs whose results were kept though what they were made with has changed; only where there are any. */
export const keptRunsName = "kept_runs.csv"

/** Where the rows of a run go. @category models */
export type Put = (table: TableName, row: Row) => void

/** What became of a run, in the words of the tables. @category models */
export type Fate = "done" | "failed" | "notRun"

/** Which tables a run is in. @category getters */
export const fateOf = (record: RunRecord): Fate =>
  record.outcome === "skipped" || record.outcome === "notStarted"
    ? "notRun"
    : (record.outcome === "succeeded" || record.outcome === "reused") && record.result?.status === "success"
      ? "done"
      : "failed"

const factText = (facts: ValueMap, name: string): string => {
  const value = facts.get(name)
  if (value === undefined || value === null) return "unknown"
  const found = StableJson.str(value)
  return found.trim() === "" ? "unknown" : found
}

/** A row of `runs`. */
const runRow = (spec: RunSpec, result: RunResult, manifestPath: string): Row => {
  const facts = spec.executionMetadata
  return [
    spec.studyId,
    spec.conditionId,
    spec.runId,
    // In a run without a problem the predecessor has an empty text here and nothing for the agent.
    spec.problemId ?? "",
    factText(facts, "problem_family"),
    spec.agentId,
    factText(facts, "agent_kind"),
    factText(facts, "pattern_name"),
    factText(facts, "model_name"),
    spec.seed,
    spec.replicate,
    result.status,
    result.startedAt,
    result.endedAt,
    result.latencyS,
    result.metrics.get("input_tokens") ?? 0,
    result.metrics.get("output_tokens") ?? 0,
    result.costUsd,
    result.metrics.get("primary_outcome") ?? null,
    result.traceRefs[0] ?? "",
    manifestPath,
    result.errorInfo,
  ]
}

const observationRow = (
  event: Observation,
  studyId: string | null,
  runId: string | null,
  conditionId: string | null,
  json: (value: ValueMap) => string,
): Row => [
  event.timestamp,
  event.recordId,
  event.text,
  event.sessionId,
  event.actorId,
  event.eventType,
  event.metaJson.size === 0 ? "{}" : json(event.metaJson),
  event.level,
  studyId,
  runId,
  conditionId,
  event.trialId,
  event.stepId,
  event.toolName,
  event.evaluationId,
]

const evaluationRow = (evaluation: Evaluation, runId: string, json: (value: ValueMap) => string): Row => [
  runId,
  evaluation.evaluatorId,
  evaluation.metricName,
  evaluation.metricValue,
  evaluation.metricUnit,
  evaluation.aggregationLevel,
  evaluation.notesJson.size === 0 ? "{}" : json(evaluation.notesJson),
]

/** The rows that the predecessor writes of a run; nothing of one that has no result. @category rows */
export const putCompatible = (record: RunRecord, manifestPath: string, put: Put): void => {
  const { result, runSpec } = record
  if (result === undefined) return
  put("runs", runRow(runSpec, result, manifestPath))
  for (const event of result.observations) {
    put("events", observationRow(event, event.studyId, event.runId, event.conditionId, StableJson.stringify))
  }
  for (const evaluation of result.evaluatorOutputs)
    put("evaluations", evaluationRow(evaluation, evaluation.runId, StableJson.spaced))
}

/** Where our tables stand beside `runs.csv`, so that the cell is the same wherever the folder lies. */
export const manifestPathOwn = "manifest.json"

/** The rows of a run in our tables. @category rows */
export const put = (record: RunRecord, fate: Fate, put: Put): void => {
  const { result, runSpec: spec } = record
  if (fate === "notRun") {
    put("not_run", [...specCells(spec), record.outcome, record.reason ?? null])
    return
  }
  putAttempts(record, put)
  if (fate === "done" && result !== undefined) {
    put("runs", runRow(spec, result, manifestPathOwn))
    putEvents("events", spec, result, put)
    for (const evaluation of result.evaluatorOutputs)
      put("evaluations", evaluationRow(evaluation, spec.runId, spacedJsonText))
    for (const [name, value] of result.metrics) put("metrics", [spec.runId, spec.conditionId, name, value, "run"])
    for (const { aggregationLevel, evaluatorId, metricName, metricValue } of result.evaluatorOutputs) {
      if (aggregationLevel !== "run" && aggregationLevel !== "") continue
      put("metrics", [spec.runId, spec.conditionId, metricName, metricValue, `evaluator:${evaluatorId}`])
    }
    return
  }
  put("failures", failureRow(record))
  if (result === undefined) return
  putEvents("failed_events", spec, result, put)
  for (const evaluation of result.evaluatorOutputs)
    put("failed_evaluations", evaluationRow(evaluation, spec.runId, spacedJsonText))
}

/** The events of a run. One that has none of its own gets its start and its end: a study without events is no valid one to readers. */
const putEvents = (table: TableName, spec: RunSpec, result: RunResult, put: Put): void => {
  for (const event of result.observations) {
    // Whatever an event says of itself: it happened in this run, and a reader has to find the run by it.
    put(table, observationRow(event, spec.studyId, spec.runId, spec.conditionId, jsonText))
  }
  if (result.observations.length > 0) return
  const edge = (time: string, type: string, words: string): Row => [
    time,
    `evt-${spec.runId}-${type}`,
    words,
    spec.runId,
    "runner",
    type,
    "{}",
    "run",
    spec.studyId,
    spec.runId,
    spec.conditionId,
    null,
    null,
    null,
    null,
  ]
  if (result.startedAt !== "") put(table, edge(result.startedAt, "run_started", "run started"))
  if (result.endedAt !== "") put(table, edge(result.endedAt, "run_finished", "run finished"))
}

const specCells = (spec: RunSpec): ReadonlyArray<Value> => [
  spec.studyId,
  spec.conditionId,
  spec.runId,
  spec.problemId,
  spec.agentId,
  spec.seed,
  spec.replicate,
]

const failureCells = (failure: Failure | undefined): ReadonlyArray<Value> =>
  failure === undefined ? [null, null, null, null] : [failure.kind, failure.tag, failure.message, failure.retryable]

/** Members that name places of one machine: the same study has the same bytes on another one. */
const ofMachine: ReadonlySet<string> = new Set(["stack", "trace"])

/** A failure as JSON without where it was thrown; that stands in the ledger. */
const failureJson = (failure: Failure): string =>
  JSON.stringify(failure, (key, value: unknown) => (ofMachine.has(key) ? undefined : value))

const failureRow = (record: RunRecord): Row => {
  const { failure, result } = record
  return [
    ...specCells(record.runSpec),
    record.outcome === "succeeded" || record.outcome === "reused" ? "failed" : record.outcome,
    record.attempts,
    ...failureCells(failure),
    result?.errorInfo ?? (failure === undefined ? null : `${failure.tag}: ${failure.message}`),
    record.reason ?? null,
    result?.startedAt ?? null,
    result?.endedAt ?? null,
    result?.latencyS ?? null,
    result?.costUsd ?? null,
    jsonText(result?.metrics ?? new Map()),
    jsonText(result?.outputs ?? new Map()),
    failure === undefined ? null : failureJson(failure),
  ]
}

const putAttempts = (record: RunRecord, put: Put): void => {
  const { conditionId, runId } = record.runSpec
  const { attempts, cutOff = [], history } = record
  const rows = history.map((attempt) => ({ attempt: attempt.attempt, row: attemptRow(attempt, runId, conditionId) }))
  for (const { attempt, charged, startedAtMs } of cutOff) {
    const failure = FailureCause.interrupted(cutOffMessage)
    rows.push({
      attempt,
      row: [
        runId,
        conditionId,
        attempt,
        "interrupted",
        timestampOf(startedAtMs),
        // Of a try that never told its end nobody knows how long it took.
        null,
        null,
        ...failureCells(failure),
        charged?.["cost_usd"] ?? null,
      ],
    })
  }
  if (history.length === 0 && attempts > 0 && !rows.some(({ attempt }) => attempt === attempts)) {
    // The ledger keeps the tries of a run only where there was more than one or it failed.
    const done = fateOf(record) === "done"
    rows.push({
      attempt: attempts,
      row: [
        runId,
        conditionId,
        attempts,
        done ? "succeeded" : record.outcome,
        record.result?.startedAt ?? null,
        (done ? record.runMs : undefined) ?? null,
        (done ? record.limitWaitMs : undefined) ?? null,
        ...failureCells(undefined),
        null,
      ],
    })
  }
  for (const { row } of rows.sort((one, other) => one.attempt - other.attempt)) put("attempts", row)
}

const attemptRow = (attempt: Attempt, runId: string, conditionId: string): Row => [
  runId,
  conditionId,
  attempt.attempt,
  attempt.status,
  timestampOf(attempt.startedAtMs),
  attempt.runMs,
  attempt.limitWaitMs,
  ...failureCells(attempt.failure),
  null,
]
