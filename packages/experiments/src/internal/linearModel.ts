/**
 * Linear models over the factors of a design: coded columns, terms, and what a set of rows is worth for a model.
 *
 * Numbers are coded from -1 to 1 over their range. Levels without order get effect coding: columns that sum to zero over
 * the levels, scaled so that a balanced design has 100 percent efficiency.
 *
 * @layer logic
 * @module
 */
import { inverse, Matrix, LuDecomposition } from "ml-matrix"
import * as StableJson from "../StableJson.ts"
import { toNumber, type Value } from "../Value.ts"

/** One factor as a model sees it. */
export interface Axis {
  readonly name: string
  readonly numeric: boolean
  /** The settings that it may take. */
  readonly values: ReadonlyArray<Value>
  /** The coded columns of each setting. */
  readonly codes: ReadonlyArray<ReadonlyArray<number>>
}

/** Models by name, smallest first. */
export const models = ["main effects", "two-factor interactions", "quadratic"] as const
/** The name of a model. */
export type Model = (typeof models)[number]

/** Effect coding of a factor with so many levels: one list of columns per level. */
export const effectCodes = (levels: number): ReadonlyArray<ReadonlyArray<number>> =>
  Array.from({ length: levels }, (_, level) =>
    Array.from({ length: levels - 1 }, (_, index) => {
      const column = index + 1
      const scale = Math.sqrt(levels / (column * (column + 1)))
      return level < column ? -scale : level === column ? column * scale : 0
    }),
  )

/** A factor whose levels have no order; equal values are one level. */
export const categoricalAxis = (name: string, values: ReadonlyArray<Value>): Axis => {
  const different = new Map(values.map((value) => [StableJson.stringify(value), value]))
  return { name, numeric: false, values: [...different.values()], codes: effectCodes(different.size) }
}

/** A factor of numbers, coded from -1 at `low` to 1 at `high`. */
export const numericAxis = (
  name: string,
  settings: ReadonlyArray<{ readonly value: Value; readonly number: number }>,
  [low, high]: readonly [number, number],
): Axis => ({
  name,
  numeric: true,
  values: settings.map(({ value }) => value),
  codes: settings.map(({ number }) => [(2 * (number - low)) / (high - low) - 1]),
})

/** A term as the coded columns that it multiplies; the intercept has none. */
export interface Term {
  readonly name: string
  readonly columns: ReadonlyArray<number>
}

/** The terms of a model over these factors. */
export const termsOf = (axes: ReadonlyArray<Axis>, model: Model): ReadonlyArray<Term> => {
  const columns = axes.flatMap((axis, place) =>
    (axis.codes[0] ?? []).map((_, index) => ({
      place,
      numeric: axis.numeric,
      name: axis.numeric ? axis.name : `${axis.name}[${index + 1}]`,
    })),
  )
  const terms: Array<Term> = [
    { name: "intercept", columns: [] },
    ...columns.map(({ name }, index) => ({ name, columns: [index] })),
  ]
  if (model === "main effects") return terms
  for (const [i, left] of columns.entries()) {
    for (const [j, right] of columns.entries()) {
      if (left.place < right.place) terms.push({ name: `${left.name}:${right.name}`, columns: [i, j] })
    }
  }
  if (model === "quadratic") {
    for (const [i, column] of columns.entries()) {
      if (column.numeric) terms.push({ name: `${column.name}^2`, columns: [i, i] })
    }
  }
  return terms
}

/** The row of the model matrix for coded columns. */
export const modelRow = (terms: ReadonlyArray<Term>, codes: ArrayLike<number>): Float64Array => {
  const row = new Float64Array(terms.length)
  for (let index = 0; index < row.length; index++) {
    let product = 1
    for (const column of terms[index]?.columns ?? []) product *= codes[column] ?? 0
    row[index] = product
  }
  return row
}

