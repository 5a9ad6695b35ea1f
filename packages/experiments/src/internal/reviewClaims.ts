/**
 * A closer look at what a study measures and claims: outcomes, hypotheses and the plans that test them.
 *
 * @layer logic
 * @module
 */
import { str } from "../StableJson.ts"
import { correctionOf, correctionWords } from "../analysis/PAdjust.ts"
import type { Factor, Hypothesis, Study } from "../Study.ts"
import { valuesOf } from "../Study.ts"
import { aggregations, analysisWord, missingDataPolicies, sourceTables, testNames } from "./analysisWords.ts"
import { nearestName } from "./nearestName.ts"
import type { Review } from "./review.ts"
import type { Path } from "./studyIssues.ts"

/** Columns of a run that a model may hold without being a factor. */
const runColumns = ["replicate", "agent_id", "problem_id", "problem_family", "condition_id", "latency_s", "cost_usd"]

/** Reviews outcomes, hypotheses and analysis plans. */
export const reviewClaims = (study: Study, review: Review): void => {
  study.outcomes.forEach((outcome, index) => {
    const path: Path = ["outcomes", index]
    oneOf(review, [...path, "source_table"], outcome.sourceTable, sourceTables)
    oneOf(review, [...path, "aggregation"], outcome.aggregation, aggregations)
    oneOf(review, [...path, "missing_data_policy"], outcome.missingDataPolicy, missingDataPolicies)
  })
  if (study.outcomes.length > 0 && !study.outcomes.some(({ primary }) => primary)) {
    review.warn(["outcomes"], "none is primary")
  }
  const variables = new Set([...study.factors, ...study.blocks].map(({ name }) => name))
  const columns = new Set([...variables, ...study.outcomes.map(({ name }) => name), ...runColumns])
  const levels = new Map(study.factors.map((factor) => [factor.name, wordsOf(factor)]))
  const planned = new Set(study.analysisPlans.flatMap(({ hypothesisIds }) => hypothesisIds))
  study.hypotheses.forEach((hypothesis, index) => {
    const path: Path = ["hypotheses", index]
    if (!planned.has(hypothesis.hypothesisId)) review.warn(path, "no analysis plan tests it")
    if (hypothesis.dependentVars.length === 0) review.warn([...path, "dependent_vars"], "names no outcome")
    reviewModerators(levels, hypothesis, path, variables, review)
    hypothesis.mediators.forEach(({ name }, at) => known(review, [...path, "mediators", at, "name"], name, columns))
    reviewContrast(levels, hypothesis, path, review)
  })
  study.analysisPlans.forEach((plan, index) => {
    const path: Path = ["analysis_plans", index]
    plan.tests.forEach((test, at) => oneOf(review, [...path, "tests", at], test, testNames))
    if (correctionOf(plan.multipleComparisonPolicy) === undefined) {
      oneOf(review, [...path, "multiple_comparison_policy"], plan.multipleComparisonPolicy, correctionWords)
    }
    plan.covariates.forEach((name, at) => known(review, [...path, "covariates", at], name, columns))
    plan.randomEffects.forEach((name, at) => known(review, [...path, "random_effects", at], name, columns))
  })
}

const oneOf = (review: Review, path: Path, word: string, words: ReadonlyArray<string>): void => {
  if (words.includes(analysisWord(word))) return
  review.warn(path, `the analysis knows no ${JSON.stringify(word)}; it knows ${words.join(", ")}`, () =>
    nearestName(word, words),
  )
}

const known = (review: Review, path: Path, name: string, names: ReadonlySet<string>): void => {
  if (names.has(name)) return
  review.warn(path, `there is no factor, block, outcome or column ${JSON.stringify(name)}`, () =>
    nearestName(name, names),
  )
}

/** What the levels of each factor may be called. */
type Levels = ReadonlyMap<string, ReadonlySet<string>>

const reviewModerators = (
  levels: Levels,
  hypothesis: Hypothesis,
  path: Path,
  variables: ReadonlySet<string>,
  review: Review,
): void => {
  hypothesis.moderators.forEach((moderator, at) => {
    known(review, [...path, "moderators", at, "name"], moderator.name, variables)
    const words = levels.get(moderator.name)
    if (words === undefined) return
    moderator.levels.forEach((level, index) => {
      const word = str(level)
      if (words.has(word)) return
      review.warn(
        [...path, "moderators", at, "levels", index],
        `${JSON.stringify(word)} is no level of ${JSON.stringify(moderator.name)}`,
        () => nearestName(word, words),
      )
    })
  })
}

const reviewContrast = (levels: Levels, hypothesis: Hypothesis, path: Path, review: Review): void => {
  const { contrast } = hypothesis
  const compared = hypothesis.independentVars.filter((name) => levels.has(name))
  if (contrast === null || compared.length === 0) return
  for (const side of ["left", "right"] as const) {
    const word = str(contrast[side])
    if (compared.some((name) => levels.get(name)?.has(word) === true)) continue
    review.warn(
      [...path, "contrast", side],
      `${JSON.stringify(word)} is no level of ${compared.slice(0, 10).join(" or ")}`,
      () =>
        nearestName(
          word,
          compared.flatMap((name) => [...(levels.get(name) ?? [])]),
        ),
    )
  }
}

/** What a claim may call the levels of a factor: their names, labels, or values as text. */
const wordsOf = (factor: Factor): ReadonlySet<string> =>
  new Set([...factor.levels.flatMap(({ label, name }) => [name, label]), ...valuesOf(factor).map(str)])
