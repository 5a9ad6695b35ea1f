/**
 * From what Effect or JavaScript says went wrong to a {@link Failure}: typed errors, defects, time-outs and interrupts
 * kept apart, every reason kept, depth and size bounded, secrets taken out. Nothing that was thrown can make this throw:
 * not `undefined`, not an object without a prototype, not a `message` getter that throws.
 *
 * @layer logic
 * @module
 */
import * as Cause from "effect/Cause"
import type { Json } from "effect/Schema"
import { causesMax, depthMax, fieldsMax, messageMax, stackMax, type Failure } from "./Failure.ts"
import type { SecretsShape } from "./Secrets.ts"
import { RemoteDefect } from "./Work.ts"

/** How a cause is turned into a failure; the Runner gives the run's own secrets and tag. @category models */
export interface FromCauseOptions {
  /** Texts to take out; none unless given. */
  readonly secrets?: SecretsShape
  /** Tag of a thrown value that has none of its own; the class name or `Defect` unless given. */
  readonly defectTag?: string
}

/**
 * A failure from a cause. The first typed error leads; without one the first defect; without one the interruption. All
 * other reasons stand in `causes`, at most {@link causesMax} of them.
 *
 * @category constructors
 */
export const fromCause = (cause: Cause.Cause<unknown>, options: FromCauseOptions = {}): Failure => {
  const reasons = cause.reasons
  const lead =
    reasons.find(Cause.isFailReason) ?? reasons.find(Cause.isDieReason) ?? reasons.find(Cause.isInterruptReason)
  if (lead === undefined) return interrupted("the work ended without a result")
  const others = reasons.filter((reason) => reason !== lead && !Cause.isInterruptReason(reason))
  const failure = fromReason(lead, options)
  if (others.length === 0) return failure
  const more = others.slice(0, causesMax).map((reason) => fromReason(reason, options))
  return { ...failure, causes: [...(failure.causes ?? []), ...more].slice(0, causesMax) }
}

const fromReason = (reason: Cause.Reason<unknown>, options: FromCauseOptions): Failure => {
  if (Cause.isFailReason(reason)) return fromError(reason.error, "error", options)
  if (Cause.isDieReason(reason)) return fromError(reason.defect, "defect", options)
  return interrupted("interrupted")
}

/** The failure of a unit that was interrupted. @category constructors */
export const interrupted = (message: string): Failure => ({
  kind: "interrupt",
  tag: "Interrupted",
  message,
  retryable: true,
})

/** The failure of a unit that ran out of time. @category constructors */
export const timedOut = (message: string): Failure => ({ kind: "timeout", tag: "TimedOut", message, retryable: true })

/** A failure from any thrown or failed value. @category constructors */
export const fromError = (error: unknown, kind: "error" | "defect", options: FromCauseOptions = {}): Failure =>
  convert(error, kind, options, 0)

const convert = (error: unknown, kind: "error" | "defect", options: FromCauseOptions, depth: number): Failure => {
  try {
    return convertUnsafe(error, kind, options, depth)
  } catch {
    // Proxies can refuse any question, even whether they are a list.
    const tag = kind === "defect" ? (options.defectTag ?? "Defect") : "Unknown"
    return { kind, tag, message: "an object that cannot be looked at was thrown", retryable: false }
  }
}

const convertUnsafe = (error: unknown, kind: "error" | "defect", options: FromCauseOptions, depth: number): Failure => {
  if (error instanceof RemoteDefect) return fromRemote(error, options, depth)
  const redact = options.secrets?.redact ?? ((text: string) => text)
  const reason = read(error, "reason")
  const ownTag = textOf(read(reason, "_tag")) ?? textOf(read(error, "failureTag")) ?? textOf(read(error, "_tag"))
  const name = textOf(read(error, "name"))
  const className = name !== undefined && name !== "" ? name : undefined
  const tag =
    ownTag ?? (kind === "defect" ? (options.defectTag ?? className ?? "Defect") : (className ?? describeType(error)))
  const retryable = read(error, "retryable") ?? read(reason, "retryable")
  const fields = fieldsOf(error, reason, ownTag === undefined ? className : undefined, redact)
  const nested = depth < depthMax ? nestedOf(error) : []
  // A stack costs microseconds to format and says nothing new about an expected error.
  const stack = kind === "defect" ? textOf(read(error, "stack")) : undefined
  return {
    kind,
    tag: bounded(redact(tag), 200),
    message: bounded(redact(messageOf(error, redact)), messageMax),
    retryable: retryable === true,
    ...(fields === undefined ? {} : { fields: options.secrets?.redactJson(fields) ?? fields }),
    ...(stack === undefined ? {} : { stack: bounded(redact(stack), stackMax) }),
    ...(nested.length === 0
      ? {}
      : { causes: nested.slice(0, causesMax).map((cause) => convert(cause, kind, options, depth + 1)) }),
  }
}

/** What a module's work threw is a defect wherever it ran, and was made safe and plain where it was thrown. */
const fromRemote = (error: RemoteDefect, options: FromCauseOptions, depth: number): Failure => {
  const redact = options.secrets?.redact ?? ((text: string) => text)
  const own = error.tagged === true || options.defectTag === undefined
  const fields = own || error.tag === "Error" ? error.fields : { ...error.fields, name: error.tag }
  return {
    kind: "defect",
    tag: redact(own ? error.tag : (options.defectTag ?? error.tag)),
    message: bounded(redact(error.problem), messageMax),
    retryable: error.retryable === true,
    ...(fields === undefined ? {} : { fields: options.secrets?.redactJson(fields) ?? fields }),
    ...(error.remoteStack === undefined ? {} : { stack: bounded(redact(error.remoteStack), stackMax) }),
    ...(error.cause instanceof RemoteDefect && depth < depthMax
      ? { causes: [fromRemote(error.cause, options, depth + 1)] }
      : {}),
  }
}

