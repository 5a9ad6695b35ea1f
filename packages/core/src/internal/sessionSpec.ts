/**
 * What a session of a run is given, and how it can end.
 *
 * @layer logic
 * @module
 */
import type { Clock } from "effect/Clock"
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import type { SchedulerDispatcher } from "effect/Scheduler"
import type { Budget } from "../Budget.ts"
import type { Failure } from "../Failure.ts"
import type { LedgerError, LedgerWriter } from "../Ledger.ts"
import type { Artifact } from "../Durable.ts"
import type { Attempt, Counts, Outcome } from "../Outcome.ts"
import type { RunEvent, RunStatus } from "../RunEvent.ts"
import type { Admission, RunnerError, ValueSink } from "../RunnerOptions.ts"
import type { SecretsShape } from "../Secrets.ts"
import type { Unit } from "../Unit.ts"
import type { ResolvedOptions } from "./resolveOptions.ts"
import type { UnitRun } from "./unitRun.ts"

/** A unit that this session is to run. */
export interface Task {
  readonly index: number
  readonly unit: Unit
  readonly triesBefore: number
  /** What earlier sessions left of it; absent where it never began. */
  readonly before?: {
    /** Why it runs again. */
    readonly reason: string
    readonly history: ReadonlyArray<Attempt> | undefined
    /** What counts as spent of each budget, tries that never ended with all that they could spend. */
    readonly spent: { readonly [name: string]: number } | undefined
    /** How it ended badly before: that stays its outcome where this session does not start it. */
    readonly ending: Outcome | undefined
  }
}

export interface SessionSpec {
  readonly runId: string
  readonly seed: string
  readonly tasks: ReadonlyArray<Task>
  readonly options: ResolvedOptions
  readonly work: (unit: Unit) => Effect.Effect<unknown, unknown, never>
  readonly context: Context.Context<never>
  readonly traced: boolean
  readonly clock: Clock
  readonly dispatcher: SchedulerDispatcher
  readonly secrets: SecretsShape
  readonly writer: LedgerWriter
  readonly defectTag: string | undefined
  /** Turns a value into what is recorded, or says why it cannot be. */
  readonly encode: (value: unknown) => Result.Result<unknown, Failure>
  readonly sink: ValueSink<unknown> | undefined
  /** Asked once a unit's turn has come, until it says something other than `wait`. */
  readonly admit: ((unit: Unit) => Admission) | undefined
  readonly retryWhile: (failure: Failure) => boolean
  readonly retryDelays: (run: UnitRun) => (failure: Failure) => Effect.Effect<number | undefined, unknown>
  readonly budgets: ReadonlyMap<string, Budget>
  readonly observers: ReadonlyArray<(event: RunEvent, atMs: number) => void>
  /** Counts of what earlier sessions settled; changed in place as units end. */
  readonly counts: { -readonly [K in keyof Counts]: Counts[K] }
  /** Receives each outcome when it is committed. */
  readonly onOutcome: (index: number, outcome: Outcome) => void
  /** True while a reader of events is so far behind that nothing should start. */
  readonly isThrottled: () => boolean
}

export type SessionEnd =
  | { readonly _tag: "Done"; readonly status: RunStatus; readonly artifacts: ReadonlyArray<Artifact> }
  | { readonly _tag: "Broken"; readonly error: LedgerError | RunnerError }
  | { readonly _tag: "Defect"; readonly defect: unknown }
