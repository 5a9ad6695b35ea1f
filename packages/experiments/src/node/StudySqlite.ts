/**
 * The tables of a study as one SQLite database, `study.sqlite`, built beside its place and put there whole.
 *
 * Strict tables with keys between them: whole numbers and truth values (0, 1) INTEGER, floats REAL, texts and JSON TEXT, measures
 * of any type as they are (`NaN` is NULL). `run_table` is a view of one row per run with its factors and measures;
 * `planned_runs` is one of every run of the plan and what became of it. In compatibility mode there are the predecessor's tables instead: all cells
 * text, no keys, and no table where there are no rows.
 *
 * @layer adapter
 * @module
 */
import { Durable, type DurableError, type DurableShape } from "@heddle/core/Durable"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createReadStream, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import * as Folders from "@heddle/core/node/Folders"
import * as StudyFile from "../StudyFile.ts"
import { schemaVersion } from "../Study.ts"
import { float, Float, type Value } from "../Value.ts"
import { databaseText, jsonText } from "../CanonicalText.ts"
import type { ColumnType, Put, Row, Table, TableName, Tables } from "../CanonicalTables.ts"
import type { StudyExport } from "../Artifacts.ts"
import { ArtifactsError } from "../ExperimentError.ts"
import type { FormSession, StagedFile, TableForm } from "../internal/artifactForms.ts"

/** Name of the database in the folder of a study. */
export const databaseName = "study.sqlite"

const buildingSuffix = ".building"

/** Columns of measures that `run_table` has at most; all of them are in `metrics`. */
export const viewMeasuresMax = 500

/** Bytes that are copied at a time. */
const copyBytes = 1024 * 1024

/** The database as a form of the tables. @category constructors */
export const form = (durable: DurableShape): TableForm => {
  let builds = 0
  return {
    names: [databaseName],
    wanted: (given) => given.includeSqlite === true,
    open: Effect.fnUntraced(function* (given, tables): Effect.fn.Return<FormSession, ArtifactsError, Scope.Scope> {
      const path = join(given.folder, databaseName)
      const building = join(given.folder, `.${databaseName}.${process.pid}-${++builds}${buildingSuffix}`)
      const database = yield* Effect.acquireRelease(
        attempt(() => {
          Folders.makeFolder(given.folder)
          removeAbandoned(given.folder)
          // Every row is put right behind the row that it points to, so the keys hold without a look at each of them.
          const opened = new DatabaseSync(building, { enableForeignKeyConstraints: false })
          // Thrown away unless it is finished, so it needs no journal on disk; the finished copy is synced.
          opened.exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; BEGIN")
          return opened
        }),
        (opened) =>
          Effect.sync(() => {
            if (opened.isOpen) opened.close()
            rmSync(building, { force: true })
          }),
      )
      const writer = yield* attempt(() =>
        given.compatibility === true ? compatible(database, tables) : typed(database, tables, given),
      )
      return {
        put: writer.put,
        flush: Effect.void,
        stage: Effect.gen(function* (): Effect.fn.Return<
          ReadonlyArray<StagedFile>,
          ArtifactsError | DurableError,
          Scope.Scope
        > {
          yield* attempt(() => {
            writer.finish()
            database.exec("COMMIT")
            database.close()
          })
          const file = yield* durable.create(path)
          yield* Stream.runForEach(readBytes(building), file.write)
          return [{ name: databaseName, file, rows: writer.rows() }]
        }),
      }
    }),
  }
}

/** The database as a form over the `Durable` in force. */
export const makeForm: Effect.Effect<TableForm, never, Durable> = Effect.map(Durable, form)

const failed = (error: unknown): ArtifactsError =>
  error instanceof ArtifactsError
    ? error
    : new ArtifactsError({
        reason: "invalid",
        path: databaseName,
        problem: error instanceof Error ? error.message : String(error),
        hints: ["export without the database: leave --sqlite away"],
      })

const attempt = <A>(work: () => A): Effect.Effect<A, ArtifactsError> => Effect.try({ try: work, catch: failed })

const readBytes = (path: string): Stream.Stream<Uint8Array, ArtifactsError> =>
  Stream.fromAsyncIterable<Uint8Array, ArtifactsError>(createReadStream(path, { highWaterMark: copyBytes }), failed)

/** Removes what killed processes left; a file of a process that is alive stays. */
const removeAbandoned = (folder: string): void => {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`.${databaseName}.`) || !name.endsWith(buildingSuffix)) continue
    const pid = Number(name.slice(databaseName.length + 2).split("-")[0])
    if (pid !== process.pid && !isAlive(pid)) rmSync(join(folder, name), { force: true })
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

const insertInto = (table: Table, rows = 1): string => {
  const row = `(${table.columns.map(() => "?").join(", ")})`
  return `INSERT INTO ${quoted(table.name)} VALUES ${Array.from({ length: rows }, () => row).join(", ")}`
}

