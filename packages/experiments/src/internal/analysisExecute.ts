/**
 * Executes one test of a plan for one hypothesis and one outcome: comparisons of two sides, whole-factor tests, families of
 * pairs, models and correlations. Each gives rows without correction, which the analysis puts into families.
 *
 * @layer logic
 * @module
 */
import type { AnalysisColumn, AnalysisData } from "../analysis/AnalysisData.ts"
import { baselineOf } from "../analysis/AnalysisData.ts"
import { kendall, pearson, spearman } from "../analysis/Correlations.ts"
import { mean as meanOf } from "../analysis/Descriptives.ts"
import { fit, type Coefficient } from "../analysis/LinearModel.ts"
import { fit as fitLogistic } from "../analysis/LogisticRegression.ts"
import { type Term, termName } from "../analysis/ModelTerms.ts"
import {
  type Comparisons,
  dunnett,
  type ErrorTerm,
  pairwisePooled,
  scheffe,
  tukey,
} from "../analysis/MultipleComparisons.ts"
import { effectsOf, valuesByLevel } from "../analysis/PlotData.ts"
import { chiSquared } from "../analysis/Proportions.ts"
import { friedman, kruskalWallis } from "../analysis/RankTests.ts"
import type { Alternative, TestOutcome } from "../analysis/TestOutcome.ts"
import { levene, welchAnova } from "../analysis/VarianceTests.ts"
import type { Hypothesis, Study } from "../Study.ts"
import type { Claim } from "./analysisClaims.ts"
import { compare, isWithinUnits } from "./analysisCompare.ts"
import { type Structure, variableOf } from "./analysisDesign.ts"
import { type Frame, missingOf } from "./analysisFrame.ts"
import type { DesignModel } from "./analysisModel.ts"
import { effectSize, interval, noOutcome, outcome } from "./analysisOutcome.ts"
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
}

const words = (test: TestName): string => test.replaceAll("_", " ")

/** Terms of a model that a hypothesis is about: its variables, and for moderation their products with the moderators. */
const wantedTerms = ({ columns, hypothesis }: Execution): ReadonlyArray<Term> => {
  const mains: ReadonlyArray<Term> = columns.map((column) => [column.name])
  if (hypothesis.kind !== "moderation") return mains
  return hypothesis.moderators.flatMap((moderator) => mains.map((main): Term => [...main, moderator.name]))
}

const sameTerm = (name: string, term: Term): boolean =>
  [...name.split(":")].sort().join(":") === [...term].sort().join(":")

const draft = (
  frame: Frame,
  comparison: string,
  result: TestOutcome,
  errorTerm: string,
  covers: ReadonlyArray<string>,
): Draft => ({ comparison, result, errorTerm, missing: missingOf(frame), covers })

const notTested = (execution: Execution, frame: Frame, comparison: string, why: string): Draft =>
  draft(frame, comparison, noOutcome(words(execution.test), frame.rows.length, why, execution.alternative), "", [])

/** The rows of one test. */
export const execute = (execution: Execution): ReadonlyArray<Draft> => {
  const { hypothesis, test } = execution
  const frame = execution.frameFor()
  const label = execution.columns.map((column) => column.name).join(", ")
  if (hypothesis.kind === "mediation")
    return [notTested(execution, frame, label, "mediation is not tested by this analysis")]
  switch (test) {
    case "anova":
      return modelRows(execution, frame, execution.model(frame))
    case "mixed_effects":
      return mixedRows(execution, frame)
    case "regression":
      return regressionRows(execution, frame)
    case "logistic_regression":
      return logisticRows(execution, frame)
    case "lenth":
      return lenthRows(execution, frame)
    default:
  }
  if (hypothesis.kind === "moderation")
    return [
      notTested(
        execution,
        frame,
        label,
        `${words(test)} compares levels of one factor; moderation is tested by anova or regression`,
      ),
    ]
  if (execution.columns.length === 0)
    return [
      notTested(
        execution,
        frame,
        label,
        "the hypothesis names no independent variable, and more than one factor was varied",
      ),
    ]
  switch (test) {
    case "pearson":
    case "spearman":
    case "kendall":
      return execution.columns.map((column) => correlationRow(execution, frame, column))
    case "welch_anova":
    case "kruskal_wallis":
    case "friedman":
    case "levene":
    case "brown_forsythe":
    case "chi_squared":
      return execution.columns.map((column) => omnibusRow(execution, frame, column))
    case "tukey":
    case "scheffe":
    case "pairwise_t":
    case "dunnett":
      return execution.columns.flatMap((column) => familyRows(execution, frame, column))
    default:
      return comparisonRows(execution)
  }
}

