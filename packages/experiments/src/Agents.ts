/**
 * Agents by name, and how what they return is read: output, measures, events and traces in one form, whatever the agent
 * chose to return.
 *
 * @layer logic
 * @module
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { eventId } from "./Identifier.ts"
import { ObservationLevel, type Observation } from "./Run.ts"
import { type Agent, type Binding, isModule, type RunModule } from "./RunBinding.ts"
import { namesMax, RunPlanError } from "./RunError.ts"
import { str } from "./StableJson.ts"
import { emptyMap, fromJs, isInteger, isList, isMap, type Value, type ValueMap } from "./Value.ts"

/** Agents by name. @category models */
export type AgentBindings = ReadonlyMap<string, Binding> | { readonly [agentId: string]: Binding }

/** The agents in force where a study is run without bindings of its own; none by default. @category services */
export const Agents: Context.Reference<AgentBindings> = Context.Reference("@heddle/experiments/Agents", {
  defaultValue: (): AgentBindings => new Map(),
})

/** Agents by name, for all studies that are run under this layer. @category layers */
export const layer = (bindings: AgentBindings): Layer.Layer<never> => Layer.succeed(Agents, bindings)

/** A binding as an agent with all of its facts. @category constructors */
export const agentOf = (binding: Binding): Agent | RunModule =>
  typeof binding === "function" ? { run: binding } : isModule(binding) ? binding : binding

/** The agent of that name; fails with `UnknownAgent` where nothing usable is bound to it. @category getters */
export const get = (bindings: AgentBindings, agentId: string): Result.Result<Agent | RunModule, RunPlanError> => {
  const found: Binding | undefined =
    bindings instanceof Map
      ? bindings.get(agentId)
      : Object.hasOwn(bindings, agentId)
        ? Reflect.get(bindings, agentId)
        : undefined
  const usable = typeof found === "function" || (typeof found === "object" && found !== null)
  if (usable) return Result.succeed(agentOf(found))
  const names = bindings instanceof Map ? [...bindings.keys()] : Object.keys(bindings)
  return Result.fail(new RunPlanError({ reason: { _tag: "UnknownAgent", agentId, known: names.slice(0, namesMax) } }))
}

/**
 * What an agent may return, made from its parts; text alone is `{ text }`. The predecessor's helper of this name.
 *
 * @example
 * import { agentResult } from "@heddle/experiments/Agents"
 *
 * agentResult("42", { metrics: { cost_usd: 0.01 } }).output // => { text: "42" }
 *
 * @category constructors
 */
export const agentResult = (
  output: string | { readonly [name: string]: unknown },
  parts: {
    readonly metrics?: { readonly [name: string]: unknown }
    readonly events?: ReadonlyArray<unknown>
    readonly metadata?: { readonly [name: string]: unknown }
    readonly traceRefs?: ReadonlyArray<string>
  } = {},
) => ({
  output: typeof output === "string" ? { text: output } : output,
  metrics: parts.metrics ?? {},
  events: parts.events ?? [],
  metadata: parts.metadata ?? {},
  trace_refs: (parts.traceRefs ?? []).map(String),
})

/** What an agent did, in one form. @category models */
export interface Execution {
  readonly output: ValueMap
  readonly metrics: ValueMap
  readonly traceRefs: ReadonlyArray<string>
  readonly metadata: ValueMap
  readonly events: ReadonlyArray<Observation>
  /** False where the agent says of itself that it failed. */
  readonly success: boolean
}

/** Which run the events belong to, and their time where they have none. @category models */
export interface ExecutionPlace {
  readonly runId: string
  readonly studyId: string
  readonly conditionId: string
  /** `2026-01-02T03:04:05+00:00`. */
  readonly timestamp: string
  /** Reads as the predecessor does: an object without any known name has no output, and nothing is an empty answer. */
  readonly compatibility?: boolean
}

const known = ["output", "outputs", "text", "metrics", "trace_refs", "traceRefs", "metadata", "events", "success"]

const mapOr = (value: Value | undefined): ValueMap => (isMap(value) ? value : emptyMap)

const texts = (value: Value | undefined): ReadonlyArray<string> =>
  value === undefined || value === null ? [] : isList(value) ? value.map(str) : [str(value)]

