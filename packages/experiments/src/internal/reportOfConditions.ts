/**
 * The report of a design once its constraints are known: what is excluded has no runs, so balance and efficiency are those
 * of the conditions that are left.
 *
 * @layer logic
 * @module
 */
import type { ColumnBalance, DesignReport, DesignRow } from "../Design.ts"
import type { Study } from "../Study.ts"
import type { ValueMap } from "../Value.ts"
import { aliasingOfRows } from "./aliasingOfRows.ts"
import { type Range, scaledColumns } from "./columnScales.ts"
import { assignmentsOf, balanceOf } from "./designBalance.ts"
import { mainEffectsWorth } from "./linearModel.ts"

/** Products of rows and squared parameters above which efficiencies are left out: about a second of work. */
const workMax = 50_000_000

type Worth = Pick<DesignReport, "dEfficiency" | "aEfficiency" | "iVariance" | "model">

/** What rows are worth for the main effects of their columns, each level as it stands but those on a scale, and a note where that fails. */
export const mainEffects = (
  rows: ReadonlyArray<ValueMap>,
  balance: ReadonlyArray<ColumnBalance>,
  scaled: ReadonlyMap<string, Range> = new Map(),
): { readonly worth: Worth; readonly notes: ReadonlyArray<string> } => {
  const varied = balance.filter(({ levels }) => levels > 1)
  if (varied.length === 0 || rows.length === 0) return { worth: {}, notes: [] }
  const parameters = varied.reduce((sum, { column, levels }) => sum + (scaled.has(column) ? 1 : levels - 1), 1)
  if (parameters > rows.length) {
    return {
      worth: { dEfficiency: 0, model: "main effects" },
      notes: [
        `Main effects have ${parameters} parameters, more than the ${rows.length} conditions: they cannot all be estimated.`,
      ],
    }
  }
  if (parameters ** 2 * rows.length > workMax) {
    return { worth: {}, notes: ["Efficiencies are left out: the design is too large to compute them at once."] }
  }
  const worth = mainEffectsWorth(
    rows,
    varied.map(({ column }) => column),
    scaled,
  )
  if (worth !== undefined) return { worth, notes: [] }
  return {
    worth: { dEfficiency: 0, model: "main effects" },
    notes: ["Main effects cannot all be estimated from these conditions: some depend on others."],
  }
}

/** The worth of all combinations, each once: orthogonal for the main effects, whatever their number. */
export const completeWorth = (balance: ReadonlyArray<ColumnBalance>, runs: number): Worth => {
  const parameters = balance.reduce((sum, { levels }) => sum + levels - 1, 1)
  return parameters === 1
    ? {}
    : { dEfficiency: 100, aEfficiency: 100, iVariance: parameters / runs, model: "main effects" }
}

const unevenness = ({ column, ratio }: ColumnBalance): string =>
  `${column} (${ratio === null ? "many levels" : `most frequent level ${Number(ratio.toPrecision(3))} times the least frequent`})`

/** The report for the conditions that are left, where constraints exclude some. */
const constrainedReport = (
  report: DesignReport,
  rows: ReadonlyArray<DesignRow>,
  kept: ReadonlyArray<DesignRow>,
  assignments: ReadonlyArray<ValueMap>,
  scaled: ReadonlyMap<string, Range>,
): DesignReport => {
  const balance = balanceOf(assignments)
  const before = new Map(report.balance.map((column) => [column.column, column]))
  const uneven = balance.filter(({ column, ratio }) => ratio !== null && ratio > (before.get(column)?.ratio ?? 1))
  const lost = report.balance.filter(
    ({ column, levels }) => (balance.find((now) => now.column === column)?.levels ?? 0) < levels,
  )
  const { aEfficiency, aliases, dEfficiency, definingWords, iVariance, model, resolution, ...rest } = report
  const { notes, worth } = mainEffects(assignments, balance, scaled)
  const claims = [
    ...(resolution === undefined ? [] : [`resolution ${resolution}`]),
    ...(aliases === undefined && definingWords === undefined ? [] : ["aliases"]),
    ...(dEfficiency === undefined
      ? []
      : [`D-efficiency ${Number(dEfficiency.toPrecision(4))} (${model ?? "its model"})`]),
    ...(aEfficiency === undefined && iVariance === undefined ? [] : ["A- and I-efficiency"]),
  ]
  return {
    ...rest,
    ...worth,
    balance,
    measures: { ...report.measures, admissible: kept.length },
    notes: [
      `Constraints exclude ${rows.length - kept.length} of ${rows.length} conditions; balance and efficiencies are those of the ${kept.length} that are left.`,
      ...(kept.length === 0 ? ["No condition is left: nothing can be run."] : []),
      ...(lost.length > 0 && kept.length > 0
        ? [`Constraints take levels away altogether: ${lost.map(({ column }) => column).join(", ")}.`]
        : []),
      ...(uneven.length > 0 ? [`Constraints unbalance: ${uneven.map(unevenness).join(", ")}.`] : []),
      ...(claims.length > 0 && kept.length > 0
        ? [`What the whole design has no longer holds: ${claims.join(", ")}.`]
        : []),
      ...notes,
      ...report.notes,
    ],
  }
}

/** Kinds whose model runs over a cube of coded numbers, whatever the levels are. */
const codedKinds: ReadonlySet<string> = new Set([
  "fractional_factorial_2level",
  "fractional_factorial",
  "plackett_burman",
  "definitive_screening",
  "central_composite",
  "box_behnken",
])

/** Over which settings the prediction variance is averaged: the same runs have another average over another region. */
const regionOf = (study: Study, { balance }: DesignReport, scaled: ReadonlyMap<string, Range>): string => {
  const varied = balance.filter(({ levels }) => levels > 1)
  if (codedKinds.has(study.designSpec.kind) || varied.every(({ column }) => scaled.has(column)))
    return "everything between low and high"
  return varied.some(({ column }) => scaled.has(column))
    ? "everything between low and high of numbers, and all levels of the rest"
    : "all combinations of the levels"
}

/**
 * The report of the conditions that will run: what constraints leave of balance and efficiency, the efficiency for main
 * effects where the kind of design has computed none, and the aliasing.
 */
export const reportOfConditions = (
  study: Study,
  report: DesignReport,
  rows: ReadonlyArray<DesignRow>,
  admissible: ReadonlyArray<boolean>,
): DesignReport => {
  const kept = rows.filter((_, index) => admissible[index])
  const assignments = kept.map(assignmentsOf)
  const scaled = scaledColumns(study, assignments)
  const left = kept.length === rows.length ? report : constrainedReport(report, rows, kept, assignments, scaled)
  const own = left.dEfficiency === undefined ? mainEffects(assignments, left.balance, scaled) : undefined
  const aliasing = aliasingOfRows(kept, scaled)
  return {
    ...left,
    ...own?.worth,
    ...(left.iVariance === undefined && own?.worth.iVariance === undefined
      ? {}
      : { predictionRegion: regionOf(study, left, scaled) }),
    ...(aliasing === undefined ? {} : { aliasing }),
    notes: [...left.notes, ...(own?.notes ?? []).filter((note) => !left.notes.includes(note))],
  }
}
