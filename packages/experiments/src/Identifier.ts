/**
 * Ids of conditions, runs and events: a prefix and the first hexadecimal digits of a SHA-256 over stable JSON. The same
 * input has the same id on every machine and in the predecessor.
 *
 * @layer logic
 * @module
 */
import { sha256Hex } from "@heddle/core/Canonical"
import * as StableJson from "./StableJson.ts"
import type { Value, ValueMap } from "./Value.ts"

/** Hexadecimal digits of an id. */
const digits = 12

/**
 * `prefix`, a dash, and the first `length` hexadecimal digits of the SHA-256 of the payload's stable JSON.
 *
 * @example
 * import { hashIdentifier } from "@heddle/experiments/Identifier"
 *
 * hashIdentifier("cond", new Map([["factors", new Map([["variant", "a"]])], ["blocks", new Map()]])) // => "cond-593275f88eaa"
 *
 * @category ids
 */
export const hashIdentifier = (prefix: string, payload: Value, length = digits): string =>
  `${prefix}-${sha256Hex(StableJson.stringify(payload)).slice(0, length)}`

/** Stable JSON of the values of a condition; kept in its metadata. @category ids */
export const fingerprintText = (factors: ValueMap, blocks: ValueMap): string =>
  `{"blocks":${StableJson.stringify(blocks)},"factors":${StableJson.stringify(factors)}}`

/** Id of a condition: over its values, and for designs made as a table over the facts of its row too. @category ids */
export const conditionId = (factors: ValueMap, blocks: ValueMap, metadata?: ValueMap): string => {
  const text = fingerprintText(factors, blocks)
  const whole = metadata === undefined ? text : `${text.slice(0, -1)},"metadata":${StableJson.stringify(metadata)}}`
  return `cond-${sha256Hex(whole).slice(0, digits)}`
}

/** What makes a run: the same five things are the same run. @category models */
export interface RunIdentity {
  readonly studyId: string
  readonly conditionId: string
  /** From 1. */
  readonly replicate: number
  readonly agentId: string | null
  readonly problemId: string | null
}

const textOrNull = (text: string | null): string => (text === null ? "null" : StableJson.quote(text))

/** Id of a run. @category ids */
export const runId = (run: RunIdentity): string => {
  const payload = `{"agent_id":${textOrNull(run.agentId)},"condition_id":${StableJson.quote(run.conditionId)},"problem_id":${textOrNull(run.problemId)},"replicate":${run.replicate},"study_id":${StableJson.quote(run.studyId)}}`
  return `run-${sha256Hex(payload).slice(0, digits)}`
}

/** Id of an event of a run that has none of its own: `index` is its place in the run, from 0. @category ids */
export const eventId = (event: {
  readonly runId: string
  readonly index: number
  /** Absent for the one event that is made where an agent gave none. */
  readonly eventType?: string
}): string => {
  const type = event.eventType === undefined ? "" : `"event_type":${StableJson.quote(event.eventType)},`
  return `evt-${sha256Hex(`{${type}"index":${event.index},"run_id":${StableJson.quote(event.runId)}}`).slice(0, digits)}`
}
