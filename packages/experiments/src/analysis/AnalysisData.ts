/**
 * The runs of a study as an analysis needs them: one row per run, with the values of factors and blocks, its place in the
 * design, and its outcomes. What is missing is missing, with its reason; nothing is filled in here.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { Condition } from "../Condition.ts"
import type { Issue } from "../ExperimentError.ts"
import { nearestName } from "../internal/nearestName.ts"
import {
  aggregateOf,
  givesValue,
  pickOutcome,
  type RunFacts,
  factsOfRecord,
  factsOfTables,
  type Fate,
} from "../internal/analysisFacts.ts"
import {
  aggregations,
  continuousKinds,
  missingDataPolicies,
  policyOf,
  sourceTables,
} from "../internal/analysisWords.ts"
import type { RunRecord } from "../Run.ts"
import { str, stringify } from "../StableJson.ts"
import type { Factor, OutcomeSpec, Study } from "../Study.ts"
import type { StudyTables } from "../StudyTables.ts"
import { isNumber, toNumber, type Value } from "../Value.ts"
import { AnalysisError, issuesMax } from "./AnalysisError.ts"

/** One run of the plan. @category models */
export interface AnalysisRun {
  readonly runId: string
  readonly conditionId: string
  readonly replicate: number
  /** `done`: ended well; `failed`: began and did not; `notRun`: never began. */
  readonly fate: Fate
  /** The word of the runner, such as `timedOut`. */
  readonly status: string
  /** Tries; 1 where that is not known. */
  readonly attempts: number
  /** What it was made with and is no more, where its result was kept on somebody's word: `agent a`. */
  readonly kept?: string
  /** Tries of it that were cut off with their process and did not fail; absent where there were none. */
  readonly cutOff?: number
  /** True where it ended well and gave no value of a primary outcome that can be counted with; absent otherwise. */
  readonly withoutValue?: boolean
}

/** A column that explains: a factor, a block, a place in the design, or who ran. @category models */
export interface AnalysisColumn {
  readonly name: string
  readonly role: "factor" | "block" | "design" | "run"
  /** `numeric` columns are amounts; others are levels. */
  readonly kind: "categorical" | "numeric"
  /** Levels in the order of the study, then of appearance; the baseline is first. */
  readonly levels: ReadonlyArray<string>
  /** The level of each run; null where it has none. */
  readonly labels: ReadonlyArray<string | null>
  /** The number of each run, where all values are numbers; else empty. */
  readonly numbers: ReadonlyArray<number | null>
}

/** An outcome of each run. @category models */
export interface OutcomeColumn {
  readonly spec: OutcomeSpec
  readonly values: ReadonlyArray<number | null>
  /** Why it is missing; null where it is there. */
  readonly reasons: ReadonlyArray<string | null>
  readonly notes: ReadonlyArray<string>
}

/** All that is analysed. @category models */
export interface AnalysisData {
  readonly studyId: string
  readonly runs: ReadonlyArray<AnalysisRun>
  readonly columns: ReadonlyMap<string, AnalysisColumn>
  readonly outcomes: ReadonlyMap<string, OutcomeColumn>
}

/** Places in a design that become columns where a condition's metadata has them. */
const designColumns = [
  "subject",
  "session",
  "period",
  "sequence",
  "whole_plot",
  "block",
  "square",
  "latin_square_row",
  "latin_square_col",
  "point_type",
]

/** The name of the level of a factor that is the baseline; the first level unless one is marked. */
export const baselineOf = (factor: Factor): string | undefined => {
  const marked = factor.levels.find(
    (level) => level.metadata.get("is_baseline") === true || level.metadata.get("role") === "baseline",
  )
  return (marked ?? factor.levels[0])?.name
}

/** Whether a level of the factor is marked as the baseline. */
export const hasBaseline = (factor: Factor): boolean =>
  factor.levels.some((level) => level.metadata.get("is_baseline") === true || level.metadata.get("role") === "baseline")

