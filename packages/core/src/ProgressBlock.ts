/**
 * The live progress of a terminal: one block of lines, drawn again in its place, with whatever is logged above it.
 *
 * @layer logic
 * @module
 */
import {
  countWords,
  duration,
  grouped,
  percent,
  rate,
  truncate,
  visible,
  widthOf,
  type Tone,
} from "./internal/progressText.ts"
import type { Snapshot } from "./Progress.ts"
import { logLines, retries, summary, type ProgressPrinter, type Write } from "./ProgressPrinter.ts"

/** How and where a live block is drawn. Sizes are columns and rows of characters. @category models */
export interface ProgressBlockOptions {
  readonly write: Write
  /** What runs, in front of the bar. */
  readonly title?: string
  /** Columns and rows of the terminal, asked at each drawing; 80 and 24 unless given. */
  readonly columns?: () => number
  readonly rows?: () => number
  /** Colours beside the words; no unless given. */
  readonly color?: boolean
  /** Characters beyond ASCII in our own parts of the block; yes unless given. */
  readonly unicode?: boolean
  /** Running units that are listed; 5 unless given. */
  readonly runningShown?: number
}

interface Piece {
  readonly text: string
  readonly tone?: Tone
}

/** Where a terminal has fewer columns, the bar is left out. */
const barColumnsFrom = 60
const barColumnsMin = 10
const barColumnsMax = 30

/** A printer whose block can be drawn again where it stands. @category models */
export interface LivePrinter extends ProgressPrinter {
  /** Draws the block again, for a window of another size. */
  readonly redraw: () => void
}

/** One live block. @category constructors */
export const terminal = (options: ProgressBlockOptions): LivePrinter => {
  const columns = (): number => sized(options.columns?.(), 80)
  const rows = (): number => sized(options.rows?.(), 24)
  /** Widths of the lines of the block on the screen. */
  let drawn: ReadonlyArray<number> = []
  let last: Snapshot | undefined

  /** Goes to the first line of the block and clears from there. Lines that a narrower window wrapped count as several. */
  const erase = (): string => {
    if (drawn.length === 0) return ""
    const width = columns()
    const up = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(line / width)), 0)
    drawn = []
    return `\u001b[${up}A\r\u001b[J`
  }

  const draw = (snapshot: Snapshot): string => {
    const width = columns() - 1
    // One row is left for the cursor: a block that fills the screen would scroll.
    const block = blockOf(snapshot, options, width, Math.max(1, rows() - 1))
    const fitted = block.map((line) => fit(line, width))
    drawn = fitted.map((line) => line.reduce((sum, piece) => sum + widthOf(piece.text), 0))
    return fitted.map((line) => `${paint(line, options.color === true)}\n`).join("")
  }

  return {
    intervalMs: 100,
    print: (snapshot) => {
      if (snapshot.state === "waiting") return
      last = snapshot.state === "ended" ? undefined : snapshot
      if (last !== undefined) return options.write(erase() + draw(snapshot))
      const title = options.title === undefined ? "" : `${visible(options.title)} `
      options.write(`${erase()}${title}${summary(snapshot)}\n`)
    },
    log: (text) => {
      const before = erase()
      options.write(before + logLines(text) + (last === undefined ? "" : draw(last)))
    },
    redraw: () => {
      if (last !== undefined) options.write(erase() + draw(last))
    },
    close: () => {
      last = undefined
      const text = erase()
      if (text !== "") options.write(text)
    },
  }
}

const sized = (value: number | undefined, fallback: number): number =>
  value !== undefined && Number.isInteger(value) && value > 1 ? value : fallback

const blockOf = (
  snapshot: Snapshot,
  options: ProgressBlockOptions,
  width: number,
  rowsMax: number,
): ReadonlyArray<ReadonlyArray<Piece>> => {
  const block: Array<ReadonlyArray<Piece>> = [headOf(snapshot, options, width)]
  const counts = countsOf(snapshot)
  if (counts.length > 0 && rowsMax > 1) block.push(counts)
  const failure = snapshot.failures.at(-1)
  const room = rowsMax - block.length - (failure === undefined ? 0 : 1)
  block.push(...runningOf(snapshot, Math.max(0, Math.min(room, (options.runningShown ?? 5) + 1)), options))
  if (failure !== undefined && block.length < rowsMax) {
    const text = `  last failure: ${visible(failure.label)}: ${visible(failure.tag)}: ${visible(failure.message)}`
    block.push([{ text, tone: "bad" }])
  }
  return block
}