interface Writer {
  readonly put: Put
  readonly finish: () => void
  readonly rows: () => number
}

const compatible = (database: DatabaseSync, { tables }: Tables): Writer => {
  const inserts = new Map<TableName, StatementSync>()
  const byName = new Map(tables.map((table) => [table.name, table]))
  let rows = 0
  return {
    put: (name, row) => {
      const table = byName.get(name)
      if (table === undefined) return
      let insert = inserts.get(name)
      if (insert === undefined) {
        database.exec(
          `CREATE TABLE ${quoted(name)} (${table.columns.map((column) => `${quoted(column.name)} TEXT`).join(", ")})`,
        )
        inserts.set(name, (insert = database.prepare(insertInto(table))))
      }
      insert.run(...table.columns.map(({ type }, index) => textCell(type, row[index] ?? null)))
      rows++
    },
    finish: () => {},
    rows: () => rows,
  }
}

const textCell = (type: ColumnType, value: Value): string | null =>
  databaseText(type === "real" && typeof value === "number" ? float(value) : value)

const sqlType: { readonly [T in ColumnType]: string } = {
  text: "TEXT",
  json: "TEXT",
  integer: "INTEGER",
  real: "REAL",
  boolean: "INTEGER",
  measure: "ANY",
  value: "ANY",
}

/** Keys by table: the primary key, and the table that each column points to. */
const keys: {
  readonly [T in TableName]: { readonly primary?: string; readonly foreign: Readonly<Record<string, string>> }
} = {
  conditions: { primary: "condition_id", foreign: { study_id: "study(study_id)" } },
  runs: { primary: "run_id", foreign: { study_id: "study(study_id)", condition_id: "conditions(condition_id)" } },
  events: { foreign: { run_id: "runs(run_id)", condition_id: "conditions(condition_id)" } },
  evaluations: { foreign: { run_id: "runs(run_id)" } },
  metrics: { foreign: { run_id: "runs(run_id)", condition_id: "conditions(condition_id)" } },
  failures: { primary: "run_id", foreign: { study_id: "study(study_id)", condition_id: "conditions(condition_id)" } },
  failed_events: { foreign: { run_id: "failures(run_id)", condition_id: "conditions(condition_id)" } },
  failed_evaluations: { foreign: { run_id: "failures(run_id)" } },
  not_run: { primary: "run_id", foreign: { study_id: "study(study_id)", condition_id: "conditions(condition_id)" } },
  // A run with tries is in `runs` or in `failures`: no single table to point to.
  attempts: { foreign: { condition_id: "conditions(condition_id)" } },
}

const createTable = (table: Table): string => {
  const { foreign, primary } = keys[table.name]
  const columns = table.columns.map(({ name, type }, index) => {
    // A factor may have the name of a key elsewhere; its column is no key.
    const own = table.name !== "conditions" || index < table.required
    const key = own && name === primary ? " NOT NULL PRIMARY KEY" : ""
    const check = type === "boolean" ? ` CHECK (${quoted(name)} IN (0, 1))` : ""
    const target = own ? foreignOf(foreign, name) : ""
    return `${quoted(name)} ${sqlType[type]}${key}${check}${target}`
  })
  return `CREATE TABLE ${quoted(table.name)} (${columns.join(", ")}) STRICT`
}

const foreignOf = (foreign: Readonly<Record<string, string>>, name: string): string =>
  foreign[name] === undefined ? "" : ` REFERENCES ${foreign[name]}`

const typed = (database: DatabaseSync, { tables }: Tables, given: StudyExport): Writer => {
  const { study } = given
  database.exec(
    'CREATE TABLE "study" ("study_id" TEXT NOT NULL PRIMARY KEY, "title" TEXT NOT NULL, "schema_version" TEXT NOT NULL, "study_json" TEXT NOT NULL) STRICT',
  )
  database
    .prepare('INSERT INTO "study" VALUES (?, ?, ?, ?)')
    .run(study.studyId, study.title, schemaVersion, jsonText(StudyFile.encode(study)))
  const inserts = new Map<TableName, Inserter>()
  let rows = 0
  for (const table of tables) {
    database.exec(createTable(table))
    inserts.set(table.name, inserter(database, table))
  }
  return {
    put: (name, row) => {
      inserts.get(name)?.put(row)
      rows++
    },
    finish: () => {
      for (const insert of inserts.values()) insert.end()
      database.exec(indexes)
      database.exec(plannedView)
      database.exec(runView(database, tables))
    },
    rows: () => rows,
  }
}