const levelNamer = (factor: Factor | undefined): ((value: Value) => string) => {
  const byValue = new Map<string, string>()
  const byText = new Map<string, Set<string>>()
  const byNumber = new Map<number, Set<string>>()
  for (const level of factor?.levels ?? []) {
    const key = stringify(level.value)
    if (!byValue.has(key)) byValue.set(key, level.name)
    const text = str(level.value)
    byText.set(text, (byText.get(text) ?? new Set<string>()).add(level.name))
    const number = isNumber(level.value) ? toNumber(level.value) : undefined
    if (number !== undefined) byNumber.set(number, (byNumber.get(number) ?? new Set<string>()).add(level.name))
  }
  return (value) => {
    const exact = byValue.get(stringify(value))
    if (exact !== undefined) return exact
    const text = str(value)
    // A file of text has lost the kind of a value; one level with that text is meant, two would be a guess.
    const same = byText.get(text)
    if (same?.size === 1) return [...same][0] ?? text
    // 1.0 in a file of rows is the level 1 where no other level is that number.
    const number = isNumber(value) ? toNumber(value) : undefined
    const equal = number === undefined ? undefined : byNumber.get(number)
    return equal?.size === 1 ? ([...equal][0] ?? text) : text
  }
}

const column = (
  name: string,
  role: AnalysisColumn["role"],
  values: ReadonlyArray<Value | undefined>,
  declared: ReadonlyArray<string>,
  nameOf: (value: Value) => string,
  amounts: boolean,
): AnalysisColumn => {
  const labels = values.map((value) => (value === undefined || value === null ? null : nameOf(value)))
  const present = new Set(labels.filter((label) => label !== null))
  const allNumbers = values.every((value) => value === undefined || value === null || isNumber(value))
  const numbers = allNumbers ? values.map((value) => toNumber(value ?? undefined) ?? null) : []
  const finite = numbers.every((number) => number === null || Number.isFinite(number))
  return {
    name,
    role,
    kind: amounts && allNumbers && finite && present.size > 2 ? "numeric" : "categorical",
    levels: [...new Set([...declared.filter((level) => present.has(level)), ...present])],
    labels,
    numbers: finite ? numbers : [],
  }
}

/** Options of the builders. */
export interface DataOptions {
  /** Factors that are amounts and not settings, whatever the design; those of continuous designs are so anyway. */
  readonly numericFactors?: ReadonlyArray<string>
}

