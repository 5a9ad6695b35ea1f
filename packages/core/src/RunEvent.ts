/**
 * What happens in a run, as events: the ledger stores them, progress counts them, `--json` prints them. One vocabulary
 * for all readers.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"
import { Failure } from "./Failure.ts"
import { Counts, Outcome } from "./Outcome.ts"

/** How a whole run ended. @category schemas */
export const RunStatus = Schema.Literals(["succeeded", "partial", "failed", "interrupted"])
/**
 * - `succeeded`: every unit succeeded, was reused or skipped.
 * - `partial`: some units succeeded or were reused, others did not.
 * - `failed`: no unit succeeded or was reused.
 * - `interrupted`: it was stopped from outside before all units were done.
 *
 * @category models
 */
export type RunStatus = typeof RunStatus.Type

/**
 * The run began, or began again. `session` counts from 1; a resumed run has `session` above 1. `reused` units of earlier
 * sessions are counted, not listed.
 */
export const RunStarted = Schema.Struct({
  type: Schema.Literal("runStarted"),
  session: Schema.Int,
  planned: Schema.Int,
  reused: Schema.Int,
  concurrency: Schema.Int,
  seed: Schema.String,
  placement: Schema.String,
})

/** A try of a unit began. */
export const UnitStarted = Schema.Struct({
  type: Schema.Literal("unitStarted"),
  id: Schema.String,
  attempt: Schema.Int,
})

/** A try failed and another will follow after `delayMs`. */
export const UnitRetrying = Schema.Struct({
  type: Schema.Literal("unitRetrying"),
  id: Schema.String,
  attempt: Schema.Int,
  delayMs: Schema.Finite,
  failure: Failure,
})

/** Something that the work itself reports, such as a page that was read. `name` says what; `data` is its own. */
export const UnitNoted = Schema.Struct({
  type: Schema.Literal("unitNoted"),
  id: Schema.String,
  name: Schema.String,
  level: Schema.Literals(["debug", "info", "warning", "error"]),
  data: Schema.Json,
})

/** A unit ended. Its slot is freed only when this event is committed. */
export const UnitFinished = Schema.Struct({
  type: Schema.Literal("unitFinished"),
  outcome: Outcome,
})

/** The session ended; the last event of a session, absent where the process was killed. */
export const RunFinished = Schema.Struct({
  type: Schema.Literal("runFinished"),
  status: RunStatus,
  counts: Counts,
})

/** Any event of a run; `type` tells them apart. @category schemas */
export const RunEvent = Schema.Union([RunStarted, UnitStarted, UnitRetrying, UnitNoted, UnitFinished, RunFinished])
/** Any event of a run, decoded. @category models */
export type RunEvent = typeof RunEvent.Type

/** An event as it is stored: numbered within its run from 1 without gaps, with the time of the writer's clock. */
export interface StoredEvent {
  readonly runId: string
  readonly seq: number
  /** Unix time in milliseconds. */
  readonly atMs: number
  readonly event: RunEvent
}
