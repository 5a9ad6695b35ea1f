/**
 * Least squares: coefficients with standard errors, tests and intervals; fitted values, residuals and leverage. Columns that
 * depend on others are left out and named with what they depend on.
 *
 * @layer logic
 * @module
 */
import { Matrix, QrDecomposition, inverse } from "ml-matrix"
import { type Column, dot, extend, ones } from "../internal/analysisBasis.ts"
import { pf, ptTwoSided, qt } from "../internal/rmath.ts"
import { type Coding, centreOf, powerOfTwoScale, type Term, termColumns, type Variable } from "./ModelTerms.ts"

/** One coefficient. Numbers that do not exist are null. @category models */
export interface Coefficient {
  /** Such as `dose[high]:age`. */
  readonly name: string
  /** The variables that it is of; empty for the intercept. */
  readonly term: Term
  readonly estimate: number | null
  readonly standardError: number | null
  readonly t: number | null
  readonly p: number | null
  readonly low: number | null
  readonly high: number | null
}

/** A column that could not be estimated, and the columns that it is a combination of. @category models */
export interface AliasedColumn {
  readonly name: string
  readonly dependsOn: ReadonlyArray<string>
}

/** A fitted linear model. @category models */
export interface LinearFit {
  readonly n: number
  readonly coefficients: ReadonlyArray<Coefficient>
  readonly aliased: ReadonlyArray<AliasedColumn>
  readonly residualDf: number
  /** Residual standard deviation; null without residual degrees of freedom. */
  readonly sigma: number | null
  readonly rSquared: number | null
  readonly adjustedRSquared: number | null
  readonly fStatistic: number | null
  readonly fDf: readonly [number, number]
  readonly fP: number | null
  readonly fitted: ReadonlyArray<number>
  readonly residuals: ReadonlyArray<number>
  readonly leverage: ReadonlyArray<number>
  /** Residuals over their own standard deviation; null where leverage is one or there is no residual variance. */
  readonly standardizedResiduals: ReadonlyArray<number | null>
  readonly notes: ReadonlyArray<string>
}

/** A number where it is finite, else null: nothing that is not a number leaves this package. */
export const finiteOrNull = (value: number | null | undefined): number | null =>
  value !== undefined && value !== null && Number.isFinite(value) ? value : null

/**
 * A number of scaled units in its own unit again: `value * scale^power`. Null where it is too large for a number, or so
 * small that digits would be lost.
 */
export const inUnits = (value: number, scale: number, power: 1 | 2): number | null => {
  const whole = power === 1 ? value * scale : value * scale * scale
  if (!Number.isFinite(whole)) return null
  return value !== 0 && Math.abs(whole) < 1e-307 ? null : whole
}

/** Whether residuals are rounding errors only: a sum of squares that says nothing of noise. R's bound, a little wider. */
export const isPerfectFit = (residualSquares: number, y: Column): boolean => {
  let total = 0
  for (const value of y) total += value * value
  return residualSquares <= total * 1e-26
}

/** What a model is fitted to. @category models */
export interface LinearModelInput {
  readonly response: ReadonlyArray<number>
  readonly variables: ReadonlyArray<Variable>
  readonly terms: ReadonlyArray<Term>
  /** `treatment` unless given. */
  readonly coding?: Coding
  /** One minus the level of the intervals; 0.05 unless given. */
  readonly alpha?: number
}

/**
 * Fits `response` on an intercept and the terms. All numbers must be finite: rows with missing values are the caller's to
 * leave out. Coefficients of numeric variables are per unit of the variable, at the mean of all rows.
 *
 * @example
 * import * as LinearModel from "@heddle/experiments/analysis/LinearModel"
 * import * as ModelTerms from "@heddle/experiments/analysis/ModelTerms"
 *
 * const dose = ModelTerms.numeric("dose", [1, 2, 3])
 * const fit = LinearModel.fit({ response: [2, 4, 6.3], variables: [dose], terms: [["dose"]] })
 * fit.coefficients.map((row) => row.name) // => ["(intercept)", "dose"]
 *
 * @category constructors
 */
