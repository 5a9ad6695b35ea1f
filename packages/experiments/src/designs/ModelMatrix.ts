/**
 * The columns of a linear model over a coded design: the mean, main effects, two-factor interactions, squares.
 *
 * @layer logic
 * @module
 */
import type { CodedDesign } from "../Design.ts"
import { productText } from "./TwoLevelFraction.ts"

/** What a design is meant to estimate. `quadratic` has main effects, two-factor interactions and squares. @category models */
export type ModelName = "main effects" | "two-factor interactions" | "quadratic"

/** Terms of a model that are worked with: at most. */
export const termsMax = 250

/** A term as powers of factors: `[[0, 2]]` is the square of the first factor, `[]` the mean. @category models */
export type Powers = ReadonlyArray<readonly [factor: number, power: number]>

/** A model over a design. @category models */
export interface ModelMatrix {
  readonly model: ModelName
  readonly terms: ReadonlyArray<string>
  readonly powers: ReadonlyArray<Powers>
  /** One row per run, one number per term. */
  readonly rows: ReadonlyArray<ReadonlyArray<number>>
}

/** How many terms a model of so many factors has. */
export const termsCount = (model: ModelName, factors: number): number =>
  1 + factors + (model === "main effects" ? 0 : (factors * (factors - 1)) / 2) + (model === "quadratic" ? factors : 0)

/** The terms of a model: the mean, main effects, two-factor interactions, squares, in this order. */
export const termsOf = (model: ModelName, factors: number): ReadonlyArray<Powers> => {
  const places = Array.from({ length: factors }, (_, place) => place)
  const terms: Array<Powers> = [[], ...places.map((place): Powers => [[place, 1]])]
  if (model === "main effects") return terms
  for (const left of places) {
    for (const right of places.slice(left + 1)) {
      terms.push([
        [left, 1],
        [right, 1],
      ])
    }
  }
  if (model === "quadratic") for (const place of places) terms.push([[place, 2]])
  return terms
}

const nameOf = (columns: ReadonlyArray<string>, powers: Powers): string =>
  powers.length === 0
    ? "mean"
    : powers.length === 1 && powers[0]?.[1] === 2
      ? `${columns[powers[0][0]] ?? ""}^2`
      : productText(powers.map(([factor]) => columns[factor] ?? ""))

/** The model's columns over the rows of a design. */
export const modelMatrix = (design: CodedDesign, model: ModelName): ModelMatrix => {
  const powers = termsOf(model, design.columns.length)
  return {
    model,
    terms: powers.map((term) => nameOf(design.columns, term)),
    powers,
    rows: design.rows.map((row) =>
      powers.map((term) => term.reduce((product, [factor, power]) => product * (row[factor] ?? 0) ** power, 1)),
    ),
  }
}
