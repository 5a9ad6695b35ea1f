/**
 * Analysis of variance with several error terms: whole plots and sub-plots, subjects and the occasions within them, blocks.
 * Each term is tested against the error of the stratum that it varies in, as R's `aov` with `Error()` does.
 *
 * @layer logic
 * @module
 */
import { type Column, dot, extend, norm, ones, outside, squaredAlong } from "../internal/analysisBasis.ts"
import { pf } from "../internal/rmath.ts"
import type { AnovaRow } from "./Anova.ts"
import { finiteOrNull, inUnits, isPerfectFit } from "./LinearModel.ts"
import { cellColumns, powerOfTwoScale, type Term, termColumns, termName, type Variable } from "./ModelTerms.ts"

/** One stratum: the terms that vary in it, and its own error. @category models */
export interface Stratum {
  /** `within` for the last one. */
  readonly name: string
  readonly rows: ReadonlyArray<AnovaRow>
  readonly residualDf: number
  readonly residualSumOfSquares: number | null
  readonly residualMeanSquare: number | null
}

/** A table with error strata. @category models */
export interface StrataTable {
  readonly n: number
  readonly strata: ReadonlyArray<Stratum>
  readonly notes: ReadonlyArray<string>
}

/** What a table with error strata is made from. All numbers must be finite. @category models */
export interface StrataInput {
  readonly response: ReadonlyArray<number>
  readonly variables: ReadonlyArray<Variable>
  /** The fixed terms in the order in which they are taken within each stratum. */
  readonly terms: ReadonlyArray<Term>
  /** Groupings from the outermost inwards, such as `[["subject"]]`, or `[["block"], ["block", "plot"]]`. */
  readonly errors: ReadonlyArray<Term>
}

/**
 * The table. Within a stratum terms are taken in order (type I); in a balanced design the order does not matter, and where
 * it does a note says so.
 *
 * @category constructors
 */
export const anovaWithStrata = (input: StrataInput): StrataTable => {
  const n = input.response.length
  const scale = powerOfTwoScale(input.response)
  const y = Float64Array.from(input.response, (value) => value / scale)
  const blocks = input.terms.map((term) => termColumns(input.variables, term, "sum"))
  const lengths = blocks.map((block) => block.columns.map(norm))
  const notes: Array<string> = []

  let outer: ReadonlyArray<Column> = extend([], [ones(n)]).added
  const centred = outside(outer, y)
  const constant = n === 0 || isPerfectFit(dot(centred, centred), y)
  if (n === 0) notes.push("no rows")
  else if (constant) notes.push("the outcome is the same in every row: there is nothing to test")
  const strata: Array<Stratum> = []
  const dfOf = new Map<string, Array<string>>()

  const analyse = (name: string, project: (column: Column) => Column, dimensions: number): void => {
    const target = project(y)
    let taken: ReadonlyArray<Column> = []
    const found = blocks.map((block, index) => {
      const step = extend(taken, block.columns.map(project), lengths[index] ?? [])
      taken = [...taken, ...step.added]
      return step.added
    })
    const residual = outside(taken, target)
    const rss = dot(residual, residual)
    const residualDf = dimensions - taken.length
    const perfect = isPerfectFit(rss, y)
    const testable = residualDf > 0 && !constant && !perfect
    const whole = dot(target, target)
    const errorMean = rss / residualDf
    const rows = blocks.flatMap((block, index): ReadonlyArray<AnovaRow> => {
      const directions = found[index] ?? []
      const df = directions.length
      if (df === 0) return []
      const term = termName(block.term)
      dfOf.set(term, [...(dfOf.get(term) ?? []), name])
      const ss = squaredAlong(directions, y)
      const meanSquare = ss / df
      const f = testable ? meanSquare / errorMean : Number.NaN
      return [
        {
          term,
          df,
          sumOfSquares: inUnits(ss, scale, 2),
          meanSquare: inUnits(meanSquare, scale, 2),
          f: finiteOrNull(f),
          p: Number.isFinite(f) ? finiteOrNull(pf(f, df, residualDf, "upper")) : null,
          etaSquared: constant ? null : finiteOrNull(ss / dot(centred, centred)),
          partialEtaSquared: testable ? finiteOrNull(ss / (ss + rss)) : null,
          omegaSquared: testable ? finiteOrNull(Math.max(0, (ss - df * errorMean) / (whole + errorMean))) : null,
        },
      ]
    })
    if (rows.length > 0 && residualDf <= 0) notes.push(`${name}: no degrees of freedom are left for its error`)
    else if (rows.length > 0 && perfect && !constant)
      notes.push(`${name}: no residual variance, so nothing can be tested in it`)
    if (rows.length === 0 && residualDf <= 0) return
    strata.push({
      name,
      rows,
      residualDf: Math.max(0, residualDf),
      residualSumOfSquares: inUnits(rss, scale, 2),
      residualMeanSquare: residualDf > 0 ? inUnits(errorMean, scale, 2) : null,
    })
  }

  for (const grouping of input.errors) {
    const directions = extend(outer, cellColumns(input.variables, grouping)).added
    if (directions.length === 0) continue
    analyse(termName(grouping), (column) => within(directions, column), directions.length)
    outer = [...outer, ...directions]
  }
  if (n > outer.length) analyse("within", (column) => outside(outer, column), n - outer.length)

  for (const block of blocks) {
    const places = dfOf.get(termName(block.term)) ?? []
    if (places.length === 0)
      notes.push(`${termName(block.term)}: cannot be told apart from other terms; it is not tested`)
    if (places.length > 1)
      notes.push(
        `${termName(block.term)}: varies in several strata (${places.join(", ")}), so the design is not balanced; each line is a part of the effect, and the order of terms matters`,
      )
  }
  return { n, strata, notes }
}

/** The part of a column inside of a space. */
const within = (directions: ReadonlyArray<Column>, column: Column): Column => {
  const part = new Float64Array(column.length)
  for (const q of directions) {
    const along = dot(q, column)
    for (let i = 0; i < part.length; i++) part[i] = (part[i] ?? 0) + along * (q[i] ?? 0)
  }
  return part
}
