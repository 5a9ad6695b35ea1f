/**
 * What a command says: data on stdout, all else on stderr. Everything passes the secrets' redaction. Writing waits for a
 * slow reader, so nothing piles up; a reader that went away is noticed once and then written to no more. A stdout that
 * refuses what is written to it (a full disk) is a failure, because whoever reads the file later would miss the rest.
 *
 * @layer adapter
 * @module
 */
import type { SecretsShape } from "@heddle/core/Secrets"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { formatTable, visible } from "../cli/table.ts"
import { isReaderGone } from "../cli/report.ts"
import type { Output } from "./Cli.ts"

const defaultColumns = 80

export const makeOutput = (options: {
  readonly json: boolean
  readonly quiet: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly secrets: SecretsShape
}): Output => {
  const { stdout, stderr } = process
  let closed = false
  const listeners: Array<() => void> = []
  let failure: string | undefined
  let runId: string | null = null
  let runHint: string | undefined
  stdout.on("error", (error: Error) => {
    if (!isReaderGone(error)) failure ??= error.message
    if (closed) return
    closed = true
    for (const listener of listeners.splice(0)) listener()
  })
  // Code that is not ours (a pipeline file in this process) may print: never into our data, never unredacted.
  const writeStdout = stdout.write.bind(stdout)
  const writeStderrRaw = stderr.write.bind(stderr)
  const clean = (chunk: unknown): string =>
    options.secrets.redact(
      typeof chunk === "string" ? chunk : chunk instanceof Uint8Array ? new TextDecoder().decode(chunk) : String(chunk),
    )
  const elsewhere = (chunk: unknown, ...rest: ReadonlyArray<unknown>): boolean => {
    const written = rest.find((argument): argument is () => void => typeof argument === "function")
    return writeStderrRaw(clean(chunk), () => written?.())
  }
  stdout.write = elsewhere
  stderr.write = elsewhere
  stderr.on("error", () => {})
  const colourAllowed = (options.env["NO_COLOR"] ?? "") === "" && options.env["TERM"] !== "dumb"
  const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
    Effect.callback<void>((resume) => {
      if (closed && stream === stdout) return resume(Effect.void)
      // The callback comes when the text was handed on or the stream broke; either way the wait ends.
      const raw = stream === stdout ? writeStdout : writeStderrRaw
      raw(options.secrets.redact(text), () => resume(Effect.void))
    })
  const writeStderr = (text: string): void => void stderr.write(text)
  let writeNow = writeStderr
  const output: Output = {
    json: options.json,
    quiet: options.quiet,
    stdoutIsTerminal: stdout.isTTY === true,
    stderrIsTerminal: stderr.isTTY === true,
    stderrColumns: stderr.columns ?? defaultColumns,
    colour: {
      stdout: colourAllowed && stdout.isTTY === true,
      stderr: colourAllowed && stderr.isTTY === true,
    },
    about: (id, hint) => {
      runId = id
      runHint = hint
    },
    runId: () => runId,
    runHint: () => runHint,
    data: (text) => write(stdout, text),
    line: (line) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const { type, ...rest } = line
        return write(
          stdout,
          `${JSON.stringify({ type, runId: null, at: new Date(now).toISOString(), level: "info", ...rest })}\n`,
        )
      }),
    table: (columns, rows) =>
      write(
        stdout,
        formatTable(columns, rows, {
          aligned: stdout.isTTY === true,
          colour: colourAllowed && stdout.isTTY === true,
          columnsMax: stdout.columns,
        }),
      ),
    note: (text) => (options.quiet ? Effect.void : write(stderr, `${visible(text)}\n`)),
    warn: (text) => write(stderr, `${visible(text)}\n`),
    stderrNow: (text) => writeNow(options.secrets.redact(text)),
    divert: (write) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          writeNow = write
        }),
        () =>
          Effect.sync(() => {
            writeNow = writeStderr
          }),
      ),
    flush: Effect.andThen(
      Effect.suspend(() => (stdout.errored === null ? write(stdout, "") : Effect.void)),
      Effect.suspend(() => (stderr.errored === null ? write(stderr, "") : Effect.void)),
    ),
    isClosed: () => closed,
    failure: () => failure,
    onClosed: (listener) => {
      if (closed) listener()
      else listeners.push(listener)
    },
  }
  return output
}
