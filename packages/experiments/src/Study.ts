/**
 * A study: what is varied (factors, blocks, constraints), by which design, what is measured and claimed, and how it is
 * run. Pure data. A study file has the same records under names in snake case; `StudyFile` reads and writes it.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"
import { StudyControls } from "./StudyControls.ts"
import { Value, ValueMap } from "./Value.ts"

/** Not empty once spaces around it are taken away. */
export const Name = Schema.String.check(
  Schema.makeFilter((text) => (text.trim() === "" ? "must not be empty" : undefined), { identifier: "Name" }),
)

/** The longest id of a study, in characters. */
export const studyIdLengthMax = 200

const studyIdProblem = (text: string): string | undefined => {
  if (text.trim() === "") return "must not be empty"
  if (text.length > studyIdLengthMax) return `must have at most ${studyIdLengthMax} characters`
  if (text !== text.trim()) return "must not begin or end with a space"
  if (text.startsWith(".")) return "names a folder, so it must not begin with a dot"
  if (/[/\\\p{Cc}\p{Zl}\p{Zp}]/u.test(text))
    return "names a folder, so it must not hold slashes, backslashes or control characters"
  return text.isWellFormed() ? undefined : "must be well-formed Unicode text"
}

/** The id of a study. It names the folder of its artifacts, so nothing in it may lead out of a folder. */
export const StudyId = Schema.String.check(Schema.makeFilter(studyIdProblem, { identifier: "StudyId" }))

/** A whole number of 1 or more that a number of JavaScript holds exactly. */
export const Positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/** What a factor is in the study: set by the design, or only recorded. @category schemas */
export const FactorKind = Schema.Literals(["manipulated", "measured", "blocked", "nuisance"])
/** What a constraint that does not hold means: no runs, or a note. @category schemas */
export const ConstraintSeverity = Schema.Literals(["error", "warning"])
/** What a hypothesis claims. @category schemas */
export const HypothesisKind = Schema.Literals([
  "effect",
  "moderation",
  "mediation",
  "equivalence",
  "robustness",
  "exploratory",
])
/** Which way the difference goes that a hypothesis claims. @category schemas */
export const HypothesisDirection = Schema.Literals(["greater", "less", "different", "equivalent"])

/** Kinds of design that the predecessor has; they give its conditions in its order. */
export const classicKinds = [
  "full_factorial",
  "constrained_factorial",
  "randomized_block",
  "repeated_measures",
  "latin_square",
  "custom_matrix",
  "latin_hypercube",
  "fractional_factorial_2level",
] as const

/** Kinds of design of our own. */
export const ownKinds = [
  "fractional_factorial",
  "plackett_burman",
  "definitive_screening",
  "central_composite",
  "box_behnken",
  "randomized_latin_square",
  "graeco_latin_square",
  "williams",
  "complete_counterbalancing",
  "randomized_complete_block",
  "balanced_incomplete_block",
  "split_plot",
  "space_filling_latin_hypercube",
  "sobol",
  "halton",
  "optimal",
] as const

/** Every kind of design by its full name; a file may also say `full`, `lhs` or `frac2`. @category schemas */
export const DesignKind = Schema.Literals([...classicKinds, ...ownKinds])
/** @category models */
export type DesignKind = typeof DesignKind.Type

/** One setting of a factor. Which level is the baseline stands in its metadata: `is_baseline`, `role`. @category schemas */
export const Level = Schema.Struct({ name: Name, value: Value, label: Schema.String, metadata: ValueMap })
/** @category models */
export interface Level extends Schema.Schema.Type<typeof Level> {}

const factorProblems = (factor: {
  readonly levels: ReadonlyArray<{ readonly name: string }>
  readonly default: Value
}): ReadonlyArray<Schema.FilterIssue> => {
  if (factor.levels.length === 0 && factor.default === null) return [{ path: [], issue: "needs levels, or a default" }]
  const seen = new Set<string>()
  return factor.levels.flatMap(({ name }, index) => {
    if (seen.has(name)) {
      return [{ path: ["levels", index, "name"], issue: `two levels of the factor are named ${JSON.stringify(name)}` }]
    }
    seen.add(name)
    return []
  })
}

/** What is varied. It has levels with different names, or else one default value. @category schemas */
export const Factor = Schema.Struct({
  name: Name,
  description: Schema.String,
  kind: FactorKind,
  levels: Schema.Array(Level),
  /** The type that its values should have: `str`, `int`, `float`, `bool`. */
  dtype: Schema.NullOr(Schema.String),
  /** The only value where there are no levels. */
  default: Value,
  metadata: ValueMap,
}).check(Schema.makeFilter(factorProblems))
/** @category models */
export interface Factor extends Schema.Schema.Type<typeof Factor> {}

/** What conditions are repeated in: cohorts, days, machines. @category schemas */
export const Block = Schema.Struct({ name: Name, levels: Schema.NonEmptyArray(Value), metadata: ValueMap })
/** @category models */
export interface Block extends Schema.Schema.Type<typeof Block> {}

/** Which combinations are allowed. `callableRef` is kept but never called: no code is run from a study file. @category schemas */
export const Constraint = Schema.Struct({
  constraintId: Name,
  description: Schema.String,
  expression: Schema.NullOr(Schema.String),
  callableRef: Schema.NullOr(Schema.String),
  severity: ConstraintSeverity,
}).check(
  Schema.makeFilter(({ callableRef, expression }) =>
    (expression ?? "").trim() === "" && (callableRef ?? "").trim() === "" ? "needs an expression" : undefined,
  ),
)
/** @category models */
export interface Constraint extends Schema.Schema.Type<typeof Constraint> {}

