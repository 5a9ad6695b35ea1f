/**
 * What a design is worth for a model, before it is run. With X the model's matrix of n runs and p terms:
 *
 * | | |
 * |---|---|
 * | D | 100 · det(X'X)^(1/p) / n: 100 is an orthogonal two-level design |
 * | A | 100 · p / (n · trace((X'X)⁻¹)) |
 * | G | 100 · p / (n · largest prediction variance at the design's own points) |
 * | I | average prediction variance over the cube from -1 to 1, in units of the error variance |
 *
 * Points outside of the cube (axial points) can bring D above 100; squares bring it far below, whatever the design.
 * A design that cannot estimate the model has efficiency 0, and no variances.
 *
 * @layer logic
 * @module
 */
import { EigenvalueDecomposition, Matrix, inverse } from "ml-matrix"
import type { ModelMatrix, Powers } from "./ModelMatrix.ts"

/** Worth of a design for one model. Percentages are of an orthogonal design. @category models */
export interface Efficiency {
  readonly runs: number
  readonly terms: number
  /** False where some terms of the model cannot be told apart; all efficiencies are 0 then. */
  readonly estimable: boolean
  readonly dEfficiency: number
  readonly aEfficiency: number
  readonly gEfficiency: number
  /** Absent where the model cannot be estimated. */
  readonly iVariance?: number
  /** How much correlation with other terms inflates the variance of each term but the mean; 1 is none. */
  readonly inflation?: ReadonlyMap<string, number>
  /** Largest over smallest singular value of X. */
  readonly conditionNumber?: number
}

/** Eigenvalues of X'X below this share of the largest count as zero. */
const rankTolerance = 1e-10

const moment = (left: Powers, right: Powers): number => {
  const powers = new Map<number, number>()
  for (const [factor, power] of [...left, ...right]) powers.set(factor, (powers.get(factor) ?? 0) + power)
  let average = 1
  for (const power of powers.values()) average *= power % 2 === 1 ? 0 : 1 / (power + 1)
  return average
}

/** The average of the products of a model's terms over the cube from -1 to 1. */
export const cubeMoments = (terms: ReadonlyArray<Powers>): ReadonlyArray<ReadonlyArray<number>> =>
  terms.map((left) => terms.map((right) => moment(left, right)))

/** Efficiencies of a design for a model. */
export const efficiencyOf = (model: ModelMatrix): Efficiency => {
  const runs = model.rows.length
  const terms = model.terms.length
  const none = { runs, terms, estimable: false, dEfficiency: 0, aEfficiency: 0, gEfficiency: 0 }
  if (runs < terms || terms === 0) return none
  const x = new Matrix(model.rows.map((row) => [...row]))
  const information = x.transpose().mmul(x)
  const eigenvalues = new EigenvalueDecomposition(information, { assumeSymmetric: true }).realEigenvalues
  const largest = Math.max(...eigenvalues)
  const smallest = Math.min(...eigenvalues)
  if (!(smallest > largest * rankTolerance)) return none
  const covariance = inverse(information)
  const logDeterminant = eigenvalues.reduce((sum, value) => sum + Math.log(value), 0)
  let worst = 0
  for (const row of model.rows) {
    const point = Matrix.rowVector([...row])
    worst = Math.max(worst, point.mmul(covariance).mmul(point.transpose()).get(0, 0))
  }
  let average = 0
  for (const [i, left] of model.powers.entries()) {
    for (const [j, right] of model.powers.entries()) average += covariance.get(i, j) * moment(left, right)
  }
  const inflation = new Map<string, number>()
  for (const [place, term] of model.terms.entries()) {
    if (place === 0) continue
    const column = model.rows.map((row) => row[place] ?? 0)
    const mean = column.reduce((sum, value) => sum + value, 0) / runs
    const spread = column.reduce((sum, value) => sum + (value - mean) ** 2, 0)
    inflation.set(term, covariance.get(place, place) * spread)
  }
  return {
    runs,
    terms,
    estimable: true,
    dEfficiency: (100 * Math.exp(logDeterminant / terms)) / runs,
    aEfficiency: (100 * terms) / (runs * covariance.trace()),
    gEfficiency: (100 * terms) / (runs * worst),
    iVariance: average,
    inflation,
    conditionNumber: Math.sqrt(largest / smallest),
  }
}
