/**
 * The methods paragraphs of a report, with the numbers of this study in them, so that they can be taken into a paper.
 *
 * @layer logic
 * @module
 */
import type { ResultRow } from "../analysis/AnalysisResult.ts"
import { orderSentences } from "../internal/orderWords.ts"
import { valuesOf } from "../Study.ts"
import { wordsOf, type ReportModel } from "./ReportModel.ts"
import { counted, countText, levelText, percentText, settingText } from "./ReportNumbers.ts"
import { cleanName, nameList } from "./ReportTexts.ts"

/** A sentence for each part of the methods, in paragraphs. @category constructors */
export const methodsParagraphs = (model: ReportModel): ReadonlyArray<string> =>
  [designSentences(model), runSentences(model), analysisSentences(model), softwareSentences(model)]
    .map((sentences) => sentences.join(" "))
    .filter((text) => text !== "")

const designSentences = ({ conditions, facts, flow, study }: ReportModel): ReadonlyArray<string> => {
  const { designSpec, runBudget, seedPolicy } = study
  const leftOut = (facts.designedRuns ?? 0) - flow.total.planned
  const admissible = flow.conditions - flow.excludedConditions
  const factors = study.factors.map((factor) => {
    const levels = valuesOf(factor).length
    return `${cleanName(factor.name)} (${counted(levels, "level")})`
  })
  const axes = [
    ...(study.agentSpecs.length > 0 ? [counted(study.agentSpecs.length, "agent")] : []),
    ...(study.problemIds.length > 0 ? [counted(study.problemIds.length, "problem")] : []),
  ]
  return [
    `The study used a design of the kind ${wordsOf(designSpec.kind)} with ${counted(factors.length, "factor")}${
      factors.length === 0 ? "" : `: ${nameList(factors)}`
    }${study.blocks.length === 0 ? "" : `, in ${counted(study.blocks.length, "block factor")}: ${nameList(study.blocks.map((block) => block.name))}`}.`,
    flow.excludedConditions === 0
      ? `It had ${counted(flow.conditions, "condition")}.`
      : `Of ${counted(flow.conditions, "designed condition")} ${countText(flow.excludedConditions)} ${flow.excludedConditions === 1 ? "was" : "were"} excluded by constraints and ${countText(admissible)} remained.`,
    `Each condition was designed with ${counted(runBudget.replicates, "replicate")}${axes.length === 0 ? "" : `, for ${axes.join(" and ")}`}; ${counted(flow.total.planned, "run")} ${flow.total.planned === 1 ? "was" : "were"} planned${
      leftOut > 0 ? `, ${countText(leftOut)} fewer than designed, left out in whole replicates because of max_runs` : ""
    }.`,
    ...orderSentences(study),
    `Seeds of runs were derived from base seed ${String(seedPolicy.baseSeed)} by the strategy ${wordsOf(cleanName(seedPolicy.strategy))}.`,
    ...(conditions.length === 0 ? ["No condition could be built."] : []),
  ]
}

const runSentences = ({ flow, sequential, study }: ReportModel): ReadonlyArray<string> => {
  const { total } = flow
  const { withoutValue = 0 } = total
  const lost = total.failed + total.timedOut + total.interrupted + withoutValue
  const notBegun = total.skipped + total.notStarted
  const retries = study.heddle.retries ?? 0
  const { cutOff = 0 } = total
  const killed = cutOff === 0 ? "" : `, ${countText(cutOff)} of them because a try was cut off with its process`
  return [
    total.planned === 0
      ? "No run was planned."
      : `Of ${counted(total.planned, "planned run")} ${countText(total.done)} (${percentText(total.done, total.planned)}) gave data, ${countText(lost)} began and gave none (${countText(total.failed)} failed, ${countText(total.timedOut)} timed out, ${countText(total.interrupted)} interrupted${withoutValue === 0 ? "" : `, ${countText(withoutValue)} without a usable value`}), and ${countText(notBegun)} never began.`,
    retries > 0
      ? `A run that failed was tried again up to ${counted(retries, "time")}; ${countText(total.retried)} of the runs that gave data needed more than one try${killed}.`
      : total.retried > 0
        ? `${countText(total.retried)} of the runs that gave data needed more than one try${killed}.`
        : "",
    ...(study.heddle.timeoutS === undefined
      ? []
      : [`A try was ended after ${settingText(study.heddle.timeoutS)} seconds.`]),
    ...(sequential === undefined
      ? []
      : [
          `The data were looked at while the study ran, by a ${wordsOf(sequential.rule)} rule on ${cleanName(sequential.outcome)} between the two levels of ${cleanName(sequential.factor)} at level ${settingText(sequential.alpha)}${
            sequential.spending === null ? "" : ` with ${wordsOf(sequential.spending)} spending`
          }${sequential.planned.length === 0 ? "" : ` and ${counted(sequential.planned.length, "planned look")}`}; ${counted(sequential.recorded, "look")} ${sequential.recorded === 1 ? "is" : "are"} on record.`,
        ]),
  ].filter((sentence) => sentence !== "")
}

