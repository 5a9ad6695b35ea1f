/**
 * Executes one test of a plan for one hypothesis and one outcome: comparisons of two sides, whole-factor tests, families of
 * pairs, models and correlations.
 *
 * @layer logic
 * @module
 */
import type { AnalysisColumn, AnalysisData } from "../analysis/AnalysisData.ts"
import { baselineOf } from "../analysis/AnalysisData.ts"
import { kendall, pearson, spearman } from "../analysis/Correlations.ts"
import { mean as meanOf } from "../analysis/Descriptives.ts"
import {
  type Comparisons,
  dunnett,
  type ErrorTerm,
  pairwisePooled,
  scheffe,
  tukey,
} from "../analysis/MultipleComparisons.ts"
import { valuesByLevel } from "../analysis/PlotData.ts"
import { chiSquared } from "../analysis/Proportions.ts"
import { friedman, kruskalWallis } from "../analysis/RankTests.ts"
import type { TestOutcome } from "../analysis/TestOutcome.ts"
import { levene, welchAnova } from "../analysis/VarianceTests.ts"
import { compare, isWithinUnits, unevenFactors } from "./analysisCompare.ts"
import { type Structure } from "./analysisDesign.ts"
import { type Frame } from "./analysisFrame.ts"
import { interval, noOutcome, outcome } from "./analysisOutcome.ts"
import { draft, type Draft, type Execution, notTested, wantedTerms, words } from "./analysisExecution.ts"
import { lenthRows, logisticRows, mixedRows, modelRows, regressionRows } from "./analysisExecuteModels.ts"
/** The rows of one test. */
export const execute = (execution: Execution): ReadonlyArray<Draft> => {
  const { hypothesis, test } = execution
  const frame = execution.frameFor()
  const label = execution.columns.map((column) => column.name).join(", ")
  if (hypothesis.kind === "mediation")
    return [notTested(execution, frame, label, "mediation is not tested by this analysis")]
  if (hypothesis.kind === "moderation" && wantedTerms(execution).length === 0)
    return [notTested(execution, frame, label, "the hypothesis claims a moderation and names no moderator")]
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
      effectSizes: execution.effectSizes,
    })
    // The sign says what was computed: most tests know differences only, whatever the contrast asked for.
    const sign = compared.result.estimateName === "ratio of means" ? "/" : "-"
    return draft(
      frame,
      `${claim.column.name}: ${claim.left} ${sign} ${claim.right}`,
      compared.result,
      compared.errorTerm,
      [claim.column.name],
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
  const notes = [
    ...(structure.blocks.length > 0 ? [`blocks (${structure.blocks.join(", ")}) are not taken out by this test`] : []),
    ...unevenFactors(frame, structure, new Set([name]), (row) => column.labels[row] ?? undefined),
  ]
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
      return [
        notTested(
          execution,
          frame,
          column.name,
          `blocks (${structure.blocks.join(", ")}) do not have all levels equally often, so plain means would carry their differences; use difference_in_means, which compares within blocks, with a multiple_comparison_policy`,
        ),
      ]
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
  const others = structure.factors.flatMap((other) => (other.name === column.name ? [] : [other.name]))
  const uneven = [
    ...unevenFactors(frame, structure, new Set([column.name]), (row) => column.labels[row] ?? undefined),
    ...(others.length > 0 && error === undefined ? [`what ${others.join(", ")} do is in the error of this test`] : []),
  ]
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
          ...uneven,
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