/** The sum of the outer products of rows. */
export const information = (rows: ReadonlyArray<Float64Array>, size: number): Matrix => {
  const sum = Matrix.zeros(size, size)
  for (const row of rows) {
    for (let i = 0; i < size; i++) {
      const left = row[i] ?? 0
      if (left === 0) continue
      for (let j = i; j < size; j++) sum.set(i, j, sum.get(i, j) + left * (row[j] ?? 0))
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) sum.set(i, j, sum.get(j, i))
  return sum
}

/** Below this share of the largest pivot, a direction is not estimated at all. */
const pivotMin = 1e-9

/** The logarithm of the determinant and the inverse of an information matrix, or `undefined` where it is singular. */
export const solved = (matrix: Matrix): { readonly logDeterminant: number; readonly inverse: Matrix } | undefined => {
  const lu = new LuDecomposition(matrix)
  const upper = lu.upperTriangularMatrix
  let logDeterminant = 0
  let largest = 0
  let smallest = Infinity
  for (let i = 0; i < upper.rows; i++) {
    const pivot = Math.abs(upper.get(i, i))
    largest = Math.max(largest, pivot)
    smallest = Math.min(smallest, pivot)
    logDeterminant += Math.log(pivot)
  }
  if (!(smallest > largest * pivotMin) || !Number.isFinite(logDeterminant)) return undefined
  return { logDeterminant, inverse: inverse(matrix) }
}

/** The trace of the product of two square matrices of the same size. */
export const traceOfProduct = (left: Matrix, right: Matrix): number => {
  let trace = 0
  for (let i = 0; i < left.rows; i++) for (let j = 0; j < left.columns; j++) trace += left.get(i, j) * right.get(j, i)
  return trace
}

/** What rows are worth for a model. */
export interface Worth {
  /** Percent of an orthogonal design of as many runs: 100 |X'X|^(1/p) / n. */
  readonly dEfficiency: number
  /** Percent: 100 p / (n trace((X'X)^-1)). */
  readonly aEfficiency: number
  /** Mean of the prediction variance over the region, in units of the error variance. */
  readonly iVariance: number
}

/** The worth of rows of a model matrix, or `undefined` where the model cannot be estimated from them. */
export const worthOf = (rows: ReadonlyArray<Float64Array>, moments: Matrix): Worth | undefined => {
  const size = moments.rows
  if (rows.length < size) return undefined
  const done = solved(information(rows, size))
  if (done === undefined) return undefined
  return {
    dEfficiency: (100 * Math.exp(done.logDeterminant / size)) / rows.length,
    aEfficiency: (100 * size) / (rows.length * done.inverse.trace()),
    iVariance: traceOfProduct(done.inverse, moments),
  }
}

/**
 * Means of products of two terms over the whole region: numbers uniform over their range, levels equally often, all
 * factors independent.
 */
export const momentsOf = (axes: ReadonlyArray<Axis>, terms: ReadonlyArray<Term>): Matrix => {
  const owner = axes.flatMap((axis, place) => (axis.codes[0] ?? []).map((_, index) => ({ place, index, axis })))
  const mean = (columns: ReadonlyArray<number>): number => {
    let product = 1
    for (const [place, axis] of axes.entries()) {
      const own = columns.filter((column) => owner[column]?.place === place)
      if (own.length === 0) continue
      if (axis.numeric) {
        product *= own.length % 2 === 1 ? 0 : 1 / (own.length + 1)
      } else {
        let sum = 0
        for (const codes of axis.codes) {
          sum += own.reduce((value, column) => value * (codes[owner[column]?.index ?? 0] ?? 0), 1)
        }
        product *= sum / axis.codes.length
      }
    }
    return product
  }
  const moments = Matrix.zeros(terms.length, terms.length)
  for (const [i, left] of terms.entries()) {
    for (const [j, right] of terms.entries()) {
      if (j < i) continue
      const value = mean([...left.columns, ...right.columns])
      moments.set(i, j, value)
      moments.set(j, i, value)
    }
  }
  return moments
}

/** Parameters above which efficiencies of a finished design are not computed. */
const parametersMax = 120
/** Products above which they are not computed either: rows times parameters squared. */
const productsMax = 20_000_000

/**
 * The worth of finished rows for the main effects of the named columns, where it can be had: `scaled` ones as numbers
 * from low to high, all others as levels without order.
 */
export const mainEffectsWorth = (
  rows: ReadonlyArray<ReadonlyMap<string, Value>>,
  names: ReadonlyArray<string>,
  scaled: ReadonlyMap<string, readonly [low: number, high: number]> = new Map(),
): (Worth & { readonly model: string }) | undefined => {
  const axes: Array<Axis> = []
  const places: Array<ReadonlyMap<string, number>> = []
  for (const name of names) {
    const values = new Map(rows.map((row) => [StableJson.stringify(row.get(name) ?? null), row.get(name) ?? null]))
    // Counted first: the coding of a factor has the square of its levels as entries.
    if (!scaled.has(name) && values.size > parametersMax) return undefined
    if (values.size < 2) continue
    const range = scaled.get(name)
    const settings = [...values.values()].map((value) => ({ value, number: toNumber(value) ?? 0 }))
    axes.push(range === undefined ? categoricalAxis(name, [...values.values()]) : numericAxis(name, settings, range))
    places.push(new Map([...values.keys()].map((key, index) => [key, index])))
  }
  const terms = termsOf(axes, "main effects")
  if (terms.length > parametersMax || rows.length * terms.length ** 2 > productsMax) return undefined
  const matrix = rows.map((row) =>
    modelRow(
      terms,
      axes.flatMap((axis, place) => {
        const index = places[place]?.get(StableJson.stringify(row.get(axis.name) ?? null))
        return [...(axis.codes[index ?? 0] ?? [])]
      }),
    ),
  )
  const worth = worthOf(matrix, momentsOf(axes, terms))
  return worth === undefined ? undefined : { ...worth, model: "main effects" }
}