const comparisonRows = (execution: Execution): ReadonlyArray<Draft> => {
  if (execution.claims.length === 0)
    return [
      notTested(
        execution,
        execution.frameFor(),
        execution.columns.map((column) => column.name).join(", "),
        "there are no two levels to compare; a factor of amounts is tested by regression",
      ),
    ]
  return execution.claims.map((claim) => {
    const frame = execution.frameFor(claim)
    const compared = compare({
      test: execution.test,
      claim,
      frame,
      structure: execution.structure,
      columns: execution.data.columns,
      alternative: execution.alternative,
      margin: execution.margin,
      alpha: execution.alpha,
      seed: execution.seed,
    })
    const sign = claim.operation === "ratio" ? "/" : "-"
    return draft(
      frame,
      `${claim.column.name}: ${claim.left} ${sign} ${claim.right}`,
      compared.result,
      compared.errorTerm,
      [claim.column.name],
    )
  })
}

/** The difference of a factor with two levels, which says in which direction its effect goes. */
const twoLevelDifference = (frame: Frame, column: AnalysisColumn | undefined): number | null => {
  if (column === undefined || column.kind === "numeric" || column.levels.length !== 2) return null
  const [right = [], left = []] = [...valuesByLevel(frame, column).values()]
  const difference = meanOf(left) - meanOf(right)
  return Number.isFinite(difference) ? difference : null
}

const modelRows = (execution: Execution, frame: Frame, model: DesignModel): ReadonlyArray<Draft> => {
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
    const difference = twoLevelDifference(frame, column)
    return rows.map((row) =>
      draft(
        frame,
        termName(term),
        outcome({
          method: model.table.method,
          n: frame.rows.length,
          estimateName:
            difference === null ? "" : `difference in means, ${column?.levels[1] ?? ""} - ${column?.levels[0] ?? ""}`,
          estimate: difference,
          statisticName: "F",
          statistic: row.f,
          df: [row.df, row.errorDf],
          p: row.p,
          effectSize: effectSize("partial eta squared", row.partialEtaSquared),
          notes: [
            ...(row.epsilon === null ? [] : [`Greenhouse-Geisser epsilon ${row.epsilon.toPrecision(4)}`]),
            ...(row.p === null ? model.table.notes : []),
            ...(model.reduced === undefined ? [] : [model.reduced]),
          ],
        }),
        row.errorTerm,
        [row.term],
      ),
    )
  })
}

