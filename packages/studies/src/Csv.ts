/**
 * CSV as our sink writes it: RFC 4180 (comma, CRLF, quotes doubled), UTF-8 without a byte order mark, first line the
 * column names. Reading it back gives the same rows.
 *
 * - An empty cell is a missing value; an empty text is `""`.
 * - Instants are ISO 8601 in UTC; truth values `true` and `false`; JSON columns hold JSON text.
 * - A text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, TAB or CR, perhaps behind
 *   apostrophes) gets one more apostrophe in front. A text that is a plain number such as `-1` or `+2.5` is no formula
 *   and stays, and so do values of number columns.
 *
 * @layer logic
 * @module
 */
import type * as Schema from "effect/Schema"
import type { Column, Row } from "./Table.ts"

const formula = /^'*[=+\-@\t\r]/
const guarded = /^''*[=+\-@\t\r]/
const number = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

/** Puts an apostrophe in front of what a spreadsheet would run. @category encoding */
export const guard = (text: string): string => (formula.test(text) && !number.test(text) ? `'${text}` : text)

/** Takes the apostrophe away that {@link guard} put. @category decoding */
export const unguard = (text: string): string => (guarded.test(text) ? text.slice(1) : text)

const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`

const field = (text: string): string => (text === "" || /[",\r\n]|^\s|\s$/.test(text) ? quote(text) : text)

/** The first line. @category encoding */
export const header = (columns: ReadonlyArray<Column>): string =>
  `${columns.map(({ name }) => field(guard(name))).join(",")}\r\n`

/** One row with its line end. @category encoding */
export const line = (columns: ReadonlyArray<Column>, row: Row): string =>
  `${columns.map((column, index) => cell(column, row[index] ?? null)).join(",")}\r\n`

const cell = (column: Column, value: Schema.Json): string => {
  if (value === null) return ""
  switch (column.type) {
    case "json":
      return quote(JSON.stringify(value))
    case "int":
    case "bool":
      return String(value)
    default:
      return field(guard(String(value)))
  }
}

/** A cell that was read: its text, and whether it stood in quotes. @category models */
export interface RawCell {
  readonly text: string
  readonly quoted: boolean
}

/** Characters of one record that are accepted, so that a lost quote does not read the rest of the file into memory. */
export const recordLengthMax = 64 * 1024 * 1024

/** A line that is not CSV. */
export class CsvSyntaxError extends Error {
  override readonly name = "CsvSyntaxError"
}

/** Reads records out of text that comes in pieces. Throws {@link CsvSyntaxError}. @category decoding */
export class Reader {
  #pending = ""

  /** The complete records of everything given so far. */
  push(text: string, final = false): ReadonlyArray<ReadonlyArray<RawCell>> {
    this.#pending += text
    const records: Array<ReadonlyArray<RawCell>> = []
    let start = 0
    for (;;) {
      const read = readRecord(this.#pending, start, final)
      if (read === undefined) break
      records.push(read.cells)
      start = read.next
    }
    this.#pending = this.#pending.slice(start)
    if (this.#pending.length > recordLengthMax) throw new CsvSyntaxError("a record is longer than the limit")
    if (final && this.#pending !== "") throw new CsvSyntaxError("the last record does not end")
    return records
  }
}

const readRecord = (
  text: string,
  start: number,
  final: boolean,
): { readonly cells: ReadonlyArray<RawCell>; readonly next: number } | undefined => {
  if (start >= text.length) return undefined
  const cells: Array<RawCell> = []
  let at = start
  for (;;) {
    let value: string
    const quoted = text[at] === '"'
    if (quoted) {
      let from = at + 1
      value = ""
      for (;;) {
        const end = text.indexOf('"', from)
        if (end === -1 || (end === text.length - 1 && !final)) return undefined
        value += text.slice(from, end)
        if (text[end + 1] === '"') {
          value += '"'
          from = end + 2
          continue
        }
        at = end + 1
        break
      }
    } else {
      let end = at
      while (end < text.length && text[end] !== "," && text[end] !== "\r" && text[end] !== "\n") end++
      if (end === text.length && !final) return undefined
      value = text.slice(at, end)
      at = end
    }
    cells.push({ text: value, quoted })
    const next = text[at]
    if (next === ",") {
      at++
      continue
    }
    if (next === "\r" && text[at + 1] === "\n") return { cells, next: at + 2 }
    if (next === "\n") return { cells, next: at + 1 }
    if (next === undefined) return final ? { cells, next: at } : undefined
    if (next === "\r" && at + 1 === text.length && !final) return undefined
    throw new CsvSyntaxError("a quoted cell goes on after its quote")
  }
}

/** A row from the cells that were read. Throws {@link CsvSyntaxError} where they do not fit the columns. */
export const row = (columns: ReadonlyArray<Column>, cells: ReadonlyArray<RawCell>): Row => {
  if (cells.length !== columns.length) {
    throw new CsvSyntaxError(`a record has ${cells.length} cells, not ${columns.length}`)
  }
  return columns.map((column, index) => {
    const cell = cells[index]
    return cell === undefined ? null : valueOf(column, cell)
  })
}

const valueOf = ({ name, type }: Column, cell: RawCell): Schema.Json => {
  if (cell.text === "" && !cell.quoted) return null
  switch (type) {
    case "int": {
      const value = Number(cell.text)
      if (!Number.isSafeInteger(value)) throw new CsvSyntaxError(`${name} holds no whole number`)
      return value
    }
    case "bool":
      if (cell.text !== "true" && cell.text !== "false") throw new CsvSyntaxError(`${name} holds no truth value`)
      return cell.text === "true"
    case "json":
      return JSON.parse(cell.text)
    default:
      return unguard(cell.text)
  }
}
