/**
 * Tables of objects: columns of one length, named and typed by a kernel's signature.
 *
 * @layer contract
 * @module
 */
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
