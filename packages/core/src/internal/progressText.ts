/**
 * The words in which progress is told: numbers, durations, counts, and text that cannot move a cursor.
 *
 * @layer logic
 * @module
 */
import { displayWidth } from "effect/cli/CliOutput"
import type { Counts } from "../Outcome.ts"

/**
 * Text as it may be shown: control characters (also those that end or reorder lines) become visible escapes, so that no
 * label can move the cursor, colour the screen or forge a line.
 */
export const visible = (text: string): string => {
  const formed = text.isWellFormed() ? text : text.toWellFormed()
  return formed.replaceAll(hidden, (found) => {
    const code = found.codePointAt(0) ?? 0
    return `\\u${code.toString(16).padStart(4, "0")}`
  })
}

/** C0 and C1 controls, line and paragraph separators, and marks that change the direction of writing. */
const hidden = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" })

/** Columns that a text takes: 2 for wide characters, 0 for combining ones. */
export const widthOf = (text: string): number => displayWidth(text)

/** The text in at most so many columns; what is cut off is marked by an ellipsis. */
export const truncate = (text: string, columnsMax: number): string => {
  if (columnsMax <= 0) return ""
  // A text of plain ASCII is as wide as it is long; most are.
  if (text.length <= columnsMax && widthOf(text) <= columnsMax) return text
  let kept = ""
  let width = 0
  for (const { segment } of segmenter.segment(text)) {
    const next = width + widthOf(segment)
    if (next > columnsMax) return cutFor(kept, columnsMax)
    kept += segment
    width = next
  }
  return kept
}

/** Makes room for the ellipsis at the end of a text that already fills its columns. */
const cutFor = (text: string, columnsMax: number): string => {
  const segments = [...segmenter.segment(text)].map((part) => part.segment)
  let width = widthOf(text)
  while (segments.length > 0 && width + 1 > columnsMax) width -= widthOf(segments.pop() ?? "")
  return `${segments.join("")}…`
}

/** `4.1 s`, `41 s`, `3 min 05 s`, `2 h 05 min`, `3 d 04 h`. */
export const duration = (ms: number): string => {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${two(whole % 60)} s`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours} h ${two(minutes % 60)} min`
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`
}

const two = (value: number): string => String(value).padStart(2, "0")

/** `1,234/s`, `2.5/s`, `12.5/min`, `3.0/h`. */
export const rate = (perSecond: number): string => {
  if (perSecond >= 99.95) return `${grouped(Math.round(perSecond))}/s`
  if (perSecond >= 1) return `${perSecond.toFixed(1)}/s`
  if (perSecond >= 1 / 60) return `${(perSecond * 60).toFixed(1)}/min`
  return `${(perSecond * 3600).toFixed(1)}/h`
}

/** Digits in groups of three, the same in every locale. */
export const grouped = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, ",")

/** A share as whole percent, rounded down: 100 only when all is done. */
export const percent = (done: number, total: number): number => (total === 0 ? 100 : Math.floor((done * 100) / total))

export type Tone = "good" | "bad" | "quiet"

/** Each outcome that occurred, in words: a colour is never the only sign. */
export const countWords = (counts: Counts): ReadonlyArray<{ readonly text: string; readonly tone: Tone }> =>
  words
    .filter(([key]) => counts[key] > 0)
    .map(([key, word, tone]) => ({ text: `${grouped(counts[key])} ${word}`, tone }))

const words: ReadonlyArray<readonly [Exclude<keyof Counts, "planned">, string, Tone]> = [
  ["succeeded", "succeeded", "good"],
  ["failed", "failed", "bad"],
  ["timedOut", "timed out", "bad"],
  ["interrupted", "interrupted", "bad"],
  ["notStarted", "not started", "quiet"],
  ["skipped", "skipped", "quiet"],
  ["reused", "reused", "quiet"],
]
