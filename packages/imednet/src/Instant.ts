/**
 * Points in time as iMednet writes them, and as we keep them. The server answers `YYYY-MM-DD HH:MM:SS` in UTC without
 * saying so, and wants ISO 8601 with a zone in filters. We keep ISO 8601 in UTC (`2026-01-02T03:04:05Z`), which sorts as
 * text, survives JSON, and can be given back as a filter value. Days without a time stay `YYYY-MM-DD`.
 *
 * @layer contract
 * @module
 */
import * as DateTime from "effect/DateTime"

/** ISO 8601 with a zone: what a filter takes. @category models */
export type InstantText =
  | `${string}-${string}-${string}T${string}:${string}:${string}Z`
  | `${string}-${string}-${string}T${string}:${string}:${string}+${string}`
  | `${string}-${string}-${string}T${string}:${string}:${string}-${string}`

/** A point in time as items hold it: ISO 8601 in UTC. @category models */
export type UtcText = `${string}-${string}-${string}T${string}:${string}:${string}Z`

/** A day of the calendar, `YYYY-MM-DD`, without a zone. @category models */
export type DayText = `${string}-${string}-${string}`

const dayLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Whether there is such a day in the calendar. @category guards */
export const isDay = (year: number, month: number, day: number): boolean => {
  if (!(year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1)) return false
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return day <= (dayLengths[month - 1] ?? 0) + (leap ? 1 : 0)
}

const dayPattern = /^(\d{4})-(\d{2})-(\d{2})$/
const isoPattern = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?$/

/** Whether the text is a day of the calendar in the form `YYYY-MM-DD`. @category guards */
export const isDayText = (text: string): text is DayText => {
  const match = dayPattern.exec(text)
  return match !== null && isDay(Number(match[1]), Number(match[2]), Number(match[3]))
}

/** Whether the text is a point in time with seconds and a zone, as filters need it. @category guards */
export const isInstantText = (text: string): text is InstantText => {
  const match = isoPattern.exec(text)
  return match !== null && text[10] === "T" && match[7] === undefined && match[8] !== undefined && isClock(match)
}

const isClock = (match: RegExpExecArray): boolean =>
  isDay(Number(match[1]), Number(match[2]), Number(match[3])) &&
  Number(match[4]) <= 23 &&
  Number(match[5]) <= 59 &&
  Number(match[6]) <= 59

/**
 * Any of the forms in which a point in time is met, as ISO 8601 in UTC; `undefined` where it is none. Text without a zone
 * is UTC; a day alone is its midnight.
 *
 * @category conversions
 */
export const parse = (text: string): UtcText | undefined => {
  const match = isoPattern.exec(text)
  if (match === null) return isDayText(text) ? `${text}T00:00:00Z` : undefined
  if (!isClock(match)) return undefined
  const fraction = fractionText(match[7] ?? "")
  const local = `${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}` as const
  const zone = match[8]
  if (zone === undefined || zone === "Z") return `${local}${fraction}Z`
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(-2))
  if (hours > 23 || minutes > 59) return undefined
  const offsetMs = (hours * 60 + minutes) * 60_000 * (zone.startsWith("-") ? -1 : 1)
  const utc = new Date(Date.parse(`${local}Z`) - offsetMs)
  return `${utc.toISOString().slice(0, 19)}${fraction}Z` as UtcText // toISOString gives YYYY-MM-DDTHH:MM:SS first
}

/** Zeros at the end of a fraction say nothing. */
const fractionText = (fraction: string): string => {
  const short = fraction.replace(/0+$/, "")
  return short === "." ? "" : short
}

/** `[year, month, day, hour, minute, second, nanoseconds]`, later parts optional, as ISO 8601. @category conversions */
export const fromParts = (parts: ReadonlyArray<unknown>): UtcText | undefined => {
  if (parts.length < 3 || parts.length > 7) return undefined
  const numbers: Array<number> = []
  for (const part of parts) {
    if (typeof part !== "number" || !Number.isSafeInteger(part) || part < 0) return undefined
    numbers.push(part)
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, nanos = 0] = numbers
  if (nanos > 999_999_999) return undefined
  const pad = (value: number, length: number) => String(value).padStart(length, "0")
  const fraction = nanos === 0 ? "" : `.${pad(nanos, 9)}`
  return parse(
    `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}${fraction}Z`,
  )
}

/** The form that a filter takes: whole seconds, UTC. @category conversions */
export const fromDateTime = (value: DateTime.DateTime): InstantText =>
  `${DateTime.formatIso(value).slice(0, 19)}Z` as InstantText // formatIso gives YYYY-MM-DDTHH:MM:SS.sssZ in UTC
