/**
 * Comparisons of several groups: all pairs by Tukey, Scheffé or corrected t tests, and all against a control by Dunnett. The
 * error is pooled over all groups (or given, where a design has its own error term).
 *
 * @layer logic
 * @module
 */
import { rootBetween } from "../internal/analysisBeta.ts"
import { dunnettUpper } from "../internal/analysisDunnett.ts"
import { pf, ptTwoSided, ptukey, qf, qt, qtukey } from "../internal/rmath.ts"
import { mean, moments } from "./Descriptives.ts"
import { finiteOrNull, inUnits } from "./LinearModel.ts"
import { powerOfTwoScale } from "./ModelTerms.ts"
import { adjust, type Correction } from "./PAdjust.ts"
import { welch } from "./TTests.ts"
import type { Groups } from "./VarianceTests.ts"

/** One comparison: left minus right. @category models */
export interface Comparison {
  readonly left: string
  readonly right: string
  readonly estimate: number | null
  readonly standardError: number | null
  readonly statistic: number | null
  readonly df: number | null
  readonly p: number | null
  readonly adjustedP: number | null
  readonly low: number | null
  readonly high: number | null
}

/** Comparisons of one family. @category models */
export interface Comparisons {
  readonly method: string
  readonly rows: ReadonlyArray<Comparison>
  readonly notes: ReadonlyArray<string>
}

/** An error term to use in place of the pooled one, in squared units of the outcome. @category models */
export interface ErrorTerm {
  readonly meanSquare: number
  readonly df: number
}

interface Pool {
  readonly scale: number
  readonly variance: number
  readonly df: number
  readonly groups: ReadonlyArray<{ readonly name: string; readonly n: number; readonly mean: number }>
}

const poolOf = (groups: Groups, error?: ErrorTerm): Pool => {
  const used = [...groups].filter(([, values]) => values.length > 0)
  const scale = powerOfTwoScale(used.flatMap(([, values]) => values))
  const all = used.map(([name, values]) => ({ name, ...moments(values, scale) }))
  const df = all.reduce((sum, group) => sum + group.n, 0) - all.length
  const squares = all.reduce((sum, group) => sum + group.squares, 0)
  return {
    scale,
    variance: error === undefined ? squares / df : error.meanSquare / scale / scale,
    df: error?.df ?? df,
    groups: all,
  }
}

const pairsOf = <A>(items: ReadonlyArray<A>): ReadonlyArray<readonly [A, A]> =>
  items.flatMap((right, i) => items.slice(i + 1).map((left): readonly [A, A] => [left, right]))

/** Groups that pairs are made of at most. */
export const groupsMax = 200

const family = (
  method: string,
  groups: Groups,
  error: ErrorTerm | undefined,
  each: (t: number, pool: Pool) => number,
  critical: (pool: Pool) => number,
): Comparisons => {
  const pool = poolOf(groups, error)
  if (pool.groups.length < 2) return { method, rows: [], notes: ["fewer than two groups have values"] }
  if (pool.groups.length > groupsMax) return { method, rows: [], notes: [`more than ${groupsMax} groups`] }
  const testable = pool.df > 0 && pool.variance > 0
  const reach = testable ? critical(pool) : Number.NaN
  const rows = pairsOf(pool.groups).map(([left, right]): Comparison => {
    const difference = left.mean - right.mean
    const se = Math.sqrt(pool.variance * (1 / left.n + 1 / right.n))
    const t = testable ? difference / se : Number.NaN
    return {
      left: left.name,
      right: right.name,
      estimate: inUnits(difference, pool.scale, 1),
      standardError: testable ? inUnits(se, pool.scale, 1) : null,
      statistic: finiteOrNull(t),
      df: testable ? pool.df : null,
      p: testable ? finiteOrNull(ptTwoSided(t, pool.df)) : null,
      adjustedP: testable ? finiteOrNull(Math.min(1, each(t, pool))) : null,
      low: inUnits(difference - reach * se, pool.scale, 1),
      high: inUnits(difference + reach * se, pool.scale, 1),
    }
  })
  return { method, rows, notes: testable ? [] : ["no variance within the groups, or no degrees of freedom for it"] }
}

/** All pairs by the studentized range; with unequal sizes after Kramer. @category constructors */
export const tukey = (groups: Groups, alpha = 0.05, error?: ErrorTerm): Comparisons =>
  family(
    "Tukey honest significant differences",
    groups,
    error,
    (t, pool) => ptukey(Math.abs(t) * Math.SQRT2, pool.groups.length, pool.df, "upper"),
    (pool) => qtukey(1 - alpha, pool.groups.length, pool.df) / Math.SQRT2,
  )

