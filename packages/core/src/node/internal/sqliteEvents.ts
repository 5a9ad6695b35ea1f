/**
 * Outcomes read from the rows of events that hold them. A row holds many, and they are asked for in about the order in
 * which they were written; so the last rows are kept, within a bound.
 *
 * @layer adapter
 * @module
 */
import type { Outcome } from "../../Outcome.ts"
import type { LedgerFile } from "./ledgerFile.ts"
import { type EventRow, readEventRow, readOutcome } from "./ledgerRows.ts"
import { rowsPerRun } from "./ledgerSchema.ts"
import { corrupt } from "./sqliteErrors.ts"
import type { Place } from "./sqliteStates.ts"

/** Rows that are kept, and characters of text that they may have together; one row may be longer. */
const keptRowsMax = 512
const keptCharsMax = 4_000_000

/** Reads outcomes of one run. */
export class OutcomeReader {
  private readonly file: LedgerFile
  private readonly runId: string
  private readonly first: number
  private readonly rows = new Map<number, EventRow>()
  private chars = 0
  /** Characters of text read so far. */
  charsRead = 0

  constructor(file: LedgerFile, runId: string, no: number) {
    this.file = file
    this.runId = runId
    this.first = no * rowsPerRun
  }

  /** The outcome at a place, which must be of this unit and have this status code. */
  read({ rowSeq, index }: Place, id: string, code: number): Outcome {
    return readOutcome(this.file.location, this.rows.get(rowSeq) ?? this.load(rowSeq), index, id, code)
  }

  private load(rowSeq: number): EventRow {
    const { location } = this.file
    const found = this.file.statement("SELECT key, at_ms, body, crc FROM events WHERE key = ?").get(this.first + rowSeq)
    if (found === undefined) throw corrupt(location, `event ${rowSeq} of run ${this.runId} is gone`)
    const row = readEventRow(location, found)
    this.rows.set(rowSeq, row)
    this.chars += row.chars
    this.charsRead += row.chars
    for (const [seq, kept] of this.rows) {
      if (this.rows.size <= keptRowsMax && (this.chars <= keptCharsMax || this.rows.size === 1)) break
      this.rows.delete(seq)
      this.chars -= kept.chars
    }
    return row
  }
}
