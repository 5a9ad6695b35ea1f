/**
 * How a recipe becomes a study: what the user gives replaces a section whole, the rest is the recipe's.
 *
 * @layer logic
 * @module
 */
import type * as Result from "effect/Result"
import type { BenchmarkBundle } from "../Bundles.ts"
import type { InvalidStudy } from "../ExperimentError.ts"
import { agentFactorNames, problemFactorNames } from "../internal/studyBindings.ts"
import type { Study } from "../Study.ts"
import * as StudyFile from "../StudyFile.ts"
import type {
  AnalysisPlanInput,
  BlockInput,
  FactorInput,
  HypothesisInput,
  LevelInput,
  OutcomeInput,
  StudyInput,
} from "../StudyInput.ts"

/**
 * What a recipe may be told: any section of a study, and a bundle of problems and agents. A section that is null or left
 * out is the recipe's; anything else replaces it whole. Ids that are given beat those of the bundle.
 *
 * @category models
 */
export type RecipeConfig = { readonly [Section in keyof StudyInput]?: StudyInput[Section] | null | undefined } & {
  readonly bundle?: BenchmarkBundle | null | undefined
}

/** A study, or what is wrong with what was given. @category models */
export type BuiltStudy = Result.Result<Study, InvalidStudy>

/** What a recipe says. The claim, its outcomes and its plan are filled in from factors and outcomes. */
export interface Recipe {
  readonly studyId: string
  readonly title: string
  readonly description: string
  readonly rationale: string
  readonly tags: ReadonlyArray<string>
  readonly factors: ReadonlyArray<FactorInput>
  readonly blocks: ReadonlyArray<BlockInput>
  readonly design: "constrained_factorial" | "full_factorial" | "randomized_block" | "repeated_measures"
  readonly baseSeed: number
  readonly replicates: number
  readonly claim: Pick<HypothesisInput, "label" | "statement" | "kind" | "direction">
  readonly problemIds: ReadonlyArray<string>
  readonly agentSpecs: ReadonlyArray<string>
  readonly tests?: ReadonlyArray<string>
  readonly randomEffects?: ReadonlyArray<string>
  readonly plots?: ReadonlyArray<string>
  readonly exportTables?: ReadonlyArray<string>
  /** A factor that names agents or problems takes the place of the list of the study. */
  readonly boundFactorsClearLists?: boolean
}

/** A level whose name is its label. */
export const level = (name: string, value: string = name): LevelInput => ({ name, value })

/** A level of a comparison, on the baseline's side or the other. */
export const arm = (name: string, value: string, label: string, baseline: boolean): LevelInput => ({
  name,
  value,
  label,
  metadata: { role: baseline ? "baseline" : "treatment", is_baseline: baseline },
})

const defaultOutcomes: ReadonlyArray<OutcomeInput> = [
  {
    name: "primary_outcome",
    sourceTable: "runs",
    column: "primary_outcome",
    aggregation: "mean",
    primary: true,
    description: "The first measure that the evaluators of a run give.",
  },
  {
    name: "latency_s",
    sourceTable: "runs",
    column: "latency_s",
    aggregation: "mean",
    description: "Time that a run took, in seconds.",
  },
]

const claimOf = (recipe: Recipe, config: RecipeConfig, outcomes: ReadonlyArray<string>): HypothesisInput => ({
  hypothesisId: "h1",
  ...recipe.claim,
  independentVars: (config.factors ?? recipe.factors).map(({ name }) => name),
  dependentVars: outcomes,
})

/** The study of a recipe with what the user gave. */
export const build = (recipe: Recipe, config: RecipeConfig): BuiltStudy => {
  const factors = config.factors ?? recipe.factors
  const blocks = config.blocks ?? recipe.blocks
  const outcomes = config.outcomes ?? defaultOutcomes
  const tested = outcomes.filter(({ primary }) => primary === true).map(({ name }) => name)
  const hypotheses = config.hypotheses ?? [claimOf(recipe, config, tested)]
  const randomEffects = (recipe.randomEffects ?? []).filter((name) => blocks.some((block) => block.name === name))
  const plan: AnalysisPlanInput = {
    analysisPlanId: "ap1",
    // A study without a claim has nothing to test; a plan without hypotheses is refused when the study is made.
    hypothesisIds: nonEmpty(hypotheses.map(({ hypothesisId }) => hypothesisId)),
    tests: nonEmpty(recipe.tests ?? ["difference_in_means", "regression"]),
    outcomes: tested,
    randomEffects,
    multipleComparisonPolicy: "holm",
    plots: recipe.plots ?? ["condition_means"],
    exportTables: recipe.exportTables ?? ["summary_by_condition"],
  }
  const clears = (names: ReadonlyArray<string>): boolean =>
    recipe.boundFactorsClearLists === true && factors.some(({ name }) => names.includes(name))
  return StudyFile.make({
    studyId: config.studyId ?? recipe.studyId,
    title: config.title ?? recipe.title,
    description: config.description ?? recipe.description,
    authors: config.authors ?? [],
    rationale: config.rationale ?? recipe.rationale,
    tags: config.tags ?? recipe.tags,
    hypotheses,
    factors,
    blocks,
    constraints: config.constraints ?? [],
    designSpec: config.designSpec ?? {
      kind: recipe.design,
      randomize: recipe.design !== "repeated_measures",
      counterbalance: recipe.design === "repeated_measures",
    },
    outcomes,
    analysisPlans: config.analysisPlans ?? (hypotheses.length === 0 ? [] : [plan]),
    runBudget: config.runBudget ?? { replicates: recipe.replicates },
    seedPolicy: config.seedPolicy ?? { baseSeed: recipe.baseSeed },
    outputDir: config.outputDir ?? undefined,
    provenanceMetadata: config.provenanceMetadata ?? {},
    notes: config.notes ?? "",
    problemIds: clears(problemFactorNames) ? [] : (config.problemIds ?? config.bundle?.problemIds ?? recipe.problemIds),
    agentSpecs: clears(agentFactorNames) ? [] : (config.agentSpecs ?? config.bundle?.agentSpecs ?? recipe.agentSpecs),
    heddle: config.heddle ?? {},
  })
}

const nonEmpty = (texts: ReadonlyArray<string>): readonly [string, ...Array<string>] => {
  const [first = "", ...rest] = texts
  return [first, ...rest]
}