const indexes = `
CREATE INDEX "runs_by_condition" ON "runs" ("condition_id");
CREATE INDEX "events_by_run" ON "events" ("run_id");
CREATE INDEX "evaluations_by_run" ON "evaluations" ("run_id", "metric_name");
CREATE INDEX "metrics_by_run" ON "metrics" ("run_id", "metric_name");
CREATE INDEX "failures_by_condition" ON "failures" ("condition_id");
CREATE INDEX "failed_events_by_run" ON "failed_events" ("run_id");
CREATE INDEX "failed_evaluations_by_run" ON "failed_evaluations" ("run_id");
CREATE INDEX "not_run_by_condition" ON "not_run" ("condition_id");
CREATE INDEX "attempts_by_run" ON "attempts" ("run_id");
`

const plannedView = `CREATE VIEW "planned_runs" AS
SELECT run_id, condition_id, replicate, status, NULL AS reason FROM "runs"
UNION ALL SELECT run_id, condition_id, replicate, status, coalesce(reason, error_info) FROM "failures"
UNION ALL SELECT run_id, condition_id, replicate, status, reason FROM "not_run"`

/** One row per run of `runs`, with the values of its condition and its measures as columns. */
const runView = (database: DatabaseSync, tables: ReadonlyArray<Table>): string => {
  const taken = new Set<string>()
  const selected: Array<string> = []
  const select = (expression: string, candidates: ReadonlyArray<string>): void => {
    const name = candidates.find((candidate) => !taken.has(candidate.toLowerCase()))
    if (name === undefined) return
    taken.add(name.toLowerCase())
    selected.push(`${expression} AS ${quoted(name)}`)
  }
  const columnsOf = (name: TableName) => tables.find((table) => table.name === name)
  for (const { name } of columnsOf("runs")?.columns ?? []) select(`r.${quoted(name)}`, [name])
  const conditions = columnsOf("conditions")
  for (const { name } of conditions?.columns.slice(conditions.required) ?? []) {
    select(`c.${quoted(name)}`, [name, `condition_${name}`])
  }
  const measures = database
    .prepare(
      "SELECT DISTINCT metric_name AS name, source FROM \"metrics\" ORDER BY source = 'run' DESC, source, name LIMIT ?",
    )
    .all(viewMeasuresMax)
  for (const { name, source } of measures) {
    const metric = String(name)
    const from = String(source)
    const evaluator = from.slice(from.indexOf(":") + 1)
    // Two values of one name are no value: which of them was meant is not known.
    select(
      `(SELECT CASE WHEN count(*) = 1 THEN max(m.metric_value) END FROM "metrics" m WHERE m.run_id = r.run_id AND m.metric_name = ${literal(metric)} AND m.source = ${literal(from)})`,
      from === "run" ? [`metric_${metric}`] : [`evaluation_${metric}`, `evaluation_${evaluator}_${metric}`],
    )
  }
  return `CREATE VIEW "run_table" AS SELECT ${selected.join(", ")} FROM "runs" r JOIN "conditions" c ON c.condition_id = r.condition_id`
}

interface Inserter {
  readonly put: (row: Row) => void
  /** Puts what is left of the last batch. */
  readonly end: () => void
}

/** Rows that go in by one statement: a call costs more than a row. */
const batchRows = 16

/** Parameters of one statement; SQLite takes 32,766. */
const parametersMax = 8_000

const inserter = (database: DatabaseSync, table: Table): Inserter => {
  const types = table.columns.map(({ type }) => type)
  const width = types.length
  const rowsOfBatch = Math.max(1, Math.min(batchRows, Math.floor(parametersMax / width)))
  const many = database.prepare(insertInto(table, rowsOfBatch))
  const one = database.prepare(insertInto(table))
  const cells: Array<SQLInputValue> = Array.from({ length: rowsOfBatch * width }, () => null)
  let rows = 0
  return {
    put: (row) => {
      const start = rows * width
      for (let index = 0; index < width; index++) {
        cells[start + index] = typedCell(row[index] ?? null, types[index] ?? "value")
      }
      if (++rows < rowsOfBatch) return
      rows = 0
      many.run(...cells)
    },
    end: () => {
      for (let row = 0; row < rows; row++) one.run(...cells.slice(row * width, (row + 1) * width))
      rows = 0
    },
  }
}

const int64Max = 2n ** 63n - 1n
const int64Min = -(2n ** 63n)

const typedCell = (value: Value, type: ColumnType): SQLInputValue => {
  if (value === null || typeof value === "string") return value
  switch (typeof value) {
    case "number":
      if (Number.isNaN(value)) return null
      // A number binds as a REAL. A column of whole numbers takes it back; one of any type has to be told.
      return (type === "measure" || type === "value") && Number.isSafeInteger(value) && !Object.is(value, -0)
        ? BigInt(value)
        : value
    case "boolean":
      return value ? 1n : 0n
    case "bigint":
      return value >= int64Min && value <= int64Max ? value : value.toString()
    default:
      return value instanceof Float ? value.value : databaseText(value)
  }
}
