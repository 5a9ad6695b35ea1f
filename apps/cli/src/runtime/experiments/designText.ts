/**
 * Conditions and design reports as text: JSON lines that keep whole numbers and floats apart, table rows, and sentences.
 *
 * @layer logic
 * @module
 */
import type { Condition } from "@heddle/experiments/Condition"
import type { Aliasing, DesignReport } from "@heddle/experiments/Design"
import { placesOf } from "@heddle/experiments/DesignPlaces"
import { aliasingLargest } from "@heddle/experiments/designs/Aliasing"
import * as StableJson from "@heddle/experiments/StableJson"
import type { Value, ValueMap } from "@heddle/experiments/Value"

/** Alias sets that are shown to people; the rest are counted. */
const aliasesShownMax = 40
/** Pairs of mixed effects that are shown; the rest is counted. */
const pairsShownMax = 8

/** One line per condition: what `design --json` prints. */
export const conditionLine = (condition: Condition): string =>
  jsonLine([
    ["type", "condition"],
    ["condition_id", condition.conditionId],
    ["factor_assignments", condition.factorAssignments],
    ["block_assignments", condition.blockAssignments],
    ["metadata", condition.metadata],
    ["admissible", condition.admissible],
    ["constraint_messages", condition.constraintMessages],
  ])

/** A condition as a row of a table: its verdict, then its factors, then its blocks, then its places in the design. */
export const conditionRow = (studyId: string, condition: Condition, places: ReadonlyArray<string>): ValueMap => {
  const own = placesOf(condition)
  return new Map<string, Value>([
    ["study_id", studyId],
    ["condition_id", condition.conditionId],
    ["admissible", condition.admissible],
    ["constraint_messages", condition.constraintMessages],
    ...condition.factorAssignments,
    ...Array.from(condition.blockAssignments, ([name, value]) => [`block_${name}`, value] as const),
    ...places.map((name) => [name, own.get(name) ?? null] as const),
  ])
}

/** A JSON line with its keys in the order given. */
export const jsonLine = (entries: ReadonlyArray<readonly [key: string, value: Value]>): string =>
  `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${StableJson.stringify(value)}`).join(",")}}\n`

/** The names of the columns of a list of maps, in the order in which they first occur. */
export const columnsOf = (rows: Iterable<ValueMap>): ReadonlyArray<string> => {
  const names = new Set<string>()
  for (const row of rows) for (const name of row.keys()) names.add(name)
  return [...names]
}

/** A value as a cell for people: texts as they are, nothing for what is missing. */
export const cellText = (value: Value | undefined): string =>
  value === undefined || value === null ? "" : typeof value === "string" ? value : StableJson.stringify(value)

/** The cells of a condition's places in its design. */
export const placeCells = (condition: Condition | undefined, places: ReadonlyArray<string>): ReadonlyArray<string> => {
  const own = condition === undefined ? undefined : placesOf(condition)
  return places.map((name) => cellText(own?.get(name)))
}

/** What a design is worth, in lines for people. */
export const reportLines = (report: DesignReport): ReadonlyArray<string> => {
  const uneven = report.balance.filter(({ ratio }) => ratio !== null && ratio > 1)
  const numbers: ReadonlyArray<readonly [string, number | undefined]> = [
    ["D-efficiency", report.dEfficiency],
    ["A-efficiency", report.aEfficiency],
    [`average prediction variance over ${report.predictionRegion ?? "the region of the design"}`, report.iVariance],
    ...Object.entries(report.measures ?? {}),
  ]
  const told = numbers.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${rounded(value)}`]))
  const aliases = (report.aliases ?? []).filter(({ aliases: names }) => names.length > 0)
  return [
    `design: ${report.kind}, ${report.runs} runs${report.resolution === undefined ? "" : `, resolution ${report.resolution}`}`,
    ...(told.length === 0 ? [] : [`${report.model === undefined ? "" : `${report.model}: `}${told.join(", ")}`]),
    ...(uneven.length === 0
      ? []
      : [
          `uneven: ${uneven.map(({ column, ratio }) => `${column} (most to least ${rounded(ratio ?? 1)})`).join(", ")}`,
        ]),
    ...(report.definingWords === undefined || report.definingWords.length === 0
      ? []
      : [`defining relation: I = ${report.definingWords.join(" = ")}`]),
    ...aliases
      .slice(0, aliasesShownMax)
      .map(({ aliases: names, effect }) => `aliased: ${effect} with ${names.join(", ")}`),
    ...(aliases.length > aliasesShownMax ? [`and ${aliases.length - aliasesShownMax} more alias sets`] : []),
    ...(report.aliasing === undefined ? [] : aliasingLines(report.aliasing)),
    ...report.notes,
  ]
}

/** Largest correlations between effects, and the strongest pairs. */
const aliasingLines = (aliasing: Aliasing): ReadonlyArray<string> => {
  const largest = aliasingLargest(aliasing)
    .map(([name, correlation]) => `${name} ${rounded(correlation)}`)
    .join(", ")
  const shown = aliasing.pairs.slice(0, pairsShownMax)
  const more = aliasing.pairsFound - shown.length
  return [
    `aliasing (0 clear, 1 not to be told apart; ${aliasing.compared}): largest ${largest}`,
    ...shown.map(({ correlation, effect, with: other }) => `mixed: ${effect} with ${other} ${rounded(correlation)}`),
    ...(more > 0 ? [`and ${more} more such pairs`] : []),
  ]
}

const rounded = (number: number): string => String(Number(number.toPrecision(6)))