/** Property access that survives getters and proxies that throw. */
const read = (value: unknown, key: string): unknown => {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return undefined
  try {
    return Reflect.get(value, key)
  } catch {
    return undefined
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

const bounded = (text: string, max: number): string => {
  const formed = text.isWellFormed() ? text : text.toWellFormed()
  if (formed.length <= max) return formed
  const cut = formed.slice(0, max - 1)
  // Not through the middle of a character: half of one cannot be written.
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`
}

const describeType = (value: unknown): string => (value === null ? "null" : typeof value)

/** Takes secrets out of a text; before the text is cut, since half a secret is not recognised. */
type Redact = (text: string) => string

/** The text of anything that was thrown, never throwing itself. */
const messageOf = (error: unknown, redact: Redact): string => {
  if (typeof error === "string") return error
  if (typeof error === "function") return "a function was thrown"
  if (typeof error !== "object" || error === null) return String(error)
  const message = read(error, "message")
  if (typeof message === "string" && message !== "") return message
  const prototype = prototypeOf(error)
  if (prototype === undefined) return "an object that cannot be looked at was thrown"
  if (prototype === null || prototype === Object.prototype || Array.isArray(error)) {
    const json = jsonOf(error, redact)
    return json === undefined || json === "{}" ? "an object without a message was thrown" : bounded(json, 500)
  }
  const name = textOf(read(error, "name")) ?? textOf(read(read(error, "constructor"), "name"))
  return name === undefined || name === "" ? "an object without a message was thrown" : `${name} without a message`
}

const prototypeOf = (value: object): unknown => {
  try {
    return Object.getPrototypeOf(value)
  } catch {
    return undefined
  }
}

const jsonOf = (value: object, redact: Redact): string | undefined => {
  const json = toJson(value, 0, redact)
  return json === undefined ? undefined : JSON.stringify(json)
}

const nestedOf = (error: unknown): ReadonlyArray<unknown> => {
  const cause = read(error, "cause")
  const errors = read(error, "errors")
  const nested: Array<unknown> = []
  if (Cause.isCause(cause)) {
    for (const reason of cause.reasons) {
      if (Cause.isFailReason(reason)) nested.push(reason.error)
      else if (Cause.isDieReason(reason)) nested.push(reason.defect)
    }
  } else if (cause !== undefined && cause !== error) nested.push(cause)
  if (error instanceof AggregateError && Array.isArray(errors)) nested.push(...errors.slice(0, causesMax))
  return nested
}

/** What is said elsewhere in a failure, or is machinery. */
const notFields = new Set([
  "_tag",
  "name",
  "message",
  "stack",
  "cause",
  "errors",
  "hints",
  "exitCode",
  "retryable",
  "reason",
])

const fieldsOf = (
  error: unknown,
  reason: unknown,
  className: string | undefined,
  redact: Redact,
): { readonly [key: string]: Json } | undefined => {
  const fields: { [key: string]: Json } = {}
  let left = fieldsMax
  for (const source of [error, reason]) {
    if (typeof source !== "object" || source === null || Array.isArray(source)) continue
    for (const key of keysOf(source)) {
      if (notFields.has(key)) continue
      const value = read(source, key)
      if (typeof value === "function" || value === undefined) continue
      // An error's `fields` are its data already; one more level would only be in the way.
      const members = key === "fields" && isRecord(value) ? Object.entries(value) : [[key, value] as const]
      for (const [name, member] of members) {
        const json = toJson(member, 0, redact)
        if (json === undefined) continue
        left -= name.length + JSON.stringify(json).length
        if (left < 0) return { ...fields, fieldsTruncated: true }
        fields[name] = json
      }
    }
  }
  if (className !== undefined && className !== "Error" && !("name" in fields)) fields["name"] = className
  return Object.keys(fields).length === 0 ? undefined : fields
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const keysOf = (value: object): ReadonlyArray<string> => {
  try {
    return Object.keys(value)
  } catch {
    return []
  }
}

/** The JSON of a foreign value as far as it has any; numbers that JSON cannot hold become text, not `null`. */
const toJson = (value: unknown, depth: number, redact: Redact): Json | undefined => {
  switch (typeof value) {
    case "string":
      return bounded(redact(value), messageMax)
    case "boolean":
      return value
    case "number":
      return Number.isFinite(value) ? value : String(value)
    case "bigint":
      return String(value)
    case "object":
      break
    default:
      return undefined
  }
  if (value === null) return null
  if (depth >= depthMax) return "…"
  if (Array.isArray(value)) return value.slice(0, 50).map((member) => toJson(member, depth + 1, redact) ?? null)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString()
  if (value instanceof Error) return bounded(redact(messageOf(value, redact)), messageMax)
  const prototype = prototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) {
    // Foreign classes may hold anything, secrets too (`Redacted` prints itself masked); only their own text is taken.
    try {
      const text = String(value)
      return text.startsWith("[object ") ? undefined : bounded(redact(text), 200)
    } catch {
      return undefined
    }
  }
  const out: { [key: string]: Json } = {}
  for (const key of keysOf(value).slice(0, 50)) {
    if (key === "__proto__") continue
    const member = toJson(read(value, key), depth + 1, redact)
    if (member !== undefined) out[key] = member
  }
  return out
}
