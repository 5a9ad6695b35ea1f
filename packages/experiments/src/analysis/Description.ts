/**
 * Numbers that describe a sample, as plain data.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"

/** What describes a sample. @category schemas */
export const Description = Schema.Struct({
  n: Schema.Int,
  missing: Schema.Int,
  mean: Schema.NullOr(Schema.Finite),
  sd: Schema.NullOr(Schema.Finite),
  standardError: Schema.NullOr(Schema.Finite),
  min: Schema.NullOr(Schema.Finite),
  q1: Schema.NullOr(Schema.Finite),
  median: Schema.NullOr(Schema.Finite),
  q3: Schema.NullOr(Schema.Finite),
  max: Schema.NullOr(Schema.Finite),
  /** Interval of the mean by Student's t, at the level of the analysis. */
  low: Schema.NullOr(Schema.Finite),
  high: Schema.NullOr(Schema.Finite),
})
/** @category models */
export interface Description extends Schema.Schema.Type<typeof Description> {}
