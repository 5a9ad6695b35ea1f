/**
 * Standardised differences: Cohen's d and Hedges' g of two groups or of pairs, with intervals from the noncentral t.
 *
 * @layer logic
 * @module
 */
import { rootBetween } from "../internal/analysisBeta.ts"
import { effectSize } from "../internal/analysisOutcome.ts"
import { lgamma, pt } from "../internal/rmath.ts"
import { moments } from "./Descriptives.ts"
import { powerOfTwoScale } from "./ModelTerms.ts"
import type { EffectSize } from "./TestOutcome.ts"

/** Hedges' correction of d for small samples, exact: `Γ(df/2) / (√(df/2) Γ((df-1)/2))`. */
export const hedgesCorrection = (df: number): number =>
  df > 1 ? Math.exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / Math.sqrt(df / 2) : Number.NaN

/** The noncentralities for which `t` is just at the ends of a two-sided interval; NaN where they are beyond 1,000. */
export const noncentralityInterval = (t: number, df: number, alpha = 0.05): readonly [number, number] => {
  if (!Number.isFinite(t) || !(df > 0) || Math.abs(t) > 300) return [Number.NaN, Number.NaN]
  const find = (tail: "lower" | "upper"): number => {
    // The upper tail grows with the noncentrality, the lower one shrinks.
    const miss = (ncp: number): number =>
      tail === "upper" ? pt(t, df, "upper", ncp) - alpha / 2 : alpha / 2 - pt(t, df, "lower", ncp)
    let reach = 10
    while (reach < 900 && !(miss(t - reach) < 0 && miss(t + reach) > 0)) reach *= 1.5
    return rootBetween(miss, Math.max(-999, t - reach), Math.min(999, t + reach))
  }
  return [find("upper"), find("lower")]
}

/** Options of an effect size. */
export interface EffectSizeOptions {
  /** 0.05 unless given. */
  readonly alpha?: number
  /** Hedges' correction for small samples; true unless given. */
  readonly corrected?: boolean
}

/** `(mean of left - mean of right) / pooled standard deviation`. @category constructors */
export const standardizedDifference = (
  left: ReadonlyArray<number>,
  right: ReadonlyArray<number>,
  options: EffectSizeOptions = {},
): EffectSize => {
  const corrected = options.corrected ?? true
  const name = corrected ? "Hedges g" : "Cohen d"
  const scale = powerOfTwoScale([...left, ...right])
  const a = moments(left, scale)
  const b = moments(right, scale)
  const df = a.n + b.n - 2
  const pooled = (a.squares + b.squares) / df
  if (!(a.n > 0) || !(b.n > 0) || !(df > 0) || !(pooled > 0)) return effectSize(name, null)
  const d = (a.mean - b.mean) / Math.sqrt(pooled)
  const per = Math.sqrt(1 / a.n + 1 / b.n)
  const j = corrected ? hedgesCorrection(df) : 1
  const [low, high] = noncentralityInterval(d / per, df, options.alpha)
  return effectSize(name, d * j, low * per * j, high * per * j)
}

/** Mean over standard deviation of differences. @category constructors */
export const standardizedMean = (differences: ReadonlyArray<number>, options: EffectSizeOptions = {}): EffectSize => {
  const corrected = options.corrected ?? true
  const name = corrected ? "Hedges g of pairs" : "Cohen d of pairs"
  const { n, mean, variance } = moments(differences)
  if (!(variance > 0)) return effectSize(name, null)
  const d = mean / Math.sqrt(variance)
  const j = corrected ? hedgesCorrection(n - 1) : 1
  const root = Math.sqrt(n)
  const [low, high] = noncentralityInterval(d * root, n - 1, options.alpha)
  return effectSize(name, d * j, (low / root) * j, (high / root) * j)
}
