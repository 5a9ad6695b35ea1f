/**
 * A failure: why a unit did not succeed, as data that survives JSON, the ledger and another machine. Typed errors,
 * defects, time-outs and interrupts stay apart, and every reason of a cause is kept.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"

/** The four ways of not succeeding: expected and typed, a bug, out of time, interrupted. @category schemas */
export const FailureKind = Schema.Literals(["error", "defect", "timeout", "interrupt"])

/**
 * Why a unit, or one try of it, did not succeed. All texts are cut to the bounds below, and secrets are taken out.
 *
 * - `kind`: `error` (expected and typed), `defect` (a bug or a thrown value), `timeout`, `interrupt`.
 * - `tag`: the class of the error, stable enough to branch on.
 * - `retryable`: whether another try may help; resume obeys it.
 * - `fields`: the error's own data (an HTTP status, a path).
 * - `causes`: what lay behind it, and other reasons of the same cause; at most {@link causesMax}, {@link depthMax} deep.
 *
 * @category models
 */
export interface Failure {
  readonly kind: "error" | "defect" | "timeout" | "interrupt"
  readonly tag: string
  readonly message: string
  readonly retryable: boolean
  readonly fields?: { readonly [key: string]: Schema.Json }
  readonly stack?: string
  readonly causes?: ReadonlyArray<Failure>
}

/** A failure as it stands in the ledger, in receipts and in `--json`. @category schemas */
export const Failure: Schema.Codec<Failure> = Schema.Struct({
  kind: FailureKind,
  tag: Schema.String,
  message: Schema.String,
  retryable: Schema.Boolean,
  fields: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)),
  stack: Schema.optionalKey(Schema.String),
  causes: Schema.optionalKey(Schema.Array(Schema.suspend((): Schema.Codec<Failure> => Failure))),
})

/** Reasons and nested causes kept at each level. */
export const causesMax = 8
/** How deep nested causes are followed. */
export const depthMax = 4
/** Characters of a message that are kept. */
export const messageMax = 2_000
/** Characters of a stack that are kept. */
export const stackMax = 4_000
/** Characters that all fields of one failure may take as JSON together. */
export const fieldsMax = 4_000
