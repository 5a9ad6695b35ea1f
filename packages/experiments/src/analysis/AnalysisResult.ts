/**
 * The result of an analysis as plain data: what was claimed before the data and what was only looked at, kept apart; what the
 * numbers are based on; and what was done otherwise than planned. Every number is finite or null, and what is null says why.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"
import { Description } from "./Description.ts"
import { TestOutcome } from "./TestOutcome.ts"

const maybe = Schema.NullOr(Schema.Finite)

/**
 * What a test says of its hypothesis: `supported` and `notSupported` at the level of the analysis after correction;
 * `notTested` where no probability exists, which is no answer.
 *
 * @category schemas
 */
export const Decision = Schema.Literals(["supported", "notSupported", "notTested"])
/** @category models */
export type Decision = typeof Decision.Type

/** One test of one outcome. @category schemas */
export const ResultRow = Schema.Struct({
  /** Null for what no plan asked for. */
  planId: Schema.NullOr(Schema.String),
  hypothesisId: Schema.NullOr(Schema.String),
  outcome: Schema.String,
  /** The own name of the test, such as `difference_in_means`. */
  test: Schema.String,
  /** What is compared, such as `arm: new - base`, or the term of a model. */
  comparison: Schema.String,
  result: TestOutcome,
  /** After the correction of the family; the p itself where the policy is none. */
  adjustedP: maybe,
  /** The correction, and how many tests it is over. */
  correction: Schema.String,
  familySize: Schema.Int,
  decision: Decision,
  /** What the effect is measured against, such as `runs`, `subjects`, `whole plots`. */
  errorTerm: Schema.String,
  /** Runs of the plan that have no value in this test. */
  missing: Schema.Int,
})
/** @category models */
export interface ResultRow extends Schema.Schema.Type<typeof ResultRow> {}

/** Something that was done otherwise than the study says, or that a reader of the numbers must know. @category schemas */
export const Deviation = Schema.Struct({
  kind: Schema.Literals([
    "missingRuns",
    "missingValues",
    "imputed",
    "filtered",
    "retried",
    "keptResults",
    "modelReduced",
    "notTested",
    "stopping",
    "data",
  ]),
  message: Schema.String,
})
/** @category models */
export interface Deviation extends Schema.Schema.Type<typeof Deviation> {}

/** Runs of one condition by what became of them; `done` gave data. @category schemas */
export const ConditionFlow = Schema.Struct({
  conditionId: Schema.String,
  label: Schema.String,
  planned: Schema.Int,
  done: Schema.Int,
  failed: Schema.Int,
  notRun: Schema.Int,
  retried: Schema.Int,
  /** Runs that ended well and gave no value that can be counted with, which are not `done`; absent where there are none. */
  withoutValue: Schema.optionalKey(Schema.Int),
})
/** @category models */
export interface ConditionFlow extends Schema.Schema.Type<typeof ConditionFlow> {}

/** Numbers of a group of runs. @category schemas */
export const GroupDescription = Schema.Struct({ name: Schema.String, level: Schema.String, description: Description })
/** @category models */
export interface GroupDescription extends Schema.Schema.Type<typeof GroupDescription> {}

/** One line of a model's table. @category schemas */
export const ModelRow = Schema.Struct({
  term: Schema.String,
  /** The stratum whose error it is tested against; `runs` where there is one error. */
  errorTerm: Schema.String,
  df: Schema.Finite,
  errorDf: Schema.Finite,
  sumOfSquares: maybe,
  f: maybe,
  /** With Greenhouse and Geisser's epsilon where there is one. */
  p: maybe,
  epsilon: maybe,
  partialEtaSquared: maybe,
  omegaSquared: maybe,
})
/** @category models */
export interface ModelRow extends Schema.Schema.Type<typeof ModelRow> {}

/** The analysis of variance that the design implies, for one outcome. @category schemas */
export const ModelTable = Schema.Struct({
  method: Schema.String,
  rows: Schema.Array(ModelRow),
  notes: Schema.Array(Schema.String),
})
/** @category models */
export interface ModelTable extends Schema.Schema.Type<typeof ModelTable> {}

const point = Schema.Struct({ x: Schema.Finite, y: Schema.Finite })

/** What plots are drawn from, for one outcome. @category schemas */
export const PlotData = Schema.Struct({
  mainEffects: Schema.Array(
    Schema.Struct({
      factor: Schema.String,
      points: Schema.Array(
        Schema.Struct({ level: Schema.String, n: Schema.Int, mean: maybe, low: maybe, high: maybe }),
      ),
    }),
  ),
  interactions: Schema.Array(
    Schema.Struct({
      /** On the axis, and as lines. */
      factors: Schema.Tuple([Schema.String, Schema.String]),
      cells: Schema.Array(Schema.Struct({ level: Schema.String, line: Schema.String, n: Schema.Int, mean: maybe })),
    }),
  ),
  /** Largest first; of two-level factors. */
  pareto: Schema.Array(Schema.Struct({ term: Schema.String, size: Schema.Finite })),
  /** Lenth's margin of error, to be drawn in the Pareto plot. */
  paretoLimit: maybe,
  halfNormal: Schema.Array(Schema.Struct({ term: Schema.String, score: Schema.Finite, size: Schema.Finite })),
  /** x is the fitted value, y the residual. */
  residuals: Schema.Array(point),
  /** x is the normal quantile, y the ordered residual. */
  quantiles: Schema.Array(point),
})
/** @category models */
export interface PlotData extends Schema.Schema.Type<typeof PlotData> {}

/** All about one outcome. @category schemas */
export const OutcomeAnalysis = Schema.Struct({
  outcome: Schema.String,
  primary: Schema.Boolean,
  planned: Schema.Int,
  used: Schema.Int,
  missingDataPolicy: Schema.String,
  missing: Schema.Array(Schema.Struct({ reason: Schema.String, count: Schema.Int })),
  byCondition: Schema.Array(GroupDescription),
  byLevel: Schema.Array(GroupDescription),
  model: ModelTable,
  plots: PlotData,
  /** Checks of what the tests take for granted; they change no test. */
  notes: Schema.Array(Schema.String),
})
/** @category models */
export interface OutcomeAnalysis extends Schema.Schema.Type<typeof OutcomeAnalysis> {}

/** The whole result. @category schemas */
export const AnalysisResult = Schema.Struct({
  schemaVersion: Schema.Literal(1),
  studyId: Schema.String,
  alpha: Schema.Finite,
  design: Schema.Struct({
    kind: Schema.String,
    errorTerms: Schema.Array(Schema.String),
    blocks: Schema.Array(Schema.String),
  }),
  runs: Schema.Struct({
    planned: Schema.Int,
    done: Schema.Int,
    failed: Schema.Int,
    notRun: Schema.Int,
    retried: Schema.Int,
    /** As of a condition. */
    withoutValue: Schema.optionalKey(Schema.Int),
  }),
  conditions: Schema.Array(ConditionFlow),
  /** Tests of hypotheses that stood before the data. */
  confirmatory: Schema.Array(ResultRow),
  /** Everything else; corrected among themselves by Benjamini and Hochberg. */
  exploratory: Schema.Array(ResultRow),
  outcomes: Schema.Array(OutcomeAnalysis),
  deviations: Schema.Array(Deviation),
})
/** @category models */
export interface AnalysisResult extends Schema.Schema.Type<typeof AnalysisResult> {}
