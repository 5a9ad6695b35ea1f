/**
 * What one statistical test gives: estimate with interval, statistic, degrees of freedom, probability, effect size, and notes.
 * A number that does not exist is null, and a note says why; no NaN or infinity is ever in one.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"

/** Which side a test looks at: the estimate is above, below, or on either side of the null value. @category schemas */
export const Alternative = Schema.Literals(["greater", "less", "two-sided"])
/** @category models */
export type Alternative = typeof Alternative.Type

/** An interval. A one-sided one has its open end null, and `sides` says so. @category schemas */
export const Interval = Schema.Struct({
  /** Such as 0.95. */
  level: Schema.Finite,
  low: Schema.NullOr(Schema.Finite),
  high: Schema.NullOr(Schema.Finite),
  /** `lower` has only a lower bound, `upper` only an upper one. */
  sides: Schema.Literals(["both", "lower", "upper"]),
})
/** @category models */
export interface Interval extends Schema.Schema.Type<typeof Interval> {}

/** A standardised effect. @category schemas */
export const EffectSize = Schema.Struct({
  /** Such as `Hedges g`, `partial eta squared`, `rank-biserial correlation`. */
  name: Schema.String,
  value: Schema.NullOr(Schema.Finite),
  low: Schema.NullOr(Schema.Finite),
  high: Schema.NullOr(Schema.Finite),
})
/** @category models */
export interface EffectSize extends Schema.Schema.Type<typeof EffectSize> {}

/** What a test gives. @category schemas */
export const TestOutcome = Schema.Struct({
  /** Such as `Welch two-sample t test`. */
  method: Schema.String,
  alternative: Alternative,
  /** What the estimate is, such as `difference in means`. */
  estimateName: Schema.String,
  estimate: Schema.NullOr(Schema.Finite),
  standardError: Schema.NullOr(Schema.Finite),
  interval: Schema.NullOr(Interval),
  /** Such as `t`, `F`, `W`. */
  statisticName: Schema.String,
  statistic: Schema.NullOr(Schema.Finite),
  /** None, one, or numerator and denominator. */
  df: Schema.Array(Schema.Finite),
  p: Schema.NullOr(Schema.Finite),
  effectSize: Schema.NullOr(EffectSize),
  /** Observations that it is based on. */
  n: Schema.Int,
  notes: Schema.Array(Schema.String),
})
/** @category models */
export interface TestOutcome extends Schema.Schema.Type<typeof TestOutcome> {}
