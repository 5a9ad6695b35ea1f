/**
 * The rules of leases, apart from where they are stored: who may take one, who still has it, and in what state a run is
 * that somebody holds. Every ledger decides by these, inside its own transaction.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import { LedgerError, type LeaseRecord, type Owner, type RunSummary } from "../Ledger.ts"
import type { RunStatus } from "../RunEvent.ts"

/** A lease as a ledger keeps it. A lease given back stays as `held: false`, so that its fencing number never goes down. */
export interface KeptLease {
  readonly record: LeaseRecord
  readonly held: boolean
}

/** The lease key of a run. */
export const runKey = (runId: string): string => `run:${runId}`

/** Whether the lease keeps others out: held, not expired, and its owner not known to be gone. */
export const isAlive = (kept: KeptLease | undefined, nowMs: number, isGone: (owner: Owner) => boolean): boolean =>
  kept !== undefined && kept.held && kept.record.expiresAtMs > nowMs && !isGone(kept.record.owner)

/** The lease of a new holder, or `LeaseHeld` where the old one is alive. */
export const take = (
  kept: KeptLease | undefined,
  key: string,
  owner: Owner,
  nowMs: number,
  ttlMs: number,
  isGone: (owner: Owner) => boolean,
): Result.Result<LeaseRecord, LedgerError> =>
  kept !== undefined && isAlive(kept, nowMs, isGone)
    ? Result.fail(new LedgerError({ reason: { _tag: "LeaseHeld", lease: kept.record, nowMs } }))
    : Result.succeed({
        key,
        owner,
        acquiredAtMs: nowMs,
        heartbeatAtMs: nowMs,
        expiresAtMs: nowMs + ttlMs,
        fencing: (kept?.record.fencing ?? 0) + 1,
      })

/**
 * `LeaseLost` unless `fencing` is still the number of the holder. A lease that expired and was taken by nobody is still
 * its holder's: nothing can have been written in between.
 */
export const lost = (key: string, fencing: number, kept: KeptLease | undefined): LedgerError | undefined =>
  kept !== undefined && kept.held && kept.record.fencing === fencing
    ? undefined
    : new LedgerError({ reason: { _tag: "LeaseLost", key, fencing, current: kept?.record.fencing ?? 0 } })

/** The extended lease, or `LeaseLost`. */
export const extend = (
  kept: KeptLease | undefined,
  lease: LeaseRecord,
  nowMs: number,
  ttlMs: number,
): Result.Result<LeaseRecord, LedgerError> => {
  const error = lost(lease.key, lease.fencing, kept)
  return error === undefined
    ? Result.succeed({ ...lease, heartbeatAtMs: nowMs, expiresAtMs: nowMs + ttlMs })
    : Result.fail(error)
}

/** Where a run stands: `ended` is how its last session ended, absent where that session never did. */
export const runState = (ended: RunStatus | undefined, alive: boolean): RunSummary["state"] =>
  alive ? "running" : (ended ?? "unfinished")
