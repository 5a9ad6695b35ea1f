/**
 * Tests by models: analysis of variance with the design's error, random intercepts of balanced data, linear and logistic
 * regression, and Lenth's method.
 *
 * @layer logic
 * @module
 */
import type { AnalysisColumn } from "../analysis/AnalysisData.ts"
import { mean as meanOf } from "../analysis/Descriptives.ts"
import { fit, type Coefficient } from "../analysis/LinearModel.ts"
import { fit as fitLogistic } from "../analysis/LogisticRegression.ts"
import { type Term, termName } from "../analysis/ModelTerms.ts"
import { effectsOf } from "../analysis/PlotData.ts"
import { isWithinUnits } from "./analysisCompare.ts"
import { variableOf } from "./analysisDesign.ts"
import { type Frame } from "./analysisFrame.ts"
import type { DesignModel } from "./analysisModel.ts"
import { effectSize, interval, outcome } from "./analysisOutcome.ts"
import { draft, type Draft, type Execution, notTested, wantedTerms } from "./analysisExecution.ts"
import { withoutRepeats } from "./analysisRepeats.ts"

/** Whether two terms have the same variables, in any order. */
const sameVariables = (a: Term, b: Term): boolean => a.length === b.length && a.every((name) => b.includes(name))

/** Orders of a few variables. */
const orders = (term: Term): ReadonlyArray<Term> =>
  term.length < 2 || term.length > 4
    ? [term]
    : term.flatMap((name, index) =>
        orders([...term.slice(0, index), ...term.slice(index + 1)]).map((rest) => [name, ...rest]),
      )

/** Whether a printed name is that of a term, in any order of its variables. */
const sameTerm = (name: string, term: Term): boolean => orders(term).some((order) => termName(order) === name)

/**
 * The difference of a factor with two levels, which says in which direction its effect goes: with the other terms of the model
 * taken out, as in the F beside it. Plain means would carry what blocks, covariates and other factors do.
 */
const twoLevelDifference = (
  execution: Execution,
  model: DesignModel,
  column: AnalysisColumn | undefined,
  stratum: string,
): { readonly name: string; readonly estimate: number } | null => {
  if (column === undefined || column.kind === "numeric" || column.levels.length !== 2) return null
  const beside = model.terms.filter((term) => term.length === 1 || !term.includes(column.name))
  // The units of the strata outside of the one in which it is tested.
  const place = model.errors.findIndex((grouping) => termName(grouping) === stratum)
  const around = model.errors.slice(0, place < 0 ? undefined : place).map((grouping) => grouping.slice(-1))
  const found = fit({
    response: model.values,
    variables: model.variables,
    terms: [...around, ...beside],
    alpha: execution.alpha,
  }).coefficients.find((row) => row.term.length === 1 && row.term[0] === column.name)
  if (found === undefined || found.estimate === null) return null
  const plain = column.levels.map((level) =>
    meanOf(model.values.filter((_, place) => column.labels[model.rows[place] ?? -1] === level)),
  )
  const isPlain =
    Math.abs((plain[1] ?? Number.NaN) - (plain[0] ?? Number.NaN) - found.estimate) <=
    1e-9 * model.values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  const name = isPlain ? "difference in means" : "adjusted difference in means"
  return { name: `${name}, ${column.levels[1] ?? ""} - ${column.levels[0] ?? ""}`, estimate: found.estimate }
}

export const modelRows = (execution: Execution, frame: Frame, model: DesignModel): ReadonlyArray<Draft> => {
  const wanted = wantedTerms(execution)
  return wanted.flatMap((term): ReadonlyArray<Draft> => {
    const rows = model.table.rows.filter((row) => sameTerm(row.term, term))
    if (rows.length === 0)
      return [
        notTested(
          execution,
          frame,
          termName(term),
          [model.reduced, ...model.table.notes, `the model has no term ${termName(term)}`].find(
            (note) => note !== undefined,
          ) ?? "",
        ),
      ]
    if (rows.length > 1)
      return [
        notTested(
          execution,
          frame,
          termName(term),
          `${termName(term)} varies in several strata, as the data are not balanced; no single test answers it`,
        ),
      ]
    const column = term.length === 1 ? execution.data.columns.get(term[0] ?? "") : undefined
    return rows.map((row) => {
      const difference = twoLevelDifference(execution, model, column, row.errorTerm)
      return draft(
        frame,
        termName(term),
        outcome({
          method: model.table.method,
          n: model.rows.length,
          estimateName: difference?.name ?? "",
          estimate: difference?.estimate ?? null,
          statisticName: "F",
          statistic: row.f,
          df: [row.df, row.errorDf],
          p: row.p,
          effectSize: effectSize("partial eta squared", row.partialEtaSquared),
          notes: [
            ...(row.epsilon === null ? [] : [`Greenhouse-Geisser epsilon ${row.epsilon.toPrecision(4)}`]),
            ...(difference === null && execution.alternative !== "two-sided"
              ? ["F says nothing of a direction here; compare levels, or use regression"]
              : []),
            ...model.table.notes.filter(
              (note) =>
                row.p === null ||
                note.startsWith("the data are not balanced") ||
                note.startsWith("runs of one subject"),
            ),
            ...(model.reduced === undefined ? [] : [model.reduced]),
          ],
        }),
        row.errorTerm,
        [row.term],
      )
    })
  })
}

