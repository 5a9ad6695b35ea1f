/**
 * Turns of the event loop: units that never leave the microtask queue would starve timers and sockets, so after so long
 * nothing is started before they had their turn. Never more than one turn is asked for at a time.
 *
 * @layer logic
 * @module
 */
import type { SchedulerDispatcher } from "effect/Scheduler"

/** How long units may be started without a turn of the event loop. */
export const turnMaxMs = 10

export class Turns {
  private readonly dispatcher: SchedulerDispatcher
  private readonly nowMs: () => number
  private readonly goOn: () => void
  private startMs: number
  /** True while a turn was asked for and has not come. */
  pending = false

  constructor(dispatcher: SchedulerDispatcher, nowMs: () => number, goOn: () => void) {
    this.dispatcher = dispatcher
    this.nowMs = nowMs
    this.goOn = goOn
    this.startMs = nowMs()
  }

  /** True where nothing may be started before the next turn; asks for that turn, which then goes on. */
  mustYield(atMs: number): boolean {
    if (this.pending) return true
    if (atMs - this.startMs < turnMaxMs) return false
    this.pending = true
    this.dispatcher.scheduleTask(() => {
      this.pending = false
      this.startMs = this.nowMs()
      this.goOn()
    }, 0)
    return true
  }
}
