/**
 * Tests of means: two groups (Welch, pooled), pairs, equivalence by two one-sided tests, and the ratio of two means. The
 * estimate is always left minus right (or left over right).
 *
 * @layer logic
 * @module
 */
import { interval, noOutcome, outcome } from "../internal/analysisOutcome.ts"
import { pt, ptTwoSided, qt } from "../internal/rmath.ts"
import { moments, type Moments } from "./Descriptives.ts"
import { standardizedDifference, standardizedMean } from "./EffectSizes.ts"
import { inUnits } from "./LinearModel.ts"
import { powerOfTwoScale } from "./ModelTerms.ts"
import type { Alternative, Interval, TestOutcome } from "./TestOutcome.ts"

/** Options of a test of means. */
export interface MeanTestOptions {
  /** `two-sided` unless given. */
  readonly alternative?: Alternative
  /** 0.05 unless given; intervals have the level `1 - alpha`. */
  readonly alpha?: number
  /** False leaves the standardised effect out, whose interval costs more than the test; for simulated studies. */
  readonly effectSize?: boolean
}

interface Difference {
  readonly estimate: number
  readonly se: number
  readonly df: number
  readonly scale: number
}

/** The probability of a t by the alternative. */
export const tProbability = (t: number, df: number, alternative: Alternative): number =>
  alternative === "two-sided" ? ptTwoSided(t, df) : pt(t, df, alternative === "greater" ? "upper" : "lower")

const tInterval = (difference: Difference, alternative: Alternative, alpha: number): Interval => {
  const critical = qt(1 - (alternative === "two-sided" ? alpha / 2 : alpha), difference.df)
  const bound = (sign: number): number =>
    inUnits(difference.estimate + sign * critical * difference.se, difference.scale, 1) ?? Number.NaN
  return interval(1 - alpha, bound(-1), bound(1), alternative)
}

const welchDifference = (a: Moments, b: Moments): Difference => {
  const va = a.variance / a.n
  const vb = b.variance / b.n
  return {
    estimate: a.mean - b.mean,
    se: Math.sqrt(va + vb),
    df: (va + vb) ** 2 / (va ** 2 / (a.n - 1) + vb ** 2 / (b.n - 1)),
    scale: a.scale,
  }
}

const pooledDifference = (a: Moments, b: Moments): Difference => {
  const df = a.n + b.n - 2
  return {
    estimate: a.mean - b.mean,
    se: Math.sqrt(((a.squares + b.squares) / df) * (1 / a.n + 1 / b.n)),
    df,
    scale: a.scale,
  }
}

/** Why a difference cannot be tested; undefined where it can. */
const obstacle = (difference: Difference, n: number): string | undefined => {
  if (!Number.isFinite(difference.se)) return `too few observations (${n}) for a variance`
  // R's own bound for "essentially constant".
  if (!(difference.se > 10 * Number.EPSILON * Math.max(Math.abs(difference.estimate), 1e-300)))
    return "no variance within the groups: the data are essentially constant and cannot be tested"
  return undefined
}

const pair = (left: ReadonlyArray<number>, right: ReadonlyArray<number>): readonly [Moments, Moments] => {
  const scale = powerOfTwoScale([...left, ...right])
  return [moments(left, scale), moments(right, scale)]
}

