/**
 * The options of a run, checked before anything starts, with every default filled in.
 *
 * @layer logic
 * @module
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { RunnerError, type FailurePolicy, type RunOptions } from "../RunnerOptions.ts"
import type { Plan } from "../Plan.ts"

/** The most units that may run at a time. */
export const concurrencyMax = 10_000
/** The most tries after the first. */
export const retryTimesMax = 1_000

export interface ResolvedOptions {
  readonly concurrency: number
  readonly timeoutMs: number | undefined
  readonly deadlineMs: number | undefined
  readonly graceMs: number
  readonly retryTimes: number
  readonly stopWhen: (failed: number, finished: number) => string | undefined
}

export const resolveOptions = <A, V>(
  plan: Plan,
  options: RunOptions<A, V>,
): Result.Result<ResolvedOptions, RunnerError> => {
  const concurrency = options.concurrency ?? 4
  if (!Number.isSafeInteger(concurrency) || concurrency < 1 || concurrency > concurrencyMax) {
    return invalid("concurrency", `an integer from 1 to ${concurrencyMax}`, concurrency)
  }
  const timeoutMs = millis(options.timeout)
  if (timeoutMs === "invalid") return invalid("timeout", "a duration above 0", options.timeout)
  const deadlineMs = millis(options.deadline)
  if (deadlineMs === "invalid") return invalid("deadline", "a duration above 0", options.deadline)
  const graceMs = options.grace === undefined ? 10_000 : millis(options.grace, true)
  if (graceMs === "invalid" || graceMs === undefined) return invalid("grace", "a duration of 0 or more", options.grace)
  const retryTimes = options.retry?.times ?? 0
  if (!Number.isSafeInteger(retryTimes) || retryTimes < 0 || retryTimes > retryTimesMax) {
    return invalid("retry.times", `an integer from 0 to ${retryTimesMax}`, retryTimes)
  }
  if (options.runId !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(options.runId)) {
    return invalid(
      "runId",
      "1 to 128 letters, digits, dots, dashes or underscores, a letter or digit first",
      options.runId,
    )
  }
  if (options.resume !== undefined && options.runId === undefined) {
    return invalid("runId", "the id of the run to resume", undefined)
  }
  const stopWhen = policyOf(options.failures ?? "never")
  if (typeof stopWhen === "string") return invalid("failures", stopWhen, options.failures)
  for (const [name, cap] of Object.entries(options.budgets ?? {})) {
    if (!Number.isFinite(cap) || cap < 0) return invalid(`budgets.${name}`, "a number of 0 or more", cap)
    for (const unit of plan.units) {
      if (unit.budgets?.[name] === undefined) {
        return Result.fail(new RunnerError({ reason: { _tag: "BudgetUndeclared", budget: name, unit: unit.id } }))
      }
    }
  }
  return Result.succeed({ concurrency, timeoutMs, deadlineMs, graceMs, retryTimes, stopWhen })
}

const policyOf = (policy: FailurePolicy): ResolvedOptions["stopWhen"] | string => {
  if (policy === "never") return () => undefined
  if (policy === "first") return (failed) => (failed >= 1 ? "a unit failed, and the run stops at the first" : undefined)
  if (typeof policy !== "object" || policy === null) {
    return `"never", "first", { stopAfter: N } or { share: S }`
  }
  if ("stopAfter" in policy) {
    const { stopAfter } = policy
    if (!Number.isSafeInteger(stopAfter) || stopAfter < 1) return "{ stopAfter: an integer of 1 or more }"
    return (failed) =>
      failed >= stopAfter ? `${failed} units failed, and the run stops after ${stopAfter}` : undefined
  }
  const { share, atLeast = 10 } = policy
  if (!(share > 0 && share <= 1)) return "{ share: a number above 0, up to 1 }"
  if (!Number.isSafeInteger(atLeast) || atLeast < 1) return "{ atLeast: an integer of 1 or more }"
  return (failed, finished) =>
    finished >= atLeast && failed / finished >= share
      ? `${failed} of ${finished} units failed, and the run stops at a share of ${share}`
      : undefined
}

const millis = (input: Duration.Input | undefined, zero = false): number | undefined | "invalid" => {
  if (input === undefined) return undefined
  const duration = Duration.fromInput(input)
  if (Option.isNone(duration)) return "invalid"
  const ms = Duration.toMillis(duration.value)
  if (ms === Number.POSITIVE_INFINITY) return undefined
  return Number.isFinite(ms) && (ms > 0 || (zero && ms === 0)) ? ms : "invalid"
}

const invalid = (option: string, expected: string, actual: unknown): Result.Result<never, RunnerError> =>
  Result.fail(new RunnerError({ reason: { _tag: "InvalidOption", option, expected, actual: textOf(actual) } }))

/** The text of what was given, whatever it is. */
const textOf = (actual: unknown): string => {
  if (actual === undefined) return "missing"
  try {
    return typeof actual === "object" && actual !== null ? JSON.stringify(actual) : String(actual)
  } catch {
    return "something that has no text"
  }
}
