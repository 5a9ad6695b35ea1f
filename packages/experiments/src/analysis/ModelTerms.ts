/**
 * The columns of a linear model: variables (categorical or numeric), terms (a variable, or variables that interact), and how
 * a term becomes columns of numbers. Categorical variables are coded by sum or by treatment contrasts; numeric ones are
 * centred, so that a main effect means the effect at the middle of the others.
 *
 * @layer logic
 * @module
 */
import type { Column } from "../internal/analysisBasis.ts"

/** A variable with levels; `codes` are places in `levels`, one per row. @category models */
export interface CategoricalVariable {
  readonly kind: "categorical"
  readonly name: string
  readonly levels: ReadonlyArray<string>
  readonly codes: ReadonlyArray<number>
}

/** A variable that is a number in each row. @category models */
export interface NumericVariable {
  readonly kind: "numeric"
  readonly name: string
  readonly values: ReadonlyArray<number>
}

/** A variable of a model. @category models */
export type Variable = CategoricalVariable | NumericVariable

/** The variables that a term multiplies: one is a main effect, two a two-factor interaction. @category models */
export type Term = ReadonlyArray<string>

/** How levels become columns: each against the mean of all (`sum`), or each against the first (`treatment`). */
export type Coding = "sum" | "treatment"

/** The columns of one term, each with a name such as `dose[high]:age`. @category models */
export interface TermColumns {
  readonly term: Term
  readonly columns: ReadonlyArray<Column>
  readonly names: ReadonlyArray<string>
}

/**
 * A categorical variable of texts, one per row. Levels are in order of first appearance unless given; levels without a row
 * are left out.
 *
 * @category constructors
 */
export const categorical = (
  name: string,
  values: ReadonlyArray<string>,
  order: ReadonlyArray<string> = [],
): CategoricalVariable => {
  const present = new Set(values)
  const levels = [...new Set([...order.filter((level) => present.has(level)), ...values])]
  const places = new Map(levels.map((level, index) => [level, index]))
  return { kind: "categorical", name, levels, codes: values.map((value) => places.get(value) ?? 0) }
}

/** A numeric variable. @category constructors */
export const numeric = (name: string, values: ReadonlyArray<number>): NumericVariable => ({
  kind: "numeric",
  name,
  values,
})

/** The name of a term, as in `dose:age`. */
export const termName = (term: Term): string => term.join(":")

/** Whether every variable of `inner` is in `outer`, and `outer` has more. */
export const isContained = (inner: Term, outer: Term): boolean =>
  outer.length > inner.length && inner.every((name) => outer.includes(name))

/** Main effects of all names and all interactions of up to `order` of them, in the order that R prints. */
export const factorialTerms = (names: ReadonlyArray<string>, order: number): ReadonlyArray<Term> => {
  const terms: Array<Term> = []
  const choose = (from: number, size: number, chosen: ReadonlyArray<string>): void => {
    if (chosen.length === size) {
      terms.push(chosen)
      return
    }
    names.slice(from).forEach((name, offset) => choose(from + offset + 1, size, [...chosen, name]))
  }
  for (let size = 1; size <= Math.min(order, names.length); size++) choose(0, size, [])
  return terms
}

/** The main effects that a term's variables are, and every smaller interaction: what has to be in a model with it. */
export const withMargins = (terms: ReadonlyArray<Term>): ReadonlyArray<Term> => {
  const all = new Map<string, Term>()
  for (const term of terms)
    for (const part of factorialTerms(term, term.length)) all.set([...part].sort().join("\u0000"), part)
  return [...all.values()].sort((a, b) => a.length - b.length)
}

/** The power of two that is nearest below the largest size of the values; 1 where all are zero. Exact to divide by. */
export const powerOfTwoScale = (values: Iterable<number>): number => {
  let largest = 0
  for (const value of values) largest = Math.max(largest, Math.abs(value))
  if (!(largest > 0) || !Number.isFinite(largest)) return 1
  // Below 2^-1022 a power of two is no longer exact to divide by; such numbers are as good as their smallest unit.
  return 2 ** Math.max(-1021, Math.min(1022, Math.floor(Math.log2(largest))))
}

