/**
 * Tables as CSV files; what they look like is said in `Csv`.
 *
 * @layer adapter
 * @module
 */
import type { Durable } from "@heddle/core/Durable"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Csv from "../Csv.ts"
import type { Sink, SinkError } from "../Sink.ts"
import type { Row, Table } from "../Table.ts"
import * as FileSink from "./internal/fileSink.ts"

/** Writes `<study>/<resource>.csv` under `root`. @category layers */
export const layer = (root: string): Layer.Layer<Sink, never, Durable> =>
  FileSink.layer(
    {
      format: "csv",
      extension: "csv",
      encoder: ({ columns }) => ({
        start: () => Csv.header(columns),
        rows: (rows) => rows.map((row) => Csv.line(columns, row)).join(""),
        end: () => "",
      }),
      read,
    },
    root,
  )

const read = (path: string, table: Table): Stream.Stream<Row, SinkError> =>
  Stream.suspend(() => {
    const reader = new Csv.Reader()
    const decoder = new TextDecoder("utf-8", { fatal: true })
    let first = true
    const take = (text: string, final: boolean): ReadonlyArray<Row> => {
      const rows: Array<Row> = []
      for (const cells of reader.push(text, final)) {
        if (first) {
          first = false
          const names = cells.map((cell) => cell.text).join(",")
          if (names !== table.columns.map((column) => Csv.guard(column.name)).join(",")) {
            throw new Csv.CsvSyntaxError("its columns are others")
          }
        } else rows.push(Csv.row(table.columns, cells))
      }
      return rows
    }
    const attempt = (text: () => string, final: boolean): Effect.Effect<ReadonlyArray<Row>, SinkError> =>
      Effect.try({ try: () => take(text(), final), catch: (error) => FileSink.readError(path, error) })
    return FileSink.readBytes(path).pipe(
      Stream.mapEffect((bytes) => attempt(() => decoder.decode(bytes, { stream: true }), false)),
      Stream.concat(Stream.fromEffect(Effect.suspend(() => attempt(() => decoder.decode(), true)))),
      Stream.flatMap((rows) => Stream.fromArray(rows)),
    )
  })
