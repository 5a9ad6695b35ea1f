/**
 * The form of a study file: its keys in the order in which they are written, how each is read, what it is where it is
 * left out, and a sentence about it. Reading, writing and the published JSON Schema all go by this table; the Schemas in
 * `Study.ts` decide what is allowed.
 *
 * @layer contract
 * @module
 */
import {
  classicKinds,
  FactorKind,
  HypothesisDirection,
  HypothesisKind,
  ConstraintSeverity,
  ownKinds,
} from "../Study.ts"
import { emptyMap } from "../Value.ts"
import { aggregations, missingDataPolicies, sourceTables, tests } from "./analysisWords.ts"

/** How a value of the file is read. */
export type Form =
  /** Text. A number or a date that stands in its place is taken as it is written. */
  | { readonly kind: "text" }
  /** One of a few words. */
  | {
      readonly kind: "word"
      readonly words: ReadonlyArray<string>
      readonly aliases?: Readonly<Record<string, string>>
    }
  /** A number that is computed with; `1` and `1.0` are the same. */
  | { readonly kind: "number" }
  /** A whole number. `lenient` also takes `"2"` and `2.0`, as Python's `int()` does. */
  | { readonly kind: "integer"; readonly lenient: boolean }
  | { readonly kind: "flag" }
  /** Any value, kept as it is. */
  | { readonly kind: "value" }
  /** A map of values, kept as it is. */
  | { readonly kind: "map" }
  | { readonly kind: "list"; readonly of: Form; readonly most: number }
  | { readonly kind: "record"; readonly keys: ReadonlyArray<Key> }

/** One key of a record. */
export interface Key {
  /** As in the file: `study_id`. */
  readonly key: string
  /** As in code: `studyId`. */
  readonly name: string
  readonly form: Form
  readonly description: string
  /** What it is where it is left out or null; absent where it has to be given, or where it may be missing. */
  readonly default?: unknown
  /** It may be missing, and is missing then in code too. */
  readonly optional?: true
}

/** The most items of a list of records, such as levels or hypotheses. */
export const recordsMax = 10_000

/** The most items of a list of plain values. */
export const itemsMax = 200_000

/** The most factors, and the most blocks. */
export const factorsMax = 1_000

/** `study_id` as `studyId`. */
export const camelCase = (key: string): string =>
  key.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** `studyId` as `study_id`. */
export const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const text: Form = { kind: "text" }
const flag: Form = { kind: "flag" }
const value: Form = { kind: "value" }
const map: Form = { kind: "map" }
const integer: Form = { kind: "integer", lenient: true }
const amount: Form = { kind: "number" }
const record = (...keys: ReadonlyArray<Key>): Form => ({ kind: "record", keys })
const records = (of: Form, most = recordsMax): Form => ({ kind: "list", of, most })
const values: Form = { kind: "list", of: value, most: itemsMax }
const texts: Form = { kind: "list", of: text, most: itemsMax }
const word = (words: ReadonlyArray<string>, aliases?: Readonly<Record<string, string>>): Form => ({
  kind: "word",
  words,
  ...(aliases === undefined ? {} : { aliases }),
})

const required = (key: string, form: Form, description: string): Key => ({
  key,
  name: camelCase(key),
  form,
  description,
})
const given = (key: string, form: Form, fallback: unknown, description: string): Key => ({
  key,
  name: camelCase(key),
  form,
  description,
  default: fallback,
})
const optional = (key: string, form: Form, description: string): Key => ({
  key,
  name: camelCase(key),
  form,
  description,
  optional: true,
})

const level = record(
  required("name", text, "Name of the level; unique in its factor."),
  given("value", value, null, "What the condition gets. 1 and 1.0 are different values with different ids."),
  given("label", text, null, "What people read; the name unless given."),
  given("metadata", map, emptyMap, "Facts of the level, such as is_baseline or role."),
)

const factor = record(
  required("name", text, "Name of the factor; unique in the study."),
  given("description", text, "", "What it is, for people."),
  given("kind", word(FactorKind.literals), "manipulated", "Whether the design sets it or it is only recorded."),
  given("levels", records(level), [], "Its levels. A factor has levels or else a default."),
  given("dtype", text, null, "The type that its values should have: str, int, float or bool."),
  given("default", value, null, "Its only value where it has no levels."),
  given("metadata", map, emptyMap, "Facts of the factor."),
)

const block = record(
  required("name", text, "Name of the block; unique in the study."),
  required("levels", values, "Its values."),
  given("metadata", map, emptyMap, "Facts of the block."),
)

