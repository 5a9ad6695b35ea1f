/**
 * Tables of objects: columns of one length, named and typed by a kernel's signature; as rows, and as CSV text.
 *
 * @layer logic
 * @module
 */
import { shown } from "./ImagingError.ts"
import { refusedInput } from "./internal/refused.ts"
import type { TableSpec } from "./Signature.ts"

/** The columns of a table: texts as lists, numbers as 64-bit floats (a number that is not defined is NaN). @category models */
export type Columns<T extends TableSpec> = {
  readonly [C in T["columns"][number] as C["name"]]: C["kind"] extends "text" ? ReadonlyArray<string> : Float64Array
}

/** A table: `columns.area_px[row]`. @category models */
export interface ObjectTable<T extends TableSpec = TableSpec> {
  readonly rows: number
  readonly columns: Columns<T>
}

/** Columns by their names, of any table. @category models */
export type AnyColumns = Readonly<Record<string, ReadonlyArray<string> | Float64Array>>

/** One row of a table as an object: a text or a number for each column. @category models */
export type TableRow<C extends AnyColumns> = { readonly [N in keyof C]: C[N][number] }

/** What a row that a kernel gave as an object holds; undefined is not defined. @category models */
export type RowValue = string | number | boolean | undefined

const checkTable = (name: string, { columns, rows }: { readonly rows: number; readonly columns: AnyColumns }): void => {
  for (const [column, { length }] of Object.entries(columns)) {
    if (length === rows) continue
    throw refusedInput(name, `table.columns.${column}`, `${shown(rows)} values, one for each row`, String(length))
  }
}

/**
 * The rows of a table as objects with the names of its columns. For many rows the columns themselves are faster.
 *
 * Throws `ImagingError` where a column is not as long as the table has rows.
 *
 * @category getters
 */
export const rowsOf = <C extends AnyColumns>(table: {
  readonly rows: number
  readonly columns: C
}): ReadonlyArray<TableRow<C>> => {
  checkTable("rows_of", table)
  const columns = Object.entries(table.columns)
  return Array.from(
    { length: table.rows },
    // One value for each of the table's own names, so that the object is a row of these columns.
    (_, row) => Object.fromEntries(columns.map(([name, values]) => [name, values[row]])) as TableRow<C>,
  )
}

/** Spaces at the ends are kept by the standard, and lost by readers that trim. */
const special = /[",\r\n]|^\s|\s$/

const fieldOf = (value: RowValue): string => {
  if (value === undefined || Number.isNaN(value)) return ""
  const text = String(value)
  return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A line that is empty would be no row to most readers: its one field is quoted. */
const lineOf = (fields: ReadonlyArray<string>): string =>
  fields.length === 1 && fields[0] === "" ? '""\r\n' : `${fields.join(",")}\r\n`

const linesOfRows = (rows: ReadonlyArray<Readonly<Record<string, RowValue>>>): ReadonlyArray<string> => {
  const names = Object.keys(rows[0] ?? {})
  const lines = [lineOf(names.map(fieldOf))]
  for (const [index, row] of rows.entries()) {
    const own = Object.keys(row)
    if (own.length !== names.length || !names.every((name) => Object.hasOwn(row, name))) {
      throw refusedInput("to_csv", `table[${index}]`, `a row of ${names.join(", ")}`, `one of ${own.join(", ")}`)
    }
    lines.push(lineOf(names.map((name) => fieldOf(row[name]))))
  }
  return lines
}

/**
 * A table as CSV text (RFC 4180): the names of its columns, then a line for each row, all ended by CR LF. Takes a table of
 * columns, or rows as objects; no rows at all give no text, since nothing names their columns.
 *
 * Numbers are written in full, so that the same number is read back; what is not defined (NaN) is an empty field. Texts are
 * quoted where they hold a comma, a quote, a line end, or spaces at their ends. Nothing else is changed: a text that begins
 * with `=`, `+`, `-` or `@` is data, and a spreadsheet may take it for a formula unless it imports the column as text.
 *
 * Throws `ImagingError` where a column is not as long as the table has rows, or a row has other names than the first.
 *
 * @category getters
 */
export const toCsv = <R extends { readonly [N in keyof R]: RowValue }>(
  table: { readonly rows: number; readonly columns: AnyColumns } | ReadonlyArray<R>,
): string => {
  if (!("columns" in table)) {
    // The values of R are row values, whatever its names are.
    return table.length === 0 ? "" : linesOfRows(table as ReadonlyArray<Readonly<Record<string, RowValue>>>).join("")
  }
  checkTable("to_csv", table)
  const columns = Object.values(table.columns)
  const lines = [lineOf(Object.keys(table.columns).map(fieldOf))]
  for (let row = 0; row < table.rows; row++) lines.push(lineOf(columns.map((values) => fieldOf(values[row]))))
  return lines.join("")
}
