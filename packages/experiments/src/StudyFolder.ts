/**
 * Reads the folder of a study back into typed rows: one that we wrote, one of the compatibility mode, or one of the
 * predecessor. A cell that does not mean what its column says is an error that names file, row and column, never a zero.
 *
 * @layer logic
 * @module
 */
import { Durable, type DurableError } from "@heddle/core/Durable"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { keptRunsName } from "./CanonicalTables.ts"
import { ArtifactsError } from "./ExperimentError.ts"
import { CsvError, CsvReader } from "./internal/csvText.ts"
import { manifestName } from "./Manifest.ts"
import * as JsonText from "./JsonText.ts"
import type { ConditionRow, EvaluationRow, ExcludedRow, MetricRow, RunRow, StudyTables } from "./StudyTables.ts"
import { emptyMap, isMap, type Value, type ValueMap } from "./Value.ts"

/** Bytes of a table that are decoded at a time. */
const decodeBytes = 64 * 1024

/** What can go wrong while a folder is read. @category errors */
export type StudyFolderError = ArtifactsError | DurableError

/** A row by the names of its columns. @category models */
export type RowOf = (column: string) => string

/** An error about a file of a study. */
export const wrong = (path: string, problem: string, reason: ArtifactsError["reason"] = "invalid"): ArtifactsError =>
  new ArtifactsError({ reason, path, problem, hints: ["export the study again: heddle experiments export"] })

/**
 * Reads a table row by row. `onHeader` may refuse it. A row with more or fewer cells than the header is an error. Gives
 * the number of rows.
 *
 * @category reading
 */
export const readTable: (
  folder: string,
  name: string,
  onRow: (cell: RowOf, row: number) => void,
  onHeader?: (header: ReadonlyArray<string>) => void,
) => Effect.Effect<number, StudyFolderError, Durable> = Effect.fn("StudyFolder.readTable")(
  function* (folder, name, onRow, onHeader) {
    const durable = yield* Durable
    const path = `${folder}/${name}`
    if (!(yield* durable.exists(path))) return yield* wrong(path, "the file is missing", "missing")
    const bytes = yield* durable.readFile(path)
    return yield* Effect.try({
      try: () => parseTable(path, bytes, onRow, onHeader),
      catch: (error) => {
        if (error instanceof ArtifactsError) return error
        const line = error instanceof CsvError ? ` (line ${error.line})` : ""
        return wrong(path, `${error instanceof Error ? error.message : String(error)}${line}`)
      },
    })
  },
)

const parseTable = (
  path: string,
  bytes: Uint8Array,
  onRow: (cell: RowOf, row: number) => void,
  onHeader: ((header: ReadonlyArray<string>) => void) | undefined,
): number => {
  // A byte order mark is kept, so that a header that has one is seen to be another.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  const reader = new CsvReader()
  let places: Map<string, number> | undefined
  let width = 0
  let rows = 0
  const take = (records: ReadonlyArray<ReadonlyArray<string>>): void => {
    for (const record of records) {
      if (places === undefined) {
        onHeader?.(record)
        places = new Map(record.map((column, index) => [column, index]))
        if (places.size !== record.length) throw wrong(path, "two columns have the same name")
        width = record.length
        continue
      }
      rows++
      if (record.length !== width) throw wrong(path, `row ${rows} has ${record.length} cells, the header has ${width}`)
      const at = places
      onRow((column) => {
        const place = at.get(column)
        return place === undefined ? "" : (record[place] ?? "")
      }, rows)
    }
  }
  for (let start = 0; start < bytes.length; start += decodeBytes) {
    take(reader.push(decoder.decode(bytes.subarray(start, start + decodeBytes), { stream: true })))
  }
  take(reader.push(decoder.decode()))
  take(reader.end())
  if (places === undefined) throw wrong(path, "the file has no header")
  return rows
}

/** The manifest as a value. @category reading */
export const readManifest: (folder: string) => Effect.Effect<ValueMap, StudyFolderError, Durable> = Effect.fn(
  "StudyFolder.readManifest",
)(function* (folder: string) {
  const durable = yield* Durable
  const path = `${folder}/${manifestName}`
  if (!(yield* durable.exists(path))) {
    return yield* wrong(
      path,
      "the manifest is missing: this is no folder of a study, or an export did not end",
      "missing",
    )
  }
  const bytes = yield* durable.readFile(path)
  const parsed = JsonText.parse(new TextDecoder().decode(bytes))
  if (Result.isFailure(parsed)) return yield* wrong(path, parsed.failure.problem)
  if (!isMap(parsed.success.value)) return yield* wrong(path, "it is not a JSON object")
  return parsed.success.value
})

