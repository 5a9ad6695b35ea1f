/**
 * Ready-made studies to begin from: nine questions that are often asked of agents, each with its factors, design, claim
 * and analysis plan. Each builder takes the sections that you want otherwise.
 *
 * @layer logic
 * @module
 */
import type { BenchmarkBundle } from "./Bundles.ts"
import { ideationBundle, optimizationBundle } from "./Bundles.ts"
import type { BuiltStudy, Recipe, RecipeConfig } from "./recipes/recipe.ts"
import { arm, build, level } from "./recipes/recipe.ts"
import type { FactorInput, LevelInput } from "./StudyInput.ts"

export type { BuiltStudy, RecipeConfig } from "./recipes/recipe.ts"

/** A comparison may also be told its factor. `factors` beats it. @category models */
export type ComparisonConfig = RecipeConfig & { readonly comparisonFactor?: FactorInput | null | undefined }

/** A comparison over two factors may be told both. `factors` beats them. @category models */
export type FactorialComparisonConfig = ComparisonConfig & { readonly secondaryFactor?: FactorInput | null | undefined }

const factor = (name: string, description: string, levels: ReadonlyArray<LevelInput>): FactorInput => ({
  name,
  description,
  levels,
})

const block = (name: string, ...levels: ReadonlyArray<string>) => ({ name, levels })

/** Agents of different make on prompts of different difficulty. @category recipes */
export const buildAgentArchitectureComparisonStudy = (config: RecipeConfig = {}): BuiltStudy =>
  build(
    {
      studyId: "agent-architecture-comparison",
      title: "Agent architectures compared",
      description: "Does the make of an agent change what it achieves, and does that depend on how hard the prompt is?",
      rationale: "A dearer architecture has to show that it is better where it matters.",
      tags: ["ideation", "architecture"],
      factors: [
        factor("agent_architecture", "How the agent is made.", [
          level("direct", "direct-llm"),
          level("multistep", "multi-step"),
          level("reflective"),
        ]),
        factor("prompt_difficulty", "How hard the prompt is.", [level("easy"), level("medium"), level("hard")]),
      ],
      blocks: [block("problem_family", "ideation", "optimization")],
      design: "constrained_factorial",
      baseSeed: 7,
      replicates: 2,
      claim: {
        label: "Architecture matters",
        statement: "The primary outcome differs between architectures.",
        kind: "effect",
        direction: "different",
      },
      problemIds: ["problem-a", "problem-b"],
      agentSpecs: ["direct-llm", "multi-step", "reflective"],
    },
    config,
  )

/** Three ways to put the same task. @category recipes */
export const buildPromptFramingStudy = (config: RecipeConfig = {}): BuiltStudy =>
  build(
    {
      studyId: "prompt-framing-study",
      title: "Framing of prompts",
      description: "Does the way in which a task is put change the result?",
      rationale: "Wording is cheap to change, so its effect should be known.",
      tags: ["ideation", "framing"],
      factors: [
        factor("prompt_frame", "How the task is put.", [level("neutral"), level("challenge"), level("analogy")]),
        factor("prompt_difficulty", "How hard the task is.", [level("low"), level("high")]),
      ],
      blocks: [block("domain", "mobility", "health")],
      design: "randomized_block",
      baseSeed: 11,
      replicates: 3,
      claim: {
        label: "Framing matters",
        statement: "The primary outcome differs between the ways to put a task.",
        kind: "effect",
        direction: "different",
      },
      problemIds: ["ideation-1", "ideation-2", "ideation-3"],
      agentSpecs: ["baseline-agent", "creative-agent"],
    },
    config,
  )

/** Generation without help, with a grammar, and with tools. @category recipes */
export const buildGrammarScaffoldStudy = (config: RecipeConfig = {}): BuiltStudy =>
  build(
    {
      studyId: "grammar-scaffold-study",
      title: "Grammar as a scaffold",
      description: "Does a grammar, or a tool that knows it, help to generate valid results?",
      rationale: "Constraints cost freedom; what they give in return is measured here.",
      tags: ["grammar", "constrained-generation"],
      factors: [
        factor("generation_mode", "What guides the generation.", [
          level("free", "unconstrained"),
          level("grammar", "grammar-guided"),
          level("tool", "tool-guided"),
        ]),
      ],
      blocks: [block("problem_family", "grammar", "text")],
      design: "full_factorial",
      baseSeed: 19,
      replicates: 2,
      claim: {
        label: "Scaffolds help",
        statement: "The primary outcome is greater where generation is guided.",
        kind: "effect",
        direction: "greater",
      },
      problemIds: ["grammar-1", "grammar-2"],
      agentSpecs: ["direct-llm", "workflow-agent"],
    },
    config,
  )

