/**
 * Whether what a run delivers for the outcomes of its study can be counted with. A text where a number belongs ("12,5")
 * would pass every table and be missing in every test; so the run fails, as it does for a number that is none.
 *
 * @layer logic
 * @module
 */
import { repr } from "../StableJson.ts"
import type { Evaluation } from "../Run.ts"
import type { OutcomeSpec } from "../Study.ts"
import { isNumber, toNumber, type Value, type ValueMap } from "../Value.ts"

/** Words of `expected_type` that say that the values are numbers, or truth values, which count as 1 and 0. */
const numericTypes: ReadonlySet<string> = new Set(
  "float double number numeric real decimal continuous ratio int integer count bool boolean binary".split(" "),
)

/** Whether the study says that the outcome is a number; it does unless told otherwise. */
export const isNumeric = ({ aggregation, expectedType }: OutcomeSpec): boolean =>
  aggregation !== "count" && numericTypes.has(expectedType.trim().toLowerCase())

/** Whether a value can be counted with; one that is missing says so, and is not wrong. */
const isUsable = (value: Value | undefined): boolean =>
  value === undefined ||
  value === null ||
  typeof value === "boolean" ||
  (isNumber(value) && Number.isFinite(toNumber(value)))

/** Characters of a value that a sentence shows. */
const shownMax = 80

/** A value as a sentence shows it. */
export const shown = (value: Value): string =>
  typeof value === "string" ? `the text ${JSON.stringify(value.slice(0, shownMax))}` : repr(value).slice(0, shownMax)

/** Whether a row of evaluations is one of the outcome. */
const isRowOf = (
  { column, name }: OutcomeSpec,
  { evaluatorId, metricName }: Pick<Evaluation, "evaluatorId" | "metricName">,
): boolean =>
  metricName === column ||
  `${evaluatorId}/${metricName}` === column ||
  // Studies of the predecessor name the column that holds all values.
  (column === "metric_value" && metricName === name)

/** The first value of an outcome that cannot be counted with; undefined where all can. */
export const unusableOf = (
  outcome: OutcomeSpec,
  metrics: ValueMap,
  evaluations: ReadonlyArray<Pick<Evaluation, "evaluatorId" | "metricName" | "metricValue">>,
): Value | undefined => {
  const { column, name, primary, sourceTable } = outcome
  if (sourceTable === "runs" || sourceTable === "metrics") {
    const value = metrics.get(column) ?? (primary ? metrics.get(name) : undefined)
    if (!isUsable(value)) return value
  }
  if (sourceTable === "evaluations" || sourceTable === "metrics") {
    for (const row of evaluations) if (isRowOf(outcome, row) && !isUsable(row.metricValue)) return row.metricValue
  }
  return undefined
}

/** What is wrong with the outcomes of a run, in words; undefined where nothing is. */
export const wrongOutcome = (
  outcomes: ReadonlyArray<OutcomeSpec>,
  metrics: ValueMap,
  evaluations: ReadonlyArray<Evaluation>,
): string | undefined => {
  for (const outcome of outcomes) {
    if (!isNumeric(outcome)) continue
    const value = unusableOf(outcome, metrics, evaluations)
    if (value === undefined) continue
    const { column, name } = outcome
    const named = column === name ? JSON.stringify(name) : `${JSON.stringify(name)} (column ${JSON.stringify(column)})`
    const why = typeof value === "string" ? "; return a number, with a decimal point" : ""
    return `the declared outcome ${named} must be a number; it is ${shown(value)}${why}`
  }
  return undefined
}
