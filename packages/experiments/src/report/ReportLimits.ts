/**
 * What a study cannot tell, in plain words: what its design confounds, what was lost, and what was looked at without a
 * claim before the data.
 *
 * @layer logic
 * @module
 */
import { orderLimits } from "../internal/orderWords.ts"
import type { ReportModel } from "./ReportModel.ts"
import { counted, countText, percentText, pSentence, settingText } from "./ReportNumbers.ts"
import { clean, cleanName, nameList } from "./ReportTexts.ts"
import { keptSentences } from "./RunFlow.ts"

/** A share of runs without data from which on it is called a limit. */
const lossShare = 0.05

/** Sentences, the design's own first. @category constructors */
export const limitsOf = (model: ReportModel): ReadonlyArray<string> => {
  const found = [...designLimits(model), ...runLimits(model), ...analysisLimits(model)]
  return [...new Set(found)]
}

const designLimits = ({ design, flow, study }: ReportModel): ReadonlyArray<string> => {
  const { agentSpecs, designSpec, factors, problemIds, runBudget } = study
  const uneven = (design?.balance ?? []).filter(({ ratio }) => ratio !== null && ratio > 1)
  const aliased = (design?.aliases ?? []).filter(({ aliases }) => aliases.length > 0)
  const measured = factors.filter((factor) => factor.kind === "measured" || factor.kind === "nuisance")
  const single = (names: ReadonlyArray<string>, what: string): ReadonlyArray<string> =>
    names.length === 1 ? [`There is one ${what}, ${cleanName(names[0] ?? "")}: nothing is said about others.`] : []
  return [
    ...(design?.resolution === 3
      ? ["Resolution III: a main effect cannot be told apart from interactions of two factors."]
      : design?.resolution === 4
        ? [
            "Resolution IV: main effects are clear of interactions of two factors, but those cannot be told apart from each other.",
          ]
        : []),
    ...(aliased.length > 0
      ? [
          `${counted(aliased.length, "effect")} stand for sums of effects that the design cannot tell apart; the alias table names them.`,
        ]
      : []),
    ...(flow.excludedConditions > 0
      ? [
          `${counted(flow.excludedConditions, "condition")} of the design ${flow.excludedConditions === 1 ? "is" : "are"} excluded by constraints, so effects of factors may not be separable where combinations are missing.`,
        ]
      : []),
    ...(uneven.length > 0
      ? [
          `Levels are not used equally often: ${nameList(uneven.map(({ column, ratio }) => `${cleanName(column)} (most to least ${settingText(ratio ?? 1, 3)})`))}.`,
        ]
      : []),
    ...(runBudget.replicates === 1 && designSpec.replicates === 1 && flow.total.planned <= flow.conditions
      ? [
          "Every condition has one run: there is no error of repeated runs, and what is called error is what the model leaves over.",
        ]
      : []),
    ...orderLimits(study),
    ...(measured.length > 0
      ? [
          `${nameList(measured.map(({ name }) => name))} ${measured.length === 1 ? "was" : "were"} not set by the design: a difference between ${measured.length === 1 ? "its" : "their"} levels is no proof of a cause.`,
        ]
      : []),
    ...single(agentSpecs, "agent"),
    ...single(problemIds, "problem"),
    ...(design?.notes ?? []).slice(0, 12).map((sentence) => clean(sentence, 600)),
  ]
}

const runLimits = ({ facts, flow, sequential }: ReportModel): ReadonlyArray<string> => {
  const { total } = flow
  const lost = total.planned - total.done
  const { cutOff = 0 } = total
  const failedFirst = total.retried - cutOff
  const bare = flow.byCondition.filter((condition) => condition.planned > 0 && condition.done === 0)
  const stopped = sequential?.looks.find((look) => look.stop)
  const overrun = (facts.budgets ?? []).filter((budget) => budget.overrun)
  return [
    ...(total.planned > 0 && lost / total.planned >= lossShare
      ? [`${counted(lost, "planned run")} (${percentText(lost, total.planned)}) gave no data.`]
      : []),
    ...(bare.length > 0 && total.done > 0
      ? [
          `${counted(bare.length, "condition")} gave no data at all: ${nameList(
            bare.map(({ label }) => label),
            5,
          )}.`,
        ]
      : []),
    ...flow.unevenLosses.map(
      ({ factor, p, test }) =>
        `Runs were lost more often at some levels of ${cleanName(factor)} than at others (${test}, ${pSentence(p)}): what remains may not be comparable.`,
    ),
    ...keptSentences(flow).map(
      (sentence) => `${sentence.slice(0, -1)}: differences may be differences between what runs were made with.`,
    ),
    ...(failedFirst > 0
      ? [
          `${counted(failedFirst, "run")} gave data only after more than one try; trying again shifts results towards what succeeds.`,
        ]
      : []),
    ...(cutOff > 0
      ? [
          `${counted(cutOff, "run")} gave data after a try that was cut off with its process: it did not fail, and what it would have given is not known.`,
        ]
      : []),
    ...(flow.attemptsKnown ? [] : ["The tables that this report is made from do not tell how often a run was tried."]),
    ...(stopped === undefined
      ? []
      : [
          `The study was allowed to stop at look ${countText(stopped.look)}; plain estimates of a study that stopped early are too large on average. The interval of that look is corrected for it.`,
        ]),
    ...(overrun.length > 0
      ? [`More was spent than the budget allowed: ${nameList(overrun.map(({ name }) => name))}.`]
      : []),
  ]
}

const analysisLimits = ({ analysis, study }: ReportModel): ReadonlyArray<string> => {
  const planned = new Set(study.analysisPlans.flatMap((plan) => plan.hypothesisIds))
  const unplanned = study.hypotheses.filter((hypothesis) => !planned.has(hypothesis.hypothesisId))
  const untested = (analysis?.confirmatory ?? []).filter((row) => row.decision === "notTested")
  return [
    ...(study.analysisPlans.length === 0
      ? ["No analysis was planned before the data: all results are exploratory."]
      : []),
    ...(unplanned.length > 0 && study.analysisPlans.length > 0
      ? [`No planned analysis tests ${nameList(unplanned.map(({ hypothesisId }) => hypothesisId))}.`]
      : []),
    ...(untested.length > 0
      ? [`${counted(untested.length, "planned test")} could not be made; that is no answer either way.`]
      : []),
    ...((analysis?.exploratory.length ?? 0) > 0
      ? ["Exploratory results were found by looking; they need new data before anything is claimed from them."]
      : []),
  ]
}
