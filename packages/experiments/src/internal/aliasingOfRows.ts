/**
 * The aliasing of a design's rows with all that they stand in: blocks of the study, the units that a design makes itself
 * (subjects, periods, whole plots), and what a treatment leaves behind for the period after it.
 *
 * @layer logic
 * @module
 */
import type { Aliasing, DesignRow } from "../Design.ts"
import { aliasingOf } from "../designs/Aliasing.ts"
import { emptyMap, type Value, type ValueMap } from "../Value.ts"
import type { Range } from "./columnScales.ts"
import { assignmentsOf, columnsOf } from "./designBalance.ts"
import { valueKey } from "./valueKey.ts"

/** Units that a design may make itself, by their names in the facts of a row. */
const unitNames = ["subject", "session", "period", "block", "whole_plot", "square"] as const

/** Factors of the row before in the same session of the same subject, by new names; nothing where there is none. */
const carryOver = (rows: ReadonlyArray<DesignRow>): ReadonlyArray<ValueMap> => {
  const placeOf = (row: DesignRow, period: number): string =>
    [row.metadata.get("subject") ?? null, row.metadata.get("session") ?? null, period].map(valueKey).join(" ")
  const periodOf = (row: DesignRow): number | undefined => {
    const period = row.metadata.get("period")
    return typeof period === "number" && row.metadata.has("subject") ? period : undefined
  }
  const found = new Map<string, DesignRow>()
  for (const row of rows) {
    const period = periodOf(row)
    if (period !== undefined) found.set(placeOf(row, period), row)
  }
  return rows.map((row) => {
    const period = periodOf(row)
    const before = period === undefined ? undefined : found.get(placeOf(row, period - 1))
    return before === undefined
      ? emptyMap
      : new Map(Array.from(before.factors, ([name, value]) => [`carry-over of ${name}`, value] as const))
  })
}

/** The aliasing of rows; columns in `scaled` are numbers from low to high. */
export const aliasingOfRows = (
  rows: ReadonlyArray<DesignRow>,
  scaled: ReadonlyMap<string, Range>,
): Aliasing | undefined => {
  const factors = columnsOf(rows.map((row) => row.factors))
  const left = carryOver(rows)
  const carried = columnsOf(left)
  const all = rows.map((row, index) => {
    const values = new Map<string, Value>(assignmentsOf(row))
    for (const name of unitNames) {
      // The number of a block says nothing beyond the study's own blocks that make it.
      if (name === "block" && row.blocks.size > 0) continue
      const value = row.metadata.get(name)
      if (value !== undefined && !values.has(name)) values.set(name, value)
    }
    for (const [name, value] of left[index] ?? emptyMap) values.set(name, value)
    return values
  })
  return aliasingOf(all, [
    ...factors.map((name) => ({ name, range: scaled.get(name), block: false })),
    ...columnsOf(all)
      .filter((name) => !factors.includes(name) && !carried.includes(name))
      .map((name) => ({ name, range: scaled.get(name), block: true })),
    // Not a block of others and no factor of its own: its interactions are nobody's question.
    ...carried.map((name) => ({ name, range: undefined, block: false, sparse: true, alone: true })),
  ])
}
