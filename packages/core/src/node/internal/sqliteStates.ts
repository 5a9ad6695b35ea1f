/**
 * What is known of each unit of a run, by its place in the plan: what earlier plans left in `states`, and then what the
 * marks of the events since say, in order. Ten bytes a unit, whatever the outcomes hold.
 *
 * @layer adapter
 * @module
 */
import type { LedgerFile } from "./ledgerFile.ts"
import { codes, noUnit, startedCode, statuses } from "./ledgerMarks.ts"
import { readMarks, readStatus, type Standing } from "./ledgerRows.ts"
import { rowsPerRun } from "./ledgerSchema.ts"
import { columns, corrupt } from "./sqliteErrors.ts"

/** Where an outcome's event is: the first event of its row, and its place in the row. */
export interface Place {
  readonly rowSeq: number
  readonly index: number
}

/** Reads the states of one run as it stood; `step` goes on, a bounded number of rows at a time, until it gives false. */
export class States {
  readonly standing: Standing
  /** Status codes by position; 0 where the unit never ended. */
  readonly codes: Uint8Array
  readonly started: Uint32Array
  /** Fingerprints under which units ended, where the plan has another one now. */
  readonly fingerprints = new Map<number, string>()
  private readonly file: LedgerFile
  private readonly runId: string
  private readonly rowSeqs: Uint32Array
  private readonly indexes: Uint8Array
  private keptAfter: string | undefined = ""
  private seq: number
  /** Units by status code; index 0 means nothing. */
  private readonly found = [0, ...statuses.map(() => 0)]

  constructor(file: LedgerFile, runId: string, standing: Standing) {
    this.file = file
    this.runId = runId
    this.standing = standing
    this.codes = new Uint8Array(standing.planned)
    this.started = new Uint32Array(standing.planned)
    this.rowSeqs = new Uint32Array(standing.planned)
    this.indexes = new Uint8Array(standing.planned)
    this.seq = standing.foldedSeq
  }

  /** Where the outcome of the unit at a position is; call it only where `codes` has one. */
  place(position: number): Place {
    return { rowSeq: this.rowSeqs[position] ?? 0, index: this.indexes[position] ?? 0 }
  }

  /** All of it at once, for those who are inside a transaction. */
  readAll(): this {
    while (this.step(Number.MAX_SAFE_INTEGER)) {
      // Each step goes on.
    }
    return this
  }

  step(rowsMax: number): boolean {
    if (this.keptAfter !== undefined) {
      // The first plan has nothing before it.
      this.keptAfter = this.standing.foldedSeq === 0 ? undefined : this.readKept(this.keptAfter, rowsMax)
      return true
    }
    if (this.seq < this.standing.lastSeq) this.readEvents(rowsMax)
    if (this.seq < this.standing.lastSeq) return true
    this.check()
    return false
  }

  private readKept(after: string, rowsMax: number): string | undefined {
    const { file, standing } = this
    const read = columns(file.location)
    const first = standing.no * rowsPerRun
    let last: string | undefined
    let found = 0
    const rows = file
      .statement(
        "SELECT id, position, started, status, outcome_seq, fingerprint FROM states " +
          "WHERE run = ? AND id > ? AND position IS NOT NULL ORDER BY id LIMIT ?",
      )
      .iterate(standing.no, after, rowsMax)
    for (const row of rows) {
      found += 1
      last = read.text(row, "id")
      const position = this.checkPosition(read.integer(row, "position"))
      this.started[position] = read.integer(row, "started")
      const status = read.textOrNull(row, "status")
      if (status === undefined) continue
      const seq = read.integer(row, "outcome_seq")
      const key = file
        .statement("SELECT key FROM events WHERE key >= ? AND key <= ? ORDER BY key DESC LIMIT 1")
        .get(first, first + seq)
      if (key === undefined) throw corrupt(file.location, `event ${seq} of run ${this.runId} is gone`)
      const rowSeq = read.integer(key, "key") - first
      this.end(position, codes[readStatus(file.location, status)], rowSeq, seq - rowSeq)
      const fingerprint = read.textOrNull(row, "fingerprint")
      if (fingerprint !== undefined) this.fingerprints.set(position, fingerprint)
    }
    return found < rowsMax ? undefined : last
  }

  private readEvents(rowsMax: number): void {
    const { file, standing, runId } = this
    const { location } = file
    const first = standing.no * rowsPerRun
    let found = 0
    const rows = file
      .statement("SELECT key, at_ms, marks FROM events WHERE key > ? AND key <= ? ORDER BY key LIMIT ?")
      .iterate(first + this.seq, first + standing.lastSeq, rowsMax)
    for (const row of rows) {
      found += 1
      const { seq, marks } = readMarks(location, row)
      if (seq !== this.seq + 1) throw corrupt(location, `event ${this.seq + 1} of run ${runId} is gone`)
      for (let index = 0; index < marks.events; index++) {
        const mark = marks.mark(index)
        if (mark === noUnit) continue
        const position = this.checkPosition(Math.floor(mark / 8))
        if (mark % 8 === startedCode) this.started[position] = (this.started[position] ?? 0) + 1
        else {
          this.end(position, mark % 8, seq, index)
          if (this.fingerprints.size > 0) this.fingerprints.delete(position)
        }
      }
      this.seq = seq + marks.events - 1
    }
    if (found === 0) throw corrupt(location, `event ${this.seq + 1} of run ${runId} is gone`)
  }

  private end(position: number, code: number, rowSeq: number, index: number): void {
    const before = this.codes[position] ?? 0
    this.found[before] = (this.found[before] ?? 0) - 1
    this.found[code] = (this.found[code] ?? 0) + 1
    this.codes[position] = code
    this.rowSeqs[position] = rowSeq
    this.indexes[position] = index
  }

  private checkPosition(position: number): number {
    if (position >= 0 && position < this.standing.planned) return position
    throw corrupt(this.file.location, `run ${this.runId} tells of unit ${position} of ${this.standing.planned}`)
  }

  /**
   * Holds what was read against the counts that each commit carries: a damaged page can lose rows without SQLite seeing
   * it, and a lost outcome would be a unit that runs twice.
   */
  private check(): void {
    const { file, standing, runId } = this
    if (this.seq !== standing.lastSeq) throw corrupt(file.location, `event ${standing.lastSeq} of run ${runId} is gone`)
    const { found } = this
    for (const [i, status] of statuses.entries()) {
      if (found[i + 1] === standing.counts[i + 1]) continue
      const counted = standing.counts[i + 1] ?? 0
      throw corrupt(
        file.location,
        `run ${runId} counts ${counted} outcomes ${status}, but ${found[i + 1] ?? 0} can be read`,
      )
    }
  }
}

/** How many units have each status code. */
export const statusCounts = (unitCodes: Uint8Array): Array<number> => {
  const counts = [0, ...statuses.map(() => 0)]
  for (const code of unitCodes) counts[code] = (counts[code] ?? 0) + 1
  counts[0] = 0
  return counts
}
