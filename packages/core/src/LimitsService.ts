/**
 * The limits of a process by name: rates and slots made once from configuration and shared by every unit that asks for
 * the same name, so that `gpu: 1` means one for all.
 *
 * @layer logic
 * @module
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { ExitCode } from "./ExitCode.ts"
import { nearest } from "./internal/nearest.ts"
import type { RateLimit, Slots } from "./Limits.ts"
import * as RateLimits from "./RateLimit.ts"
import * as SlotLimits from "./Slots.ts"

/** Limits by name. @category schemas */
export const LimitsConfig = Schema.Struct({
  /** How many places each resource has: an integer of 1 or more. */
  slots: Schema.optionalKey(Schema.Record(Schema.String, Schema.Finite)),
  rates: Schema.optionalKey(
    Schema.Record(
      Schema.String,
      Schema.Struct({
        /** Tokens per second, above 0. */
        perSecond: Schema.Finite,
        /** Tokens at once after a quiet time, 1 or more. */
        burst: Schema.Finite,
      }),
    ),
  ),
})
/** @category models */
export interface LimitsConfig extends Schema.Schema.Type<typeof LimitsConfig> {}

const LimitKind = Schema.Literals(["slots", "rate"])

/**
 * A limit that cannot be had:
 * - `UnknownLimit`: no limit of this kind has the name; names the nearest one and lists all.
 * - `InvalidLimit`: its configuration makes no sense.
 *
 * Trying again does not help with either.
 *
 * @category errors
 */
export class LimitsError extends Schema.TaggedError<LimitsError>()("LimitsError", {
  reason: Schema.Union([
    Schema.TaggedStruct("UnknownLimit", {
      limit: LimitKind,
      name: Schema.String,
      nearest: Schema.optionalKey(Schema.String),
      known: Schema.Array(Schema.String),
    }),
    Schema.TaggedStruct("InvalidLimit", { limit: LimitKind, name: Schema.String, problem: Schema.String }),
  ]),
}) {
  readonly exitCode = ExitCode.usage
  readonly retryable = false
  get hints(): ReadonlyArray<string> {
    const reason = this.reason
    if (reason._tag === "InvalidLimit") return [`correct ${reason.limit} ${JSON.stringify(reason.name)}`]
    if (reason.nearest !== undefined) return [`did you mean ${JSON.stringify(reason.nearest)}?`]
    return [`give it in the configuration of the limits: ${reason.limit} ${JSON.stringify(reason.name)}`]
  }
  override get message(): string {
    const reason = this.reason
    if (reason._tag === "InvalidLimit") {
      return `${reason.limit} ${JSON.stringify(reason.name)}: ${reason.problem}`
    }
    const known = reason.known.length === 0 ? "none" : reason.known.map((name) => JSON.stringify(name)).join(", ")
    return `there is no ${reason.limit === "rate" ? "rate" : "slots"} ${JSON.stringify(reason.name)}; there is ${known}`
  }
}

/** Gives limits by name. A name that was not configured fails with `UnknownLimit`. @category models */
export interface LimitsShape {
  /** The rate limit of that name; the same one for everybody. */
  readonly rate: (name: string) => Effect.Effect<RateLimit, LimitsError>
  /** The slots of that name; the same ones for everybody. */
  readonly slots: (name: string) => Effect.Effect<Slots, LimitsError>
}

/** The limits of this process; work and clients ask it for the limit that they share with others. @category services */
export class Limits extends Context.Service<Limits, LimitsShape>()("@heddle/core/Limits") {}

/** Names that an error lists at most. */
const knownMax = 20

const find = <A>(limit: "rate" | "slots", all: ReadonlyMap<string, A>, name: string): Effect.Effect<A, LimitsError> =>
  Effect.suspend(() => {
    const found = all.get(name)
    if (found !== undefined) return Effect.succeed(found)
    const near = nearest(name, all.keys())
    return Effect.fail(
      new LimitsError({
        reason: {
          _tag: "UnknownLimit",
          limit,
          name,
          known: [...all.keys()].slice(0, knownMax),
          ...(near === undefined ? {} : { nearest: near }),
        },
      }),
    )
  })

/**
 * Makes the limits that a configuration names, all idle. Fails with `InvalidLimit` for the first one that makes no sense.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function* (config: LimitsConfig): Effect.fn.Return<LimitsShape, LimitsError> {
  const slots = new Map<string, Slots>()
  for (const [name, size] of Object.entries(config.slots ?? {})) {
    const problem = SlotLimits.problemOf({ size })
    if (problem !== undefined) {
      return yield* new LimitsError({ reason: { _tag: "InvalidLimit", limit: "slots", name, problem } })
    }
    slots.set(name, yield* SlotLimits.make({ name, size }))
  }
  const rates = new Map<string, RateLimit>()
  for (const [name, rate] of Object.entries(config.rates ?? {})) {
    const problem = RateLimits.problemOf(rate)
    if (problem !== undefined) {
      return yield* new LimitsError({ reason: { _tag: "InvalidLimit", limit: "rate", name, problem } })
    }
    rates.set(name, yield* RateLimits.make({ name, ...rate }))
  }
  return {
    rate: (name) => find("rate", rates, name),
    slots: (name) => find("slots", slots, name),
  }
})

/**
 * The limits that a configuration names. Fails with `InvalidLimit`, as {@link make} does.
 *
 * @example
 * import * as LimitsService from "@heddle/core/LimitsService"
 *
 * const limits = LimitsService.layer({ slots: { gpu: 1 }, rates: { api: { perSecond: 10, burst: 20 } } })
 *
 * @category layers
 */
export const layer = (config: LimitsConfig): Layer.Layer<Limits, LimitsError> => Layer.effect(Limits, make(config))
