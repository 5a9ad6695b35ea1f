/**
 * How evenly a table uses the values of each of its columns.
 *
 * @layer logic
 * @module
 */
import type { ColumnBalance, DesignRow } from "../Design.ts"
import type { Value, ValueMap } from "../Value.ts"
import { valueKey } from "./valueKey.ts"

/** A column with more different values than this has no ratio in a report: it is continuous, and a ratio says nothing. */
export const ratioLevelsMax = 1000

/** Names of the columns of a table, in the order in which they are first seen. */
export const columnsOf = (rows: Iterable<ValueMap>): ReadonlyArray<string> => {
  const columns = new Set<string>()
  for (const row of rows) for (const column of row.keys()) columns.add(column)
  return [...columns]
}

/** How often each value of each column occurs, in first-seen order; a row without the column counts as null. */
export const columnCounts = (
  columns: ReadonlyArray<string>,
  rows: Iterable<ValueMap>,
): ReadonlyMap<string, ReadonlyMap<string, number>> => {
  const counts = new Map(columns.map((column) => [column, new Map<string, number>()]))
  for (const row of rows) {
    for (const [column, seen] of counts) {
      const key = valueKey(row.get(column) ?? null)
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
  }
  return counts
}

/** The most frequent over the least frequent; 1 where there is one value or none. */
export const ratioOf = (counts: Iterable<number>): number => {
  let most = 0
  let least = Number.POSITIVE_INFINITY
  for (const count of counts) {
    if (count > most) most = count
    if (count < least) least = count
  }
  return most === 0 ? 1 : most / least
}

/** Balance of every column of a table. */
export const balanceOf = (rows: ReadonlyArray<ValueMap>): ReadonlyArray<ColumnBalance> =>
  Array.from(columnCounts(columnsOf(rows), rows), ([column, counts]) => ({
    column,
    levels: counts.size,
    ratio: counts.size > ratioLevelsMax ? null : ratioOf(counts.values()),
  }))

/** The values of factors and blocks of a row as one map. */
export const assignmentsOf = (row: { readonly factors: ValueMap; readonly blocks: ValueMap }): ValueMap =>
  row.blocks.size === 0 ? row.factors : new Map<string, Value>([...row.factors, ...row.blocks])

/** Balance of the factors and the blocks of a design. */
export const balanceOfRows = (rows: ReadonlyArray<DesignRow>): ReadonlyArray<ColumnBalance> =>
  balanceOf(rows.map(assignmentsOf))
