/**
 * Executes the analysis plans of a study as they stand: every test of every hypothesis on every outcome, corrected over the
 * plan's own family, with the error that the design implies. What no plan asked for comes apart, as exploratory. What was
 * missing, filtered, filled in or could not be tested is listed.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { Condition } from "../Condition.ts"
import type { Issue } from "../ExperimentError.ts"
import { type Claim, claimsOf, columnsOf } from "../internal/analysisClaims.ts"
import { type Structure, structureOf } from "../internal/analysisDesign.ts"
import { execute } from "../internal/analysisExecute.ts"
import type { Draft } from "../internal/analysisExecution.ts"
import { type Frame, frameOf, type Keep, keepOf, policyOfOutcome, type WorstCase } from "../internal/analysisFrame.ts"
import { type DesignModel, designModel } from "../internal/analysisModel.ts"
import { effectSize, outcome as outcomeOf } from "../internal/analysisOutcome.ts"
import { summarise } from "../internal/analysisSummary.ts"
import { continuousKinds, testNames, testOf } from "../internal/analysisWords.ts"
import { whyNotTested } from "../internal/whyNotTested.ts"
import { sequentialOf } from "../internal/analysisSequential.ts"
import { nearestName } from "../internal/nearestName.ts"
import type { StoppingLook } from "../StoppingRule.ts"
import type { AnalysisPlan, Hypothesis, Study } from "../Study.ts"
import type { AnalysisColumn, AnalysisData, OutcomeColumn } from "./AnalysisData.ts"
import { AnalysisError, issuesMax } from "./AnalysisError.ts"
import type { AnalysisResult, Decision, Deviation, ResultRow } from "./AnalysisResult.ts"
import { adjust, type Correction, correctionOf, correctionWords } from "./PAdjust.ts"
import type { Alternative, TestOutcome } from "./TestOutcome.ts"

/** Options of an analysis. */
export interface AnalysisOptions {
  /** Level of tests; the study's own, else 0.05. */
  readonly alpha?: number
  /** Seed of resampling; the study's base seed unless given. */
  readonly seed?: number
  /** The built conditions, for their labels. */
  readonly conditions?: ReadonlyArray<Condition>
  /** Only the tests of plans: no description of outcomes, no model and no standardised effects beside them. For simulated studies. */
  readonly plansOnly?: boolean
  /** Looks at the study while it ran, as its ledger has them; those that are missing are made of the data. */
  readonly looks?: ReadonlyArray<StoppingLook>
}

/** Rows that are looked at without a plan, at most. */
export const exploratoryMax = 2000

interface Planned {
  readonly plan: AnalysisPlan
  readonly hypothesis: Hypothesis
  readonly outcome: OutcomeColumn
  readonly draft: Draft
  readonly test: string
}

const alternativeOf = (hypothesis: Hypothesis): Alternative =>
  hypothesis.direction === "greater" || hypothesis.direction === "less" ? hypothesis.direction : "two-sided"

const unknownIssue = (path: string, message: string, name: string, known: Iterable<string>): Issue => {
  const near = nearestName(name, known)
  return { path, message, ...(near === undefined ? {} : { nearest: near }) }
}

/**
 * Analyses data as the study's plans say. Refused where a plan names what is not there, or where a policy forbids missing
 * values that there are.
 *
 * @example
 * import * as AnalysisData from "@heddle/experiments/analysis/AnalysisData"
 * import * as RunAnalysis from "@heddle/experiments/analysis/RunAnalysis"
 * import * as StudyFile from "@heddle/experiments/StudyFile"
 * import * as Result from "effect/Result"
 *
 * const study = Result.getOrThrow(
 *   StudyFile.make({ studyId: "s", title: "S", factors: [StudyFile.factor("arm", ["a", "b"])] }),
 * )
 * const data = Result.getOrThrow(AnalysisData.fromRecords(study, [], []))
 * Result.getOrThrow(RunAnalysis.runAnalysis(study, data)).runs.planned // => 0
 *
 * @category constructors
 */