const mixedRows = (execution: Execution, frame: Frame): ReadonlyArray<Draft> => {
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
      n: frame.rows.length,
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

const regressionRows = (execution: Execution, frame: Frame): ReadonlyArray<Draft> => {
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
  const withUnit: ReadonlyArray<Term> = unit === undefined ? terms : [[unit.name], ...terms]
  const model = fit({
    response: frame.values,
    variables: (unit === undefined ? columns : [unit, ...columns]).map((column) => variableOf(column, frame.rows)),
    terms: withUnit,
    alpha: execution.alpha,
  })
  const method = `linear regression on ${withUnit.map(termName).join(" + ")}`
  return wanted.flatMap((term) => {
    const rows = model.coefficients.filter((row) => sameTerm(row.name.replaceAll(/\[[^\]]*\]/g, ""), term))
    if (rows.length === 0)
      return [notTested(execution, frame, termName(term), `the model has no term ${termName(term)}`)]
    return rows.map((row) =>
      coefficientDraft(execution, frame, row, {
        method,
        statisticName: "t",
        df: model.residualDf,
        estimateName: "coefficient",
        notes: [
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

const logisticRows = (execution: Execution, frame: Frame): ReadonlyArray<Draft> => {
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
    const rows = model.coefficients.filter((row) => sameTerm(row.name.replaceAll(/\[[^\]]*\]/g, ""), term))
    const row = rows[0]
    if (row !== undefined && rows.length === 1 && !model.separated)
      return [
        coefficientDraft(execution, frame, row, {
          method,
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

const lenthRows = (execution: Execution, frame: Frame): ReadonlyArray<Draft> => {
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

const correlationRow = (execution: Execution, frame: Frame, column: AnalysisColumn): Draft => {
  if (column.numbers.length === 0)
    return notTested(execution, frame, column.name, `${column.name} is not a number in every run`)
  if (execution.structure.unit !== undefined)
    return notTested(
      execution,
      frame,
      column.name,
      "runs of one unit are not independent, which a correlation takes them to be",
    )
  const x = frame.rows.map((row) => column.numbers[row] ?? Number.NaN)
  const of = execution.test === "pearson" ? pearson : execution.test === "spearman" ? spearman : kendall
  return draft(
    frame,
    column.name,
    of(x, frame.values, { alternative: execution.alternative, alpha: execution.alpha }),
    "runs",
    [column.name],
  )
}

const omnibusRow = (execution: Execution, frame: Frame, column: AnalysisColumn): Draft => {
  const { data, structure, test } = execution
  const name = column.name
  if (column.kind === "numeric")
    return notTested(execution, frame, name, `${name} has amounts and no levels; use regression`)
  const within = isWithinUnits({ structure, columns: data.columns, frame }, column)
  const groups = valuesByLevel(frame, column)
  if (test === "friedman") {
    const keys = structure.unit === undefined ? structure.blocks : [structure.unit]
    if (keys.length === 0)
      return notTested(execution, frame, name, "the design has no subjects or blocks to rank within")
    const cells = new Map<string, Map<string, Array<number>>>()
    frame.rows.forEach((row, index) => {
      const key = keys.map((own) => data.columns.get(own)?.labels[row] ?? "").join("\u0000")
      const entry = cells.get(key) ?? new Map<string, Array<number>>()
      cells.set(key, entry)
      const label = column.labels[row] ?? ""
      entry.set(label, [...(entry.get(label) ?? []), frame.values[index] ?? Number.NaN])
    })
    const complete = [...cells.values()].filter((entry) => entry.size === column.levels.length)
    const result = friedman(complete.map((entry) => column.levels.map((level) => meanOf(entry.get(level) ?? []))))
    const lost = cells.size - complete.length
    return draft(
      frame,
      name,
      lost > 0 ? outcome({ ...result, notes: [...result.notes, `${lost} incomplete blocks are left out`] }) : result,
      keys.join(", "),
      [name],
    )
  }
  if (structure.unit !== undefined)
    return notTested(
      execution,
      frame,
      name,
      within
        ? `${name} varies within ${structure.unit}; use anova or friedman`
        : `runs of one ${structure.unit} are not independent; use anova`,
    )
  const result = ((): TestOutcome => {
    switch (test) {
      case "welch_anova":
        return welchAnova(groups)
      case "kruskal_wallis":
        return kruskalWallis([...groups.values()])
      case "chi_squared":
        return frame.values.every((value) => value === 0 || value === 1)
          ? chiSquared(
              [...groups.values()]
                .filter((values) => values.length > 0)
                .map((values) => [
                  values.filter((value) => value === 1).length,
                  values.filter((value) => value === 0).length,
                ]),
            )
          : noOutcome("Pearson chi-squared test", frame.rows.length, "the outcome is not 0 or 1 in every run")
      default:
        return levene(groups, test === "levene" ? "mean" : "median")
    }
  })()
  const notes =
    structure.blocks.length > 0 ? [`blocks (${structure.blocks.join(", ")}) are not taken out by this test`] : []
  return draft(frame, name, outcome({ ...result, notes: [...result.notes, ...notes] }), "runs", [name])
}

const familyRows = (execution: Execution, frame: Frame, column: AnalysisColumn): ReadonlyArray<Draft> => {
  const { alpha, structure, study, test } = execution
  if (column.kind === "numeric")
    return [notTested(execution, frame, column.name, `${column.name} has amounts and no levels; use regression`)]
  if (structure.unit !== undefined)
    return [
      notTested(
        execution,
        frame,
        column.name,
        `runs of one ${structure.unit} are not independent; compare by difference_in_means with a correction`,
      ),
    ]
  const groups = valuesByLevel(frame, column)
  // Blocks are taken out of the error where the design has them, and of the values with them.
  const blockNotes: Array<string> = []
  let error: ErrorTerm | undefined
  if (structure.blocks.length > 0) {
    const model = execution.model(frame)
    const row = model.table.rows.find((candidate) => candidate.term === column.name)
    const sigma = model.fit?.sigma ?? null
    if (row !== undefined && sigma !== null && isBalanced(frame, column, structure, execution.data)) {
      error = { meanSquare: sigma * sigma, df: model.fit?.residualDf ?? 0 }
      blockNotes.push(`the error is that of the model with blocks (${structure.blocks.join(", ")})`)
    } else
      blockNotes.push(`blocks (${structure.blocks.join(", ")}) are not balanced or not estimable and are not taken out`)
  }
  const factor = study.factors.find((candidate) => candidate.name === column.name)
  const base = (factor === undefined ? undefined : baselineOf(factor)) ?? column.levels[0] ?? ""
  const found: Comparisons =
    test === "tukey"
      ? tukey(groups, alpha, error)
      : test === "scheffe"
        ? scheffe(groups, alpha, error)
        : test === "dunnett"
          ? dunnett(groups, base, alpha, error)
          : pairwisePooled(groups, "none", alpha, error)
  if (found.rows.length === 0) return [notTested(execution, frame, column.name, found.notes[0] ?? "nothing to compare")]
  return found.rows.map((row) =>
    draft(
      frame,
      `${column.name}: ${row.left} - ${row.right}`,
      outcome({
        method: found.method,
        n: frame.rows.length,
        estimateName: "difference in means",
        estimate: row.estimate,
        standardError: row.standardError,
        interval: row.low === null || row.high === null ? null : interval(1 - alpha, row.low, row.high),
        statisticName: "t",
        statistic: row.statistic,
        df: row.df === null ? [] : [row.df],
        p: test === "pairwise_t" ? row.p : row.adjustedP,
        notes: [
          ...found.notes,
          ...blockNotes,
          ...(test === "pairwise_t" ? [] : ["p is corrected within its own family already"]),
        ],
      }),
      error === undefined ? "runs" : "runs within blocks",
      [column.name],
    ),
  )
}

/** Whether every level occurs equally often in every block, so that plain means are free of blocks. */
const isBalanced = (frame: Frame, column: AnalysisColumn, structure: Structure, data: AnalysisData): boolean =>
  structure.blocks.every((name) => {
    const block = data.columns.get(name)
    if (block === undefined) return true
    const counts = new Map<string, number>()
    for (const row of frame.rows) {
      const key = `${block.labels[row] ?? ""}\u0000${column.labels[row] ?? ""}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    const sizes = new Set(counts.values())
    const cells =
      new Set(frame.rows.map((row) => block.labels[row])).size *
      new Set(frame.rows.map((row) => column.labels[row])).size
    return sizes.size <= 1 && counts.size === cells
  })
