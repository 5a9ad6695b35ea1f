/**
 * Tests by ranks: Mann-Whitney, Wilcoxon's signed rank, Kruskal-Wallis and Friedman, with the Hodges-Lehmann estimate of a
 * shift. Small samples without ties are exact, as in R; others use the normal approximation with continuity correction, and
 * the method says which.
 *
 * @layer logic
 * @module
 */
import { effectSize, interval, noOutcome, outcome } from "../internal/analysisOutcome.ts"
import { mannWhitneyCumulative, quantileOf, rank, signedRankCumulative, tieTerm } from "../internal/analysisRanks.ts"
import { pchisq, pnorm, qnorm } from "../internal/rmath.ts"
import { ascending, quantileSorted } from "./Descriptives.ts"
import type { Alternative, Interval, TestOutcome } from "./TestOutcome.ts"

/** Options of a rank test. */
export interface RankTestOptions {
  /** `two-sided` unless given. */
  readonly alternative?: Alternative
  /** 0.05 unless given. */
  readonly alpha?: number
  /** Whether the exact distribution is used; where there are fewer than 50 per group and no ties, unless given. */
  readonly exact?: boolean
}

/** Groups below this size are tested exactly, as in R. */
const exactBelow = 50
/** Numbers that an exact distribution is counted in at most. */
const exactCellsMax = 20_000_000
/** Pairs of observations that a Hodges-Lehmann estimate looks at. */
const pairsMax = 2_000_000

const normalProbability = (distance: number, sigma: number, alternative: Alternative): { z: number; p: number } => {
  const correction = alternative === "two-sided" ? Math.sign(distance) * 0.5 : alternative === "greater" ? 0.5 : -0.5
  const z = (distance - correction) / sigma
  return {
    z,
    p:
      alternative === "two-sided"
        ? 2 * Math.min(pnorm(z), pnorm(z, "upper"))
        : pnorm(z, alternative === "greater" ? "upper" : "lower"),
  }
}

const exactProbability = (distribution: Float64Array, statistic: number, alternative: Alternative): number => {
  const atMost = (q: number): number => (q < 0 ? 0 : (distribution[Math.min(q, distribution.length - 1)] ?? 1))
  // The distribution is symmetric, so an upper tail is a lower tail at the other end, exact as well.
  const atLeast = (q: number): number => atMost(distribution.length - 1 - q)
  switch (alternative) {
    case "greater":
      return atLeast(statistic)
    case "less":
      return atMost(statistic)
    case "two-sided":
      return Math.min(1, 2 * Math.min(atMost(statistic), atLeast(statistic)))
  }
}

/** Interval from sorted differences: the k-th from either end, counted from 1. */
const orderInterval = (
  sorted: ReadonlyArray<number>,
  k: number,
  alpha: number,
  alternative: Alternative,
): Interval | null => {
  const place = Math.max(1, Math.floor(k))
  const low = sorted[place - 1]
  const high = sorted[sorted.length - place]
  return low === undefined || high === undefined ? null : interval(1 - alpha, low, high, alternative)
}

const shiftOf = (
  differences: ReadonlyArray<number> | undefined,
  distribution: Float64Array | undefined,
  centre: number,
  sigma: number,
  alternative: Alternative,
  alpha: number,
): { estimate: number | null; interval: Interval | null; notes: ReadonlyArray<string> } => {
  if (differences === undefined)
    return { estimate: null, interval: null, notes: [`more than ${pairsMax} pairs: the shift is not estimated`] }
  const sorted = ascending(differences)
  const tail = alternative === "two-sided" ? alpha / 2 : alpha
  const k = distribution === undefined ? centre - qnorm(1 - tail) * sigma : quantileOf(distribution, tail)
  return {
    estimate: quantileSorted(sorted, 0.5),
    interval: orderInterval(sorted, k, alpha, alternative),
    notes:
      distribution === undefined ? ["the interval of the shift is by order statistics of a normal approximation"] : [],
  }
}

/**
 * Mann and Whitney's test (Wilcoxon's rank sum). The statistic W counts the pairs in which left is above right; the estimate
 * is the Hodges-Lehmann shift.
 *
 * @category constructors
 */
export const mannWhitney = (
  left: ReadonlyArray<number>,
  right: ReadonlyArray<number>,
  options: RankTestOptions = {},
): TestOutcome => {
  const alternative = options.alternative ?? "two-sided"
  const alpha = options.alpha ?? 0.05
  const m = left.length
  const n = right.length
  const name = "Mann-Whitney test"
  if (m === 0 || n === 0) return noOutcome(name, m + n, `a group is empty (left ${m}, right ${n})`, alternative)
  const { ranks, ties } = rank([...left, ...right])
  const w = ranks.slice(0, m).reduce((sum, value) => sum + value, 0) - (m * (m + 1)) / 2
  const exact =
    ties.length === 0 && (options.exact ?? (m < exactBelow && n < exactBelow)) && (m + 1) * m * n <= exactCellsMax
  const distribution = exact ? mannWhitneyCumulative(m, n) : undefined
  const total = m + n
  const sigma = Math.sqrt(((m * n) / 12) * (total + 1 - tieTerm(ties) / (total * (total - 1))))
  if (!(sigma > 0)) return noOutcome(name, total, "all values are equal", alternative)
  const p =
    distribution === undefined
      ? normalProbability(w - (m * n) / 2, sigma, alternative).p
      : exactProbability(distribution, w, alternative)
  const differences = m * n <= pairsMax ? left.flatMap((a) => right.map((b) => a - b)) : undefined
  const shift = shiftOf(differences, distribution, (m * n) / 2, sigma, alternative, alpha)
  return outcome({
    method: exact ? `${name} (exact)` : `${name} (normal approximation with continuity correction)`,
    n: total,
    alternative,
    estimateName: "Hodges-Lehmann shift",
    estimate: shift.estimate,
    interval: shift.interval,
    statisticName: "W",
    statistic: w,
    p,
    effectSize: effectSize("rank-biserial correlation", (2 * w) / (m * n) - 1),
    notes: [...shift.notes, ...(ties.length > 0 ? [`${ties.length} groups of tied values`] : [])],
  })
}