/** Text of Python's `float()`, without what that takes beyond numbers (underscores). */
const floatPattern = /^\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)\s*$/i

/** A cell as Python's `float()` reads it; `undefined` where that fails. @category reading */
export const floatOf = (cell: string): number | undefined => {
  if (!floatPattern.test(cell)) return undefined
  const text = cell.trim().toLowerCase()
  const sign = text.startsWith("-") ? -1 : 1
  if (text.endsWith("nan")) return Number.NaN
  return text.includes("inf") ? sign * Infinity : Number(text)
}

/** All rows of a folder. @category reading */
export const readStudyFolder: (folder: string) => Effect.Effect<StudyTables, StudyFolderError, Durable> = Effect.fn(
  "StudyFolder.readStudyFolder",
)(function* (folder: string) {
  const manifest = yield* readManifest(folder)
  const studyId = manifest.get("study_id")
  if (typeof studyId !== "string" || studyId.trim() === "") {
    return yield* wrong(`${folder}/${manifestName}`, "it names no study")
  }
  const conditions: Array<ConditionRow> = []
  const runs: Array<RunRow> = []
  const metrics: Array<MetricRow> = []
  const evaluations: Array<EvaluationRow> = []
  const excluded: Array<ExcludedRow> = []
  const conditionOf = new Map<string, string>()
  const ours = manifest.has("heddle")

  let extras: ReadonlyArray<string> = []
  yield* readTable(
    folder,
    "conditions.csv",
    (cell, row) => conditions.push(conditionRow(folder, cell, row, extras)),
    (header) => (extras = header.slice(requiredConditions)),
  )
  const kept = new Map<string, string>()
  const durable = yield* Durable
  if (ours && (yield* durable.exists(`${folder}/${keptRunsName}`))) {
    yield* readTable(folder, keptRunsName, (cell) => kept.set(cell("run_id"), cell("changed")))
  }
  yield* readTable(folder, "runs.csv", (cell, row) => {
    const runId = cell("run_id")
    const conditionId = cell("condition_id")
    const number = numberIn(`${folder}/runs.csv`, cell, row)
    if (cell("status") !== "success") {
      const reason = cell("error_info") === "" ? null : cell("error_info")
      excluded.push({ runId, conditionId, replicate: number("replicate") ?? 0, status: cell("status"), reason })
      return
    }
    conditionOf.set(runId, conditionId)
    const changed = kept.get(runId)
    runs.push({ ...runRow(cell, number), ...(changed === undefined ? {} : { kept: changed }) })
    if (ours) return
    for (const name of measuredColumns) {
      const metricValue = number(name)
      if (metricValue !== null) metrics.push({ runId, conditionId, metricName: name, metricValue, source: "run" })
    }
  })
  yield* readTable(folder, "evaluations.csv", (cell, row) => {
    const runId = cell("run_id")
    const conditionId = conditionOf.get(runId)
    if (conditionId === undefined) {
      if (ours)
        throw wrong(`${folder}/evaluations.csv`, `row ${row} is of the run ${runId}, which runs.csv does not have`)
      return
    }
    const evaluation = evaluationRow(cell)
    evaluations.push(evaluation)
    const { aggregationLevel, evaluatorId, metricName, metricValue } = evaluation
    if (ours || (aggregationLevel !== "run" && aggregationLevel !== "")) return
    metrics.push({ runId, conditionId, metricName, metricValue, source: `evaluator:${evaluatorId}` })
  })
  if (ours) {
    yield* readTable(folder, "metrics.csv", (cell) => {
      metrics.push({
        runId: cell("run_id"),
        conditionId: cell("condition_id"),
        metricName: cell("metric_name"),
        metricValue: measureOf(cell("metric_value")),
        source: cell("source"),
      })
    })
    for (const name of ["failures.csv", "not_run.csv"]) {
      yield* readTable(folder, name, (cell, row) => {
        const reason = cell("reason") === "" ? cell("error_info") : cell("reason")
        excluded.push({
          runId: cell("run_id"),
          conditionId: cell("condition_id"),
          replicate: numberIn(`${folder}/${name}`, cell, row)("replicate") ?? 0,
          status: cell("status"),
          reason: reason === "" ? null : reason,
        })
      })
    }
  }
  const tables: StudyTables = { studyId, conditions, runs, metrics, evaluations, excluded }
  return tables
})

