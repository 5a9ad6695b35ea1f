/**
 * The report of a run over studies: the receipt, the selection it was made for, what changed in the registry since, and
 * the view that people know from the Python SDK.
 *
 * @layer logic
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { Failure } from "@heddle/core/Failure"
import type { Outcome } from "@heddle/core/Outcome"
import type { Receipt } from "@heddle/core/Receipt"
import * as Schema from "effect/Schema"
import { Selection } from "./Selection.ts"
import type { StudyKey } from "./StudyKey.ts"

/** What changed in the registry between the plan of a run and its resumption. Nothing of it is taken over by itself. */
export const RegistryDrift = Schema.Struct({
  /** Studies that the run's filters would select now and that are not in its plan. */
  added: Schema.Array(Schema.String),
  /** Studies of the plan that the registry no longer lists. */
  removed: Schema.Array(Schema.String),
})
/** @category models */
export interface RegistryDrift extends Schema.Schema.Type<typeof RegistryDrift> {}

/** What a receipt of kind `studies` holds under `details`. @category schemas */
export const Details = Schema.Struct({
  pipeline: Schema.Struct({ name: Schema.String, version: Schema.String }),
  params: Schema.Json,
  selection: Selection,
  drift: Schema.optionalKey(RegistryDrift),
})
/** @category models */
export interface Details extends Schema.Schema.Type<typeof Details> {}

/** What a run over studies hands over. @category models */
export interface StudiesReport<out A = unknown> {
  readonly receipt: Receipt<A>
  readonly selection: Selection
  /** Only where a run was resumed. */
  readonly drift?: RegistryDrift
  /**
   * Studies whose pipeline file returned `undefined` in this session; absent where there were none. Their value is `null`,
   * as if it had returned that.
   */
  readonly returnedNothing?: ReadonlyArray<StudyKey>
  /** In selection order; what each study came to in the words of the Python SDK. */
  readonly results: ReadonlyMap<StudyKey, OrchestratorResult<A>>
}

/** One study's result in the words of the Python SDK. @category models */
export interface OrchestratorResult<out A = unknown> {
  readonly status: "SUCCESS" | "FAILED"
  readonly data: A | null
  /** The class of the error and its message; `null` where there was none. */
  readonly error: string | null
  /** Seconds of work, its waits for limits and retries included and its queueing not; four decimals. */
  readonly duration_seconds: number
}

/** The view of one outcome. @category constructors */
export const resultOf = <A>(outcome: Outcome<A>): OrchestratorResult<A> => {
  const done = outcome.status === "succeeded" || outcome.status === "reused"
  const seconds = (outcome.runMs + outcome.limitWaitMs + outcome.retryWaitMs) / 1000
  return {
    status: done ? "SUCCESS" : "FAILED",
    data: done && outcome.value !== undefined ? outcome.value : null,
    error: done ? null : errorText(outcome),
    duration_seconds: Math.round(seconds * 10_000) / 10_000,
  }
}

const errorText = (outcome: Outcome): string => {
  const failure = outcome.failure
  if (failure === undefined) return outcome.reason ?? outcome.status
  return `${classOf(failure)}: ${failure.message}`
}

const classOf = (failure: Failure): string => {
  const name = failure.fields?.["class"]
  return typeof name === "string" ? name : failure.tag
}

/** The report of a receipt; `drift` only where the run was resumed. @category constructors */
export const make = <A>(
  receipt: Receipt<A>,
  selection: Selection,
  drift?: RegistryDrift,
  returnedNothing: ReadonlyArray<StudyKey> = [],
): StudiesReport<A> => ({
  receipt,
  selection,
  ...(drift === undefined ? {} : { drift }),
  ...(returnedNothing.length === 0 ? {} : { returnedNothing }),
  results: new Map(receipt.units.map((outcome) => [outcome.id, resultOf(outcome)])),
})

/** How a command that made this report ends. @category accessors */
export const exitCode = (
  report: StudiesReport,
  options: { readonly allowEmpty?: boolean; readonly tolerateRejects?: boolean } = {},
): ExitCode => {
  const { counts, status } = report.receipt
  if (status === "interrupted") return ExitCode.interrupted
  if (counts.planned === 0 && report.selection.rejected.length === 0) {
    return options.allowEmpty === true ? ExitCode.ok : ExitCode.nothing
  }
  if (counts.failed + counts.timedOut + counts.interrupted + counts.notStarted > 0) return ExitCode.partial
  if (report.selection.rejected.length > 0 && options.tolerateRejects !== true) return ExitCode.partial
  return ExitCode.ok
}
