/**
 * Events and units as the text of a ledger file's rows. The two that each unit has, its start and its plain end, are written without
 * the names of their members, which would be most of them; every other event is its JSON. All come back as they were
 * given, member by member in the same order.
 *
 * A row's text is a JSON array; of each event: how long before the row's time it happened, and then either
 * `{event}`, or `id, attempt` of a start, or `id, label (0: the id), status, attempts, queuedMs, runMs, limitWaitMs,
 * retryWaitMs` and perhaps `value` of an end; where the status is its number, the times are microseconds. Of units: `id, label (0: the id), reason (0: that of the unit before),
 * fingerprint, input` and perhaps `budgets`.
 *
 * @layer adapter
 * @module
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Status, type Outcome } from "../../Outcome.ts"
import { RunEvent } from "../../RunEvent.ts"
import { Unit } from "../../Unit.ts"

const startedLength = 3
const endedLength = 9
const isRunEvent = Schema.is(RunEvent)
const decodeRunEvent = Schema.decodeUnknownResult(RunEvent)

/** The text of an event, from behind its time to the closing bracket. Throws where it has none. */
export const encodeEvent = (event: RunEvent): string => {
  if (event.type === "unitFinished") return (isPlain(event) && encodeEnd(event.outcome)) || encodeWhole(event)
  if (event.type !== "unitStarted" || !hasMembers(event, startMembers) || !Number.isFinite(event.attempt)) {
    return encodeWhole(event)
  }
  return `${JSON.stringify(event.id)},${event.attempt}]`
}

const encodeWhole = (event: RunEvent): string => `${JSON.stringify(event)}]`

const startMembers = ["type", "id", "attempt"]
const finishMembers = ["type", "outcome"]
const isPlain = (event: RunEvent): boolean => hasMembers(event, finishMembers)
const members = ["id", "label", "status", "attempts", "queuedMs", "runMs", "limitWaitMs", "retryWaitMs"]
const membersWithValue = ["id", "label", "status", "value", ...members.slice(3)]

/** Exactly these, in this order: the short form could not tell of anything else. */
const hasMembers = (value: object, names: ReadonlyArray<string>): boolean => {
  let i = 0
  for (const key in value) if (key !== names[i++]) return false
  return i === names.length
}

const statusCodes = new Map(Status.literals.map((status, code) => [status, code]))

/** A time as whole microseconds, where the very same number comes back from them. */
const microseconds = (ms: number): number | undefined => {
  const us = Math.round(ms * 1000)
  return us / 1000 === ms && Number.isSafeInteger(us) && !Object.is(us, -0) ? us : undefined
}

const encodeEnd = (outcome: Outcome): string | undefined => {
  const { id, label, status, attempts, queuedMs, runMs, limitWaitMs, retryWaitMs, value } = outcome
  if (!hasMembers(outcome, value === undefined ? members : membersWithValue)) return undefined
  // JSON has no such number: the long form says what JSON.stringify makes of it.
  if (!Number.isFinite(attempts + queuedMs + runMs + limitWaitMs + retryWaitMs)) return undefined
  const name = JSON.stringify(id)
  const head = `${name},${label === id ? "0" : JSON.stringify(label)}`
  const queuedUs = microseconds(queuedMs)
  const runUs = microseconds(runMs)
  const limitWaitUs = microseconds(limitWaitMs)
  const retryWaitUs = microseconds(retryWaitMs)
  // Whole numbers are written several times faster than fractions, and each unit has four of them.
  const text =
    queuedUs === undefined || runUs === undefined || limitWaitUs === undefined || retryWaitUs === undefined
      ? `${head},"${status}",${attempts},${queuedMs},${runMs},${limitWaitMs},${retryWaitMs}`
      : `${head},${statusCodes.get(status)},${attempts},${queuedUs},${runUs},${limitWaitUs},${retryWaitUs}`
  if (value === undefined) return `${text}]`
  const encoded: string | undefined = JSON.stringify(value)
  // A function, or an object whose toJSON gives nothing: JSON leaves the member out.
  return encoded === undefined ? `${text}]` : `${text},${encoded}]`
}

/** One element of a row's text as the event that it was, or why it is none; `atMs` is the row's time. */
export const decodeEvent = (
  element: unknown,
  rowAtMs: number,
): Result.Result<{ readonly atMs: number; readonly event: RunEvent }, string> => {
  if (!Array.isArray(element) || typeof element[0] !== "number") return Result.fail("it is not a list with a time")
  const event: unknown = expand(element)
  // Checked, and handed over as it was written: decoding would order its members anew, and exports would differ.
  if (isRunEvent(event)) return Result.succeed({ atMs: rowAtMs - element[0], event })
  const decoded = decodeRunEvent(event)
  return Result.fail(
    Result.isFailure(decoded) ? (decoded.failure.message.split("\n", 1)[0] ?? "") : "it holds what no event has",
  )
}

const expand = (element: ReadonlyArray<unknown>): unknown => {
  if (element.length < startedLength) return element[1]
  const id = element[1]
  if (element.length === startedLength) return { type: "unitStarted", id, attempt: element[2] }
  const label = element[2] === 0 ? id : element[2]
  const code = element[3]
  const status: unknown = typeof code === "number" ? Status.literals[code] : code
  const attempts = element[4]
  // A status by number says that the times are in microseconds.
  const time = (index: number): unknown => {
    const written = element[index]
    return typeof code === "number" && typeof written === "number" ? written / 1000 : written
  }
  const times = { queuedMs: time(5), runMs: time(6), limitWaitMs: time(7), retryWaitMs: time(8) }
  const outcome =
    element.length === endedLength
      ? { id, label, status, attempts, ...times }
      : { id, label, status, value: element[9], attempts, ...times }
  return { type: "unitFinished", outcome }
}

const unitLength = 5

/** The text of one unit; `reasonBefore` is the reason of the unit before it in the same row. */
export const encodeUnit = (unit: Unit, reasonBefore: string | undefined): string => {
  const { id, label, reason, fingerprint, input, budgets } = unit
  const text =
    `[${JSON.stringify(id)},${label === id ? "0" : JSON.stringify(label)},` +
    `${reason === reasonBefore ? "0" : JSON.stringify(reason)},${JSON.stringify(fingerprint)},${JSON.stringify(input)}`
  return budgets === undefined ? `${text}]` : `${text},${JSON.stringify(budgets)}]`
}

const isUnit = Schema.is(Unit)
const decodeUnit = Schema.decodeUnknownResult(Unit)

/** The units of a row, or why they are none. */
export const decodeUnits = (elements: unknown): Result.Result<ReadonlyArray<Unit>, string> => {
  if (!Array.isArray(elements)) return Result.fail("it is not a list")
  const units: Array<Unit> = []
  for (const element of elements) {
    if (!Array.isArray(element) || element.length < unitLength) return Result.fail("a unit is not a list of its parts")
    const [id, label, reason, fingerprint, input, budgets] = element
    const unit: unknown = {
      id,
      label: label === 0 ? id : label,
      reason: reason === 0 ? units.at(-1)?.reason : reason,
      fingerprint,
      input,
      ...(budgets === undefined ? {} : { budgets }),
    }
    if (!isUnit(unit)) {
      const decoded = decodeUnit(unit)
      return Result.fail(
        Result.isFailure(decoded) ? (decoded.failure.message.split("\n", 1)[0] ?? "") : "it is no unit",
      )
    }
    units.push(unit)
  }
  return units.length === 0 ? Result.fail("it is empty") : Result.succeed(units)
}