/** What is said of rows: methods with how often each was used. */
const methodsOf = (rows: ReadonlyArray<ResultRow>): string => {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(row.result.method, (counts.get(row.result.method) ?? 0) + 1)
  return nameList(Array.from(counts, ([method, count]) => `${method} (${countText(count)})`))
}

const correctionsOf = (rows: ReadonlyArray<ResultRow>): string =>
  nameList([
    ...new Set(
      rows.map((row) =>
        row.familySize > 1
          ? `${wordsOf(row.correction)} over ${countText(row.familySize)} tests`
          : wordsOf(row.correction),
      ),
    ),
  ])

const analysisSentences = ({ analysis, analysisProblem }: ReportModel): ReadonlyArray<string> => {
  if (analysis === undefined) {
    return [
      analysisProblem === undefined
        ? "No analysis was made."
        : "No analysis could be made; the reason is given under the results.",
    ]
  }
  const { alpha, confirmatory, design, exploratory, outcomes } = analysis
  const hypotheses = new Set(confirmatory.map((row) => row.hypothesisId)).size
  const directed = confirmatory.filter((row) => row.result.alternative !== "two-sided").length
  const sides =
    confirmatory.length === 0
      ? ""
      : directed === 0
        ? `${confirmatory.length === 1 ? "It is" : "All of them are"} two-sided.`
        : directed === confirmatory.length
          ? `${confirmatory.length === 1 ? "It is" : "All of them are"} one-sided, in the direction that the hypothesis claims.`
          : `${countText(directed)} of them ${directed === 1 ? "is" : "are"} one-sided, in the direction that the hypothesis claims.`
  return [
    `Tests were made at level ${settingText(alpha)}; intervals have the level ${levelText(1 - alpha)}.`,
    confirmatory.length === 0
      ? "No test was planned before the data."
      : `${counted(confirmatory.length, "confirmatory test")} of ${counted(hypotheses, "hypothesis", "hypotheses")} ${confirmatory.length === 1 ? "was" : "were"} made as planned: ${methodsOf(confirmatory)}. ${sides} Correction for their number: ${correctionsOf(confirmatory)}.`,
    exploratory.length === 0
      ? ""
      : `${counted(exploratory.length, "exploratory test")} ${exploratory.length === 1 ? "was" : "were"} made beside them and corrected apart from them: ${methodsOf(exploratory)}; correction: ${correctionsOf(exploratory)}.`,
    design.errorTerms.length === 0
      ? ""
      : `Effects were measured against the variation between ${nameList(design.errorTerms)}${
          design.blocks.length === 0 ? "" : `, with ${nameList(design.blocks)} as blocks`
        }.`,
    ...outcomes
      .slice(0, 12)
      .map(
        ({ missingDataPolicy, outcome, planned, used }) =>
          `Of ${cleanName(outcome)}, ${countText(used)} of ${counted(planned, "run")} entered the analysis (policy for missing values: ${wordsOf(cleanName(missingDataPolicy))}).`,
      ),
  ].filter((sentence) => sentence !== "")
}

const softwareSentences = ({ facts }: ReportModel): ReadonlyArray<string> => [
  ...(facts.software === undefined || facts.software.length === 0
    ? []
    : [
        `Software: ${facts.software
          .slice(0, 20)
          .map(([name, version]) => `${cleanName(name)} ${cleanName(version)}`)
          .join(", ")}.`,
      ]),
  ...(facts.models === undefined || facts.models.length === 0 ? [] : [`Models: ${nameList(facts.models)}.`]),
]
