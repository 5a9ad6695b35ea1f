/**
 * A lease: the right to be the only one who writes to a run or a staging root, for as long as a scope is open. It is
 * kept alive by a heartbeat and given back at the end of the scope; when its holder dies it ends by expiry, or at once
 * where another process of the same machine sees that the holder is gone.
 *
 * @layer logic
 * @module
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Ledger, type LeaseRecord, type LedgerError, ProcessIdentity } from "./Ledger.ts"

/** How long a lease lives without a sign of life, unless told otherwise. */
export const ttlDefaultMs = 30_000
/** How often a holder gives a sign of life, unless told otherwise. */
export const heartbeatDefaultMs = 5_000
/** How soon a sign of life that could not be written is tried again, at the latest. */
export const renewRetryMaxMs = 1_000

/** A lease being held. @category models */
export interface HeldLease {
  /** The lease as of its last sign of life; what a ledger's writer is opened with. */
  readonly record: () => LeaseRecord
  /**
   * Never succeeds. Fails with `LeaseLost` when another process has taken over (noticed at the next heartbeat), or with
   * the storage error when no sign of life could be written until the lease expired.
   */
  readonly lost: Effect.Effect<never, LedgerError>
}

/** How long a lease lives and how often it is renewed, in milliseconds. @category models */
export interface HoldOptions {
  /** How long the lease lives without a sign of life, in milliseconds; {@link ttlDefaultMs} unless given. */
  readonly ttlMs?: number
  /** Time between signs of life, in milliseconds; {@link heartbeatDefaultMs} unless given. */
  readonly heartbeatMs?: number
}

/**
 * Takes a lease and keeps it until the scope closes. Fails with `LedgerError`: `LeaseHeld` where somebody else has it
 * (helps once that process has ended), `Storage` where the lease cannot be written. A heartbeat that cannot be written (a
 * busy or full disk) is tried again until the lease would have expired; then {@link HeldLease.lost} fails.
 *
 * @category constructors
 */
export const hold: (key: string, options?: HoldOptions) => Effect.Effect<HeldLease, LedgerError, Ledger | Scope.Scope> =
  Effect.fn("Lease.hold")(function* (key: string, options?: HoldOptions) {
    const ttlMs = options?.ttlMs ?? ttlDefaultMs
    const heartbeatMs = options?.heartbeatMs ?? heartbeatDefaultMs
    const { leases } = yield* Ledger
    const { owner } = yield* ProcessIdentity
    let record = yield* leases.acquire(key, owner, ttlMs)
    // A lease that cannot be given back expires by itself: closing a scope must not fail for it.
    yield* Effect.addFinalizer(() => Effect.ignore(leases.release(record)))
    const lost = yield* Deferred.make<never, LedgerError>()

    const renew = Effect.fnUntraced(function* (): Effect.fn.Return<number, LedgerError> {
      const attempt = yield* Effect.result(leases.renew(record, ttlMs))
      if (attempt._tag === "Success") {
        record = attempt.success
        return heartbeatMs
      }
      const nowMs = yield* Clock.currentTimeMillis
      if (attempt.failure.reason._tag !== "Storage" || nowMs >= record.expiresAtMs) return yield* attempt.failure
      return Math.min(heartbeatMs, renewRetryMaxMs, record.expiresAtMs - nowMs)
    })
    const heart = Effect.fnUntraced(function* (): Effect.fn.Return<never, LedgerError> {
      let waitMs = heartbeatMs
      while (true) {
        yield* Effect.sleep(Duration.millis(waitMs))
        waitMs = yield* renew()
      }
    })
    yield* Effect.forkScoped(Effect.catch(heart(), (error) => Deferred.fail(lost, error)))
    return { record: () => record, lost: Deferred.await(lost) }
  })
