/**
 * Rows of a ledger file as the values of the contract. Text from a file is decoded through the schemas: what does not fit
 * is a `Corrupt` error that names the row.
 *
 * @layer adapter
 * @module
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { crc32 } from "node:zlib"
import type { RunSummary } from "../../Ledger.ts"
import { type Counts, type Outcome, Status } from "../../Outcome.ts"
import { unitsMax } from "../../Plan.ts"
import { type RunEvent, RunStatus } from "../../RunEvent.ts"
import type { Unit } from "../../Unit.ts"
import { runState } from "../../internal/leaseRules.ts"
import type { KeptLease } from "../../internal/leaseRules.ts"
import type { LedgerFile } from "./ledgerFile.ts"
import { codes, decodeMarks, type Marks, seed, statuses } from "./ledgerMarks.ts"
import { rowsPerRun } from "./ledgerSchema.ts"
import { decodeEvent, decodeUnits } from "./ledgerText.ts"
import { columns, corrupt, type Row } from "./sqliteErrors.ts"

/** Columns of `runs` that count outcomes, by status. */
export const countColumns: Readonly<Record<Status, string>> = {
  succeeded: "succeeded",
  failed: "failed",
  timedOut: "timed_out",
  interrupted: "interrupted",
  notStarted: "not_started",
  skipped: "skipped",
  reused: "reused",
}

const isStatus = Schema.is(Status)
const isRunStatus = Schema.is(RunStatus)

export const readStatus = (location: string, text: string): Status => {
  if (!isStatus(text)) throw corrupt(location, `there is no status ${JSON.stringify(text.slice(0, 40))}`)
  return text
}

export const parseJson = (location: string, what: string, text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    throw corrupt(location, `${what} is not JSON`)
  }
}

/** CRC-32 of a row's text, begun with its number and time so that these are covered as well. */
export const checksum = (seq: number, atMs: number, body: string): number => crc32(body, seed(seq, atMs))

/** A row of events whose text was checked against its CRC-32. */
export interface EventRow {
  /** Number of its first event. */
  readonly seq: number
  readonly atMs: number
  readonly elements: ReadonlyArray<unknown>
  readonly chars: number
}

/** The number of a row's first event, and its marks. */
export const readMarks = (location: string, row: Row): { readonly seq: number; readonly marks: Marks } => {
  const read = columns(location)
  const seq = read.integer(row, "key") % rowsPerRun
  const marks = decodeMarks(read.bytes(row, "marks"), seq, read.number(row, "at_ms"))
  if (marks === undefined) throw corrupt(location, `the marks of event ${seq} are not what was written (CRC-32)`)
  return { seq, marks }
}

export const readEventRow = (location: string, row: Row): EventRow => {
  const read = columns(location)
  const body = read.text(row, "body")
  const seq = read.integer(row, "key") % rowsPerRun
  const atMs = read.number(row, "at_ms")
  const what = `event ${seq} with those committed with it`
  if (checksum(seq, atMs, body) !== read.integer(row, "crc")) {
    throw corrupt(location, `${what} is not what was written (CRC-32)`)
  }
  const elements = parseJson(location, what, body)
  if (!Array.isArray(elements) || elements.length === 0) throw corrupt(location, `${what} is not a list`)
  return { seq, atMs, elements, chars: body.length }
}

/** One event of a row, by its place in it. */
export const readEvent = (
  location: string,
  row: EventRow,
  index: number,
): { readonly atMs: number; readonly event: RunEvent } => {
  const decoded = decodeEvent(row.elements[index], row.atMs)
  if (Result.isSuccess(decoded)) return decoded.success
  throw corrupt(location, `event ${row.seq + index} is not an event: ${decoded.failure.slice(0, 200)}`)
}

/** The outcome that a mark points at; the event must be what the mark says. */
export const readOutcome = (location: string, row: EventRow, index: number, id: string, code: number): Outcome => {
  const { event } = readEvent(location, row, index)
  if (event.type === "unitFinished" && event.outcome.id === id && event.outcome.status === statuses[code - 1]) {
    return event.outcome
  }
  const what = `the outcome of unit ${JSON.stringify(id.slice(0, 80))}`
  throw corrupt(location, `${what} is recorded as ${String(statuses[code - 1])}, but its event says something else`)
}