export const runAnalysis = (
  study: Study,
  data: AnalysisData,
  options: AnalysisOptions = {},
): Result.Result<AnalysisResult, AnalysisError> => {
  const issues: Array<Issue> = []
  const alpha = options.alpha ?? study.heddle.alpha ?? 0.05
  if (!(alpha > 0 && alpha < 1))
    issues.push({ path: "heddle.alpha", message: `alpha is ${alpha}; it must be between 0 and 1` })
  const seed = options.seed ?? Number(BigInt.asIntN(53, BigInt(study.seedPolicy.baseSeed)))
  const structure = structureOf(study, data)
  const kind = study.designSpec.kind
  const needed =
    kind === "split_plot"
      ? "whole_plot"
      : kind === "williams" || kind === "complete_counterbalancing"
        ? "subject"
        : undefined
  if (needed !== undefined && data.runs.length > 0 && !data.columns.has(needed))
    issues.push({
      path: "design_spec.kind",
      message: `a ${kind} design has a ${needed} for each condition, and these data have none: give the built conditions`,
    })
  const deviations: Array<Deviation> = []
  const planned: Array<Planned> = []
  const covered = new Set<string>()
  const models = new Map<string, DesignModel>()

  study.analysisPlans.forEach((plan, index) =>
    runPlan({
      study,
      data,
      structure,
      plan,
      path: `analysis_plans[${index}]`,
      alpha,
      seed,
      effectSizes: options.plansOnly !== true,
      issues,
      deviations,
      planned,
      covered,
    }),
  )
  for (const column of data.outcomes.values()) {
    if (policyOfOutcome(column) !== "error") continue
    const absent = data.runs.flatMap((run, row) => (column.values[row] === null ? [run.runId] : []))
    if (absent.length > 0)
      issues.push({
        path: `outcomes[${study.outcomes.indexOf(column.spec)}]`,
        message: `${column.spec.name} is missing in ${absent.length} of ${data.runs.length} runs (${absent.slice(0, 3).join(", ")}…) and its missing_data_policy is ${column.spec.missingDataPolicy}`,
      })
  }
  if (issues.length > 0)
    return Result.fail(
      new AnalysisError({ studyId: study.studyId, issues: issues.slice(0, issuesMax), count: issues.length }),
    )

  const frames = new Map<string, Frame>()
  for (const [name, column] of options.plansOnly === true ? [] : data.outcomes) {
    const frame = frameOf({ data, outcome: column, keep: () => true, columns: structure.factors })
    frames.set(name, frame)
    const model = designModel({ frame, structure, columns: data.columns, covariates: [], alpha })
    models.set(name, model)
    if (model.reduced !== undefined) deviations.push({ kind: "modelReduced", message: `${name}: ${model.reduced}` })
  }
  const sequential = sequentialOf(study, data, options.looks ?? [])
  const tested =
    sequential === undefined
      ? planned
      : planned.map((row): Planned => ({
          ...row,
          draft: sequential.corrected({
            outcome: row.outcome.spec.name,
            test: row.test,
            draft: row.draft,
            isFiltered: row.plan.filters.size > 0,
          }),
        }))
  const confirmatory = study.analysisPlans.flatMap((plan) =>
    correct(
      tested.filter((row) => row.plan === plan && row.hypothesis.kind !== "exploratory"),
      correctionOf(plan.multipleComparisonPolicy) ?? "none",
      alpha,
    ),
  )
  const looked = [
    ...tested.filter((row) => row.hypothesis.kind === "exploratory"),
    ...lookAround(models, frames, covered),
  ]
  if (looked.length > exploratoryMax)
    deviations.push({
      kind: "data",
      message: `of ${looked.length} exploratory tests the first ${exploratoryMax} are listed and corrected`,
    })
  const exploratory = correct(looked.slice(0, exploratoryMax), "bh", alpha)
  for (const row of [...confirmatory, ...exploratory])
    if (row.decision === "notTested" && row.planId !== null)
      deviations.push({
        kind: "notTested",
        message: `${row.hypothesisId ?? ""} on ${row.outcome} by ${row.test} (${row.comparison}): ${whyNotTested(row)}`,
      })
  if (!continuousKinds.includes(kind))
    for (const factor of structure.factors)
      if (factor.kind === "numeric")
        deviations.push({
          kind: "data",
          message: `${factor.name} is taken as an amount, with one straight line over its values and no levels to compare`,
        })
  if (kind === "repeated_measures" && structure.unit === undefined)
    deviations.push({
      kind: "data",
      message:
        "repeated_measures names no subjects: runs are taken as independent within blocks; williams has subjects",
    })
  if (sequential !== undefined) deviations.push(...sequential.deviations)
  const summary = summarise({ study, data, structure, frames, models, alpha, conditions: options.conditions ?? [] })
  return Result.succeed({
    schemaVersion: 1,
    studyId: study.studyId,
    alpha,
    design: {
      kind: study.designSpec.kind,
      errorTerms:
        structure.errors.length === 0 ? ["runs"] : [...structure.errors.map((term) => term.join(":")), "within"],
      blocks: structure.blocks,
    },
    runs: summary.runs,
    conditions: summary.conditions,
    confirmatory,
    exploratory,
    outcomes: summary.outcomes,
    deviations: [...summary.deviations, ...distinct(deviations)],
  })
}