export const fit = (input: LinearModelInput): LinearFit => {
  const n = input.response.length
  const alpha = input.alpha ?? 0.05
  const coding = input.coding ?? "treatment"
  const scale = powerOfTwoScale(input.response)
  const y = Float64Array.from(input.response, (value) => value / scale)
  const names = ["(intercept)"]
  const termOf: Array<Term> = [[]]
  const columns: Array<Column> = [ones(n)]
  const columnScales = [1]
  for (const term of input.terms) {
    const block = termColumns(input.variables, term, coding)
    block.columns.forEach((column, index) => {
      const own = powerOfTwoScale(column)
      columns.push(column.map((value) => value / own))
      columnScales.push(own)
      names.push(block.names[index] ?? "")
      termOf.push(term)
    })
  }
  const { added, kept, dependent } = extend([], columns)
  const notes: Array<string> = []
  const keptColumns = kept.map((index) => columns[index] ?? new Float64Array(n))
  const rank = kept.length
  const residualDf = n - rank
  const fitted = new Float64Array(n)
  const leverage = new Float64Array(n)
  for (const q of added) {
    const along = dot(q, y)
    for (let i = 0; i < n; i++) {
      fitted[i] = (fitted[i] ?? 0) + along * (q[i] ?? 0)
      leverage[i] = (leverage[i] ?? 0) + (q[i] ?? 0) ** 2
    }
  }
  const residuals = y.map((value, index) => value - (fitted[index] ?? 0))
  const rss = dot(residuals, residuals)
  const mean = centreOf([...y])
  const centred = y.map((value) => value - mean)
  const tss = dot(centred, centred)
  const constant = isPerfectFit(tss, y)
  const perfect = isPerfectFit(rss, y)
  if (n > 0 && constant) notes.push("the outcome is the same in every row: there is nothing to explain")
  else if (residualDf > 0 && perfect)
    notes.push("the model fits perfectly: without residual variance nothing can be tested")
  if (residualDf <= 0) notes.push("as many coefficients as rows: no degrees of freedom are left for the error")
  const testable = residualDf > 0 && !perfect && !constant
  const variance = testable ? rss / residualDf : Number.NaN
  const solved = rank === 0 ? [] : solveOn(added, keptColumns, y)
  const critical = testable ? qt(1 - alpha / 2, residualDf) : Number.NaN
  const coefficients: Array<Coefficient> = names.map((name, index) => {
    const term = termOf[index] ?? []
    const place = kept.indexOf(index)
    const found = solved[place]
    if (found === undefined)
      return { name, term, estimate: null, standardError: null, t: null, p: null, low: null, high: null }
    const unit = scale / (columnScales[index] ?? 1)
    const se = Math.sqrt(variance * found.unscaledVariance)
    const t = found.estimate / se
    return {
      name,
      term,
      estimate: inUnits(found.estimate, unit, 1),
      standardError: inUnits(se, unit, 1),
      t: finiteOrNull(t),
      p: finiteOrNull(ptTwoSided(t, residualDf)),
      low: inUnits(found.estimate - critical * se, unit, 1),
      high: inUnits(found.estimate + critical * se, unit, 1),
    }
  })
  if (coefficients.some((row, index) => kept.includes(index) && row.estimate === null))
    notes.push("some estimates are beyond the range of numbers and are left empty")
  const modelDf = rank - 1
  const f = testable && modelDf > 0 ? (tss - rss) / modelDf / variance : Number.NaN
  const sigma = Math.sqrt(variance)
  return {
    n,
    coefficients,
    aliased: dependent.map((index, count) => ({
      name: names[index] ?? "",
      dependsOn: (count < explainedMax ? dependsOn(keptColumns, columns[index] ?? new Float64Array(n)) : []).map(
        (place) => names[kept[place] ?? -1] ?? "",
      ),
    })),
    residualDf: Math.max(0, residualDf),
    sigma: inUnits(sigma, scale, 1),
    rSquared: constant || n === 0 ? null : finiteOrNull(1 - rss / tss),
    adjustedRSquared: testable ? finiteOrNull(1 - (rss / residualDf / tss) * (n - 1)) : null,
    fStatistic: finiteOrNull(f),
    fDf: [Math.max(0, modelDf), Math.max(0, residualDf)],
    fP: Number.isFinite(f) ? finiteOrNull(pf(f, modelDf, residualDf, "upper")) : null,
    fitted: Array.from(fitted, (value) => value * scale),
    residuals: Array.from(residuals, (value) => value * scale),
    leverage: Array.from(leverage),
    standardizedResiduals: Array.from(residuals, (value, index) => {
      const rest = 1 - (leverage[index] ?? 1)
      return rest > 1e-10 ? finiteOrNull(value / (sigma * Math.sqrt(rest))) : null
    }),
    notes,
  }
}

