/**
 * Which columns of a finished design are numbers on a scale, and which are levels without order.
 *
 * @layer logic
 * @module
 */
import { type DesignKind, type Study, valuesOf } from "../Study.ts"
import { isList, isMap, toNumber, type Value, type ValueMap } from "../Value.ts"
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

/** From low to high, coded as -1 to 1. */
export type Range = readonly [low: number, high: number]

const rangeOf = (values: ReadonlyArray<Value>): Range | undefined => {
  const numbers = values.map((value) => toNumber(value) ?? Number.NaN)
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  return low < high ? [low, high] : undefined
}

/** What the study says of a factor's range: its bounds, else its lowest and highest level. */
const declared = (study: Study, name: string): Range | undefined => {
  const bounds = study.designSpec.options.get("bounds")
  const pair = bounds !== undefined && isMap(bounds) ? bounds.get(name) : undefined
  if (pair !== undefined && isList(pair)) return rangeOf(pair)
  const factor = study.factors.find((candidate) => candidate.name === name)
  return factor === undefined ? undefined : rangeOf(valuesOf(factor))
}

/** The lowest and highest number that is reached: of columns whose range nobody stated. */
const reached = (rows: ReadonlyArray<ValueMap>, name: string): Range => {
  let [low, high] = [Infinity, -Infinity]
  for (const row of rows) {
    const number = toNumber(row.get(name) ?? null) ?? 0
    low = Math.min(low, number)
    high = Math.max(high, number)
  }
  return [low, high]
}

/**
 * The columns that are numbers on a scale, with the range that the study states for them: what a design is worth is told
 * over that range, not over the part of it that the points happen to reach.
 */
export const scaledColumns = (study: Study, rows: ReadonlyArray<ValueMap>): ReadonlyMap<string, Range> => {
  const { kind } = study.designSpec
  const scaled = new Map<string, Range>()
  for (const [column, counts] of columnCounts(columnsOf(rows), rows)) {
    if (!scaledKinds.has(kind) && counts.size <= namedLevelsMax) continue
    const isNumber = rows.every((row) => {
      const value = row.get(column) ?? null
      return typeof value !== "boolean" && typeof value !== "string" && Number.isFinite(toNumber(value) ?? Number.NaN)
    })
    if (isNumber && counts.size > 1) scaled.set(column, declared(study, column) ?? reached(rows, column))
  }
  return scaled
}
