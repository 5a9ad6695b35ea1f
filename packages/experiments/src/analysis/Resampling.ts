/**
 * Tests and intervals by drawing again: permutation tests of two groups or of pairs, and bootstrap intervals (percentile and
 * BCa). Small problems are enumerated whole; larger ones draw from the Mersenne Twister of a seed that is given, so the same
 * data and seed give the same digits.
 *
 * @layer logic
 * @module
 */
import { finiteOrNull, inUnits } from "./LinearModel.ts"
import { powerOfTwoScale } from "./ModelTerms.ts"
import { interval, noOutcome, outcome } from "../internal/analysisOutcome.ts"
import { pnorm, qnorm } from "../internal/rmath.ts"
import * as MersenneTwister from "../MersenneTwister.ts"
import { ascending, quantileSorted } from "./Descriptives.ts"
import { standardizedDifference, standardizedMean } from "./EffectSizes.ts"
import type { Alternative, Interval, TestOutcome } from "./TestOutcome.ts"

/** Options of a permutation test. */
export interface PermutationOptions {
  /** `two-sided` unless given. */
  readonly alternative?: Alternative
  /** Seed of the draws. */
  readonly seed: number
  /** Random arrangements where there are too many to enumerate; 9,999 unless given, at most a million. */
  readonly draws?: number
  readonly alpha?: number
}

/** Arrangements up to this number are all looked at. */
export const enumerationMax = 50_000
const drawsMax = 1_000_000

const chooseCount = (n: number, k: number): number => {
  let result = 1
  for (let i = 1; i <= Math.min(k, n - k); i++) {
    result = (result * (n - Math.min(k, n - k) + i)) / i
    if (result > 1e15) return result
  }
  return Math.round(result)
}

const isAsExtreme = (value: number, observed: number, slack: number, alternative: Alternative): boolean =>
  alternative === "two-sided"
    ? Math.abs(value) >= Math.abs(observed) - slack
    : alternative === "greater"
      ? value >= observed - slack
      : value <= observed + slack

const meanOf = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The permutation test of a difference in means between two groups. @category constructors */
export const permutationTest = (
  left: ReadonlyArray<number>,
  right: ReadonlyArray<number>,
  options: PermutationOptions,
): TestOutcome => {
  const alternative = options.alternative ?? "two-sided"
  const m = left.length
  const n = m + right.length
  const name = "permutation test of the difference in means"
  if (m === 0 || right.length === 0)
    return noOutcome(name, n, `a group is empty (left ${m}, right ${right.length})`, alternative)
  const scale = powerOfTwoScale([...left, ...right])
  const pool = [...left, ...right].map((value) => value / scale)
  const total = pool.reduce((sum, value) => sum + value, 0)
  const differenceOf = (sum: number): number => sum / m - (total - sum) / (n - m)
  const observed = differenceOf(pool.slice(0, m).reduce((sum, value) => sum + value, 0))
  const slack = 1e-12 * Math.max(...pool.map(Math.abs))
  const arrangements = chooseCount(n, m)
  const common = {
    n,
    alternative,
    estimateName: "difference in means",
    estimate: inUnits(meanOf(pool.slice(0, m)) - meanOf(pool.slice(m)), scale, 1),
    statisticName: "difference in means",
    statistic: inUnits(observed, scale, 1),
    effectSize: standardizedDifference(left, right, options.alpha === undefined ? {} : { alpha: options.alpha }),
  }
  if (arrangements <= enumerationMax) {
    let extreme = 0
    const walk = (from: number, left_: number, sum: number): void => {
      if (left_ === 0) {
        if (isAsExtreme(differenceOf(sum), observed, slack, alternative)) extreme++
        return
      }
      for (let i = from; i <= n - left_; i++) walk(i + 1, left_ - 1, sum + (pool[i] ?? 0))
    }
    walk(0, m, 0)
    return outcome({ ...common, method: `${name} (all ${arrangements} arrangements)`, p: extreme / arrangements })
  }
  const draws = Math.min(drawsMax, options.draws ?? 9999)
  const random = MersenneTwister.make(options.seed)
  const items = [...pool]
  let extreme = 0
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0
    // Only the left group has to be drawn.
    for (let i = 0; i < m; i++) {
      const j = i + random.below(n - i)
      const taken = items[j] ?? 0
      items[j] = items[i] ?? 0
      items[i] = taken
      sum += taken
    }
    if (isAsExtreme(differenceOf(sum), observed, slack, alternative)) extreme++
  }
  return outcome({
    ...common,
    method: `${name} (${draws} random arrangements, seed ${options.seed})`,
    p: (extreme + 1) / (draws + 1),
  })
}

