import * as Result from "effect/Result"
import * as MersenneTwister from "../src/MersenneTwister.ts"
import type { Observation, RunResult } from "../src/Run.ts"
import type { Agent, RunRequest } from "../src/RunBinding.ts"
import * as StudyFile from "../src/StudyFile.ts"
import type { Study } from "../src/Study.ts"
import type { StudyInput } from "../src/StudyInput.ts"
import { float, type Value, type ValueMap } from "../src/Value.ts"
import { fixtureText } from "./fixtures.ts"

/** The small study of the fixtures, read from its file. */
export const smallStudy: Study = Result.getOrThrow(
  StudyFile.parse(fixtureText("small_study/study.yaml"), { format: "yaml", source: "study.yaml" }),
)

class RuntimeError extends Error {
  override readonly name = "RuntimeError"
}

const round3 = (number: number): number => Math.round(number * 1000) / 1000

/** The agent of the small study, as its fixture describes it. */
export const smallAgent: Agent = {
  run: (request: RunRequest) => {
    const { factors, replicate, seed } = request
    const draw = MersenneTwister.make(seed).random()
    if (factors["variant"] === "b" && replicate === 2) throw new RuntimeError("boom, with a comma")
    return {
      output: { text: `${request.problemId}/${String(factors["variant"])}`, candidate: [draw, seed] },
      metrics: { cost_usd: 0.01, input_tokens: 5, output_tokens: 7 },
      trace_refs: [`traces/${request.runId}.jsonl`],
      metadata: {
        model_name: "model-x",
        model_provider: "prov",
        agent_kind: "llm",
        pattern_name: "single",
        request_id: "",
      },
      events: [
        {
          event_type: "tool_call",
          text: 'call, "quoted"',
          actor_id: "tool",
          level: "tool-call",
          tool_name: "calc",
          meta_json: { b: 1, a: [1, 2.5] },
        },
        { event_type: "assistant_output", text: "line1\nline2", record_id: `evt-fixed-${replicate}` },
      ],
    }
  },
}

/** The problem of the small study, as its fixture describes it. */
export const smallProblems = {
  p1: {
    problemId: "p1",
    family: "toy",
    brief: "brief",
    payload: {},
    metadata: {},
    evaluator: ({ candidate }: { readonly candidate: unknown }) => ({
      score: round3(Array.isArray(candidate) ? Number(candidate[0]) : 0),
      is_ok: true,
      higher_is_better: true,
      label: "text",
      count: 3,
    }),
  },
}

/** A study over one factor with so many levels. */
export const studyOf = (levels: number, input: Partial<StudyInput> = {}): Study =>
  Result.getOrThrow(
    StudyFile.make({
      studyId: "s",
      title: "A study",
      factors: [
        StudyFile.factor(
          "x",
          Array.from({ length: levels }, (_, index) => index + 1),
        ),
      ],
      ...input,
    }),
  )

const observationValue = (event: Observation): ValueMap =>
  new Map<string, Value>([
    ["timestamp", event.timestamp],
    ["record_id", event.recordId],
    ["text", event.text],
    ["session_id", event.sessionId],
    ["actor_id", event.actorId],
    ["event_type", event.eventType],
    ["meta_json", event.metaJson],
    ["level", event.level],
    ["study_id", event.studyId],
    ["run_id", event.runId],
    ["condition_id", event.conditionId],
    ["trial_id", event.trialId],
    ["step_id", event.stepId],
    ["tool_name", event.toolName],
    ["evaluation_id", event.evaluationId],
  ])

/** A result as the predecessor's checkpoint has it. */
export const checkpointOf = (result: RunResult): ValueMap =>
  new Map<string, Value>([
    ["artifact_refs", []],
    ["cost", float(result.costUsd)],
    ["ended_at", result.endedAt],
    ["error_info", result.errorInfo],
    [
      "evaluator_outputs",
      result.evaluatorOutputs.map(
        (row) =>
          new Map<string, Value>([
            ["aggregation_level", row.aggregationLevel],
            ["evaluator_id", row.evaluatorId],
            ["metric_name", row.metricName],
            ["metric_unit", row.metricUnit],
            ["metric_value", row.metricValue],
            ["notes_json", row.notesJson],
            ["run_id", row.runId],
          ]),
      ),
    ],
    ["latency", float(result.latencyS)],
    ["metrics", result.metrics],
    ["observations", result.observations.map(observationValue)],
    ["outputs", result.outputs],
    ["provenance_info", result.provenanceInfo],
    ["run_id", result.runId],
    [
      "run_spec",
      new Map<string, Value>([
        ["agent_spec_ref", result.runSpec.agentId],
        ["condition_id", result.runSpec.conditionId],
        ["execution_metadata", result.runSpec.executionMetadata],
        ["problem_id", result.runSpec.problemId ?? ""],
        ["problem_spec_ref", result.runSpec.problemId],
        ["replicate", result.runSpec.replicate],
        ["run_id", result.runSpec.runId],
        ["seed", result.runSpec.seed],
        ["study_id", result.runSpec.studyId],
      ]),
    ],
    ["started_at", result.startedAt],
    ["status", result.status],
    ["trace_refs", result.traceRefs],
  ])
