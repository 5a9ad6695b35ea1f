/**
 * What came of a run as a record of the ledger, and back. Written by hand, because it is done for every run: fields that
 * follow from the run itself, and those that have their usual value, are left out.
 *
 * @layer logic
 * @module
 */
import type { Outcome } from "@heddle/core/Outcome"
import type { Json } from "effect/Schema"
import type { Evaluation, Observation, RunResult, RunSpec } from "../Run.ts"
import * as StableJson from "../StableJson.ts"
import * as ValueJson from "../ValueJson.ts"
import { emptyMap, float, isMap, type Value, type ValueMap } from "../Value.ts"

/** What is known of a run by itself. */
export interface RunContent {
  readonly outputs: ValueMap
  readonly metrics: ValueMap
  readonly evaluations: ReadonlyArray<Evaluation>
  readonly observations: ReadonlyArray<Observation>
  readonly costUsd: number
  readonly latencyS: number
  readonly traceRefs: ReadonlyArray<string>
  /** What the run added to its execution metadata. */
  readonly facts: ReadonlyArray<readonly [string, Value]>
  readonly startedAt: string
  readonly endedAt: string
  readonly errorInfo: string | null
}

interface JsonObject {
  [name: string]: Json
}

const put = (json: JsonObject, name: string, value: Json | null | undefined, usual: Json | null): void => {
  if (value !== undefined && value !== usual) json[name] = value
}

const encodeObservation = (event: Observation, spec: RunSpec): Json => {
  const json: JsonObject = { at: event.timestamp, id: event.recordId }
  put(json, "text", event.text, "")
  put(json, "session", event.sessionId, spec.runId)
  put(json, "actor", event.actorId, "agent")
  put(json, "type", event.eventType, "event")
  if (event.metaJson.size > 0) json["meta"] = ValueJson.encode(event.metaJson)
  put(json, "level", event.level, "step")
  put(json, "study", event.studyId, spec.studyId)
  put(json, "run", event.runId, spec.runId)
  put(json, "condition", event.conditionId, spec.conditionId)
  put(json, "trial", event.trialId, null)
  put(json, "step", event.stepId, null)
  put(json, "tool", event.toolName, null)
  put(json, "evaluation", event.evaluationId, null)
  return json
}

const encodeEvaluation = (row: Evaluation): Json => {
  const json: JsonObject = { metric: row.metricName, value: ValueJson.encode(row.metricValue) }
  put(json, "evaluator", row.evaluatorId, "problem_evaluator")
  put(json, "unit", row.metricUnit, "unitless")
  put(json, "level", row.aggregationLevel, "run")
  if (row.notesJson.size > 0) json["notes"] = ValueJson.encode(row.notesJson)
  return json
}

/** A run's content as JSON. */
export const encode = (content: RunContent, spec: RunSpec): Json => {
  const json: JsonObject = { startedAt: content.startedAt, endedAt: content.endedAt, latencyS: content.latencyS }
  put(json, "costUsd", content.costUsd, 0)
  if (content.outputs.size > 0) json["outputs"] = ValueJson.encode(content.outputs)
  if (content.metrics.size > 0) json["metrics"] = ValueJson.encode(content.metrics)
  if (content.evaluations.length > 0) json["evaluations"] = content.evaluations.map(encodeEvaluation)
  if (content.observations.length > 0) {
    json["observations"] = content.observations.map((event) => encodeObservation(event, spec))
  }
  if (content.traceRefs.length > 0) json["traceRefs"] = content.traceRefs
  if (content.facts.length > 0) json["facts"] = content.facts.map(([name, value]) => [name, ValueJson.encode(value)])
  put(json, "error", content.errorInfo, null)
  return json
}

const record = (json: unknown): { readonly [name: string]: unknown } =>
  typeof json === "object" && json !== null && !Array.isArray(json)
    ? (json as { readonly [name: string]: unknown })
    : {}

const list = (json: unknown): ReadonlyArray<unknown> => (Array.isArray(json) ? json : [])

const text = (json: unknown, otherwise: string): string => (typeof json === "string" ? json : otherwise)

const textOrNull = (json: unknown, otherwise: string | null = null): string | null =>
  typeof json === "string" || json === null ? json : otherwise

const number = (json: unknown): number => (typeof json === "number" ? json : 0)

const valueOf = (json: unknown): Value => ValueJson.decode(json) ?? null

const mapOf = (json: unknown): ValueMap => {
  const value = json === undefined ? emptyMap : ValueJson.decode(json)
  return isMap(value) ? value : emptyMap
}

const levels: ReadonlySet<string> = new Set(["study", "run", "trial", "step", "tool-call", "evaluation"])
const isLevel = (level: string): level is Observation["level"] => levels.has(level)

const decodeObservation = (json: unknown, spec: RunSpec): Observation => {
  const event = record(json)
  const level = text(event["level"], "step")
  return {
    timestamp: text(event["at"], ""),
    recordId: text(event["id"], ""),
    text: text(event["text"], ""),
    sessionId: text(event["session"], spec.runId),
    actorId: text(event["actor"], "agent"),
    eventType: text(event["type"], "event"),
    metaJson: mapOf(event["meta"]),
    level: isLevel(level) ? level : "step",
    studyId: textOrNull(event["study"], spec.studyId),
    runId: textOrNull(event["run"], spec.runId),
    conditionId: textOrNull(event["condition"], spec.conditionId),
    trialId: textOrNull(event["trial"]),
    stepId: textOrNull(event["step"]),
    toolName: textOrNull(event["tool"]),
    evaluationId: textOrNull(event["evaluation"]),
  }
}

