/**
 * Shares and tables of counts: Wilson's interval, Newcombe's interval of a difference, Fisher's exact test, and the chi-squared
 * test of a table.
 *
 * @layer logic
 * @module
 */
import { rootBetween } from "../internal/analysisBeta.ts"
import { effectSize, interval, noOutcome, outcome } from "../internal/analysisOutcome.ts"
import { dhyper, lgamma, pchisq, qnorm } from "../internal/rmath.ts"
import type { Alternative, Interval, TestOutcome } from "./TestOutcome.ts"

/** Wilson's interval of a share; null without trials. */
export const wilson = (successes: number, trials: number, alpha = 0.05): Interval | null => {
  if (!(trials > 0)) return null
  const z = qnorm(1 - alpha / 2)
  const share = successes / trials
  const centre = (share + (z * z) / (2 * trials)) / (1 + (z * z) / trials)
  const reach =
    (z * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials))) / (1 + (z * z) / trials)
  return interval(
    1 - alpha,
    successes === 0 ? 0 : Math.max(0, centre - reach),
    successes === trials ? 1 : Math.min(1, centre + reach),
  )
}

/** Newcombe's hybrid interval (method 10, 1998) of the difference of two shares, left minus right. */
export const differenceInterval = (
  left: readonly [successes: number, trials: number],
  right: readonly [successes: number, trials: number],
  alpha = 0.05,
): Interval | null => {
  const a = wilson(left[0], left[1], alpha)
  const b = wilson(right[0], right[1], alpha)
  if (a === null || b === null) return null
  const pa = left[0] / left[1]
  const pb = right[0] / right[1]
  const d = pa - pb
  const low = d - Math.sqrt((pa - (a.low ?? 0)) ** 2 + ((b.high ?? 1) - pb) ** 2)
  const high = d + Math.sqrt(((a.high ?? 1) - pa) ** 2 + (pb - (b.low ?? 0)) ** 2)
  return interval(1 - alpha, low, high)
}

/** A two by two table: successes and failures on the left, then on the right. */
export type TwoByTwo = readonly [readonly [number, number], readonly [number, number]]

const exactMax = 1e6

/**
 * Fisher's exact test. The estimate is the conditional odds ratio, as in R, with its exact interval; the two-sided p adds all
 * tables that are no more likely than this one.
 *
 * @category constructors
 */
export const fisherExact = (
  table: TwoByTwo,
  options: { readonly alternative?: Alternative; readonly alpha?: number } = {},
): TestOutcome => {
  const method = "Fisher exact test"
  const alternative = options.alternative ?? "two-sided"
  const alpha = options.alpha ?? 0.05
  const [[a, b], [c, d]] = table
  const total = a + b + c + d
  if (![a, b, c, d].every((count) => Number.isInteger(count) && count >= 0) || total > exactMax)
    return noOutcome(method, 0, `the cells must be counts that add up to at most ${exactMax}`, alternative)
  const white = a + b
  const black = c + d
  const drawn = a + c
  const low = Math.max(0, drawn - black)
  const high = Math.min(drawn, white)
  if (low === high)
    return noOutcome(
      method,
      total,
      "a row or a column has no counts, so every table with these margins is the same",
      alternative,
    )
  const support = Array.from({ length: high - low + 1 }, (_, index) => low + index)
  const logs = support.map((x) => logHyper(x, white, black, drawn))
  const weighted = (odds: number): ReadonlyArray<number> => {
    const shifted = logs.map((log, index) => log + Math.log(odds) * (support[index] ?? 0))
    const top = shifted.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY)
    const raw = shifted.map((log) => Math.exp(log - top))
    const sum = raw.reduce((s, value) => s + value, 0)
    return raw.map((value) => value / sum)
  }
  const tail = (odds: number, upper: boolean): number =>
    weighted(odds).reduce((sum, value, index) => {
      const x = support[index] ?? 0
      return (upper ? x >= a : x <= a) ? sum + value : sum
    }, 0)
  const densities = support.map((x) => dhyper(x, white, black, drawn))
  const own = dhyper(a, white, black, drawn)
  const sumOf = (keep: (x: number, density: number) => boolean): number =>
    densities.reduce((sum, density, index) => (keep(support[index] ?? 0, density) ? sum + density : sum), 0)
  const p =
    alternative === "greater"
      ? sumOf((x) => x >= a)
      : alternative === "less"
        ? sumOf((x) => x <= a)
        : sumOf((_, density) => density <= own * (1 + 1e-7))
  // Everything is monotone in the logarithm of the odds ratio.
  const solveFor = (miss: (odds: number) => number): number =>
    Math.exp(rootBetween((log) => miss(Math.exp(log)), -60, 60))
  const meanAt = (odds: number): number =>
    weighted(odds).reduce((sum, value, index) => sum + value * (support[index] ?? 0), 0)
  const estimate = a === low ? 0 : a === high ? Number.POSITIVE_INFINITY : solveFor((odds) => meanAt(odds) - a)
  const side = alternative === "two-sided" ? alpha / 2 : alpha
  const lowOdds = alternative === "less" || a === low ? 0 : solveFor((odds) => tail(odds, true) - side)
  const highOdds =
    alternative === "greater" || a === high ? Number.POSITIVE_INFINITY : solveFor((odds) => side - tail(odds, false))
  const notes = Number.isFinite(estimate) ? [] : ["the odds ratio is infinite: a cell has no counts"]
  return outcome({
    method,
    n: total,
    alternative,
    estimateName: "conditional odds ratio",
    estimate,
    interval: {
      level: 1 - alpha,
      low: lowOdds,
      high: Number.isFinite(highOdds) ? highOdds : null,
      sides: Number.isFinite(highOdds) ? "both" : "lower",
    },
    p: Math.min(1, p),
    effectSize: effectSize(
      "difference of shares",
      a / white - c / black,
      differenceInterval([a, white], [c, black], alpha)?.low,
      differenceInterval([a, white], [c, black], alpha)?.high,
    ),
    notes,
  })
}

