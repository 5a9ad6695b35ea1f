/**
 * Whether the parts of a study fit together. {@link validateStudy} asks what the predecessor asks, no more, so that its
 * count can be compared; {@link reviewStudy} asks the rest: what would stop a run, or make a number wrong or useless.
 *
 * @layer logic
 * @module
 */
import type { Issue } from "./ExperimentError.ts"
import { agentFactorNames, agentsOf, bindingFactor, problemFactorNames } from "./internal/studyBindings.ts"
import { nearestName } from "./internal/nearestName.ts"
import { type Finding, Review } from "./internal/review.ts"
import { reviewClaims } from "./internal/reviewClaims.ts"
import { reviewControls } from "./internal/reviewControls.ts"
import { reviewDesign } from "./internal/reviewDesign.ts"
import type { LineOf, Path } from "./internal/studyIssues.ts"
import { IssueList } from "./internal/studyIssues.ts"
import type { Factor, Study } from "./Study.ts"

/** What a review found. An `error` stops the study before anything is run; a `warning` does not. @category models */
export type ReviewIssue = Finding

/** Both lists. @category models */
export interface StudyReview {
  readonly errors: ReadonlyArray<Issue>
  readonly warnings: ReadonlyArray<Issue>
}

/**
 * The checks of the predecessor's `validate_study`: names that are used twice, names that are not there, and `max_runs`
 * below problems x agents x replicates (the number of conditions is not in that product). Nothing is thrown; an empty list
 * means that it holds. `lineOf` adds lines of the file.
 *
 * @category checks
 */
export const validateStudy = (study: Study, lineOf?: LineOf): ReadonlyArray<Issue> => {
  const list = new IssueList(lineOf)
  const factors = study.factors.map(({ name }) => name)
  const outcomes = study.outcomes.map(({ name }) => name)
  const hypotheses = study.hypotheses.map(({ hypothesisId }) => hypothesisId)
  const plans = study.analysisPlans.map(({ analysisPlanId }) => analysisPlanId)
  repeated(list, "factors", "name", "factor", factors)
  repeated(
    list,
    "blocks",
    "name",
    "block",
    study.blocks.map(({ name }) => name),
  )
  repeated(list, "outcomes", "name", "outcome", outcomes)
  repeated(list, "analysis_plans", "analysis_plan_id", "analysis plan", plans)
  repeated(list, "hypotheses", "hypothesis_id", "hypothesis", hypotheses)

  const known = { factor: new Set(factors), outcome: new Set(outcomes), hypothesis: new Set(hypotheses) }
  const unknown = (path: Path, what: keyof typeof known, names: ReadonlyArray<string>): void => {
    names.forEach((name, index) => {
      if (known[what].has(name)) return
      list.add([...path, index], `there is no ${what} ${JSON.stringify(name)}`, () => nearestName(name, known[what]))
    })
  }
  study.hypotheses.forEach((hypothesis, index) => {
    unknown(["hypotheses", index, "independent_vars"], "factor", hypothesis.independentVars)
    unknown(["hypotheses", index, "dependent_vars"], "outcome", hypothesis.dependentVars)
  })
  study.analysisPlans.forEach((plan, index) => {
    unknown(["analysis_plans", index, "hypothesis_ids"], "hypothesis", plan.hypothesisIds)
    unknown(["analysis_plans", index, "outcomes"], "outcome", plan.outcomes)
  })

  const { maxRuns, replicates } = study.runBudget
  const problems = bound(study.problemIds, bindingFactor(study.factors, problemFactorNames))
  const agents = bound(study.agentSpecs, bindingFactor(study.factors, agentFactorNames))
  // A study that asks for a balanced subset wants fewer runs than its plan has.
  if (study.heddle.maxRunsPolicy !== "balanced" && maxRuns !== null && problems * agents * replicates > maxRuns) {
    list.add(
      ["run_budget", "max_runs"],
      `is ${maxRuns}, but ${problems} problems x ${agents} agents x ${replicates} replicates are ${problems * agents * replicates} runs of each condition`,
    )
  }
  return list.issues
}

const repeated = (list: IssueList, key: string, field: string, what: string, names: ReadonlyArray<string>): void => {
  const seen = new Set<string>()
  names.forEach((name, index) => {
    if (seen.has(name)) list.add([key, index, field], `another ${what} is named ${JSON.stringify(name)} too`)
    seen.add(name)
  })
}

/** How many agents or problems there are: those of the study, else the levels of the factor that names them, else one. */
const bound = (ids: ReadonlyArray<string>, factor: Factor | undefined): number =>
  ids.length > 0 ? ids.length : Math.max(1, factor?.levels.length ?? 1)

/**
 * Our own checks: values that give two conditions one id, names that clash in tables or expressions, expressions that
 * cannot be read, claims that no plan tests or that name what is not there, budgets that cannot be kept.
 *
 * @category checks
 */
export const reviewStudy = (study: Study, lineOf?: LineOf): ReadonlyArray<ReviewIssue> => {
  const review = new Review(lineOf)
  reviewDesign(study, review)
  reviewClaims(study, review)
  reviewControls(study, agentsOf(study), review)
  return review.findings
}

/** Both checks: what stops the study, and what is worth a look. @category checks */
export const checkStudy = (study: Study, lineOf?: LineOf): StudyReview => {
  const found = reviewStudy(study, lineOf)
  return {
    errors: [...validateStudy(study, lineOf), ...found.filter(({ severity }) => severity === "error")],
    warnings: found.filter(({ severity }) => severity === "warning"),
  }
}
