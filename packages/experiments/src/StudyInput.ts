/**
 * A study as it is written in code: the records of `Study.ts` with everything optional that has a default, and values as
 * plain data. `StudyFile.make` turns it into a {@link Study}.
 *
 * @layer contract
 * @module
 */
import type { AnalysisPlan, Constraint, DesignSpec, Hypothesis, OutcomeSpec, RunBudget, SeedPolicy } from "./Study.ts"
import type { StudyControls } from "./StudyControls.ts"
import type { Float, Timestamp, ValueMap } from "./Value.ts"

/** Plain data of JavaScript that stands for a value. `1` is a whole number; `Value.float(1)` is `1.0`. @category models */
export type PlainValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Timestamp
  | ValueMap
  | ReadonlyArray<PlainValue>
  | { readonly [key: string]: PlainValue | undefined }

/** A map of values, as a `Map` or as a plain object. @category models */
export type PlainMap = ValueMap | { readonly [key: string]: PlainValue | undefined }

/** Some fields given, the others by their defaults. */
type Given<Record, Required extends keyof Record, Maps extends keyof Record = never> = {
  readonly [Field in Required]: Record[Field]
} & { readonly [Field in Exclude<keyof Record, Required | Maps>]?: Record[Field] | undefined } & {
  readonly [Field in Maps]?: PlainMap | undefined
}

/** A level as it is written in code. @category models */
export interface LevelInput {
  readonly name: string
  readonly value: PlainValue
  /** The name unless given. */
  readonly label?: string | undefined
  readonly metadata?: PlainMap | undefined
}

/** A factor as it is written in code; it has levels or else a default. @category models */
export interface FactorInput {
  readonly name: string
  readonly description?: string | undefined
  readonly kind?: "manipulated" | "measured" | "blocked" | "nuisance" | undefined
  readonly levels?: ReadonlyArray<LevelInput> | undefined
  readonly dtype?: string | null | undefined
  readonly default?: PlainValue | undefined
  readonly metadata?: PlainMap | undefined
}

/** A block as it is written in code. @category models */
export interface BlockInput {
  readonly name: string
  readonly levels: ReadonlyArray<PlainValue>
  readonly metadata?: PlainMap | undefined
}

/** A constraint as it is written in code. @category models */
export type ConstraintInput = Given<Constraint, "constraintId">
/** A design as it is written in code; a full factorial unless said otherwise. @category models */
export type DesignSpecInput = Given<DesignSpec, never, "options">
/** An outcome as it is written in code. @category models */
export type OutcomeInput = Given<OutcomeSpec, "name" | "sourceTable" | "column">
/** An analysis plan as it is written in code. @category models */
export type AnalysisPlanInput = Given<AnalysisPlan, "analysisPlanId" | "hypothesisIds" | "tests", "filters">
/** A hypothesis as it is written in code. @category models */
export type HypothesisInput = Given<Hypothesis, "hypothesisId" | "label" | "statement">
/** The section `heddle` as it is written in code. @category models */
export type StudyControlsInput = Omit<StudyControls, "agentVersions"> & {
  readonly agentVersions?: PlainMap | undefined
}

/** A study of which only the id and the title have to be given. @category models */
export interface StudyInput {
  readonly studyId: string
  readonly title: string
  readonly description?: string | undefined
  readonly authors?: ReadonlyArray<string> | undefined
  readonly rationale?: string | undefined
  readonly tags?: ReadonlyArray<string> | undefined
  readonly hypotheses?: ReadonlyArray<HypothesisInput> | undefined
  readonly factors?: ReadonlyArray<FactorInput> | undefined
  readonly blocks?: ReadonlyArray<BlockInput> | undefined
  readonly constraints?: ReadonlyArray<ConstraintInput> | undefined
  readonly designSpec?: DesignSpecInput | undefined
  readonly outcomes?: ReadonlyArray<OutcomeInput> | undefined
  readonly analysisPlans?: ReadonlyArray<AnalysisPlanInput> | undefined
  readonly runBudget?: Given<RunBudget, never> | undefined
  readonly seedPolicy?: Given<SeedPolicy, never> | undefined
  readonly outputDir?: string | undefined
  readonly provenanceMetadata?: PlainMap | undefined
  readonly notes?: string | undefined
  readonly problemIds?: ReadonlyArray<string> | undefined
  readonly agentSpecs?: ReadonlyArray<string> | undefined
  readonly heddle?: StudyControlsInput | undefined
}