/** The sign-flip test of the mean of differences of pairs given in the same order. @category constructors */
export const pairedPermutationTest = (
  left: ReadonlyArray<number>,
  right: ReadonlyArray<number>,
  options: PermutationOptions,
): TestOutcome => {
  const alternative = options.alternative ?? "two-sided"
  const name = "permutation test of pairs (signs of the differences)"
  const n = left.length
  if (n === 0 || n !== right.length) return noOutcome(name, n, "no complete pairs", alternative)
  const scale = powerOfTwoScale([...left, ...right])
  const differences = left.map((value, index) => value / scale - (right[index] ?? Number.NaN) / scale)
  const observed = meanOf(differences)
  const slack = 1e-12 * Math.max(...differences.map(Math.abs))
  const common = {
    n,
    alternative,
    estimateName: "mean of the differences",
    estimate: inUnits(observed, scale, 1),
    statisticName: "mean of the differences",
    statistic: inUnits(observed, scale, 1),
    effectSize: standardizedMean(differences),
  }
  if (n <= 15) {
    const arrangements = 2 ** n
    let extreme = 0
    for (let signs = 0; signs < arrangements; signs++) {
      let sum = 0
      for (let i = 0; i < n; i++) sum += ((signs >> i) & 1) === 1 ? -(differences[i] ?? 0) : (differences[i] ?? 0)
      if (isAsExtreme(sum / n, observed, slack, alternative)) extreme++
    }
    return outcome({ ...common, method: `${name}, all ${arrangements}`, p: extreme / arrangements })
  }
  const draws = Math.min(drawsMax, options.draws ?? 9999)
  const random = MersenneTwister.make(options.seed)
  let extreme = 0
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0
    for (const difference of differences) sum += random.below(2) === 1 ? -difference : difference
    if (isAsExtreme(sum / n, observed, slack, alternative)) extreme++
  }
  return outcome({
    ...common,
    method: `${name}, ${draws} random ones, seed ${options.seed}`,
    p: (extreme + 1) / (draws + 1),
  })
}

/** A bootstrap interval of a statistic. @category models */
export interface BootstrapInterval {
  readonly estimate: number | null
  readonly interval: Interval | null
  readonly method: string
  readonly notes: ReadonlyArray<string>
}

/** Options of a bootstrap. */
export interface BootstrapOptions {
  readonly seed: number
  /** 9,999 unless given, at most a million. */
  readonly resamples?: number
  readonly alpha?: number
  /** `bca` unless given. */
  readonly kind?: "percentile" | "bca"
}

/**
 * A bootstrap interval of any statistic of one or more independent samples; each resample draws every sample anew, of its
 * own size, in order.
 *
 * @category constructors
 */
export const bootstrap = (
  samples: ReadonlyArray<ReadonlyArray<number>>,
  statistic: (samples: ReadonlyArray<ReadonlyArray<number>>) => number,
  options: BootstrapOptions,
): BootstrapInterval => {
  const alpha = options.alpha ?? 0.05
  const resamples = Math.min(drawsMax, options.resamples ?? 9999)
  const wanted = options.kind ?? "bca"
  const estimate = statistic(samples)
  const failed = (why: string): BootstrapInterval => ({
    estimate: finiteOrNull(estimate),
    interval: null,
    method: "bootstrap",
    notes: [why],
  })
  if (samples.some((sample) => sample.length === 0)) return failed("a sample is empty")
  if (!Number.isFinite(estimate)) return failed("the statistic does not exist for these data")
  const random = MersenneTwister.make(options.seed)
  const values: Array<number> = []
  for (let draw = 0; draw < resamples; draw++) {
    const value = statistic(
      samples.map((sample) => sample.map(() => sample[random.below(sample.length)] ?? Number.NaN)),
    )
    if (Number.isFinite(value)) values.push(value)
  }
  if (values.length < resamples) return failed("the statistic does not exist for some resamples")
  const sorted = ascending(values)
  let low = alpha / 2
  let high = 1 - alpha / 2
  const notes: Array<string> = []
  let kind = wanted
  if (wanted === "bca") {
    let below = 0
    let equal = 0
    for (const value of values) {
      if (value < estimate) below++
      else if (value === estimate) equal++
    }
    const bias = qnorm((below + equal / 2) / values.length)
    const acceleration = accelerationOf(samples, statistic)
    const shift = (p: number): number => {
      const z = bias + qnorm(p)
      return pnorm(bias + z / (1 - acceleration * z))
    }
    const bcaLow = shift(low)
    const bcaHigh = shift(high)
    if (Number.isFinite(bcaLow) && Number.isFinite(bcaHigh)) {
      low = bcaLow
      high = bcaHigh
    } else {
      kind = "percentile"
      notes.push("the bias or the acceleration does not exist; the interval is the percentile one")
    }
  }
  return {
    estimate,
    interval: interval(1 - alpha, quantileSorted(sorted, low), quantileSorted(sorted, high)),
    method: `bootstrap (${kind === "bca" ? "BCa" : "percentile"}, ${resamples} resamples, seed ${options.seed})`,
    notes,
  }
}

/** Acceleration by the jackknife; influences of several samples are put together by their sizes (Efron and Tibshirani 1993, 14.15). */
const accelerationOf = (
  samples: ReadonlyArray<ReadonlyArray<number>>,
  statistic: (samples: ReadonlyArray<ReadonlyArray<number>>) => number,
): number => {
  let cubes = 0
  let squares = 0
  samples.forEach((sample, place) => {
    const n = sample.length
    const left = sample.map((_, out) =>
      statistic(samples.map((other, index) => (index === place ? other.filter((_, i) => i !== out) : other))),
    )
    const centre = meanOf(left)
    for (const value of left) {
      const influence = (n - 1) * (centre - value)
      cubes += influence ** 3 / n ** 3
      squares += influence ** 2 / n ** 2
    }
  })
  return cubes / (6 * squares ** 1.5)
}
