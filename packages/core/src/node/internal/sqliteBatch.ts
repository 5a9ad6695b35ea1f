/**
 * What one commit of a run writes, in one transaction: the events, what they say about each unit, and where the run
 * stands; and before all that, whether the lease still holds. Statements are prepared once: at eight units in flight a
 * commit has eight units, and everything here is paid once per commit.
 *
 * @layer adapter
 * @module
 */
import { emptyCounts, type Status } from "../../Outcome.ts"
import type { RunEvent, RunStatus } from "../../RunEvent.ts"
import { lost, runKey } from "../../internal/leaseRules.ts"
import type { LedgerFile } from "./ledgerFile.ts"
import { checksum, readStatus } from "./ledgerRows.ts"
import { rowsPerRun } from "./ledgerSchema.ts"
import { columns, corrupt, storage } from "./sqliteErrors.ts"
import { readLease } from "./sqliteLeases.ts"

/** Events with their encoded text and time, in order; three arrays, since an object for each would cost more. */
export interface Batch {
  readonly events: ReadonlyArray<RunEvent>
  readonly bodies: ReadonlyArray<string>
  readonly times: ReadonlyArray<number>
}

/** What a batch says about one unit. */
interface Change {
  started: number
  status: Status | undefined
  seq: number
}

/** By how much the numbers of a run change. */
type Deltas = Record<Status, number>

/** Writes batches of one run under one lease. To be called inside a transaction. */
export const makeWriteBatch = (
  file: LedgerFile,
  run: { readonly id: string; readonly no: number },
  fencing: number,
): ((batch: Batch) => void) => {
  const { location, statement } = file
  const read = columns(location)
  const key = runKey(run.id)
  const first = run.no * rowsPerRun
  const selectHeld = statement(
    "SELECT r.last_seq, l.fencing FROM runs r LEFT JOIN leases l ON l.key = ? AND l.held = 1 WHERE r.no = ?",
  )
  const insertEvent = statement("INSERT INTO events (key, at_ms, body, crc) VALUES (?, ?, ?, ?)")
  const updateStarted = statement(
    "UPDATE states SET started = started + ? WHERE run = ? AND id = ? AND position IS NOT NULL",
  )
  const updateFirst = statement(
    "UPDATE states SET started = started + ?, status = ?, outcome_seq = ?, fingerprint = NULL " +
      "WHERE run = ? AND id = ? AND position IS NOT NULL AND status IS NULL",
  )
  const selectStatus = statement("SELECT status FROM states WHERE run = ? AND id = ? AND position IS NOT NULL")
  const updateAgain = statement(
    "UPDATE states SET started = started + ?, status = ?, outcome_seq = ?, fingerprint = NULL WHERE run = ? AND id = ?",
  )
  const updateRun = statement(
    "UPDATE runs SET last_seq = ?, updated_at_ms = ?, sessions = sessions + ?, succeeded = succeeded + ?, " +
      "failed = failed + ?, timed_out = timed_out + ?, interrupted = interrupted + ?, not_started = not_started + ?, " +
      "skipped = skipped + ?, reused = reused + ? WHERE no = ?",
  )
  const updateEnded = statement("UPDATE runs SET ended = ? WHERE no = ?")

  /** The number of the run's last event; `LeaseLost` where another process may have written since. */
  const lastSeq = (): number => {
    const row = selectHeld.get(key, run.no)
    if (row === undefined) throw storage(location, "append", `run ${run.id} is gone`)
    if (row["fencing"] !== fencing) {
      throw lost(key, fencing, readLease(file, key)) ?? corrupt(location, `the lease ${key} makes no sense`)
    }
    return read.integer(row, "last_seq")
  }

  const writeState = (id: string, { started, status, seq }: Change, deltas: Deltas): void => {
    if (status === undefined) {
      updateStarted.run(started, run.no, id)
      return
    }
    if (updateFirst.run(started, status, seq, run.no, id).changes !== 1) {
      // It has ended before; or it is not in the plan, and then its event is all that is kept.
      const row = selectStatus.get(run.no, id)
      if (row === undefined) return
      deltas[readStatus(location, read.text(row, "status"))] -= 1
      updateAgain.run(started, status, seq, run.no, id)
    }
    deltas[status] += 1
  }

  return ({ events, bodies, times }) => {
    let seq = lastSeq()
    if (seq + events.length >= rowsPerRun) throw storage(location, "append", "the run has too many events", "full")
    const changes = new Map<string, Change>()
    let sessions = 0
    let ended: RunStatus | null | undefined
    for (const [i, event] of events.entries()) {
      const body = bodies[i] ?? ""
      const atMs = times[i] ?? 0
      seq += 1
      insertEvent.run(first + seq, atMs, body, checksum(seq, atMs, body))
      switch (event.type) {
        case "unitStarted":
          changeOf(changes, event.id).started += 1
          break
        case "unitFinished": {
          const change = changeOf(changes, event.outcome.id)
          change.status = event.outcome.status
          change.seq = seq
          break
        }
        case "runStarted":
          sessions += 1
          ended = null
          break
        case "runFinished":
          ended = event.status
          break
        default:
          break
      }
    }
    const deltas: Deltas = { ...emptyCounts(0) }
    for (const [id, change] of changes) writeState(id, change, deltas)
    updateRun.run(
      seq,
      times.at(-1) ?? 0,
      sessions,
      deltas.succeeded,
      deltas.failed,
      deltas.timedOut,
      deltas.interrupted,
      deltas.notStarted,
      deltas.skipped,
      deltas.reused,
      run.no,
    )
    if (ended !== undefined) updateEnded.run(ended, run.no)
  }
}

const changeOf = (changes: Map<string, Change>, id: string): Change => {
  let change = changes.get(id)
  if (change === undefined) {
    change = { started: 0, status: undefined, seq: 0 }
    changes.set(id, change)
  }
  return change
}
