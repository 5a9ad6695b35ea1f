/**
 * The flow of runs, as CONSORT asks of trials: how many conditions were designed and excluded, how many runs were planned,
 * never began, failed and why, and how many gave data; for each condition as well. Counted while records pass by, so that
 * a study of any size needs little memory.
 *
 * @layer logic
 * @module
 */
import { chiSquared, fisherExact } from "../analysis/Proportions.ts"
import type { Status } from "@heddle/core/Outcome"
import type { Condition } from "../Condition.ts"
import { factsOfRecord, factsOfTables, givesValue } from "../internal/analysisFacts.ts"
import type { RunRecord } from "../Run.ts"
import { str } from "../StableJson.ts"
import type { OutcomeSpec } from "../Study.ts"
import type { StudyTables } from "../StudyTables.ts"
import type { ValueMap } from "../Value.ts"
import { keptText } from "../internal/keptText.ts"
import { cleanName } from "./ReportTexts.ts"

/** A reason, and of how many it holds. @category models */
export interface Reason {
  readonly reason: string
  readonly count: number
}

/** What became of runs. `done` gave data: it is `succeeded` and `reused` but for what gave no value. @category models */
export interface FlowCounts {
  readonly planned: number
  readonly done: number
  readonly failed: number
  readonly timedOut: number
  readonly interrupted: number
  readonly skipped: number
  readonly notStarted: number
  /** Runs that gave data after more than one try. */
  readonly retried: number
  /** Those of them whose other tries were all cut off with their process, and none failed; absent where there are none. */
  readonly cutOff?: number
  /** Runs that ended well and gave no value of an outcome that can be counted with; absent where there are none. */
  readonly withoutValue?: number
}

/** One condition. @category models */
export interface ConditionFlow extends FlowCounts {
  readonly conditionId: string
  /** Its factors and blocks, as in `dose=1, cohort=k`. */
  readonly label: string
}

/** Runs that gave no data more often at some levels of a factor than at others. @category models */
export interface UnevenLoss {
  readonly factor: string
  readonly levels: ReadonlyArray<{ readonly level: string; readonly planned: number; readonly lost: number }>
  readonly test: string
  readonly p: number
}

/** The whole flow. @category models */
export interface RunFlow {
  readonly conditions: number
  readonly excludedConditions: number
  /** Constraints that excluded conditions; a condition that breaks two is counted at both. */
  readonly constraintReasons: ReadonlyArray<Reason>
  readonly total: FlowCounts
  /** Why runs failed: `Type: message`, most frequent first. */
  readonly failures: ReadonlyArray<Reason>
  readonly notRunReasons: ReadonlyArray<Reason>
  readonly byCondition: ReadonlyArray<ConditionFlow>
  readonly unevenLosses: ReadonlyArray<UnevenLoss>
  /** What runs were made with and is no more, whose results were kept on somebody's word; absent where there are none. */
  readonly kept?: ReadonlyArray<Reason>
  /** False where tries are not told, as in a folder. */
  readonly attemptsKnown: boolean
}

/** Different reasons that are kept; what is beyond is counted as `other reasons`. */
export const reasonsMax = 50

/** A factor's losses are called uneven below this p-value. It is a warning, not a test of a claim. */
export const unevenBelow = 0.05

type Mutable = { -readonly [K in keyof FlowCounts]: FlowCounts[K] }

const none = (): Mutable => ({
  planned: 0,
  done: 0,
  failed: 0,
  timedOut: 0,
  interrupted: 0,
  skipped: 0,
  notStarted: 0,
  retried: 0,
})

class Reasons {
  readonly #counts = new Map<string, number>()
  add(reason: string): void {
    const name = cleanName(reason)
    const known = this.#counts.has(name) || this.#counts.size < reasonsMax ? name : "other reasons"
    this.#counts.set(known, (this.#counts.get(known) ?? 0) + 1)
  }
  get sorted(): ReadonlyArray<Reason> {
    return [...this.#counts]
      .map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : a.reason > b.reason ? 1 : 0))
  }
}

