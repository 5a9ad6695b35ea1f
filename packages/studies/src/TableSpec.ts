/**
 * What a table is: its columns, its key, and the rows that a sink is given.
 *
 * @layer contract
 * @module
 */
import type * as Schema from "effect/Schema"

/**
 * What a column holds: a whole number, a truth value, a text, an instant (ISO 8601 in UTC), a calendar date
 * (`YYYY-MM-DD`), or any JSON. Every column may be empty (`null`) but the key.
 *
 * @category models
 */
export type ColumnType = "int" | "bool" | "text" | "instant" | "date" | "json"

/** A column: its name in the file, and what it holds. @category models */
export interface Column {
  readonly name: string
  readonly type: ColumnType
}

/** A table as it stands in a file: columns in their order. @category models */
export interface Table {
  readonly name: string
  readonly columns: ReadonlyArray<Column>
  /** The column that names a row; never empty, and each value once. */
  readonly key: string
  /** The column by which a changed row is known, where there is one. */
  readonly modified: string | undefined
}

/** Cells in the order of the columns. @category models */
export type Row = ReadonlyArray<Schema.Json>
