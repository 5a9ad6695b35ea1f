/**
 * The calls of one unit's module work to its host: each runs in a fiber with the unit's own services, so that
 * CurrentUnit, limits, logs and spans are those of the unit, and all end with it.
 *
 * @layer logic
 * @module
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { Json } from "effect/Schema"
import type { Unit } from "../Unit.ts"
import type { WorkHost } from "../Work.ts"
import { cloneJson, describeThrown, type Thrown } from "./moduleWork.ts"

export interface HostCalls<E> {
  /** Starts a call; `answered` is called once, with its end. After {@link stop} every call is refused. */
  readonly start: (method: string, args: unknown, answered: (exit: Exit.Exit<Json, E>) => void) => void
  /** Interrupts what still runs and waits for it. */
  readonly stop: Effect.Effect<void>
}

export const make = <E, R>(
  host: WorkHost<E, R> | undefined,
  unit: Unit,
  services: Context.Context<R>,
): HostCalls<E> => {
  const running = new Set<Fiber.Fiber<Json, E>>()
  let stopped = false
  const fork = Effect.runForkWith(services)
  return {
    start: (method, args, answered) => {
      if (stopped) return answered(Exit.die(new Error("the unit has ended")))
      if (host === undefined) return answered(Exit.die(new Error(`there is no host to answer ${method}`)))
      const fiber = fork(
        Effect.suspend(() =>
          // Both ways are JSON in every placement, so that work does not behave differently in a worker.
          Effect.map(
            host(method, cloneJson(args, "args") ?? null, unit),
            (value) => cloneJson(value, "answer") ?? null,
          ),
        ),
      )
      running.add(fiber)
      fiber.addObserver((exit) => {
        running.delete(fiber)
        answered(exit)
      })
    },
    stop: Effect.suspend(() => {
      stopped = true
      return running.size === 0 ? Effect.void : Fiber.interruptAll([...running])
    }),
  }
}

/** What the work is told of a call that failed. */
export const refusalOf = <E>(cause: Cause.Cause<E>): Thrown =>
  Cause.hasInterruptsOnly(cause)
    ? { tag: "Interrupted", message: "the call was interrupted", retryable: true }
    : describeThrown(Cause.squash(cause))
