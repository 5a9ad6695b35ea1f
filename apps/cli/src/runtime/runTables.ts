/**
 * Runs and outcomes as rows for people: the same columns wherever a run is shown.
 *
 * @layer logic
 * @module
 */
import type { RunSummary } from "@heddle/core/Ledger"
import type { Counts, Outcome } from "@heddle/core/Outcome"
import { formatDuration } from "../cli/duration.ts"
import type { Column } from "../cli/Column.ts"
import { failureSummary } from "./failureText.ts"

/** Characters of a value or message that a table shows at most. */
const resultMax = 160

const green = "\u001b[32m"
const red = "\u001b[31m"
const yellow = "\u001b[33m"
const dim = "\u001b[2m"

/** The words make sense without their colours. */
const statusColours = {
  succeeded: green,
  reused: dim,
  skipped: dim,
  failed: red,
  timedOut: red,
  partial: red,
  interrupted: yellow,
  notStarted: yellow,
  unfinished: yellow,
  "cut off": yellow,
  waiting: dim,
}

/** Columns of an outcome table; `noun` is what a unit is called. */
export const outcomeColumns = (noun: string): ReadonlyArray<Column> => [
  { title: noun },
  { title: "status", colours: statusColours },
  { title: "tries", right: true, spare: 2 },
  { title: "queued", right: true, spare: 3 },
  { title: "ran", right: true, spare: 1 },
  { title: "waited", right: true, spare: 4 },
  { title: "result" },
]

/** One unit as a row; `short` cuts what it gave to what a terminal's line can hold. */
export const outcomeRow = (outcome: Outcome, short: boolean): ReadonlyArray<string> => [
  outcome.label,
  outcome.status,
  String(outcome.attempts),
  formatDuration(outcome.queuedMs),
  formatDuration(outcome.runMs),
  formatDuration(outcome.limitWaitMs + outcome.retryWaitMs),
  short ? resultOf(outcome) : fullResultOf(outcome),
]

/** What a unit gave: its value, its failure, or why it did not run. */
export const resultOf = (outcome: Outcome): string => {
  if (outcome.failure !== undefined) return cut(failureSummary(outcome.failure))
  if ("value" in outcome && outcome.value !== undefined) return cut(valueText(outcome.value))
  return cut(outcome.reason ?? "")
}

/** The same whole, for a reader that is no terminal. */
const fullResultOf = (outcome: Outcome): string => {
  if (outcome.failure !== undefined) return failureSummary(outcome.failure)
  return outcome.value === undefined ? (outcome.reason ?? "") : JSON.stringify(outcome.value)
}

const valueText = (value: unknown): string => {
  if (typeof value === "string") return value
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value)
  // Of a record the plain members say most; lists and records inside are only counted.
  return Object.entries(value)
    .filter(([, member]) => typeof member !== "string" || !/^\d{4}-\d\d-\d\dT/.test(member))
    .map(
      ([key, member]) =>
        `${key} ${Array.isArray(member) ? `(${member.length})` : typeof member === "object" && member !== null ? "(…)" : String(member)}`,
    )
    .join(", ")
}

const cut = (text: string): string => {
  const line = text.replaceAll(/\s+/g, " ")
  return line.length <= resultMax ? line : `${line.slice(0, resultMax - 1)}…`
}

/** How many units ended in each way, without the ways that none took: `2 succeeded, 1 failed of 3`. */
export const countsText = (counts: Counts): string => {
  const { planned, ...rest } = counts
  const parts = Object.entries(rest).filter(([, count]) => count > 0)
  return `${parts.map(([status, count]) => `${count} ${status}`).join(", ") || "nothing ended"} of ${planned}`
}

/** Columns of a table of runs. */
export const runColumns: ReadonlyArray<Column> = [
  { title: "run", whole: true },
  { title: "area", spare: 6 },
  { title: "state", colours: statusColours },
  { title: "planned", right: true, spare: 7 },
  { title: "done", right: true, spare: 4 },
  { title: "failed", right: true },
  { title: "sessions", right: true, spare: 8 },
  { title: "started", spare: 9 },
  { title: "last event", spare: 5 },
]

/** One run as a row. */
export const runRow = (run: RunSummary): ReadonlyArray<string> => [
  run.runId,
  run.kind,
  run.state,
  String(run.counts.planned),
  String(run.counts.succeeded + run.counts.reused + run.counts.skipped),
  String(run.counts.failed + run.counts.timedOut),
  String(run.sessions),
  instant(run.createdAtMs),
  instant(run.updatedAtMs),
]

/** One run as a JSON line. */
export const runLine = (run: RunSummary) => ({
  type: "run",
  runId: run.runId,
  area: run.kind,
  state: run.state,
  counts: run.counts,
  sessions: run.sessions,
  planHash: run.planHash,
  startedAt: instant(run.createdAtMs),
  lastEventAt: instant(run.updatedAtMs),
  ...(run.lease === undefined ? {} : { owner: run.lease.owner }),
})

/** Unix milliseconds as ISO 8601 in UTC. */
export const instant = (atMs: number): string => new Date(atMs).toISOString()
