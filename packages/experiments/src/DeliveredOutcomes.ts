/**
 * Whether runs deliver the outcomes that their study declares. A measure with another name than the outcome's column is
 * recorded like any other, so that every run succeeds and the analysis has nothing: that is said while it can be stopped.
 * So is a value that is none: where an outcome is declared to be a number such a run fails, but not in the compatibility
 * mode, not where it is declared to be a text, and not where it says `null`.
 *
 * @layer logic
 * @module
 */
import type { RunEvent } from "@heddle/core/RunEvent"
import { nearestName } from "./internal/nearestName.ts"
import { shown } from "./internal/runOutcomes.ts"
import type { OutcomeSpec, Study } from "./Study.ts"
import { isNumber, toNumber } from "./Value.ts"
import * as ValueJson from "./ValueJson.ts"

/** An outcome that no run delivered. @category models */
export interface Undelivered {
  readonly outcome: string
  readonly column: string
  /** Measures that did arrive. */
  readonly arrived: ReadonlyArray<string>
}

/** An outcome that some runs delivered and others did not, or not as a number. @category models */
export interface Unusable {
  readonly outcome: string
  readonly column: string
  /** Runs of this session that succeeded and gave no number for it. */
  readonly runs: number
  /** Runs of this session that succeeded. */
  readonly succeeded: number
  /** The first value that was given in place of a number, in words; absent where none was given, or `null`. */
  readonly example?: string
}

/** Watches runs as they end. @category models */
export interface DeliveredOutcomes {
  readonly observe: (event: RunEvent) => void
  /** Outcomes that no run of this session delivered; none where no run succeeded. */
  readonly undelivered: () => ReadonlyArray<Undelivered>
  /** Outcomes for which some runs of this session that succeeded gave no number, and which are not undelivered. */
  readonly unusable: () => ReadonlyArray<Unusable>
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

const recordOf = (json: unknown): Readonly<Record<string, unknown>> =>
  typeof json === "object" && json !== null && !Array.isArray(json) ? { ...json } : {}

/** The measures of a run that succeeded by their names, and their values by all names that they may be asked for with. */
const toldBy = (value: unknown) => {
  const { evaluations, metrics } = recordOf(value)
  const values = new Map<string, unknown>(Object.entries(recordOf(metrics)))
  const names = new Set(values.keys())
  for (const row of Array.isArray(evaluations) ? evaluations : []) {
    const { evaluator = "problem_evaluator", metric, value: found } = recordOf(row)
    if (typeof metric !== "string" || typeof evaluator !== "string") continue
    names.add(metric)
    values.set(metric, found)
    values.set(`${evaluator}/${metric}`, found)
  }
  return { names, values }
}

/** Whether the analysis can count with a value as the ledger has it. */
const isNumeric = (json: unknown): boolean => {
  if (typeof json === "boolean") return true
  const value = typeof json === "number" ? json : ValueJson.decode(json)
  return isNumber(value) && Number.isFinite(toNumber(value))
}

/** Outcomes that somebody waits for: primary ones, and those of an analysis plan. */
const awaited = (study: Study): ReadonlyArray<OutcomeSpec> => {
  const planned = new Set(study.analysisPlans.flatMap(({ outcomes }) => outcomes))
  return study.outcomes.filter(
    ({ aggregation, name, primary, sourceTable }) =>
      (primary || planned.has(name)) && aggregation !== "count" && tables.has(sourceTable),
  )
}

/**
 * A watcher; `first` is called once, where the first run that succeeds lacks an outcome, and `wrong` once for each outcome,
 * where the first run gives something in place of a number.
 *
 * @category constructors
 */
export const make = (
  study: Study,
  first: (missing: ReadonlyArray<Undelivered>) => void,
  wrong?: (unusable: Unusable) => void,
): DeliveredOutcomes => {
  const outcomes = awaited(study)
  const open = new Set(outcomes)
  const arrived = new Set<string>()
  const without = new Map<OutcomeSpec, number>()
  const examples = new Map<OutcomeSpec, string>()
  let succeeded = 0
  const missing = (): ReadonlyArray<Undelivered> =>
    [...open].map(({ column, name }) => ({
      outcome: name,
      column,
      arrived: [...arrived].filter((one) => !counted.has(one)),
    }))
  const unusableOf = (spec: OutcomeSpec): Unusable => {
    const example = examples.get(spec)
    return {
      outcome: spec.name,
      column: spec.column,
      runs: without.get(spec) ?? 0,
      succeeded,
      ...(example === undefined ? {} : { example }),
    }
  }
  return {
    observe: (event) => {
      if (event.type !== "unitFinished" || event.outcome.status !== "succeeded") return
      succeeded++
      if (outcomes.length === 0) return
      const told = toldBy(event.outcome.value)
      if (open.size > 0) for (const name of told.names) if (arrived.size < namesMax) arrived.add(name)
      for (const spec of outcomes) {
        if (alwaysThere.has(spec.column)) {
          open.delete(spec)
          continue
        }
        const name = told.values.has(spec.column) ? spec.column : spec.name
        if (told.values.has(name)) open.delete(spec)
        const value = told.values.get(name)
        if (isNumeric(value)) continue
        without.set(spec, (without.get(spec) ?? 0) + 1)
        if (value === undefined || value === null || examples.has(spec)) continue
        examples.set(spec, shown(ValueJson.decode(value) ?? JSON.stringify(value)))
        wrong?.(unusableOf(spec))
      }
      if (succeeded === 1 && open.size > 0) first(missing())
    },
    undelivered: () => (succeeded === 0 ? [] : missing()),
    unusable: () => outcomes.filter((spec) => !open.has(spec) && without.has(spec)).map(unusableOf),
    isKnown: () => succeeded > 0,
  }
}

const namedText = ({ column, outcome }: { readonly outcome: string; readonly column: string }): string =>
  column === outcome ? JSON.stringify(outcome) : `${JSON.stringify(outcome)} (column ${JSON.stringify(column)})`

/** Each as a sentence about runs that gave no number. @category messages */
export const unusableTexts = (unusable: ReadonlyArray<Unusable>): ReadonlyArray<string> =>
  unusable.map((one) => {
    const { example, runs, succeeded } = one
    const who = succeeded === 1 ? "the run that succeeded" : `${runs} of ${succeeded} runs that succeeded`
    const what = example === undefined ? "" : `, such as ${example}`
    return `${who} gave no number for the declared outcome ${namedText(one)}${what}; there it is missing in every analysis`
  })

/** Each as a sentence that begins with `who`, as in "no run gave". @category messages */
export const undeliveredTexts = (missing: ReadonlyArray<Undelivered>, who: string): ReadonlyArray<string> =>
  missing.map((one) => {
    const { arrived, column, outcome } = one
    const named = namedText(one)
    const near = nearestName(column, arrived) ?? nearestName(outcome, arrived)
    const more = arrived.length > namesShownMax ? `, and ${arrived.length - namesShownMax} more` : ""
    const came =
      arrived.length === 0 ? "no measure came" : `what came is ${arrived.slice(0, namesShownMax).join(", ")}${more}`
    return `${who} the declared outcome ${named}; ${came}${near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`}`
  })
