/**
 * The analysis of variance that a design implies, for the rows of an outcome: one error, or strata of subjects and whole plots
 * with Greenhouse and Geisser's correction for what varies within subjects.
 *
 * @layer logic
 * @module
 */
import type { AnalysisColumn } from "../analysis/AnalysisData.ts"
import type { ModelRow, ModelTable } from "../analysis/AnalysisResult.ts"
import { anova } from "../analysis/Anova.ts"
import { anovaWithStrata } from "../analysis/ErrorStrata.ts"
import { type LinearFit, fit } from "../analysis/LinearModel.ts"
import { type Term, termColumns, termName, type Variable } from "../analysis/ModelTerms.ts"
import { correctedP, epsilon } from "../analysis/Sphericity.ts"
import { workMax } from "./analysisBasis.ts"
import { factorTerms, squareOf, type Structure, variableOf, variesWithin } from "./analysisDesign.ts"
import type { Frame } from "./analysisFrame.ts"
import { withoutRepeats } from "./analysisRepeats.ts"

/** A model of an outcome. */
export interface DesignModel {
  readonly table: ModelTable
  /** Why fewer terms are in it than the design would have. */
  readonly reduced: string | undefined
  readonly variables: ReadonlyArray<Variable>
  readonly terms: ReadonlyArray<Term>
  /** Rows that it is of: runs, or means of the runs of one subject at the same levels. */
  readonly rows: ReadonlyArray<number>
  readonly values: ReadonlyArray<number>
  /** Groupings of its error strata, from the outermost inwards. */
  readonly errors: ReadonlyArray<Term>
  /** The least squares fit of all terms with units as additive terms: for residuals. Undefined where there are no rows. */
  readonly fit: LinearFit | undefined
}

/** What a model is made from. */
export interface ModelInput {
  readonly frame: Frame
  readonly structure: Structure
  readonly columns: ReadonlyMap<string, AnalysisColumn>
  readonly covariates: ReadonlyArray<AnalysisColumn>
  readonly alpha: number
  /** Grouping columns that take the place of the design's error terms. */
  readonly randomEffects?: ReadonlyArray<string>
}

const columnsCount = (variables: ReadonlyArray<Variable>, terms: ReadonlyArray<Term>): number =>
  terms.reduce((sum, term) => {
    let product = 1
    for (const name of term) {
      const variable = variables.find((candidate) => candidate.name === name)
      product *= variable?.kind === "categorical" ? Math.max(0, variable.levels.length - 1) : 1
    }
    return sum + product
  }, 1)