const build = (
  study: Study,
  conditions: ReadonlyArray<Pick<Condition, "conditionId" | "factorAssignments" | "blockAssignments" | "metadata">>,
  facts: ReadonlyArray<RunFacts>,
  options: DataOptions,
): Result.Result<AnalysisData, AnalysisError> => {
  const issues: Array<Issue> = []
  const byId = new Map(conditions.map((condition) => [condition.conditionId, condition]))
  const seen = new Map<string, number>()
  facts.forEach((fact, index) => {
    const before = seen.get(fact.runId)
    if (before !== undefined)
      issues.push({ path: `runs[${index}]`, message: `run ${fact.runId} is there twice (rows ${before} and ${index})` })
    seen.set(fact.runId, index)
    if (!byId.has(fact.conditionId))
      issues.push({
        path: `runs[${index}]`,
        message: `run ${fact.runId} is of condition ${fact.conditionId}, which the design does not have`,
      })
  })
  const columns = new Map<string, AnalysisColumn>()
  const valuesOf = (
    pick: (condition: Pick<Condition, "factorAssignments" | "blockAssignments" | "metadata">) => Value | undefined,
  ) =>
    facts.map((fact) => {
      const condition = byId.get(fact.conditionId)
      return condition === undefined ? undefined : pick(condition)
    })
  const continuous = continuousKinds.includes(study.designSpec.kind)
  for (const factor of study.factors) {
    const values = valuesOf((condition) => condition.factorAssignments.get(factor.name))
    if (facts.length > 0 && values.every((value) => value === undefined)) continue
    const baseline = baselineOf(factor)
    const names = factor.levels.map((level) => level.name)
    const ordered = baseline === undefined ? names : [baseline, ...names.filter((name) => name !== baseline)]
    const nameOf = levelNamer(factor)
    // Values that are none of the declared levels are amounts between them.
    const outside = values.some((value) => value !== undefined && value !== null && !names.includes(nameOf(value)))
    const amounts = continuous || outside || (options.numericFactors ?? []).includes(factor.name)
    columns.set(factor.name, column(factor.name, "factor", values, ordered, nameOf, amounts))
  }
  const blockNames = new Set(study.blocks.map((block) => block.name))
  for (const condition of conditions) for (const name of condition.blockAssignments.keys()) blockNames.add(name)
  for (const name of blockNames) {
    if (columns.has(name)) continue
    const values = valuesOf((condition) => condition.blockAssignments.get(name))
    if (facts.length > 0 && values.every((value) => value === undefined)) continue
    const declared = study.blocks.find((block) => block.name === name)?.levels.map(str) ?? []
    columns.set(name, column(name, "block", values, declared, str, false))
  }
  for (const name of designColumns) {
    if (columns.has(name)) continue
    const values = valuesOf((condition) => condition.metadata.get(name))
    if (values.some((value) => value !== undefined)) columns.set(name, column(name, "design", values, [], str, false))
  }
  for (const name of ["agent_id", "problem_id", "replicate", "attempts"]) {
    if (columns.has(name)) continue
    const values = facts.map((fact): Value => fact.about.get(name) ?? null)
    if (values.some((value) => value !== null)) columns.set(name, column(name, "run", values, [], str, false))
  }
  // Measures of runs that a plan names as covariates or filters.
  const measures = new Set(facts.flatMap((fact) => [...fact.measures.keys()]))
  const wanted = new Set(study.analysisPlans.flatMap((plan) => [...plan.covariates, ...plan.filters.keys()]))
  for (const name of wanted)
    if (!columns.has(name) && measures.has(name))
      columns.set(
        name,
        column(
          name,
          "run",
          facts.map((fact) => fact.measures.get(name) ?? null),
          [],
          str,
          true,
        ),
      )

  const outcomes = new Map<string, OutcomeColumn>()
  study.outcomes.forEach((spec, index) => {
    const path = `outcomes[${index}]`
    const before = issues.length
    if (!sourceTables.includes(spec.sourceTable))
      issues.push(unknown(`${path}.source_table`, "source table", spec.sourceTable, sourceTables))
    if (!aggregations.includes(spec.aggregation))
      issues.push(unknown(`${path}.aggregation`, "aggregation", spec.aggregation, aggregations))
    if (policyOf(spec.missingDataPolicy) === undefined)
      issues.push({
        ...unknown(`${path}.missing_data_policy`, "policy", spec.missingDataPolicy, missingDataPolicies),
        ...(spec.missingDataPolicy.includes("mean")
          ? {
              message:
                "a mean in place of missing values makes intervals narrower than the data are; it is not offered",
            }
          : {}),
      })
    if (issues.length > before) return
    outcomes.set(spec.name, readOutcome(spec, path, facts, issues))
  })
  if (issues.length > 0)
    return Result.fail(
      new AnalysisError({ studyId: study.studyId, issues: issues.slice(0, issuesMax), count: issues.length }),
    )
  return Result.succeed({
    studyId: study.studyId,
    runs: facts.map((fact) => ({
      runId: fact.runId,
      conditionId: fact.conditionId,
      replicate: fact.replicate,
      fate: fact.fate,
      status: fact.status,
      attempts: fact.attempts,
      ...(fact.kept === undefined ? {} : { kept: fact.kept }),
      ...(fact.cutOff === undefined ? {} : { cutOff: fact.cutOff }),
      ...(fact.fate === "done" && !givesValue(study.outcomes, fact) ? { withoutValue: true } : {}),
    })),
    columns,
    outcomes,
  })
}

