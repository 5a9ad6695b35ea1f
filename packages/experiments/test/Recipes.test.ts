import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { buildDesign } from "../src/BuildDesign.ts"
import * as Bundles from "../src/Bundles.ts"
import * as Recipes from "../src/Recipes.ts"
import type { Study } from "../src/Study.ts"
import * as StudyFile from "../src/StudyFile.ts"
import { planRuns } from "../src/StudyPlan.ts"
import { checkStudy } from "../src/ValidateStudy.ts"
import * as Value from "../src/Value.ts"
import { fixtureJson } from "./fixtures.ts"

const success = <A, E>(result: Result.Result<A, E>): A => {
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

const texts = Schema.Array(Schema.String)
const RecipeRow = Schema.Struct({
  builder: Schema.String,
  study_id: Schema.String,
  tags: texts,
  factors: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      kind: Schema.String,
      metadata: Schema.Json,
      levels: Schema.Array(Schema.Json),
    }),
  ),
  blocks: Schema.Array(Schema.Json),
  design_spec: Schema.Json,
  run_budget: Schema.Json,
  base_seed: Schema.Int,
  problem_ids: texts,
  agent_specs: texts,
  output_dir: Schema.String,
  hypothesis: Schema.Struct({
    id: Schema.String,
    kind: Schema.String,
    direction: Schema.String,
    independent_vars: texts,
    dependent_vars: texts,
  }),
  outcomes: Schema.Array(Schema.Json),
  analysis_plan: Schema.Json,
  n_conditions: Schema.Int,
  condition_ids: texts,
  n_run_specs: Schema.Int,
  first_run: Schema.Struct({ run_id: Schema.String, seed: Schema.Int }),
  last_run: Schema.Struct({ run_id: Schema.String, seed: Schema.Int }),
})
const rows = Schema.decodeUnknownSync(Schema.Array(RecipeRow))(fixtureJson("recipes.json"))

/** The builder of a name such as `build_prompt_framing_study`. */
const builders = new Map<string, () => Recipes.BuiltStudy>([
  ["build_agent_architecture_comparison_study", Recipes.buildAgentArchitectureComparisonStudy],
  ["build_prompt_framing_study", Recipes.buildPromptFramingStudy],
  ["build_grammar_scaffold_study", Recipes.buildGrammarScaffoldStudy],
  ["build_human_vs_agent_process_study", Recipes.buildHumanVsAgentProcessStudy],
  ["build_diversity_and_exploration_study", Recipes.buildDiversityAndExplorationStudy],
  ["build_optimization_benchmark_study", Recipes.buildOptimizationBenchmarkStudy],
  ["build_univariate_comparison_study", Recipes.buildUnivariateComparisonStudy],
  ["build_bivariate_comparison_study", Recipes.buildBivariateComparisonStudy],
  ["build_strategy_comparison_study", Recipes.buildStrategyComparisonStudy],
])

type JsonObject = { readonly [key: string]: Schema.Json }

const isObject = (json: Schema.Json | undefined): json is JsonObject =>
  typeof json === "object" && json !== null && !Array.isArray(json)

/** Of records in a list, the keys that the fixture has. */
const only = (list: Schema.Json | undefined, keys: ReadonlyArray<string>): ReadonlyArray<Schema.Json> =>
  (Array.isArray(list) ? list : []).map((item: Schema.Json) =>
    Object.fromEntries(Object.entries(isObject(item) ? item : {}).filter(([key]) => keys.includes(key))),
  )

const asJson = (study: Study): JsonObject => Value.mapToJson(StudyFile.encode(study))

describe("AC-22: the nine recipes", () => {
  it("all rows of the fixture have a builder", () => {
    expect(rows.map(({ builder }) => builder).toSorted()).toEqual([...builders.keys()].toSorted())
    expect(rows.length).toBe(9)
    expect(Object.keys(Recipes.recipes).toSorted()).toEqual(rows.map((row) => row.study_id).toSorted())
  })

  for (const row of rows) {
    const study = (): Study => success(builders.get(row.builder)?.() ?? Recipes.buildPromptFramingStudy())

    it(`${row.builder} has the structure of the fixture`, () => {
      const json = asJson(study())
      expect([json["study_id"], json["tags"], json["output_dir"]]).toEqual([row.study_id, row.tags, row.output_dir])
      expect(only(json["factors"], ["name", "kind", "metadata", "levels"])).toEqual(row.factors)
      expect(only(json["blocks"], ["name", "levels"])).toEqual(row.blocks)
      expect(json["design_spec"]).toEqual(row.design_spec)
      expect(json["run_budget"]).toEqual(row.run_budget)
      expect(study().seedPolicy.baseSeed).toBe(row.base_seed)
      expect([json["problem_ids"], json["agent_specs"]]).toEqual([row.problem_ids, row.agent_specs])
      const { id, ...hypothesis } = row.hypothesis
      expect(only(json["hypotheses"], ["hypothesis_id", ...Object.keys(hypothesis)])).toEqual([
        { hypothesis_id: id, ...hypothesis },
      ])
      expect(only(json["outcomes"], ["name", "source_table", "column", "aggregation", "primary"])).toEqual(row.outcomes)
      expect(json["analysis_plans"]).toEqual([row.analysis_plan])
    })

    it(`${row.builder} gives ${row.n_conditions} conditions and ${row.n_run_specs} runs with the ids and seeds of the fixture`, () => {
      const built = study()
      const { conditions } = success(buildDesign(built))
      expect(conditions.map(({ conditionId }) => conditionId)).toEqual(row.condition_ids)
      expect(conditions.length).toBe(row.n_conditions)
      const { runs } = success(planRuns(built, conditions, { mode: "agents" }))
      expect(runs.length).toBe(row.n_run_specs)
      const ends = [runs[0], runs.at(-1)].map((run) => ({ run_id: run?.runId, seed: run?.seed }))
      expect(ends).toEqual([row.first_run, row.last_run])
    })

    it(`${row.builder} has nothing to complain about, and prose in every place for it`, () => {
      const built = study()
      expect(checkStudy(built)).toEqual({ errors: [], warnings: [] })
      for (const text of [built.title, built.description, built.rationale, built.hypotheses[0]?.statement]) {
        expect(text).toMatch(/\w/)
      }
      for (const factor of built.factors) expect(factor.description).toMatch(/\w/)
    })
  }
})

