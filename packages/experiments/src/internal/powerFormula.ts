/**
 * The formula for the power of a test in a planned design, where there is one: t tests of groups of known sizes, contrasts
 * and F tests of a linear model with one error, and tables of two rates by going through all of their counts.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { AnalysisData, OutcomeColumn } from "../analysis/AnalysisData.ts"
import { chiSquared, fisherExact } from "../analysis/Proportions.ts"
import { runAnalysis } from "../analysis/RunAnalysis.ts"
import type { Alternative } from "../analysis/TestOutcome.ts"
import * as PowerFormulas from "../power/PowerFormulas.ts"
import type { Noise, PowerBase } from "./powerBase.ts"
import type { PowerItem } from "./powerItems.ts"
import { lgamma } from "./rmath.ts"

/** Power as a function of the size of the effect. */
export interface Formula {
  readonly text: string
  readonly df: ReadonlyArray<number>
  /** Of the estimate; null where the test has none. */
  readonly standardError: number | null
  /** `size` is 0 or more and points where the hypothesis does. NaN where no such effect exists. */
  readonly powerOf: (size: number) => number
}

/** Tables whose counts are gone through, at most. */
const tablesMax = 10_000

const isDirected = ({ hypothesis }: PowerItem): boolean =>
  hypothesis.direction === "greater" || hypothesis.direction === "less"

/** The side of a t test: a two-sided test of a claim with a direction counts on one side only. */
const sidesOf = (item: PowerItem, level: number): { readonly alpha: number; readonly sides: PowerFormulas.Sides } =>
  item.row.result.alternative !== "two-sided"
    ? { alpha: level, sides: "one" }
    : isDirected(item) && item.row.result.estimate !== null
      ? { alpha: level / 2, sides: "one" }
      : { alpha: level, sides: "two" }

const tFormula = (
  item: PowerItem,
  text: string,
  standardError: number,
  df: number,
  level: number,
): Formula | undefined =>
  standardError > 0 && df > 0
    ? {
        text,
        df: [df],
        standardError,
        powerOf: (size) =>
          PowerFormulas.tTest({ effect: size, standardError, degreesOfFreedom: df, ...sidesOf(item, level) }),
      }
    : undefined

/** An outcome that is the pattern itself, without noise. */
const noiseless = (base: PowerBase, name: string, pattern: Float64Array): AnalysisData => {
  const outcomes = new Map<string, OutcomeColumn>()
  for (const [own, column] of base.data.outcomes) {
    outcomes.set(own, {
      ...column,
      values: own === name ? [...pattern] : column.values.map(() => 0),
      reasons: column.values.map(() => null),
    })
  }
  return { ...base.data, outcomes }
}

/** The sum of squares that an effect of 1 puts into its term, by the very model of the analysis. */
const termSquares = (
  base: PowerBase,
  item: PowerItem,
  pattern: Float64Array,
): { readonly squares: number; readonly df: number; readonly errorDf: number } | undefined => {
  const result = runAnalysis(base.study, noiseless(base, item.row.outcome, pattern))
  if (Result.isFailure(result)) return undefined
  const found = result.success.outcomes.find(({ outcome }) => outcome === item.row.outcome)
  const wanted = item.row.comparison.split(":").sort().join(":")
  const rows = (found?.model.rows ?? []).filter((row) => row.term.split(":").sort().join(":") === wanted)
  const [row] = rows
  if (found === undefined || row === undefined || rows.length !== 1 || row.sumOfSquares === null) return undefined
  // What the model does not hold would stand in its error.
  if (found.plots.residuals.some(({ y }) => Math.abs(y) > 1e-9)) return undefined
  return { squares: row.sumOfSquares, df: row.df, errorDf: row.errorDf }
}

const logChoose = (n: number, k: number): number => lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)

const binomial = (n: number, p: number): Float64Array =>
  Float64Array.from({ length: n + 1 }, (_, k) =>
    p <= 0
      ? k === 0
        ? 1
        : 0
      : p >= 1
        ? k === n
          ? 1
          : 0
        : Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p)),
  )

/** Two rates: every pair of counts, weighed by its probability, with the verdict of the test itself. */
const ratesFormula = (
  item: PowerItem,
  baselineRate: number,
  sizes: { readonly changed: number; readonly baseline: number },
  level: number,
  test: (changed: readonly [number, number], baseline: readonly [number, number]) => number | null,
): Formula | undefined => {
  const { baseline, changed } = sizes
  if ((baseline + 1) * (changed + 1) > tablesMax) return undefined
  const rejects = Array.from({ length: changed + 1 }, (_, a) =>
    Array.from({ length: baseline + 1 }, (__, b) => (test([a, changed - a], [b, baseline - b]) ?? 1) <= level),
  )
  const sign = item.hypothesis.direction === "less" ? -1 : 1
  return {
    text: `exact, through all counts of two groups: ${item.row.result.method}`,
    df: [],
    standardError: null,
    powerOf: (size) => {
      const rate = baselineRate + sign * size
      if (!(rate >= 0 && rate <= 1)) return Number.NaN
      const left = binomial(changed, rate)
      const right = binomial(baseline, baselineRate)
      let power = 0
      for (const [a, row] of rejects.entries())
        for (const [b, reject] of row.entries()) if (reject) power += (left[a] ?? 0) * (right[b] ?? 0)
      return Math.min(1, power)
    },
  }
}

