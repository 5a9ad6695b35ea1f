/**
 * Words of a study file that an analysis can act on. A word that is not here is only warned of: the file may be meant for
 * another program too.
 *
 * @layer contract
 * @module
 */

/** A word as it is compared: `Mann-Whitney` and `mann_whitney` are one. */
export const analysisWord = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_")

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
  "std",
  "rate",
  "none",
]

/** What is done where an outcome is missing. */
export const missingDataPolicies: ReadonlyArray<string> = ["drop", "fail", "error", "zero", "mean", "median", "keep"]

/** Tests of an analysis plan. */
export const testNames: ReadonlyArray<string> = [
  "difference_in_means",
  "t_test",
  "welch_t_test",
  "paired_t_test",
  "regression",
  "linear_regression",
  "logistic_regression",
  "mixed_effects",
  "anova",
  "ancova",
  "repeated_measures_anova",
  "mann_whitney",
  "wilcoxon",
  "kruskal_wallis",
  "friedman",
  "chi_square",
  "fisher_exact",
  "permutation",
  "bootstrap",
  "equivalence",
  "tost",
  "correlation",
  "pearson",
  "spearman",
  "kendall",
  "tukey",
  "dunnett",
  "levene",
]