export const mixedRows = (execution: Execution, frame: Frame): ReadonlyArray<Draft> => {
  const named =
    execution.randomEffects.length > 0
      ? execution.randomEffects
      : execution.structure.unit === undefined
        ? []
        : [execution.structure.unit]
  if (named.length === 0)
    return [notTested(execution, frame, "", "mixed_effects needs random_effects in the plan: a block, or subjects")]
  if (named.length > 1)
    return [
      notTested(
        execution,
        frame,
        "",
        `random intercepts of ${named.join(" and ")} together are not supported; one grouping is, in balanced data`,
      ),
    ]
  const { unit } = execution.structure
  if (unit !== undefined && named[0] !== unit)
    return [
      notTested(
        execution,
        frame,
        "",
        `runs of one ${unit} are not independent, and a random intercept of ${named.join(", ")} alone would take them so; name ${unit}, or use anova`,
      ),
    ]
  const model = execution.model(frame, named)
  const split = model.table.notes.find((note) => note.includes("several strata"))
  if (split !== undefined)
    return [
      notTested(
        execution,
        frame,
        "",
        `a random intercept of ${named.join(", ")} is supported in balanced data only. ${split}`,
      ),
    ]
  return modelRows(execution, frame, {
    ...model,
    table: { ...model.table, method: `random intercept of ${named.join(", ")} (balanced; error strata)` },
  })
}

const coefficientDraft = (
  execution: Execution,
  frame: Frame,
  row: Coefficient,
  parts: {
    method: string
    n: number
    statisticName: string
    df: number
    estimateName: string
    notes: ReadonlyArray<string>
    errorTerm: string
    covers: ReadonlyArray<string>
  },
): Draft => {
  const { alpha, alternative } = execution
  // Half of the two-sided p on the claimed side, the rest of one on the other.
  const towards = alternative === "greater" ? (row.t ?? 0) >= 0 : (row.t ?? 0) <= 0
  const p = row.p === null || alternative === "two-sided" ? row.p : towards ? row.p / 2 : 1 - row.p / 2
  return draft(
    frame,
    row.name,
    outcome({
      method: parts.method,
      n: parts.n,
      alternative,
      estimateName: parts.estimateName,
      estimate: row.estimate,
      standardError: row.standardError,
      interval: row.low === null || row.high === null ? null : interval(1 - alpha, row.low, row.high),
      statisticName: parts.statisticName,
      statistic: row.t,
      df: parts.df > 0 ? [parts.df] : [],
      p,
      notes: p === null && parts.notes.length === 0 ? ["it depends on other columns and has no estimate"] : parts.notes,
    }),
    parts.errorTerm,
    parts.covers,
  )
}

/** Terms of a regression: blocks, covariates, factors, and the products that a moderation asks for. */
const regressionTerms = (
  execution: Execution,
  frame: Frame,
): { terms: ReadonlyArray<Term>; columns: ReadonlyArray<AnalysisColumn>; unit: AnalysisColumn | undefined } => {
  const { covariates, data, structure } = execution
  const unit = structure.unit === undefined ? undefined : data.columns.get(structure.unit)
  const present = (column: AnalysisColumn): boolean => {
    const seen = new Set(frame.rows.map((row) => column.labels[row] ?? ""))
    return seen.size > 1
  }
  const unique = new Map<string, AnalysisColumn>()
  for (const column of [
    ...structure.blocks.flatMap((name) => data.columns.get(name) ?? []),
    ...covariates,
    ...structure.factors,
    ...execution.columns,
  ])
    if (present(column)) unique.set(column.name, column)
  const columns = [...unique.values()]
  const products =
    execution.hypothesis.kind === "moderation"
      ? wantedTerms(execution).filter((term) => term.every((name) => unique.has(name)))
      : []
  return { terms: [...columns.map((column): Term => [column.name]), ...products], columns, unit }
}

