/**
 * Leases in a ledger file: each decision is made inside one write transaction, so that of two processes only one wins.
 *
 * @layer adapter
 * @module
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type LeaseRecord, type LeaseStore, type LedgerError, ProcessIdentity } from "../../Ledger.ts"
import * as rules from "../../internal/leaseRules.ts"
import type { LedgerFile } from "./ledgerFile.ts"
import { columns, type Row } from "./sqliteErrors.ts"

/** Runs a synchronous use of the file as an Effect that waits outside of SQLite while another process writes. */
export type Use = <A>(operation: string, body: () => A) => Effect.Effect<A, LedgerError>

/** The lease of a key as it is now; call it inside a transaction to act on it. */
export const readLease = (file: LedgerFile, key: string): rules.KeptLease | undefined => {
  const row = file.statement("SELECT * FROM leases WHERE key = ?").get(key)
  return row === undefined ? undefined : leaseOf(file.location, row)
}

/** Every lease in the file. */
export const readLeases = (file: LedgerFile): ReadonlyArray<rules.KeptLease> =>
  file
    .statement("SELECT * FROM leases WHERE held = 1")
    .all()
    .map((row) => leaseOf(file.location, row))

const leaseOf = (location: string, row: Row): rules.KeptLease => {
  const read = columns(location)
  return {
    held: read.integer(row, "held") === 1,
    record: {
      key: read.text(row, "key"),
      owner: {
        host: read.text(row, "host"),
        pid: read.integer(row, "pid"),
        startedAtMs: read.number(row, "started_at_ms"),
        user: read.text(row, "user"),
      },
      acquiredAtMs: read.number(row, "acquired_at_ms"),
      heartbeatAtMs: read.number(row, "heartbeat_at_ms"),
      expiresAtMs: read.number(row, "expires_at_ms"),
      fencing: read.integer(row, "fencing"),
    },
  }
}

const writeLease = (file: LedgerFile, { owner, ...lease }: LeaseRecord): void => {
  file
    .statement(
      "INSERT OR REPLACE INTO leases (key, held, fencing, host, pid, started_at_ms, user, acquired_at_ms, " +
        "heartbeat_at_ms, expires_at_ms) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .run(
      lease.key,
      lease.fencing,
      owner.host,
      owner.pid,
      owner.startedAtMs,
      owner.user,
      lease.acquiredAtMs,
      lease.heartbeatAtMs,
      lease.expiresAtMs,
    )
}

/** The lease store of a file. */
export const makeLeases = (file: LedgerFile, use: Use): LeaseStore => {
  const decide = (operation: string, key: string, rule: (kept: rules.KeptLease | undefined) => Decision) =>
    use(operation, () =>
      file.transaction(() => {
        const lease = Result.getOrThrow(rule(readLease(file, key)))
        writeLease(file, lease)
        return lease
      }),
    )
  return {
    acquire: Effect.fn("LedgerSqlite.acquire")(function* (key, owner, ttlMs) {
      const { isGone } = yield* ProcessIdentity
      const clock = yield* Clock.Clock
      return yield* decide("acquire lease", key, (kept) =>
        rules.take(kept, key, owner, clock.currentTimeMillisUnsafe(), ttlMs, isGone),
      )
    }),
    renew: Effect.fn("LedgerSqlite.renew")(function* (lease, ttlMs) {
      const clock = yield* Clock.Clock
      return yield* decide("renew lease", lease.key, (kept) =>
        rules.extend(kept, lease, clock.currentTimeMillisUnsafe(), ttlMs),
      )
    }),
    release: (lease) =>
      use("release lease", () => {
        file.transaction(() =>
          file.statement("UPDATE leases SET held = 0 WHERE key = ? AND fencing = ?").run(lease.key, lease.fencing),
        )
      }),
    inspect: (key) =>
      use("read lease", () => {
        const kept = readLease(file, key)
        return kept?.held === true ? kept.record : undefined
      }),
  }
}

type Decision = Result.Result<LeaseRecord, LedgerError>
