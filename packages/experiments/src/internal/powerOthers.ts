/**
 * What the factors beside the one that a test is about do to it: which of them stand in its error, and the means that they
 * give to the runs where their effects are assumed.
 *
 * @layer logic
 * @module
 */
import type { AnalysisColumn } from "../analysis/AnalysisData.ts"
import type { ResultRow } from "../analysis/AnalysisResult.ts"
import type { Study } from "../Study.ts"
import type { PowerBase } from "./powerBase.ts"

/** Tests by a model that has all factors as terms. */
const modelTests: ReadonlySet<string> = new Set([
  "anova",
  "mixed_effects",
  "regression",
  "logistic_regression",
  "lenth",
])
const familyTests: ReadonlySet<string> = new Set(["tukey", "scheffe", "pairwise_t", "dunnett"])

/** What is known of the other factors of one test. */
export interface Others {
  /** Factors that were varied and that the test does not remove from its error. */
  readonly inError: ReadonlyArray<string>
  /** What they add to the mean of each run; undefined where no effect of them is assumed. */
  readonly means: Float64Array | undefined
  /** How large each is taken to be. */
  readonly text: string
}

/** The smallest effect that matters of a factor by itself, where a hypothesis about the outcome has one. */
const ownSize = (study: Study, factor: string, outcome: string): number | undefined =>
  study.hypotheses.find(
    ({ dependentVars, direction, independentVars, kind, minimumEffectOfInterest, moderators }) =>
      minimumEffectOfInterest !== null &&
      direction !== "equivalent" &&
      kind !== "equivalence" &&
      moderators.length === 0 &&
      independentVars.length === 1 &&
      independentVars[0] === factor &&
      dependentVars.includes(outcome),
  )?.minimumEffectOfInterest ?? undefined

/** From -1/2 to 1/2 in even steps, by the order of the levels or of the amounts. */
const evenSteps = (column: AnalysisColumn): ((row: number) => number) => {
  const step = (place: number, count: number): number => (count > 1 && place >= 0 ? place / (count - 1) - 0.5 : 0)
  if (column.kind !== "numeric") {
    const places = new Map(column.levels.map((level, place) => [level, place]))
    return (row) => step(places.get(column.labels[row] ?? "") ?? -1, places.size)
  }
  const amounts = [...new Set(column.numbers.filter((number) => number !== null))].sort((a, b) => a - b)
  const places = new Map(amounts.map((amount, place) => [amount, place]))
  return (row) => step(places.get(column.numbers[row] ?? Number.NaN) ?? -1, places.size)
}

/** The factors beside those that a row compares. `isKnown` says that hypotheses and noise are in one unit. */
export const othersOf = (
  base: PowerBase,
  row: ResultRow,
  own: ReadonlySet<string>,
  assumed: { readonly otherEffects: number | undefined; readonly isKnown: (outcome: string) => boolean },
): Others => {
  const varied = base.structure.factors.filter((column) => !own.has(column.name) && column.levels.length > 1)
  const isPaired = /pair/i.test(row.result.method) || row.errorTerm.startsWith("within ")
  const isAdjusted =
    modelTests.has(row.test) || isPaired || (familyTests.has(row.test) && row.errorTerm === "runs within blocks")
  const inError = isAdjusted ? [] : varied.map(({ name }) => name)
  const { isKnown, otherEffects } = assumed
  if (otherEffects === undefined || varied.length === 0) return { inError, means: undefined, text: "" }
  const means = new Float64Array(base.data.runs.length)
  const sizes = varied.map((column) => {
    const size = (isKnown(row.outcome) ? ownSize(base.study, column.name, row.outcome) : undefined) ?? otherEffects
    const of = evenSteps(column)
    for (let at = 0; at < means.length; at++) means[at] = (means[at] ?? 0) + size * of(at)
    return `${column.name} ${size}`
  })
  return { inError, means, text: sizes.join(", ") }
}
