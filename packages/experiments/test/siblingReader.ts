/**
 * The analysis sibling's rules for reading a folder, written from the specification for the tests alone; it shares no
 * code with what it tests. Proved against what the sibling itself returned (`analysis_readback.json`, `analysis_mutations.json`).
 */
import { existsSync, readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { parse } from "./pythonCsv.ts"

/** What the sibling would raise as a ValueError. */
export class ValueError extends Error {}

type Row = Readonly<Record<string, string>>
interface Table {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<Row>
}

const table = (path: string): Table => {
  if (!existsSync(path)) throw new ValueError(`no ${path}`)
  const [header = [], ...rows] = parse(readFileSync(path, "utf8"))
  // As csv.DictReader: a file with a header alone has no rows to take columns from.
  return {
    columns: rows.length === 0 ? [] : header,
    rows: rows.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index] ?? ""]))),
  }
}

/** The folder of a path: itself, or that of its events.csv. */
const folderOf = (path: string): string => {
  if (!path.endsWith(".csv")) return path
  if (basename(path) !== "events.csv") throw new ValueError("not events.csv")
  return dirname(path)
}

const checkManifest = (folder: string): void => {
  const path = join(folder, "manifest.json")
  if (!existsSync(path)) throw new ValueError("no manifest")
  const manifest: unknown = JSON.parse(readFileSync(path, "utf8"))
  if (typeof manifest !== "object" || manifest === null) throw new ValueError("manifest")
  const keys = new Map<string, unknown>(Object.entries(manifest))
  const version = keys.get("schema_version")
  if (version !== "0.1.0" && version !== "0.2.0") throw new ValueError("version")
  const id = keys.get("study_id")
  if (typeof id !== "string" || id.trim() === "") throw new ValueError("study_id")
}

/** The manifest and the four tables. */
export const load = (path: string) => {
  const folder = folderOf(path)
  checkManifest(folder)
  return {
    conditions: table(join(folder, "conditions.csv")),
    runs: table(join(folder, "runs.csv")),
    events: table(join(folder, "events.csv")),
    evaluations: table(join(folder, "evaluations.csv")),
  }
}

const recommended = ["actor_id", "event_type", "record_id", "session_id", "text"]
const iso = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}:?\d{2})?$/

const timeOf = (text: string): number | undefined => {
  if (text.trim() === "") return undefined
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/.test(text.slice(10)) ? text : `${text}Z`
  const ms = iso.test(text) ? Date.parse(zoned) : Number.NaN
  if (Number.isNaN(ms)) throw new ValueError(`timestamp ${text}`)
  return ms
}

/** `validate_experiment_events`. */
export const validateEvents = (path: string) => {
  const { events } = load(path)
  const columns = events.columns
  const missingRequired = columns.includes("timestamp") ? [] : ["timestamp"]
  const missingRecommended = recommended.filter((name) => !columns.includes(name))
  let errors = missingRequired.length + (events.rows.length === 0 ? 1 : 0)
  if (missingRequired.length === 0 && events.rows.some((row) => timeOf(row["timestamp"] ?? "") === undefined)) errors++
  return {
    is_valid: errors === 0,
    n_rows: events.rows.length,
    columns,
    missing_required: missingRequired,
    missing_recommended: missingRecommended,
    n_errors: errors,
    n_warnings: missingRecommended.length > 0 ? 1 : 0,
  }
}

const byId = (rows: ReadonlyArray<Row>, key: string): ReadonlyMap<string, Row> => {
  const map = new Map<string, Row>()
  for (const row of rows) {
    const id = row[key] ?? ""
    if (map.has(id)) throw new ValueError(`duplicate ${key} ${id}`)
    map.set(id, row)
  }
  return map
}

const conditionKeys = new Set(["study_id", "condition_id", "admissible", "constraint_messages", "assignment_meta_json"])

const merge = (into: Record<string, string>, from: Row, prefix: string, skip: (name: string) => boolean): void => {
  for (const [name, value] of Object.entries(from)) {
    if (skip(name)) continue
    if (!(name in into)) into[name] = value
    else if (into[name] !== value && into[name] !== "") into[`${prefix}_${name}`] = value
  }
}

