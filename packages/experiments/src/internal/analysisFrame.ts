/**
 * The rows of one outcome that an analysis uses: after filters, with the policy for missing values applied, and a count of
 * everything that was left out.
 *
 * @layer logic
 * @module
 */
import type { AnalysisColumn, AnalysisData, OutcomeColumn } from "../analysis/AnalysisData.ts"
import type { Issue } from "../ExperimentError.ts"
import { str } from "../StableJson.ts"
import type { Study } from "../Study.ts"
import { isList, isMap, toNumber, type ValueMap } from "../Value.ts"
import { levelOf } from "./analysisClaims.ts"
import { type MissingDataPolicy, policyOf } from "./analysisWords.ts"
import { nearestName } from "./nearestName.ts"

/** Rows of an outcome. */
export interface Frame {
  readonly outcome: OutcomeColumn
  /** Places in the data's runs. */
  readonly rows: ReadonlyArray<number>
  /** The outcome in these rows. */
  readonly values: ReadonlyArray<number>
  /** Runs of the plan (within the filters) without a value here, by reason. */
  readonly missing: ReadonlyMap<string, number>
  readonly imputed: number
  readonly planned: number
}

/** Keeps the runs that a plan's filters ask for. */
export type Keep = (row: number) => boolean

const statusWords = new Set(["success", "succeeded", "done"])

/** The runs that filters keep; what they cannot mean becomes issues. */
export const keepOf = (
  study: Study,
  data: AnalysisData,
  filters: ValueMap,
  path: string,
  issues: Array<Issue>,
): Keep => {
  const checks: Array<Keep> = []
  for (const [name, wanted] of filters) {
    if (name === "status" || name === "include_failed") {
      const fine =
        name === "status"
          ? [wanted].flat().every((word) => typeof word === "string" && statusWords.has(word))
          : wanted === false
      if (!fine)
        issues.push({
          path: `${path}.${name}`,
          message:
            "only runs that succeeded have outcomes; failed ones are counted, or filled in by missing_data_policy",
        })
      continue
    }
    if (name === "retried" && typeof wanted === "boolean") {
      checks.push((row) => (data.runs[row]?.attempts ?? 1) > 1 === wanted)
      continue
    }
    if (name === "condition_id") {
      const ids = new Set([wanted].flat().map((value) => str(value)))
      checks.push((row) => ids.has(data.runs[row]?.conditionId ?? ""))
      continue
    }
    const column = data.columns.get(name)
    if (column === undefined) {
      const near = nearestName(name, data.columns.keys())
      issues.push({
        path: `${path}.${name}`,
        message: `there is no column ${JSON.stringify(name)} to filter by; there are ${[...data.columns.keys()].join(", ")}`,
        ...(near === undefined ? {} : { nearest: near }),
      })
      continue
    }
    if (isMap(wanted)) {
      const check = rangeCheck(column, wanted)
      if (typeof check === "string") issues.push({ path: `${path}.${name}`, message: check })
      else checks.push(check)
      continue
    }
    const levels = new Set(
      (isList(wanted) ? wanted : [wanted]).map((value) => levelOf(study, column, value, `${path}.${name}`, issues)),
    )
    checks.push((row) => levels.has(column.labels[row] ?? ""))
  }
  return (row) => checks.every((check) => check(row))
}

const rangeCheck = (column: AnalysisColumn, wanted: ValueMap): Keep | string => {
  const low = toNumber(wanted.get("min"))
  const high = toNumber(wanted.get("max"))
  if ([...wanted.keys()].some((key) => key !== "min" && key !== "max") || (low === undefined && high === undefined))
    return "a range says min, max, or both"
  if (column.numbers.length === 0) return `${column.name} has no numbers to compare with a range`
  return (row) => {
    const number = column.numbers[row]
    return number !== undefined && number !== null && number >= (low ?? -Infinity) && number <= (high ?? Infinity)
  }
}

/** How missing values of a comparison are filled in by `worst_case`: true is as low as seen, false as high as seen. */
export type WorstCase = (row: number) => "lowest" | "highest" | undefined

/** What a frame is made from. */
export interface FrameInput {
  readonly data: AnalysisData
  readonly outcome: OutcomeColumn
  readonly keep: Keep
  /** Columns that must have a value in each row. */
  readonly columns: ReadonlyArray<AnalysisColumn>
  readonly worst?: WorstCase
}

/** The policy of an outcome. Unknown words were refused when the data were built. */
export const policyOfOutcome = (outcome: OutcomeColumn): MissingDataPolicy =>
  policyOf(outcome.spec.missingDataPolicy) ?? "drop"

const fills = (policy: MissingDataPolicy): boolean => policy !== "drop" && policy !== "error"

/** The rows of an outcome. Runs that never began are never filled in. */
export const frameOf = ({ columns, data, keep, outcome, worst }: FrameInput): Frame => {
  const policy = policyOfOutcome(outcome)
  const rows: Array<number> = []
  const values: Array<number> = []
  const missing = new Map<string, number>()
  const lose = (reason: string): void => {
    missing.set(reason, (missing.get(reason) ?? 0) + 1)
  }
  const kept = data.runs.flatMap((_, row) => (keep(row) ? [row] : []))
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  for (const row of kept) {
    const value = outcome.values[row]
    if (value === null || value === undefined) continue
    lowest = Math.min(lowest, value)
    highest = Math.max(highest, value)
  }
  // Tables of failed runs may not say who ran them; a value filled in there would stand in a block of its own.
  const runners = ["agent_id", "problem_id"].flatMap((name) => data.columns.get(name) ?? [])
  const fill = (row: number): number | undefined => {
    if (data.runs[row]?.fate === "notRun" || !Number.isFinite(lowest)) return undefined
    if (runners.some((column) => column.role === "run" && column.labels[row] === null)) return undefined
    switch (policy) {
      case "zero":
        return 0
      case "minimum":
        return lowest
      case "maximum":
        return highest
      case "worst_case": {
        const end = worst?.(row)
        return end === undefined ? undefined : end === "lowest" ? lowest : highest
      }
      default:
        return undefined
    }
  }
  let imputed = 0
  for (const row of kept) {
    const absent = columns.find(
      (column) => (column.kind === "numeric" ? column.numbers[row] : column.labels[row]) === null,
    )
    if (absent !== undefined) {
      lose(`no value of ${absent.name}`)
      continue
    }
    const value = outcome.values[row] ?? null
    if (value !== null) {
      rows.push(row)
      values.push(value)
      continue
    }
    const filled = fill(row)
    if (filled === undefined) {
      const why = outcome.reasons[row] ?? "no value"
      const isUnknown = runners.some((column) => column.role === "run" && column.labels[row] === null)
      lose(isUnknown && fills(policy) ? `${why}, and who ran it is not known to fill it in` : why)
      continue
    }
    imputed++
    rows.push(row)
    values.push(filled)
  }
  return { outcome, rows, values, missing, imputed, planned: kept.length }
}

/** Runs without a value. */
export const missingOf = (frame: Frame): number => [...frame.missing.values()].reduce((sum, count) => sum + count, 0)
