/**
 * Which columns of a finished design are numbers on a scale, and which are levels without order.
 *
 * @layer logic
 * @module
 */
import type { DesignKind } from "../Study.ts"
import { toNumber, type ValueMap } from "../Value.ts"
import { columnCounts, columnsOf } from "./designBalance.ts"

/** Kinds whose points lie between and beyond levels: their numbers are numbers. */
const scaledKinds: ReadonlySet<DesignKind> = new Set<DesignKind>([
  "latin_hypercube",
  "definitive_screening",
  "central_composite",
  "box_behnken",
  "space_filling_latin_hypercube",
  "sobol",
  "halton",
  "optimal",
])

/** Elsewhere a column with more different numbers than this is taken as a scale: nobody names so many levels. */
const namedLevelsMax = 12

/** Names of the columns that are numbers on a scale. */
export const scaledColumns = (kind: DesignKind, rows: ReadonlyArray<ValueMap>): ReadonlySet<string> => {
  const scaled = new Set<string>()
  for (const [column, counts] of columnCounts(columnsOf(rows), rows)) {
    if (!scaledKinds.has(kind) && counts.size <= namedLevelsMax) continue
    const isNumber = rows.every((row) => {
      const value = row.get(column) ?? null
      return typeof value !== "boolean" && typeof value !== "string" && Number.isFinite(toNumber(value) ?? Number.NaN)
    })
    if (isNumber) scaled.add(column)
  }
  return scaled
}