/** The unified event table: events with what is known of their runs and conditions, sorted by time. */
export const eventTable = (path: string): ReadonlyArray<Row> => {
  const { conditions, events, runs } = load(path)
  const runById = byId(runs.rows, "run_id")
  const conditionById = byId(conditions.rows, "condition_id")
  const joined = events.rows.map((event) => {
    const runId = (event["run_id"] ?? "") === "" ? (event["session_id"] ?? "") : (event["run_id"] ?? "")
    const run = runById.get(runId)
    if (run === undefined) throw new ValueError(`no run ${runId}`)
    const conditionId =
      (event["condition_id"] ?? "") === "" ? (run["condition_id"] ?? "") : (event["condition_id"] ?? "")
    const condition = conditionById.get(conditionId)
    if (condition === undefined) throw new ValueError(`no condition ${conditionId}`)
    const row: Record<string, string> = { ...event }
    merge(row, run, "run", (name) => name === "trace_path" || name === "manifest_path")
    merge(row, condition, "condition", (name) => conditionKeys.has(name))
    return row
  })
  const key = (row: Row): number => timeOf(row["timestamp"] ?? "") ?? Infinity
  return joined.sort((a, b) => key(a) - key(b))
}

/** The runs with their conditions. */
export const runTable = (path: string): ReadonlyArray<Row> => {
  const { conditions, runs } = load(path)
  const conditionById = byId(conditions.rows, "condition_id")
  byId(runs.rows, "run_id")
  return runs.rows.map((run) => {
    const condition = conditionById.get(run["condition_id"] ?? "")
    if (condition === undefined) throw new ValueError("no condition")
    const row: Record<string, string> = {}
    merge(row, run, "run", (name) => name === "trace_path" || name === "manifest_path")
    merge(row, condition, "condition", (name) => conditionKeys.has(name))
    return row
  })
}

const floatPattern = /^\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|infinity|nan)\s*$/i
const float = (text: string): number => {
  if (!floatPattern.test(text)) throw new ValueError(`float ${text}`)
  return Number(text)
}

/** `condition_metric_table`. */
export const metricTable = (path: string, metric: string, conditionColumn: string) => {
  const { conditions, evaluations, runs } = load(path)
  if (runs.rows.length === 0) throw new ValueError("no runs")
  const conditionById = byId(conditions.rows, "condition_id")
  byId(runs.rows, "run_id")
  const ofRuns = runs.columns.includes(metric)
  const conditionOfRuns = runs.columns.includes(conditionColumn)
  return runs.rows.map((run) => {
    const runId = run["run_id"] ?? ""
    const condition = conditionById.get(run["condition_id"] ?? "")
    if (condition === undefined) throw new ValueError("no condition")
    const matches = evaluations.rows.filter(
      (row) =>
        row["run_id"] === runId &&
        row["metric_name"] === metric &&
        ["run", ""].includes((row["aggregation_level"] ?? "").trim()),
    )
    if (!ofRuns && matches.length !== 1) throw new ValueError(`${matches.length} rows of ${metric} for ${runId}`)
    const label = (conditionOfRuns ? run : condition)[conditionColumn] ?? ""
    if (label.trim() === "") throw new ValueError(`no ${conditionColumn}`)
    return {
      run_id: runId,
      condition_id: run["condition_id"] ?? "",
      condition: label,
      metric,
      value: float(ofRuns ? (run[metric] ?? "") : (matches[0]?.["metric_value"] ?? "")),
      condition_source: conditionOfRuns ? "runs" : "conditions",
      metric_source: ofRuns ? "runs" : "evaluations",
    }
  })
}

/** States of the event chains of each value of a condition column. */
export const markovStates = (
  path: string,
  column: string,
): Readonly<Record<string, ReadonlyArray<ReadonlyArray<string>>>> => {
  const rows = eventTable(path)
  if (rows.length === 0) throw new ValueError("no events")
  const states: Record<string, Set<string>> = {}
  for (const row of rows) (states[row[column] ?? ""] ??= new Set()).add(row["event_type"] ?? "")
  return Object.fromEntries(Object.entries(states).map(([key, set]) => [key, [...set].sort().map((state) => [state])]))
}