const outputOf = (given: Value): ValueMap => (isMap(given) ? given : new Map([["text", given]]))

interface Parts {
  readonly output: ValueMap
  readonly metrics: ValueMap
  readonly traceRefs: ReadonlyArray<string>
  readonly metadata: ValueMap
  readonly events: Value | undefined
  readonly success: boolean
}

const fromMap = (raw: ValueMap, compatibility: boolean): Parts => {
  const output = raw.get("output") ?? raw.get("outputs")
  const text = raw.get("text")
  const bare = !compatibility && !known.some((name) => raw.has(name))
  const given = output === undefined || output === null ? undefined : outputOf(output)
  const empty = given === undefined || given.size === 0
  return {
    output: !empty ? given : text !== undefined ? new Map([["text", text]]) : bare ? raw : emptyMap,
    metrics: mapOr(raw.get("metrics")),
    traceRefs: texts(raw.get("trace_refs") ?? raw.get("traceRefs")),
    metadata: mapOr(raw.get("metadata")),
    events: raw.get("events"),
    success: raw.get("success") !== false,
  }
}

const usageNames = [
  ["prompt_tokens", "input_tokens"],
  ["completion_tokens", "output_tokens"],
  ["total_tokens", "total_tokens"],
  ["input_tokens", "input_tokens"],
  ["output_tokens", "output_tokens"],
] as const

/** Names that only our own form of a return has beside `output`; an execution has its measures and events inside of it. */
const ownNames = ["metrics", "events", "trace_refs", "traceRefs", "outputs"] as const

const whole = (value: Value | undefined): boolean => isInteger(value) || typeof value === "boolean"

const named = (value: Value | undefined): value is string => typeof value === "string" && value.trim() !== ""

/** The output of an execution: its final output, else its text; outside of compatibility with what stands beside the text. */
const finalOutput = (inner: ValueMap, compatibility: boolean): ValueMap => {
  const final = inner.get("final_output")
  if (final !== undefined && final !== null) {
    return isMap(final) ? final : new Map([[typeof final === "string" ? "text" : "final_output", final]])
  }
  const name = inner.has("text") ? "text" : inner.has("model_text") ? "model_text" : undefined
  if (name === undefined) return inner
  const text: Value = str(inner.get(name) ?? null)
  if (compatibility) return new Map([["text", text]])
  const rest = [...inner].filter(([key]) => key !== name && key !== "metrics" && key !== "events")
  return new Map<string, Value>([["text", text], ...rest])
}

/** What an agents' library returns of an execution: `success`, `output`, `metadata`, and the model's own response. */
const fromExecution = (raw: ValueMap, inner: ValueMap, compatibility: boolean): Parts => {
  const metrics = new Map(mapOr(inner.get("metrics")))
  const response = mapOr(raw.get("model_response"))
  const usage = mapOr(response.get("usage"))
  for (const [from, to] of usageNames) {
    const tokens = usage.get(from)
    if (whole(tokens) && tokens !== undefined && !metrics.has(to)) metrics.set(to, tokens)
  }
  const metadata = new Map(mapOr(raw.get("metadata")))
  for (const [from, to] of [
    ["model", "model_name"],
    ["provider", "model_provider"],
  ] as const) {
    const value = response.get(from)
    if (named(value)) metadata.set(to, value)
  }
  const listed = metadata.get("trace_refs")
  const traces = [metadata.get("trace_path"), ...(listed !== undefined && isList(listed) ? listed : [])].filter(named)
  return {
    output: finalOutput(inner, compatibility),
    metrics,
    traceRefs: [...new Set(traces)],
    metadata,
    events: inner.get("events"),
    success: raw.get("success") !== false,
  }
}

const partsOf = (raw: Value, compatibility: boolean): Parts => {
  if (isMap(raw)) {
    const inner = raw.get("output")
    const execution = raw.has("success") && raw.has("metadata") && !ownNames.some((name) => raw.has(name))
    return execution && isMap(inner) ? fromExecution(raw, inner, compatibility) : fromMap(raw, compatibility)
  }
  const nothing = raw === null && !compatibility
  return {
    output: nothing ? emptyMap : new Map([["text", str(raw)]]),
    metrics: emptyMap,
    traceRefs: [],
    metadata: emptyMap,
    events: undefined,
    success: true,
  }
}

