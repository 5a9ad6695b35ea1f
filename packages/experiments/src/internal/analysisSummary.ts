/**
 * What an analysis is based on: the flow of runs, descriptions of each outcome, its model and plots, and what differs from the
 * plan.
 *
 * @layer logic
 * @module
 */
import type { AnalysisData, AnalysisRun } from "../analysis/AnalysisData.ts"
import type {
  AnalysisResult,
  ConditionFlow,
  Deviation,
  GroupDescription,
  OutcomeAnalysis,
} from "../analysis/AnalysisResult.ts"
import { describe, shape } from "../analysis/Descriptives.ts"
import { effectsOf, plotData, valuesByLevel } from "../analysis/PlotData.ts"
import { chiSquared } from "../analysis/Proportions.ts"
import { levene } from "../analysis/VarianceTests.ts"
import type { Condition } from "../Condition.ts"
import { str } from "../StableJson.ts"
import type { Study } from "../Study.ts"
import type { Structure } from "./analysisDesign.ts"
import { keptMessage } from "./keptText.ts"
import { type Frame, missingOf } from "./analysisFrame.ts"
import type { DesignModel } from "./analysisModel.ts"

/** What is summed up. */
export interface SummaryInput {
  readonly study: Study
  readonly data: AnalysisData
  readonly structure: Structure
  readonly frames: ReadonlyMap<string, Frame>
  readonly models: ReadonlyMap<string, DesignModel>
  readonly alpha: number
  readonly conditions: ReadonlyArray<Condition>
}

/** Conditions and levels that are described at most. */
const groupsMax = 1000

const labelOf = (data: AnalysisData, row: number): string =>
  [...data.columns.values()]
    .filter((column) => column.role === "factor" || column.role === "block")
    .flatMap((column) => {
      const label = column.labels[row]
      return label === null || label === undefined ? [] : [`${column.name}=${label}`]
    })
    .join(", ")

/**
 * The labels of conditions, where these tell all of them apart; else none: the label that a baseline gives its condition
 * names its own factor alone.
 */
const conditionTexts = (conditions: ReadonlyArray<Condition>): ReadonlyMap<string, string> => {
  const texts = new Map<string, string>()
  for (const { conditionId, metadata } of conditions) {
    const label = metadata.get("condition_label")
    if (label !== undefined && label !== null) texts.set(conditionId, str(label))
  }
  return texts.size === conditions.length && new Set(texts.values()).size === texts.size ? texts : new Map()
}

const count = <A>(items: ReadonlyArray<A>, is: (item: A) => boolean): number => items.filter(is).length

/** Whether a run gave something that can be counted with. */
const gaveData = ({ fate, withoutValue }: AnalysisRun): boolean => fate === "done" && withoutValue !== true

/** How many runs ended well and gave nothing that can be counted with; nothing where there are none. */
const withoutValueOf = (runs: ReadonlyArray<AnalysisRun>): { readonly withoutValue?: number } => {
  const found = runs.filter(({ withoutValue }) => withoutValue === true).length
  return found === 0 ? {} : { withoutValue: found }
}

