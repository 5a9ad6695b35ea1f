/**
 * The two common contestants: a function in this process, and a long-lived child process that times itself.
 *
 * A child reads one line per turn from its standard input, `{"turn":0}`, does the work, and answers one line
 * `{"elapsedMs":1.5,"result":…}`. It says `{"ready":true}` first, ends when its input ends, and writes nothing else to its
 * standard output.
 *
 * @layer adapter
 * @module
 */
import { spawn, spawnSync } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { Contestant, Missing, Sample, Session } from "./Suite.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))

/** A child that says nothing for this long is taken for hung. */
const answerTimeoutMs = 600_000

/** A contestant in this process; the harness's clock is around `run` alone. */
export const inProcess = (options: {
  readonly name: string
  readonly version: string
  /** Shown in the output; default `name (in process)`. */
  readonly command?: string
  readonly run: () => unknown
  /** Before each turn, outside of the time. */
  readonly before?: () => unknown
  /** After each turn, outside of the time; what it returns takes the place of the answer when it is not undefined. */
  readonly after?: (result: unknown) => unknown
  readonly close?: () => unknown
}): Contestant => ({
  name: options.name,
  command: options.command ?? `${options.name} (in process)`,
  open: async () => ({
    version: options.version,
    run: async () => {
      await options.before?.()
      const start = performance.now()
      const result = await options.run()
      const elapsedMs = performance.now() - start
      const replaced = await options.after?.(result)
      return { elapsedMs, result: replaced === undefined ? result : replaced }
    },
    close: async () => {
      await options.close?.()
    },
  }),
})

/** A contestant in a child process of its own, started once and asked once per turn. */
export const childProcess = (options: {
  readonly name: string
  readonly command: readonly [string, ...ReadonlyArray<string>]
  /** Prints the version on one line and ends; also how a missing program is found out. */
  readonly versionCommand: readonly [string, ...ReadonlyArray<string>]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}): Contestant => ({
  name: options.name,
  // As one would type it in the repository's root: a table must not name one machine's folders.
  command: options.command.join(" ").replaceAll(root, ""),
  open: async (): Promise<Session | Missing> => {
    const [versionFile, ...versionArgs] = options.versionCommand
    const asked = spawnSync(versionFile, versionArgs, { encoding: "utf8", cwd: options.cwd })
    if (asked.error !== undefined || asked.status !== 0) {
      const why = asked.error?.message ?? (asked.stderr.trim().split("\n").at(-1) || `status ${asked.status}`)
      return { missing: `${options.versionCommand.join(" ")}: ${why}` }
    }
    const version = (asked.stdout.trim() || asked.stderr.trim()).split("\n")[0] ?? ""
    return start(options, version)
  },
})

const start = async (options: Parameters<typeof childProcess>[0], version: string): Promise<Session> => {
  const [file, ...args] = options.command
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "inherit"],
  })
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message))
    child.once("close", (code, signal) => resolve(`ended with ${signal ?? `status ${code}`}`))
  })
  // A broken pipe shows as the child's end, which is reported; the stream's own error adds nothing.
  child.stdin.on("error", () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async (): Promise<unknown> => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${options.name} said nothing for ${answerTimeoutMs} ms`)),
        answerTimeoutMs,
      )
    })
    try {
      const next = await Promise.race([lines.next(), late])
      if (next.done === true) throw new Error(`${options.name} ${await ended} before it answered`)
      return JSON.parse(next.value)
    } finally {
      clearTimeout(timer)
    }
  }
  const close = async () => {
    child.stdin.end()
    const timer = setTimeout(() => child.kill("SIGKILL"), 5_000)
    await ended
    clearTimeout(timer)
  }
  try {
    const ready = await answer()
    if (typeof ready !== "object" || ready === null || !("ready" in ready)) {
      throw new Error(`${options.name} must say {"ready":true} first; it said ${JSON.stringify(ready)}`)
    }
  } catch (error) {
    child.kill("SIGKILL")
    await ended
    throw error
  }
  let turn = 0
  return {
    version,
    run: async () => {
      child.stdin.write(`${JSON.stringify({ turn: turn++ })}\n`)
      return toSample(options.name, await answer())
    },
    close,
  }
}

const toSample = (name: string, value: unknown): Sample => {
  if (typeof value === "object" && value !== null && "elapsedMs" in value && "result" in value) {
    const { elapsedMs, result } = value
    if (typeof elapsedMs === "number" && Number.isFinite(elapsedMs) && elapsedMs >= 0) return { elapsedMs, result }
  }
  throw new Error(`${name} must answer {"elapsedMs":…,"result":…}; it answered ${JSON.stringify(value)}`)
}