/** The model of an outcome. */
export const designModel = (input: ModelInput): DesignModel => {
  const { alpha, randomEffects, structure } = input
  const repeats = withoutRepeats(input.frame, input.columns, structure, input.covariates)
  const { averaged, columns, frame } = repeats
  const covariates = input.covariates.filter((column) => !averaged.has(column.name))
  const errors: ReadonlyArray<Term> =
    randomEffects === undefined ? structure.errors : randomEffects.map((name) => [name])
  const errorNames = new Set(errors.flat())
  const blocks = structure.blocks.filter((name) => !errorNames.has(name) && !averaged.has(name))
  const used = [
    ...new Set([...errorNames, ...blocks, ...covariates.map((c) => c.name), ...structure.factors.map((f) => f.name)]),
  ].flatMap((name) => columns.get(name) ?? [])
  const plain = used.map((column) => variableOf(column, frame.rows))
  const squares = structure.squares ? plain.flatMap((variable) => squareOf(variable) ?? []) : []
  const variables = [...plain, ...squares]
  const isUsable = (name: string): boolean => {
    const variable = variables.find((candidate) => candidate.name === name)
    return variable !== undefined && (variable.kind === "numeric" || variable.levels.length > 1)
  }
  const factors = structure.factors.filter((factor) => isUsable(factor.name) && !errorNames.has(factor.name))
  const before: ReadonlyArray<Term> = [...blocks, ...covariates.map((column) => column.name)]
    .filter((name) => isUsable(name) && !factors.some((factor) => factor.name === name) && !errorNames.has(name))
    .map((name) => [name])
  const n = frame.rows.length
  const unitColumns = columnsCount(
    variables,
    errors.slice(-1).map((grouping) => grouping.slice(-1)),
  )
  const withOrder = (order: 1 | 2, quadratic: boolean): ReadonlyArray<Term> => [
    ...before,
    ...factorTerms(factors, order, quadratic),
  ]
  const fits = (terms: ReadonlyArray<Term>): boolean => columnsCount(variables, terms) + unitColumns - 1 < n
  let terms = withOrder(structure.order, structure.squares)
  let reduced: string | undefined
  if (!fits(terms) && structure.order === 2) {
    const smaller = withOrder(1, structure.squares)
    terms = fits(smaller) ? smaller : withOrder(1, false)
    reduced =
      n === 0
        ? "no run has a value, so there is no model"
        : `${n} ${n === 1 ? "run is" : "runs are"} too few for interactions and an error: the model has ${
            terms.length === 0 ? "no term" : terms.map(termName).join(", ")
          }`
  }
  const unitTerms: ReadonlyArray<Term> = errors.map((grouping) => grouping.slice(-1))
  const empty: DesignModel = {
    table: { method: "analysis of variance", rows: [], notes: [] },
    reduced,
    variables,
    terms,
    rows: frame.rows,
    values: frame.values,
    errors,
    fit: undefined,
  }
  // R's formula (a + b + c)^2: what three factors do together is not a term.
  const order =
    structure.order === 2 && reduced === undefined && factors.length > 2
      ? ["interactions of three factors and more are in the error"]
      : []
  const because = (why: string): DesignModel => ({ ...empty, table: { ...empty.table, notes: [why] } })
  if (n === 0) return because("no run has a value")
  if (terms.length === 0) return because("no factor has two levels with values")
  const size = columnsCount(variables, terms) + unitColumns
  if (n * size * size > workMax)
    return because(`${n} runs with ${size} columns are more than this analysis computes; take part of it by filters`)
  // Most tests need the table only; the fit is made when it is first asked for.
  let made: LinearFit | undefined
  const withFit = (table: ModelTable): DesignModel => ({
    ...empty,
    table,
    get fit() {
      made ??= fit({ response: frame.values, variables, terms: [...terms, ...unitTerms], alpha })
      return made
    },
  })
  if (errors.length === 0) {
    const table = anova({ response: frame.values, variables, terms })
    const rows = table.rows.map((row): ModelRow => ({
      term: row.term,
      errorTerm: "runs",
      df: row.df,
      errorDf: table.residualDf,
      sumOfSquares: row.sumOfSquares,
      f: row.f,
      p: row.p,
      epsilon: null,
      partialEtaSquared: row.partialEtaSquared,
      omegaSquared: row.omegaSquared,
    }))
    const method =
      before.length > 0
        ? "analysis of variance (type II, blocks and covariates first)"
        : "analysis of variance (type II)"
    return withFit({ method, rows, notes: [...table.notes, ...repeats.notes, ...order] })
  }
  const table = anovaWithStrata({ response: frame.values, variables, terms, errors })
  const notes = [...table.notes, ...repeats.notes, ...order]
  const places = new Map<string, Array<string>>()
  for (const stratum of table.strata)
    for (const row of stratum.rows) places.set(row.term, [...(places.get(row.term) ?? []), stratum.name])
  // With runs missing, a term that varies in an inner stratum also varies a little between the units of outer ones. What is
  // in the innermost one is a whole test, free of the units around it.
  const innermost = new Map(
    randomEffects === undefined
      ? [...places].flatMap(([term, names]) => (names.length > 1 ? [[term, names.at(-1) ?? ""] as const] : []))
      : [],
  )
  const inner = [...innermost.values()].includes("within")
    ? anova({ response: frame.values, variables, terms: [...unitTerms, ...terms] })
    : undefined
  for (const stratum of new Set(innermost.values())) {
    const own = [...innermost].flatMap(([term, name]) => (name === stratum ? [term] : []))
    notes.push(
      stratum === "within"
        ? `the data are not balanced: ${own.join(", ")} are tested by what varies within ${unitTerms.map(termName).join(", ")} only, and tests between units are approximate`
        : `the data are not balanced: ${own.join(", ")} are tested by what varies in ${stratum} only`,
    )
  }
  const subject = structure.unit === "subject" && randomEffects === undefined ? columns.get("subject") : undefined
  let corrected = false
  const rows = table.strata.flatMap((stratum) =>
    stratum.rows.flatMap((row): ReadonlyArray<ModelRow> => {
      const place = innermost.get(row.term)
      if (place !== undefined && place !== stratum.name) return []
      const within = place === "within" ? inner?.rows.find((candidate) => candidate.term === row.term) : undefined
      if (inner !== undefined && within !== undefined) {
        return [
          {
            term: row.term,
            errorTerm: "within",
            df: within.df,
            errorDf: inner.residualDf,
            sumOfSquares: within.sumOfSquares,
            f: within.f,
            p: within.p,
            epsilon: null,
            partialEtaSquared: within.partialEtaSquared,
            omegaSquared: within.omegaSquared,
          },
        ]
      }
      let p = row.p
      let shrink: number | null = null
      if (
        subject !== undefined &&
        stratum.name === "within" &&
        row.df > 1 &&
        row.f !== null &&
        stratum.residualDf > 0
      ) {
        const names = terms.find((term) => termName(term) === row.term) ?? []
        const found = withinEpsilon(
          frame,
          subject,
          names.flatMap((name) => columns.get(name) ?? []),
        )
        if (typeof found === "string") notes.push(`${row.term}: ${found}`)
        else {
          corrected = true
          shrink = found
          p = correctedP(row.f, row.df, stratum.residualDf, found)
        }
      }
      return [
        {
          term: row.term,
          errorTerm: stratum.name,
          df: row.df,
          errorDf: stratum.residualDf,
          sumOfSquares: row.sumOfSquares,
          f: row.f,
          p,
          epsilon: shrink,
          partialEtaSquared: row.partialEtaSquared,
          omegaSquared: row.omegaSquared,
        },
      ]
    }),
  )
  const method = `analysis of variance with error strata (${errors.map(termName).join(", ")}, within)${
    corrected ? ", Greenhouse-Geisser within subjects" : ""
  }`
  return withFit({ method, rows, notes })
}

