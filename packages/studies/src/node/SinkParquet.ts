/**
 * Tables as Parquet files (Snappy): whole numbers INT64, truth values BOOLEAN, instants TIMESTAMP in milliseconds of UTC,
 * JSON columns with the logical type JSON, all other columns STRING; every column but the key is optional.
 *
 * @layer adapter
 * @module
 */
import type { Durable } from "@heddle/core/Durable"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet"
import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer"
import type { BasicType } from "hyparquet-writer"
import type { Sink, SinkError } from "../Sink.ts"
import type { Column, Row, Table } from "../Table.ts"
import * as FileSink from "./internal/fileSink.ts"

/** Rows of one row group: what is held in memory before it is written. */
export const rowGroupRows = 5_000

/** Writes `<study>/<resource>.parquet` under `root`. @category layers */
export const layer = (root: string): Layer.Layer<Sink, never, Durable> =>
  FileSink.layer({ format: "parquet", extension: "parquet", encoder, read }, root)

const types: { readonly [T in Column["type"]]: BasicType } = {
  int: "INT64",
  bool: "BOOLEAN",
  instant: "TIMESTAMP",
  date: "STRING",
  text: "STRING",
  json: "JSON",
}

const encoder = (table: Table): FileSink.Encoder => {
  const bytes = new ByteWriter()
  const sources = (rows: ReadonlyArray<Row>) =>
    table.columns.map((column, index) => ({
      name: column.name,
      type: types[column.type],
      nullable: column.name !== table.key,
      data: rows.map((row) => toParquet(column, row[index] ?? null)),
    }))
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaFromColumnData({ columnData: sources([]) }),
    createdBy: "heddle",
    // Minima and maxima in the footer would repeat values in clear beside the data.
    statistics: false,
  })
  let held: Array<Row> = []
  const drain = (): Uint8Array => {
    const ready = bytes.getBytes().slice()
    bytes.index = 0
    return ready
  }
  const group = (rows: ReadonlyArray<Row>): void => {
    if (rows.length === 0) return
    // Without a flush of its own the writer works synchronously.
    void writer.write({
      columnData: sources(rows).map(({ name, data }) => ({ name, data })),
      rowGroupSize: rows.length,
    })
  }
  return {
    start: drain,
    rows: (rows) => {
      held.push(...rows)
      while (held.length >= rowGroupRows) {
        group(held.slice(0, rowGroupRows))
        held = held.slice(rowGroupRows)
      }
      return drain()
    },
    end: () => {
      group(held)
      held = []
      void writer.finish()
      return drain()
    },
  }
}

const toParquet = (column: Column, value: Schema.Json): unknown => {
  if (value === null) return null
  switch (column.type) {
    case "int":
      return BigInt(Number(value))
    case "instant":
      return new Date(String(value))
    default:
      return value
  }
}

const read = (path: string, table: Table): Stream.Stream<Row, SinkError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const ask = <A>(work: () => Promise<A>) =>
        Effect.tryPromise({ try: work, catch: (error) => FileSink.readError(path, error) })
      const file = yield* ask(() => asyncBufferFromFile(path))
      const metadata = yield* ask(() => parquetMetadataAsync(file))
      const rows = Number(metadata.num_rows)
      const starts = Array.from({ length: Math.ceil(rows / rowGroupRows) }, (_, index) => index * rowGroupRows)
      return Stream.fromArray(starts).pipe(
        Stream.mapEffect((rowStart) =>
          ask(() => parquetReadObjects({ file, metadata, rowStart, rowEnd: Math.min(rows, rowStart + rowGroupRows) })),
        ),
        Stream.mapEffect((objects) =>
          Effect.try({
            try: () => objects.map((object) => table.columns.map((column) => fromParquet(column, object[column.name]))),
            catch: (error) => FileSink.readError(path, error),
          }),
        ),
        Stream.flatMap((found) => Stream.fromArray(found)),
      )
    }),
  )

const fromParquet = (column: Column, value: unknown): Schema.Json => {
  if (value === null || value === undefined) return null
  if (column.type === "int" && (typeof value === "bigint" || typeof value === "number")) return Number(value)
  if (column.type === "bool" && typeof value === "boolean") return value
  if (column.type === "instant" && value instanceof Date) return value.toISOString()
  // The reader has parsed the JSON text of the column, so what it gives is JSON.
  if (column.type === "json") return value as Schema.Json
  if (typeof value === "string") return value
  throw new Error(`${column.name} holds a ${typeof value}`)
}