describe("the four bundles", () => {
  const rows = Schema.decodeUnknownSync(
    Schema.Array(
      Schema.Struct({
        function: Schema.String,
        bundle_id: Schema.String,
        problem_ids: texts,
        agent_specs: texts,
        metadata: Schema.Json,
      }),
    ),
  )(fixtureJson("bundles.json"))
  const functions = new Map([
    ["ideation_bundle", Bundles.ideationBundle],
    ["optimization_bundle", Bundles.optimizationBundle],
    ["grammar_problem_bundle", Bundles.grammarProblemBundle],
    ["human_vs_agent_bundle", Bundles.humanVsAgentBundle],
  ])

  it("all rows of the fixture have a function", () => {
    expect(rows.map((row) => row.function).toSorted()).toEqual([...functions.keys()].toSorted())
    expect(rows.length).toBe(4)
  })

  for (const row of rows) {
    it(`${row.function} is the fixture's`, () => {
      const bundle = functions.get(row.function)?.()
      expect(bundle).toEqual({
        bundleId: row.bundle_id,
        problemIds: row.problem_ids,
        agentSpecs: row.agent_specs,
        metadata: Value.fromJs(row.metadata),
      })
      expect(Bundles.bundles[row.bundle_id]?.()).toEqual(bundle)
    })
  }
})