const levels: ReadonlySet<string> = new Set(ObservationLevel.literals)

const isLevel = (text: string): text is Observation["level"] => levels.has(text)

const textOrNull = (value: Value | undefined): string | null =>
  value === undefined || value === null ? null : str(value)

const metaOf = (value: Value | undefined): ValueMap => {
  if (isMap(value)) return value
  if (value === undefined || value === null || value === "") return emptyMap
  if (typeof value === "string") {
    try {
      const parsed = fromJs(JSON.parse(value))
      if (isMap(parsed)) return parsed
    } catch {
      // Not JSON: kept as the text that it is.
    }
  }
  return new Map([["value", value]])
}

/**
 * One event of a run with everything that it leaves out; `index` is its place in the list that it came in. Fails with a
 * sentence where its level is none.
 *
 * @category normalisation
 */
export const observationOf = (
  event: ValueMap,
  index: number,
  place: ExecutionPlace,
): Result.Result<Observation, string> => {
  const get = (snake: string, camel: string): Value | undefined => event.get(snake) ?? event.get(camel)
  const level = textOrNull(event.get("level")) ?? "step"
  if (!isLevel(level)) {
    return Result.fail(`event ${index} has the level ${JSON.stringify(level)}; levels are ${[...levels].join(", ")}`)
  }
  const eventType = textOrNull(get("event_type", "eventType")) ?? "event"
  return Result.succeed({
    timestamp: textOrNull(event.get("timestamp")) ?? place.timestamp,
    recordId: textOrNull(get("record_id", "recordId")) ?? eventId({ runId: place.runId, index, eventType }),
    text: textOrNull(event.get("text")) ?? "",
    sessionId: textOrNull(get("session_id", "sessionId")) ?? place.runId,
    actorId: textOrNull(get("actor_id", "actorId")) ?? "agent",
    eventType,
    metaJson: metaOf(get("meta_json", "metaJson")),
    level,
    // An event is of the run that told it, whatever it says: tables are joined by these.
    studyId: place.studyId,
    runId: place.runId,
    conditionId: place.conditionId,
    trialId: textOrNull(get("trial_id", "trialId")),
    stepId: textOrNull(get("step_id", "stepId")),
    toolName: textOrNull(get("tool_name", "toolName")),
    evaluationId: textOrNull(get("evaluation_id", "evaluationId")),
  })
}

const autoMeta: ValueMap = new Map<string, Value>([["auto_generated", true]])

/** The event that stands for the answer of an agent that reported none. @category normalisation */
export const answerEvent = (text: string, place: ExecutionPlace, eventType = "assistant_output"): Observation => ({
  timestamp: place.timestamp,
  recordId: eventId({ runId: place.runId, index: 0 }),
  text,
  sessionId: place.runId,
  actorId: "agent",
  eventType,
  metaJson: autoMeta,
  level: "step",
  studyId: place.studyId,
  runId: place.runId,
  conditionId: place.conditionId,
  trialId: null,
  stepId: null,
  toolName: null,
  evaluationId: null,
})

/**
 * What an agent returned in one form. `observed` are events that it reported while it ran; they stand before those that it
 * returned. Fails with a sentence where an event's level is none.
 *
 * @category normalisation
 */
export const normalizeExecution = (
  raw: Value,
  place: ExecutionPlace,
  observed: ReadonlyArray<Observation> = [],
): Result.Result<Execution, string> => {
  const parts = partsOf(raw, place.compatibility === true)
  const events: Array<Observation> = [...observed]
  if (parts.events !== undefined && isList(parts.events)) {
    for (const [index, event] of parts.events.entries()) {
      if (!isMap(event)) continue
      const observation = observationOf(event, observed.length + index, place)
      if (Result.isFailure(observation)) return Result.fail(observation.failure)
      events.push(observation.success)
    }
  }
  if (events.length === 0) {
    const text = parts.output.get("text")
    const said = text !== undefined && (text !== null || place.compatibility === true)
    events.push(answerEvent(said ? str(text) : "", place))
  }
  const { events: _, ...rest } = parts
  return Result.succeed({ ...rest, events })
}