const twoSample = (
  method: string,
  differenceOf: (a: Moments, b: Moments) => Difference,
  left: ReadonlyArray<number>,
  right: ReadonlyArray<number>,
  options: MeanTestOptions,
): TestOutcome => {
  const alternative = options.alternative ?? "two-sided"
  const alpha = options.alpha ?? 0.05
  const n = left.length + right.length
  if (left.length === 0 || right.length === 0)
    return noOutcome(method, n, `a group is empty (left ${left.length}, right ${right.length})`, alternative)
  const [a, b] = pair(left, right)
  const difference = differenceOf(a, b)
  const estimate = inUnits(difference.estimate, difference.scale, 1)
  const why = obstacle(difference, n)
  if (why !== undefined)
    return outcome({ method, n, alternative, estimateName: "difference in means", estimate, notes: [why] })
  const t = difference.estimate / difference.se
  return outcome({
    method,
    n,
    alternative,
    estimateName: "difference in means",
    estimate,
    standardError: inUnits(difference.se, difference.scale, 1),
    interval: tInterval(difference, alternative, alpha),
    statisticName: "t",
    statistic: t,
    df: [difference.df],
    p: tProbability(t, difference.df, alternative),
    effectSize: options.effectSize === false ? null : standardizedDifference(left, right, { alpha }),
  })
}

/**
 * Welch's test of two means, which does not take variances to be equal.
 *
 * @example
 * import * as TTests from "@heddle/experiments/analysis/TTests"
 *
 * TTests.welch([5, 6, 7], [1, 2, 3]).estimate // => 4
 *
 * @category constructors
 */
export const welch = (
  left: ReadonlyArray<number>,
  right: ReadonlyArray<number>,
  options: MeanTestOptions = {},
): TestOutcome => twoSample("Welch two-sample t test", welchDifference, left, right, options)

/** Student's test of two means with one variance. @category constructors */
export const pooled = (
  left: ReadonlyArray<number>,
  right: ReadonlyArray<number>,
  options: MeanTestOptions = {},
): TestOutcome => twoSample("two-sample t test with pooled variance", pooledDifference, left, right, options)

/** The test of the mean of differences of pairs, given in the same order. @category constructors */
export const paired = (
  left: ReadonlyArray<number>,
  right: ReadonlyArray<number>,
  options: MeanTestOptions = {},
): TestOutcome => {
  const method = "paired t test"
  const alternative = options.alternative ?? "two-sided"
  const alpha = options.alpha ?? 0.05
  if (left.length !== right.length)
    return noOutcome(
      method,
      left.length,
      `pairs need as many on the left (${left.length}) as on the right (${right.length})`,
    )
  const scale = powerOfTwoScale([...left, ...right])
  const differences = left.map((value, index) => value / scale - (right[index] ?? Number.NaN) / scale)
  const found = moments(differences, 1)
  const difference = {
    estimate: found.mean,
    se: Math.sqrt(found.variance / found.n),
    df: found.n - 1,
    scale,
  }
  const estimate = inUnits(difference.estimate, scale, 1)
  const estimateName = "mean of the differences"
  const why = found.n === 0 ? "no complete pairs" : obstacle(difference, found.n)
  if (why !== undefined) return outcome({ method, n: found.n, alternative, estimateName, estimate, notes: [why] })
  const t = difference.estimate / difference.se
  return outcome({
    method,
    n: found.n,
    alternative,
    estimateName,
    estimate,
    standardError: inUnits(difference.se, scale, 1),
    interval: tInterval(difference, alternative, alpha),
    statisticName: "t",
    statistic: t,
    df: [difference.df],
    p: tProbability(t, difference.df, alternative),
    effectSize: options.effectSize === false ? null : standardizedMean(differences, { alpha }),
  })
}

/**
 * Equivalence: both "above -margin" and "below margin" are tested at alpha; p is the larger of the two. The interval has
 * the level `1 - 2 alpha` and lies inside of the margin exactly where the test says equivalent.
 *
 * @category constructors
 */
