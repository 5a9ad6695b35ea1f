/**
 * One look of a study at its own data while it runs, as it is kept in the ledger and told in files.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"

/** One look at the data of a running study. Numbers that could not be computed are null. @category schemas */
export const StoppingLook = Schema.Struct({
  /** From 1. */
  look: Schema.Int,
  /** Whole replicates of all conditions that were done. */
  replicates: Schema.Int,
  informationFraction: Schema.Finite,
  countLeft: Schema.Int,
  countRight: Schema.Int,
  /** Mean of the right group minus mean of the left one. */
  estimate: Schema.NullOr(Schema.Finite),
  standardError: Schema.NullOr(Schema.Finite),
  /** The statistic that is compared: a normal deviate, or the likelihood ratio of an always-valid look. */
  statistic: Schema.NullOr(Schema.Finite),
  boundary: Schema.NullOr(Schema.Finite),
  /** Valid p-value of the procedure so far: stage-wise for a group-sequential plan, the smallest so far else. */
  p: Schema.NullOr(Schema.Finite),
  /** Interval of level 1 - alpha that holds at this look, corrected for the looks before. */
  lower: Schema.NullOr(Schema.Finite),
  upper: Schema.NullOr(Schema.Finite),
  /** Two-sided error spent so far; of a group-sequential plan. */
  alphaSpent: Schema.NullOr(Schema.Finite),
  stop: Schema.Boolean,
  /** A sentence for people. */
  reason: Schema.String,
})
/** @category models */
export interface StoppingLook extends Schema.Schema.Type<typeof StoppingLook> {}