const requiredConditions = 5

const measuredColumns = ["latency_s", "cost_usd", "input_tokens", "output_tokens", "primary_outcome"] as const

/** A measure that is no number (a text, `nan`) is null: missing, not zero. */
const measureOf = (cell: string): number | null => {
  if (cell === "True") return 1
  if (cell === "False") return 0
  const number = floatOf(cell)
  return number === undefined || Number.isNaN(number) ? null : number
}

const numberIn =
  (path: string, cell: RowOf, row: number) =>
  (column: string): number | null => {
    const text = cell(column)
    if (text === "") return null
    if (text === "True" || text === "False") return text === "True" ? 1 : 0
    const number = floatOf(text)
    if (number === undefined) throw wrong(path, `row ${row}: ${column} is ${JSON.stringify(text)}, which is no number`)
    return Number.isNaN(number) ? null : number
  }

const runRow = (cell: RowOf, number: (column: string) => number | null): RunRow => ({
  runId: cell("run_id"),
  conditionId: cell("condition_id"),
  problemId: cell("problem_id") === "" ? null : cell("problem_id"),
  agentId: cell("agent_id") === "" ? null : cell("agent_id"),
  modelName: cell("model_name"),
  replicate: number("replicate") ?? 0,
  seed: number("seed") ?? 0,
  startTime: cell("start_time"),
  endTime: cell("end_time"),
  latencyS: number("latency_s"),
  costUsd: number("cost_usd"),
  inputTokens: number("input_tokens"),
  outputTokens: number("output_tokens"),
  primaryOutcome: number("primary_outcome"),
})

const evaluationRow = (cell: RowOf): EvaluationRow => ({
  runId: cell("run_id"),
  evaluatorId: cell("evaluator_id"),
  metricName: cell("metric_name"),
  metricValue: measureOf(cell("metric_value")),
  metricUnit: cell("metric_unit"),
  aggregationLevel: cell("aggregation_level"),
})

/** Values with their types from the fingerprint; where a design wrote none, the texts of the columns. */
const conditionRow = (folder: string, cell: RowOf, row: number, extras: ReadonlyArray<string>): ConditionRow => {
  const path = `${folder}/conditions.csv`
  const meta = JsonText.parse(cell("assignment_meta_json"))
  if (Result.isFailure(meta)) throw wrong(path, `row ${row}: assignment_meta_json: ${meta.failure.problem}`)
  const admissible = cell("admissible")
  if (admissible !== "True" && admissible !== "False") {
    throw wrong(path, `row ${row}: admissible is ${JSON.stringify(admissible)}, not True or False`)
  }
  const print = isMap(meta.success.value) ? meta.success.value.get("fingerprint") : undefined
  const values = typeof print === "string" ? JsonText.parse(print) : undefined
  const found =
    values !== undefined && Result.isSuccess(values) && isMap(values.success.value) ? values.success.value : undefined
  const part = (name: string): ValueMap => {
    const value = found?.get(name)
    return isMap(value) ? value : emptyMap
  }
  const columns = (block: boolean): ValueMap =>
    new Map(
      extras.flatMap((name): ReadonlyArray<[string, Value]> => {
        if (name.startsWith("block_") !== block) return []
        return [[block ? name.slice("block_".length) : name, cell(name)]]
      }),
    )
  const inOrder = (map: ValueMap, block: boolean): ValueMap => {
    if (found === undefined) return columns(block)
    // The fingerprint sorts its keys; the columns have the order of the study.
    const ordered = new Map<string, Value>()
    for (const name of columns(block).keys()) {
      const value = map.get(name)
      if (value !== undefined) ordered.set(name, value)
    }
    for (const [name, value] of map) if (!ordered.has(name)) ordered.set(name, value)
    return ordered
  }
  return {
    conditionId: cell("condition_id"),
    factors: inOrder(part("factors"), false),
    blocks: inOrder(part("blocks"), true),
    admissible: admissible === "True",
    metadata: isMap(meta.success.value) ? meta.success.value : emptyMap,
  }
}
