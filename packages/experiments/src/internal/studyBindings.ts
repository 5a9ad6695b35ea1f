/**
 * Factors that say which agent or problem a condition is run with.
 *
 * @layer logic
 * @module
 */
import { str } from "../StableJson.ts"
import type { Factor, Study } from "../Study.ts"
import { valuesOf } from "../Study.ts"

/** Names of a factor whose value is the agent of a condition. */
export const agentFactorNames: ReadonlyArray<string> = ["agent_id", "agent", "agent_spec"]

/** Names of a factor whose value is the problem of a condition. */
export const problemFactorNames: ReadonlyArray<string> = ["problem_id", "problem"]

/** The first factor of the study with one of these names. */
export const bindingFactor = (factors: ReadonlyArray<Factor>, names: ReadonlyArray<string>): Factor | undefined =>
  factors.find(({ name }) => names.includes(name))

/** Agents that the study names, in its list or by a factor. */
export const agentsOf = (study: Study): ReadonlyArray<string> => {
  const factor = bindingFactor(study.factors, agentFactorNames)
  return [...new Set([...study.agentSpecs, ...(factor === undefined ? [] : valuesOf(factor).map(str))])]
}
