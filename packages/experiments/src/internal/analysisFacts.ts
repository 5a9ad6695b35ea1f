/**
 * What is known of a run, from its record or from tables, in one form; and how an outcome is picked from it.
 *
 * @layer logic
 * @module
 */
import { ascending, quantileSorted } from "../analysis/Descriptives.ts"
import type { RunRecord } from "../Run.ts"
import type { OutcomeSpec } from "../Study.ts"
import { measure, type StudyTables } from "../StudyTables.ts"
import type { Value } from "../Value.ts"

/** Whether a run ended well, began and did not, or never began. */
export type Fate = "done" | "failed" | "notRun"

/** One value that an evaluator gave. */
export interface FactEvaluation {
  readonly evaluatorId: string
  readonly metricName: string
  readonly value: number | null
  readonly truth: boolean
  readonly level: string
}

/** What is known of a run. */
export interface RunFacts {
  readonly runId: string
  readonly conditionId: string
  readonly replicate: number
  readonly fate: Fate
  readonly status: string
  readonly attempts: number
  /** What it was made with and is no more, where its result was kept on somebody's word. */
  readonly kept?: string | undefined
  /** Tries of it that were cut off with their process. */
  readonly cutOff?: number | undefined
  /** `agent_id`, `problem_id`, `replicate`, `attempts`. */
  readonly about: ReadonlyMap<string, Value>
  /** Columns of runs and all measures of the run itself; null where one is no number. */
  readonly measures: ReadonlyMap<string, number | null>
  /** Names of measures that are truth values. */
  readonly truths: ReadonlySet<string>
  readonly evaluations: ReadonlyArray<FactEvaluation>
}

const notBegun = new Set(["notStarted", "skipped", "pending"])

/** The facts of a record. */
export const factsOfRecord = (record: RunRecord): RunFacts => {
  const { outcome, result, runSpec } = record
  const succeeded = (outcome === "succeeded" || outcome === "reused") && result?.status === "success"
  const measures = new Map<string, number | null>()
  const truths = new Set<string>()
  if (result !== undefined) {
    for (const [name, value] of result.metrics) {
      measures.set(name, measure(value))
      if (typeof value === "boolean") truths.add(name)
    }
    measures.set("latency_s", result.latencyS)
    measures.set("cost_usd", result.costUsd)
  }
  return {
    runId: runSpec.runId,
    conditionId: runSpec.conditionId,
    replicate: runSpec.replicate,
    fate: succeeded ? "done" : notBegun.has(outcome) ? "notRun" : "failed",
    status: outcome,
    attempts: record.attempts,
    kept: record.kept,
    cutOff: record.cutOff?.length,
    about: new Map<string, Value>([
      ["agent_id", runSpec.agentId],
      ["problem_id", runSpec.problemId],
      ["replicate", runSpec.replicate],
      ["attempts", record.attempts],
    ]),
    measures,
    truths,
    evaluations: (result?.evaluatorOutputs ?? []).map((row) => ({
      evaluatorId: row.evaluatorId,
      metricName: row.metricName,
      value: measure(row.metricValue),
      truth: typeof row.metricValue === "boolean",
      level: row.aggregationLevel,
    })),
  }
}

/** The facts of the rows of tables. */
export const factsOfTables = (tables: StudyTables): ReadonlyArray<RunFacts> => {
  const evaluations = new Map<string, Array<FactEvaluation>>()
  for (const row of tables.evaluations) {
    const list = evaluations.get(row.runId) ?? []
    list.push({
      evaluatorId: row.evaluatorId,
      metricName: row.metricName,
      value: row.metricValue,
      truth: false,
      level: row.aggregationLevel,
    })
    evaluations.set(row.runId, list)
  }
  const metrics = new Map<string, Map<string, number | null>>()
  for (const row of tables.metrics) {
    if (row.source !== "run") continue
    const map = metrics.get(row.runId) ?? new Map<string, number | null>()
    map.set(row.metricName, row.metricValue)
    metrics.set(row.runId, map)
  }
  const done = tables.runs.map((row): RunFacts => ({
    runId: row.runId,
    conditionId: row.conditionId,
    replicate: row.replicate,
    fate: "done",
    status: "succeeded",
    attempts: 1,
    kept: row.kept,
    about: new Map<string, Value>([
      ["agent_id", row.agentId],
      ["problem_id", row.problemId],
      ["replicate", row.replicate],
    ]),
    measures: new Map([
      ...(metrics.get(row.runId) ?? []),
      ["latency_s", row.latencyS],
      ["cost_usd", row.costUsd],
      ["input_tokens", row.inputTokens],
      ["output_tokens", row.outputTokens],
      ["primary_outcome", row.primaryOutcome],
    ]),
    truths: new Set(),
    evaluations: evaluations.get(row.runId) ?? [],
  }))
  const excluded = tables.excluded.map((row): RunFacts => ({
    runId: row.runId,
    conditionId: row.conditionId,
    replicate: row.replicate,
    fate: notBegun.has(row.status) ? "notRun" : "failed",
    status: row.status,
    attempts: 1,
    about: new Map<string, Value>([["replicate", row.replicate]]),
    measures: new Map(),
    truths: new Set(),
    evaluations: [],
  }))
  return [...done, ...excluded]
}