const logChoose = (n: number, k: number): number => lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)

const logHyper = (x: number, white: number, black: number, drawn: number): number =>
  logChoose(white, x) + logChoose(black, drawn - x) - logChoose(white + black, drawn)

/**
 * Pearson's chi-squared test of a table of counts; `continuity` is Yates's correction of a two by two table, true unless
 * given, as in R.
 *
 * @category constructors
 */
export const chiSquared = (
  table: ReadonlyArray<ReadonlyArray<number>>,
  options: { readonly continuity?: boolean } = {},
): TestOutcome => {
  const method = "Pearson chi-squared test"
  const columns = table[0]?.length ?? 0
  const total = table.flat().reduce((sum, count) => sum + count, 0)
  if (table.some((row) => row.length !== columns || row.some((count) => !(count >= 0) || !Number.isFinite(count))))
    return noOutcome(method, 0, "the cells must be counts")
  const rowSums = table.map((row) => row.reduce((sum, count) => sum + count, 0))
  const columnSums = Array.from({ length: columns }, (_, j) => table.reduce((sum, row) => sum + (row[j] ?? 0), 0))
  const rows = rowSums.filter((sum) => sum > 0).length
  const used = columnSums.filter((sum) => sum > 0).length
  if (rows < 2 || used < 2) return noOutcome(method, Math.round(total), "fewer than two rows or columns have counts")
  const isTwoByTwo = rows === 2 && used === 2 && table.length === 2 && columns === 2
  const corrected = isTwoByTwo && (options.continuity ?? true)
  const expectedAt = (i: number, j: number): number => ((rowSums[i] ?? 0) * (columnSums[j] ?? 0)) / total
  let least = Number.POSITIVE_INFINITY
  let yates = corrected ? 0.5 : 0
  let plain = 0
  table.forEach((row, i) =>
    row.forEach((count, j) => {
      const expected = expectedAt(i, j)
      if (expected > 0) {
        least = Math.min(least, expected)
        if (corrected) yates = Math.min(yates, Math.abs(count - expected))
        plain += (count - expected) ** 2 / expected
      }
    }),
  )
  let statistic = 0
  table.forEach((row, i) =>
    row.forEach((count, j) => {
      const expected = expectedAt(i, j)
      if (expected > 0) statistic += (Math.abs(count - expected) - yates) ** 2 / expected
    }),
  )
  const df = (rows - 1) * (used - 1)
  return outcome({
    method: corrected ? `${method} with continuity correction` : method,
    n: Math.round(total),
    statisticName: "chi-squared",
    statistic,
    df: [df],
    p: pchisq(statistic, df, "upper"),
    effectSize: effectSize("Cramér V", Math.sqrt(plain / (total * (Math.min(rows, used) - 1)))),
    notes: least < 5 ? ["an expected count is below five: the approximation may be poor"] : [],
  })
}
