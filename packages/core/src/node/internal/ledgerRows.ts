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
import { RunEvent, RunStatus } from "../../RunEvent.ts"
import { Unit } from "../../Unit.ts"
import { runState } from "../../internal/leaseRules.ts"
import type { KeptLease } from "../../internal/leaseRules.ts"
import { rowsPerRun } from "./ledgerSchema.ts"
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
const isRunEvent = Schema.is(RunEvent)
const decodeRunEvent = Schema.decodeUnknownResult(RunEvent)
const decodeUnit = Schema.decodeUnknownResult(Unit)

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

/** CRC-32 of an event's text, begun with its number and time so that these are covered as well. */
export const checksum = (seq: number, atMs: number, body: string): number => crc32(body, (seq * 31 + atMs) >>> 0)

/** One event of a run, checked against its CRC-32. */
export const readEvent = (location: string, row: Row, what: string): RunEvent => {
  const read = columns(location)
  const body = read.text(row, "body")
  const seq = read.integer(row, "key") % rowsPerRun
  if (checksum(seq, read.number(row, "at_ms"), body) !== read.integer(row, "crc"))
    throw corrupt(location, `${what} is not what was written (CRC-32)`)
  const value = parseJson(location, what, body)
  // Checked, and handed over as it was written: decoding would order its members anew, and exports would differ.
  if (isRunEvent(value)) return value
  throw corrupt(location, `${what} is not an event: ${problemOf(value)}`)
}

/** The outcome that a row of `states` points at, with its event joined in. */
export const readOutcome = (location: string, row: Row): Outcome | undefined => {
  const read = columns(location)
  const status = read.textOrNull(row, "status")
  if (status === undefined) return undefined
  const id = read.text(row, "id")
  const what = `the outcome of unit ${JSON.stringify(id.slice(0, 80))}`
  if (row["body"] === null) throw corrupt(location, `${what} is gone`)
  const event = readEvent(location, row, what)
  if (event.type !== "unitFinished" || event.outcome.id !== id || event.outcome.status !== status) {
    throw corrupt(location, `${what} is recorded as ${status}, but its event says something else`)
  }
  return event.outcome
}

export const readUnit = (location: string, row: Row): Unit => {
  const read = columns(location)
  const id = read.text(row, "id")
  const what = `unit ${JSON.stringify(id.slice(0, 80))}`
  const budgets = read.textOrNull(row, "budgets")
  const decoded = decodeUnit({
    id,
    label: read.text(row, "label"),
    reason: read.text(row, "reason"),
    fingerprint: read.text(row, "fingerprint"),
    input: parseJson(location, what, read.text(row, "input")),
    ...(budgets === undefined ? {} : { budgets: parseJson(location, what, budgets) }),
  })
  if (Result.isFailure(decoded)) throw corrupt(location, `${what} is not a unit: ${firstLine(decoded.failure.message)}`)
  return decoded.success
}

/** The counts in a row of `runs`. */
export const readCounts = (location: string, row: Row): Counts => {
  const read = columns(location)
  const count = (status: Status): number => read.integer(row, countColumns[status])
  return {
    planned: read.integer(row, "planned"),
    succeeded: count("succeeded"),
    failed: count("failed"),
    timedOut: count("timedOut"),
    interrupted: count("interrupted"),
    notStarted: count("notStarted"),
    skipped: count("skipped"),
    reused: count("reused"),
  }
}

/** A row of `runs` with its lease. `alive` tells whether somebody works on it now. */
export const readSummary = (location: string, row: Row, lease: KeptLease | undefined, alive: boolean): RunSummary => {
  const read = columns(location)
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
    counts: readCounts(location, row),
    sessions: read.integer(row, "sessions"),
    updatedAtMs: read.number(row, "updated_at_ms"),
    lease: lease?.held === true ? lease.record : undefined,
  }
}

const problemOf = (value: unknown): string => {
  const decoded = decodeRunEvent(value)
  return Result.isFailure(decoded) ? firstLine(decoded.failure.message) : "it holds what no event has"
}

const firstLine = (text: string): string => (text.split("\n", 1)[0] ?? "").slice(0, 200)
