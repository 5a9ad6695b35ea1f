/**
 * How values and times stand in the files of a study: cells of tables as Python's `csv` writes them, cells of the
 * predecessor's database, lines of JSON, times.
 *
 * | value | cell of CSV | cell of the predecessor's database |
 * |---|---|---|
 * | null | empty | NULL |
 * | `true` | `True` | `True` |
 * | `1.0`, `1e-7` | `1.0`, `1e-07` | the same |
 * | a list, a map | as Python's `repr`: `[1, 'a']` | JSON with spaces: `[1, "a"]` |
 *
 * @layer logic
 * @module
 */
import * as StableJson from "./StableJson.ts"
import { Float, isList, isMap, type Value } from "./Value.ts"

/** A value as a cell of CSV; null is empty. @category conversions */
export const cellText = (value: Value): string => (value === null ? "" : StableJson.str(value))

/** A measure as a cell of CSV: as {@link cellText}, but truth values are 1 and 0, which every reader takes as numbers. */
export const measureText = (value: Value): string => (value === true ? "1" : value === false ? "0" : cellText(value))

/** A value as a cell of the predecessor's database, in which everything is text. @category conversions */
export const databaseText = (value: Value): string | null =>
  value === null ? null : isList(value) || isMap(value) ? StableJson.spaced(value) : StableJson.str(value)

/** A value that JSON can hold: numbers that are not finite become the texts `NaN`, `Infinity` and `-Infinity`. @category conversions */
export const finite = (value: Value): Value => {
  if (typeof value === "number") {
    return Number.isFinite(value) ? value : Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity"
  }
  if (value === null || typeof value !== "object" || value instanceof Float) return value
  if (isList(value)) return value.map(finite)
  return isMap(value) ? new Map(Array.from(value, ([key, item]): [string, Value] => [key, finite(item)])) : value
}

/**
 * Stable JSON that every reader of JSON accepts: numbers that are not finite are the texts `NaN`, `Infinity` and
 * `-Infinity`.
 *
 * @example
 * import * as CanonicalText from "@heddle/experiments/CanonicalText"
 *
 * CanonicalText.jsonText(new Map([["loss", NaN]])) // => '{"loss":"NaN"}'
 *
 * @category conversions
 */
export const jsonText = (value: Value): string => {
  if (isMap(value) && value.size === 0) return "{}"
  const text = StableJson.stringify(value)
  return mayBeUnfinite.test(text) ? StableJson.stringify(finite(value)) : text
}

const mayBeUnfinite = /NaN|Infinity/

/** As {@link jsonText}, with a space after each comma and colon. @category conversions */
export const spacedJsonText = (value: Value): string => {
  const text = StableJson.spaced(value)
  return mayBeUnfinite.test(text) ? StableJson.spaced(finite(value)) : text
}

/** A time as the files have it: UTC, whole seconds, `2026-01-02T03:04:05+00:00`. @category conversions */
export const timeText = (unixMs: number): string => `${new Date(unixMs).toISOString().slice(0, 19)}+00:00`