/** Wilcoxon's signed-rank test of pairs given in the same order; pairs without a difference are left out and counted. @category constructors */
export const signedRank = (
  left: ReadonlyArray<number>,
  right: ReadonlyArray<number>,
  options: RankTestOptions = {},
): TestOutcome => {
  const alternative = options.alternative ?? "two-sided"
  const alpha = options.alpha ?? 0.05
  const name = "Wilcoxon signed-rank test"
  if (left.length !== right.length)
    return noOutcome(
      name,
      left.length,
      `pairs need as many on the left (${left.length}) as on the right (${right.length})`,
    )
  const all = left.map((value, index) => value - (right[index] ?? Number.NaN))
  const differences = all.filter((value) => value !== 0)
  const zeros = all.length - differences.length
  const n = differences.length
  if (n === 0)
    return noOutcome(name, all.length, all.length === 0 ? "no complete pairs" : "no pair differs", alternative)
  const { ranks, ties } = rank(differences.map(Math.abs))
  const v = ranks.reduce((sum, value, index) => sum + ((differences[index] ?? 0) > 0 ? value : 0), 0)
  const exact = ties.length === 0 && zeros === 0 && (options.exact ?? n < exactBelow) && n <= 1000
  const distribution = exact ? signedRankCumulative(n) : undefined
  const centre = (n * (n + 1)) / 4
  const sigma = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24 - tieTerm(ties) / 48)
  const p =
    distribution === undefined
      ? normalProbability(v - centre, sigma, alternative).p
      : exactProbability(distribution, v, alternative)
  const walsh =
    (n * (n + 1)) / 2 <= pairsMax
      ? differences.flatMap((a, i) => differences.slice(i).map((b) => (a + b) / 2))
      : undefined
  const shift = shiftOf(walsh, distribution, centre, sigma, alternative, alpha)
  return outcome({
    method: exact ? `${name} (exact)` : `${name} (normal approximation with continuity correction)`,
    n: all.length,
    alternative,
    estimateName: "Hodges-Lehmann pseudomedian of the differences",
    estimate: shift.estimate,
    interval: shift.interval,
    statisticName: "V",
    statistic: v,
    p,
    effectSize: effectSize("matched-pairs rank-biserial correlation", (4 * v) / (n * (n + 1)) - 1),
    notes: [
      ...shift.notes,
      ...(zeros > 0 ? [`${zeros} pairs without a difference are left out`] : []),
      ...(ties.length > 0 ? [`${ties.length} groups of tied differences`] : []),
    ],
  })
}

/** The test of Kruskal and Wallis: whether any group tends to larger values. @category constructors */
export const kruskalWallis = (groups: ReadonlyArray<ReadonlyArray<number>>): TestOutcome => {
  const method = "Kruskal-Wallis test"
  const used = groups.filter((group) => group.length > 0)
  const n = used.reduce((sum, group) => sum + group.length, 0)
  if (used.length < 2) return noOutcome(method, n, "fewer than two groups have values")
  const { ranks, ties } = rank(used.flat())
  let from = 0
  let sum = 0
  for (const group of used) {
    const total = ranks.slice(from, from + group.length).reduce((a, b) => a + b, 0)
    sum += total ** 2 / group.length
    from += group.length
  }
  const raw = (12 * sum) / (n * (n + 1)) - 3 * (n + 1)
  const correction = 1 - tieTerm(ties) / (n ** 3 - n)
  if (!(correction > 0)) return noOutcome(method, n, "all values are equal")
  const h = raw / correction
  const df = used.length - 1
  return outcome({
    method,
    n,
    statisticName: "H",
    statistic: h,
    df: [df],
    p: pchisq(h, df, "upper"),
    effectSize: effectSize("epsilon squared", n > 1 ? Math.max(0, (h * (n + 1)) / (n * n - 1)) : null),
    notes: ties.length > 0 ? [`${ties.length} groups of tied values`] : [],
  })
}

/** Friedman's test of treatments within blocks: one row per block, one column per treatment, complete. @category constructors */
export const friedman = (blocks: ReadonlyArray<ReadonlyArray<number>>): TestOutcome => {
  const method = "Friedman test"
  const n = blocks.length
  const k = blocks[0]?.length ?? 0
  if (n < 2 || k < 2 || blocks.some((row) => row.length !== k))
    return noOutcome(method, n * k, "needs at least two complete blocks of at least two treatments")
  const sums = Array.from({ length: k }, (): number => 0)
  let tied = 0
  for (const row of blocks) {
    const { ranks, ties } = rank(row)
    ranks.forEach((value, index) => {
      sums[index] = (sums[index] ?? 0) + value
    })
    tied += tieTerm(ties)
  }
  const spread = sums.reduce((sum, total) => sum + (total - (n * (k + 1)) / 2) ** 2, 0)
  const scale = n * k * (k + 1) - tied / (k - 1)
  if (!(scale > 0)) return noOutcome(method, n * k, "all values within the blocks are equal")
  const q = (12 * spread) / scale
  return outcome({
    method,
    n: n * k,
    statisticName: "chi-squared",
    statistic: q,
    df: [k - 1],
    p: pchisq(q, k - 1, "upper"),
    effectSize: effectSize("Kendall W", q / (n * (k - 1))),
  })
}
