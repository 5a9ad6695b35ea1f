/**
 * Whether a unit whose turn has come may start: what the caller's dispatch says, then what is left of the budgets.
 *
 * @layer logic
 * @module
 */
import type { SessionSpec } from "./sessionSpec.ts"
import * as Reservations from "./reservations.ts"
import type { UnitRun } from "./unitRun.ts"

export class Admissions {
  private readonly spec: SessionSpec
  /** The unit that was let in last: it is not asked about again while it waits for a budget. */
  private admitted: UnitRun | undefined

  private readonly overruns = new Map<string, string>()

  constructor(spec: SessionSpec) {
    this.spec = spec
  }

  /** `granted`, `wait` until another unit has ended, or why it never starts. */
  ask(run: UnitRun, othersLeft: boolean, committing: boolean): "granted" | "wait" | { readonly reason: string } {
    const { admit, budgets } = this.spec
    if (admit !== undefined && this.admitted !== run) {
      const admission = admit(run.unit)
      if (admission === "wait") {
        // What was refused a budget holds no slot; the caller hears of it when it is committed.
        if (othersLeft || committing) return "wait"
        throw new Error(`unit ${run.unit.id} is to wait, and nothing is under way that it could wait for`)
      }
      if (admission !== "start") return { reason: admission.skip }
      this.admitted = run
    }
    return budgets.size === 0 ? "granted" : Reservations.reserve(budgets, run, othersLeft, this.overruns)
  }

  /** Ends what the unit had reserved. */
  settle(run: UnitRun): void {
    Reservations.settle(this.spec.budgets, run, this.overruns)
  }
}