/** Which design, and its options. @category schemas */
export const DesignSpec = Schema.Struct({
  kind: DesignKind,
  replicates: Positive,
  randomize: Schema.Boolean,
  counterbalance: Schema.Boolean,
  /** A file of rows, relative to the study file. */
  matrixPath: Schema.NullOr(Schema.String),
  nSamples: Schema.NullOr(Positive),
  centerPoints: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  /** A factor inside whose values rows are randomised. */
  blockRandomizationKey: Schema.NullOr(Schema.String),
  options: ValueMap,
})
/** @category models */
export interface DesignSpec extends Schema.Schema.Type<typeof DesignSpec> {}

/** What is measured: where it is found, and how it is summed up. @category schemas */
export const OutcomeSpec = Schema.Struct({
  name: Name,
  sourceTable: Name,
  column: Name,
  aggregation: Schema.String,
  derivation: Schema.NullOr(Schema.String),
  primary: Schema.Boolean,
  expectedType: Schema.String,
  missingDataPolicy: Schema.String,
  description: Schema.String,
})
/** @category models */
export interface OutcomeSpec extends Schema.Schema.Type<typeof OutcomeSpec> {}

/** What two sets of conditions a hypothesis compares. @category schemas */
export const Contrast = Schema.Struct({
  label: Schema.String,
  left: Value,
  right: Value,
  operation: Schema.String,
})

/** A claim that was made before the data. @category schemas */
export const Hypothesis = Schema.Struct({
  hypothesisId: Name,
  label: Name,
  statement: Name,
  kind: HypothesisKind,
  independentVars: Schema.Array(Schema.String),
  dependentVars: Schema.Array(Schema.String),
  moderators: Schema.Array(Schema.Struct({ name: Schema.String, levels: Schema.Array(Value) })),
  mediators: Schema.Array(Schema.Struct({ name: Schema.String, description: Schema.String })),
  contrast: Schema.NullOr(Contrast),
  direction: HypothesisDirection,
  /** The smallest effect that would matter, in the outcome's own unit. */
  minimumEffectOfInterest: Schema.NullOr(Schema.Finite),
  notes: Schema.String,
})
/** @category models */
export interface Hypothesis extends Schema.Schema.Type<typeof Hypothesis> {}

/** How hypotheses are tested; executed as it stands. @category schemas */
export const AnalysisPlan = Schema.Struct({
  analysisPlanId: Name,
  hypothesisIds: Schema.NonEmptyArray(Schema.String),
  tests: Schema.NonEmptyArray(Schema.String),
  outcomes: Schema.Array(Schema.String),
  covariates: Schema.Array(Schema.String),
  randomEffects: Schema.Array(Schema.String),
  filters: ValueMap,
  multipleComparisonPolicy: Schema.String,
  plots: Schema.Array(Schema.String),
  exportTables: Schema.Array(Schema.String),
  notes: Schema.String,
})
/** @category models */
export interface AnalysisPlan extends Schema.Schema.Type<typeof AnalysisPlan> {}

/** How often, how many at most, and how many at a time. @category schemas */
export const RunBudget = Schema.Struct({
  replicates: Positive,
  maxRuns: Schema.NullOr(Positive),
  parallelism: Positive,
  failFast: Schema.Boolean,
})
/** @category models */
export interface RunBudget extends Schema.Schema.Type<typeof RunBudget> {}

/** What the seed of each run is derived from. Numbers are whole; a large one is a bigint. @category schemas */
export const SeedPolicy = Schema.Struct({
  baseSeed: Schema.Union([Schema.Int, Schema.BigInt]),
  strategy: Schema.String,
  perRunOffset: Schema.Union([Schema.Int, Schema.BigInt]),
})
/** @category models */
export interface SeedPolicy extends Schema.Schema.Type<typeof SeedPolicy> {}

/** A whole study. @category schemas */
export const Study = Schema.Struct({
  studyId: StudyId,
  title: Name,
  description: Schema.String,
  authors: Schema.Array(Schema.String),
  rationale: Schema.String,
  tags: Schema.Array(Schema.String),
  hypotheses: Schema.Array(Hypothesis),
  factors: Schema.Array(Factor),
  blocks: Schema.Array(Block),
  constraints: Schema.Array(Constraint),
  designSpec: DesignSpec,
  outcomes: Schema.Array(OutcomeSpec),
  analysisPlans: Schema.Array(AnalysisPlan),
  runBudget: RunBudget,
  seedPolicy: SeedPolicy,
  /** Where artifacts go; `artifacts/<studyId>` unless said otherwise. */
  outputDir: Schema.String,
  provenanceMetadata: ValueMap,
  notes: Schema.String,
  problemIds: Schema.Array(Schema.String),
  agentSpecs: Schema.Array(Schema.String),
  /** What only Heddle knows of: the section `heddle` of a study file, which the predecessor ignores. */
  heddle: StudyControls,
})
/** @category models */
export interface Study extends Schema.Schema.Type<typeof Study> {}

/** Version of the study file and of the canonical artifacts. */
export const schemaVersion = "0.2.0"

/** The values that a factor takes: those of its levels, else its default. @category getters */
export const valuesOf = (factor: Factor): ReadonlyArray<Value> =>
  factor.levels.length > 0 ? factor.levels.map((level) => level.value) : [factor.default]