/** Values of one run for an outcome, or why they cannot be told. */
export interface Picked {
  readonly values: ReadonlyArray<number | null>
  readonly truths: number
  readonly problem?: string
  /** Names that there are in the table. */
  readonly known: ReadonlyArray<string>
}

/** The column that holds every value of the evaluations table; studies of the predecessor name it as their column. */
const valueColumn = "metric_value"

/** Which metric an outcome means that names the column of all values: the one of its own name, else the only one there is. */
const metricNamed = (outcome: string, known: ReadonlyArray<string>): string =>
  known.includes(outcome) || known.length !== 1 ? outcome : (known[0] ?? outcome)

/**
 * The values of an outcome in a run. `evaluations` may be asked for as `metric`, or as `evaluator/metric` where two evaluators
 * give the same; without that it is ambiguous. Rows of the whole run win over rows of its parts, so that nothing counts
 * twice.
 */
export const pickOutcome = (spec: OutcomeSpec, fact: RunFacts): Picked => {
  const fromMeasures = (): Picked | undefined => {
    const value = fact.measures.get(spec.column)
    return value === undefined
      ? undefined
      : { values: [value], truths: fact.truths.has(spec.column) ? 1 : 0, known: [] }
  }
  const fromEvaluations = (): Picked => {
    const known = [...new Set(fact.evaluations.map((row) => row.metricName))]
    const metric = spec.column === valueColumn ? metricNamed(spec.name, known) : spec.column
    const slash = metric.indexOf("/")
    const rows = fact.evaluations.filter(
      (row) =>
        row.metricName === metric ||
        (slash > 0 && row.evaluatorId === metric.slice(0, slash) && row.metricName === metric.slice(slash + 1)),
    )
    const evaluators = [...new Set(rows.map((row) => row.evaluatorId))]
    if (evaluators.length > 1)
      return {
        values: [],
        truths: 0,
        known,
        problem: `${JSON.stringify(spec.column)} is given by two evaluators, ${evaluators.slice(0, 5).join(" and ")}; name one, as in ${evaluators[0] ?? ""}/${spec.column}`,
      }
    const whole = rows.filter((row) => row.level === "run" || row.level === "")
    const used = whole.length > 0 ? whole : rows
    if (spec.aggregation === "none" && used.length > 1)
      return {
        values: [],
        truths: 0,
        known,
        problem: `one value of ${JSON.stringify(spec.column)} is needed and there are ${used.length} (${used
          .slice(0, 5)
          .map((row) => String(row.value))
          .join(" and ")}); say how they are summed up in aggregation`,
      }
    return { values: used.map((row) => row.value), truths: used.filter((row) => row.truth).length, known }
  }
  switch (spec.sourceTable) {
    case "evaluations":
      return fromEvaluations()
    case "metrics": {
      const own = fromMeasures()
      const evaluated = fromEvaluations()
      // The primary outcome and other measures repeat what an evaluator gave; two that differ are two answers.
      const different =
        own !== undefined && evaluated.values.length > 0 && !evaluated.values.every((value) => value === own.values[0])
      if (different)
        return {
          values: [],
          truths: 0,
          known: [],
          problem: `${JSON.stringify(spec.column)} is a measure of the run (${String(own.values[0])}) and of an evaluator (${evaluated.values.map(String).join(", ")}); say source_table: runs or evaluations`,
        }
      const known = [...new Set([...fact.measures.keys(), ...evaluated.known])]
      return own === undefined ? { ...evaluated, known } : { ...own, known }
    }
    default:
      return fromMeasures() ?? { values: [], truths: 0, known: [...fact.measures.keys()] }
  }
}

/** The values of a run as one, or why there is none. A value that is no number is never left out of a sum in silence. */
export const aggregateOf = (aggregation: string, values: ReadonlyArray<number | null>): number | string => {
  if (aggregation === "count") return values.filter((value) => value !== null).length
  if (values.length === 0) return "no value"
  const numbers: Array<number> = []
  for (const value of values) {
    if (value === null) return "not a number"
    if (!Number.isFinite(value)) return "not finite"
    numbers.push(value)
  }
  const sum = (): number => numbers.reduce((total, value) => total + value, 0)
  const value = ((): number | undefined => {
    switch (aggregation) {
      case "median":
        return quantileSorted(ascending(numbers), 0.5)
      case "min":
        return numbers.reduce((least, number) => Math.min(least, number), Number.POSITIVE_INFINITY)
      case "max":
        return numbers.reduce((most, number) => Math.max(most, number), Number.NEGATIVE_INFINITY)
      case "sum":
        return sum()
      case "last":
        return numbers.at(-1)
      case "mean":
        return numbers.length === 1 ? numbers[0] : sum() / numbers.length
      default:
        return numbers[0]
    }
  })()
  return value !== undefined && Number.isFinite(value) ? value : "not finite"
}

/**
 * Whether a run that ended well gave data: a value that can be counted with, of a primary outcome, or of any where none is
 * primary. Where the study declares no outcome, every such run did.
 */
export const givesValue = (outcomes: ReadonlyArray<OutcomeSpec>, fact: RunFacts): boolean => {
  const primary = outcomes.filter((spec) => spec.primary)
  const asked = primary.length > 0 ? primary : outcomes
  if (asked.length === 0) return true
  return asked.some((spec) => {
    const { problem, values } = pickOutcome(spec, fact)
    return problem === undefined && typeof aggregateOf(spec.aggregation, values) === "number"
  })
}
