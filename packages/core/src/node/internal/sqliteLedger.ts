/**
 * A ledger over one SQLite file, put together from its parts. `LedgerSqlite` is its public face; tests come here for the
 * options that make a disk full or a file old.
 *
 * @layer adapter
 * @module
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { LedgerError, type LedgerShape, type Owner, ProcessIdentity, type RunSummary } from "../../Ledger.ts"
import { isAlive, lost, runKey } from "../../internal/leaseRules.ts"
import { type OpenOptions, openLedgerFile } from "./ledgerFile.ts"
import { readStanding, readSummary } from "./ledgerRows.ts"
import { columns, isBusy, toLedgerError } from "./sqliteErrors.ts"
import { makeLeases, readLease, readLeases, type Use } from "./sqliteLeases.ts"
import { createRun, findRun, getPlan, replacePlan } from "./sqlitePlans.ts"
import { States } from "./sqliteStates.ts"
import * as streams from "./sqliteStreams.ts"
import { SqliteWriter } from "./sqliteWriter.ts"

/** Tries while another process writes; each waits 250 ms in SQLite and 25 ms outside, about ten seconds in all. */
const busyTriesMax = 40
const busyWaitMs = 25
/** Runs that `listRuns` gives unless told otherwise. */
const listDefault = 100
const listMax = 1_000_000
/** Rows whose unit states are read at a time. */
const statesRows = 2_000

const busySchedule = Schedule.spaced(Duration.millis(busyWaitMs))

/** See `LedgerSqlite.make`. */
export const makeLedger = Effect.fn("LedgerSqlite.open")(function* (
  options: OpenOptions,
): Effect.fn.Return<LedgerShape, LedgerError, Scope.Scope> {
  const location = options.path
  const retried = <A>(operation: string, body: () => A) =>
    Effect.retry(Effect.try({ try: body, catch: (error) => toLedgerError(error, location, operation) }), {
      schedule: busySchedule,
      times: options.busyTriesMax ?? busyTriesMax,
      while: isBusy,
    })
  const clock = yield* Clock.Clock
  const identity = yield* ProcessIdentity
  const writers = new Set<SqliteWriter>()
  const file = yield* Effect.acquireRelease(
    retried("open", () =>
      openLedgerFile(options, (opened) => {
        const nowMs = clock.currentTimeMillisUnsafe()
        return !readLeases(opened).some((kept) => isAlive(kept, nowMs, identity.isGone))
      }),
    ),
    (opened) =>
      Effect.sync(() => {
        for (const writer of writers) writer.close()
        opened.db.close()
      }),
  )
  /** An error of a file that stayed busy says whose leases are alive: one of these is in the middle of writing. */
  const withHolders = (error: LedgerError): LedgerError => {
    if (!isBusy(error)) return error
    try {
      const nowMs = clock.currentTimeMillisUnsafe()
      return nameHolders(
        error,
        readLeases(file)
          .filter((kept) => isAlive(kept, nowMs, identity.isGone))
          .map((kept) => kept.record.owner),
        identity.owner,
      )
    } catch {
      // Not even readable: the error stays as it is.
      return error
    }
  }
  const use: Use = (operation, body) =>
    Effect.mapError(
      retried(operation, () => file.reading(body)),
      withHolders,
    )
  const read = columns(location)

  const summarise = Effect.fnUntraced(function* <A>(
    body: (summary: (row: ReturnType<typeof findRun>) => ReturnType<typeof readSummary>) => A,
  ) {
    const now = yield* Clock.Clock
    const { isGone } = yield* ProcessIdentity
    return yield* use("read runs", () =>
      body((row) => {
        const lease = readLease(file, runKey(read.text(row, "id")))
        return readSummary(file, row, lease, isAlive(lease, now.currentTimeMillisUnsafe(), isGone))
      }),
    )
  })

  return {
    durability: options.durability,
    location,
    leases: makeLeases(file, use),
    createRun: (run, plan) => use("create run", () => createRun(file, run, plan)),
    replacePlan: (runId, plan, lease) => use("replace plan", () => replacePlan(file, runId, plan, lease)),
    openWriter: Effect.fn("LedgerSqlite.openWriter")(function* (runId, lease) {
      const writerClock = yield* Clock.Clock
      const states = yield* use("open writer", () => {
        const found = new States(file, runId, readStanding(file, findRun(file, runId)))
        const gone = lost(runKey(runId), lease.fencing, readLease(file, runKey(runId)))
        if (gone !== undefined) throw gone
        return found
      })
      while (yield* use("read unit states", () => states.step(statesRows))) yield* Effect.yieldNow
      const open = use("open writer", () => {
        const gone = lost(runKey(runId), lease.fencing, readLease(file, runKey(runId)))
        if (gone !== undefined) throw gone
        const writer = new SqliteWriter(file, runId, lease.fencing, states, writerClock, withHolders)
        writers.add(writer)
        return writer
      })
      const writer = yield* Effect.acquireRelease(open, (opened) =>
        Effect.andThen(
          // What cannot be flushed has been told to its callbacks.
          Effect.ignore(opened.writer.flush),
          Effect.sync(() => {
            opened.close()
            writers.delete(opened)
          }),
        ),
      )
      return writer.writer
    }),
    getRun: (runId) => summarise((summary) => summary(findRun(file, runId))),
    getPlan: (runId) => getPlan(file, use, runId),
    listRuns: (filter) =>
      summarise((summary) => {
        const { kind, unfinished } = filter ?? {}
        const limit = Math.max(0, Math.min(listMax, Math.trunc(filter?.limit ?? listDefault)))
        const found: Array<RunSummary> = []
        const rows = file
          .statement("SELECT * FROM runs WHERE (?1 IS NULL OR kind = ?1) ORDER BY created_at_ms DESC, no DESC")
          .iterate(kind ?? null)
        for (const row of rows) {
          if (found.length >= limit) break
          const run = summary(row)
          if (unfinished === undefined || unfinished === isUnfinished(run)) found.push(run)
        }
        return found
      }),
    unitStates: (runId) => streams.unitStates(file, use, runId),
    outcomes: (runId) => streams.outcomes(file, use, runId),
    events: (runId, afterSeq = 0) => streams.events(file, use, runId, afterSeq),
  }
})

/** The error with the owners that are not this process, each once. */
const nameHolders = (error: LedgerError, owners: ReadonlyArray<Owner>, self: Owner): LedgerError => {
  if (error.reason._tag !== "Storage") return error
  const others = new Map<string, Owner>()
  for (const owner of owners) {
    if (owner.host !== self.host || owner.pid !== self.pid) others.set(`${owner.host} ${owner.pid}`, owner)
  }
  return others.size === 0 ? error : new LedgerError({ reason: { ...error.reason, holders: [...others.values()] } })
}

/** Some unit is not settled: it failed, timed out, was interrupted, or never ended. */
const isUnfinished = ({ counts }: RunSummary): boolean =>
  counts.succeeded + counts.reused + counts.skipped < counts.planned
