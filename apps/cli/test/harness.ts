/**
 * Runs whole commands as child processes: arguments in; exit code, stdout and stderr out. Filters replace what differs
 * between runs (paths, times, ids, ports), so that outputs can be compared as texts.
 *
 * Commands start from the bundle of this test run; `bundle.test.ts` shows that the sources answer alike.
 */
import { spawn, type ChildProcess } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { inject } from "vitest"

/** The command line as it is shipped, built for this test run. */
export const entry = inject("heddleEntry")
/** The same from its sources, as `npm start` runs it. */
export const sourceEntry = fileURLToPath(new URL("../src/main.ts", import.meta.url))

/** Credentials of the specification's conventions. */
export const credentials = { IMEDNET_API_KEY: "KEY-1234", IMEDNET_SECURITY_KEY: "SEC-5678" }

export interface Result {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** The file that Node starts; the bundle unless given. */
  readonly entry?: string
}

export interface Running {
  readonly child: ChildProcess
  readonly done: Promise<Result>
  /** What arrived on stdout so far. */
  readonly stdout: () => string
  readonly stderr: () => string
}

/** Starts a command. The environment is empty but for PATH, HOME and what is given. */
export const start = (args: ReadonlyArray<string>, options: RunOptions = {}): Running => {
  const child = spawn(process.execPath, [options.entry ?? entry, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk))
  const done = new Promise<Result>((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr })),
  )
  return { child, done, stdout: () => stdout, stderr: () => stderr }
}

/** Runs a command to its end. */
export const run = (args: ReadonlyArray<string>, options?: RunOptions): Promise<Result> => start(args, options).done

/** A folder that is gone after the test; use with `using`. */
export const folder = () => {
  const path = mkdtempSync(join(tmpdir(), "heddle-cli-"))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Lines of JSON on stdout. */
export const jsonLines = (text: string): ReadonlyArray<Record<string, unknown>> =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))

/** Waits until `ready` holds; the bound is for hangs. */
export const until = async (ready: () => boolean, what: string): Promise<void> => {
  for (let turn = 0; turn < 2_000; turn++) {
    if (ready()) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`waited in vain for ${what}`)
}

/** Replaces what differs between runs. */
export const filtered = (text: string, more: ReadonlyArray<readonly [string | RegExp, string]> = []): string =>
  [
    ...more,
    [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>"] as const,
    [/\b\d{8}-\d{6}-[0-9a-z]+\b/g, "<runId>"] as const,
    [/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>"] as const,
    [/sha256:[0-9a-f]{64}/g, "sha256:<hash>"] as const,
    [/\b\d+(\.\d+)? (ms|s)\b/g, "<duration>"] as const,
    [/\b\d+ (min|h) \d\d (s|min)\b/g, "<duration>"] as const,
  ].reduce((clean, [from, to]) => clean.replaceAll(from, to), text)
