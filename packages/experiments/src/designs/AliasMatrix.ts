/**
 * How much each effect that a model leaves out leaks into each effect that it estimates. In a regular fraction the
 * numbers are 0, 1 and -1; in a Plackett-Burman design they are fractions: the aliasing is partial and spread out.
 *
 * @layer logic
 * @module
 */
import { Matrix, inverse } from "ml-matrix"
import type { CodedDesign } from "../Design.ts"
import { efficiencyOf } from "./Efficiency.ts"
import { modelMatrix, termsOf } from "./ModelMatrix.ts"

/** The bias of estimated terms. @category models */
export interface AliasMatrix {
  /** Terms that are estimated: the mean and the main effects. */
  readonly estimated: ReadonlyArray<string>
  /** Terms that are left out: two-factor interactions. */
  readonly omitted: ReadonlyArray<string>
  /** Row by estimated term, column by omitted one: the share of the omitted effect that the estimate contains. */
  readonly coefficients: ReadonlyArray<ReadonlyArray<number>>
}

/** Factors for which an alias matrix is made: at most. */
export const aliasFactorsMax = 64

/**
 * The alias matrix (X1'X1)⁻¹X1'X2 of main effects by two-factor interactions; `undefined` where the main effects cannot be
 * estimated, or above {@link aliasFactorsMax} factors.
 */
export const aliasMatrix = (design: CodedDesign): AliasMatrix | undefined => {
  const factors = design.columns.length
  if (factors > aliasFactorsMax) return undefined
  const main = modelMatrix(design, "main effects")
  if (!efficiencyOf(main).estimable) return undefined
  const all = modelMatrix(design, "two-factor interactions")
  const first = termsOf("main effects", factors).length
  const x1 = new Matrix(main.rows.map((row) => [...row]))
  const omitted = all.terms.slice(first)
  if (omitted.length === 0) return { estimated: main.terms, omitted, coefficients: main.terms.map(() => []) }
  const x2 = new Matrix(all.rows.map((row) => row.slice(first)))
  const transposed = x1.transpose()
  const coefficients = inverse(transposed.mmul(x1)).mmul(transposed.mmul(x2))
  return { estimated: main.terms, omitted, coefficients: coefficients.to2DArray() }
}
