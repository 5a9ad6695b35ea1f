/**
 * Makes outcomes of tests from numbers that may not exist: what is not finite becomes null, and says so.
 *
 * @layer logic
 * @module
 */
import { finiteOrNull } from "../analysis/LinearModel.ts"
import type { Alternative, EffectSize, Interval, TestOutcome } from "../analysis/TestOutcome.ts"

/** Parts of an outcome; numbers may be NaN or infinite here. */
export interface OutcomeParts {
  readonly method: string
  readonly n: number
  readonly alternative?: Alternative
  readonly estimateName?: string
  readonly estimate?: number | null
  readonly standardError?: number | null
  readonly interval?: Interval | null
  readonly statisticName?: string
  readonly statistic?: number | null
  readonly df?: ReadonlyArray<number>
  readonly p?: number | null
  readonly effectSize?: EffectSize | null
  readonly notes?: ReadonlyArray<string>
}

/** The outcome of the parts. */
export const outcome = (parts: OutcomeParts): TestOutcome => {
  const p = finiteOrNull(parts.p)
  return {
    method: parts.method,
    alternative: parts.alternative ?? "two-sided",
    estimateName: parts.estimateName ?? "",
    estimate: finiteOrNull(parts.estimate),
    standardError: finiteOrNull(parts.standardError),
    interval: parts.interval ?? null,
    statisticName: parts.statisticName ?? "",
    statistic: finiteOrNull(parts.statistic),
    df: (parts.df ?? []).filter((df) => Number.isFinite(df)),
    p: p === null ? null : Math.max(0, Math.min(1, p)),
    effectSize: parts.effectSize ?? null,
    n: parts.n,
    notes: parts.notes ?? [],
  }
}

/** An outcome without numbers, and why. */
export const noOutcome = (
  method: string,
  n: number,
  why: string,
  alternative: Alternative = "two-sided",
): TestOutcome => outcome({ method, n, alternative, notes: [why] })

/** An effect size; numbers may be NaN here. */
export const effectSize = (
  name: string,
  value: number | null | undefined,
  low?: number | null,
  high?: number | null,
): EffectSize => ({ name, value: finiteOrNull(value), low: finiteOrNull(low), high: finiteOrNull(high) })

/** An interval about an estimate, its open side left away as the alternative asks. */
export const interval = (
  level: number,
  low: number,
  high: number,
  alternative: Alternative = "two-sided",
): Interval => ({
  level,
  low: alternative === "less" ? null : finiteOrNull(low),
  high: alternative === "greater" ? null : finiteOrNull(high),
  sides: alternative === "greater" ? "lower" : alternative === "less" ? "upper" : "both",
})
