/**
 * The writer of one run in a ledger file. Events wait in a flat buffer and are committed together: once per turn of the
 * event loop, or at once when many are waiting. Whether the lease still holds is asked inside each transaction, so that
 * a process that was taken for dead writes nothing.
 *
 * @layer adapter
 * @module
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { crc32 } from "node:zlib"
import { type LedgerError, type LedgerWriter } from "../../Ledger.ts"
import type { Status } from "../../Outcome.ts"
import type { RunEvent, RunStatus } from "../../RunEvent.ts"
import { lost, runKey } from "../../internal/leaseRules.ts"
import type { LedgerFile } from "./ledgerFile.ts"
import { countColumns, readStatus } from "./ledgerRows.ts"
import { rowsPerRun } from "./ledgerSchema.ts"
import { columns, isBusy, storage, toLedgerError } from "./sqliteErrors.ts"
import { readLease } from "./sqliteLeases.ts"

/** Events at which a commit does not wait for the end of the turn. */
const batchEvents = 1_024
/** How often a commit is tried again while another process writes; each try waits 250 ms in SQLite as well. */
const busyRetriesMax = 120
const busyRetryMs = 25

type Committed = ((error?: LedgerError) => void) | undefined

interface Batch {
  readonly events: Array<RunEvent>
  readonly bodies: Array<string>
  readonly times: Array<number>
  readonly callbacks: Array<Committed>
}

/** What a batch says about one unit. */
interface Change {
  started: number
  status: Status | undefined
  seq: number
}

const emptyBatch = (): Batch => ({ events: [], bodies: [], times: [], callbacks: [] })

/** Writes the events of one run. {@link writer} is what callers get; `close` commits what waits and ends it. */
export class SqliteWriter {
  private readonly file: LedgerFile
  private readonly run: { readonly id: string; readonly no: number }
  private readonly fencing: number
  private readonly clock: Clock.Clock
  private waiting: Batch = emptyBatch()
  private failure: LedgerError | undefined
  private immediate: NodeJS.Immediate | undefined
  private retryTimer: NodeJS.Timeout | undefined
  private busyRetries = 0
  private committing = false
  private appended = 0
  private done = 0
  private flushes: Array<{
    readonly upTo: number
    readonly resume: (result: Effect.Effect<void, LedgerError>) => void
  }> = []

  constructor(
    file: LedgerFile,
    run: { readonly id: string; readonly no: number },
    fencing: number,
    clock: Clock.Clock,
  ) {
    this.file = file
    this.run = run
    this.fencing = fencing
    this.clock = clock
  }

  readonly writer: LedgerWriter = {
    append: (event, committed) => this.append(event, committed),
    pending: () => this.appended - this.done,
    flush: Effect.callback<void, LedgerError>((resume) => {
      if (this.failure !== undefined) return resume(Effect.fail(this.failure))
      if (this.done === this.appended) return resume(Effect.void)
      this.flushes.push({ upTo: this.appended, resume })
      if (this.retryTimer === undefined) this.commit()
    }),
  }

  /** Commits what waits and accepts nothing more. What cannot be committed is told to its callbacks. */
  close(): void {
    if (this.waiting.bodies.length > 0) this.commit()
    if (this.failure === undefined) {
      this.fail(storage(this.file.location, "append", "the writer was closed"))
    }
  }

  private append(event: RunEvent, committed: Committed): void {
    if (this.failure !== undefined) return committed?.(this.failure)
    let body: string
    try {
      body = JSON.stringify(event)
    } catch (error) {
      // What was given before it is sound and is written first.
      this.commit()
      if (this.failure !== undefined) return committed?.(this.failure)
      this.appended += 1
      this.waiting.callbacks.push(committed)
      return this.fail(toLedgerError(error, this.file.location, "encode"))
    }
    this.appended += 1
    const batch = this.waiting
    batch.events.push(event)
    batch.bodies.push(body)
    batch.times.push(this.clock.currentTimeMillisUnsafe())
    batch.callbacks.push(committed)
    if (batch.bodies.length >= batchEvents && !this.committing && this.retryTimer === undefined) this.commit()
    else this.schedule()
  }

  private schedule(): void {
    if (this.immediate !== undefined || this.retryTimer !== undefined) return
    this.immediate = setImmediate(() => {
      this.immediate = undefined
      this.commit()
    })
  }

  private commit(): void {
    if (this.committing || this.waiting.bodies.length === 0 || this.failure !== undefined) return
    clearTimeout(this.retryTimer)
    this.retryTimer = undefined
    const batch = this.waiting
    this.committing = true
    try {
      this.file.transaction(() => this.write(batch))
    } catch (thrown) {
      this.committing = false
      const error = toLedgerError(thrown, this.file.location, "commit")
      if (!isBusy(error) || this.busyRetries >= busyRetriesMax) return this.fail(error)
      this.busyRetries += 1
      this.retryTimer = setTimeout(() => this.commit(), busyRetryMs)
      return
    }
    this.busyRetries = 0
    this.waiting = emptyBatch()
    this.done += batch.bodies.length
    for (const committed of batch.callbacks) this.call(committed)
    this.committing = false
    this.wake()
    if (this.waiting.bodies.length > 0) this.schedule()
  }

