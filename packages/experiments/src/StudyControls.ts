/**
 * What a study says to Heddle alone, in the section `heddle` of its file: spending, failures, waiting, stopping. The
 * predecessor ignores the section, so one file serves both. Everything is optional.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"
import { ValueMap } from "./Value.ts"

const amount = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
const positive = Schema.Finite.check(Schema.isGreaterThan(0))

const level = Schema.Finite.check(
  Schema.makeFilter((alpha: number) => (alpha > 0 && alpha < 1 ? undefined : "must lie between 0 and 1")),
)
const share = Schema.Finite.check(
  Schema.makeFilter((part: number) => (part > 0 && part <= 1 ? undefined : "must be above 0 and at most 1")),
)

/** The most that may be spent: money in US dollars, tokens (input and output together), time of work in seconds. @category schemas */
export const Spending = Schema.Struct({
  costUsd: Schema.optionalKey(amount),
  tokens: Schema.optionalKey(amount),
  timeS: Schema.optionalKey(amount),
})
/** @category models */
export interface Spending extends Schema.Schema.Type<typeof Spending> {}

/** Places and rates that runs share, such as a provider or a model. @category schemas */
export const SharedLimit = Schema.Struct({
  name: Schema.NonEmptyString,
  /** Runs that may use it at the same time. */
  slots: Schema.optionalKey(count),
  /** Runs that may begin to use it in a minute. */
  perMinute: Schema.optionalKey(count),
  /** Agents that use it; all of them unless given. */
  agents: Schema.optionalKey(Schema.Array(Schema.String)),
})
/** @category models */
export interface SharedLimit extends Schema.Schema.Type<typeof SharedLimit> {}

/** How a study that looks at its data while it runs may stop early. @category schemas */
export const Stopping = Schema.Struct({
  /** `group_sequential` looks at planned shares of the runs; `always_valid` after every balanced point. */
  rule: Schema.Literals(["group_sequential", "always_valid"]),
  /** The outcome that is looked at; the primary one unless given. */
  outcome: Schema.optionalKey(Schema.String),
  /** The two-level factor (or condition label) that is compared; the first factor unless given. */
  factor: Schema.optionalKey(Schema.String),
  /** Level of the whole procedure; 0.05 unless given. */
  alpha: Schema.optionalKey(level),
  /** Number of looks of a group-sequential plan; 4 unless given. */
  looks: Schema.optionalKey(count),
  /** Spending function of a group-sequential plan; `obrien_fleming` unless given. */
  spending: Schema.optionalKey(Schema.Literals(["obrien_fleming", "pocock"])),
  /** Variance of the mixing distribution of an always-valid test, in squared units of the outcome's standard deviation; 1 unless given. */
  mixingVariance: Schema.optionalKey(positive),
})
/** @category models */
export interface Stopping extends Schema.Schema.Type<typeof Stopping> {}

/** The section `heddle` of a study. @category schemas */
export const StudyControls = Schema.Struct({
  /** What happens where `max_runs` is below the plan: an `error`, or a `balanced` subset that keeps whole replicates. `error` unless given. */
  maxRunsPolicy: Schema.optionalKey(Schema.Literals(["error", "balanced"])),
  budgets: Schema.optionalKey(
    Schema.Struct({
      study: Schema.optionalKey(Spending),
      perCondition: Schema.optionalKey(Spending),
      /** What one run reserves before it starts; needed where there is a budget of the study or of a condition. */
      perRun: Schema.optionalKey(Spending),
    }),
  ),
  /** When a study that fails stops: after so many failures, at a share of the finished runs, or within one condition. */
  failures: Schema.optionalKey(
    Schema.Struct({
      stopAfter: Schema.optionalKey(count),
      share: Schema.optionalKey(share),
      atLeast: Schema.optionalKey(count),
      /** So many failures of one condition skip the rest of that condition. */
      perCondition: Schema.optionalKey(count),
    }),
  ),
  /** Further attempts of a run that failed; 0 unless given. */
  retries: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
  /** Bound of one attempt, in seconds. */
  timeoutS: Schema.optionalKey(positive),
  /** Bound of one session of the study, in seconds. */
  deadlineS: Schema.optionalKey(positive),
  /** Whether `resume` runs failed runs again; true unless given. */
  retryFailed: Schema.optionalKey(Schema.Boolean),
  /** True stops a study whose budget ends only where every condition has the same number of runs. */
  stopBalanced: Schema.optionalKey(Schema.Boolean),
  /**
   * In which order runs start; `plan` unless given: condition by condition. `replicates` starts whole replicates one after the
   * other, `random` in a random order within each. Results and files are in plan order whatever it is.
   */
  runOrder: Schema.optionalKey(Schema.Literals(["plan", "replicates", "random"])),
  limits: Schema.optionalKey(Schema.Array(SharedLimit)),
  stopping: Schema.optionalKey(Stopping),
  /** Version of each agent, by its id: part of the fingerprint of its runs. */
  agentVersions: Schema.optionalKey(ValueMap),
  /** Level of the tests and of the intervals (1 - alpha) of the analysis; 0.05 unless given. */
  alpha: Schema.optionalKey(level),
})
/** @category models */
export interface StudyControls extends Schema.Schema.Type<typeof StudyControls> {}