const distinct = (deviations: ReadonlyArray<Deviation>): ReadonlyArray<Deviation> => [
  ...new Map(deviations.map((deviation) => [`${deviation.kind}\u0000${deviation.message}`, deviation])).values(),
]

interface PlanInput {
  readonly study: Study
  readonly data: AnalysisData
  readonly structure: Structure
  readonly plan: AnalysisPlan
  readonly path: string
  readonly alpha: number
  readonly seed: number
  readonly effectSizes: boolean
  readonly issues: Array<Issue>
  readonly deviations: Array<Deviation>
  readonly planned: Array<Planned>
  readonly covered: Set<string>
}

const outcomesOf = (
  { data, issues, path, plan, study }: PlanInput,
  hypothesis: Hypothesis,
): ReadonlyArray<OutcomeColumn> => {
  const primary = study.outcomes.filter((spec) => spec.primary).map((spec) => spec.name)
  const named =
    hypothesis.dependentVars.length > 0 ? hypothesis.dependentVars : plan.outcomes.length > 0 ? plan.outcomes : primary
  const names = plan.outcomes.length > 0 ? named.filter((name) => plan.outcomes.includes(name)) : named
  if (names.length === 0)
    issues.push({
      path: `${path}.outcomes`,
      message:
        named.length > 0
          ? `hypothesis ${hypothesis.hypothesisId} is about ${named.join(", ")}, and the plan has only ${plan.outcomes.join(", ")}`
          : "no outcome is named, and none is primary",
    })
  return [...new Set(names)].flatMap((name) => {
    const column = data.outcomes.get(name)
    if (column !== undefined) return [column]
    issues.push(
      unknownIssue(`${path}.outcomes`, `there is no outcome ${JSON.stringify(name)}`, name, data.outcomes.keys()),
    )
    return []
  })
}

const namedColumns = (
  { data, issues }: PlanInput,
  names: ReadonlyArray<string>,
  path: string,
): ReadonlyArray<AnalysisColumn> =>
  names.flatMap((name, index) => {
    const column = data.columns.get(name)
    if (column !== undefined) return [column]
    issues.push(
      unknownIssue(
        `${path}[${index}]`,
        `the runs have no column ${JSON.stringify(name)}; they have ${[...data.columns.keys()].join(", ")}`,
        name,
        data.columns.keys(),
      ),
    )
    return []
  })

/** Tests that take covariates. */
const modelTests: ReadonlySet<string> = new Set(["anova", "mixed_effects", "regression", "logistic_regression"])

