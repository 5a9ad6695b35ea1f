/**
 * The places and rates that runs of a study share: each run takes its place before it begins, and that waiting is none of
 * its own time.
 *
 * @layer logic
 * @module
 */
import type { RateLimit, Slots } from "@heddle/core/Limits"
import * as RateLimits from "@heddle/core/RateLimit"
import * as SlotLimits from "@heddle/core/Slots"
import type { Unit } from "@heddle/core/Unit"
import * as Effect from "effect/Effect"
import type { RunSpec } from "../Run.ts"
import type { Study } from "../Study.ts"

interface Shared {
  readonly agents: ReadonlySet<string> | undefined
  readonly slots: Slots | undefined
  readonly rate: RateLimit | undefined
}

type Wrap = <A, E>(unit: Unit, run: Effect.Effect<A, E>) => Effect.Effect<A, E>

/** Makes the limits of a study, and what puts a run behind those that its agent uses. */
export const make = Effect.fnUntraced(function* (
  study: Study,
  specs: ReadonlyMap<string, RunSpec>,
): Effect.fn.Return<Wrap> {
  const limits = study.heddle.limits ?? []
  if (limits.length === 0) return (_, run) => run
  const all: Array<Shared> = []
  for (const { agents, name, perMinute, slots } of limits) {
    all.push({
      agents: agents === undefined ? undefined : new Set(agents),
      slots: slots === undefined ? undefined : yield* SlotLimits.make({ name, size: slots }),
      // Spread over the minute: no burst, so that no provider sees a minute's worth at once.
      rate: perMinute === undefined ? undefined : yield* RateLimits.make({ name, perSecond: perMinute / 60, burst: 1 }),
    })
  }
  return (unit, run) => {
    const agentId = specs.get(unit.id)?.agentId ?? ""
    const uses = all.filter(({ agents }) => agents === undefined || agents.has(agentId))
    let limited = run
    for (const { rate } of uses) if (rate !== undefined) limited = Effect.andThen(rate.take(), limited)
    // Everybody takes places in the same order, the first limit outermost: nobody waits in a circle.
    for (const { slots } of uses.toReversed()) if (slots !== undefined) limited = slots.withSlot(limited)
    return limited
  }
})
