/**
 * Whether runs deliver the outcomes that their study declares. A measure with another name than the outcome's column is
 * recorded like any other, so that every run succeeds and the analysis has nothing: that is said while it can be stopped.
 *
 * @layer logic
 * @module
 */
import type { RunEvent } from "@heddle/core/RunEvent"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { nearestName } from "./internal/nearestName.ts"
import type { OutcomeSpec, Study } from "./Study.ts"

/** An outcome that no run delivered. @category models */
export interface Undelivered {
  readonly outcome: string
  readonly column: string
  /** Measures that did arrive. */
  readonly arrived: ReadonlyArray<string>
}

/** Watches runs as they end. @category models */
export interface DeliveredOutcomes {
  readonly observe: (event: RunEvent) => void
  /** Outcomes that no run of this session delivered; none where no run succeeded. */
  readonly undelivered: () => ReadonlyArray<Undelivered>
  /** Whether a run of this session succeeded, so that the answer is one. */
  readonly isKnown: () => boolean
}

/** Columns that every run has, whatever it returns. */
const alwaysThere: ReadonlySet<string> = new Set(["latency_s", "cost_usd", "input_tokens", "output_tokens"])

/** Measures that are counted and not delivered. */
const counted: ReadonlySet<string> = new Set([
  ...alwaysThere,
  "tool_call_count",
  "step_event_count",
  "unique_actor_count",
  "primary_outcome",
])

/** Tables whose rows come from what runs return. */
const tables: ReadonlySet<string> = new Set(["runs", "evaluations", "metrics"])

/** Names of measures that are kept; more are no help to a reader. */
const namesMax = 1_000
/** Names that a sentence lists. */
const namesShownMax = 20

const Told = Schema.Struct({
  evaluations: Schema.optionalKey(
    Schema.Array(Schema.Struct({ metric: Schema.String, evaluator: Schema.optionalKey(Schema.String) })),
  ),
  metrics: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)),
})
const decodeTold = Schema.decodeUnknownResult(Told)

/** Outcomes that somebody waits for: primary ones, and those of an analysis plan. */
const awaited = (study: Study): ReadonlyArray<OutcomeSpec> => {
  const planned = new Set(study.analysisPlans.flatMap(({ outcomes }) => outcomes))
  return study.outcomes.filter(
    ({ aggregation, name, primary, sourceTable }) =>
      (primary || planned.has(name)) && aggregation !== "count" && tables.has(sourceTable),
  )
}

/** A watcher; `first` is called once, where the first run that succeeds lacks an outcome. @category constructors */
export const make = (study: Study, first: (missing: ReadonlyArray<Undelivered>) => void): DeliveredOutcomes => {
  const outcomes = awaited(study)
  const open = new Set(outcomes)
  const arrived = new Set<string>()
  let succeeded = 0
  const missing = (): ReadonlyArray<Undelivered> =>
    [...open].map(({ column, name }) => ({
      outcome: name,
      column,
      arrived: [...arrived].filter((one) => !counted.has(one)),
    }))
  return {
    observe: (event) => {
      if (event.type !== "unitFinished" || event.outcome.status !== "succeeded") return
      succeeded++
      if (open.size === 0) return
      const told = decodeTold(event.outcome.value)
      if (Result.isFailure(told)) return
      const { evaluations = [], metrics = {} } = told.success
      const names = new Set([...alwaysThere, ...Object.keys(metrics)])
      for (const { evaluator = "problem_evaluator", metric } of evaluations) {
        names.add(metric)
        names.add(`${evaluator}/${metric}`)
        if (arrived.size < namesMax) arrived.add(metric)
      }
      for (const name of Object.keys(metrics)) if (arrived.size < namesMax) arrived.add(name)
      for (const outcome of open) if (names.has(outcome.column) || names.has(outcome.name)) open.delete(outcome)
      if (succeeded === 1 && open.size > 0) first(missing())
    },
    undelivered: () => (succeeded === 0 ? [] : missing()),
    isKnown: () => succeeded > 0,
  }
}

/** Each as a sentence that begins with `who`, as in "no run gave". @category messages */
export const undeliveredTexts = (missing: ReadonlyArray<Undelivered>, who: string): ReadonlyArray<string> =>
  missing.map(({ arrived, column, outcome }) => {
    const named =
      column === outcome ? JSON.stringify(outcome) : `${JSON.stringify(outcome)} (column ${JSON.stringify(column)})`
    const near = nearestName(column, arrived) ?? nearestName(outcome, arrived)
    const more = arrived.length > namesShownMax ? `, and ${arrived.length - namesShownMax} more` : ""
    const came =
      arrived.length === 0 ? "no measure came" : `what came is ${arrived.slice(0, namesShownMax).join(", ")}${more}`
    return `${who} the declared outcome ${named}; ${came}${near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`}`
  })
