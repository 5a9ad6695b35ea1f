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
import type { LedgerError, LedgerWriter } from "../../Ledger.ts"
import type { RunEvent } from "../../RunEvent.ts"
import type { LedgerFile } from "./ledgerFile.ts"
import { type BatchWriter, makeBatchWriter } from "./sqliteBatch.ts"
import { encodeEvent } from "./ledgerText.ts"
import { isBusy, storage, toLedgerError } from "./sqliteErrors.ts"
import type { States } from "./sqliteStates.ts"

/** Events at which a commit does not wait for the end of the turn. */
const batchEvents = 1_024
/** How often a commit is tried again while another process writes; each try waits 250 ms in SQLite as well. */
const busyRetriesMax = 120
const busyRetryMs = 25

type Committed = ((error?: LedgerError) => void) | undefined

interface Waiting {
  readonly events: Array<RunEvent>
  readonly bodies: Array<string>
  readonly times: Array<number>
  readonly positions: Array<number | undefined>
  readonly callbacks: Array<Committed>
}

const emptyBatch = (): Waiting => ({ events: [], bodies: [], times: [], positions: [], callbacks: [] })

/** Writes the events of one run. {@link writer} is what callers get; `close` commits what waits and ends it. */
export class SqliteWriter {
  private readonly file: LedgerFile
  private readonly batches: BatchWriter
  private readonly clock: Clock.Clock
  private readonly explain: (error: LedgerError) => LedgerError
  private waiting: Waiting = emptyBatch()
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
    runId: string,
    fencing: number,
    states: States,
    clock: Clock.Clock,
    explain: (error: LedgerError) => LedgerError,
  ) {
    this.file = file
    this.batches = makeBatchWriter(file, runId, fencing, states)
    this.clock = clock
    this.explain = explain
  }

  readonly writer: LedgerWriter = {
    append: (event, committed, atMs, position) => this.append(event, committed, atMs, position),
    commitNow: () => {
      if (this.retryTimer === undefined) this.commit()
    },
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
      this.settle()
      this.fail(storage(this.file.location, "append", "the writer was closed"))
    }
  }

  /** A run whose row lags behind is read right all the same; so where this fails, nothing is lost. */
  private settle(): void {
    if (this.batches.isSettled()) return
    try {
      this.file.transaction(() => this.batches.settle())
    } catch {
      // The last row of events tells.
    }
  }

  private append(event: RunEvent, committed: Committed, atMs: number | undefined, position: number | undefined): void {
    if (this.failure !== undefined) return committed?.(this.failure)
    let body: string
    try {
      body = encodeEvent(event)
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
    batch.times.push(atMs ?? this.clock.currentTimeMillisUnsafe())
    batch.positions.push(position)
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
      this.file.transaction(() => this.batches.write(batch))
      this.batches.committed()
    } catch (thrown) {
      this.committing = false
      const error = toLedgerError(thrown, this.file.location, "commit")
      if (!isBusy(error) || this.busyRetries >= busyRetriesMax) return this.fail(this.explain(error))
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
