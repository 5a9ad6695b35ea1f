/**
 * How a run is asked for: its bounds, retries, policies and outputs, and what a run as a whole can fail with.
 *
 * @layer contract
 * @module
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type { Artifact } from "./Durable.ts"
import { ExitCode } from "./ExitCode.ts"
import type { Failure } from "./Failure.ts"
import type { LedgerError } from "./Ledger.ts"
import type { RunEvent } from "./RunEvent.ts"
import type { Unit } from "./Unit.ts"
import type { PlacementError } from "./Work.ts"

/**
 * A run that was asked for wrongly; nothing was started or written:
 * - `InvalidOption`: names the option, what it must be, and what it was.
 * - `BudgetUndeclared`: the run has a budget and a unit declares no cap for it.
 * - `NothingToResume`: the run has ended and has no unit that would run again (and nothing else was asked for).
 * - `SinkFailed`: values could not be written; the run was stopped and is unfinished, its ledger is valid.
 *
 * @category errors
 */
export class RunnerError extends Schema.TaggedError<RunnerError>()("RunnerError", {
  reason: Schema.Union([
    Schema.TaggedStruct("InvalidOption", { option: Schema.String, expected: Schema.String, actual: Schema.String }),
    Schema.TaggedStruct("BudgetUndeclared", { budget: Schema.String, unit: Schema.String }),
    Schema.TaggedStruct("NothingToResume", { runId: Schema.String }),
    Schema.TaggedStruct("SinkFailed", { problem: Schema.String }),
  ]),
}) {
  readonly retryable = false
  get exitCode(): ExitCode {
    switch (this.reason._tag) {
      case "NothingToResume":
        return ExitCode.nothing
      case "SinkFailed":
        return ExitCode.unreachable
      default:
        return ExitCode.usage
    }
  }
  get hints(): ReadonlyArray<string> {
    const reason = this.reason
    switch (reason._tag) {
      case "InvalidOption":
        return [`give ${reason.option} ${reason.expected}`]
      case "BudgetUndeclared":
        return [`say the most that a unit may spend: budgets: { ${JSON.stringify(reason.budget)}: … }`]
      case "NothingToResume":
        return [`heddle runs show ${reason.runId}`]
      case "SinkFailed":
        return ["mend the output and resume the run"]
    }
  }
  override get message(): string {
    const reason = this.reason
    switch (reason._tag) {
      case "InvalidOption":
        return `${reason.option} must be ${reason.expected}; it is ${reason.actual}`
      case "BudgetUndeclared":
        return `the run has a budget ${reason.budget}, and unit ${reason.unit} declares no cap for it`
      case "NothingToResume":
        return `run ${reason.runId} has no unit left to run`
      case "SinkFailed":
        return `a value could not be written: ${reason.problem}`
    }
  }
}

/** Stops a run from outside; used by signal handlers. Both may be called at any time and more than once. */
export interface RunControl {
  /** Starts nothing more and lets running units finish within the grace, then interrupts them. */
  readonly stop: Effect.Effect<void>
  /** Interrupts running units now. The ledger stays valid and the receipt is still made. */
  readonly interrupt: Effect.Effect<void>
  /** Tells the run; returns the function that ends it. Called at once where it was pulled before. */
  readonly subscribe: (listener: (pull: "stop" | "interrupt") => void) => () => void
}

/**
 * Where values go instead of staying in memory. Called in the order in which units finish, for at most `concurrency`
 * units at a time. A unit is done only after its value was taken; one whose value was taken but whose outcome was not yet
 * on record when the process was killed runs again, and its value comes again: a sink must take a unit's later value for
 * the valid one.
 *
 * A write is not cut off when the run is stopped: it has 5 s to end, then the run fails with `SinkFailed`.
 *
 * @category models
 */
export interface ValueSink<in V> {
  /** Takes one value; the unit counts as finished only after it. */
  readonly write: (unit: Unit, value: V) => Effect.Effect<void, { readonly message: string }>
  /**
   * Ends the output and says what was written. Called once at the end of each session, also of one that was stopped, and
   * before the end of the session is recorded; not where the ledger or the sink itself failed.
   */
  readonly finish: Effect.Effect<ReadonlyArray<Artifact>, { readonly message: string }>
}

/** When a run stops starting units because of failures. `never` is the default. @category models */
export type FailurePolicy =
  | "never"
  | "first"
  | { readonly stopAfter: number }
  | {
      /** Above 0, up to 1: stops when this share of the finished units failed. */
      readonly share: number
      /** Not before this many units finished; 10 unless given. */
      readonly atLeast?: number
    }

