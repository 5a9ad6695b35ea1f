/**
 * Always-valid inference: a p-value and an interval that hold however often the data are looked at and whenever the study
 * is stopped. The mixture sequential probability ratio test with a normal mixture over the effect.
 *
 * With an estimated variance the ratio is that of two t densities: the mixture is over the effect in standard deviations,
 * and mean and spread have the invariant prior, so that the ratio is one of what no shift and no unit changes and is exact
 * for normal values of equal variance. Putting an estimated variance into the formula for a known one is not: with five
 * values in each group it finds a ratio of 500 about three times as often as it may.
 *
 * Sources: Robbins 1970; Lai 1976 ("On confidence sequences", for the t statistic); Johari, Koomen, Pekelis and Walsh 2022
 * ("Always valid inference", sections 3 and 4); Lindon, Ham, Tingley and Bojinov 2022 ("Anytime-valid linear models").
 *
 * @layer logic
 * @module
 */

/** Values of each group before anything is looked at: with fewer, groups of unequal variance or size would not hold the level. */
export const groupSizeMin = 5

/** What a look at the data finds. @category models */
export interface AlwaysValidLook {
  /** Likelihood ratio of the mixture against no effect; a study may stop at 1 / alpha. */
  readonly likelihoodRatio: number
  /** Of this look alone; the p-value of the procedure is the smallest so far. */
  readonly p: number
  readonly lower: number
  readonly upper: number
}

/**
 * Looks at an estimate with its standard error. `mixingVariance` is the variance of the effects that are thought likely,
 * in the squared unit of the estimate: it changes how soon a true effect is found, never the error. `degreesOfFreedom` are
 * those of the standard error, where it is an estimate: without them it is taken as known. With few of them no estimate can
 * be far enough from 0, and the interval is without ends. A standard error, a mixing variance or degrees of freedom of 0 or
 * below are a `RangeError`.
 *
 * @example
 * import * as AlwaysValid from "@heddle/experiments/sequential/AlwaysValid"
 *
 * AlwaysValid.look({ estimate: 0, standardError: 0.1, degreesOfFreedom: 18, mixingVariance: 1, alpha: 0.05 }).p // => 1
 *
 * @category looks
 */
export const look = (seen: {
  readonly estimate: number
  readonly standardError: number
  readonly degreesOfFreedom?: number
  readonly mixingVariance: number
  readonly alpha: number
}): AlwaysValidLook => {
  const { alpha, degreesOfFreedom: df = Number.POSITIVE_INFINITY, estimate, mixingVariance, standardError } = seen
  if (!(standardError > 0) || !(mixingVariance > 0) || !(df > 0)) {
    throw new RangeError("the standard error, the mixing variance and the degrees of freedom must be above 0")
  }
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha must be between 0 and 1; it is ${alpha}`)
  const variance = standardError * standardError
  /** Under the mixture the statistic is wider by one over the root of this. */
  const shrink = variance / (variance + mixingVariance)
  const square = (estimate / standardError) ** 2
  const isKnown = df === Number.POSITIVE_INFINITY
  const exponent =
    Math.log(shrink) / 2 +
    (isKnown
      ? ((1 - shrink) * square) / 2
      : ((df + 1) / 2) * (Math.log1p(square / df) - Math.log1p((shrink * square) / df)))
  const half = standardError * Math.sqrt(squareAt(-2 * Math.log(alpha) - Math.log(shrink), shrink, df))
  return {
    // A ratio beyond the largest number says no more than that it is far beyond any boundary.
    likelihoodRatio: Math.min(Number.MAX_VALUE, Math.exp(exponent)),
    p: Math.min(1, Math.exp(-exponent)),
    lower: estimate - half,
    upper: estimate + half,
  }
}

/** The square of the statistic at which twice the logarithm of the ratio of densities is `wanted`; infinite where it never is. */
const squareAt = (wanted: number, shrink: number, df: number): number => {
  if (df === Number.POSITIVE_INFINITY) return wanted / (1 - shrink)
  const growth = Math.expm1(wanted / (df + 1))
  const room = 1 - shrink * (1 + growth)
  return room > 0 ? (df * growth) / room : Number.POSITIVE_INFINITY
}