describe("configuration of a recipe", () => {
  it("null keeps what the recipe says, in every section", () => {
    const nothing = {
      studyId: null,
      title: null,
      factors: null,
      blocks: null,
      designSpec: null,
      runBudget: null,
      seedPolicy: null,
      problemIds: null,
      agentSpecs: null,
      bundle: null,
      outcomes: null,
      hypotheses: null,
      analysisPlans: null,
      outputDir: null,
      notes: null,
      heddle: null,
    }
    for (const recipe of Object.values(Recipes.recipes)) expect(success(recipe(nothing))).toEqual(success(recipe()))
  })

  it("a section that is given replaces the recipe's whole", () => {
    const study = success(
      Recipes.buildPromptFramingStudy({ runBudget: { parallelism: 4 }, blocks: [], designSpec: {} }),
    )
    expect(study.runBudget).toEqual({ replicates: 1, maxRuns: null, parallelism: 4, failFast: false })
    expect([study.blocks, study.designSpec.kind, study.designSpec.randomize]).toEqual([[], "full_factorial", false])
    expect(study.factors.length).toBe(2)
  })

  it("empty text and empty lists replace too", () => {
    const study = success(
      Recipes.buildPromptFramingStudy({ description: "", tags: [], problemIds: [], agentSpecs: [] }),
    )
    expect([study.description, study.tags, study.problemIds, study.agentSpecs]).toEqual(["", [], [], []])
  })

  it("a new id moves the default folder, and a folder that is given stays", () => {
    expect(success(Recipes.buildGrammarScaffoldStudy({ studyId: "mine" })).outputDir).toBe("artifacts/mine")
    expect(success(Recipes.buildGrammarScaffoldStudy({ studyId: "mine", outputDir: "out" })).outputDir).toBe("out")
  })

  it("ids of a bundle beat those of the recipe, and ids that are given beat both", () => {
    const bundle = Bundles.humanVsAgentBundle()
    const study = success(Recipes.buildPromptFramingStudy({ bundle }))
    expect([study.problemIds, study.agentSpecs]).toEqual([bundle.problemIds, bundle.agentSpecs])
    const given = success(Recipes.buildPromptFramingStudy({ bundle, agentSpecs: ["me"] }))
    expect([given.problemIds, given.agentSpecs]).toEqual([bundle.problemIds, ["me"]])
  })

  it("the claim and its plan follow factors and outcomes that are given", () => {
    const study = success(
      Recipes.buildOptimizationBenchmarkStudy({
        factors: [StudyFile.factor("rate", [0.1, 0.2])],
        blocks: [],
        outcomes: [{ name: "loss", sourceTable: "evaluations", column: "metric_value", primary: true }],
      }),
    )
    expect(study.hypotheses[0]?.independentVars).toEqual(["rate"])
    expect(study.hypotheses[0]?.dependentVars).toEqual(["loss"])
    expect([study.analysisPlans[0]?.outcomes, study.analysisPlans[0]?.randomEffects]).toEqual([["loss"], []])
    expect(checkStudy(study).errors).toEqual([])
  })

  it("a recipe without hypotheses has no plan for them", () => {
    expect(success(Recipes.buildPromptFramingStudy({ hypotheses: [] })).analysisPlans).toEqual([])
  })

  it("what does not fit is refused with its place", () => {
    const result = Recipes.buildPromptFramingStudy({ studyId: "../x", runBudget: { replicates: 0 } })
    expect(Result.isFailure(result) ? result.failure.issues.map(({ path }) => path).toSorted() : []).toEqual([
      "runBudget.replicates",
      "studyId",
    ])
  })

  it("a comparison takes its factors, and `factors` beats them", () => {
    const first = StudyFile.factor("first", ["a", "b"])
    const second = StudyFile.factor("second", [1, 2])
    const names = (built: Recipes.BuiltStudy) => success(built).factors.map(({ name }) => name)
    expect(names(Recipes.buildUnivariateComparisonStudy({ comparisonFactor: first }))).toEqual(["first"])
    expect(names(Recipes.buildBivariateComparisonStudy({ comparisonFactor: first }))).toEqual([
      "first",
      "prompt_regime",
    ])
    expect(names(Recipes.buildBivariateComparisonStudy({ secondaryFactor: second }))).toEqual([
      "comparison_arm",
      "second",
    ])
    expect(names(Recipes.buildStrategyComparisonStudy({ secondaryFactor: second }))).toEqual(["agent_id", "second"])
    expect(names(Recipes.buildBivariateComparisonStudy({ comparisonFactor: first, factors: [second] }))).toEqual([
      "second",
    ])
  })

  it("a factor that names agents or problems clears the list of the study", () => {
    const agents = success(
      Recipes.buildUnivariateComparisonStudy({ comparisonFactor: StudyFile.factor("agent", ["a", "b"]) }),
    )
    expect([agents.agentSpecs, agents.problemIds.length]).toEqual([[], 3])
    const problems = success(
      Recipes.buildBivariateComparisonStudy({ secondaryFactor: StudyFile.factor("problem_id", ["p", "q"]) }),
    )
    expect([problems.agentSpecs, problems.problemIds]).toEqual([["baseline-agent"], []])
  })

  it("a strategy comparison with another factor keeps its agents as a list", () => {
    const study = success(
      Recipes.buildStrategyComparisonStudy({ comparisonFactor: StudyFile.factor("strategy", ["x", "y"]) }),
    )
    expect(study.agentSpecs).toEqual(["deterministic-baseline", "self-learning-agent"])
  })
})

describe("levels of strategies", () => {
  it("names are slugs, labels are in title case, and the first agent called baseline or random is the baseline", () => {
    const { levels = [] } = Recipes.strategyFactor([
      "Fast LLM!",
      "fast-llm",
      "Random Search",
      "baseline",
      "fast_llm",
      "é",
    ])
    expect(levels.map(({ name }) => name)).toEqual([
      "fast_llm",
      "fast_llm_2",
      "random_search",
      "baseline",
      "fast_llm_3",
      "agent",
    ])
    expect(levels.map(({ label }) => label)).toEqual([
      "Fast Llm",
      "Fast Llm",
      "Random Search",
      "Baseline",
      "Fast Llm",
      "É",
    ])
    expect(levels.map(({ metadata }) => metadata)).toEqual(
      [false, false, true, false, false, false].map((baseline) => ({
        role: baseline ? "baseline" : "treatment",
        is_baseline: baseline,
      })),
    )
  })

  it("where none is called so, the first is the baseline", () => {
    expect(Recipes.strategyFactor(["b", "a"]).levels?.map(({ metadata }) => metadata)).toEqual([
      { role: "baseline", is_baseline: true },
      { role: "treatment", is_baseline: false },
    ])
  })

  it("agents that are given, or those of a bundle, become the levels", () => {
    const values = (built: Recipes.BuiltStudy) => success(built).factors[0]?.levels.map(({ value }) => value)
    expect(values(Recipes.buildStrategyComparisonStudy({ agentSpecs: ["x", "y", "z"] }))).toEqual(["x", "y", "z"])
    expect(values(Recipes.buildStrategyComparisonStudy({ bundle: Bundles.grammarProblemBundle() }))).toEqual([
      "direct-llm",
      "workflow-agent",
    ])
  })

  it("no agents at all are refused, because a factor needs levels", () => {
    expect(Result.isFailure(Recipes.buildStrategyComparisonStudy({ agentSpecs: [] }))).toBe(true)
  })
})