/** The units of a row of `units`, checked against its CRC-32. `from` is the position that it must begin with. */
export const readUnits = (location: string, row: Row, from: number): ReadonlyArray<Unit> => {
  const read = columns(location)
  const position = read.integer(row, "key") % rowsPerRun
  if (position !== from) throw corrupt(location, `unit ${from} of a plan is gone`)
  const body = read.text(row, "body")
  const what = `the plan from unit ${position} on`
  if (checksum(position, 0, body) !== read.integer(row, "crc")) {
    throw corrupt(location, `${what} is not what was written (CRC-32)`)
  }
  const units = decodeUnits(parseJson(location, what, body))
  if (Result.isSuccess(units)) return units.success
  throw corrupt(location, `${what} is not a list of units: ${units.failure.slice(0, 200)}`)
}

/** Where a run stands: after the last row of its events. */
export interface Standing {
  readonly no: number
  readonly generation: number
  readonly planned: number
  readonly lastSeq: number
  /** What the row of `runs` says of `lastSeq`. */
  readonly storedSeq: number
  readonly foldedSeq: number
  readonly updatedAtMs: number
  /** Units by status; index is the code, see `ledgerMarks.ts`. */
  readonly counts: ReadonlyArray<number>
}

/** Where the run of a row of `runs` stands. The rows of events after what that row knows of tell the rest. */
export const readStanding = (file: LedgerFile, row: Row): Standing => {
  const { location } = file
  const read = columns(location)
  const no = read.integer(row, "no")
  const planned = read.integer(row, "planned")
  if (planned < 0 || planned > unitsMax) throw corrupt(location, `a plan of ${planned} units cannot be`)
  const storedSeq = read.integer(row, "last_seq")
  const first = no * rowsPerRun
  const known = {
    no,
    planned,
    generation: read.integer(row, "generation"),
    storedSeq,
    foldedSeq: read.integer(row, "folded_seq"),
  }
  const last = file
    .statement("SELECT key, at_ms, marks FROM events WHERE key > ? AND key < ? ORDER BY key DESC LIMIT 1")
    .get(first + storedSeq, first + rowsPerRun)
  if (last === undefined) {
    const counts = [0, ...statuses.map((status) => read.integer(row, countColumns[status]))]
    return { ...known, lastSeq: storedSeq, updatedAtMs: read.number(row, "updated_at_ms"), counts }
  }
  const { seq, marks } = readMarks(location, last)
  return { ...known, lastSeq: seq + marks.events - 1, updatedAtMs: read.number(last, "at_ms"), counts: marks.counts }
}

const countsOf = ({ planned, counts }: Standing): Counts => {
  const count = (code: number): number => counts[code] ?? 0
  return {
    planned,
    succeeded: count(codes.succeeded),
    failed: count(codes.failed),
    timedOut: count(codes.timedOut),
    interrupted: count(codes.interrupted),
    notStarted: count(codes.notStarted),
    skipped: count(codes.skipped),
    reused: count(codes.reused),
  }
}

/** A row of `runs` with its lease. `alive` tells whether somebody works on it now. */
export const readSummary = (file: LedgerFile, row: Row, lease: KeptLease | undefined, alive: boolean): RunSummary => {
  const { location } = file
  const read = columns(location)
  const standing = readStanding(file, row)
  const ended = read.textOrNull(row, "ended")
  if (ended !== undefined && !isRunStatus(ended))
    throw corrupt(location, `there is no run status ${ended.slice(0, 40)}`)
  return {
    runId: read.text(row, "id"),
    kind: read.text(row, "kind"),
    planHash: read.text(row, "plan_hash"),
    createdAtMs: read.number(row, "created_at_ms"),
    seed: read.text(row, "seed"),
    state: runState(ended, alive),
    counts: countsOf(standing),
    sessions: read.integer(row, "sessions"),
    updatedAtMs: standing.updatedAtMs,
    lease: lease?.held === true ? lease.record : undefined,
  }
}