interface Solved {
  readonly estimate: number
  /** Diagonal of the inverse of X'X. */
  readonly unscaledVariance: number
}

/** As {@link solve}, where the orthonormal basis that the columns gave one by one is at hand: the most of the work is done. */
const solveOn = (basis: ReadonlyArray<Column>, columns: ReadonlyArray<Column>, y: Column): ReadonlyArray<Solved> => {
  const r = Matrix.zeros(columns.length, columns.length)
  columns.forEach((column, j) => {
    for (let i = 0; i <= j; i++) r.set(i, j, dot(basis[i] ?? column, column))
  })
  return solvedBy(
    r,
    basis.map((q) => dot(q, y)),
  )
}

/** From the upper triangle and the projections of the response on the orthonormal columns. */
const solvedBy = (r: Matrix, along: ReadonlyArray<number>): ReadonlyArray<Solved> => {
  const size = along.length
  const estimates = new Float64Array(size)
  for (let i = size - 1; i >= 0; i--) {
    let rest = along[i] ?? 0
    for (let j = i + 1; j < size; j++) rest -= r.get(i, j) * (estimates[j] ?? 0)
    estimates[i] = rest / r.get(i, i)
  }
  const inverted = size === 0 ? r : inverse(r)
  return Array.from(estimates, (estimate, j) => {
    let unscaledVariance = 0
    for (let k = j; k < size; k++) unscaledVariance += inverted.get(j, k) ** 2
    return { estimate, unscaledVariance }
  })
}

/** Coefficients of independent columns by QR, and the diagonal of the inverse of their cross products. */
export const solve = (columns: ReadonlyArray<Column>, y: Column): ReadonlyArray<Solved> => {
  const x = new Matrix(y.length, columns.length)
  columns.forEach((column, j) => {
    for (let i = 0; i < y.length; i++) x.set(i, j, column[i] ?? 0)
  })
  const qr = new QrDecomposition(x)
  const estimates = qr.solve(Matrix.columnVector(Array.from(y)))
  const r = inverse(qr.upperTriangularMatrix)
  return columns.map((_, j) => {
    let unscaledVariance = 0
    for (let k = 0; k < columns.length; k++) unscaledVariance += r.get(j, k) ** 2
    return { estimate: estimates.get(j, 0), unscaledVariance }
  })
}

/** Dependent columns that are explained; the others are only named. */
const explainedMax = 20

/** Places of the columns that a dependent column is a combination of. */
const dependsOn = (columns: ReadonlyArray<Column>, column: Column): ReadonlyArray<number> => {
  if (columns.length === 0) return []
  const parts = solve(columns, column)
  return parts.flatMap((part, index) => (Math.abs(part.estimate) > 1e-7 ? [index] : []))
}
