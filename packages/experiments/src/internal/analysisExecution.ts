/**
 * What a test of a plan is executed with, and the rows that come of it before their family is corrected.
 *
 * @layer logic
 * @module
 */
import type { AnalysisColumn, AnalysisData } from "../analysis/AnalysisData.ts"
import { type Term } from "../analysis/ModelTerms.ts"
import type { Alternative, TestOutcome } from "../analysis/TestOutcome.ts"
import type { Hypothesis, Study } from "../Study.ts"
import type { Claim } from "./analysisClaims.ts"
import { type Structure } from "./analysisDesign.ts"
import { type Frame, missingOf } from "./analysisFrame.ts"
import type { DesignModel } from "./analysisModel.ts"
import { noOutcome } from "./analysisOutcome.ts"
import type { TestName } from "./analysisWords.ts"
/** A test before its family is corrected. */
export interface Draft {
  readonly comparison: string
  readonly result: TestOutcome
  readonly errorTerm: string
  readonly missing: number
  /** Terms of the model of the outcome that this answers, so that nobody looks at them again. */
  readonly covers: ReadonlyArray<string>
}

/** What a test is executed with. */
export interface Execution {
  readonly study: Study
  readonly data: AnalysisData
  readonly hypothesis: Hypothesis
  readonly test: TestName
  readonly structure: Structure
  readonly frameFor: (claim?: Claim) => Frame
  readonly model: (frame: Frame, randomEffects?: ReadonlyArray<string>) => DesignModel
  readonly columns: ReadonlyArray<AnalysisColumn>
  readonly claims: ReadonlyArray<Claim>
  readonly covariates: ReadonlyArray<AnalysisColumn>
  readonly randomEffects: ReadonlyArray<string>
  readonly alternative: Alternative
  readonly margin: number | undefined
  readonly alpha: number
  readonly seed: number
  /** Standardised effects beside the tests. */
  readonly effectSizes: boolean
}

export const words = (test: TestName): string => test.replaceAll("_", " ")

/** Terms of a model that a hypothesis is about: its variables, and for moderation their products with the moderators. */
export const wantedTerms = ({ columns, hypothesis }: Execution): ReadonlyArray<Term> => {
  const mains: ReadonlyArray<Term> = columns.map((column) => [column.name])
  if (hypothesis.kind !== "moderation") return mains
  // Without a moderator of its own, several variables moderate one another.
  if (hypothesis.moderators.length === 0) return columns.length > 1 ? [columns.map((column) => column.name)] : []
  return hypothesis.moderators.flatMap((moderator) => mains.map((main): Term => [...main, moderator.name]))
}

export const draft = (
  frame: Frame,
  comparison: string,
  result: TestOutcome,
  errorTerm: string,
  covers: ReadonlyArray<string>,
): Draft => ({ comparison, result, errorTerm, missing: missingOf(frame), covers })

export const notTested = (execution: Execution, frame: Frame, comparison: string, why: string): Draft =>
  draft(frame, comparison, noOutcome(words(execution.test), frame.rows.length, why, execution.alternative), "", [])
