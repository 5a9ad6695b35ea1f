/**
 * What one commit of a run writes, in one transaction: a row with the events and what they say about units, written only
 * where the lease still holds and the plan is still the one that is known here. At eight units in flight a commit has
 * eight units, and everything here is paid once per commit: one statement and, mostly, one page.
 *
 * The row of `runs` follows now and then and at the end; until then the last row of events says where the run stands.
 *
 * @layer adapter
 * @module
 */
import type { RunEvent, RunStatus } from "../../RunEvent.ts"
import { lost, runKey } from "../../internal/leaseRules.ts"
import type { LedgerFile } from "./ledgerFile.ts"
import { codes, encodeMarks, noUnit, startedCode, statuses } from "./ledgerMarks.ts"
import { checksum, countColumns, readStanding, type Standing } from "./ledgerRows.ts"
import { rowsPerRun } from "./ledgerSchema.ts"
import { columns, corrupt, isConstraint, storage } from "./sqliteErrors.ts"
import { readLease } from "./sqliteLeases.ts"
import { findRun, readPositions } from "./sqlitePlans.ts"
import { States } from "./sqliteStates.ts"

/** Events of one row at most, and characters after which a row ends early; one event may be longer. */
const rowEventsMax = 128
const rowCharsMax = 256 * 1024
/** Events after which the row of `runs` is brought up to date. */
const runEvents = 2_048

/** Events with their encoded text, time and given position, in order; arrays, since an object for each would cost more. */
export interface Batch {
  readonly events: ReadonlyArray<RunEvent>
  readonly bodies: ReadonlyArray<string>
  readonly times: ReadonlyArray<number>
  readonly positions: ReadonlyArray<number | undefined>
}

/** Writes batches of one run under one lease. `write` and `settle` are to be called inside a transaction. */
export interface BatchWriter {
  readonly write: (batch: Batch) => void
  /** To be called when the transaction of `write` was committed: only then is what it wrote so. */
  readonly committed: () => void
  /** Brings the row of `runs` up to date where it is not; nothing happens where the lease is lost. */
  readonly settle: () => void
  readonly isSettled: () => boolean
}

/** How the writer believes the run to stand. */
interface Known {
  seq: number
  storedSeq: number
  atMs: number
  counts: Array<number>
}

