/**
 * The measures of a run: what the agent says, what its events count up to, time, cost and tokens, and the primary outcome
 * that the study declared.
 *
 * @layer logic
 * @module
 */
import type { Evaluation, Observation } from "./Run.ts"
import type { OutcomeSpec } from "./Study.ts"
import { float, isNumber, toNumber, type Value, type ValueMap } from "./Value.ts"

/** What measures are composed of. @category models */
export interface MetricSources {
  readonly agentMetrics: ValueMap
  readonly evaluationRows: ReadonlyArray<Pick<Evaluation, "metricName" | "metricValue">>
  readonly observations: ReadonlyArray<Pick<Observation, "eventType" | "actorId">>
  readonly latencyS: number
  readonly costUsd: number
  /** The outcomes that the study declares; the first primary one says which measure is the primary outcome. */
  readonly outcomes?: ReadonlyArray<OutcomeSpec>
  /** The primary outcome is the value of the first row, whatever the study declares. */
  readonly compatibility?: boolean
}

const stepTypes: ReadonlySet<string> = new Set(["step", "tool_call", "assistant_output"])

/** A number as Python's `float()` reads it; `undefined` where it reads none. */
export const floatOf = (value: Value | undefined): number | undefined => {
  if (typeof value === "boolean") return value ? 1 : 0
  if (isNumber(value)) return toNumber(value)
  if (typeof value !== "string") return undefined
  const text = value.trim()
  return /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+)?$/i.test(text)
    ? Number(text.replaceAll("_", ""))
    : undefined
}

/**
 * The declared primary outcome of a run: the row or measure that its column names, else its own name. Undefined where the
 * run did not deliver it; the first row where the study declares no primary outcome.
 */
const primaryOutcome = (sources: MetricSources, metrics: ValueMap): Value | undefined => {
  const { evaluationRows } = sources
  const declared = sources.outcomes?.find((outcome) => outcome.primary)
  if (sources.compatibility === true || declared === undefined) return evaluationRows[0]?.metricValue
  for (const name of [declared.column, declared.name]) {
    const row = evaluationRows.find(({ metricName }) => metricName === name)
    if (row !== undefined) return row.metricValue
  }
  return metrics.get(declared.column) ?? metrics.get(declared.name)
}

/**
 * All measures of a run by name. Counts of events and measured time and cost win over what the agent says of them; a
 * primary outcome that the agent itself names wins over the evaluators'.
 *
 * @category metrics
 */
export const composeMetrics = (sources: MetricSources): ValueMap => {
  const metrics = new Map(sources.agentMetrics)
  let toolCalls = 0
  let steps = 0
  const actors = new Set<string>()
  for (const { actorId, eventType } of sources.observations) {
    if (eventType === "tool_call") toolCalls++
    if (stepTypes.has(eventType)) steps++
    actors.add(actorId)
  }
  metrics.set("tool_call_count", toolCalls)
  metrics.set("step_event_count", steps)
  metrics.set("unique_actor_count", actors.size)
  metrics.set("latency_s", float(sources.latencyS))
  metrics.set("cost_usd", float(sources.costUsd))
  for (const name of ["input_tokens", "output_tokens"]) {
    const tokens = floatOf(metrics.get(name))
    metrics.set(name, tokens === undefined ? 0 : float(tokens))
  }
  if (!metrics.has("primary_outcome")) {
    const primary = primaryOutcome(sources, metrics)
    if (primary !== undefined) metrics.set("primary_outcome", primary)
  }
  return metrics
}