const headOf = (snapshot: Snapshot, options: ProgressBlockOptions, width: number): ReadonlyArray<Piece> => {
  const facts = [
    `${grouped(snapshot.done)}/${grouped(snapshot.total)}`,
    `${percent(snapshot.done, snapshot.total)} %`,
    ...(snapshot.ratePerSecond > 0 ? [rate(snapshot.ratePerSecond)] : []),
    duration(snapshot.elapsedMs),
    ...(snapshot.etaMs === undefined ? [] : [`${duration(snapshot.etaMs)} left`]),
  ].join("  ")
  const title = options.title === undefined ? "" : `${truncate(visible(options.title), Math.floor(width / 3))}  `
  if (width < barColumnsFrom) return [{ text: title + facts }]
  const room = width - widthOf(title) - facts.length - 4
  const bar = barOf(snapshot, Math.max(barColumnsMin, Math.min(barColumnsMax, room)), options.unicode !== false)
  return [
    { text: title },
    { text: bar, tone: snapshot.counts.failed + snapshot.counts.timedOut > 0 ? "bad" : "good" },
    { text: `  ${facts}` },
  ]
}

const barOf = (snapshot: Snapshot, columns: number, unicode: boolean): string => {
  const full = snapshot.total === 0 ? columns : Math.floor((columns * snapshot.done) / snapshot.total)
  const filled = Math.max(0, Math.min(columns, full))
  return (unicode ? "█" : "#").repeat(filled) + (unicode ? "░" : "-").repeat(columns - filled)
}

const countsOf = (snapshot: Snapshot): ReadonlyArray<Piece> => {
  const words: ReadonlyArray<Piece> = [
    ...countWords(snapshot.counts),
    ...(snapshot.retries === 0 ? [] : [{ text: retries(snapshot.retries), tone: "quiet" as const }]),
  ]
  return words.flatMap((word, i) => [{ text: i === 0 ? "  " : ", " }, word])
}

const runningOf = (
  snapshot: Snapshot,
  rowsMax: number,
  options: ProgressBlockOptions,
): ReadonlyArray<ReadonlyArray<Piece>> => {
  if (rowsMax === 0 || snapshot.runningCount === 0) return []
  const all = snapshot.runningCount <= rowsMax && snapshot.runningCount <= (options.runningShown ?? 5)
  const shown = snapshot.running.slice(0, all ? rowsMax : rowsMax - 1)
  const listed: Array<ReadonlyArray<Piece>> = shown.map((unit) => {
    const again = unit.retrying ? `  waits after try ${unit.attempt}` : unit.attempt > 1 ? `  try ${unit.attempt}` : ""
    return [{ text: `  ${visible(unit.label)}` }, { text: `  ${duration(unit.elapsedMs)}${again}`, tone: "quiet" }]
  })
  const more = snapshot.runningCount - shown.length
  if (more > 0) {
    const text = shown.length === 0 ? `  ${grouped(more)} running` : `  and ${grouped(more)} more running`
    listed.push([{ text, tone: "quiet" }])
  }
  return listed
}

/** Cuts a line to so many columns. In a line of two pieces, a label and its time, the label gives way. */
const fit = (line: ReadonlyArray<Piece>, columnsMax: number): ReadonlyArray<Piece> => {
  const [label, time] = line
  if (line.length === 2 && label !== undefined && time !== undefined) {
    const room = columnsMax - widthOf(time.text)
    if (room >= columnsMax / 2) return [{ ...label, text: truncate(label.text, room) }, time]
  }
  const fitted: Array<Piece> = []
  let left = columnsMax
  for (const piece of line) {
    if (left <= 0) break
    const text = truncate(piece.text, left)
    fitted.push({ ...piece, text })
    left -= widthOf(text)
  }
  return fitted
}

const codes: Record<Tone, number> = { good: 32, bad: 31, quiet: 2 }

const paint = (line: ReadonlyArray<Piece>, color: boolean): string =>
  line
    .map(({ text, tone }) =>
      color && tone !== undefined && text !== "" ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text,
    )
    .join("")
