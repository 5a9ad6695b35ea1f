/**
 * Printers of progress: each turns snapshots into text for one kind of reader and computes nothing itself. The text goes
 * to a function that the caller gives; `@heddle/core/node/ProgressTerminal` gives one that writes to a terminal.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { countWords, duration, grouped, percent, rate, visible } from "./internal/progressText.ts"
import { changes, type Model, type Snapshot } from "./Progress.ts"

/** Shows snapshots to one kind of reader. {@link run} calls it; nothing here fails. @category models */
export interface ProgressPrinter {
  /** How often it wants a snapshot, in milliseconds. */
  readonly intervalMs: number
  /** Shows where the run stands; the last snapshot of a run is its summary. */
  readonly print: (snapshot: Snapshot) => void
  /** Writes whole lines beside the progress: above a live block, never into it. */
  readonly log: (text: string) => void
  /** Ends the display where no last snapshot came; nothing half-drawn is left. */
  readonly close: () => void
}

/** Where a printer's text goes. It is called with whole lines or whole redraws. @category models */
export type Write = (text: string) => void

/** Shows a run until it ends. Interruption ends the display. @category running */
export const run = (
  model: Model,
  printer: ProgressPrinter,
  options: { readonly intervalMs?: number } = {},
): Effect.Effect<void> =>
  Effect.ensuring(
    Stream.runForEach(changes(model, { intervalMs: options.intervalMs ?? printer.intervalMs }), (snapshot) =>
      Effect.sync(() => printer.print(snapshot)),
    ),
    Effect.sync(() => printer.close()),
  )

/** Shows nothing, logs nothing: quiet means quiet. @category constructors */
export const silent: ProgressPrinter = {
  intervalMs: 60_000,
  print: () => {},
  log: () => {},
  close: () => {},
}

/**
 * One JSON line `{"type":"progress",…}` per snapshot, at most one per `everyMs` (1,000 unless given) besides the last;
 * other text as `{"type":"log","text":…}`.
 *
 * @category constructors
 */
export const jsonLines = (options: { readonly write: Write; readonly everyMs?: number }): ProgressPrinter => {
  const everyMs = options.everyMs ?? 1_000
  let lastMs = Number.NEGATIVE_INFINITY
  return {
    intervalMs: everyMs,
    print: (snapshot) => {
      if (snapshot.state !== "ended" && snapshot.atMs - lastMs < everyMs) return
      lastMs = snapshot.atMs
      options.write(`${JSON.stringify({ type: "progress", ...snapshot })}\n`)
    },
    log: (text) => options.write(`${JSON.stringify({ type: "log", text })}\n`),
    close: () => {},
  }
}

/** Where plain lines go and how often they come; times are milliseconds. @category models */
export interface LinesOptions {
  readonly write: Write
  /** What runs, in front of each line. */
  readonly title?: string
  /** Never two lines within so many milliseconds, the last one excepted; 5,000 unless given. */
  readonly everyMs?: number
  /** A line without a new step only after so many milliseconds; 60,000 unless given. */
  readonly silenceMs?: number
}

/** A new line is due at each step of so many percent. @category constants */
export const stepPercent = 10

/** Plain lines at a bounded pace, for a file, a pipe or a build log. @category constructors */
export const lines = (options: LinesOptions): ProgressPrinter => {
  const everyMs = options.everyMs ?? 5_000
  const silenceMs = options.silenceMs ?? 60_000
  const title = titleOf(options.title)
  let lastMs: number | undefined
  let lastStep = 0
  return {
    intervalMs: 1_000,
    print: (snapshot) => {
      if (snapshot.state === "waiting") return
      const step = Math.floor(percent(snapshot.done, snapshot.total) / stepPercent)
      const sinceMs = lastMs === undefined ? Number.POSITIVE_INFINITY : snapshot.atMs - lastMs
      const due = sinceMs >= everyMs && (step > lastStep || sinceMs >= silenceMs)
      if (snapshot.state === "ended") options.write(`${title}${summary(snapshot)}\n`)
      else if (due) options.write(`${title}${status(snapshot)}\n`)
      else return
      lastMs = snapshot.atMs
      lastStep = step
    },
    log: (text) => options.write(logLines(text)),
    close: () => {},
  }
}

const titleOf = (title: string | undefined): string => (title === undefined ? "" : `${visible(title)} `)

/** `5/12 (41 %), 2.5/s, 2.0 s elapsed, 3 s left: 4 succeeded, 1 failed`. @category formatting */
export const status = (snapshot: Snapshot): string => {
  const parts = [
    `${grouped(snapshot.done)}/${grouped(snapshot.total)} (${percent(snapshot.done, snapshot.total)} %)`,
    ...(snapshot.ratePerSecond > 0 ? [rate(snapshot.ratePerSecond)] : []),
    `${duration(snapshot.elapsedMs)} elapsed`,
    ...(snapshot.etaMs === undefined ? [] : [`${duration(snapshot.etaMs)} left`]),
    ...(snapshot.retries === 0 ? [] : [retries(snapshot.retries)]),
  ]
  return `${parts.join(", ")}${countsTail(snapshot)}`
}

/** `12/12 done in 4.1 s (2.9/s on average): 10 succeeded, 2 failed`. @category formatting */
export const summary = (snapshot: Snapshot): string => {
  const mean = snapshot.meanRatePerSecond > 0 ? ` (${rate(snapshot.meanRatePerSecond)} on average)` : ""
  const again = snapshot.retries === 0 ? "" : `, ${retries(snapshot.retries)}`
  const word = snapshot.status === "interrupted" || snapshot.status === undefined ? "done, stopped after" : "done in"
  return `${grouped(snapshot.done)}/${grouped(snapshot.total)} ${word} ${duration(snapshot.elapsedMs)}${mean}${again}${countsTail(snapshot)}`
}

/** `1 retry`, `2 retries`. */
export const retries = (count: number): string => `${grouped(count)} ${count === 1 ? "retry" : "retries"}`

const countsTail = (snapshot: Snapshot): string => {
  const words = countWords(snapshot.counts).map((word) => word.text)
  return words.length === 0 ? "" : `: ${words.join(", ")}`
}

/** Text as whole lines in which nothing but the line ends is a control character. */
export const logLines = (text: string): string =>
  text
    .replace(/\n$/, "")
    .split(/\r?\n/)
    .map((line) => `${visible(line.replaceAll("\t", "  "))}\n`)
    .join("")
