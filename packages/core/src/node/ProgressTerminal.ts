/**
 * Progress on this process's own terminal: stderr, so that stdout stays data. A live block on a terminal, plain lines
 * elsewhere; a reader that went away (EPIPE) ends the display and nothing else.
 *
 * @layer adapter
 * @module
 */
import type { Writable } from "node:stream"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { terminal } from "../ProgressBlock.ts"
import { guardedWrite } from "./internal/guardedWrite.ts"
import { jsonLines, lines, silent, type ProgressPrinter } from "../ProgressPrinter.ts"

/** A stream that may be a terminal. @category models */
export interface TerminalStream extends Writable {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** How progress is shown, and where. @category models */
export interface ProgressTerminalOptions {
  readonly title?: string
  /** `auto`, unless given: a live block on a terminal, plain lines elsewhere. */
  readonly mode?: "auto" | "live" | "lines" | "json" | "silent"
  /** Where it is written; stderr unless given. */
  readonly stream?: TerminalStream
  /** Read for `NO_COLOR`, `TERM` and the locale; this process's own unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A printer for this process's terminal. Its scope's end takes away a block that is still drawn. @category constructors */
export const make = Effect.fnUntraced(function* (
  options: ProgressTerminalOptions = {},
): Effect.fn.Return<ProgressPrinter, never, Scope.Scope> {
  const stream: TerminalStream = options.stream ?? process.stderr
  const env = options.env ?? process.env
  const mode = options.mode ?? "auto"
  if (mode === "silent") return silent
  const write = guardedWrite(stream)
  const titled = options.title === undefined ? {} : { title: options.title }
  if (mode === "json") return jsonLines({ write })
  const live = mode === "live" || (mode === "auto" && stream.isTTY === true && env["TERM"] !== "dumb")
  if (!live) return lines({ write, ...titled })

  const printer = terminal({
    write,
    ...titled,
    columns: () => stream.columns ?? 80,
    rows: () => stream.rows ?? 24,
    // https://no-color.org: present and not empty, whatever its value.
    color: (env["NO_COLOR"] ?? "") === "",
    unicode: speaksUnicode(env),
  })
  const resized = (): void => printer.redraw()
  yield* Effect.acquireRelease(
    Effect.sync(() => stream.on("resize", resized)),
    () =>
      Effect.sync(() => {
        stream.off("resize", resized)
        printer.close()
      }),
  )
  return {
    ...printer,
    // A terminal that takes no more (a stopped session) misses a drawing; the texts do not pile up in memory.
    print: (snapshot) => {
      if (snapshot.state === "ended" || !stream.writableNeedDrain) printer.print(snapshot)
    },
  }
})

const speaksUnicode = (env: Readonly<Record<string, string | undefined>>): boolean => {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"]
  return locale === undefined || locale === "" ? process.platform === "win32" : /utf-?8/i.test(locale)
}