export const regressionRows = (execution: Execution, frame: Frame): ReadonlyArray<Draft> => {
  const { terms, columns, unit } = regressionTerms(execution, frame)
  const wanted = wantedTerms(execution)
  if (wanted.length === 0) return [notTested(execution, frame, "", "the hypothesis names no independent variable")]
  const between = wanted.find(
    (term) =>
      unit !== undefined &&
      !term.some((name) => {
        const column = execution.data.columns.get(name)
        return (
          column !== undefined &&
          isWithinUnits({ structure: execution.structure, columns: execution.data.columns, frame }, column)
        )
      }),
  )
  if (between !== undefined && unit !== undefined)
    return [
      notTested(
        execution,
        frame,
        termName(between),
        `${termName(between)} varies between units of ${unit.name}, whose runs are not independent; use anova or mixed_effects`,
      ),
    ]
  const repeats = withoutRepeats(frame, execution.data.columns, execution.structure, execution.covariates)
  const kept = terms.filter((term) => !term.some((name) => repeats.averaged.has(name)))
  const withUnit: ReadonlyArray<Term> = unit === undefined ? kept : [[unit.name], ...kept]
  const model = fit({
    response: repeats.frame.values,
    variables: (unit === undefined ? columns : [unit, ...columns]).map((column) =>
      variableOf(repeats.columns.get(column.name) ?? column, repeats.frame.rows),
    ),
    terms: withUnit,
    alpha: execution.alpha,
  })
  const method = `linear regression on ${withUnit.map(termName).join(" + ")}`
  const curved = execution.structure.squares
    ? execution.structure.factors.flatMap((factor) => (factor.kind === "numeric" ? [factor.name] : []))
    : []
  const lines =
    curved.length === 0
      ? []
      : [
          `the model has straight lines only, and this design was made for curves: curvature of ${curved.join(", ")} and interactions beyond its terms stand in its error; anova has them as terms`,
        ]
  return wanted.flatMap((term) => {
    const rows = model.coefficients.filter((row) => sameVariables(row.term, term))
    if (rows.length === 0)
      return [notTested(execution, frame, termName(term), `the model has no term ${termName(term)}`)]
    return rows.map((row) =>
      coefficientDraft(execution, frame, row, {
        method,
        statisticName: "t",
        n: model.n,
        df: model.residualDf,
        estimateName: "coefficient",
        notes: [
          ...repeats.notes,
          ...lines,
          ...model.notes,
          ...model.aliased.flatMap((alias) =>
            alias.name === row.name ? [`${alias.name} cannot be told apart from ${alias.dependsOn.join(", ")}`] : [],
          ),
        ],
        errorTerm: unit === undefined ? "runs" : `within ${unit.name}`,
        covers: [termName(term)],
      }),
    )
  })
}

export const logisticRows = (execution: Execution, frame: Frame): ReadonlyArray<Draft> => {
  const { terms, columns, unit } = regressionTerms(execution, frame)
  const wanted = wantedTerms(execution)
  if (unit !== undefined)
    return [
      notTested(
        execution,
        frame,
        wanted.map(termName).join(", "),
        `runs of one ${unit.name} are not independent, which logistic_regression takes them to be`,
      ),
    ]
  const model = fitLogistic({
    response: frame.values,
    variables: columns.map((column) => variableOf(column, frame.rows)),
    terms,
    alpha: execution.alpha,
  })
  const method = `logistic regression on ${terms.map(termName).join(" + ")}`
  return wanted.flatMap((term): ReadonlyArray<Draft> => {
    const rows = model.coefficients.filter((row) => sameVariables(row.term, term))
    const row = rows[0]
    if (row !== undefined && rows.length === 1 && !model.separated)
      return [
        coefficientDraft(execution, frame, row, {
          method,
          n: model.n,
          statisticName: "z",
          df: 0,
          estimateName: "log odds ratio",
          notes: model.notes,
          errorTerm: "runs",
          covers: [termName(term)],
        }),
      ]
    const test = model.terms.find((candidate) => sameTerm(candidate.term, term))
    if (test === undefined)
      return [notTested(execution, frame, termName(term), model.notes[0] ?? `the model has no term ${termName(term)}`)]
    return [
      draft(
        frame,
        termName(term),
        outcome({
          method: `${method}, likelihood ratio test`,
          n: model.n,
          statisticName: "chi-squared",
          statistic: test.chiSquared,
          df: [test.df],
          p: test.p,
          notes: test.p === null ? [...model.notes, "it depends on other terms"] : model.notes,
        }),
        "runs",
        [termName(term)],
      ),
    ]
  })
}

export const lenthRows = (execution: Execution, frame: Frame): ReadonlyArray<Draft> => {
  const effects = effectsOf(frame, execution.structure, execution.alpha)
  const wanted = wantedTerms(execution)
  if (effects === undefined)
    return [
      notTested(
        execution,
        frame,
        wanted.map(termName).join(", "),
        "Lenth's method needs all factors to have two levels",
      ),
    ]
  return wanted.map((term) => {
    const row = effects.effects.find((candidate) => sameTerm(candidate.term, term))
    if (row === undefined || row.lenthP === null)
      return notTested(
        execution,
        frame,
        termName(term),
        effects.notes[0] ?? `the runs cannot estimate ${termName(term)}`,
      )
    return draft(
      frame,
      termName(term),
      outcome({
        method: "Lenth pseudo standard error",
        n: frame.rows.length,
        estimateName: "effect",
        estimate: row.effect,
        standardError: effects.pseudoStandardError,
        statisticName: "t",
        statistic: row.lenthT,
        df: [effects.df],
        p: row.lenthP,
        notes: [
          ...effects.notes,
          ...(row.aliases.length > 0 ? [`stands for the sum with ${row.aliases.join(", ")}`] : []),
        ],
      }),
      "Lenth",
      [row.term],
    )
  })
}