/** The parts of a result that no test is in. */
export const summarise = (
  input: SummaryInput,
): Pick<AnalysisResult, "runs" | "conditions" | "outcomes" | "deviations"> => {
  const { alpha, conditions, data, frames, models, structure, study } = input
  const deviations: Array<Deviation> = []
  const byCondition = new Map<string, Array<number>>()
  for (const condition of conditions) if (condition.admissible) byCondition.set(condition.conditionId, [])
  data.runs.forEach((run, row) => {
    const list = byCondition.get(run.conditionId)
    if (list === undefined) byCondition.set(run.conditionId, [row])
    else list.push(row)
  })
  const texts = conditionTexts(conditions.filter(({ admissible }) => admissible))
  const nameOf = (conditionId: string, rows: ReadonlyArray<number>): string => {
    const [row] = rows
    return texts.get(conditionId) ?? (row === undefined ? "" : labelOf(data, row))
  }
  const flow = [...byCondition].map(([conditionId, rows]): ConditionFlow => {
    const runs = rows.flatMap((row) => data.runs[row] ?? [])
    return {
      conditionId,
      label: nameOf(conditionId, rows),
      planned: runs.length,
      done: count(runs, gaveData),
      failed: count(runs, (run) => run.fate === "failed"),
      notRun: count(runs, (run) => run.fate === "notRun"),
      retried: count(runs, (run) => run.attempts > 1),
      ...withoutValueOf(runs),
    }
  })
  const runs = {
    planned: data.runs.length,
    done: count(data.runs, gaveData),
    failed: count(data.runs, (run) => run.fate === "failed"),
    notRun: count(data.runs, (run) => run.fate === "notRun"),
    retried: count(data.runs, (run) => run.attempts > 1),
    ...withoutValueOf(data.runs),
  }
  if (runs.failed + runs.notRun > 0)
    deviations.push({
      kind: "missingRuns",
      message: `${runs.failed} of ${runs.planned} runs failed and ${runs.notRun} were not run`,
    })
  const empty = flow.filter((row) => row.done === 0)
  if (empty.length > 0)
    deviations.push({
      kind: "missingRuns",
      message: `${empty.length} conditions have no data: ${empty
        .slice(0, 5)
        .map((row) => row.label || row.conditionId)
        .join("; ")}`,
    })
  if (runs.failed > 0) {
    const lost = flow.filter((row) => row.done + row.failed > 0)
    const share = (row: ConditionFlow): number => row.failed / (row.done + row.failed)
    const test = chiSquared(
      lost.map((row) => [row.failed, row.done]),
      { continuity: false },
    )
    const worst = [...lost].sort((a, b) => share(b) - share(a))[0]
    const least = lost.reduce((best, row) => Math.min(best, share(row)), 1)
    if (worst !== undefined && share(worst) > least)
      deviations.push({
        kind: "missingRuns",
        message: `failures are not spread evenly: ${Math.round(100 * share(worst))}% of ${worst.label || worst.conditionId}, ${Math.round(100 * least)}% at best${
          test.p === null ? "" : ` (chi-squared p = ${test.p.toPrecision(3)})`
        }; differences between conditions may be differences in what failed`,
      })
  }
  const kept = new Map<string, Array<string>>()
  for (const run of data.runs) {
    if (run.kept !== undefined && run.fate === "done") kept.set(run.kept, [...(kept.get(run.kept) ?? []), run.runId])
  }
  for (const [changed, ids] of kept)
    deviations.push({ kind: "keptResults", message: keptMessage(ids, runs.planned, changed) })
  const after = data.runs.filter((run) => run.fate === "done" && run.attempts > 1)
  const isCutOff = (run: AnalysisRun): boolean => (run.cutOff ?? 0) >= run.attempts - 1
  const whereOf = (some: ReadonlyArray<AnalysisRun>): string => {
    const counts = new Map<string, number>()
    for (const { conditionId } of some) counts.set(conditionId, (counts.get(conditionId) ?? 0) + 1)
    const named = flow.flatMap((row) => {
      const found = counts.get(row.conditionId)
      return found === undefined ? [] : [`${row.label || row.conditionId} ${found}`]
    })
    return named.slice(0, 5).join("; ")
  }
  const [cutOff, failedFirst] = [after.filter(isCutOff), after.filter((run) => !isCutOff(run))]
  if (failedFirst.length > 0)
    deviations.push({
      kind: "retried",
      message: `${failedFirst.length} runs have a value only after a further try (${whereOf(failedFirst)}), which can shift what they measure`,
    })
  if (cutOff.length > 0)
    deviations.push({
      kind: "retried",
      message: `${cutOff.length} runs have a value after a try that was cut off with its process (${whereOf(cutOff)}): it did not fail, and what it would have given is not known`,
    })
  const outcomes = [...frames].map(([name, frame]): OutcomeAnalysis => {
    const { spec } = frame.outcome
    const model = models.get(name)
    const notes = [...frame.outcome.notes]
    const missing = missingOf(frame)
    if (missing > 0)
      deviations.push({
        kind: "missingValues",
        message: `${name}: ${missing} of ${frame.planned} runs have no value (${[...frame.missing].map(([reason, n]) => `${reason}: ${n}`).join("; ")}) and are left out`,
      })
    if (frame.imputed > 0)
      deviations.push({
        kind: "imputed",
        message: `${name}: ${frame.imputed} missing values are filled in as missing_data_policy ${spec.missingDataPolicy} says`,
      })
    const places = new Map<number, number>(frame.rows.map((row, index) => [row, index]))
    const valuesOf = (rows: ReadonlyArray<number>): ReadonlyArray<number> =>
      rows.flatMap((row) => {
        const place = places.get(row)
        return place === undefined ? [] : [frame.values[place] ?? Number.NaN]
      })
    const described = [...byCondition].slice(0, groupsMax).map(([conditionId, rows]): GroupDescription => {
      const values = valuesOf(rows)
      return {
        name: conditionId,
        level: nameOf(conditionId, rows),
        description: describe(values, rows.length - values.length, alpha),
      }
    })
    const explained = [...structure.factors, ...structure.blocks.flatMap((block) => data.columns.get(block) ?? [])]
    const levels = explained
      .filter((column) => column.kind === "categorical")
      .flatMap((column) =>
        [...valuesByLevel(frame, column)].map(([level, values]): GroupDescription => {
          const planned = count(
            data.runs.map((_, row) => column.labels[row] ?? null),
            (label) => label === level,
          )
          return {
            name: column.name,
            level,
            description: describe(values, Math.max(0, planned - values.length), alpha),
          }
        }),
      )
      .slice(0, groupsMax)
    const residualShape = shape(model?.fit?.residuals ?? [])
    if (model?.table.rows.some((row) => row.f !== null) === true && residualShape.skewness !== null) {
      notes.push(
        `residuals: skewness ${residualShape.skewness.toPrecision(3)}, excess kurtosis ${(residualShape.excessKurtosis ?? 0).toPrecision(3)}`,
      )
      if (Math.abs(residualShape.skewness) > 1 || Math.abs(residualShape.excessKurtosis ?? 0) > 3)
        notes.push("residuals are far from normal; look at the plots and at a test by ranks")
      for (const factor of structure.factors) {
        if (factor.kind === "numeric") continue
        const spread = levene(valuesByLevel(frame, factor))
        if (spread.p !== null && spread.p < 0.05)
          notes.push(
            `variances differ between levels of ${factor.name} (Brown-Forsythe p = ${spread.p.toPrecision(3)})`,
          )
      }
    }
    const effects = effectsOf(frame, structure, alpha)
    return {
      outcome: name,
      primary: spec.primary,
      planned: frame.planned,
      used: frame.rows.length,
      missingDataPolicy: spec.missingDataPolicy,
      missing: [...frame.missing].map(([reason, n]) => ({ reason, count: n })),
      byCondition: described,
      byLevel: levels,
      model: model?.table ?? { method: "", rows: [], notes: [] },
      plots: plotData(frame, structure, model?.fit, effects, alpha),
      notes,
    }
  })
  for (const spec of study.outcomes)
    if (spec.primary && (frames.get(spec.name)?.rows.length ?? 0) === 0)
      deviations.push({ kind: "missingValues", message: `the primary outcome ${spec.name} arrived in no run` })
  return { runs, conditions: flow, outcomes, deviations }
}