/**
 * Whether a unit whose turn has come starts now, waits until another unit has ended, or is skipped for a reason.
 *
 * @category models
 */
export type Admission = "start" | "wait" | { readonly skip: string }

/**
 * In which order units start, and which of them do. Results are reported in plan order all the same.
 *
 * @category models
 */
export interface Dispatch {
  /** The units that are left to run, by their place in the list that was given, each once; as they stand unless given. */
  readonly order?: ReadonlyArray<number>
  /**
   * Asked when a unit's turn has come, until it says something other than `wait`; must be quick and not throw. While a
   * unit waits no other starts; to wait where nothing is under way is a defect.
   */
  readonly admit?: (unit: Unit) => Admission
}

/**
 * `A` is what the work returns, `V` what is recorded of it: the same, unless `value` encodes it.
 *
 * @category models
 */
export interface RunOptions<A = unknown, V = A> {
  /** Made from the time and random bytes unless given. */
  readonly runId?: string
  /** Units at a time: an integer from 1 to 10,000; 4 unless given. */
  readonly concurrency?: number
  /** Bound of one try of a unit, its waits included; none unless given. */
  readonly timeout?: Duration.Input
  /** Bound of the whole session: what runs then is `timedOut`, what never started is `notStarted`. */
  readonly deadline?: Duration.Input
  /** Tries of a unit after the first; 0 unless given. By default only failures that say `retryable` are tried again. */
  readonly retry?: {
    readonly times: number
    /** Delays between tries; exponential from 1 s with a cap of 30 s unless given. */
    readonly schedule?: Schedule.Schedule<unknown, Failure>
    readonly while?: (failure: Failure) => boolean
  }
  readonly failures?: FailurePolicy
  /**
   * What every unit's Random is derived from, with its id; the run id unless given. A resumed run keeps the seed that it
   * has: another one is refused.
   */
  readonly seed?: string
  /** How long running units may go on after a stop; 10 s unless given. */
  readonly grace?: Duration.Input
  readonly control?: RunControl
  /** Takes up the run `runId` where it stopped. Units that are done under the same fingerprint are reused. */
  readonly resume?: {
    /** Also runs units again whose failure is not retryable. */
    readonly retryFailed?: boolean
    /** Gives a run with nothing left a session all the same, for its receipt: it was killed before that was written. */
    readonly reopen?: boolean
    /** By id, what the record says of units that are reused for more than an equal fingerprint: why they were kept. */
    readonly reusedBecause?: ReadonlyMap<string, string>
  }
  /** Checks and encodes values; without it they must be JSON as they are, or the unit fails with `ValueNotJson`. */
  readonly value?: Schema.Codec<A, V>
  /** Tag of failures that are thrown values without a tag of their own; the class name unless given. */
  readonly defectTag?: string
  /**
   * Takes the values as they are recorded (encoded, where there is `value`); the receipt then names its artifacts, keeps
   * no values, and lists its units when it is written.
   */
  readonly sink?: ValueSink<V>
  /**
   * The most that all units may spend of each named budget together, over all sessions of the run: give it with every
   * session. A unit that never says what it spends counts with its whole cap, and so does one that was killed.
   */
  readonly budgets?: Readonly<Record<string, number>>
  /**
   * Decides about the order of units and whether each starts; called once a session with the units that are left to run.
   * Every unit in plan order unless given.
   */
  readonly dispatch?: (units: ReadonlyArray<Unit>) => Dispatch
  /**
   * False keeps no outcome in memory: the receipt's `units` are empty, and whoever writes it reads them from
   * `ledger.outcomes`, which has the values. True unless given.
   */
  readonly keepUnits?: boolean
  /** Called synchronously with each event when it happens, `unitFinished` when it is committed; must be quick and not throw. */
  readonly observers?: ReadonlyArray<(event: RunEvent, atMs: number) => void>
  /** Artifacts of the run as a whole, asked for when it ends; they stand in the receipt. */
  readonly artifacts?: Effect.Effect<ReadonlyArray<Artifact>>
  /** What the area adds to the receipt. */
  readonly details?: Readonly<Record<string, Schema.Json>>
  /** Versions that stand in the receipt. */
  readonly environment?: Readonly<Record<string, string>>
}

/** What a run can fail with as a whole. A unit's failure is never one of them. @category errors */
export type RunFailure = RunnerError | LedgerError | PlacementError
