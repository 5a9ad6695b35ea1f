/**
 * Words of a study file that the analysis acts on.
 *
 * @layer contract
 * @module
 */

/** Tables that an outcome may be found in. */
export const sourceTables: ReadonlyArray<string> = ["runs", "evaluations", "events", "conditions"]

/** How several values of a run are summed up. */
export const aggregations: ReadonlyArray<string> = [
  "mean",
  "median",
  "min",
  "max",
  "sum",
  "count",
  "first",
  "last",
  "none",
]

/** What is done where an outcome is missing. */
export const missingDataPolicies: ReadonlyArray<string> = ["drop", "zero", "fail", "mean"]

/** Tests of an analysis plan. */
export const testNames: ReadonlyArray<string> = ["difference_in_means", "regression", "mixed_effects", "anova"]
