/**
 * Reading a run by pages of bounded size: events, unit states and outcomes. Pages are short reads of their own, so that a
 * slow reader holds nothing back; what one stream gives is still of one plan, as it stood when the stream began.
 *
 * @layer adapter
 * @module
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { LedgerError, UnitState } from "../../Ledger.ts"
import type { Outcome } from "../../Outcome.ts"
import type { StoredEvent } from "../../RunEvent.ts"
import type { Unit } from "../../Unit.ts"
import type { LedgerFile } from "./ledgerFile.ts"
import { readEvent, readEventRow, readStanding } from "./ledgerRows.ts"
import { rowsPerRun } from "./ledgerSchema.ts"
import { columns, corrupt } from "./sqliteErrors.ts"
import { OutcomeReader } from "./sqliteEvents.ts"
import type { Use } from "./sqliteLeases.ts"
import { checkGeneration, findRun, readUnitsAt } from "./sqlitePlans.ts"
import { States } from "./sqliteStates.ts"

/** Events, or units, of a page at most. A page of events ends with a row, so it may have some more. */
const pageEvents = 250
/** Characters of text after which a page ends early; one row may be longer. */
const pageCharsMax = 1_000_000
/** Rows of events whose marks are read at a time. */
const marksRows = 2_000

/** Pages one after the other; `read` gives a page and where the next one begins. */
const pages = <A, S>(
  file: LedgerFile,
  use: Use,
  start: S,
  read: (state: S) => readonly [ReadonlyArray<A>, Option.Option<S>],
): Stream.Stream<A, LedgerError> =>
  Stream.paginate(start, (state: S) =>
    Effect.andThen(
      Effect.yieldNow,
      use("read", () => file.snapshot(() => read(state))),
    ),
  )

export const events = (
  file: LedgerFile,
  use: Use,
  runId: string,
  afterSeq: number,
): Stream.Stream<StoredEvent, LedgerError> =>
  Stream.unwrap(
    use("read events", () => {
      const { location } = file
      const read = columns(location)
      const { no, lastSeq } = readStanding(file, findRun(file, runId))
      const first = no * rowsPerRun
      const gone = (seq: number) => corrupt(location, `event ${seq} of run ${runId} is gone`)
      const from = Math.min(rowsPerRun, Math.max(0, Math.floor(afterSeq))) + 1
      if (from > lastSeq) return Stream.empty
      const row = file
        .statement("SELECT key FROM events WHERE key > ? AND key <= ? ORDER BY key DESC LIMIT 1")
        .get(first, first + from)
      if (row === undefined) throw gone(from)
      return pages(file, use, read.integer(row, "key") - first, (rowSeq) => {
        const page: Array<StoredEvent> = []
        let next = rowSeq
        let chars = 0
        const rows = file
          .statement("SELECT key, at_ms, body, crc FROM events WHERE key >= ? AND key <= ? ORDER BY key")
          .iterate(first + rowSeq, first + lastSeq)
        for (const found of rows) {
          const eventRow = readEventRow(location, found)
          if (eventRow.seq !== next) throw gone(next)
          for (const index of eventRow.elements.keys()) {
            const seq = next + index
            if (seq >= from) page.push({ runId, seq, ...readEvent(location, eventRow, index) })
          }
          next += eventRow.elements.length
          chars += eventRow.chars
          if (page.length >= pageEvents || chars >= pageCharsMax) break
        }
        if (next === rowSeq || next <= from) throw gone(Math.max(next, from))
        return [page, next <= lastSeq ? Option.some(next) : Option.none()]
      })
    }),
  )

/** Goes through the units of a plan in order, after all their states were read; `take` adds to the page, or not. */
const unitPages = <A>(
  file: LedgerFile,
  use: Use,
  runId: string,
  take: (states: States, position: number, unit: () => Unit, read: OutcomeReader) => A | undefined,
): Stream.Stream<A, LedgerError> =>
  Stream.unwrap(
    use("read unit states", () => {
      const standing = readStanding(file, findRun(file, runId))
      const { no, generation, planned } = standing
      const states = new States(file, runId, standing)
      const outcomeReader = new OutcomeReader(file, runId, no)
      let kept: { readonly from: number; readonly units: ReadonlyArray<Unit> } = { from: 0, units: [] }
      const unitAt = (position: number): Unit => {
        let unit = kept.units[position - kept.from]
        if (unit === undefined) {
          kept = readUnitsAt(file, no, position)
          unit = kept.units[position - kept.from]
        }
        if (unit === undefined) throw corrupt(file.location, `unit ${position} of run ${runId} is gone`)
        return unit
      }
      // Before the first unit: the states are being read.
      return pages(file, use, -1, (from) => {
        checkGeneration(file, no, generation)
        const page: Array<A> = []
        if (from < 0) return [page, Option.some(states.step(marksRows) ? -1 : 0)]
        const charsMax = outcomeReader.charsRead + pageCharsMax
        let position = from
        while (position < planned && page.length < pageEvents && outcomeReader.charsRead < charsMax) {
          const at = position
          const taken = take(states, at, () => unitAt(at), outcomeReader)
          if (taken !== undefined) page.push(taken)
          position += 1
        }
        return [page, position < planned ? Option.some(position) : Option.none()]
      })
    }),
  )

const outcomeAt = (states: States, position: number, unit: () => Unit, reader: OutcomeReader): Outcome | undefined => {
  const code = states.codes[position] ?? 0
  return code === 0 ? undefined : reader.read(states.place(position), unit().id, code)
}

export const unitStates = (file: LedgerFile, use: Use, runId: string): Stream.Stream<UnitState, LedgerError> =>
  unitPages(file, use, runId, (states, position, unit, reader) => {
    const started = states.started[position] ?? 0
    const outcome = outcomeAt(states, position, unit, reader)
    if (outcome === undefined && started === 0) return undefined
    const { id, fingerprint } = unit()
    return { id, outcome, fingerprint: states.fingerprints.get(position) ?? fingerprint, started }
  })

export const outcomes = (file: LedgerFile, use: Use, runId: string): Stream.Stream<Outcome, LedgerError> =>
  unitPages(file, use, runId, outcomeAt)