/** Greenhouse and Geisser's epsilon of a term within subjects, or why there is none. */
const withinEpsilon = (frame: Frame, subject: AnalysisColumn, term: ReadonlyArray<AnalysisColumn>): number | string => {
  if (term.some((column) => column.kind === "numeric")) return "a covariate has no sphericity to correct for"
  const inner = term.filter((column) => variesWithin(column, subject, frame.rows))
  const outer = term.filter((column) => !inner.includes(column))
  const cellsCount = inner.reduce((product, column) => product * column.levels.length, 1)
  const cells = new Map<string, { group: string; sums: Array<number>; counts: Array<number> }>()
  frame.rows.forEach((row, index) => {
    const who = subject.labels[row] ?? ""
    const entry = cells.get(who) ?? {
      group: outer.map((column) => column.labels[row] ?? "").join("\u0000"),
      sums: Array.from({ length: cellsCount }, () => 0),
      counts: Array.from({ length: cellsCount }, () => 0),
    }
    cells.set(who, entry)
    const place = inner.reduce(
      (at, column) => at * column.levels.length + column.levels.indexOf(column.labels[row] ?? ""),
      0,
    )
    entry.sums[place] = (entry.sums[place] ?? 0) + (frame.values[index] ?? 0)
    entry.counts[place] = (entry.counts[place] ?? 0) + 1
  })
  const complete = [...cells.values()]
  if (complete.some((entry) => entry.counts.some((count) => count === 0)))
    return "not every subject has all levels, so sphericity is not corrected for"
  const found = epsilon(
    complete.map((entry) => entry.sums.map((sum, index) => sum / (entry.counts[index] ?? 1))),
    inner.map((column) => column.levels.length),
    inner.map(() => true),
    complete.map((entry) => entry.group),
  )
  return found.greenhouseGeisser ?? "too few subjects to correct for sphericity"
}

/** Columns of a term, to tell how many a regression has. */
export const termWidth = (variables: ReadonlyArray<Variable>, term: Term): number =>
  termColumns(variables, term, "treatment").columns.length