const runPlan = (input: PlanInput): void => {
  const { alpha, data, deviations, issues, path, plan, study } = input
  const keep: Keep = keepOf(study, data, plan.filters, `${path}.filters`, issues)
  if (plan.filters.size > 0) {
    const out = data.runs.filter((_, row) => !keep(row)).length
    deviations.push({
      kind: "filtered",
      message: `plan ${plan.analysisPlanId}: filters by ${[...plan.filters.keys()].join(", ")} leave out ${out} of ${data.runs.length} runs`,
    })
  }
  if (correctionOf(plan.multipleComparisonPolicy) === undefined)
    issues.push(
      unknownIssue(
        `${path}.multiple_comparison_policy`,
        `the analysis knows no correction ${JSON.stringify(plan.multipleComparisonPolicy)}; it knows ${correctionWords.join(", ")}`,
        plan.multipleComparisonPolicy,
        correctionWords,
      ),
    )
  const named = plan.tests.flatMap((word, index) => {
    const test = testOf(word)
    if (test !== undefined) return [test]
    issues.push(
      unknownIssue(`${path}.tests[${index}]`, `the analysis knows no test ${JSON.stringify(word)}`, word, testNames),
    )
    return []
  })
  // One test by two of its names is one test of the family.
  const tests = [...new Set(named)]
  const covariates = namedColumns(input, plan.covariates, `${path}.covariates`)
  const random = namedColumns(input, plan.randomEffects, `${path}.random_effects`)
  const without = tests.filter((test) => !modelTests.has(test))
  if (covariates.length > 0 && without.length > 0)
    deviations.push({
      kind: "data",
      message: `plan ${plan.analysisPlanId}: ${without.join(", ")} take no covariates; ${plan.covariates.join(", ")} are in ${[...modelTests].join(", ")} only`,
    })
  if (random.length > 0 && tests.some((test) => test !== "mixed_effects"))
    deviations.push({
      kind: "data",
      message: `plan ${plan.analysisPlanId}: random effects (${plan.randomEffects.join(", ")}) are in mixed_effects only; other tests have the error that the design implies`,
    })
  for (const column of random)
    if (column.kind === "numeric")
      issues.push({
        path: `${path}.random_effects`,
        message: `${column.name} is an amount; a random intercept needs groups`,
      })
  plan.hypothesisIds.forEach((id, index) => {
    const hypothesis = study.hypotheses.find((candidate) => candidate.hypothesisId === id)
    if (hypothesis === undefined) {
      issues.push(
        unknownIssue(
          `${path}.hypothesis_ids[${index}]`,
          `there is no hypothesis ${JSON.stringify(id)}`,
          id,
          study.hypotheses.map((candidate) => candidate.hypothesisId),
        ),
      )
      return
    }
    const at = `hypotheses[${study.hypotheses.indexOf(hypothesis)}]`
    const before = issues.length
    const columns = columnsOf(study, data, hypothesis, at, issues)
    const claims = issues.length > before ? [] : claimsOf(study, data, hypothesis, at, issues)
    if (hypothesis.kind === "moderation") {
      namedColumns(
        input,
        hypothesis.moderators.map((moderator) => moderator.name),
        `${at}.moderators`,
      )
    }
    const isEquivalence = hypothesis.direction === "equivalent" || hypothesis.kind === "equivalence"
    const margin = hypothesis.minimumEffectOfInterest
    if (hypothesis.kind === "equivalence" && (hypothesis.direction === "greater" || hypothesis.direction === "less"))
      issues.push({
        path: `${at}.direction`,
        message: `the hypothesis claims equivalence and ${hypothesis.direction}, which are two claims: say direction equivalent, or another kind`,
      })
    if (isEquivalence && !(margin !== null && margin > 0))
      issues.push({
        path: `${at}.minimum_effect_of_interest`,
        message: "equivalence needs the smallest effect that matters, above zero, as its margin",
      })
    const outcomes = outcomesOf(input, hypothesis)
    if (issues.length > before) return
    for (const outcome of outcomes)
      for (const test of tests) {
        const alternative = alternativeOf(hypothesis)
        const frameFor = (claim?: Claim): Frame => {
          const worst: WorstCase | undefined =
            claim === undefined || alternative === "two-sided"
              ? undefined
              : (row) => (claim.isLeft(row) === (alternative === "greater") ? "lowest" : "highest")
          const factors = columns.filter((column) => column.role === "factor" || column.role === "block")
          const frame = frameOf({
            data,
            outcome,
            keep,
            columns: [...factors, ...covariates],
            ...(worst === undefined ? {} : { worst }),
          })
          if (worst !== undefined && frame.imputed > 0 && policyOfOutcome(outcome) === "worst_case")
            deviations.push({
              kind: "imputed",
              message: `${outcome.spec.name}: ${frame.imputed} missing values are filled in against ${hypothesis.hypothesisId} (worst_case)`,
            })
          return frame
        }
        if (policyOfOutcome(outcome) === "worst_case" && alternative === "two-sided")
          deviations.push({
            kind: "data",
            message: `${outcome.spec.name}: the worst case of a hypothesis without direction is not defined; missing values are left out for ${hypothesis.hypothesisId}`,
          })
        const drafts = execute({
          study,
          data,
          hypothesis,
          test,
          structure: input.structure,
          frameFor,
          model: (frame, randomEffects) =>
            designModel({
              frame,
              structure: input.structure,
              columns: data.columns,
              covariates,
              alpha,
              ...(randomEffects === undefined ? {} : { randomEffects }),
            }),
          columns,
          claims,
          covariates,
          randomEffects: random.map((column) => column.name),
          alternative,
          margin: isEquivalence && margin !== null ? margin : undefined,
          alpha,
          seed: input.seed,
          effectSizes: input.effectSizes,
        })
        for (const draft of drafts) {
          const equivalent = draft.result.method.startsWith("equivalence")
          const judged =
            isEquivalence && !equivalent && draft.result.p !== null
              ? {
                  ...draft,
                  result: outcomeOf({
                    ...draft.result,
                    p: null,
                    notes: [
                      "a test of a difference says nothing of equivalence; use equivalence",
                      ...draft.result.notes,
                    ],
                  }),
                }
              : {
                  ...draft,
                  result: {
                    ...draft.result,
                    notes: [...draft.result.notes, ...sizeNotes(draft.result, isEquivalence ? null : margin)],
                  },
                }
          input.planned.push({ plan, hypothesis, outcome, draft: judged, test })
          for (const term of draft.covers) input.covered.add(`${outcome.spec.name}\u0000${term}`)
        }
      }
  })
}

