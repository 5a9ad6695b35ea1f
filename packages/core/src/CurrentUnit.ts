/**
 * The unit whose work is running: what code deep inside it (an HTTP client, a limit) may ask and report. Outside of a
 * run the default does nothing, so that the same code works anywhere.
 *
 * @layer contract
 * @module
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Unit } from "./Unit.ts"

/** Which of a unit's waiting times a wait belongs to. @category models */
export type WaitKind = "limit" | "retry"

/**
 * What running work may ask about its unit and report to the run. Nothing here fails: where the ledger cannot take a note,
 * the run itself ends. A spending below 0 or not finite is a defect (`RangeError`).
 *
 * @category models
 */
export interface CurrentUnitShape {
  /** `undefined` outside of a run. */
  readonly unit: Unit | undefined
  readonly runId: string | undefined
  /** Which try this is, from 1; 0 outside of a run. */
  readonly attempt: number
  /**
   * Marks that a fiber of this unit begins to wait; call the returned function when it ends. Overlapping waits of one
   * kind count once.
   */
  readonly beginWait: (kind: WaitKind) => () => void
  /** Puts an event of the work's own into the run (a page read, a warning); waits where the ledger is behind. */
  readonly note: (
    name: string,
    data: Schema.Json,
    level?: "debug" | "info" | "warning" | "error",
  ) => Effect.Effect<void>
  /** Records what was really spent of a budget; adds up over calls and tries. */
  readonly spend: (budget: string, amount: number) => Effect.Effect<void>
}

/**
 * The unit whose work is running. The Runner provides it for each try; outside of a run there is no unit, and waits, notes
 * and spendings are taken without effect.
 *
 * @category services
 */
export const CurrentUnit: Context.Reference<CurrentUnitShape> = Context.Reference("@heddle/core/CurrentUnit", {
  defaultValue: (): CurrentUnitShape => ({
    unit: undefined,
    runId: undefined,
    attempt: 0,
    beginWait: () => () => {},
    note: () => Effect.void,
    spend: () => Effect.void,
  }),
})

/** Counts the time that `effect` takes as waiting of the current unit. @category combinators */
export const waiting =
  (kind: WaitKind) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(CurrentUnit, (current) => {
      const end = current.beginWait(kind)
      return Effect.ensuring(effect, Effect.sync(end))
    })

/** Puts an event of the work's own into the run. @category combinators */
export const note = (
  name: string,
  data: Schema.Json,
  level?: "debug" | "info" | "warning" | "error",
): Effect.Effect<void> => Effect.flatMap(CurrentUnit, (current) => current.note(name, data, level))

/** Records what was really spent of a budget. @category combinators */
export const spend = (budget: string, amount: number): Effect.Effect<void> =>
  Effect.flatMap(CurrentUnit, (current) => current.spend(budget, amount))
