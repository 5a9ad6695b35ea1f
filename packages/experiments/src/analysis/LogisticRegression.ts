/**
 * Logistic regression of an outcome that is 0 or 1, by iteratively reweighted least squares, with tests of terms by likelihood
 * ratio. Where a combination of the columns separates zeros from ones no finite coefficients exist; that is found and said.
 *
 * @layer logic
 * @module
 */
import { type Column, extend, ones } from "../internal/analysisBasis.ts"
import { pchisq, pnorm, qnorm } from "../internal/rmath.ts"
import { type Coefficient, finiteOrNull, inUnits, solve } from "./LinearModel.ts"
import { isContained, powerOfTwoScale, type Term, termColumns, termName, type Variable } from "./ModelTerms.ts"

/** A term tested by what the deviance loses without it. @category models */
export interface DevianceRow {
  readonly term: string
  readonly df: number
  readonly chiSquared: number | null
  readonly p: number | null
}

/** A fitted logistic model; coefficients are logarithms of odds ratios. @category models */
export interface LogisticFit {
  readonly n: number
  readonly coefficients: ReadonlyArray<Coefficient>
  readonly deviance: number | null
  readonly nullDeviance: number | null
  readonly residualDf: number
  /** Type II tests: each term beyond those that do not contain it. */
  readonly terms: ReadonlyArray<DevianceRow>
  readonly fitted: ReadonlyArray<number>
  readonly separated: boolean
  readonly notes: ReadonlyArray<string>
}

const iterationsMax = 50

interface Irls {
  readonly deviance: number
  readonly estimates: ReadonlyArray<number>
  readonly variances: ReadonlyArray<number>
  readonly fitted: Column
  readonly converged: boolean
}

const devianceOf = (y: Column, mu: Column): number => {
  let sum = 0
  for (let i = 0; i < y.length; i++) {
    const m = mu[i] ?? 0.5
    sum += (y[i] ?? 0) > 0.5 ? -2 * Math.log(m) : -2 * Math.log1p(-m)
  }
  return sum
}

const inverseLogit = (eta: number): number => {
  const bounded = Math.max(-36, Math.min(36, eta))
  return 1 / (1 + Math.exp(-bounded))
}

const irls = (columns: ReadonlyArray<Column>, y: Column): Irls => {
  const n = y.length
  let mu: Column = y.map((value) => (value + 0.5) / 2)
  let eta: Column = mu.map((value) => Math.log(value / (1 - value)))
  let before = devianceOf(y, mu)
  let estimates: ReadonlyArray<number> = []
  let variances: ReadonlyArray<number> = []
  for (let step = 0; step < iterationsMax; step++) {
    const root = new Float64Array(n)
    const target = new Float64Array(n)
    for (let i = 0; i < n; i++) {
      const m = mu[i] ?? 0.5
      const weight = Math.max(m * (1 - m), 1e-16)
      root[i] = Math.sqrt(weight)
      target[i] = (root[i] ?? 0) * ((eta[i] ?? 0) + ((y[i] ?? 0) - m) / weight)
    }
    const solved = solve(
      columns.map((column) => column.map((value, i) => value * (root[i] ?? 0))),
      target,
    )
    estimates = solved.map((part) => part.estimate)
    variances = solved.map((part) => part.unscaledVariance)
    eta = new Float64Array(n)
    columns.forEach((column, j) => {
      for (let i = 0; i < n; i++) eta[i] = (eta[i] ?? 0) + (column[i] ?? 0) * (estimates[j] ?? 0)
    })
    mu = eta.map(inverseLogit)
    const deviance = devianceOf(y, mu)
    if (!Number.isFinite(deviance)) break
    if (Math.abs(deviance - before) / (Math.abs(deviance) + 0.1) < 1e-12)
      return { deviance, estimates, variances, fitted: mu, converged: true }
    before = deviance
  }
  return { deviance: before, estimates, variances, fitted: mu, converged: false }
}

/** Probabilities nearer than this to 0 or 1 are of a fit that runs away. */
const certainty = 1e-7

/**
 * Fits 0/1 outcomes on an intercept and the terms (treatment contrasts).
 *
 * @category constructors
 */