  /** Everything of one batch, inside its transaction. */
  private write(batch: Batch): void {
    const { file, run } = this
    const read = columns(file.location)
    const key = runKey(run.id)
    const gone = lost(key, this.fencing, readLease(file, key))
    if (gone !== undefined) throw gone
    const known = file.statement("SELECT last_seq FROM runs WHERE no = ?").get(run.no)
    if (known === undefined) throw storage(file.location, "append", `run ${run.id} is gone`)
    let seq = read.integer(known, "last_seq")
    const count = batch.bodies.length
    if (seq + count >= rowsPerRun) throw storage(file.location, "append", "the run has too many events", "full")
    const insert = file.statement("INSERT INTO events (key, at_ms, body, crc) VALUES (?, ?, ?, ?)")
    const first = run.no * rowsPerRun
    const changes = new Map<string, Change>()
    let sessions = 0
    let ended: RunStatus | null | undefined
    for (let i = 0; i < count; i++) {
      const event = batch.events[i]
      const body = batch.bodies[i]
      const atMs = batch.times[i]
      if (event === undefined || body === undefined || atMs === undefined) continue
      seq += 1
      insert.run(first + seq, atMs, body, crc32(body))
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
    this.writeStates(changes)
    file
      .statement("UPDATE runs SET last_seq = ?, updated_at_ms = ?, sessions = sessions + ? WHERE no = ?")
      .run(seq, batch.times.at(-1) ?? 0, sessions, run.no)
    if (ended !== undefined) file.statement("UPDATE runs SET ended = ? WHERE no = ?").run(ended, run.no)
  }

  private writeStates(changes: ReadonlyMap<string, Change>): void {
    const { file, run } = this
    const started = file.statement(
      "UPDATE states SET started = started + ? WHERE run = ? AND id = ? AND position IS NOT NULL",
    )
    const fresh = file.statement(
      "UPDATE states SET started = started + ?, status = ?, outcome_seq = ?, fingerprint = NULL " +
        "WHERE run = ? AND id = ? AND position IS NOT NULL AND status IS NULL",
    )
    const counts = new Map<Status, number>()
    const add = (status: Status, by: number) => counts.set(status, (counts.get(status) ?? 0) + by)
    for (const [id, change] of changes) {
      if (change.status === undefined) {
        started.run(change.started, run.no, id)
      } else if (fresh.run(change.started, change.status, change.seq, run.no, id).changes === 1) {
        add(change.status, 1)
      } else {
        this.writeAgain(id, change.status, change, add)
      }
    }
    for (const [status, by] of counts) {
      const column = countColumns[status]
      if (by !== 0) file.statement(`UPDATE runs SET ${column} = ${column} + ? WHERE no = ?`).run(by, run.no)
    }
  }

  /** A unit that has ended before, or that is not in the plan: then its event is all that is kept. */
  private writeAgain(id: string, status: Status, change: Change, add: (status: Status, by: number) => void): void {
    const { file, run } = this
    const row = file
      .statement("SELECT status FROM states WHERE run = ? AND id = ? AND position IS NOT NULL")
      .get(run.no, id)
    if (row === undefined) return
    add(readStatus(file.location, columns(file.location).text(row, "status")), -1)
    add(status, 1)
    file
      .statement(
        "UPDATE states SET started = started + ?, status = ?, outcome_seq = ?, fingerprint = NULL " +
          "WHERE run = ? AND id = ?",
      )
      .run(change.started, status, change.seq, run.no, id)
  }

  /** Ends the writer: everything that waits, and everything later, gets this error. */
  private fail(error: LedgerError): void {
    this.failure = error
    clearImmediate(this.immediate)
    clearTimeout(this.retryTimer)
    this.immediate = undefined
    this.retryTimer = undefined
    const { callbacks } = this.waiting
    this.waiting = emptyBatch()
    this.done = this.appended
    for (const committed of callbacks) this.call(committed, error)
    this.wake()
  }

  /** A callback that throws must not keep the others from being called; its error surfaces as an uncaught one. */
  private call(committed: Committed, error?: LedgerError): void {
    if (committed === undefined) return
    try {
      if (error === undefined) committed()
      else committed(error)
    } catch (thrown) {
      setImmediate(() => {
        throw thrown
      })
    }
  }

  private wake(): void {
    const { failure } = this
    const ready = failure === undefined ? this.flushes.filter(({ upTo }) => upTo <= this.done) : this.flushes
    if (ready.length === 0) return
    this.flushes = failure === undefined ? this.flushes.filter(({ upTo }) => upTo > this.done) : []
    for (const { resume } of ready) resume(failure === undefined ? Effect.void : Effect.fail(failure))
    if (this.flushes.length > 0) this.schedule()
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