const constraint = record(
  required("constraint_id", text, "Id of the constraint."),
  given("description", text, "", "What it says, for people."),
  given("expression", text, null, "An expression over factors and blocks that is true where a condition is allowed."),
  given("callable_ref", text, null, "Kept, but never called: no code is run from a study file."),
  given("severity", word(ConstraintSeverity.literals), "error", "error: no runs; warning: noted, and run."),
)

const designSpec = record(
  given(
    "kind",
    word([...classicKinds, ...ownKinds], {
      full: "full_factorial",
      lhs: "latin_hypercube",
      frac2: "fractional_factorial_2level",
    }),
    "full_factorial",
    "Kind of the design.",
  ),
  given("replicates", integer, 1, "How often the rows of the design are repeated, where its kind allows it."),
  given("randomize", flag, false, "Whether the order of the conditions is random (by the base seed)."),
  given("counterbalance", flag, false, "Whether the order of the conditions is counterbalanced."),
  given("matrix_path", text, null, "A file of rows for custom_matrix, relative to the study file."),
  given("n_samples", integer, null, "Number of rows of a design that samples."),
  given("center_points", integer, 0, "Number of centre points that are added."),
  given("block_randomization_key", text, null, "A factor inside whose values rows are randomised."),
  given("options", map, emptyMap, "Further options of the kind."),
)

const outcome = record(
  required("name", text, "Name of the outcome; unique in the study."),
  required("source_table", text, `Where it is found: ${sourceTables.join(", ")}.`),
  required("column", text, "Column of that table."),
  given("aggregation", text, "mean", `How several values of one run are summed up: ${aggregations.join(", ")}.`),
  given("derivation", text, null, "How it is computed, in words."),
  given("primary", flag, false, "Whether the study stands or falls with it."),
  given("expected_type", text, "float", "Type of its values."),
  given("missing_data_policy", text, "drop", `What is done where it is missing: ${missingDataPolicies.join(", ")}.`),
  given("description", text, "", "What it is, for people."),
)

const hypothesis = record(
  required("hypothesis_id", text, "Id of the hypothesis."),
  required("label", text, "Short name."),
  required("statement", text, "The claim, in a sentence."),
  given("kind", word(HypothesisKind.literals), "effect", "Kind of the claim."),
  given("independent_vars", texts, [], "Factors that it is about."),
  given("dependent_vars", texts, [], "Outcomes that it is about."),
  given(
    "moderators",
    records(record(required("name", text, "Name of the moderator."), given("levels", values, [], "Its levels."))),
    [],
    "What the effect is claimed to depend on.",
  ),
  given(
    "mediators",
    records(
      record(
        required("name", text, "Name of the mediator."),
        given("description", text, "", "What it is, for people."),
      ),
    ),
    [],
    "Through what the effect is claimed to work.",
  ),
  given(
    "contrast",
    record(
      given("label", text, "contrast", "Short name."),
      required("left", text, "The one side: the text of a level's value, or its name."),
      required("right", text, "The other side, likewise."),
      given("operation", text, "difference", "How the sides are compared."),
    ),
    null,
    "What is compared with what.",
  ),
  given("direction", word(HypothesisDirection.literals), "different", "Direction of the claim."),
  given(
    "minimum_effect_of_interest",
    amount,
    null,
    "The smallest effect that would matter, in the unit of the outcome.",
  ),
  given("notes", text, "", "Notes."),
)

const analysisPlan = record(
  required("analysis_plan_id", text, "Id of the plan."),
  required("hypothesis_ids", texts, "Hypotheses that it tests; at least one."),
  required("tests", texts, `Tests that it uses; at least one of: ${tests.join(", ")}.`),
  given("outcomes", texts, [], "Outcomes that it tests; those of the hypotheses unless given."),
  given("covariates", texts, [], "Columns that the models also hold."),
  given("random_effects", texts, [], "Columns whose effects are random."),
  given("filters", map, emptyMap, "Rows that are used: column and value."),
  given(
    "multiple_comparison_policy",
    text,
    "none",
    "Correction for several tests: none, bonferroni, sidak, holm, hochberg, hommel, bh, by.",
  ),
  given("plots", texts, [], "Plots that are made."),
  given("export_tables", texts, [], "Tables that are written."),
  given("notes", text, "", "Notes."),
)

const runBudget = record(
  given("replicates", integer, 1, "How often each condition is run with each agent on each problem."),
  given("max_runs", integer, null, "The most runs."),
  given("parallelism", integer, 1, "Runs at a time."),
  given("fail_fast", flag, false, "Whether the first failed run stops the study."),
)

