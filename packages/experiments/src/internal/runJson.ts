/**
 * A run as JSON for programs and endpoints: the names of the files, in snake case.
 *
 * @layer logic
 * @module
 */
import type { Json } from "effect/Schema"
import type { RunRequest } from "../RunBinding.ts"
import * as StableJson from "../StableJson.ts"
import type { ValueMap } from "../Value.ts"

/** What a program is told on stdin, and an endpoint in its request. */
export const runJson = (request: RunRequest): { readonly [name: string]: Json } => ({
  run_id: request.runId,
  study_id: request.studyId,
  condition_id: request.conditionId,
  replicate: request.replicate,
  seed: request.seed,
  attempt: request.attempt,
  agent_id: request.agentId,
  problem_id: request.problemId,
  factors: request.factors,
  blocks: request.blocks,
  design: request.design,
  problem:
    request.problem === null
      ? null
      : {
          problem_id: request.problem.problemId,
          family: request.problem.family,
          brief: request.problem.brief,
          payload: request.problem.payload,
          metadata: request.problem.metadata,
        },
})

/** Values in their order, whole numbers and floats apart: `1.0` stays a float for a program that knows the difference. */
const exact = (values: ValueMap): string =>
  `{${Array.from(values, ([name, value]) => `${StableJson.quote(name)}:${StableJson.stringify(value)}`).join(",")}}`

/** The run as JSON text. */
export const runText = (request: RunRequest): string => {
  const { blocks: _, factors: __, ...rest } = runJson(request)
  const { blockAssignments, factorAssignments } = request.condition
  return `${JSON.stringify(rest).slice(0, -1)},"factors":${exact(factorAssignments)},"blocks":${exact(blockAssignments)}}`
}
