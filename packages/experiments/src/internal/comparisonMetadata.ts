/**
 * What a condition is in a comparison: for each factor whose level says that it is a baseline or has a role, that level's
 * label and role, and whether the whole condition is the baseline.
 *
 * @layer logic
 * @module
 */
import { str } from "../StableJson.ts"
import type { Factor, Level } from "../Study.ts"
import { Float, Timestamp, isMap, type Value, type ValueMap } from "../Value.ts"
import { valueKey } from "./valueKey.ts"

/** What Python takes as true. */
const isTruthy = (value: Value): boolean => {
  if (value === null || value === false || value === 0 || value === 0n || value === "") return false
  if (value instanceof Float) return value.value !== 0
  if (value instanceof Timestamp || typeof value !== "object") return true
  return isMap(value) ? value.size > 0 : value.length > 0
}

const axisOf = (level: Level, value: Value): ValueMap | undefined => {
  const role = level.metadata.get("role")
  const baseline = level.metadata.get("is_baseline")
  if (role === undefined && baseline === undefined) return undefined
  const isBaseline = baseline === undefined ? role !== undefined && str(role) === "baseline" : isTruthy(baseline)
  return new Map<string, Value>([
    ["value", value],
    ["level_name", level.name],
    ["label", level.label === "" ? level.name : level.label],
    ["role", role === undefined ? (isBaseline ? "baseline" : "treatment") : str(role)],
    ["is_baseline", isBaseline],
  ])
}

/**
 * A function from the values of a condition to its entries `condition_label`, `comparison_axes`, `comparison_baseline`;
 * no entries where no level says anything. A value that two levels share is the first of them.
 */
export const comparisonMetadata = (
  factors: ReadonlyArray<Factor>,
): ((assignments: ValueMap) => ReadonlyArray<readonly [string, Value]>) => {
  const lookups = factors
    .filter((factor) => factor.levels.some((level) => level.metadata.has("role") || level.metadata.has("is_baseline")))
    .map((factor) => {
      const levels = new Map<string, Level>()
      for (const level of factor.levels) {
        const key = valueKey(level.value)
        if (!levels.has(key)) levels.set(key, level)
      }
      return { name: factor.name, levels }
    })
  if (lookups.length === 0) return () => []
  return (assignments) => {
    const axes = new Map<string, ValueMap>()
    for (const { name, levels } of lookups) {
      const value = assignments.get(name)
      const level = value === undefined ? undefined : levels.get(valueKey(value))
      const axis = value === undefined || level === undefined ? undefined : axisOf(level, value)
      if (axis !== undefined) axes.set(name, axis)
    }
    if (axes.size === 0) return []
    const baselines = [...axes].filter(([, axis]) => axis.get("is_baseline") === true).map(([name]) => name)
    return [
      ["condition_label", Array.from(axes.values(), (axis) => str(axis.get("label") ?? "")).join(" | ")],
      ["comparison_axes", axes],
      [
        "comparison_baseline",
        new Map<string, Value>([
          ["is_baseline_condition", baselines.length === axes.size],
          ["axes", baselines],
        ]),
      ],
    ]
  }
}
