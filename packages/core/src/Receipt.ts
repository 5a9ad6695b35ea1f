/**
 * The receipt: what a finished run hands over, and what can be checked afterwards without trusting us: counts, outcomes
 * in plan order, hashes of everything written, versions and seeds. Fields may be added, never renamed.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"
import { Artifact } from "./Durable.ts"
import { Counts, Outcome } from "./Outcome.ts"
import { RunStatus } from "./RunEvent.ts"

/** The version of the receipt's form. */
export const schemaVersion = 1

/** What a run spent of one budget, over all its sessions, in that budget's own unit. @category schemas */
export const BudgetReport = Schema.Struct({
  name: Schema.String,
  cap: Schema.Finite,
  spent: Schema.Finite,
  /** True where a unit spent more than it had reserved; the budget was closed then. */
  overrun: Schema.Boolean,
})

/** A receipt as it stands in its file. `ReceiptFile` writes, reads and verifies it. @category schemas */
export const Receipt = Schema.Struct({
  type: Schema.Literal("receipt"),
  schemaVersion: Schema.Literal(schemaVersion),
  runId: Schema.String,
  kind: Schema.String,
  planHash: Schema.String,
  /** ISO 8601 in UTC. */
  startedAt: Schema.String,
  /** ISO 8601 in UTC. */
  endedAt: Schema.String,
  status: RunStatus,
  counts: Counts,
  /** In plan order. Empty in memory where values went to a sink; then `Receipt.write` streams them from the ledger. */
  units: Schema.Array(Outcome),
  artifacts: Schema.Array(Artifact),
  environment: Schema.Record(Schema.String, Schema.String),
  /** The seed that every unit's Random was derived from. */
  seed: Schema.String,
  /** Sessions of the run: 1, and one more for each resume. */
  sessions: Schema.Int,
  /** What a killed process can lose: `none`, `normal` (survives kill -9), `full` (survives a power cut). */
  durability: Schema.String,
  placement: Schema.String,
  concurrency: Schema.Int,
  budgets: Schema.optionalKey(Schema.Array(BudgetReport)),
  /** What an area adds, such as the selection report of studies. */
  details: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)),
})
type ReceiptType = Schema.Schema.Type<typeof Receipt>
/** A receipt whose values have the type `A`: what the work returned, as it was recorded. @category models */
export interface Receipt<out A = unknown> extends Omit<ReceiptType, "units"> {
  readonly units: ReadonlyArray<Outcome<A>>
}
