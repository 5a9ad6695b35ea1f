/**
 * Analysis of variance of a linear model with one error term, balanced or not. Type II is the default: each term beyond all
 * terms that do not contain it. Type I takes terms in the order given; type III takes each beyond all others under sum
 * contrasts. Terms that the data cannot tell apart from others are named.
 *
 * @layer logic
 * @module
 */
import { type Column, dot, extend, ones, outside, squaredAlong } from "../internal/analysisBasis.ts"
import { pf } from "../internal/rmath.ts"
import { finiteOrNull, inUnits, isPerfectFit } from "./LinearModel.ts"
import { isContained, powerOfTwoScale, type Term, termColumns, termName, type Variable } from "./ModelTerms.ts"

/** Which other terms a term is tested beyond. */
export type SumsOfSquares = "I" | "II" | "III"

/** One line of the table. Numbers that do not exist are null, and a note says why. @category models */
export interface AnovaRow {
  readonly term: string
  readonly df: number
  readonly sumOfSquares: number | null
  readonly meanSquare: number | null
  readonly f: number | null
  readonly p: number | null
  /** Share of the total sum of squares. */
  readonly etaSquared: number | null
  /** Share of what the term and its error have together. */
  readonly partialEtaSquared: number | null
  /** Less biased share of the total; zero or more. */
  readonly omegaSquared: number | null
}

/** A table of analysis of variance. @category models */
export interface AnovaTable {
  readonly type: SumsOfSquares
  readonly n: number
  readonly rows: ReadonlyArray<AnovaRow>
  readonly residualDf: number
  readonly residualSumOfSquares: number | null
  readonly residualMeanSquare: number | null
  readonly totalSumOfSquares: number | null
  /** Terms that lost degrees of freedom to other terms, with how many. */
  readonly aliased: ReadonlyArray<{ readonly term: string; readonly lostDf: number }>
  readonly notes: ReadonlyArray<string>
}

/** What a table is made from. All numbers must be finite. @category models */
export interface AnovaInput {
  readonly response: ReadonlyArray<number>
  readonly variables: ReadonlyArray<Variable>
  readonly terms: ReadonlyArray<Term>
  /** `II` unless given. */
  readonly type?: SumsOfSquares
}

/**
 * The table of a model with an intercept and the terms. Interactions expect their main effects among the terms.
 *
 * @category constructors
 */
export const anova = (input: AnovaInput): AnovaTable => {
  const type = input.type ?? "II"
  const n = input.response.length
  const scale = powerOfTwoScale(input.response)
  const y = Float64Array.from(input.response, (value) => value / scale)
  const blocks = input.terms.map((term) => termColumns(input.variables, term, "sum"))
  const intercept = extend([], [ones(n)]).added
  const notes: Array<string> = []

  // The whole model in order: its rank, its residuals, and what each term adds in turn.
  let basis: ReadonlyArray<Column> = intercept
  const inOrder = blocks.map((block) => {
    const step = extend(basis, block.columns)
    basis = [...basis, ...step.added]
    return step
  })
  const residual = outside(basis, y)
  const rss = dot(residual, residual)
  const residualDf = n - basis.length
  const centred = outside(intercept, y)
  const tss = dot(centred, centred)
  const constant = isPerfectFit(tss, y)
  const perfect = isPerfectFit(rss, y)
  const testable = residualDf > 0 && !constant && !perfect
  if (n === 0) notes.push("no rows")
  else if (constant) notes.push("the outcome is the same in every row: there is nothing to test")
  else if (residualDf <= 0) notes.push("as many coefficients as rows: no degrees of freedom are left for the error")
  else if (perfect) notes.push("the model fits perfectly: without residual variance nothing can be tested")

  // Every column lies in the space of the whole model, so the tests are made in its few coordinates and not in all rows.
  const coordinates = (column: Column): Column => Float64Array.from(basis, (q) => dot(q, column))
  const yInside = coordinates(y)
  const inside = blocks.map((block) => ({ term: block.term, columns: block.columns.map(coordinates) }))
  const interceptInside = intercept.map(coordinates)

  const directionsOf = (index: number): ReadonlyArray<Column> => {
    if (type === "I") return (inOrder[index]?.added ?? []).map(coordinates)
    const own = inside[index]
    if (own === undefined) return []
    const others = inside.filter(
      (block, other) => other !== index && (type === "III" || !isContained(own.term, block.term)),
    )
    const beside = extend(
      interceptInside,
      others.flatMap((block) => block.columns),
    )
    return extend([...interceptInside, ...beside.added], own.columns).added
  }

  const errorMean = rss / residualDf
  const aliased: Array<{ term: string; lostDf: number }> = []
  const rows = blocks.map((block, index): AnovaRow => {
    const term = termName(block.term)
    const directions = directionsOf(index)
    const df = directions.length
    const lostDf = block.columns.length - df
    if (lostDf > 0) aliased.push({ term, lostDf })
    const ss = squaredAlong(directions, yInside)
    const meanSquare = ss / df
    const f = testable && df > 0 ? meanSquare / errorMean : Number.NaN
    const exists = df > 0 && n > 0
    return {
      term,
      df,
      sumOfSquares: exists ? inUnits(ss, scale, 2) : null,
      meanSquare: exists ? inUnits(meanSquare, scale, 2) : null,
      f: finiteOrNull(f),
      p: Number.isFinite(f) ? finiteOrNull(pf(f, df, residualDf, "upper")) : null,
      etaSquared: exists && !constant ? finiteOrNull(ss / tss) : null,
      partialEtaSquared: testable && df > 0 ? finiteOrNull(ss / (ss + rss)) : null,
      omegaSquared: testable && df > 0 ? finiteOrNull(Math.max(0, (ss - df * errorMean) / (tss + errorMean))) : null,
    }
  })
  for (const loss of aliased)
    notes.push(
      `${loss.term}: ${loss.lostDf} of its degrees of freedom cannot be told apart from other terms${
        rows.find((row) => row.term === loss.term)?.df === 0 ? "; it is not tested" : ""
      }`,
    )
  if (type === "III" && aliased.length > 0)
    notes.push("cells are empty: type III tests depend on the coding of the levels")
  if (rows.some((row) => row.df > 0 && row.sumOfSquares === null && n > 0))
    notes.push("sums of squares are beyond the range of numbers and are left empty; F and p are not affected")
  return {
    type,
    n,
    rows,
    residualDf: Math.max(0, residualDf),
    residualSumOfSquares: n === 0 ? null : inUnits(rss, scale, 2),
    residualMeanSquare: residualDf > 0 ? inUnits(errorMean, scale, 2) : null,
    totalSumOfSquares: n === 0 ? null : inUnits(tss, scale, 2),
    aliased,
    notes,
  }
}
