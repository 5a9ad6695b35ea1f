/**
 * What a study will test: every row that its analysis plans will give, found by running them once on drawn outcomes, each
 * with the pattern of means that its effect has over the planned runs.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { AnalysisColumn, AnalysisData } from "../analysis/AnalysisData.ts"
import type { AnalysisResult, ResultRow } from "../analysis/AnalysisResult.ts"
import { runAnalysis } from "../analysis/RunAnalysis.ts"
import { PowerError } from "../power/PowerReport.ts"
import type { AnalysisPlan, Hypothesis, Study } from "../Study.ts"
import { type Claim, claimsOf } from "./analysisClaims.ts"
import { drawn, type Noise, type PowerBase, seedFrom } from "./powerBase.ts"
import { type Others, othersOf } from "./powerOthers.ts"

/** One test whose power is asked for. */
export interface PowerItem {
  readonly plan: AnalysisPlan
  readonly hypothesis: Hypothesis
  /** Its row of the pilot: names, degrees of freedom, what could not be tested. */
  readonly row: ResultRow
  /** The mean of each run for an effect of 1; undefined where that is not known. */
  readonly pattern: Float64Array | undefined
  /** What an effect of 1 is. */
  readonly effectText: string
  readonly groups: ReadonlyArray<{ readonly name: string; readonly runs: number }>
  readonly claim: Claim | undefined
  /** The factors that it is not about. */
  readonly others: Others
}

/** One plan of a base, alone: its family of tests is its own. */
export const planStudy = (base: PowerBase, plan: AnalysisPlan, names: ReadonlySet<string> | undefined): PowerBase => {
  const outcomes = base.study.outcomes.filter((spec) => names === undefined || names.has(spec.name))
  const kept = new Set(outcomes.map(({ name }) => name))
  const { stopping: _, ...heddle } = base.study.heddle
  const study: Study = { ...base.study, analysisPlans: [plan], outcomes, heddle }
  const columns = new Map([...base.data.outcomes].filter(([name]) => kept.has(name)))
  return { ...base, study, data: { ...base.data, outcomes: columns } }
}

/** How a row is found again in another simulated study. */
export const keyOf = (row: ResultRow): string =>
  JSON.stringify([row.planId, row.hypothesisId, row.outcome, row.test, row.comparison])

/** The rows of a result that a plan asked for. */
export const plannedRows = (result: AnalysisResult): ReadonlyArray<ResultRow> => [
  ...result.confirmatory,
  ...result.exploratory.filter((row) => row.planId !== null),
]

const countBy = (
  data: AnalysisData,
  names: ReadonlyArray<string>,
  of: (row: number) => string | undefined,
): ReadonlyArray<{ readonly name: string; readonly runs: number }> => {
  const counts = new Map(names.map((name) => [name, 0]))
  data.runs.forEach((_, row) => {
    const name = of(row)
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1)
  })
  return Array.from(counts, ([name, runs]) => ({ name, runs }))
}

interface Score {
  readonly of: (row: number) => number
  readonly text: string
}

/** From -1/2 to 1/2: the baseline against the last level, or the lowest against the highest amount. */
const extremes = (column: AnalysisColumn): Score => {
  if (column.kind === "numeric") {
    const numbers = column.numbers.filter((number) => number !== null)
    const low = numbers.reduce((least, number) => Math.min(least, number), Number.POSITIVE_INFINITY)
    const high = numbers.reduce((most, number) => Math.max(most, number), Number.NEGATIVE_INFINITY)
    const width = high - low
    return {
      of: (row) => (width > 0 ? ((column.numbers[row] ?? low) - (low + high) / 2) / width : 0),
      text: `from the lowest to the highest ${column.name}`,
    }
  }
  const first = column.levels[0]
  const last = column.levels.at(-1)
  const between = column.levels.length > 2 ? ", the other levels halfway" : ""
  return {
    of: (row) => (column.labels[row] === last ? 0.5 : column.labels[row] === first ? -0.5 : 0),
    text: `between ${column.name} ${last ?? ""} and ${first ?? ""}${between}`,
  }
}

const escapedSplit = (
  comparison: string,
): ReadonlyArray<{ readonly name: string; readonly level: string | undefined }> =>
  comparison.split(":").map((part) => {
    const open = part.indexOf("[")
    return open > 0 && part.endsWith("]")
      ? { name: part.slice(0, open), level: part.slice(open + 1, -1) }
      : { name: part, level: undefined }
  })

type Shape = Pick<PowerItem, "pattern" | "effectText" | "groups" | "claim"> & {
  /** Names of the columns that it is about. */
  readonly own: ReadonlyArray<string>
}

