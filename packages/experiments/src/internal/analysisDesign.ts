/**
 * What a design implies for its analysis: which columns are blocks, which are units that several runs share (subjects, whole
 * plots), which terms a model has, and what each is tested against.
 *
 * @layer logic
 * @module
 */
import type { AnalysisColumn, AnalysisData } from "../analysis/AnalysisData.ts"
import {
  categorical,
  factorialTerms,
  numeric,
  powerOfTwoScale,
  type Term,
  type Variable,
} from "../analysis/ModelTerms.ts"
import type { Study } from "../Study.ts"

/** What a design implies. */
export interface Structure {
  readonly factors: ReadonlyArray<AnalysisColumn>
  /** Additive terms before the factors. */
  readonly blocks: ReadonlyArray<string>
  /** Groupings of error strata from the outermost inwards; empty for one error. */
  readonly errors: ReadonlyArray<Term>
  /** The column of units that several runs share; undefined where each run stands for itself. */
  readonly unit: string | undefined
  /** Highest order of interactions. */
  readonly order: 1 | 2
  readonly squares: boolean
}

const quadraticKinds = new Set(["central_composite", "box_behnken", "definitive_screening"])
const additiveKinds = new Set([
  "latin_square",
  "randomized_latin_square",
  "graeco_latin_square",
  "plackett_burman",
  "latin_hypercube",
  "space_filling_latin_hypercube",
  "sobol",
  "halton",
])

const levelsOf = (column: AnalysisColumn | undefined): number => column?.levels.length ?? 0

/** Whether two columns split the runs in the same way. */
const samePartition = (a: AnalysisColumn, b: AnalysisColumn): boolean => {
  if (a.levels.length !== b.levels.length) return false
  const match = new Map<string | null, string | null>()
  return a.labels.every((label, index) => {
    const other = b.labels[index] ?? null
    if (!match.has(label)) match.set(label, other)
    return match.get(label) === other
  })
}

/** Whether some condition has runs of two levels of the column. */
const variesWithinConditions = (data: AnalysisData, column: AnalysisColumn): boolean => {
  const first = new Map<string, string | null>()
  return data.runs.some((run, index) => {
    const label = column.labels[index] ?? null
    const before = first.get(run.conditionId)
    if (before === undefined) first.set(run.conditionId, label)
    return before !== undefined && before !== null && label !== null && before !== label
  })
}

/** Whether a column has more than one level within some group of another. */
export const variesWithin = (column: AnalysisColumn, group: AnalysisColumn, rows: Iterable<number>): boolean => {
  const first = new Map<string, string>()
  for (const row of rows) {
    const key = group.labels[row]
    const label = column.labels[row]
    if (key === undefined || key === null || label === undefined || label === null) continue
    const before = first.get(key)
    if (before === undefined) first.set(key, label)
    else if (before !== label) return true
  }
  return false
}

/** What the design of a study implies for data. */
export const structureOf = (study: Study, data: AnalysisData): Structure => {
  const kind = study.designSpec.kind
  const get = (name: string): AnalysisColumn | undefined => data.columns.get(name)
  const factors = study.factors.flatMap((factor) => {
    const column = get(factor.name)
    return column !== undefined && levelsOf(column) > 1 ? [column] : []
  })
  const shares = (name: string): boolean => {
    const column = get(name)
    if (column === undefined || column.levels.length < 2) return false
    const counts = new Map<string, number>()
    for (const label of column.labels) if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1)
    return [...counts.values()].some((count) => count > 1)
  }
  const isSubject = shares("subject") && !factors.some((factor) => factor.name === "subject")
  const isPlot = !isSubject && shares("whole_plot")
  const blocks: Array<string> = []
  const consider = (column: AnalysisColumn | undefined): void => {
    if (column === undefined || column.levels.length < 2) return
    if (factors.some((factor) => factor.name === column.name || samePartition(factor, column))) return
    if (blocks.some((name) => samePartition(get(name) ?? column, column))) return
    blocks.push(column.name)
  }
  for (const column of data.columns.values())
    if (column.role === "block" && !(isSubject && column.name === "subject")) consider(column)
  if (isSubject) for (const name of ["sequence", "session", "period"]) consider(get(name))
  if (!isSubject && !isPlot) consider(get("block"))
  if (kind === "randomized_latin_square") consider(get("square"))
  for (const name of ["agent_id", "problem_id"]) {
    const column = get(name)
    if (column !== undefined && variesWithinConditions(data, column)) consider(column)
  }
  // Whole plots lie within the study's own blocks; who ran them varies within a plot and stays an additive term.
  const outer = blocks.filter((name) => get(name)?.role === "block")
  const errors: ReadonlyArray<Term> = isSubject
    ? [["subject"]]
    : isPlot
      ? [...(outer.length > 0 ? [outer] : []), [...outer, "whole_plot"]]
      : []
  return {
    factors,
    blocks,
    errors,
    unit: isSubject ? "subject" : isPlot ? "whole_plot" : undefined,
    order: additiveKinds.has(kind) ? 1 : 2,
    squares: quadraticKinds.has(kind),
  }
}

/** A column as a variable of a model, for some rows in which it is not missing. */
export const variableOf = (column: AnalysisColumn, rows: ReadonlyArray<number>): Variable =>
  column.kind === "numeric"
    ? numeric(
        column.name,
        rows.map((row) => column.numbers[row] ?? Number.NaN),
      )
    : categorical(
        column.name,
        rows.map((row) => column.labels[row] ?? ""),
        column.levels,
      )

/** The square of a numeric variable about its middle, by the name `x^2`. */
export const squareOf = (variable: Variable): Variable | undefined => {
  if (variable.kind !== "numeric") return undefined
  const scale = powerOfTwoScale(variable.values)
  const scaled = variable.values.map((value) => value / scale)
  const middle = scaled.reduce((sum, value) => sum + value, 0) / Math.max(1, scaled.length)
  return numeric(
    `${variable.name}^2`,
    scaled.map((value) => (value - middle) ** 2),
  )
}

/** Terms of factors: main effects, squares and interactions up to `order`. */
export const factorTerms = (
  factors: ReadonlyArray<AnalysisColumn>,
  order: 1 | 2,
  squares: boolean,
): ReadonlyArray<Term> => {
  const names = factors.map((factor) => factor.name)
  const mains = factorialTerms(names, 1)
  const quadratic: ReadonlyArray<Term> = squares
    ? factors.flatMap((factor) => (factor.kind === "numeric" ? [[`${factor.name}^2`]] : []))
    : []
  const interactions = order === 2 ? factorialTerms(names, 2).filter((term) => term.length === 2) : []
  return [...mains, ...quadratic, ...interactions]
}
