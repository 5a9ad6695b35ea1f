/**
 * The Runner: runs the units of a plan side by side under a bound, each alone: its own fiber, Scope, log annotations,
 * span and seeded Random. Every way in which a unit can end becomes an outcome; nothing is lost when the run is.
 *
 * @layer logic
 * @module
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { execute } from "./internal/execute.ts"
import type { Ledger } from "./Ledger.ts"
import type { Plan } from "./Plan.ts"
import type { Receipt } from "./Receipt.ts"
import type { RunEvent } from "./RunEvent.ts"
import type { RunControl, RunFailure, RunOptions } from "./RunnerOptions.ts"
import type { Work } from "./Work.ts"

export * from "./RunnerOptions.ts"

/** An event of a run as it happens. */
export interface LiveEvent {
  readonly runId: string
  /** Unix time in milliseconds. */
  readonly atMs: number
  readonly event: RunEvent
}

/**
 * Runs a plan and hands over its receipt. A unit's failure is an outcome in the receipt, never a failure of the run; what
 * `run` itself fails with is a wrong option or a sink that cannot be written (`RunnerError`), a ledger that cannot be
 * written or is held by another process (`LedgerError`), or work that cannot be placed (`PlacementError`). Interrupting
 * `run` interrupts all units, records that, and then ends.
 *
 * Registered secrets (`Secrets`) are taken out of values, failures, notes, logs and spans before they are written. Unit
 * ids and labels are names by which results are found again; they are written as the plan has them, so no secret belongs
 * in them. A value is copied when the unit returns it: what the work does to it afterwards is not recorded.
 *
 * A unit that was interrupted or timed out has 5 s to stop and to run its finalizers. Then it is abandoned: its slot goes
 * to others, what it still does is no longer heard, and it counts as having spent its whole budget.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import * as LedgerMemory from "@heddle/core/LedgerMemory"
 * import * as Plan from "@heddle/core/Plan"
 * import * as Runner from "@heddle/core/Runner"
 *
 * const plan = Plan.make({ kind: "example", units: [{ id: "a", input: 1 }, { id: "b", input: 2 }] })
 * const receipt = await Effect.runPromise(
 *   Runner.run(plan, (unit) => Effect.succeed(Number(unit.input) * 10)).pipe(Effect.provide(LedgerMemory.layer()))
 * )
 * receipt.units.map((unit) => unit.value) // => [10, 20]
 *
 * @category running
 */
export const run = <A, E, R, V = A>(
  plan: Plan,
  work: Work<A, E, R>,
  options: RunOptions<A, V> = {},
): Effect.Effect<Receipt<V>, RunFailure, Exclude<R, Scope.Scope> | Ledger> =>
  Effect.scoped(
    Effect.flatMap(options.runId === undefined ? makeRunId : Effect.succeed(options.runId), (runId) =>
      execute(plan, work, { ...options, runId }, { isThrottled: () => false, onPump: () => {} }),
    ),
  )

/** Events that may wait for a slow reader of {@link events} before nothing more is started. */
export const eventsPendingMax = 1_024

/**
 * The same run as a stream of its events, from `runStarted` to `runFinished`. A slow reader slows the run down: while
 * {@link eventsPendingMax} events wait, nothing is started, and work that notes something waits. Ending the stream early
 * interrupts the run. Fails as {@link run} does.
 *
 * @category running
 */
export const events = <A, E, R, V = A>(
  plan: Plan,
  work: Work<A, E, R>,
  options: RunOptions<A, V> = {},
): Stream.Stream<LiveEvent, RunFailure, Exclude<R, Scope.Scope> | Ledger> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const runId = options.runId ?? (yield* makeRunId)
      let buffer: Array<LiveEvent> = []
      let wake: (() => void) | undefined
      let pump: () => void = () => {}
      let ended = false
      let closed = false
      const notify = () => {
        const resume = wake
        wake = undefined
        resume?.()
      }
      const observer = (event: RunEvent, atMs: number): void => {
        if (closed) return
        buffer.push({ runId, atMs, event })
        notify()
      }
      const fiber = yield* Effect.forkScoped(
        Effect.ensuring(
          // With a scope of its own: lease and ledger must be open until the units have ended.
          Effect.scoped(
            execute(
              plan,
              work,
              { ...options, runId, observers: [...(options.observers ?? []), observer] },
              {
                isThrottled: () => !closed && buffer.length >= eventsPendingMax,
                onPump: (resume) => {
                  pump = resume
                },
              },
            ),
          ),
          Effect.sync(() => {
            ended = true
            notify()
          }),
        ),
      )
      // Nobody reads any more: what is left to record must not wait for a reader.
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          closed = true
          buffer = []
        }),
      )
      const pull: Effect.Effect<readonly [LiveEvent, ...Array<LiveEvent>], RunFailure | Cause.Done> = Effect.suspend(
        () => {
          const [first, ...rest] = buffer
          if (first !== undefined) {
            buffer = []
            pump()
            return Effect.succeed([first, ...rest] as const)
          }
          if (ended) return Effect.flatMap(Fiber.join(fiber), () => Cause.done())
          return Effect.andThen(
            Effect.callback<void>((resume) => {
              wake = () => resume(Effect.void)
            }),
            pull,
          )
        },
      )
      return Stream.fromPull(Effect.succeed(pull))
    }),
  )

/** A run id: the time in UTC and five random letters, so that ids sort by time and never meet. @category constructors */
export const makeRunId: Effect.Effect<string> = Effect.map(Clock.currentTimeMillis, (nowMs) => {
  const time = new Date(nowMs)
    .toISOString()
    .replaceAll(/[-:]|\.\d+Z/g, "")
    .replace("T", "-")
  const letters = "abcdefghijkmnpqrstuvwxyz23456789"
  const random = crypto.getRandomValues(new Uint8Array(5))
  return `${time}-${[...random].map((byte) => letters[byte % letters.length]).join("")}`
})

/** A control that is not pulled yet. @category constructors */
export const makeControl: Effect.Effect<RunControl> = Effect.sync(() => {
  let pulled: "stop" | "interrupt" | undefined
  const listeners = new Set<(pull: "stop" | "interrupt") => void>()
  const pull = (how: "stop" | "interrupt") =>
    Effect.sync(() => {
      if (pulled === "interrupt") return
      pulled = how
      for (const listener of Array.from(listeners)) listener(how)
    })
  return {
    stop: pull("stop"),
    interrupt: pull("interrupt"),
    subscribe: (listener) => {
      listeners.add(listener)
      if (pulled !== undefined) listener(pulled)
      return () => listeners.delete(listener)
    },
  }
})