const unknownShape: Shape = { pattern: undefined, effectText: "", groups: [], claim: undefined, own: [] }

const shapeOf = (base: PowerBase, hypothesis: Hypothesis, row: ResultRow): Shape => {
  const { data, study } = base
  const n = data.runs.length
  for (const claim of claimsOf(study, data, hypothesis, "", [])) {
    const sign = claim.operation === "ratio" ? "/" : "-"
    if (row.comparison !== `${claim.column.name}: ${claim.left} ${sign} ${claim.right}`) continue
    return {
      pattern: Float64Array.from({ length: n }, (_, at) => (claim.isLeft(at) ? 1 : 0)),
      effectText: `mean of ${claim.left} minus mean of ${claim.right}`,
      groups: countBy(data, [claim.left, claim.right], (at) =>
        claim.isLeft(at) ? claim.left : claim.isRight(at) ? claim.right : undefined,
      ),
      claim,
      own: [claim.column.name, ...claim.names],
    }
  }
  for (const column of data.columns.values()) {
    if (!row.comparison.startsWith(`${column.name}: `)) continue
    for (const left of column.levels)
      for (const right of column.levels)
        if (left !== right && row.comparison === `${column.name}: ${left} - ${right}`)
          return {
            pattern: Float64Array.from({ length: n }, (_, at) => (column.labels[at] === left ? 1 : 0)),
            effectText: `mean of ${left} minus mean of ${right}, the other levels as ${right}`,
            groups: countBy(data, [left, right], (at) => {
              const label = column.labels[at]
              return label === left || label === right ? label : undefined
            }),
            claim: undefined,
            own: [column.name],
          }
  }
  const parts = escapedSplit(row.comparison)
  const columns = parts.flatMap(({ name }) => data.columns.get(name) ?? [])
  if (columns.length !== parts.length || columns.length === 0) return unknownShape
  const scores = columns.map((column, index): Score => {
    const level = parts[index]?.level
    if (level === undefined || column.kind === "numeric") return extremes(column)
    return {
      of: (at) => (column.labels[at] === level ? 1 : 0),
      text: `of ${column.name} ${level} from ${column.levels[0] ?? ""}`,
    }
  })
  const texts = scores.map(({ text }) => text).join("; ")
  const [only] = columns
  return {
    // Of one column the baseline has 0, so that a rate without an effect is that of the baseline.
    pattern: Float64Array.from(
      { length: n },
      (_, at) =>
        scores.reduce((product, score) => product * score.of(at), 1) +
        (columns.length === 1 && parts[0]?.level === undefined ? 0.5 : 0),
    ),
    effectText: columns.length === 1 ? `difference of means ${texts}` : `difference of the differences ${texts}`,
    groups:
      columns.length === 1 && only !== undefined && only.kind === "categorical"
        ? countBy(data, only.levels, (at) => only.labels[at] ?? undefined)
        : [],
    claim: undefined,
    own: columns.map(({ name }) => name),
  }
}

/** The tests of one plan, and the base that has only what they need. */
export const itemsOf = (
  whole: PowerBase,
  plan: AnalysisPlan,
  noise: Noise,
  options: {
    readonly alpha: number
    readonly seed: number
    readonly otherEffects: number | undefined
    readonly isKnown: (outcome: string) => boolean
  },
): Result.Result<{ readonly base: PowerBase; readonly items: ReadonlyArray<PowerItem> }, PowerError> => {
  const first = planStudy(whole, plan, undefined)
  // Everything arrives in the pilot, so that what cannot be tested is so by the design.
  const complete: Noise = { ...noise, failureShare: 0 }
  const pilot = drawn(first, complete, new Map(), seedFrom(options.seed, "pilot", plan.analysisPlanId))
  const result = runAnalysis(first.study, pilot, { alpha: options.alpha, seed: options.seed })
  if (Result.isFailure(result)) {
    const { hints, message, studyId } = result.failure
    return Result.fail(new PowerError({ studyId, option: "study", problem: message, hints }))
  }
  const rows = plannedRows(result.success)
  const base = planStudy(whole, plan, new Set(rows.map((row) => row.outcome)))
  const items = rows.flatMap((row): ReadonlyArray<PowerItem> => {
    const hypothesis = whole.study.hypotheses.find((candidate) => candidate.hypothesisId === row.hypothesisId)
    if (hypothesis === undefined) return []
    const { own, ...shape } = shapeOf(base, hypothesis, row)
    const others = othersOf(base, row, new Set([...own, ...hypothesis.independentVars]), options)
    return [{ plan, hypothesis, row, ...shape, others }]
  })
  return Result.succeed({ base, items })
}