type Place = Pick<Condition, "conditionId" | "factorAssignments" | "blockAssignments">

/** The values of a condition: `dose=1, cohort=k`. @category conversions */
export const conditionLabel = (factors: ValueMap, blocks: ValueMap): string =>
  [...factors, ...blocks].map(([name, value]) => `${name}=${str(value)}`).join(", ") || "(no factors)"

const fateOf: Readonly<Record<string, keyof FlowCounts>> = {
  succeeded: "done",
  reused: "done",
  success: "done",
  failed: "failed",
  timedOut: "timedOut",
  timed_out: "timedOut",
  interrupted: "interrupted",
  skipped: "skipped",
  notStarted: "notStarted",
  not_started: "notStarted",
  pending: "notStarted",
}

/** Counts runs; make one, add every run of the plan, and take the {@link RunFlow} at the end. @category counting */
export class FlowTally {
  readonly #outcomes: ReadonlyArray<OutcomeSpec>
  readonly #total = none()
  readonly #conditions = new Map<string, Mutable>()
  readonly #failures = new Reasons()
  readonly #notRun = new Reasons()
  readonly #kept = new Reasons()

  /** `outcomes` are those that runs were asked for; without any, every run that ended well gave data. */
  constructor(outcomes: ReadonlyArray<OutcomeSpec> = []) {
    this.#outcomes = outcomes
  }

  /** Adds a record as `StudyRecords` gives it. */
  addRecord(record: RunRecord): void {
    const { failure, outcome, result } = record
    // A run that ended well and gave a failed result is a failed run.
    const status =
      (outcome === "succeeded" || outcome === "reused") && result?.status !== "success" ? "failed" : outcome
    const why =
      result?.errorInfo ?? (failure === undefined ? undefined : `${failure.tag}: ${failure.message}`) ?? record.reason
    const { attempts, cutOff, runSpec } = record
    const gaveValue = this.#outcomes.length === 0 || givesValue(this.#outcomes, factsOfRecord(record))
    this.add(runSpec.conditionId, status, why ?? null, attempts, { cutOff: cutOff?.length ?? 0, gaveValue })
    if (record.kept !== undefined) this.addKept(record.kept)
  }

  /** Counts a run whose result was kept though it was made with something else. */
  addKept(changed: string): void {
    this.#kept.add(changed)
  }