/** People alone, with help, and in mixed teams; each cohort in every mode. @category recipes */
export const buildHumanVsAgentProcessStudy = (config: RecipeConfig = {}): BuiltStudy =>
  build(
    {
      studyId: "human-vs-agent-process",
      title: "People, agents and mixed teams at work",
      description: "How does the way in which people and agents share work change the process and its result?",
      rationale: "What a team gains from an agent may depend on what the people already know.",
      tags: ["teaming", "process-trace"],
      factors: [
        factor("team_mode", "Who does the work.", [
          level("human", "human-only"),
          level("assist", "ai-assisted"),
          level("hybrid"),
        ]),
      ],
      blocks: [block("cohort", "novice", "expert")],
      design: "repeated_measures",
      baseSeed: 23,
      replicates: 1,
      claim: {
        label: "Experience moderates the mode",
        statement: "The effect of the mode on the primary outcome differs between cohorts.",
        kind: "moderation",
        direction: "different",
      },
      problemIds: ["teaming-1", "teaming-2"],
      agentSpecs: ["human-only", "ai-assisted", "hybrid"],
    },
    config,
  )

/** Search strategies over several benches. @category recipes */
export const buildDiversityAndExplorationStudy = (config: RecipeConfig = {}): BuiltStudy =>
  build(
    {
      studyId: "diversity-exploration",
      title: "Diversity and exploration",
      description: "Does a strategy that explores more find better solutions on every bench?",
      rationale: "A strategy that wins on one bench only is not worth keeping.",
      tags: ["optimization", "diversity"],
      factors: [
        factor("search_strategy", "How the next candidate is chosen.", [
          level("greedy"),
          level("epsilon", "epsilon-greedy"),
          level("ucb"),
        ]),
      ],
      blocks: [block("problem_family", "bench-a", "bench-b", "bench-c")],
      design: "randomized_block",
      baseSeed: 29,
      replicates: 2,
      claim: {
        label: "Exploration holds up",
        statement: "Strategies that explore give a greater primary outcome on all benches.",
        kind: "robustness",
        direction: "greater",
      },
      problemIds: ["opt-a", "opt-b", "opt-c"],
      agentSpecs: ["deterministic", "self-learning"],
    },
    config,
  )

/** A fixed and a learning optimiser under two tunings. @category recipes */
export const buildOptimizationBenchmarkStudy = (config: RecipeConfig = {}): BuiltStudy =>
  build(
    {
      studyId: "optimization-benchmark",
      title: "Optimisation benchmark",
      description: "Does learning pay over problems of different size, and how much does tuning matter?",
      rationale: "An optimiser is chosen for problems that it has not seen.",
      tags: ["optimization", "benchmark", "generalization"],
      factors: [
        factor("learning_strategy", "Whether the optimiser learns.", [
          level("deterministic", "deterministic-baseline"),
          level("self_learning", "self-learning-agent"),
        ]),
        factor("tuning_regime", "How boldly it is tuned.", [level("conservative"), level("aggressive")]),
      ],
      blocks: [block("problem_family", "small", "medium", "large")],
      design: "randomized_block",
      baseSeed: 31,
      replicates: 2,
      claim: {
        label: "Learning generalises",
        statement: "A learning optimiser gives a greater primary outcome over all sizes.",
        kind: "robustness",
        direction: "greater",
      },
      problemIds: optimizationBundle().problemIds,
      agentSpecs: optimizationBundle().agentSpecs,
      tests: ["difference_in_means", "mixed_effects"],
      randomEffects: ["problem_family"],
      plots: ["family_condition_means"],
      exportTables: ["optimization_summary"],
    },
    config,
  )

const comparisonArm: FactorInput = {
  name: "comparison_arm",
  description: "What is compared.",
  levels: [arm("baseline", "baseline", "Baseline", true), arm("treatment", "treatment", "Treatment", false)],
  metadata: { comparison_axis: true },
}

const promptRegime: FactorInput = {
  name: "prompt_regime",
  description: "How prompts are written.",
  levels: [arm("standard", "standard", "Standard", true), arm("structured", "structured", "Structured", false)],
  metadata: { comparison_axis: true },
}

const comparison = {
  blocks: [],
  design: "constrained_factorial",
  baseSeed: 37,
  replicates: 2,
  boundFactorsClearLists: true,
} satisfies Partial<Recipe>

