/**
 * The predecessor's checkpoint of a run: everything that is known of it, in one JSON file, and the same as one line of
 * `runs.jsonl`. Written in compatibility mode only; nothing of ours reads them, the ledger is the truth.
 *
 * @layer logic
 * @module
 */
import type { Observation, RunRecord } from "../Run.ts"
import * as Value from "../Value.ts"

const observation = (event: Observation): Value.Value =>
  new Map<string, Value.Value>([
    ["actor_id", event.actorId],
    ["condition_id", event.conditionId],
    ["evaluation_id", event.evaluationId],
    ["event_type", event.eventType],
    ["level", event.level],
    ["meta_json", event.metaJson],
    ["record_id", event.recordId],
    ["run_id", event.runId],
    ["session_id", event.sessionId],
    ["step_id", event.stepId],
    ["study_id", event.studyId],
    ["text", event.text],
    ["timestamp", event.timestamp],
    ["tool_name", event.toolName],
    ["trial_id", event.trialId],
  ])

/** The checkpoint of a run; `undefined` of one that has no result. */
export const checkpoint = ({ result, runSpec: spec }: RunRecord): Value.ValueMap | undefined =>
  result === undefined
    ? undefined
    : new Map<string, Value.Value>([
        ["artifact_refs", []],
        ["cost", Value.float(result.costUsd)],
        ["ended_at", result.endedAt],
        ["error_info", result.errorInfo],
        [
          "evaluator_outputs",
          result.evaluatorOutputs.map(
            (evaluation) =>
              new Map<string, Value.Value>([
                ["aggregation_level", evaluation.aggregationLevel],
                ["evaluator_id", evaluation.evaluatorId],
                ["metric_name", evaluation.metricName],
                ["metric_unit", evaluation.metricUnit],
                ["metric_value", evaluation.metricValue],
                ["notes_json", evaluation.notesJson],
                ["run_id", evaluation.runId],
              ]),
          ),
        ],
        ["latency", Value.float(result.latencyS)],
        ["metrics", result.metrics],
        ["observations", result.observations.map(observation)],
        ["outputs", result.outputs],
        ["provenance_info", result.provenanceInfo],
        ["run_id", result.runId],
        [
          "run_spec",
          new Map<string, Value.Value>([
            ["agent_spec_ref", spec.agentId],
            ["condition_id", spec.conditionId],
            ["execution_metadata", spec.executionMetadata],
            ["problem_id", spec.problemId ?? ""],
            ["problem_spec_ref", spec.problemId],
            ["replicate", spec.replicate],
            ["run_id", spec.runId],
            ["seed", spec.seed],
            ["study_id", spec.studyId],
          ]),
        ],
        ["started_at", result.startedAt],
        ["status", result.status],
        ["trace_refs", result.traceRefs],
      ])