  /** Adds a run by its status. */
  add(
    conditionId: string,
    status: Status | string,
    reason: string | null,
    attempts: number,
    { cutOff = 0, gaveValue = true }: { readonly cutOff?: number; readonly gaveValue?: boolean } = {},
  ): void {
    const counts = this.#conditions.get(conditionId) ?? none()
    this.#conditions.set(conditionId, counts)
    // A word that nobody knows is no success.
    const fate = fateOf[status] ?? "failed"
    for (const sums of [this.#total, counts]) {
      sums.planned++
      if (fate === "done" && !gaveValue) {
        sums.withoutValue = (sums.withoutValue ?? 0) + 1
        continue
      }
      sums[fate]++
      if (fate === "done" && attempts > 1) sums.retried++
      if (fate === "done" && attempts > 1 && cutOff >= attempts - 1) sums.cutOff = (sums.cutOff ?? 0) + 1
    }
    if (fate === "failed") this.#failures.add(firstLine(reason) ?? "no reason was given")
    if (fate === "skipped" || fate === "notStarted") this.#notRun.add(firstLine(reason) ?? "no reason was given")
  }

  /** The flow so far, with every condition of the design in its order. */
  flow(
    conditions: ReadonlyArray<
      Place & { readonly admissible: boolean; readonly constraintMessages: ReadonlyArray<string> }
    >,
    attemptsKnown: boolean,
  ): RunFlow {
    const constraints = new Reasons()
    for (const { admissible, constraintMessages } of conditions) {
      if (!admissible) for (const message of constraintMessages) constraints.add(message)
    }
    const byCondition = conditions
      .filter((condition) => condition.admissible)
      .map((condition) => ({
        ...(this.#conditions.get(condition.conditionId) ?? none()),
        conditionId: condition.conditionId,
        label: conditionLabel(condition.factorAssignments, condition.blockAssignments),
      }))
    return {
      conditions: conditions.length,
      excludedConditions: conditions.filter(({ admissible }) => !admissible).length,
      constraintReasons: constraints.sorted,
      total: { ...this.#total },
      failures: this.#failures.sorted,
      notRunReasons: this.#notRun.sorted,
      byCondition,
      unevenLosses: unevenLosses(conditions, this.#conditions),
      ...(this.#kept.sorted.length === 0 ? {} : { kept: this.#kept.sorted }),
      attemptsKnown,
    }
  }
}

/** A sentence for each thing that runs were made with and is no more. @category sentences */
export const keptSentences = ({ kept, total }: Pick<RunFlow, "kept" | "total">): ReadonlyArray<string> =>
  (kept ?? []).map(({ count, reason }) => `${keptText(count, total.planned, reason)}.`)

const firstLine = (text: string | null): string | undefined => {
  const line = text?.split("\n", 1)[0]?.trim()
  return line === undefined || line === "" ? undefined : line
}

/** Levels of a factor beyond which it is an amount, and losses are not compared by level. */
const levelsMax = 12

const unevenLosses = (
  conditions: ReadonlyArray<Place>,
  counts: ReadonlyMap<string, FlowCounts>,
): ReadonlyArray<UnevenLoss> => {
  const factors = new Map<string, Map<string, { planned: number; lost: number }>>()
  for (const { blockAssignments, conditionId, factorAssignments } of conditions) {
    const flow = counts.get(conditionId)
    if (flow === undefined) continue
    for (const [name, value] of [...factorAssignments, ...blockAssignments]) {
      const levels = factors.get(name) ?? new Map<string, { planned: number; lost: number }>()
      factors.set(name, levels)
      const level = str(value)
      const sums = levels.get(level) ?? { planned: 0, lost: 0 }
      levels.set(level, sums)
      // Runs that never began were not lost by what was tried on them.
      const began = flow.planned - flow.skipped - flow.notStarted
      sums.planned += began
      sums.lost += began - flow.done
    }
  }
  return [...factors].flatMap(([factor, byLevel]) => {
    const levels = [...byLevel].map(([level, sums]) => ({ level, ...sums })).filter(({ planned }) => planned > 0)
    const [first, second] = levels
    if (first === undefined || second === undefined || levels.length > levelsMax) return []
    const exact = levels.length === 2
    const { p } = exact
      ? fisherExact([
          [first.lost, first.planned - first.lost],
          [second.lost, second.planned - second.lost],
        ])
      : chiSquared(levels.map(({ lost, planned }) => [lost, planned - lost]))
    const test = exact ? "Fisher's exact test" : "chi-squared test"
    return p !== null && p < unevenBelow ? [{ factor, levels, test, p }] : []
  })
}

/** The flow of a folder, for the outcomes that runs were asked for. It tells no attempts. @category constructors */
export const flowOfTables = (
  tables: StudyTables,
  conditions: ReadonlyArray<Condition>,
  outcomes: ReadonlyArray<OutcomeSpec> = [],
): RunFlow => {
  const tally = new FlowTally()
  const facts = new Map(factsOfTables(tables).map((fact) => [fact.runId, fact]))
  for (const run of tables.runs) {
    const fact = facts.get(run.runId)
    const gaveValue = fact === undefined || givesValue(outcomes, fact)
    tally.add(run.conditionId, "succeeded", null, 1, { gaveValue })
    if (run.kept !== undefined) tally.addKept(run.kept)
  }
  for (const run of tables.excluded) tally.add(run.conditionId, run.status, run.reason, 1)
  const messages = new Map(conditions.map((condition) => [condition.conditionId, condition.constraintMessages]))
  return tally.flow(
    tables.conditions.map((row) => ({
      conditionId: row.conditionId,
      factorAssignments: row.factors,
      blockAssignments: row.blocks,
      admissible: row.admissible,
      constraintMessages: messages.get(row.conditionId) ?? [],
    })),
    false,
  )
}