const unknown = (path: string, what: string, word: string, known: ReadonlyArray<string>): Issue => {
  const near = nearestName(word, known)
  return {
    path,
    message: `the analysis knows no ${what} ${JSON.stringify(word)}; it knows ${known.join(", ")}`,
    ...(near === undefined ? {} : { nearest: near }),
  }
}

const truthTypes = new Set(["bool", "boolean", "binary"])
const wholeTypes = new Set(["int", "integer", "count"])

const readOutcome = (
  spec: OutcomeSpec,
  path: string,
  facts: ReadonlyArray<RunFacts>,
  issues: Array<Issue>,
): OutcomeColumn => {
  const values: Array<number | null> = []
  const reasons: Array<string | null> = []
  const notes: Array<string> = []
  const type = spec.expectedType.trim().toLowerCase()
  let truths = 0
  let fractions = 0
  let found = 0
  const others = new Set<string>()
  for (const fact of facts) {
    if (fact.fate !== "done") {
      values.push(null)
      reasons.push(fact.fate === "failed" ? "the run failed" : "the run was not run")
      continue
    }
    const picked = pickOutcome(spec, fact)
    for (const name of picked.known) others.add(name)
    if (picked.problem !== undefined) {
      issues.push({ path, message: `run ${fact.runId}: ${picked.problem}` })
      values.push(null)
      reasons.push("ambiguous")
      continue
    }
    if (picked.values.length > 0) found++
    truths += picked.truths
    const aggregate = aggregateOf(spec.aggregation, picked.values)
    if (typeof aggregate === "string") {
      values.push(null)
      reasons.push(aggregate)
      continue
    }
    if (truthTypes.has(type) && aggregate !== 0 && aggregate !== 1)
      issues.push({
        path,
        message: `run ${fact.runId}: expected_type is ${spec.expectedType}, and the value is ${aggregate}`,
      })
    if (wholeTypes.has(type) && !Number.isInteger(aggregate)) fractions++
    values.push(aggregate)
    reasons.push(null)
  }
  const done = facts.filter((fact) => fact.fate === "done").length
  if (done > 0 && found === 0 && spec.aggregation !== "count") {
    const near = nearestName(spec.column, others)
    issues.push({
      path: `${path}.column`,
      message: `no run has ${JSON.stringify(spec.column)} in ${spec.sourceTable}${
        others.size > 0 ? `; there are ${[...others].slice(0, 20).join(", ")}` : ""
      }`,
      ...(near === undefined ? {} : { nearest: near }),
    })
  }
  if (truths > 0 && !truthTypes.has(type)) notes.push(`truth values are counted as 1 and 0 (${truths} of them)`)
  if (fractions > 0) notes.push(`${fractions} values are not whole, although expected_type is ${spec.expectedType}`)
  if (spec.derivation !== null)
    notes.push("its derivation is a text for people: the value is taken from its column as it stands")
  return { spec, values, reasons, notes }
}

/**
 * From the records of a study, as `StudyRecords` or a finished run gives them, in any order.
 *
 * @category constructors
 */
export const fromRecords = (
  study: Study,
  conditions: ReadonlyArray<Condition>,
  records: Iterable<RunRecord>,
  options: DataOptions = {},
): Result.Result<AnalysisData, AnalysisError> => build(study, conditions, Array.from(records, factsOfRecord), options)

/**
 * From tables that were read from a folder. They hold no attempts; conditions that were built anew take the place of their
 * metadata.
 *
 * @category constructors
 */
export const fromTables = (
  study: Study,
  tables: StudyTables,
  options: DataOptions & { readonly conditions?: ReadonlyArray<Condition> } = {},
): Result.Result<AnalysisData, AnalysisError> => {
  const built = new Map((options.conditions ?? []).map((condition) => [condition.conditionId, condition]))
  return build(
    study,
    tables.conditions.map((row) => ({
      conditionId: row.conditionId,
      factorAssignments: row.factors,
      blockAssignments: row.blocks,
      metadata: built.get(row.conditionId)?.metadata ?? row.metadata ?? new Map<string, Value>(),
    })),
    factsOfTables(tables),
    options,
  )
}