/** The middle of a numeric variable, computed without overflow. */
export const centreOf = (values: ReadonlyArray<number>): number => {
  const scale = powerOfTwoScale(values)
  let sum = 0
  for (const value of values) sum += value / scale
  return values.length === 0 ? 0 : (sum / values.length) * scale
}

const variableColumns = (variable: Variable, coding: Coding): { columns: Array<Column>; names: Array<string> } => {
  if (variable.kind === "numeric") {
    const centre = centreOf(variable.values)
    return { columns: [Float64Array.from(variable.values, (value) => value - centre)], names: [variable.name] }
  }
  const last = variable.levels.length - 1
  const columns: Array<Column> = []
  const names: Array<string> = []
  for (let index = 0; index < last; index++) {
    // Treatment: the first level is the reference. Sum: the last level is minus the sum of the others.
    const level = coding === "treatment" ? index + 1 : index
    columns.push(
      Float64Array.from(variable.codes, (code) => (code === level ? 1 : coding === "sum" && code === last ? -1 : 0)),
    )
    names.push(`${variable.name}[${variable.levels[level] ?? ""}]`)
  }
  return { columns, names }
}

const product = (a: Column, b: Column): Column => a.map((value, index) => value * (b[index] ?? 0))

/** The columns of a term. Variables that are not given add nothing. */
export const termColumns = (variables: ReadonlyArray<Variable>, term: Term, coding: Coding): TermColumns => {
  let columns: ReadonlyArray<Column> | undefined
  let names: ReadonlyArray<string> = []
  for (const name of term) {
    const variable = variables.find((candidate) => candidate.name === name)
    if (variable === undefined) continue
    const own = variableColumns(variable, coding)
    if (columns === undefined) {
      columns = own.columns
      names = own.names
      continue
    }
    const before = columns
    const beforeNames = names
    columns = own.columns.flatMap((right) => before.map((left) => product(left, right)))
    names = own.names.flatMap((right) => beforeNames.map((left) => `${left}:${right}`))
  }
  return { term, columns: columns ?? [], names }
}

/** One column per combination of the levels of some categorical variables that has a row: what a grouping spans. */
export const cellColumns = (variables: ReadonlyArray<Variable>, grouping: Term): ReadonlyArray<Column> => {
  const rows = variables[0] === undefined ? 0 : rowsOf(variables[0])
  const cells = new Map<string, Array<number>>()
  for (let row = 0; row < rows; row++) {
    const key = grouping.map((name) => levelAt(variables, name, row)).join("\u0000")
    const list = cells.get(key)
    if (list === undefined) cells.set(key, [row])
    else list.push(row)
  }
  return [...cells.values()].map((list) => {
    const column = new Float64Array(rows)
    for (const row of list) column[row] = 1
    return column
  })
}

/** How many rows a variable has. */
export const rowsOf = (variable: Variable): number =>
  variable.kind === "categorical" ? variable.codes.length : variable.values.length

/** The level, or the number as text, of a variable in a row. */
export const levelAt = (variables: ReadonlyArray<Variable>, name: string, row: number): string => {
  const variable = variables.find((candidate) => candidate.name === name)
  if (variable === undefined) return ""
  return variable.kind === "categorical"
    ? (variable.levels[variable.codes[row] ?? -1] ?? "")
    : String(variable.values[row] ?? "")
}

/** The variable with only some of its rows; levels without a row are left out. */
export const selectRows = (variable: Variable, rows: ReadonlyArray<number>): Variable =>
  variable.kind === "numeric"
    ? numeric(
        variable.name,
        rows.map((row) => variable.values[row] ?? Number.NaN),
      )
    : categorical(
        variable.name,
        rows.map((row) => variable.levels[variable.codes[row] ?? -1] ?? ""),
        variable.levels,
      )
