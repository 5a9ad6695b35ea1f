/**
 * Limits that units share: named slots, a token bucket with a gate that a "too many requests" answer closes for
 * everybody, and budgets that are reserved before a unit starts. Every wait counts as `limitWaitMs` of its unit.
 *
 * @layer contract
 * @module
 */
import type * as Effect from "effect/Effect"

/** A bound on how often something may happen, shared by all fibers that hold it. @category models */
export interface RateLimit {
  readonly name: string
  /**
   * Waits for the gate and for `tokens` (1 unless given), first come first served. Interruptible; a waiter that goes
   * away gives its place back.
   */
  readonly take: (tokens?: number) => Effect.Effect<void>
  /** Closes the gate for everybody for so long from now; a later closing extends it, never shortens it. */
  readonly closeFor: (durationMs: number) => Effect.Effect<void>
  /** Milliseconds until the gate opens; 0 where it is open. */
  readonly closedForMs: Effect.Effect<number>
}

/** Named places of which each holder takes one or more: an instrument, a licence, a disk. @category models */
export interface Slots {
  readonly name: string
  readonly size: number
  readonly withSlot: <A, E, R>(effect: Effect.Effect<A, E, R>, count?: number) => Effect.Effect<A, E, R>
}
