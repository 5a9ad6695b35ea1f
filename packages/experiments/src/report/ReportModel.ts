/**
 * All that a report says, as plain data: the study and its design, the flow of its runs, its analysis, what it cost, and
 * the facts of the receipt. The document, and from it Markdown and HTML, are made of this and of nothing else: no clock,
 * no host.
 *
 * @layer logic
 * @module
 */
import type { AnalysisResult } from "../analysis/AnalysisResult.ts"
import type { Condition } from "../Condition.ts"
import type { DesignReport } from "../Design.ts"
import type { StoppingLook } from "../StoppingRule.ts"
import type { Study } from "../Study.ts"
import type { RunFlow } from "./RunFlow.ts"
import type { RunSpending } from "./RunSpending.ts"

/** A budget as the receipt tells it. @category models */
export interface BudgetFact {
  readonly name: string
  readonly cap: number
  readonly spent: number
  readonly overrun: boolean
}

/** Where the runs are from. What is not known is absent. @category models */
export interface RunFacts {
  readonly ledgerRunId?: string
  readonly planHash?: string
  /** Runs of the whole design; more than were planned where a balanced subset was asked for. */
  readonly designedRuns?: number
  /** ISO 8601; from the records, never from a clock of the report. */
  readonly startedAt?: string
  readonly endedAt?: string
  readonly sessions?: number
  readonly concurrency?: number
  readonly budgets?: ReadonlyArray<BudgetFact>
  /** Names and versions of software. Names of machines, users and folders have no place here. */
  readonly software?: ReadonlyArray<readonly [name: string, version: string]>
  /** Models that runs say they used. */
  readonly models?: ReadonlyArray<string>
}

/** The sequential part of a study, where it has one. @category models */
export interface LooksFacts {
  readonly rule: "group_sequential" | "always_valid"
  readonly outcome: string
  readonly factor: string
  readonly alpha: number
  readonly spending: string | null
  /** Boundaries of all planned looks. */
  readonly planned: ReadonlyArray<{ readonly informationFraction: number; readonly boundary: number }>
  /** Looks that are on record, then those that the analysis made of the data because they are not. */
  readonly looks: ReadonlyArray<StoppingLook>
  /** How many of them are on record. */
  readonly recorded: number
}

/** A report as data. @category models */
export interface ReportModel {
  readonly study: Study
  /** All conditions, the excluded ones too, in design order. */
  readonly conditions: ReadonlyArray<Condition>
  readonly design: DesignReport | undefined
  readonly flow: RunFlow
  readonly spending: RunSpending
  readonly analysis: AnalysisResult | undefined
  /** Why there is no analysis; a whole sentence or more. */
  readonly analysisProblem: string | undefined
  readonly sequential: LooksFacts | undefined
  readonly facts: RunFacts
}

const names: Readonly<Record<string, string>> = {
  obrien_fleming: "O'Brien-Fleming",
  pocock: "Pocock",
  bonferroni: "Bonferroni",
  sidak: "Šidák",
  holm: "Holm",
  hochberg: "Hochberg",
  hommel: "Hommel",
  bh: "Benjamini-Hochberg",
  by: "Benjamini-Yekutieli",
}

/** A name in snake case as words; methods by the names of those who found them. @category conversions */
export const wordsOf = (name: string): string =>
  (Object.hasOwn(names, name) ? names[name] : undefined) ?? name.replaceAll("_", " ")
