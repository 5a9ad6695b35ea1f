/**
 * What power is told as: one row per test of a hypothesis on an outcome, with what was assumed, by which method, how sure
 * the number is, and what the runs cost. Every number is finite or null, and what is null has its reason.
 *
 * @layer contract
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Schema from "effect/Schema"

const maybe = Schema.NullOr(Schema.Finite)
const maybeCount = Schema.NullOr(Schema.Int)

/** How the note begins that a test leaves other factors in its error. @category notes */
export const otherFactorsNote = "other factors ("

/** How the power of a study that looks at its data came about. @category schemas */
export const SequentialPowerRow = Schema.Struct({
  rule: Schema.Literals(["group_sequential", "always_valid"]),
  /** After so many whole replicates the data are looked at. */
  looksAfter: Schema.Array(Schema.Int),
  /** Probability to stop at each look; empty where no effect is assumed. */
  stops: Schema.Array(Schema.Finite),
  /** Runs that are expected until the study ends. */
  expectedRuns: maybe,
})
/** @category models */
export interface SequentialPowerRow extends Schema.Schema.Type<typeof SequentialPowerRow> {}

/** The power of one test. @category schemas */
export const PowerRow = Schema.Struct({
  hypothesisId: Schema.String,
  /** Null where no analysis plan names the hypothesis. */
  planId: Schema.NullOr(Schema.String),
  outcome: Schema.String,
  /** The own name of the test. */
  test: Schema.String,
  /** What is compared, such as `arm: new - old`, or a term of a model. */
  comparison: Schema.String,
  /** The difference that is assumed; see `effectText`. */
  effect: maybe,
  /** What the effect is, and in which unit. */
  effectText: Schema.String,
  /** Runs of the plan. */
  runs: Schema.Int,
  /** Runs on each side of a comparison, or at each level of the term. */
  groups: Schema.Array(Schema.Struct({ name: Schema.String, runs: Schema.Int })),
  /** Degrees of freedom of the test in this design. */
  df: Schema.Array(Schema.Finite),
  /** Of the estimate, under the assumptions. */
  standardError: maybe,
  method: Schema.Literals(["formula", "simulation", "none"]),
  /** The name of the formula, or what was simulated. */
  methodText: Schema.String,
  power: maybe,
  /** Clopper and Pearson's 95 % interval of a simulated power. */
  powerLow: maybe,
  powerHigh: maybe,
  simulations: maybeCount,
  /** The smallest effect with the power that is wanted. */
  minimumDetectableEffect: maybe,
  /** Half the width of the last bracket of a search by simulation, in the unit of the effect; null for a formula. */
  minimumDetectablePrecision: maybe,
  /** The smallest number of replicates with the power that is wanted. */
  replicatesForTarget: maybeCount,
  runsForTarget: maybeCount,
  costForTarget: maybe,
  /** The correction of the plan's family, and over how many tests. */
  correction: Schema.String,
  familySize: Schema.Int,
  /** Level of this test by itself, where the correction fixes one; else that of the family. */
  testLevel: Schema.Finite,
  sequential: Schema.NullOr(SequentialPowerRow),
  /** Factors that are varied and that this test does not remove from its error: what they do costs power. */
  otherFactors: Schema.Array(Schema.String),
  /** Why numbers are null, and what to know of the others. */
  notes: Schema.Array(Schema.String),
})
/** @category models */
export interface PowerRow extends Schema.Schema.Type<typeof PowerRow> {}

/** The power of a study. @category schemas */
export const PowerReport = Schema.Struct({
  schemaVersion: Schema.Literal(1),
  studyId: Schema.String,
  alpha: Schema.Finite,
  target: Schema.Finite,
  replicates: Schema.Int,
  runs: Schema.Int,
  runsPerReplicate: Schema.Int,
  /** True where no standard deviation was given: effects are in standard deviations then. */
  standardised: Schema.Boolean,
  costPerRun: maybe,
  /** Of all planned runs. */
  cost: maybe,
  seed: Schema.Int,
  /** The size that is taken for the effects of other factors; null where they are taken to have none. */
  otherEffects: maybe,
  rows: Schema.Array(PowerRow),
  /** What is assumed. */
  notes: Schema.Array(Schema.String),
})
/** @category models */
export interface PowerReport extends Schema.Schema.Type<typeof PowerReport> {}

/**
 * Power that cannot be computed from what was said. Nothing was computed.
 *
 * @category errors
 */
export class PowerError extends Schema.TaggedError<PowerError>()("PowerError", {
  studyId: Schema.String,
  /** As in `sd`; `study` for the study itself. */
  option: Schema.String,
  problem: Schema.String,
  hints: Schema.Array(Schema.String),
}) {
  readonly exitCode = ExitCode.usage
  readonly retryable = false
  override get message(): string {
    return `power of ${this.studyId}: ${this.option}: ${this.problem}`
  }
}