/** The formula for a test at a level; undefined where only a simulation tells. */
export const formulaOf = (base: PowerBase, item: PowerItem, noise: Noise, level: number): Formula | undefined => {
  const { groups, hypothesis, pattern, plan, row } = item
  const { result, test } = row
  if (pattern === undefined || result.p === null || noise.failureShare > 0) return undefined
  if (hypothesis.direction === "equivalent" || hypothesis.kind === "equivalence" || plan.filters.size > 0)
    return undefined
  const { structure } = base
  const [left, right] = groups
  if (noise.baselineRate !== undefined) {
    if (left === undefined || right === undefined || groups.length !== 2 || structure.unit !== undefined)
      return undefined
    const alternative: Alternative = result.alternative
    if (test === "fisher_exact")
      return ratesFormula(
        item,
        noise.baselineRate,
        { changed: left.runs, baseline: right.runs },
        level,
        (a, b) => fisherExact([a, b], { alternative }).p,
      )
    // The groups of a whole factor begin with its baseline.
    if (test === "chi_squared")
      return ratesFormula(
        item,
        noise.baselineRate,
        { changed: right.runs, baseline: left.runs },
        level,
        (a, b) => chiSquared([b, a]).p,
      )
    return undefined
  }
  const sd = noise.sd(row.outcome)
  if (test === "anova" && structure.errors.length === 0 && plan.covariates.length === 0) {
    const found = termSquares(base, item, pattern)
    if (found === undefined || !(found.squares > 0) || !(found.errorDf > 0)) return undefined
    const { df, errorDf, squares } = found
    if (df === 1) {
      const made = tFormula(
        item,
        `noncentral F with 1 degree of freedom: ${result.method}`,
        sd / Math.sqrt(squares),
        errorDf,
        level,
      )
      return made === undefined ? undefined : { ...made, df: [1, errorDf] }
    }
    return {
      text: `noncentral F: ${result.method}`,
      df: [df, errorDf],
      standardError: null,
      powerOf: (size) =>
        PowerFormulas.fTest({
          sumOfSquares: squares * size * size,
          sd,
          numeratorDf: df,
          denominatorDf: errorDf,
          alpha: level,
        }),
    }
  }
  if (left === undefined || right === undefined || item.claim?.operation !== "difference") return undefined
  const quiet = structure.unit === undefined && (structure.blocks.length === 0 || noise.blockSd === 0)
  const plain = PowerFormulas.differenceError(sd, left.runs, right.runs)
  const total = left.runs + right.runs
  if (quiet && result.method === "two-sample t test with pooled variance")
    return tFormula(item, "noncentral t: two-sample t test with pooled variance", plain, total - 2, level)
  if (quiet && result.method === "Welch two-sample t test" && left.runs === right.runs)
    return tFormula(item, "noncentral t: Welch two-sample t test with groups of equal size", plain, total - 2, level)
  const [df] = result.df
  if (df === undefined) return undefined
  if (result.method.startsWith("difference in means within blocks")) {
    // The standard error over the residual standard deviation is a matter of the design alone.
    const standard = result.effectSize?.value
    if (result.standardError === null || result.estimate === null || typeof standard !== "number") return undefined
    const sigma = result.estimate / standard
    return tFormula(item, `noncentral t: ${result.method}`, (sd * result.standardError) / sigma, df, level)
  }
  const pairs = df + 1
  // Pairs of means: what is shared by a pair goes away, where each has as many runs on both sides as the others.
  if (test === "paired_t" || (structure.unit !== undefined && test === "difference_in_means")) {
    if (!/pair/i.test(result.method) || !evenPairs(base, item, pairs)) return undefined
    const error = PowerFormulas.differenceError(sd, left.runs / pairs, right.runs / pairs) / Math.sqrt(pairs)
    return tFormula(item, `noncentral t: ${result.method}`, error, df, level)
  }
  return undefined
}

/** Whether each pair has the same number of runs on each side. */
const evenPairs = (base: PowerBase, item: PowerItem, pairs: number): boolean => {
  const names = base.structure.unit === undefined ? base.structure.blocks : [base.structure.unit]
  const counts = new Map<string, readonly [number, number]>()
  base.data.runs.forEach((_, row) => {
    const key = names.map((name) => base.data.columns.get(name)?.labels[row] ?? "").join("\u0000")
    const [left, right] = counts.get(key) ?? [0, 0]
    if (item.claim?.isLeft(row) === true) counts.set(key, [left + 1, right])
    else if (item.claim?.isRight(row) === true) counts.set(key, [left, right + 1])
  })
  const kinds = new Set(Array.from(counts.values(), ([left, right]) => `${left} ${right}`))
  return counts.size === pairs && kinds.size === 1
}