/** How the interval of a difference stands to the smallest effect that matters. */
const sizeNotes = (result: TestOutcome, smallest: number | null): ReadonlyArray<string> => {
  if (smallest === null || !(smallest > 0) || result.interval === null || !result.estimateName.startsWith("difference"))
    return []
  const low = result.interval.low ?? Number.NEGATIVE_INFINITY
  const high = result.interval.high ?? Number.POSITIVE_INFINITY
  const says =
    low >= smallest || high <= -smallest
      ? "the whole interval is at least as large"
      : low > -smallest && high < smallest
        ? "the whole interval is smaller"
        : "the interval has smaller and larger effects"
  return [`smallest effect that matters ${smallest}: ${says}`]
}

/** Terms of the models that no hypothesis was about. */
const lookAround = (
  models: ReadonlyMap<string, DesignModel>,
  frames: ReadonlyMap<string, Frame>,
  covered: ReadonlySet<string>,
): ReadonlyArray<Look> =>
  [...models].flatMap(([name, model]) => {
    const frame = frames.get(name)
    if (frame === undefined) return []
    return model.table.rows.flatMap((row): ReadonlyArray<Look> => {
      if (covered.has(`${name}\u0000${row.term}`)) return []
      return [
        {
          plan: undefined,
          hypothesis: undefined,
          outcome: frame.outcome,
          test: "anova",
          draft: {
            comparison: row.term,
            errorTerm: row.errorTerm,
            missing: frame.planned - frame.rows.length,
            covers: [],
            result: outcomeOf({
              method: model.table.method,
              n: model.rows.length,
              statisticName: "F",
              statistic: row.f,
              df: [row.df, row.errorDf],
              p: row.p,
              effectSize: effectSize("partial eta squared", row.partialEtaSquared),
              notes: model.table.notes.filter(
                (note) =>
                  row.p === null ||
                  note.startsWith("the data are not balanced") ||
                  note.startsWith("runs of one subject"),
              ),
            }),
          },
        },
      ]
    })
  })

interface Look {
  readonly plan: AnalysisPlan | undefined
  readonly hypothesis: Hypothesis | undefined
  readonly outcome: OutcomeColumn
  readonly draft: Draft
  readonly test: string
}

const correct = (rows: ReadonlyArray<Look>, correction: Correction, alpha: number): ReadonlyArray<ResultRow> => {
  const adjusted = adjust(
    rows.map((row) => row.draft.result.p),
    correction,
  )
  const familySize = rows.filter((row) => row.draft.result.p !== null).length
  return rows.map((row, index): ResultRow => {
    const adjustedP = adjusted[index] ?? null
    return {
      planId: row.plan?.analysisPlanId ?? null,
      hypothesisId: row.hypothesis?.hypothesisId ?? null,
      outcome: row.outcome.spec.name,
      test: row.test,
      comparison: row.draft.comparison,
      result: row.draft.result,
      adjustedP,
      correction,
      familySize,
      decision: decide(row.draft.result, adjustedP, row.hypothesis, alpha, rows.length > 1 && correction !== "none"),
      errorTerm: row.draft.errorTerm,
      missing: row.draft.missing,
    }
  })
}

const decide = (
  result: TestOutcome,
  adjustedP: number | null,
  hypothesis: Hypothesis | undefined,
  alpha: number,
  isCorrected: boolean,
): Decision => {
  const towards = (): boolean =>
    hypothesis === undefined ||
    result.estimate === null ||
    hypothesis.direction === "different" ||
    hypothesis.direction === "equivalent" ||
    (hypothesis.direction === "greater" ? result.estimate > 0 : result.estimate < 0)
  if (adjustedP === null) {
    // A bootstrap has an interval and no p, which decides where nothing else is tested with it.
    if (
      isCorrected ||
      !result.method.startsWith("bootstrap") ||
      result.interval === null ||
      hypothesis?.direction === "equivalent"
    )
      return "notTested"
    const { high, low } = result.interval
    const outside = (low !== null && low > 0) || (high !== null && high < 0)
    return outside && towards() ? "supported" : "notSupported"
  }
  // A test of several levels at once has no direction, and a claim with one is not answered by it.
  const directed = hypothesis?.direction === "greater" || hypothesis?.direction === "less"
  if (directed && result.alternative === "two-sided" && result.estimate === null) return "notTested"
  if (adjustedP > alpha) return "notSupported"
  // A two-sided test of a claim with a direction has to point the right way.
  return result.alternative === "two-sided" && !towards() ? "notSupported" : "supported"
}