export const fit = (input: {
  readonly response: ReadonlyArray<number>
  readonly variables: ReadonlyArray<Variable>
  readonly terms: ReadonlyArray<Term>
  readonly alpha?: number
}): LogisticFit => {
  const n = input.response.length
  const alpha = input.alpha ?? 0.05
  const nothing = (why: string): LogisticFit => ({
    n,
    coefficients: [],
    deviance: null,
    nullDeviance: null,
    residualDf: 0,
    terms: [],
    fitted: [],
    separated: false,
    notes: [why],
  })
  if (input.response.some((value) => value !== 0 && value !== 1))
    return nothing("the outcome must be 0 or 1 in every row")
  const successes = input.response.reduce((sum, value) => sum + value, 0)
  if (successes === 0 || successes === n)
    return nothing("the outcome is the same in every row: there is nothing to test")
  const y = Float64Array.from(input.response)
  const blocks = input.terms.map((term) => termColumns(input.variables, term, "treatment"))
  const names = ["(intercept)", ...blocks.flatMap((block) => block.names)]
  const termOf: Array<Term> = [[]]
  const scales = [1]
  const columns: Array<Column> = [ones(n)]
  for (const block of blocks)
    for (const column of block.columns) {
      const own = powerOfTwoScale(column)
      scales.push(own)
      termOf.push(block.term)
      columns.push(column.map((value) => value / own))
    }
  const independent = (list: ReadonlyArray<Column>): ReadonlyArray<number> => extend([], list).kept
  const kept = independent(columns)
  const full = irls(
    kept.map((index) => columns[index] ?? ones(n)),
    y,
  )
  const separated = !full.converged || full.fitted.some((value) => value < certainty || value > 1 - certainty)
  const notes: Array<string> = []
  if (separated)
    notes.push(
      "the factors separate zeros from ones: coefficients have no finite estimate, so only the likelihood ratio tests are given",
    )
  const z = qnorm(1 - alpha / 2)
  const coefficients = names.map((name, index): Coefficient => {
    const place = kept.indexOf(index)
    const raw = full.estimates[place]
    const term = termOf[index] ?? []
    if (raw === undefined || separated)
      return { name, term, estimate: null, standardError: null, t: null, p: null, low: null, high: null }
    const se = Math.sqrt(full.variances[place] ?? Number.NaN)
    const unit = 1 / (scales[index] ?? 1)
    return {
      name,
      term,
      estimate: inUnits(raw, unit, 1),
      standardError: inUnits(se, unit, 1),
      t: finiteOrNull(raw / se),
      p: finiteOrNull(2 * pnorm(Math.abs(raw / se), "upper")),
      low: inUnits(raw - z * se, unit, 1),
      high: inUnits(raw + z * se, unit, 1),
    }
  })
  for (const [index, name] of names.entries())
    if (!kept.includes(index)) notes.push(`${name}: depends on other columns and has no estimate`)
  const devianceWith = (chosen: ReadonlyArray<Column>): { deviance: number; rank: number } => {
    const list = [ones(n), ...chosen]
    const used = independent(list)
    return {
      deviance: irls(
        used.map((index) => list[index] ?? ones(n)),
        y,
      ).deviance,
      rank: used.length,
    }
  }
  const columnsOf = (keep: (term: Term) => boolean): ReadonlyArray<Column> => {
    const chosen: Array<Column> = []
    let at = 1
    for (const block of blocks) {
      for (let k = 0; k < block.columns.length; k++) {
        const column = columns[at + k]
        if (column !== undefined && keep(block.term)) chosen.push(column)
      }
      at += block.columns.length
    }
    return chosen
  }
  const terms = blocks.map((block): DevianceRow => {
    const beside = devianceWith(columnsOf((term) => term !== block.term && !isContained(block.term, term)))
    const withTerm = devianceWith(columnsOf((term) => !isContained(block.term, term)))
    const df = withTerm.rank - beside.rank
    const chi = Math.max(0, beside.deviance - withTerm.deviance)
    return {
      term: termName(block.term),
      df,
      chiSquared: df > 0 ? finiteOrNull(chi) : null,
      p: df > 0 ? finiteOrNull(pchisq(chi, df, "upper")) : null,
    }
  })
  const share = successes / n
  return {
    n,
    coefficients,
    deviance: finiteOrNull(full.deviance),
    nullDeviance: finiteOrNull(-2 * (successes * Math.log(share) + (n - successes) * Math.log1p(-share))),
    residualDf: n - kept.length,
    terms,
    fitted: Array.from(full.fitted),
    separated,
    notes,
  }
}
