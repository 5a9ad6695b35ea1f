/**
 * Tables as JSON lines: one object per row and line, members in the order of the columns, missing values `null`, instants
 * ISO 8601 in UTC. UTF-8, lines end with LF.
 *
 * @layer adapter
 * @module
 */
import type { Durable } from "@heddle/core/Durable"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Sink, SinkError } from "../Sink.ts"
import type { Row, Table } from "../Table.ts"
import * as FileSink from "./internal/fileSink.ts"

/** Writes `<study>/<resource>.jsonl` under `root`. @category layers */
export const layer = (root: string): Layer.Layer<Sink, never, Durable> =>
  FileSink.layer(
    {
      format: "jsonl",
      extension: "jsonl",
      encoder: (table) => ({
        start: () => "",
        rows: (rows) => rows.map((row) => lineOf(table, row)).join(""),
        end: () => "",
      }),
      read,
    },
    root,
  )

const lineOf = (table: Table, row: Row): string => {
  const members = table.columns.map(
    ({ name }, index) => `${JSON.stringify(name)}:${JSON.stringify(row[index] ?? null)}`,
  )
  return `{${members.join(",")}}\n`
}

const Line = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json))
const decodeLine = Schema.decodeUnknownSync(Line)

const read = (path: string, table: Table): Stream.Stream<Row, SinkError> =>
  FileSink.readBytes(path).pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.filter((text) => text !== ""),
    Stream.mapEffect((text) =>
      Effect.try({
        try: (): Row => {
          const members = decodeLine(text)
          return table.columns.map(({ name }) => {
            const value = members[name]
            if (value === undefined) throw new Error(`a line has no member ${name}`)
            return value
          })
        },
        catch: (error) => FileSink.readError(path, error),
      }),
    ),
  )
