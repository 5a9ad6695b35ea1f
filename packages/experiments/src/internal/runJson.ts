/**
 * A run as JSON for programs and endpoints: the names of the files, in snake case.
 *
 * @layer logic
 * @module
 */
import type { Json } from "effect/Schema"
import type { RunRequest } from "../RunBinding.ts"

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
