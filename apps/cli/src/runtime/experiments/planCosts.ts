/**
 * What a plan may cost: at most, by the caps that its runs declare; and as an expectation, by runs of the same study that
 * the workspace has on record. And what a resume of the latest of them would do.
 *
 * @layer app
 * @module
 */
import { Ledger, type LedgerError } from "@heddle/core/Ledger"
import { forecast, type Forecast, Moments } from "@heddle/experiments/Forecast"
import { amountOf, budgetNames } from "@heddle/experiments/StudyPlan"
import * as StudyRecords from "@heddle/experiments/StudyRecords"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Experiment } from "./experiment.ts"
import { resumptionLines, resumptionOf } from "./resumption.ts"
import { runsOf } from "./studyExport.ts"

/** Earlier runs of the study that a forecast looks at. */
const runsLookedAtMax = 5

/** Runs to a run of the ledger that are read for a forecast. */
const recordsMax = 20_000

const number = (value: number): string => String(Number(value.toPrecision(3)))

/** Caps, budgets and shared limits, as sentences. */
export const capLines = ({ prepared, study }: Experiment): ReadonlyArray<string> => {
  const { plan } = prepared
  const { budgets, limits = [] } = study.heddle
  const lines: Array<string> = []
  for (const name of budgetNames) {
    const each = plan.units[0]?.budgets?.[name]
    const allowed = amountOf(budgets?.study, name)
    const condition = amountOf(budgets?.perCondition, name)
    if (each === undefined) continue
    const most = each * plan.units.length
    const fits = allowed === undefined || each === 0 ? plan.units.length : Math.floor((allowed / each) * (1 + 1e-9))
    lines.push(
      `${name}: at most ${number(most)}, ${number(each)} a run${
        allowed === undefined ? "" : `; the study may spend ${number(allowed)}`
      }${fits < plan.units.length ? `, which is enough for ${fits} runs that spend all that they may` : ""}${
        condition === undefined ? "" : `; a condition ${number(condition)}`
      }`,
    )
  }
  for (const { agents, name, perMinute, slots } of limits) {
    const bounds = [
      ...(slots === undefined ? [] : [`${slots} at a time`]),
      ...(perMinute === undefined ? [] : [`${perMinute} a minute`]),
    ]
    lines.push(`limit ${name}: ${bounds.join(", ")}${agents === undefined ? "" : ` for ${agents.join(", ")}`}`)
  }
  return lines
}

const forecastText = (name: string, { expected, lower, seen, upper }: Forecast): string =>
  `${name}: about ${number(expected)} (${number(lower)} to ${number(upper)} at 95 %), judged by ${seen} earlier runs`

/** What the ledger knows of this study, as sentences. Reads only. */
export const recordLines = Effect.fn("planCosts.recordLines")(function* (
  { options, prepared, study }: Experiment,
  parallelism: number,
): Effect.fn.Return<ReadonlyArray<string>, LedgerError, Ledger> {
  const { plan, planned } = prepared
  const before = yield* runsOf(study.studyId)
  const cost = new Moments()
  const seconds = new Moments()
  const { compatibility = false } = options
  for (const { runId } of before.slice(0, runsLookedAtMax)) {
    yield* Stream.runForEach(
      Stream.take(StudyRecords.records(planned.runs, runId, { compatibility }), recordsMax),
      (record) =>
        Effect.sync(() => {
          const { outcome, result } = record
          if (result === undefined || (outcome !== "succeeded" && outcome !== "reused")) return
          cost.add(StudyRecords.costOf(record))
          seconds.add(result.latencyS)
        }),
    )
  }
  const lines: Array<string> = []
  const money = forecast(cost, plan.units.length)
  if (money !== undefined && money.expected > 0) lines.push(forecastText("cost_usd", money))
  const time = forecast(seconds, plan.units.length)
  if (time !== undefined) {
    const share = Math.min(parallelism, plan.units.length)
    const wall = { ...time, expected: time.expected / share, lower: time.lower / share, upper: time.upper / share }
    lines.push(forecastText(`seconds at ${parallelism} at a time`, wall))
  }
  const [latest] = before
  if (latest !== undefined) {
    const retryFailed = study.heddle.retryFailed ?? true
    lines.push(...resumptionLines(yield* resumptionOf(latest, plan, { retryFailed })))
  }
  return lines
})
