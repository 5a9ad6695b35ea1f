/**
 * What users' code threw, as the failure of its run: class, message, where, and what lay behind it.
 *
 * @layer logic
 * @module
 */
import { RemoteDefect } from "@heddle/core/Work"
import * as Cause from "effect/Cause"
import { RunFailed, type RunStage } from "../RunError.ts"

/** Why something that was called did not give a result. */
export class Thrown {
  readonly stage: RunStage
  readonly cause: Cause.Cause<unknown>
  constructor(stage: RunStage, cause: Cause.Cause<unknown>) {
    this.stage = stage
    this.cause = cause
  }
}

/** Undefined where it was only interrupted. */
export const failureOf = (cause: Cause.Cause<RunFailed | Thrown>): RunFailed | undefined => {
  const error = Cause.squash(cause)
  if (error instanceof RunFailed) return error
  if (!(error instanceof Thrown)) {
    return Cause.hasInterruptsOnly(cause) ? undefined : thrown("agent", error)
  }
  if (Cause.hasInterruptsOnly(error.cause)) return undefined
  return thrown(error.stage, Cause.squash(error.cause))
}

/** Characters of a trace that are kept. */
const traceMax = 2_000

const thrown = (stage: RunStage, error: unknown): RunFailed => {
  if (error instanceof RunFailed) return error
  const { message, type } = describe(error)
  const trace = error instanceof RemoteDefect ? error.remoteStack : named(read(error, "stack"))
  const cause = read(error, "cause")
  return new RunFailed({
    stage,
    errorType: type,
    problem: message,
    ...(trace === undefined ? {} : { trace: trace.slice(0, traceMax) }),
    ...(cause === undefined ? {} : { cause }),
  })
}

const read = (value: unknown, key: string): unknown => {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return undefined
  try {
    return Reflect.get(value, key)
  } catch {
    return undefined
  }
}

const named = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined)

/** Class and message of anything that was thrown; never throws itself. */
const describe = (error: unknown): { readonly type: string; readonly message: string } => {
  if (error instanceof RemoteDefect) return { type: error.tag, message: error.problem }
  if (typeof error === "string") return { type: "string", message: error }
  if ((typeof error !== "object" || error === null) && typeof error !== "function") {
    return { type: error === null ? "null" : typeof error, message: `${String(error)} was thrown` }
  }
  const name = named(read(error, "name"))
  const className = named(read(read(error, "constructor"), "name"))
  const type =
    named(read(error, "failureTag")) ??
    named(read(error, "_tag")) ??
    // Many classes of errors set no name: then their own says more than "Error".
    (name !== undefined && name !== "Error" ? name : (className ?? name ?? "object"))
  return { type, message: named(read(error, "message")) ?? "an object without a message was thrown" }
}
