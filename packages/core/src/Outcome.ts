/**
 * An outcome: how one unit ended, with its times kept apart and every attempt kept. `status` is the word used in tables,
 * receipts and JSON.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"
import { Failure } from "./Failure.ts"

/** Every way in which a unit can end. @category schemas */
export const Status = Schema.Literals([
  "succeeded",
  "failed",
  "timedOut",
  "interrupted",
  "notStarted",
  "skipped",
  "reused",
])
/** One word for how a unit ended, as tables, receipts and JSON print it. @category models */
export type Status = typeof Status.Type

/** One try of a unit. Times are milliseconds; `startedAtMs` is Unix time. @category schemas */
export const Attempt = Schema.Struct({
  attempt: Schema.Int,
  startedAtMs: Schema.Finite,
  runMs: Schema.Finite,
  limitWaitMs: Schema.Finite,
  status: Schema.Literals(["succeeded", "failed", "timedOut", "interrupted"]),
  failure: Schema.optionalKey(Failure),
})
/** @category models */
export interface Attempt extends Schema.Schema.Type<typeof Attempt> {}

/**
 * The record of how a unit ended. The four times are disjoint and in milliseconds: `queuedMs` from the start of the run
 * to the unit's own start, `limitWaitMs` waiting for slots, rates and budgets, `retryWaitMs` waiting between tries (of
 * the unit, and of requests inside it), `runMs` the rest: work.
 *
 * @category models
 */
export interface Outcome<out A = unknown> {
  readonly id: string
  readonly label: string
  readonly status: Status
  /** What the unit returned: `succeeded` and `reused` only, and only where values are kept and not sent to a sink. */
  readonly value?: A
  /** Why it did not succeed: `failed`, `timedOut`, `interrupted`. */
  readonly failure?: Failure
  /** Why it was skipped, reused, never started, run again, or not tried again after a failure of an earlier session. */
  readonly reason?: string
  /** Tries of this unit over all sessions of the run. */
  readonly attempts: number
  /** Each try, where there was more than one or the unit did not succeed; the last {@link historyMax}. */
  readonly history?: ReadonlyArray<Attempt>
  /** What was spent of each named budget, in that budget's unit. */
  readonly spent?: { readonly [name: string]: number }
  readonly queuedMs: number
  readonly runMs: number
  readonly limitWaitMs: number
  readonly retryWaitMs: number
}

/** Attempts of one unit that are kept in its outcome. */
export const historyMax = 100

/** An outcome as it stands in the ledger and in receipts; times are milliseconds. @category schemas */
export const Outcome: Schema.Codec<Outcome> = Schema.Struct({
  id: Schema.String,
  label: Schema.String,
  status: Status,
  value: Schema.optionalKey(Schema.Unknown),
  failure: Schema.optionalKey(Failure),
  reason: Schema.optionalKey(Schema.String),
  attempts: Schema.Int,
  history: Schema.optionalKey(Schema.Array(Attempt)),
  spent: Schema.optionalKey(Schema.Record(Schema.String, Schema.Finite)),
  queuedMs: Schema.Finite,
  runMs: Schema.Finite,
  limitWaitMs: Schema.Finite,
  retryWaitMs: Schema.Finite,
})

/** Done, and not to be done again: `succeeded`, `reused`, `skipped`. @category guards */
export const isSettled = (status: Status): boolean =>
  status === "succeeded" || status === "reused" || status === "skipped"

/** How many units ended in each way, and how many were planned. @category schemas */
export const Counts = Schema.Struct({
  planned: Schema.Int,
  succeeded: Schema.Int,
  failed: Schema.Int,
  timedOut: Schema.Int,
  interrupted: Schema.Int,
  notStarted: Schema.Int,
  skipped: Schema.Int,
  reused: Schema.Int,
})
/** @category models */
export interface Counts extends Schema.Schema.Type<typeof Counts> {}

/** Counts of a plan before anything ran. @category constructors */
export const emptyCounts = (planned: number): Counts => ({
  planned,
  succeeded: 0,
  failed: 0,
  timedOut: 0,
  interrupted: 0,
  notStarted: 0,
  skipped: 0,
  reused: 0,
})