/** `states` is what the run's units were when the writer was opened. */
export const makeBatchWriter = (file: LedgerFile, runId: string, fencing: number, opened: States): BatchWriter => {
  const { location, statement } = file
  const key = runKey(runId)
  const { no, generation: openedGeneration } = opened.standing
  const first = no * rowsPerRun
  // Whether the lease holds, and whether the plan is the one that the marks are of, is asked by the insert itself.
  const insertRow = statement(
    "INSERT INTO events (key, at_ms, marks, body, crc) SELECT ?, ?, ?, ?, ? FROM leases l, runs r " +
      "WHERE l.key = ? AND l.held = 1 AND l.fencing = ? AND r.no = ? AND r.generation = ?",
  )
  const updateRun = statement(
    `UPDATE runs SET last_seq = ?, updated_at_ms = ?, ${statuses.map((status) => `${countColumns[status]} = ?`).join(", ")} ` +
      "WHERE no = ? AND generation = ? AND EXISTS (SELECT 1 FROM leases WHERE key = ? AND held = 1 AND fencing = ?)",
  )
  const selectLast = statement("SELECT key FROM events WHERE key > ? AND key < ? ORDER BY key DESC LIMIT 1")
  const updateSession = statement("UPDATE runs SET sessions = sessions + ?, ended = ? WHERE no = ?")

  let standing: Standing = opened.standing
  let unitCodes = opened.codes
  let known: Known = knownOf(opened.standing)
  let next: Known = known
  /** Codes that a transaction under way has replaced: position and old code, in order. */
  let undo: Array<number> = []
  let positions: ReadonlyMap<string, number> | undefined

  /** Learns anew how the run stands: another writer of the same lease, or another plan. */
  const reload = (): void => {
    standing = readStanding(file, findRun(file, runId))
    unitCodes = new States(file, runId, standing).readAll().codes
    known = knownOf(standing)
    positions = undefined
  }

  /** Why the insert did not insert; nothing where trying again with what is known now is right. */
  const refuse = (): void => {
    const kept = readLease(file, key)
    const gone = lost(key, fencing, kept)
    if (gone !== undefined) throw gone
    const row = statement("SELECT * FROM runs WHERE no = ? AND id = ?").get(no, runId)
    if (row === undefined) throw storage(location, "append", `run ${runId} is gone`)
    const isSamePlan = columns(location).integer(row, "generation") === standing.generation
    if (isSamePlan && selectLast.get(first + known.seq, first + rowsPerRun) === undefined) {
      throw corrupt(location, `the lease ${key} makes no sense`)
    }
  }

  const positionOf = (event: RunEvent, given: number | undefined): number | undefined => {
    // A place that was given is one in the plan that the writer was opened with.
    if (
      given !== undefined &&
      standing.generation === openedGeneration &&
      Number.isInteger(given) &&
      given >= 0 &&
      given < standing.planned
    ) {
      return given
    }
    positions ??= readPositions(file, runId, standing)
    return positions.get(event.type === "unitFinished" ? event.outcome.id : "id" in event ? event.id : "")
  }

  const markOf = (event: RunEvent, given: number | undefined): number => {
    if (event.type !== "unitStarted" && event.type !== "unitFinished") return noUnit
    const position = positionOf(event, given)
    if (position === undefined) return noUnit
    if (event.type === "unitStarted") return position * 8 + startedCode
    const code = codes[event.outcome.status]
    const before = unitCodes[position] ?? 0
    undo.push(position, before)
    unitCodes[position] = code
    next.counts[before] = (next.counts[before] ?? 0) - 1
    next.counts[code] = (next.counts[code] ?? 0) + 1
    return position * 8 + code
  }

  /** Where the row that begins at `from` ends. Its times are kept as differences, which are exact for whole numbers. */
  const rowEnd = ({ bodies, times }: Batch, from: number): number => {
    let to = from
    let chars = 0
    while (to < bodies.length && to - from < rowEventsMax && chars < rowCharsMax) {
      if (to > from && !(Number.isSafeInteger(times[to]) && Number.isSafeInteger(times[to - 1]))) break
      chars += bodies[to]?.length ?? 0
      to += 1
    }
    return to
  }

  const writeRow = (batch: Batch, from: number, to: number): boolean => {
    const { events, bodies, times, positions: given } = batch
    const atMs = times[to - 1] ?? 0
    const marks: Array<number> = []
    let body = ""
    for (let i = from; i < to; i++) {
      const event = events[i]
      marks.push(event === undefined ? noUnit : markOf(event, given[i]))
      body += `${i === from ? "[[" : ",["}${atMs - (times[i] ?? 0)},${bodies[i] ?? ""}`
    }
    body += "]"
    const seq = next.seq + 1
    const counts = encodeMarks(marks, next.counts, seq, atMs)
    const crc = checksum(seq, atMs, body)
    next.seq += to - from
    next.atMs = atMs
    try {
      return insertRow.run(first + seq, atMs, counts, body, crc, key, fencing, no, standing.generation).changes === 1
    } catch (error) {
      // The number is taken: somebody else wrote under this lease.
      if (isConstraint(error)) return false
      throw error
    }
  }

  const writeRows = (batch: Batch): boolean => {
    next = { ...known, counts: [...known.counts] }
    undo = []
    if (next.seq + batch.events.length >= rowsPerRun) {
      throw storage(location, "append", "the run has too many events", "full")
    }
    for (let from = 0, to = 0; from < batch.events.length; from = to) {
      to = rowEnd(batch, from)
      if (!writeRow(batch, from, to)) return false
    }
    return true
  }

  const putBack = (): void => {
    for (let i = undo.length - 2; i >= 0; i -= 2) unitCodes[undo[i] ?? 0] = undo[i + 1] ?? 0
    undo = []
  }

  const storeRun = (of: Known): void => {
    updateRun.run(of.seq, of.atMs, ...of.counts.slice(1), no, standing.generation, key, fencing)
    of.storedSeq = of.seq
  }

  const write = (batch: Batch): void => {
    putBack()
    if (!writeRows(batch)) {
      putBack()
      refuse()
      reload()
      if (!writeRows(batch)) throw corrupt(location, `run ${runId} makes no sense`)
    }
    const sessions = sessionsOf(batch.events)
    if (sessions !== undefined) updateSession.run(sessions.begun, sessions.ended, no)
    if (sessions !== undefined || next.seq - next.storedSeq >= runEvents) storeRun(next)
  }

  return {
    write,
    committed: () => {
      known = next
      undo = []
    },
    settle: () => storeRun(known),
    isSettled: () => known.storedSeq === known.seq,
  }
}

const knownOf = ({ lastSeq, storedSeq, updatedAtMs, counts }: Standing): Known => ({
  seq: lastSeq,
  storedSeq,
  atMs: updatedAtMs,
  counts: [...counts],
})

/** Sessions that begin in these events, and how the run stands after them; nothing where they tell of no session. */
const sessionsOf = (
  events: ReadonlyArray<RunEvent>,
): { readonly begun: number; readonly ended: RunStatus | null } | undefined => {
  let found: { begun: number; ended: RunStatus | null } | undefined
  for (const event of events) {
    if (event.type === "runStarted") found = { begun: (found?.begun ?? 0) + 1, ended: null }
    else if (event.type === "runFinished") found = { begun: found?.begun ?? 0, ended: event.status }
  }
  return found
}
