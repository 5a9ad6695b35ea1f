import * as JsonText from "@heddle/experiments/JsonText"
import type { Condition } from "@heddle/experiments/Condition"
import type { Evaluation, Observation, RunRecord, RunResult } from "@heddle/experiments/Run"
import type { Study } from "@heddle/experiments/Study"
import * as StudyFile from "@heddle/experiments/StudyFile"
import * as Value from "@heddle/experiments/Value"
import { Result } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { parse as parsePython } from "./pythonCsv.ts"

const root = new URL("fixtures/", import.meta.url)

/** A golden file as text. */
export const goldenText = (path: string): string => readFileSync(new URL(path, root), "utf8")

/** A golden file as bytes. */
export const goldenBytes = (path: string): Uint8Array => readFileSync(new URL(path, root))

const json = (text: string): Value.Value => Result.getOrThrow(JsonText.parse(text)).value

const map = (value: Value.Value | undefined): Value.ValueMap => {
  if (!Value.isMap(value)) throw new Error("no map")
  return value
}
const list = (value: Value.Value | undefined): ReadonlyArray<Value.Value> => {
  if (value === undefined || !Value.isList(value)) throw new Error("no list")
  return value
}
const text = (value: Value.Value | undefined): string => {
  if (typeof value !== "string") throw new Error(`no text: ${String(value)}`)
  return value
}
const textOrNull = (value: Value.Value | undefined): string | null => (value === null ? null : text(value))
const number = (value: Value.Value | undefined): number => {
  const found = Value.toNumber(value)
  if (found === undefined) throw new Error("no number")
  return found
}

const levels = ["study", "run", "trial", "step", "tool-call", "evaluation"] as const
const statuses = ["pending", "running", "success", "failed", "skipped"] as const
const oneOf = <A extends string>(words: ReadonlyArray<A>, value: Value.Value | undefined): A => {
  const found = words.find((word) => word === value)
  if (found === undefined) throw new Error(`not one of ${words.join()}`)
  return found
}

const observation = (value: Value.Value): Observation => {
  const at = map(value)
  return {
    timestamp: text(at.get("timestamp")),
    recordId: text(at.get("record_id")),
    text: text(at.get("text")),
    sessionId: text(at.get("session_id")),
    actorId: text(at.get("actor_id")),
    eventType: text(at.get("event_type")),
    metaJson: map(at.get("meta_json")),
    level: oneOf(levels, at.get("level")),
    studyId: textOrNull(at.get("study_id")),
    runId: textOrNull(at.get("run_id")),
    conditionId: textOrNull(at.get("condition_id")),
    trialId: textOrNull(at.get("trial_id")),
    stepId: textOrNull(at.get("step_id")),
    toolName: textOrNull(at.get("tool_name")),
    evaluationId: textOrNull(at.get("evaluation_id")),
  }
}

const evaluation = (value: Value.Value): Evaluation => {
  const at = map(value)
  return {
    runId: text(at.get("run_id")),
    evaluatorId: text(at.get("evaluator_id")),
    metricName: text(at.get("metric_name")),
    metricValue: at.get("metric_value") ?? null,
    metricUnit: text(at.get("metric_unit")),
    aggregationLevel: text(at.get("aggregation_level")),
    notesJson: map(at.get("notes_json")),
  }
}

/** A checkpoint of the predecessor as the record of a run. */
export const recordOf = (checkpoint: string): RunRecord => {
  const at = map(json(checkpoint))
  const spec = map(at.get("run_spec"))
  const runSpec = {
    runId: text(spec.get("run_id")),
    studyId: text(spec.get("study_id")),
    conditionId: text(spec.get("condition_id")),
    replicate: number(spec.get("replicate")),
    seed: number(spec.get("seed")),
    agentId: textOrNull(spec.get("agent_spec_ref")),
    problemId: textOrNull(spec.get("problem_spec_ref")),
    executionMetadata: map(spec.get("execution_metadata")),
  }
  const status = oneOf(statuses, at.get("status"))
  const result: RunResult = {
    runId: text(at.get("run_id")),
    status,
    outputs: map(at.get("outputs")),
    metrics: map(at.get("metrics")),
    evaluatorOutputs: list(at.get("evaluator_outputs")).map(evaluation),
    costUsd: number(at.get("cost")),
    latencyS: number(at.get("latency")),
    traceRefs: list(at.get("trace_refs")).map(text),
    errorInfo: textOrNull(at.get("error_info")),
    provenanceInfo: map(at.get("provenance_info")),
    observations: list(at.get("observations")).map(observation),
    runSpec,
    startedAt: text(at.get("started_at")),
    endedAt: text(at.get("ended_at")),
    attempts: 1,
  }
  const failed = status !== "success"
  const failure = { kind: "error", tag: "RuntimeError", message: "boom, with a comma", retryable: true } as const
  return {
    runSpec,
    outcome: failed ? "failed" : "succeeded",
    result,
    reason: undefined,
    failure: failed ? failure : undefined,
    attempts: 1,
    history: failed
      ? [
          {
            attempt: 1,
            startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
            runMs: 250,
            limitWaitMs: 0,
            status: "failed",
            failure,
          },
        ]
      : [],
  }
}

/** The conditions of a golden `conditions.csv`; values and their types come from the fingerprint. */
export const conditionsOf = (csv: string): ReadonlyArray<Condition> => {
  const [header = [], ...rows] = parsePython(csv)
  return rows.map((row) => {
    const cell = (name: string): string => row[header.indexOf(name)] ?? ""
    const metadata = map(json(cell("assignment_meta_json")))
    const values = map(json(text(metadata.get("fingerprint"))))
    const factors = map(values.get("factors"))
    const blocks = map(values.get("blocks"))
    const pick = (from: Value.ValueMap, prefix: string): Value.ValueMap =>
      new Map(
        header.flatMap((name): ReadonlyArray<[string, Value.Value]> => {
          const key = name.startsWith(prefix) ? name.slice(prefix.length) : undefined
          const value = key === undefined ? undefined : from.get(key)
          return key === undefined || value === undefined ? [] : [[key, value]]
        }),
      )
    return {
      conditionId: cell("condition_id"),
      factorAssignments: pick(factors, ""),
      blockAssignments: pick(blocks, "block_"),
      metadata,
      admissible: cell("admissible") === "True",
      constraintMessages: list(json(cell("constraint_messages"))).map(text),
    }
  })
}

/** A golden study with its conditions and, where there are checkpoints, its runs in plan order. */
export const golden = (
  name: string,
): {
  readonly study: Study
  readonly conditions: ReadonlyArray<Condition>
  readonly records: ReadonlyArray<RunRecord>
} => {
  const study = Result.getOrThrow(
    StudyFile.parse(goldenText(`${name}/study.yaml`), { format: "yaml", source: "study.yaml" }),
  )
  const [header = [], ...rows] = parsePython(goldenText(`${name}/runs.csv`))
  const ids = rows.map((row) => row[header.indexOf("run_id")] ?? "")
  const records = ids.map((id) => recordOf(goldenText(`${name}/artifacts/checkpoints/${id}.json`)))
  return { study, conditions: conditionsOf(goldenText(`${name}/conditions.csv`)), records }
}

/** All files below a folder of the fixtures, with `/`. */
export const goldenFiles = (name: string): ReadonlyArray<string> =>
  readdirSync(new URL(`${name}/`, root), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      `${entry.parentPath}/${entry.name}`.slice(new URL(`${name}/`, root).pathname.length).replace(/^\//, ""),
    )
    .sort()
