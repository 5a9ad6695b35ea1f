/**
 * Always-valid inference: a p-value and an interval that hold however often the data are looked at and whenever the study
 * is stopped. The mixture sequential probability ratio test with a normal mixture over the effect.
 *
 * The variance of the estimate is taken as known; with an estimated one the level holds once groups are not tiny, so that
 * a study looks at nothing before {@link groupSizeMin} values of each group.
 *
 * Sources: Robbins 1970; Johari, Koomen, Pekelis and Walsh 2022 ("Always valid inference", section 3 and 4).
 *
 * @layer logic
 * @module
 */

/** Values of each group before anything is looked at. */
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
 * in the squared unit of the estimate: it changes how soon a true effect is found, never the error. A standard error or a
 * mixing variance of 0 or below is a `RangeError`.
 *
 * @example
 * import * as AlwaysValid from "@heddle/experiments/sequential/AlwaysValid"
 *
 * AlwaysValid.look({ estimate: 0, standardError: 0.1, mixingVariance: 1, alpha: 0.05 }).p // => 1
 *
 * @category looks
 */
export const look = (seen: {
  readonly estimate: number
  readonly standardError: number
  readonly mixingVariance: number
  readonly alpha: number
}): AlwaysValidLook => {
  const { alpha, estimate, mixingVariance: mixing, standardError } = seen
  if (!(standardError > 0) || !(mixing > 0)) {
    throw new RangeError("the standard error and the mixing variance must be above 0")
  }
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha must be between 0 and 1; it is ${alpha}`)
  const variance = standardError * standardError
  const shrink = Math.log(variance / (variance + mixing)) / 2
  const exponent = shrink + (mixing * estimate * estimate) / (2 * variance * (variance + mixing))
  const half = Math.sqrt((2 * variance * (variance + mixing) * (-Math.log(alpha) - shrink)) / mixing)
  return {
    // A ratio beyond the largest number says no more than that it is far beyond any boundary.
    likelihoodRatio: Math.min(Number.MAX_VALUE, Math.exp(exponent)),
    p: Math.min(1, Math.exp(-exponent)),
    lower: estimate - half,
    upper: estimate + half,
  }
}
