/**
 * One run of a study as data: what is to be done (`RunSpec`), and what came of it (`RunResult`) with its observations and
 * evaluations. A run's files have the same fields in snake case.
 *
 * @layer contract
 * @module
 */
import type { Failure } from "@heddle/core/Failure"
import type { Attempt, Status } from "@heddle/core/Outcome"
import * as Schema from "effect/Schema"
import { Value, ValueMap } from "./Value.ts"

/** What one run is: a condition, once, with one agent on one problem. @category schemas */
export const RunSpec = Schema.Struct({
  /** `run-` and 12 hexadecimal digits, from study, condition, replicate, agent and problem. */
  runId: Schema.String,
  studyId: Schema.String,
  conditionId: Schema.String,
  /** From 1. */
  replicate: Schema.Int,
  /** 0 to 2^31 - 2; derived from the seed policy and all of the above. */
  seed: Schema.Int,
  /** Null where a run is one function of its own, without agents. */
  agentId: Schema.NullOr(Schema.String),
  problemId: Schema.NullOr(Schema.String),
  /** Facts for the provenance of the run: `agent_id`, `problem_id`, `condition_fingerprint`, and what the agent says of itself. */
  executionMetadata: ValueMap,
})
/** @category models */
export interface RunSpec extends Schema.Schema.Type<typeof RunSpec> {}

/** What an observation is about. @category schemas */
export const ObservationLevel = Schema.Literals(["study", "run", "trial", "step", "tool-call", "evaluation"])
/** How a run stands in its files. @category schemas */
export const RunStatus = Schema.Literals(["pending", "running", "success", "failed", "skipped"])

/** Something that happened in a run: a step, a tool call, an answer. @category schemas */
export const Observation = Schema.Struct({
  /** `2026-01-02T03:04:05+00:00`: UTC, whole seconds. */
  timestamp: Schema.String,
  recordId: Schema.String,
  text: Schema.String,
  sessionId: Schema.String,
  actorId: Schema.String,
  eventType: Schema.String,
  metaJson: ValueMap,
  level: ObservationLevel,
  studyId: Schema.NullOr(Schema.String),
  runId: Schema.NullOr(Schema.String),
  conditionId: Schema.NullOr(Schema.String),
  trialId: Schema.NullOr(Schema.String),
  stepId: Schema.NullOr(Schema.String),
  toolName: Schema.NullOr(Schema.String),
  evaluationId: Schema.NullOr(Schema.String),
})
/** @category models */
export interface Observation extends Schema.Schema.Type<typeof Observation> {}

/** One number that an evaluator gave. @category schemas */
export const Evaluation = Schema.Struct({
  runId: Schema.String,
  evaluatorId: Schema.String,
  metricName: Schema.String,
  /** A number or a boolean; null where the evaluator gave none. */
  metricValue: Value,
  metricUnit: Schema.String,
  aggregationLevel: Schema.String,
  notesJson: ValueMap,
})
/** @category models */
export interface Evaluation extends Schema.Schema.Type<typeof Evaluation> {}

/** What came of a run. @category schemas */
export const RunResult = Schema.Struct({
  runId: Schema.String,
  status: RunStatus,
  outputs: ValueMap,
  /** All measures by name: the agent's own, `latency_s`, `cost_usd`, tokens, counts of events, `primary_outcome`. */
  metrics: ValueMap,
  evaluatorOutputs: Schema.Array(Evaluation),
  costUsd: Schema.Finite,
  latencyS: Schema.Finite,
  traceRefs: Schema.Array(Schema.String),
  /** `Type: message` of a run that failed. */
  errorInfo: Schema.NullOr(Schema.String),
  provenanceInfo: ValueMap,
  observations: Schema.Array(Observation),
  runSpec: RunSpec,
  startedAt: Schema.String,
  endedAt: Schema.String,
  /** Tries over all sessions. */
  attempts: Schema.Int,
})
/** @category models */
export interface RunResult extends Schema.Schema.Type<typeof RunResult> {}

/**
 * A try that began and was cut off with its process (killed, a crash, a machine that went down): it never told its end.
 *
 * @category models
 */
export interface CutOffTry {
  readonly attempt: number
  /** Unix time in milliseconds. */
  readonly startedAtMs: number
  /** What counts as spent by it, which is all that it was allowed; absent where nothing is capped. */
  readonly charged?: { readonly [name: string]: number }
}

/**
 * A run of the plan as the files tell it, whatever became of it.
 *
 * @category models
 */
export interface RunRecord {
  readonly runSpec: RunSpec
  /** How it ended in the words of the Runner; a run that was never reached is `notStarted`. */
  readonly outcome: Status
  /** What came of it: of a failed run what is known (cost, outputs and observations so far); absent where it never began. */
  readonly result: RunResult | undefined
  /** Why it was skipped, reused, never started or run again. */
  readonly reason: string | undefined
  /** The failure of its last try. */
  readonly failure: Failure | undefined
  /** Tries over all sessions, and each of them where there was more than one or the run failed. */
  readonly attempts: number
  readonly history: ReadonlyArray<Attempt>
  /** Milliseconds of its own work, and of waiting for places and rates, in the session that it ended in. */
  readonly runMs?: number | undefined
  readonly limitWaitMs?: number | undefined
  /** What counts as spent over all tries (`cost_usd`, `tokens`, `time_s`); absent where nothing was said and nothing is capped. */
  readonly spent?: { readonly [name: string]: number } | undefined
  /** Tries that were cut off with their process; absent where there were none. */
  readonly cutOff?: ReadonlyArray<CutOffTry> | undefined
  /** What it was made with and is no more, where its result was kept on somebody's word: `agent a`. */
  readonly kept?: string | undefined
}
