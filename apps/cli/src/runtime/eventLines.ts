/**
 * Events of a run as JSON lines and as rows: the ledger's own words, with the time as ISO 8601, a level, and the study's
 * key where the run is about studies.
 *
 * @layer logic
 * @module
 */
import type { RunEvent } from "@heddle/core/RunEvent"
import type { Column } from "../cli/Column.ts"
import { printable } from "../cli/table.ts"
import type { Line } from "./Cli.ts"
import { resultOf } from "./runTables.ts"

/** An event with its run and time, as the ledger or a live run gives it. */
export interface TimedEvent {
  readonly runId: string
  readonly atMs: number
  readonly event: RunEvent
}

/** The event as a JSON line. */
export const eventLine = (kind: string, { runId, atMs, event }: TimedEvent): Line => {
  const { type, ...rest } = event
  const id = unitIdOf(event)
  return {
    type,
    runId,
    at: new Date(atMs).toISOString(),
    level: levelOf(event),
    ...(id === undefined ? {} : kind === "studies" ? { id, studyKey: id } : { id }),
    ...rest,
  }
}

const unitIdOf = (event: RunEvent): string | undefined => {
  if (event.type === "unitFinished") return event.outcome.id
  return "id" in event ? event.id : undefined
}

const levelOf = (event: RunEvent): string => {
  switch (event.type) {
    case "unitNoted":
      return event.level
    case "unitRetrying":
      return "warning"
    case "unitFinished":
      return event.outcome.failure === undefined ? "info" : "error"
    case "runFinished":
      return event.status === "succeeded" ? "info" : "warning"
    default:
      return "info"
  }
}

/** Columns of {@link eventRow}. */
export const eventColumns: ReadonlyArray<Column> = [
  { title: "time" },
  { title: "event" },
  { title: "unit" },
  { title: "detail" },
]

/** The event as cells. */
export const eventRow = ({ atMs, event }: TimedEvent): ReadonlyArray<string> =>
  [new Date(atMs).toISOString(), event.type, unitIdOf(event) ?? "", detailOf(event)].map(printable)

const detailOf = (event: RunEvent): string => {
  switch (event.type) {
    case "runStarted":
      return `session ${event.session}, ${event.planned} planned, ${event.reused} reused, concurrency ${event.concurrency}`
    case "unitStarted":
      return `try ${event.attempt}`
    case "unitRetrying":
      return `try ${event.attempt} failed, again in ${event.delayMs} ms: ${event.failure.tag}: ${event.failure.message}`
    case "unitNoted":
      return `${event.name} ${JSON.stringify(event.data)}`
    case "unitFinished":
      return `${event.outcome.status} ${resultOf(event.outcome)}`.trimEnd()
    case "runFinished":
      return event.status
  }
}
