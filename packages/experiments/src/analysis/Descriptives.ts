/**
 * Numbers that describe a sample: count, missing, mean, standard deviation and error, median, quartiles and an interval of the
 * mean. Computed in two passes on scaled values, so that very large, very small and nearly equal numbers come out right.
 *
 * @layer logic
 * @module
 */
import { qt } from "../internal/rmath.ts"
import type { Description } from "./Description.ts"
import { inUnits } from "./LinearModel.ts"
import { powerOfTwoScale } from "./ModelTerms.ts"

/** Mean and sums of squares of numbers over a power of two. @category models */
export interface Moments {
  readonly n: number
  /** What the other fields are to be multiplied by (squares twice). */
  readonly scale: number
  readonly mean: number
  /** Sum of squared distances from the mean. */
  readonly squares: number
  /** Sample variance; NaN below two values. */
  readonly variance: number
}

/** Moments in units of `scale`, which is chosen unless given. */
export const moments = (values: ReadonlyArray<number>, scale = powerOfTwoScale(values)): Moments => {
  const n = values.length
  if (n === 0) return { n, scale, mean: Number.NaN, squares: Number.NaN, variance: Number.NaN }
  let sum = 0
  for (const value of values) sum += value / scale
  const first = sum / n
  let rest = 0
  for (const value of values) rest += value / scale - first
  const mean = first + rest / n
  let squares = 0
  let drift = 0
  let largest = 0
  for (const value of values) {
    const distance = value / scale - mean
    squares += distance * distance
    drift += distance
    largest = Math.max(largest, Math.abs(value / scale))
  }
  squares -= (drift * drift) / n
  // Equal values differ from their mean by rounding only.
  if (squares <= n * (largest * 4 * Number.EPSILON) ** 2 && values.every((value) => value === values[0])) squares = 0
  return { n, scale, mean, squares, variance: n > 1 ? squares / (n - 1) : Number.NaN }
}

/** The mean; NaN without values. */
export const mean = (values: ReadonlyArray<number>): number => {
  const found = moments(values)
  return found.mean * found.scale
}

/** A quantile of sorted values by linear interpolation between order statistics (R's type 7); NaN without values. */
export const quantileSorted = (sorted: ReadonlyArray<number>, p: number): number => {
  if (sorted.length === 0) return Number.NaN
  const place = (sorted.length - 1) * p
  const below = Math.floor(place + 4 * Number.EPSILON)
  const share = Math.max(0, place - below)
  const low = sorted[below] ?? Number.NaN
  const high = sorted[Math.min(sorted.length - 1, below + 1)] ?? Number.NaN
  if (share < 1e-15) return low
  return low * (1 - share) + high * share
}

/** A copy in ascending order. */
export const ascending = (values: ReadonlyArray<number>): Array<number> => [...values].sort((a, b) => a - b)

/** The median; NaN without values. */
export const median = (values: ReadonlyArray<number>): number => quantileSorted(ascending(values), 0.5)

/**
 * Describes a sample of finite numbers; `missing` is how many more there should have been.
 *
 * @example
 * import * as Descriptives from "@heddle/experiments/analysis/Descriptives"
 *
 * Descriptives.describe([1, 2, 3, 4]).q1 // => 1.75
 *
 * @category constructors
 */
export const describe = (values: ReadonlyArray<number>, missing = 0, alpha = 0.05): Description => {
  const { n, scale, mean: average, variance } = moments(values)
  const sorted = ascending(values)
  const sd = Math.sqrt(variance)
  const se = sd / Math.sqrt(n)
  const reach = n > 1 ? qt(1 - alpha / 2, n - 1) * se : Number.NaN
  const at = (p: number): number | null => (n === 0 ? null : finite(quantileSorted(sorted, p)))
  return {
    n,
    missing,
    mean: inUnits(average, scale, 1),
    sd: inUnits(sd, scale, 1),
    standardError: inUnits(se, scale, 1),
    min: at(0),
    q1: at(0.25),
    median: at(0.5),
    q3: at(0.75),
    max: at(1),
    low: inUnits(average - reach, scale, 1),
    high: inUnits(average + reach, scale, 1),
  }
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Skewness and excess kurtosis by moments (no bias correction); null where they do not exist. */
export const shape = (values: ReadonlyArray<number>): { skewness: number | null; excessKurtosis: number | null } => {
  const { n, scale, mean: average, squares } = moments(values)
  if (n < 3 || !(squares > 0)) return { skewness: null, excessKurtosis: null }
  const m2 = squares / n
  let m3 = 0
  let m4 = 0
  for (const value of values) {
    const distance = value / scale - average
    m3 += distance ** 3 / n
    m4 += distance ** 4 / n
  }
  return { skewness: finite(m3 / m2 ** 1.5), excessKurtosis: finite(m4 / (m2 * m2) - 3) }
}
