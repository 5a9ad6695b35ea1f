/**
 * Rows of a table as text of CSV, gathered until it is worth a write.
 *
 * @layer logic
 * @module
 */
import type { DurableError, DurableFile } from "@heddle/core/Durable"
import * as Effect from "effect/Effect"
import type { Row, Table } from "../CanonicalTables.ts"
import { cellText, measureText } from "../CanonicalText.ts"
import { floatText } from "../StableJson.ts"
import { Float } from "../Value.ts"
import { ByteText } from "./byteText.ts"
import * as Csv from "./csvText.ts"

/** Bytes that are gathered before they are written. */
export const pendingLengthMax = 256 * 1024

/** Adds one row as a line of CSV. */
const addLine = (text: ByteText, table: Table, row: Row): void => {
  const { columns } = table
  for (let index = 0; index < columns.length; index++) {
    if (index > 0) text.add(",")
    const value = row[index] ?? null
    if (value === null) continue
    if (typeof value === "string") addCell(text, value)
    else {
      const type = columns[index]?.type
      if (type === "real" && (typeof value === "number" || value instanceof Float)) {
        text.add(floatText(typeof value === "number" ? value : value.value))
      } else addCell(text, type === "measure" ? measureText(value) : cellText(value))
    }
  }
  text.add("\r\n")
}

const addCell = (text: ByteText, cell: string): void => {
  if (!text.addCell(cell)) text.add(Csv.cell(cell))
}

/** A text file that is being written, with what is not written yet. */
export class TextFile {
  readonly name: string
  readonly file: DurableFile
  rows = 0
  protected readonly pending = new ByteText(pendingLengthMax)
  constructor(name: string, file: DurableFile) {
    this.name = name
    this.file = file
  }
  add(text: string): void {
    this.pending.add(text)
  }
  /** Bytes that are not written yet. */
  get pendingLength(): number {
    return this.pending.length
  }
  /** Writes what is pending. */
  readonly flush: Effect.Effect<void, DurableError> = Effect.suspend(() =>
    this.pending.length === 0 ? Effect.void : this.file.write(this.pending.take()),
  )
}

/** A table as CSV. The header comes with the first row, because a table without rows may have fewer columns. */
export class CsvFile extends TextFile {
  readonly table: Table
  readonly #emptyColumns: number
  constructor(table: Table, file: DurableFile, emptyColumns: number) {
    super(`${table.name}.csv`, file)
    this.table = table
    this.#emptyColumns = emptyColumns
  }
  put(row: Row): void {
    if (this.rows === 0) this.#header(this.table.columns.length)
    this.rows++
    addLine(this.pending, this.table, row)
  }
  /** To be called once, after the last row. */
  end(): void {
    if (this.rows === 0) this.#header(this.#emptyColumns)
  }
  #header(count: number): void {
    this.add(Csv.record(this.table.columns.slice(0, count).map(({ name }) => name)))
  }
}