const seedPolicy = record(
  given("base_seed", { kind: "integer", lenient: false }, 0, "The seed that all others are derived from."),
  given("strategy", text, "condition_replicate", "A name that is part of every seed."),
  given("per_run_offset", { kind: "integer", lenient: false }, 9973, "A number that is part of every seed."),
)

const spending = record(
  optional("cost_usd", amount, "Money, in US dollars."),
  optional("tokens", amount, "Tokens, input and output together."),
  optional("time_s", amount, "Time of work, in seconds."),
)

const controls = record(
  optional(
    "max_runs_policy",
    word(["error", "balanced"]),
    "Where max_runs is below the plan: an error, or a balanced subset of whole replicates.",
  ),
  optional(
    "budgets",
    record(
      optional("study", spending, "The most that the whole study may spend."),
      optional("per_condition", spending, "The most that one condition may spend."),
      optional("per_run", spending, "What one run reserves before it starts."),
    ),
    "What may be spent.",
  ),
  optional(
    "failures",
    record(
      optional("stop_after", integer, "Failed runs that stop the study."),
      optional("share", amount, "Share of failed among finished runs that stops the study, 0 to 1."),
      optional("at_least", integer, "Finished runs before the share counts."),
      optional("per_condition", integer, "Failed runs of one condition that skip the rest of it."),
    ),
    "When a study that fails stops.",
  ),
  optional("retries", integer, "Further attempts of a run that failed."),
  optional("timeout_s", amount, "Bound of one attempt, in seconds."),
  optional("deadline_s", amount, "Bound of one session of the study, in seconds."),
  optional("retry_failed", flag, "Whether resume runs failed runs again; true unless given."),
  optional("stop_balanced", flag, "Stop for a budget only where all conditions have the same number of runs."),
  optional(
    "run_order",
    word(["plan", "replicates", "random"]),
    "In which order runs start: condition by condition (plan, unless given), in whole replicates, or in a random order within each.",
  ),
  optional(
    "limits",
    records(
      record(
        required("name", text, "Name of what is shared, such as a provider."),
        optional("slots", integer, "Runs that may use it at the same time."),
        optional("per_minute", integer, "Runs that may begin to use it in a minute."),
        optional("agents", texts, "Agents that use it; all unless given."),
      ),
    ),
    "Places and rates that runs share.",
  ),
  optional(
    "stopping",
    record(
      required("rule", word(["group_sequential", "always_valid"]), "How the data may be looked at while it runs."),
      optional("outcome", text, "The outcome that is looked at."),
      optional("factor", text, "The two-level factor that is compared."),
      optional("alpha", amount, "Level of the whole procedure, 0 to 1."),
      optional("looks", integer, "Number of looks."),
      optional("spending", word(["obrien_fleming", "pocock"]), "Spending function of a group-sequential plan."),
      optional("mixing_variance", amount, "Variance of the mixing distribution of an always-valid test."),
    ),
    "How the study may stop early.",
  ),
  optional("agent_versions", map, "Version of each agent by its id; part of the fingerprint of its runs."),
  optional("alpha", amount, "Level of the tests of the analysis; 0.05 unless given."),
)

/** Keys of a study in the order in which they are written. */
export const studyKeys: ReadonlyArray<Key> = [
  required(
    "study_id",
    text,
    "Id of the study. It names a folder: no slashes, no dot in front, at most 200 characters.",
  ),
  required("title", text, "Title."),
  given("description", text, "", "What the study is about."),
  given("authors", texts, [], "Authors, as a list."),
  given("rationale", text, "", "Why it is done."),
  given("tags", texts, [], "Tags, as a list."),
  given("hypotheses", records(hypothesis), [], "Claims that are made before the data."),
  given("factors", records(factor, factorsMax), [], "What is varied."),
  given("blocks", records(block, factorsMax), [], "What conditions are repeated in."),
  given("constraints", records(constraint), [], "Which combinations are allowed."),
  given("design_spec", designSpec, emptyMap, "Which design."),
  given("outcomes", records(outcome), [], "What is measured."),
  given("analysis_plans", records(analysisPlan), [], "How hypotheses are tested."),
  given("run_budget", runBudget, emptyMap, "How often, how many at most, how many at a time."),
  given("seed_policy", seedPolicy, emptyMap, "What seeds are derived from."),
  given("output_dir", text, null, "Where artifacts go; artifacts/<study_id> unless given. Relative, and without '..'."),
  given("provenance_metadata", map, emptyMap, "Facts that are kept with the study."),
  given("notes", text, "", "Notes."),
  given("problem_ids", texts, [], "Problems that every condition is run on."),
  given("agent_specs", texts, [], "Agents that every condition is run with."),
  given("heddle", controls, emptyMap, "What only Heddle knows of: spending, failures, limits, stopping."),
]
