/**
 * What a kind of design has to give: rows in run order, and what is known of them before anything is run. Each kind is a
 * builder; `buildDesign` turns its rows into conditions.
 *
 * @layer contract
 * @module
 */
import type * as Result from "effect/Result"
import type { DesignError } from "./ExperimentError.ts"
import type { Study } from "./Study.ts"
import type { ValueMap } from "./Value.ts"

/** One row of a design: the values of factors and blocks, and facts of the row that become part of its id. @category models */
export interface DesignRow {
  readonly factors: ValueMap
  readonly blocks: ValueMap
  /** Such as `design_kind`, `row_index`, `point_type`, `subject`, `whole_plot`. */
  readonly metadata: ValueMap
}

/** How evenly the values of one column are used. `ratio` is the most frequent over the least frequent, null above 1,000 values. @category models */
export interface ColumnBalance {
  readonly column: string
  readonly levels: number
  readonly ratio: number | null
}

/** Effects that the design cannot tell apart: `effect` stands for the sum of itself and all of `aliases`. @category models */
export interface AliasSet {
  readonly effect: string
  readonly aliases: ReadonlyArray<string>
}

/** Two effects that a design mixes up: 1 where a part of one cannot be told from a part of the other. @category models */
export interface AliasedPair {
  readonly effect: string
  readonly with: string
  /** The largest canonical correlation of the two effects, 0 to 1. */
  readonly correlation: number
}

/** How far effects are mixed up with each other. Second order: two-factor interactions, and squares of numbers. @category models */
export interface Aliasing {
  /** Which effects were compared, and which were too many for it. */
  readonly compared: string
  /** The largest correlation between two main effects, blocks among them. */
  readonly mainWithMain: number
  /** Absent where it was not compared. */
  readonly mainWithSecondOrder?: number
  readonly secondWithSecondOrder?: number
  /** Pairs from 0.05 on, strongest first; at most 50 of the `pairsFound`. */
  readonly pairs: ReadonlyArray<AliasedPair>
  readonly pairsFound: number
}

/** What a design is worth, computed before it is run. Absent means that it does not apply to this kind. @category models */
export interface DesignReport {
  readonly kind: string
  readonly runs: number
  readonly balance: ReadonlyArray<ColumnBalance>
  /** 3, 4, 5 …; of two-level fractions. */
  readonly resolution?: number
  /** Words of the defining relation, such as `ABD`, with a sign in front where it is negative. */
  readonly definingWords?: ReadonlyArray<string>
  /** Alias sets of main effects and two-factor interactions. */
  readonly aliases?: ReadonlyArray<AliasSet>
  /** How far effects are mixed up, of the conditions that will run; absent where nothing varies or it is too large to compute. */
  readonly aliasing?: Aliasing
  /** Percent, 100 is an orthogonal design, for the model named in `model`. */
  readonly dEfficiency?: number
  readonly aEfficiency?: number
  /** Average variance of a prediction over `predictionRegion`, in units of the error variance. */
  readonly iVariance?: number
  /** The settings over which `iVariance` is an average. */
  readonly predictionRegion?: string
  /** The model that the efficiencies are for: `main effects`, `two-factor interactions`, `quadratic`. */
  readonly model?: string
  /** Further numbers of this kind, such as `alpha` (axial distance), `minimum_distance`, `centered_discrepancy`, `lambda`. */
  readonly measures?: Readonly<Record<string, number>>
  /** Sentences for people: what this design can and cannot tell. */
  readonly notes: ReadonlyArray<string>
}

/** The rows of a design in run order, and its report. @category models */
export interface BuiltDesign {
  readonly rows: ReadonlyArray<DesignRow>
  readonly report: DesignReport
}

/** Builds the rows of one kind of design from a study; pure, and random only by the study's own seed. @category models */
export type DesignBuilder = (study: Study) => Result.Result<BuiltDesign, DesignError>

/** The most conditions that a design may have: counted before anything is built. */
export const conditionsMax = 200_000

/** A design as numbers: one row per run, one column per factor, in coded units (-1 to 1) unless said otherwise. @category models */
export interface CodedDesign {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<number>>
}