/** All pairs by Scheffé: right for any contrast that was thought of afterwards. @category constructors */
export const scheffe = (groups: Groups, alpha = 0.05, error?: ErrorTerm): Comparisons =>
  family(
    "Scheffé comparisons",
    groups,
    error,
    (t, pool) => pf((t * t) / (pool.groups.length - 1), pool.groups.length - 1, pool.df, "upper"),
    (pool) => Math.sqrt((pool.groups.length - 1) * qf(1 - alpha, pool.groups.length - 1, pool.df)),
  )

/** All pairs by t tests with a pooled (or given) error, corrected as asked; intervals are not corrected. @category constructors */
export const pairwisePooled = (
  groups: Groups,
  correction: Correction,
  alpha = 0.05,
  error?: ErrorTerm,
): Comparisons => {
  const plain = family(
    `pairwise t tests with pooled error (${correction})`,
    groups,
    error,
    (t, pool) => ptTwoSided(t, pool.df),
    (pool) => qt(1 - alpha / 2, pool.df),
  )
  const adjusted = adjust(
    plain.rows.map((row) => row.p),
    correction,
  )
  return { ...plain, rows: plain.rows.map((row, index) => ({ ...row, adjustedP: adjusted[index] ?? null })) }
}

/** All pairs by Welch's test, corrected as asked; intervals are not corrected. @category constructors */
export const pairwiseWelch = (groups: Groups, correction: Correction, alpha = 0.05): Comparisons => {
  const used = [...groups].filter(([, values]) => values.length > 0)
  const method = `pairwise Welch t tests (${correction})`
  if (used.length > groupsMax) return { method, rows: [], notes: [`more than ${groupsMax} groups`] }
  const tests = pairsOf(used).map(([left, right]) => ({ left, right, test: welch(left[1], right[1], { alpha }) }))
  const adjusted = adjust(
    tests.map(({ test }) => test.p),
    correction,
  )
  return {
    method,
    rows: tests.map(({ left, right, test }, index) => ({
      left: left[0],
      right: right[0],
      estimate: test.estimate,
      standardError: test.standardError,
      statistic: test.statistic,
      df: test.df[0] ?? null,
      p: test.p,
      adjustedP: adjusted[index] ?? null,
      low: test.interval?.low ?? null,
      high: test.interval?.high ?? null,
    })),
    notes: [...new Set(tests.flatMap(({ test }) => test.notes))],
  }
}

/** Every group against a control, two-sided, by the joint distribution of their t statistics (Dunnett 1955). @category constructors */
export const dunnett = (groups: Groups, control: string, alpha = 0.05, error?: ErrorTerm): Comparisons => {
  const method = `Dunnett comparisons with ${control}`
  const pool = poolOf(groups, error)
  const base = pool.groups.find((group) => group.name === control)
  if (base === undefined) return { method, rows: [], notes: [`the control ${JSON.stringify(control)} has no values`] }
  const others = pool.groups.filter((group) => group !== base)
  if (others.length === 0) return { method, rows: [], notes: ["there is no group but the control"] }
  const testable = pool.df > 0 && pool.variance > 0
  const loadings = others.map((group) => Math.sqrt(group.n / (group.n + base.n)))
  const upper = (t: number): number => dunnettUpper(Math.abs(t), loadings, pool.df)
  const reach = testable ? rootBetween((c) => alpha - upper(c), 0, 200) : Number.NaN
  return {
    method,
    rows: others.map((group): Comparison => {
      const difference = group.mean - base.mean
      const se = Math.sqrt(pool.variance * (1 / group.n + 1 / base.n))
      const t = testable ? difference / se : Number.NaN
      return {
        left: group.name,
        right: base.name,
        estimate: inUnits(difference, pool.scale, 1),
        standardError: testable ? inUnits(se, pool.scale, 1) : null,
        statistic: finiteOrNull(t),
        df: testable ? pool.df : null,
        p: testable ? finiteOrNull(ptTwoSided(t, pool.df)) : null,
        adjustedP: testable ? finiteOrNull(Math.max(0, Math.min(1, upper(t)))) : null,
        low: inUnits(difference - reach * se, pool.scale, 1),
        high: inUnits(difference + reach * se, pool.scale, 1),
      }
    }),
    notes: testable ? [] : ["no variance within the groups, or no degrees of freedom for it"],
  }
}

/** Means of groups, for tables beside comparisons. */
export const groupMeans = (groups: Groups): ReadonlyMap<string, number | null> =>
  new Map([...groups].map(([name, values]) => [name, values.length === 0 ? null : finiteOrNull(mean(values))]))