/** A baseline against one treatment. @category recipes */
export const buildUnivariateComparisonStudy = (config: ComparisonConfig = {}): BuiltStudy =>
  build(
    {
      ...comparison,
      studyId: "univariate-comparison",
      title: "One change against a baseline",
      description: "Does one change make a difference?",
      rationale: "The smallest study that can tell.",
      tags: ["comparison", "univariate"],
      factors: [config.comparisonFactor ?? comparisonArm],
      claim: {
        label: "The change matters",
        statement: "The primary outcome differs between the arms.",
        kind: "effect",
        direction: "different",
      },
      problemIds: ideationBundle().problemIds,
      agentSpecs: ["baseline-agent"],
    },
    config,
  )

/** Two changes, each against its baseline, and both together. @category recipes */
export const buildBivariateComparisonStudy = (config: FactorialComparisonConfig = {}): BuiltStudy =>
  build(
    {
      ...comparison,
      studyId: "bivariate-comparison",
      title: "Two changes, alone and together",
      description: "Does each of two changes make a difference, and does one depend on the other?",
      rationale: "Two studies of one change each cannot show that the changes work on each other.",
      tags: ["comparison", "bivariate"],
      factors: [config.comparisonFactor ?? comparisonArm, config.secondaryFactor ?? promptRegime],
      claim: {
        label: "Both changes matter",
        statement: "The primary outcome differs between the arms and between the regimes.",
        kind: "effect",
        direction: "different",
      },
      problemIds: ideationBundle().problemIds,
      agentSpecs: ["baseline-agent"],
      plots: ["condition_means", "interaction_means"],
      exportTables: ["summary_by_condition", "summary_by_interaction"],
    },
    config,
  )

/**
 * Agents against each other: each agent is a level of the factor `agent_id`. The agents are those of `agentSpecs`, else of
 * the bundle; the baseline is the first with `baseline` or `random` in its name, else the first.
 *
 * @category recipes
 */
export const buildStrategyComparisonStudy = (config: FactorialComparisonConfig = {}): BuiltStudy => {
  const bundle: BenchmarkBundle = config.bundle ?? optimizationBundle()
  const agents = config.agentSpecs ?? bundle.agentSpecs
  const secondary = config.secondaryFactor ?? undefined
  return build(
    {
      ...comparison,
      studyId: "strategy-comparison",
      title: "Strategies compared",
      description: "Which of several strategies does best on the same problems?",
      rationale: "All agents get the same problems, so that only the strategy differs.",
      tags: ["comparison", "strategy", "benchmark"],
      factors: [config.comparisonFactor ?? strategyFactor(agents), ...(secondary === undefined ? [] : [secondary])],
      claim: {
        label: "Strategies differ",
        statement: "The primary outcome differs between strategies over all problems.",
        kind: "robustness",
        direction: "different",
      },
      problemIds: bundle.problemIds,
      agentSpecs: agents,
    },
    config,
  )
}

/** A factor `agent_id` with one level for each agent, one of them the baseline. @category constructors */
export const strategyFactor = (agents: ReadonlyArray<string>): FactorInput => {
  const named = agents.findIndex((agent) => /baseline|random/i.test(agent))
  const baseline = named === -1 ? 0 : named
  const used = new Set<string>()
  return {
    name: "agent_id",
    description: "The agent that does the run.",
    levels: agents.map((agent, index) => arm(slug(agent, used), agent, titleCase(agent), index === baseline)),
    metadata: { comparison_axis: true },
  }
}

/** A name of lower-case letters, digits and underscores that is not used yet: `_2`, `_3` and so on where it is. */
const slug = (text: string, used: Set<string>): string => {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_|_$/g, "")
  const base = plain === "" ? "agent" : plain
  let name = base
  for (let count = 2; used.has(name); count++) name = `${base}_${count}`
  used.add(name)
  return name
}

const titleCase = (text: string): string => {
  const words = text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "")
  return words.length === 0
    ? text
    : words.map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1).toLowerCase()}`).join(" ")
}

/** Every recipe by the id of its study. */
export const recipes: Readonly<Record<string, (config?: RecipeConfig) => BuiltStudy>> = {
  "agent-architecture-comparison": buildAgentArchitectureComparisonStudy,
  "prompt-framing-study": buildPromptFramingStudy,
  "grammar-scaffold-study": buildGrammarScaffoldStudy,
  "human-vs-agent-process": buildHumanVsAgentProcessStudy,
  "diversity-exploration": buildDiversityAndExplorationStudy,
  "optimization-benchmark": buildOptimizationBenchmarkStudy,
  "univariate-comparison": buildUnivariateComparisonStudy,
  "bivariate-comparison": buildBivariateComparisonStudy,
  "strategy-comparison": buildStrategyComparisonStudy,
}
