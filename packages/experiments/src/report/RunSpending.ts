/**
 * What runs cost, by condition: money, tokens and time, their sum and median. Failed runs that left a cost count too,
 * because the money is gone. What no run states is missing, not zero.
 *
 * @layer logic
 * @module
 */
import { ascending, quantileSorted } from "../analysis/Descriptives.ts"
import { costOf } from "../internal/runCost.ts"
import type { RunRecord } from "../Run.ts"
import { measure, type StudyTables } from "../StudyTables.ts"

/** The amounts that are summed. */
export const amounts = ["costUsd", "inputTokens", "outputTokens", "latencyS"] as const
/** One of {@link amounts}. */
export type Amount = (typeof amounts)[number]

/** One amount over runs; null where no run states it. @category models */
export interface AmountSummary {
  readonly runs: number
  readonly sum: number | null
  readonly median: number | null
}

/** All amounts of one condition, or of all. @category models */
export type Spending = Readonly<Record<Amount, AmountSummary>>

/** What runs cost. @category models */
export interface RunSpending {
  readonly total: Spending
  readonly byCondition: ReadonlyMap<string, Spending>
  /** Whether runs that failed are in it. */
  readonly withFailed: boolean
  /** What is charged for tries that were cut off with their process, which never said what they cost; absent where none were. */
  readonly charged?: { readonly tries: number; readonly costUsd: number }
}

type Lists = Record<Amount, Array<number>>

const empty = (): Lists => ({ costUsd: [], inputTokens: [], outputTokens: [], latencyS: [] })

const summary = (values: ReadonlyArray<number>): AmountSummary => {
  if (values.length === 0) return { runs: 0, sum: null, median: null }
  const sum = values.reduce((total, value) => total + value, 0)
  return { runs: values.length, sum: Number.isFinite(sum) ? sum : null, median: quantileSorted(ascending(values), 0.5) }
}

const summaries = (lists: Lists): Spending => ({
  costUsd: summary(lists.costUsd),
  inputTokens: summary(lists.inputTokens),
  outputTokens: summary(lists.outputTokens),
  latencyS: summary(lists.latencyS),
})

/** Gathers amounts while runs pass by. @category counting */
export class SpendingTally {
  readonly #total = empty()
  readonly #conditions = new Map<string, Lists>()
  #chargedTries = 0
  /** In billionths of a dollar, so that ten times 0.1 is 1. */
  #chargedNanoUsd = 0

  /** Adds a record; one without a result has nothing to tell. */
  addRecord(record: RunRecord): void {
    const { result, runSpec } = record
    const costUsd = costOf(record)
    for (const { charged } of record.cutOff ?? []) {
      const amount = charged?.["cost_usd"]
      if (amount === undefined) continue
      this.#chargedTries++
      this.#chargedNanoUsd += Math.round(amount * 1e9)
    }
    if (result === undefined && costUsd === 0) return
    this.add(runSpec.conditionId, {
      costUsd,
      inputTokens: measure(result?.metrics.get("input_tokens") ?? null),
      outputTokens: measure(result?.metrics.get("output_tokens") ?? null),
      latencyS: result?.latencyS ?? null,
    })
  }

  /** Adds the amounts of one run. */
  add(conditionId: string, found: Readonly<Record<Amount, number | null>>): void {
    const lists = this.#conditions.get(conditionId) ?? empty()
    this.#conditions.set(conditionId, lists)
    for (const amount of amounts) {
      const value = found[amount]
      if (value === null || !Number.isFinite(value)) continue
      lists[amount].push(value)
      this.#total[amount].push(value)
    }
  }

  /** What was gathered so far. */
  spending(withFailed: boolean): RunSpending {
    return {
      total: summaries(this.#total),
      byCondition: new Map(Array.from(this.#conditions, ([id, lists]) => [id, summaries(lists)])),
      withFailed,
      ...(this.#chargedTries === 0
        ? {}
        : { charged: { tries: this.#chargedTries, costUsd: this.#chargedNanoUsd / 1e9 } }),
    }
  }
}

/** What the runs of a folder cost: those that gave data, because its tables hold no more. @category constructors */
export const spendingOfTables = (tables: StudyTables): RunSpending => {
  const tally = new SpendingTally()
  for (const run of tables.runs) tally.add(run.conditionId, run)
  return tally.spending(false)
}