export const equivalence = (
  left: ReadonlyArray<number>,
  right: ReadonlyArray<number>,
  margin: number,
  options: { readonly alpha?: number; readonly variance?: "welch" | "pooled" } = {},
): TestOutcome => {
  const alpha = options.alpha ?? 0.05
  const method = `equivalence by two one-sided t tests (${options.variance === "pooled" ? "pooled" : "Welch"})`
  const n = left.length + right.length
  if (!(margin > 0) || !Number.isFinite(margin)) return noOutcome(method, n, "equivalence needs a margin above zero")
  if (left.length === 0 || right.length === 0)
    return noOutcome(method, n, `a group is empty (left ${left.length}, right ${right.length})`)
  const [a, b] = pair(left, right)
  const difference = options.variance === "pooled" ? pooledDifference(a, b) : welchDifference(a, b)
  const estimateName = "difference in means"
  const estimate = inUnits(difference.estimate, difference.scale, 1)
  const why = obstacle(difference, n)
  if (why !== undefined) return outcome({ method, n, estimateName, estimate, notes: [why] })
  const reach = margin / difference.scale
  const above = (difference.estimate + reach) / difference.se
  const below = (difference.estimate - reach) / difference.se
  const pAbove = pt(above, difference.df, "upper")
  const pBelow = pt(below, difference.df, "lower")
  return outcome({
    method,
    n,
    estimateName,
    estimate,
    standardError: inUnits(difference.se, difference.scale, 1),
    interval: { ...tInterval(difference, "two-sided", 2 * alpha), level: 1 - 2 * alpha },
    statisticName: "t",
    statistic: pAbove >= pBelow ? above : below,
    df: [difference.df],
    p: Math.max(pAbove, pBelow),
    effectSize: standardizedDifference(left, right, { alpha }),
    notes: [
      `margin ${margin}: above ${-margin} p = ${pAbove.toPrecision(4)}, below ${margin} p = ${pBelow.toPrecision(4)}`,
    ],
  })
}

/**
 * The ratio of two means with Fieller's interval; the test is Welch's of the difference, as the ratio is one exactly where
 * the difference is zero. The interval does not exist where the right mean is not clearly apart from zero.
 *
 * @category constructors
 */
export const ratio = (
  left: ReadonlyArray<number>,
  right: ReadonlyArray<number>,
  options: MeanTestOptions = {},
): TestOutcome => {
  const method = "ratio of means (Fieller interval, Welch test)"
  const alpha = options.alpha ?? 0.05
  const test = welch(left, right, options)
  const estimateName = "ratio of means"
  if (test.statistic === null)
    return outcome({ method, n: test.n, alternative: test.alternative, estimateName, notes: test.notes })
  const [a, b] = pair(left, right)
  const va = a.variance / a.n
  const vb = b.variance / b.n
  const value = a.mean / b.mean
  const df = (va + value ** 2 * vb) ** 2 / (va ** 2 / (a.n - 1) + (value ** 2 * vb) ** 2 / (b.n - 1))
  const critical = qt(1 - (test.alternative === "two-sided" ? alpha / 2 : alpha), df)
  // (mean left - r mean right)^2 = critical^2 (va + r^2 vb), solved for r.
  const qa = b.mean ** 2 - critical ** 2 * vb
  const qb = -2 * a.mean * b.mean
  const qc = a.mean ** 2 - critical ** 2 * va
  const root = qb * qb - 4 * qa * qc
  const exists = qa > 0 && root >= 0
  const sameSign = b.mean > 0
  // Below zero the larger ratio is the smaller mean: the test of the difference then answers the opposite claim.
  const p = sameSign || test.alternative === "two-sided" ? test.p : null
  return outcome({
    ...test,
    p,
    method,
    estimateName,
    estimate: value,
    standardError: null,
    interval: exists
      ? interval(1 - alpha, (-qb - Math.sqrt(root)) / (2 * qa), (-qb + Math.sqrt(root)) / (2 * qa), test.alternative)
      : null,
    notes: [
      ...test.notes,
      ...(exists ? [] : ["the right mean is not clearly apart from zero: the ratio has no bounded interval"]),
      ...(sameSign
        ? []
        : [
            p === null
              ? "the right mean is not above zero, where a larger ratio is a smaller mean: a claim with a direction is not tested"
              : "the right mean is not above zero: read the ratio with care",
          ]),
    ],
  })
}
