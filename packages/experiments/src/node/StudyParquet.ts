/**
 * The tables of a study as Parquet files: `conditions`, `runs`, `events`, `evaluations` and `metrics`. Whole numbers are INT64,
 * floats and measures DOUBLE, truth values BOOLEAN, start and end of a run TIMESTAMP (UTC), all else STRING, JSON included.
 * A measure that is no number is null in its column and stands as text in `metric_text`.
 *
 * @layer adapter
 * @module
 */
import type { DurableError, DurableFile, DurableShape } from "@heddle/core/Durable"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type BasicType, ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer"
import type { Row, Table, TableColumn, TableName } from "../CanonicalTables.ts"
import { cellText } from "../CanonicalText.ts"
import { ArtifactsError } from "../ExperimentError.ts"
import type { FormSession, StagedFile, TableForm } from "../internal/artifactForms.ts"
import { measure } from "../StudyTables.ts"
import { toNumber, type Value } from "../Value.ts"

/** Rows of one row group: what is held in memory before it is written. */
export const rowGroupRows = 5_000

/** Tables that have a Parquet file. */
export const parquetTables: ReadonlyArray<TableName> = ["conditions", "runs", "events", "evaluations", "metrics"]

/** The columnar files as a form of the tables. @category constructors */
export const form = (durable: DurableShape): TableForm => ({
  names: parquetTables.map((name) => `${name}.parquet`),
  wanted: (given) => given.includeParquet === true && given.compatibility !== true,
  open: Effect.fnUntraced(function* (given, { tables }): Effect.fn.Return<FormSession, DurableError, Scope.Scope> {
    const writers = new Map<TableName, TableWriter>()
    for (const table of tables) {
      if (!parquetTables.includes(table.name)) continue
      const file = yield* durable.create(`${given.folder}/${table.name}.parquet`)
      writers.set(table.name, new TableWriter(table, file))
    }
    const drain = (writer: TableWriter): Effect.Effect<void, DurableError> =>
      Effect.suspend(() => writer.file.write(writer.drain()))
    return {
      put: (name, row) => writers.get(name)?.put(row),
      flush: Effect.suspend(() => Effect.forEach(writers.values(), drain, { discard: true })),
      stage: Effect.gen(function* (): Effect.fn.Return<ReadonlyArray<StagedFile>, ArtifactsError | DurableError> {
        const staged: Array<StagedFile> = []
        for (const [name, writer] of writers) {
          yield* Effect.try({ try: () => writer.end(), catch: failed(`${name}.parquet`) })
          yield* drain(writer)
          staged.push({ name: `${name}.parquet`, file: writer.file, rows: writer.rows })
        }
        return staged
      }),
    }
  }),
})

const failed =
  (path: string) =>
  (error: unknown): ArtifactsError =>
    new ArtifactsError({
      reason: "invalid",
      path,
      problem: error instanceof Error ? error.message : String(error),
      hints: ["export without the columnar files: leave --parquet away"],
    })

interface ParquetColumn {
  readonly name: string
  readonly type: BasicType
  readonly index: number
  readonly convert: (value: Value) => unknown
}

const times = new Set(["start_time", "end_time"])

const timeOf = (value: Value): Date | null => {
  const date = typeof value === "string" ? new Date(value) : undefined
  return date === undefined || Number.isNaN(date.getTime()) ? null : date
}

const text = (value: Value): string => cellText(value)

const integerOf = (value: Value): bigint | null => {
  const number = toNumber(value)
  return number === undefined || !Number.isSafeInteger(number) ? null : BigInt(number)
}

const columnOf = (table: Table, { name, type }: TableColumn, index: number): ReadonlyArray<ParquetColumn> => {
  const made = (parquet: BasicType, convert: (value: Value) => unknown, as = name): ParquetColumn => ({
    name: as,
    type: parquet,
    index,
    convert,
  })
  switch (type) {
    case "integer":
      return [made("INT64", integerOf)]
    case "real":
      return [made("DOUBLE", (value) => toNumber(value) ?? null)]
    case "boolean":
      return [made("BOOLEAN", (value) => value === true)]
    case "measure":
      return [
        made("DOUBLE", (value) => (typeof value === "number" ? value : measure(value))),
        ...(name === "metric_value"
          ? [
              made(
                "STRING",
                (value) => (typeof value !== "number" && measure(value) === null ? text(value) : null),
                "metric_text",
              ),
            ]
          : []),
      ]
    default:
      return [table.name === "runs" && times.has(name) ? made("TIMESTAMP", timeOf) : made("STRING", text)]
  }
}

class TableWriter {
  readonly file: DurableFile
  rows = 0
  readonly #columns: ReadonlyArray<ParquetColumn>
  readonly #bytes = new ByteWriter()
  readonly #writer: ParquetWriter
  #held: Array<Row> = []
  constructor(table: Table, file: DurableFile) {
    this.file = file
    this.#columns = table.columns.flatMap((column, index) => columnOf(table, column, index))
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: schemaFromColumnData({
        columnData: this.#columns.map(({ name, type }) => ({ name, type, nullable: true, data: [] })),
      }),
      createdBy: "heddle",
    })
  }
  put(row: Row): void {
    this.rows++
    this.#held.push(row)
    if (this.#held.length >= rowGroupRows) this.#group()
  }
  end(): void {
    this.#group()
    // Without a flush of its own the writer works synchronously.
    void this.#writer.finish()
  }
  /** The bytes that are ready, taken out. */
  drain(): Uint8Array {
    const ready = this.#bytes.getBytes().slice()
    this.#bytes.index = 0
    return ready
  }
  #group(): void {
    const rows = this.#held
    this.#held = []
    if (rows.length === 0) return
    const columnData = this.#columns.map(({ convert, index, name }) => ({
      name,
      data: rows.map((row) => {
        const value = row[index] ?? null
        return value === null ? null : convert(value)
      }),
    }))
    void this.#writer.write({ columnData, rowGroupSize: rows.length })
  }
}
