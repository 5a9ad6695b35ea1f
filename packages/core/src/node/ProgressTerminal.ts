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
import { jsonLines, lines, silent, type ProgressPrinter } from "../ProgressPrinter.ts"

/** A stream that may be a terminal. @category models */
export interface TerminalStream extends Writable {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** @category models */
export interface ProgressTerminalOptions {
  readonly title?: string
  /** `auto`, unless given: a live block on a terminal, plain lines elsewhere. */
  readonly mode?: "auto" | "live" | "lines" | "json" | "silent"
  /** Where it is written; stderr unless given. */
  readonly stream?: TerminalStream
  /** Read for `NO_COLOR`, `TERM` and the locale; this process's own unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Streams whose errors are heard already; one listener each is enough for the life of the process. */
const guarded = new WeakMap<TerminalStream, { broken: boolean }>()

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
  return printer
})

/** Writes until the stream says that nobody reads any more. */
const guardedWrite = (stream: TerminalStream): ((text: string) => void) => {
  const known = guarded.get(stream)
  const state = known ?? { broken: false }
  if (known === undefined) {
    guarded.set(stream, state)
    // Stays for good: the error of a last write may come after the display has ended, and would end the process.
    stream.on("error", () => {
      state.broken = true
    })
  }
  return (text) => {
    if (!state.broken && !stream.destroyed && stream.writable) stream.write(text)
  }
}

const speaksUnicode = (env: Readonly<Record<string, string | undefined>>): boolean => {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"]
  return locale === undefined || locale === "" ? process.platform === "win32" : /utf-?8/i.test(locale)
}
