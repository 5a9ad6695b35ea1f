/**
 * The marks of a row of events: for each event, which unit it is about and what it says; and how many units had which
 * status after the row. Small and apart from the text, so that "where does each unit stand" is known without it.
 *
 * Unsigned 32-bit numbers, little-endian: CRC-32 of what follows, one count per status, then one mark per event:
 * `position * 8 + code`, or {@link noUnit}. Code 0 is a start, the others are statuses.
 *
 * @layer adapter
 * @module
 */
import { crc32 } from "node:zlib"
import type { Status } from "../../Outcome.ts"

/** The statuses by their code; code 0 has none. Their order is part of the file's format. */
export const statuses: ReadonlyArray<Status> = [
  "succeeded",
  "failed",
  "timedOut",
  "interrupted",
  "notStarted",
  "skipped",
  "reused",
]
export const codes: Readonly<Record<Status, number>> = {
  succeeded: 1,
  failed: 2,
  timedOut: 3,
  interrupted: 4,
  notStarted: 5,
  skipped: 6,
  reused: 7,
}
/** The mark of an event that is about no unit of the plan, or that changes nothing. */
export const noUnit = 0xffff_ffff
export const startedCode = 0

const wordBytes = 4
const headWords = 1 + statuses.length

/** Marks of one row. */
export interface Marks {
  /** Units by status after the row; index is the code. `counts[0]` means nothing. */
  readonly counts: ReadonlyArray<number>
  readonly events: number
  readonly mark: (index: number) => number
}

export const encodeMarks = (
  marks: ReadonlyArray<number>,
  counts: ReadonlyArray<number>,
  seq: number,
  atMs: number,
): Uint8Array => {
  const bytes = new Uint8Array((headWords + marks.length) * wordBytes)
  const view = new DataView(bytes.buffer)
  for (let code = 1; code < headWords; code++) view.setUint32(code * wordBytes, counts[code] ?? 0, true)
  for (let i = 0; i < marks.length; i++) view.setUint32((headWords + i) * wordBytes, marks[i] ?? noUnit, true)
  view.setUint32(0, crc32(bytes.subarray(wordBytes), seed(seq, atMs)), true)
  return bytes
}

/** The marks of the row whose first event is `seq`; nothing where they are not what was written. */
export const decodeMarks = (bytes: Uint8Array, seq: number, atMs: number): Marks | undefined => {
  if (bytes.length % wordBytes !== 0 || bytes.length <= headWords * wordBytes) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint32(0, true) !== crc32(bytes.subarray(wordBytes), seed(seq, atMs))) return undefined
  const counts = [0]
  for (let code = 1; code < headWords; code++) counts.push(view.getUint32(code * wordBytes, true))
  return {
    counts,
    events: bytes.length / wordBytes - headWords,
    mark: (index) => view.getUint32((headWords + index) * wordBytes, true),
  }
}

/** What a checksum begins with, so that number and time are covered as well. */
export const seed = (seq: number, atMs: number): number => (seq * 31 + atMs) >>> 0
