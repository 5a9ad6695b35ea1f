/**
 * Benchmark bundles: sets of problems and agents that belong together, by their ids. The ids are names to bind your own
 * problems and agents to.
 *
 * @layer logic
 * @module
 */
import type { ValueMap } from "./Value.ts"

/** Problems and agents that belong together. @category models */
export interface BenchmarkBundle {
  readonly bundleId: string
  readonly problemIds: ReadonlyArray<string>
  readonly agentSpecs: ReadonlyArray<string>
  readonly metadata: ValueMap
}

const bundle = (
  bundleId: string,
  domain: string,
  problemIds: ReadonlyArray<string>,
  agentSpecs: ReadonlyArray<string>,
): BenchmarkBundle => ({ bundleId, problemIds, agentSpecs, metadata: new Map([["domain", domain]]) })

/** Three ideation briefs for three agents. @category constructors */
export const ideationBundle = (): BenchmarkBundle =>
  bundle(
    "ideation",
    "ideation",
    ["ideation-brief-a", "ideation-brief-b", "ideation-brief-c"],
    ["baseline-agent", "creative-agent", "structured-agent"],
  )

/** Optimisation problems of three sizes for a fixed and a learning agent. @category constructors */
export const optimizationBundle = (): BenchmarkBundle =>
  bundle(
    "optimization",
    "optimization",
    ["optimization-small", "optimization-medium", "optimization-large"],
    ["deterministic-baseline", "self-learning-agent"],
  )

/** Generation with three kinds of help from a grammar, for two agents. @category constructors */
export const grammarProblemBundle = (): BenchmarkBundle =>
  bundle(
    "grammar",
    "grammar",
    ["grammar-unconstrained", "grammar-guided", "grammar-tool-guided"],
    ["direct-llm", "workflow-agent"],
  )

/** Two team sessions for people alone, people with help, and mixed teams. @category constructors */
export const humanVsAgentBundle = (): BenchmarkBundle =>
  bundle(
    "human-vs-agent",
    "teaming",
    ["teaming-session-a", "teaming-session-b"],
    ["human-only", "ai-assisted", "hybrid-team"],
  )

/** Every bundle by its id. */
export const bundles: Readonly<Record<string, () => BenchmarkBundle>> = {
  ideation: ideationBundle,
  optimization: optimizationBundle,
  grammar: grammarProblemBundle,
  "human-vs-agent": humanVsAgentBundle,
}
