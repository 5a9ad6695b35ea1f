/**
 * Correlations: Pearson's with Fisher's interval, Spearman's, and Kendall's tau-b.
 *
 * @layer logic
 * @module
 */
import { effectSize, interval, noOutcome, outcome } from "../internal/analysisOutcome.ts"
import { concordantCumulative, rank } from "../internal/analysisRanks.ts"
import { pnorm, qnorm } from "../internal/rmath.ts"
import { moments } from "./Descriptives.ts"
import type { Alternative, TestOutcome } from "./TestOutcome.ts"
import { tProbability } from "./TTests.ts"

/** Options of a correlation. */
export interface CorrelationOptions {
  /** `two-sided` unless given. */
  readonly alternative?: Alternative
  /** 0.05 unless given. */
  readonly alpha?: number
}

const coefficient = (x: ReadonlyArray<number>, y: ReadonlyArray<number>): number => {
  const a = moments(x)
  const b = moments(y)
  let sum = 0
  x.forEach((value, index) => {
    sum += (value / a.scale - a.mean) * ((y[index] ?? Number.NaN) / b.scale - b.mean)
  })
  return Math.max(-1, Math.min(1, sum / Math.sqrt(a.squares * b.squares)))
}

const unusable = (x: ReadonlyArray<number>, y: ReadonlyArray<number>): string | undefined => {
  if (x.length !== y.length) return `as many values of one (${x.length}) as of the other (${y.length}) are needed`
  if (x.length < 3) return "fewer than three pairs"
  if (!(moments(x).squares > 0) || !(moments(y).squares > 0)) return "one of the two is constant"
  return undefined
}

/** Pearson's correlation. @category constructors */
export const pearson = (
  x: ReadonlyArray<number>,
  y: ReadonlyArray<number>,
  options: CorrelationOptions = {},
): TestOutcome => {
  const method = "Pearson correlation"
  const alternative = options.alternative ?? "two-sided"
  const alpha = options.alpha ?? 0.05
  const why = unusable(x, y)
  if (why !== undefined) return noOutcome(method, x.length, why, alternative)
  const n = x.length
  const r = coefficient(x, y)
  const perfect = Math.abs(r) > 1 - 1e-14
  const t = r * Math.sqrt((n - 2) / (1 - r * r))
  const z = Math.atanh(r)
  const reach = qnorm(1 - (alternative === "two-sided" ? alpha / 2 : alpha)) / Math.sqrt(n - 3)
  return outcome({
    method,
    n,
    alternative,
    estimateName: "r",
    estimate: r,
    interval:
      perfect || n < 4
        ? null
        : {
            ...interval(1 - alpha, Math.tanh(z - reach), Math.tanh(z + reach)),
            low: alternative === "less" ? -1 : Math.tanh(z - reach),
            high: alternative === "greater" ? 1 : Math.tanh(z + reach),
          },
    statisticName: "t",
    statistic: perfect ? null : t,
    df: [n - 2],
    p: perfect ? null : tProbability(t, n - 2, alternative),
    effectSize: effectSize("r", r),
    notes: perfect ? ["the points lie on a line: nothing is left to test against"] : [],
  })
}

/** Spearman's rank correlation; p by the t approximation. @category constructors */
export const spearman = (
  x: ReadonlyArray<number>,
  y: ReadonlyArray<number>,
  options: CorrelationOptions = {},
): TestOutcome => {
  const method = "Spearman rank correlation (t approximation)"
  const alternative = options.alternative ?? "two-sided"
  const why = unusable(x, y)
  if (why !== undefined) return noOutcome(method, x.length, why, alternative)
  const of = pearson(rank(x).ranks, rank(y).ranks, { ...options, alternative })
  return outcome({ ...of, method, estimateName: "rho", interval: null, effectSize: effectSize("rho", of.estimate) })
}

/** Kendall's tau-b; exact below 50 pairs without ties, else by the normal approximation. @category constructors */
export const kendall = (
  x: ReadonlyArray<number>,
  y: ReadonlyArray<number>,
  options: CorrelationOptions = {},
): TestOutcome => {
  const name = "Kendall tau-b"
  const alternative = options.alternative ?? "two-sided"
  const why = unusable(x, y)
  if (why !== undefined) return noOutcome(name, x.length, why, alternative)
  const n = x.length
  let score = 0
  for (let i = 1; i < n; i++)
    for (let j = 0; j < i; j++) score += Math.sign((x[i] ?? 0) - (x[j] ?? 0)) * Math.sign((y[i] ?? 0) - (y[j] ?? 0))
  const tx = rank(x).ties
  const ty = rank(y).ties
  const sum = (ties: ReadonlyArray<number>, of: (t: number) => number): number => ties.reduce((s, t) => s + of(t), 0)
  const pairs = (n * (n - 1)) / 2
  const xPairs = sum(tx, (t) => (t * (t - 1)) / 2)
  const yPairs = sum(ty, (t) => (t * (t - 1)) / 2)
  const tau = score / Math.sqrt((pairs - xPairs) * (pairs - yPairs))
  const common = { n, alternative, estimateName: "tau", estimate: tau, effectSize: effectSize("tau", tau) }
  if (tx.length === 0 && ty.length === 0 && n < 50) {
    const concordant = (score + pairs) / 2
    const distribution = concordantCumulative(n)
    const atMost = (q: number): number => (q < 0 ? 0 : (distribution[Math.min(q, distribution.length - 1)] ?? 1))
    const lower = atMost(concordant)
    const upper = atMost(pairs - concordant)
    return outcome({
      ...common,
      method: `${name} (exact)`,
      statisticName: "T",
      statistic: concordant,
      p: alternative === "greater" ? upper : alternative === "less" ? lower : Math.min(1, 2 * Math.min(lower, upper)),
    })
  }
  const v0 = n * (n - 1) * (2 * n + 5)
  const vt = sum(tx, (t) => t * (t - 1) * (2 * t + 5))
  const vu = sum(ty, (t) => t * (t - 1) * (2 * t + 5))
  const v1 = sum(tx, (t) => t * (t - 1)) * sum(ty, (t) => t * (t - 1))
  const v2 = sum(tx, (t) => t * (t - 1) * (t - 2)) * sum(ty, (t) => t * (t - 1) * (t - 2))
  const variance = (v0 - vt - vu) / 18 + v1 / (2 * n * (n - 1)) + v2 / (9 * n * (n - 1) * (n - 2))
  const z = score / Math.sqrt(variance)
  return outcome({
    ...common,
    method: `${name} (normal approximation)`,
    statisticName: "z",
    statistic: z,
    p:
      alternative === "two-sided"
        ? 2 * pnorm(Math.abs(z), "upper")
        : pnorm(z, alternative === "greater" ? "upper" : "lower"),
  })
}
