/**
 * Loggers and tracers that take registered secrets out of what a unit's own code says. Put in front of whatever loggers
 * and tracer are in force, once per run.
 *
 * @layer logic
 * @module
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Inspectable from "effect/Inspectable"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import type { Span, Tracer } from "effect/Tracer"
import type { SecretsShape } from "../Secrets.ts"

/** How deep a value of a log or a span is looked through; what lies deeper is not shown. */
const depthMax = 8

/** A value as a log or a span shows it, without secrets; the value itself where there is nothing to take out. */
export const redactUnknown = (secrets: SecretsShape, value: unknown, depth = 0): unknown => {
  if (secrets.isEmpty()) return value
  if (typeof value === "string") return secrets.redact(value)
  if (typeof value !== "object" || value === null) return value
  if (depth > depthMax) return "…"
  try {
    if (Array.isArray(value)) return value.map((member) => redactUnknown(secrets, member, depth + 1))
    if (Cause.isCause(value)) return redactCause(secrets, value)
    if (value instanceof Error) return redactError(secrets, value, depth)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) return redactForeign(secrets, value)
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [secrets.redact(key), redactUnknown(secrets, member, depth + 1)]),
    )
  } catch {
    return "an object that cannot be looked at"
  }
}

/** An object of a class (a URL, a Map) is shown as it is, unless its text has a secret: then that text, without. */
const redactForeign = (secrets: SecretsShape, value: object): unknown => {
  const members = value instanceof Map || value instanceof Set ? [...value] : value
  const texts = [String(value), Inspectable.toStringUnknown(members, 0)]
  const found = texts.find((text) => secrets.redact(text) !== text)
  return found === undefined ? value : secrets.redact(found)
}

const redactError = (secrets: SecretsShape, error: Error, depth: number): Error => {
  const cause = error.cause === undefined ? undefined : { cause: redactUnknown(secrets, error.cause, depth + 1) }
  const clean = new Error(secrets.redact(error.message), cause)
  clean.name = secrets.redact(error.name)
  if (error.stack !== undefined) clean.stack = secrets.redact(error.stack)
  return clean
}

const redactCause = (secrets: SecretsShape, cause: Cause.Cause<unknown>): Cause.Cause<unknown> =>
  Cause.fromReasons(
    cause.reasons.map((reason) => {
      if (Cause.isFailReason(reason)) return Cause.makeFailReason(redactUnknown(secrets, reason.error))
      if (Cause.isDieReason(reason)) return Cause.makeDieReason(redactUnknown(secrets, reason.defect))
      return reason
    }),
  )

export const redactLoggers = (
  secrets: SecretsShape,
  loggers: ReadonlySet<Logger.Logger<unknown, unknown>>,
): ReadonlySet<Logger.Logger<unknown, unknown>> =>
  new Set(
    [...loggers].map((logger) =>
      Logger.make<unknown, unknown>((options) =>
        logger.log(
          secrets.isEmpty()
            ? options
            : {
                ...options,
                message: redactUnknown(secrets, options.message),
                cause: redactCause(secrets, options.cause),
                fiber: redactFiber(secrets, options.fiber),
              },
        ),
      ),
    ),
  )

/** A view of a fiber whose log annotations are clean: loggers read them from the fiber, not from the event. */
const redactFiber = (secrets: SecretsShape, fiber: Fiber.Fiber<unknown, unknown>): Fiber.Fiber<unknown, unknown> =>
  new Proxy(fiber, {
    get: (target, key) => {
      if (key !== "getRef") return Reflect.get(target, key, target)
      const getRef: typeof target.getRef = (ref) => {
        const value = target.getRef(ref)
        // Same key, so the same type: annotations come back as annotations, log spans as log spans.
        return ref.key === References.CurrentLogAnnotations.key || ref.key === References.CurrentLogSpans.key
          ? (redactUnknown(secrets, value) as typeof value)
          : value
      }
      return getRef
    },
  })

const cleanAttributes = (
  secrets: SecretsShape,
  attributes: Readonly<Record<string, unknown>>,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [secrets.redact(key), redactUnknown(secrets, value)]),
  )

export const redactTracer = (secrets: SecretsShape, tracer: Tracer): Tracer => ({
  ...(tracer.context === undefined ? {} : { context: tracer.context.bind(tracer) }),
  span: (options) => {
    const links = options.links.map((link) => ({ ...link, attributes: cleanAttributes(secrets, link.attributes) }))
    const span = tracer.span({ ...options, name: secrets.redact(options.name), links })
    // The span's own methods are replaced in place: spans carry state that a wrapper would have to mirror.
    const attribute = span.attribute.bind(span)
    const event = span.event.bind(span)
    const end = span.end.bind(span)
    const safe: Pick<{ -readonly [K in keyof Span]: Span[K] }, "attribute" | "event" | "end"> = span
    safe.attribute = (key, value) => attribute(secrets.redact(key), redactUnknown(secrets, value))
    safe.event = (name, startTime, attributes) =>
      event(
        secrets.redact(name),
        startTime,
        attributes === undefined ? undefined : cleanAttributes(secrets, attributes),
      )
    safe.end = (endTime, exit) =>
      end(
        endTime,
        secrets.isEmpty() || exit._tag === "Success" ? exit : Exit.failCause(redactCause(secrets, exit.cause)),
      )
    return span
  },
})
