/**
 * Reading a run by pages of bounded size: events, unit states and outcomes. Pages are short reads of their own, so that a
 * slow reader holds nothing back; what one stream gives is still of one plan.
 *
 * @layer adapter
 * @module
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { LedgerError, UnitState } from "../../Ledger.ts"
import type { Outcome } from "../../Outcome.ts"
import type { StoredEvent } from "../../RunEvent.ts"
import type { LedgerFile } from "./ledgerFile.ts"
import { readCounts, readEvent, readOutcome } from "./ledgerRows.ts"
import { rowsPerRun } from "./ledgerSchema.ts"
import { columns, corrupt, type Row } from "./sqliteErrors.ts"
import type { Use } from "./sqliteLeases.ts"
import { checkGeneration, findRun } from "./sqlitePlans.ts"

/** Rows of a page at most. */
const pageRows = 1_000
/** Characters of text after which a page ends early; one row may be longer. */
const pageCharsMax = 1_000_000

/** Steps through rows until the page is full. Returns whether it stopped before the rows ended. */
const fillPage = (rows: Iterable<Row>, take: (row: Row) => void): boolean => {
  let chars = 0
  for (const row of rows) {
    take(row)
    const body = row["body"]
    if (typeof body === "string") chars += body.length
    if (chars >= pageCharsMax) return true
  }
  return false
}

/**
 * Holds the number of outcomes that were read against the run's own count: a damaged page can lose rows without SQLite
 * seeing it, and a lost outcome would be a unit that runs twice. A writer may add outcomes meanwhile, never take one.
 */
const makeTally = (file: LedgerFile, runId: string): ((found: number) => void) => {
  const count = (row: Row): number => {
    const { planned: _, ...ended } = readCounts(file.location, row)
    return Object.values(ended).reduce((sum, units) => sum + units, 0)
  }
  const least = count(findRun(file, runId))
  return (found) => {
    const most = count(findRun(file, runId))
    if (found < least || found > most) {
      throw corrupt(file.location, `run ${runId} counts ${most} outcomes, but ${found} can be read`)
    }
  }
}

/** Pages one after the other; `read` gives a page and where the next one begins. */
const pages = <A, S>(
  use: Use,
  start: S,
  read: (state: S) => readonly [ReadonlyArray<A>, Option.Option<S>],
): Stream.Stream<A, LedgerError> =>
  Stream.paginate(start, (state: S) =>
    Effect.andThen(
      Effect.yieldNow,
      use("read", () => read(state)),
    ),
  )

export const events = (
  file: LedgerFile,
  use: Use,
  runId: string,
  afterSeq: number,
): Stream.Stream<StoredEvent, LedgerError> =>
  Stream.unwrap(
    use("read events", () => {
      const { location } = file
      const read = columns(location)
      const run = findRun(file, runId)
      const first = read.integer(run, "no") * rowsPerRun
      const endSeq = read.integer(run, "last_seq")
      return pages(use, Math.max(0, Math.floor(afterSeq)), (after) => {
        const page: Array<StoredEvent> = []
        let seq = after
        const rows = file
          .statement("SELECT key, at_ms, body, crc FROM events WHERE key > ? AND key <= ? ORDER BY key LIMIT ?")
          .iterate(first + after, first + endSeq, pageRows)
        fillPage(rows, (row) => {
          const found = read.integer(row, "key") - first
          if (found !== seq + 1) throw corrupt(location, `event ${seq + 1} of run ${runId} is gone`)
          seq = found
          const event = readEvent(location, row, `event ${seq} of run ${runId}`)
          page.push({ runId, seq, atMs: read.number(row, "at_ms"), event })
        })
        if (seq < endSeq && page.length === 0) throw corrupt(location, `event ${seq + 1} of run ${runId} is gone`)
        return [page, seq < endSeq ? Option.some(seq) : Option.none()]
      })
    }),
  )

export const unitStates = (file: LedgerFile, use: Use, runId: string): Stream.Stream<UnitState, LedgerError> =>
  Stream.unwrap(
    use("read unit states", () => {
      const { location } = file
      const read = columns(location)
      const run = findRun(file, runId)
      const no = read.integer(run, "no")
      const generation = read.integer(run, "generation")
      const checkTally = makeTally(file, runId)
      return pages(use, { after: "", before: 0 }, ({ after, before }) => {
        checkGeneration(file, no, generation)
        const page: Array<UnitState> = []
        let last = after
        let found = before
        const rows = file
          .statement(
            "SELECT s.id, s.started, s.status, coalesce(s.fingerprint, u.fingerprint) AS fingerprint, e.key, e.at_ms, e.body, e.crc " +
              "FROM states s LEFT JOIN units u ON u.key = ?1 + s.position LEFT JOIN events e ON e.key = ?1 + s.outcome_seq " +
              "WHERE s.run = ?2 AND s.id > ?3 AND s.position IS NOT NULL AND (s.started > 0 OR s.status IS NOT NULL) " +
              "ORDER BY s.id LIMIT ?4",
          )
          .iterate(no * rowsPerRun, no, after, pageRows)
        const cut = fillPage(rows, (row) => {
          last = read.text(row, "id")
          const outcome = readOutcome(location, row)
          if (outcome !== undefined) found += 1
          page.push({
            id: last,
            outcome,
            fingerprint: read.text(row, "fingerprint"),
            started: read.integer(row, "started"),
          })
        })
        const more = cut || page.length === pageRows
        if (!more) checkTally(found)
        return [page, more ? Option.some({ after: last, before: found }) : Option.none()]
      })
    }),
  )

export const outcomes = (file: LedgerFile, use: Use, runId: string): Stream.Stream<Outcome, LedgerError> =>
  Stream.unwrap(
    use("read outcomes", () => {
      const { location } = file
      const read = columns(location)
      const run = findRun(file, runId)
      const no = read.integer(run, "no")
      const first = no * rowsPerRun
      const generation = read.integer(run, "generation")
      const planned = read.integer(run, "planned")
      const checkTally = makeTally(file, runId)
      return pages(use, { from: 0, before: 0 }, ({ from, before }) => {
        checkGeneration(file, no, generation)
        const page: Array<Outcome> = []
        let next = Math.min(from + pageRows, planned)
        const rows = file
          .statement(
            "SELECT u.key AS unit, s.id, s.status, e.key, e.at_ms, e.body, e.crc " +
              "FROM units u CROSS JOIN states s ON s.run = ?2 AND s.id = u.id LEFT JOIN events e ON e.key = ?1 + s.outcome_seq " +
              "WHERE u.key >= ?3 AND u.key < ?4 AND s.status IS NOT NULL ORDER BY u.key",
          )
          .iterate(first, no, first + from, first + next)
        let last = from
        const cut = fillPage(rows, (row) => {
          const outcome = readOutcome(location, row)
          if (outcome !== undefined) page.push(outcome)
          last = read.integer(row, "unit") - first
        })
        if (cut) next = last + 1
        const more = next < planned
        const found = before + page.length
        if (!more) checkTally(found)
        return [page, more ? Option.some({ from: next, before: found }) : Option.none()]
      })
    }),
  )
