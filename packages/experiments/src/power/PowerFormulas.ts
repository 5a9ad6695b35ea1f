/**
 * Power of tests for which there is a formula: two means, a contrast of a linear model, an F test of several means.
 * Effects are in the unit of the outcome, `sd` is the standard deviation between runs of one condition.
 *
 * Source: Cohen 1988; the noncentral t and F distributions, without the approximations of its tables. Equal to R's
 * `power.t.test(strict = TRUE)` and `pwr.anova.test`.
 *
 * @layer logic
 * @module
 */
import { pf, pt, qf, qt } from "../internal/rmath.ts"

/** Whether the effect may go either way. `greater` and `less` are both one-sided. @category models */
export type Sides = "two" | "one"

const alphaOf = (alpha: number): number => {
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha must be between 0 and 1; it is ${alpha}`)
  return alpha
}

const positive = (name: string, value: number): number => {
  if (!(value > 0) || !Number.isFinite(value)) throw new RangeError(`${name} must be above 0; it is ${value}`)
  return value
}

/**
 * Power of a t test whose estimate has the standard error `standardError` with `degreesOfFreedom`, where the true effect is
 * `effect`. An alpha outside of 0 to 1, or a standard error or degrees of freedom of 0 or below, is a `RangeError`.
 *
 * @category power
 */
export const tTest = (spec: {
  readonly effect: number
  readonly standardError: number
  readonly degreesOfFreedom: number
  readonly alpha: number
  readonly sides?: Sides
}): number => {
  const alpha = alphaOf(spec.alpha)
  const df = positive("degrees of freedom", spec.degreesOfFreedom)
  const noncentrality = Math.abs(spec.effect) / positive("the standard error", spec.standardError)
  if (spec.sides === "one") return pt(qt(alpha, df, "upper"), df, "upper", noncentrality)
  const limit = qt(alpha / 2, df, "upper")
  return Math.min(1, pt(limit, df, "upper", noncentrality) + pt(-limit, df, "lower", noncentrality))
}

/** Standard error of the difference of two means. @category errors */
export const differenceError = (sd: number, countLeft: number, countRight: number): number =>
  positive("sd", sd) * Math.sqrt(1 / positive("a group", countLeft) + 1 / positive("a group", countRight))

/**
 * Power to tell two means apart, with equal variances.
 *
 * @example
 * import * as PowerFormulas from "@heddle/experiments/power/PowerFormulas"
 *
 * const power = PowerFormulas.twoMeans({ effect: 1, sd: 1, countLeft: 20, countRight: 20, alpha: 0.05 })
 * power.toFixed(4) // => "0.8690"
 *
 * @category power
 */
export const twoMeans = (spec: {
  readonly effect: number
  readonly sd: number
  readonly countLeft: number
  readonly countRight: number
  readonly alpha: number
  readonly sides?: Sides
}): number =>
  spec.countLeft + spec.countRight <= 2
    ? Number.NaN
    : tTest({
        ...spec,
        standardError: differenceError(spec.sd, spec.countLeft, spec.countRight),
        degreesOfFreedom: spec.countLeft + spec.countRight - 2,
      })

/**
 * Power of an F test with `numeratorDf` and `denominatorDf`, where the sum over runs of the squared distances of the
 * condition means from their mean is `sumOfSquares`.
 *
 * @category power
 */
export const fTest = (spec: {
  readonly sumOfSquares: number
  readonly sd: number
  readonly numeratorDf: number
  readonly denominatorDf: number
  readonly alpha: number
}): number => {
  const alpha = alphaOf(spec.alpha)
  const df1 = positive("numerator degrees of freedom", spec.numeratorDf)
  const df2 = positive("denominator degrees of freedom", spec.denominatorDf)
  const noncentrality = spec.sumOfSquares / positive("sd", spec.sd) ** 2
  return pf(qf(alpha, df1, df2, "upper"), df1, df2, "upper", noncentrality)
}

/** Steps of a bisection: far below the digits of a number. */
const stepsMax = 200

/**
 * The smallest effect whose power is at least `power`, by bisection over the effect; `powerOf` must not fall. `undefined`
 * where no effect up to `effectMax` has it.
 *
 * @category inverses
 */
export const minimumDetectableEffect = (
  powerOf: (effect: number) => number,
  power: number,
  effectMax: number,
): number | undefined => {
  if (!(powerOf(effectMax) >= power)) return undefined
  let low = 0
  let high = effectMax
  for (let step = 0; step < stepsMax && high - low > 1e-12 * effectMax; step++) {
    const middle = (low + high) / 2
    if (powerOf(middle) >= power) high = middle
    else low = middle
  }
  return high
}

/**
 * The smallest count (of replicates, of runs in a group) from `least` to `most` whose power is at least `power`;
 * `undefined` where none has it. `powerOf` must not fall.
 *
 * @category inverses
 */
export const smallestCount = (
  powerOf: (count: number) => number,
  power: number,
  least: number,
  most: number,
): number | undefined => {
  if (!(powerOf(most) >= power)) return undefined
  let low = least - 1
  let high = most
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (powerOf(middle) >= power) high = middle
    else low = middle
  }
  return high
}
