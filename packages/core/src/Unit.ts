/**
 * A unit: one isolated piece of work of a plan, such as a study, an experiment run, a stack of images or a staged run.
 * Pure data: what is to be done, why, and a fingerprint of everything that shapes its result.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"

/** A unit id: 1 to 1024 characters, unique in its plan. Any text is allowed; files made from it are named elsewhere. */
export const UnitId = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(1024))

/** A unit as it stands in its plan: nothing is left to be filled in. @category schemas */
export const Unit = Schema.Struct({
  /** Unique in the plan. */
  id: UnitId,
  /** What people read in tables; the id unless said otherwise. */
  label: Schema.String,
  /** Why this unit is in the plan, or why it runs again. */
  reason: Schema.String,
  /** Hash of everything that shapes the result; a finished unit is reused only where it is equal. */
  fingerprint: Schema.String,
  /** What the work is told: plain JSON. */
  input: Schema.Json,
  /** The most that this unit may spend of each named budget of the run (money, tokens, bytes), in that budget's unit. */
  budgets: Schema.optionalKey(Schema.Record(Schema.String, Schema.Finite)),
})
/** @category models */
export interface Unit extends Schema.Schema.Type<typeof Unit> {}

/** What a caller says of a unit; the rest is filled in by `Plan.make`. @category models */
export interface UnitSpec {
  readonly id: string
  readonly label?: string
  readonly reason?: string
  /** Replaces the computed fingerprint; include everything that shapes the result. */
  readonly fingerprint?: string
  readonly input?: Schema.Json
  readonly budgets?: Readonly<Record<string, number>>
}