const decodeEvaluation = (json: unknown, runId: string): Evaluation => {
  const row = record(json)
  return {
    runId,
    evaluatorId: text(row["evaluator"], "problem_evaluator"),
    metricName: text(row["metric"], "score"),
    metricValue: valueOf(row["value"]),
    metricUnit: text(row["unit"], "unitless"),
    aggregationLevel: text(row["level"], "run"),
    notesJson: mapOf(row["notes"]),
  }
}

/** What {@link encode} wrote; what is missing has its usual value. */
export const decode = (json: unknown, spec: RunSpec): RunContent => {
  const stored = record(json)
  return {
    outputs: mapOf(stored["outputs"]),
    metrics: mapOf(stored["metrics"]),
    evaluations: list(stored["evaluations"]).map((row) => decodeEvaluation(row, spec.runId)),
    observations: list(stored["observations"]).map((event) => decodeObservation(event, spec)),
    costUsd: number(stored["costUsd"]),
    latencyS: number(stored["latencyS"]),
    traceRefs: list(stored["traceRefs"]).filter((ref) => typeof ref === "string"),
    facts: list(stored["facts"]).map((fact) => {
      const [name, value] = list(fact)
      return [text(name, ""), valueOf(value)] as const
    }),
    startedAt: text(stored["startedAt"], ""),
    endedAt: text(stored["endedAt"], ""),
    errorInfo: textOrNull(stored["error"]),
  }
}

const provenanceOf = (
  metadata: ValueMap,
  facts: RunContent["facts"],
  failed: boolean,
  compatibility: boolean,
): ValueMap => {
  const agentId = metadata.get("agent_id") ?? null
  const callback = agentId === null
  const mode: ReadonlyArray<readonly [string, Value]> = callback ? [["execution_mode", "condition_runner"]] : []
  if (failed && compatibility) return new Map<string, Value>([["agent_id", agentId], ...mode])
  if (callback) return new Map(mode)
  const said = new Map(facts)
  return new Map<string, Value>([
    ["agent_id", agentId],
    ["problem_id", metadata.get("problem_id") ?? null],
    ["problem_family", metadata.get("problem_family") ?? "unknown"],
    // As the agent said it: nothing where it said nothing, empty where it said so.
    ["model_name", said.get("model_name") ?? null],
    ["model_provider", said.get("model_provider") ?? null],
    ["request_id", said.get("request_id") ?? null],
    ["trace_dir", said.get("trace_dir") ?? null],
    ["trace_path", said.get("trace_path") ?? null],
    ["execution_metadata", StableJson.stringify(metadata)],
  ])
}

/** What came of a run, from its content and how it ended. In compatibility a failed run has nothing but its error and time. */
export const resultOf = (
  content: RunContent,
  spec: RunSpec,
  end: { readonly failed: boolean; readonly attempts: number; readonly compatibility: boolean },
): RunResult => {
  const bare = end.failed && end.compatibility
  const known = content.facts.filter(([, value]) => value !== "")
  const executionMetadata =
    known.length === 0 ? spec.executionMetadata : new Map<string, Value>([...spec.executionMetadata, ...known])
  return {
    runId: spec.runId,
    status: end.failed ? "failed" : "success",
    outputs: bare ? emptyMap : content.outputs,
    metrics: bare ? new Map<string, Value>([["latency_s", float(content.latencyS)]]) : content.metrics,
    evaluatorOutputs: bare ? [] : content.evaluations,
    costUsd: bare ? 0 : content.costUsd,
    latencyS: content.latencyS,
    traceRefs: bare ? [] : content.traceRefs,
    errorInfo: content.errorInfo,
    provenanceInfo: provenanceOf(executionMetadata, content.facts, end.failed, end.compatibility),
    observations: bare ? [] : content.observations,
    runSpec: executionMetadata === spec.executionMetadata ? spec : { ...spec, executionMetadata },
    startedAt: content.startedAt,
    endedAt: content.endedAt,
    attempts: end.attempts,
  }
}

let lastSecond = Number.NaN
let lastText = ""

/** Seconds in UTC as files have them: `2026-01-02T03:04:05+00:00`. The last one is remembered: many runs share a second. */
export const timestampOf = (unixMs: number): string => {
  const second = Math.floor(unixMs / 1000)
  if (second !== lastSecond) {
    lastText = `${new Date(second * 1000).toISOString().slice(0, 19)}+00:00`
    lastSecond = second
  }
  return lastText
}

/** What is known of a run that failed without telling anything itself: killed, out of time, or refused by the Runner. */
export const contentOfOutcome = (outcome: Outcome): RunContent => {
  const last = outcome.history?.at(-1)
  const latencyS = (last?.runMs ?? outcome.runMs) / 1000
  const startedAt = last === undefined ? "" : timestampOf(last.startedAtMs)
  return {
    outputs: emptyMap,
    metrics: new Map<string, Value>([["latency_s", float(latencyS)]]),
    evaluations: [],
    observations: [],
    costUsd: 0,
    latencyS,
    traceRefs: [],
    facts: [],
    startedAt,
    endedAt: last === undefined ? "" : timestampOf(last.startedAtMs + last.runMs + last.limitWaitMs),
    errorInfo: outcome.failure === undefined ? null : `${outcome.failure.tag}: ${outcome.failure.message}`,
  }
}
