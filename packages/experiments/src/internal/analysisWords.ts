/**
 * Words of a study file that the analysis acts on, and what they mean. Checks of a study and the analysis itself read the
 * same lists.
 *
 * @layer contract
 * @module
 */

/** Tables that an outcome may be found in. */
export const sourceTables: ReadonlyArray<string> = ["runs", "evaluations", "metrics"]

/** How several values of a run are summed up; `none` says that there is exactly one. */
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

/** What may be done where an outcome is missing. */
export type MissingDataPolicy = "drop" | "error" | "zero" | "minimum" | "maximum" | "worst_case"

const policies: Readonly<Record<string, MissingDataPolicy>> = {
  drop: "drop",
  complete_case: "drop",
  complete_cases: "drop",
  listwise: "drop",
  exclude: "drop",
  error: "error",
  fail: "error",
  zero: "zero",
  impute_zero: "zero",
  minimum: "minimum",
  min: "minimum",
  maximum: "maximum",
  max: "maximum",
  worst_case: "worst_case",
  impute_worst: "worst_case",
}

/** Every word for a policy. A mean is none: it would make intervals narrower than the data are. */
export const missingDataPolicies: ReadonlyArray<string> = Object.keys(policies)

/** Tests by their own names. */
export const tests = [
  "difference_in_means",
  "welch_t",
  "pooled_t",
  "paired_t",
  "equivalence",
  "ratio_of_means",
  "mann_whitney",
  "signed_rank",
  "permutation",
  "paired_permutation",
  "bootstrap",
  "anova",
  "welch_anova",
  "kruskal_wallis",
  "friedman",
  "levene",
  "brown_forsythe",
  "tukey",
  "dunnett",
  "scheffe",
  "pairwise_t",
  "regression",
  "mixed_effects",
  "logistic_regression",
  "fisher_exact",
  "chi_squared",
  "pearson",
  "spearman",
  "kendall",
  "lenth",
] as const
/** The own name of a test. */
export type TestName = (typeof tests)[number]

const otherTestNames: Readonly<Record<string, TestName>> = {
  mean_difference: "difference_in_means",
  t_test: "welch_t",
  ttest: "welch_t",
  welch: "welch_t",
  welch_t_test: "welch_t",
  student_t: "pooled_t",
  student_t_test: "pooled_t",
  pooled_t_test: "pooled_t",
  paired_t_test: "paired_t",
  tost: "equivalence",
  equivalence_test: "equivalence",
  ratio: "ratio_of_means",
  mann_whitney_u: "mann_whitney",
  mannwhitney: "mann_whitney",
  wilcoxon_rank_sum: "mann_whitney",
  rank_sum: "mann_whitney",
  wilcoxon: "signed_rank",
  wilcoxon_signed_rank: "signed_rank",
  permutation_test: "permutation",
  randomization_test: "permutation",
  sign_flip: "paired_permutation",
  bootstrap_ci: "bootstrap",
  one_way_anova: "anova",
  two_way_anova: "anova",
  factorial_anova: "anova",
  repeated_measures_anova: "anova",
  split_plot_anova: "anova",
  ancova: "anova",
  kruskal: "kruskal_wallis",
  tukey_hsd: "tukey",
  pairwise: "pairwise_t",
  linear_regression: "regression",
  linear_model: "regression",
  ols: "regression",
  mixed_model: "mixed_effects",
  mixed_effects_model: "mixed_effects",
  linear_mixed_model: "mixed_effects",
  logistic: "logistic_regression",
  fisher: "fisher_exact",
  chi_square: "chi_squared",
  chi2: "chi_squared",
  correlation: "pearson",
  pearson_correlation: "pearson",
  spearman_correlation: "spearman",
  rank_correlation: "spearman",
  kendall_tau: "kendall",
  half_normal: "lenth",
}

/** Every word for a test. */
export const testNames: ReadonlyArray<string> = [...tests, ...Object.keys(otherTestNames)]

/** A word as it is compared: without regard to case, spaces, hyphens and apostrophes. */
export const analysisWord = (word: string): string =>
  word
    .trim()
    .toLowerCase()
    .replaceAll(/['’]/g, "")
    .replaceAll(/[\s-]+/g, "_")

/** The test that a word of a plan means; undefined where it is unknown. */
export const testOf = (word: string): TestName | undefined => {
  const key = analysisWord(word)
  return tests.find((name) => name === key) ?? (Object.hasOwn(otherTestNames, key) ? otherTestNames[key] : undefined)
}

/** The policy that a word of an outcome means; undefined where it is unknown. */
export const policyOf = (word: string): MissingDataPolicy | undefined => {
  const key = analysisWord(word)
  return Object.hasOwn(policies, key) ? policies[key] : undefined
}

/** Kinds of design whose factors are amounts on a scale and not a few settings. */
export const continuousKinds: ReadonlyArray<string> = [
  "latin_hypercube",
  "space_filling_latin_hypercube",
  "sobol",
  "halton",
  "central_composite",
  "box_behnken",
  "definitive_screening",
]
