/**
 * An agent that is a program: each run starts it once. Its arguments are templates, each one argument, and no shell reads
 * them; it gets the run as one line of JSON on stdin and answers with JSON on stdout. Time, output and what it leaves
 * running are bounded.
 *
 * @layer adapter
 * @module
 */
import * as Canonical from "@heddle/core/Canonical"
import * as Effect from "effect/Effect"
import type { Json } from "effect/Schema"
import { spawn, type ChildProcess } from "node:child_process"
import type { Agent, RunRequest } from "../RunBinding.ts"
import { RunFailed } from "../RunError.ts"
import * as StableJson from "../StableJson.ts"
import { isFloat, type Value } from "../Value.ts"
import { runText } from "../internal/runJson.ts"

/** What a program is started with. @category models */
export interface CommandOptions {
  /**
   * Program and arguments. In each of them `{run_id}`, `{study_id}`, `{condition_id}`, `{replicate}`, `{seed}`, `{attempt}`,
   * `{agent_id}`, `{problem_id}`, `{condition.NAME}` and `{block.NAME}` stand for the run's own; `{{` is a brace.
   */
  readonly argv: readonly [program: string, ...argumentTemplates: ReadonlyArray<string>]
  /** Part of the fingerprint; the templates are too. */
  readonly version: string
  readonly cwd?: string
  /** What the program sees of the environment beside `PATH`; nothing unless given. */
  readonly env?: Readonly<Record<string, string>>
  /** Bound of one call in milliseconds; none unless given, but a run's own bound holds too. */
  readonly timeoutMs?: number
  /** Bound of stdout in bytes; {@link stdoutBytesMax} unless given. */
  readonly stdoutBytesMax?: number
  readonly metadata?: { readonly [name: string]: string }
}

/** Bound of a program's stdout unless said otherwise. */
export const stdoutBytesMax = 16 * 1024 * 1024
/** Bytes at the end of stderr that stand in a failure. */
export const stderrTailBytes = 4_096
/** How long a program may tidy up after it was asked to end, before it is killed. */
export const killAfterMs = 2_000
/** How long output is read after the program itself has ended: what it left behind may hold its pipes for ever. */
export const drainAfterMs = 1_000

const failed = (errorType: string, problem: string): RunFailed => new RunFailed({ stage: "agent", errorType, problem })

const scalar = (value: Json | undefined, name: string, exact: Value | undefined): string => {
  if (value === undefined) throw failed("InvalidTemplate", `the run has no ${name}`)
  // As on stdin: 1.0 is a float.
  if (isFloat(exact)) return StableJson.stringify(exact)
  return value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value)
}

/** One argument with the names in braces filled in. Throws where a name stands for nothing. @category templates */
export const fill = (template: string, request: RunRequest): string =>
  template.replaceAll(/\{\{|\}\}|\{([^{}]*)\}/g, (whole, name: string | undefined) => {
    if (name === undefined) return whole === "{{" ? "{" : "}"
    if (name.startsWith("condition."))
      return scalar(
        request.factors[name.slice(10)],
        `factor ${name.slice(10)}`,
        request.condition.factorAssignments.get(name.slice(10)),
      )
    if (name.startsWith("block."))
      return scalar(
        request.blocks[name.slice(6)],
        `block ${name.slice(6)}`,
        request.condition.blockAssignments.get(name.slice(6)),
      )
    switch (name) {
      case "run_id":
        return request.runId
      case "study_id":
        return request.studyId
      case "condition_id":
        return request.conditionId
      case "replicate":
        return String(request.replicate)
      case "seed":
        return String(request.seed)
      case "attempt":
        return String(request.attempt)
      case "agent_id":
        return request.agentId ?? ""
      case "problem_id":
        return request.problemId ?? ""
      default:
        throw failed("InvalidTemplate", `{${name}} stands for nothing; for a brace write {{`)
    }
  })

/** Ends a program and everything that it started: its group, asked first, then killed. */
const end = (child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void => {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // It is gone already, or this system has no groups of processes; then at least the program itself ends.
    child.kill(signal)
  }
}

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: Uint8Array
  readonly stderr: string
}

/** What never began has cost nothing, whatever it might have cost. */
const spentNothing = (request: RunRequest): void => request.spend({ costUsd: 0, tokens: 0 })

const run = (
  argv: ReadonlyArray<string>,
  input: string,
  options: CommandOptions,
  neverStarted: () => void,
): Effect.Effect<Ended, RunFailed> =>
  Effect.callback<Ended, RunFailed>((resume) => {
    const [program = "", ...rest] = argv
    const bound = options.stdoutBytesMax ?? stdoutBytesMax
    const child = spawn(program, rest, {
      // A group of its own, so that what it starts ends with it.
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...(process.env["PATH"] === undefined ? {} : { PATH: process.env["PATH"] }), ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    })
    const chunks: Array<Uint8Array> = []
    let size = 0
    let tail = Buffer.alloc(0)
    let refused: RunFailed | undefined
    let killTimer: NodeJS.Timeout | undefined
    let drainTimer: NodeJS.Timeout | undefined
    const stop = (failure: RunFailed): void => {
      refused ??= failure
      end(child, "SIGKILL")
    }
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(
            () => stop(failed("CommandTimedOut", `no answer within ${options.timeoutMs ?? 0} ms${said()}`)),
            options.timeoutMs,
          )
    const said = (): string => {
      const text = tail.toString("utf8").trim()
      return text === "" ? "" : `; stderr ends with: ${text}`
    }
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length
      if (size > bound) stop(failed("CommandOutputTooLarge", `more than ${bound} bytes on stdout`))
      else chunks.push(chunk)
    })
    child.stderr.on("data", (chunk: Buffer) => {
      tail = Buffer.concat([tail, chunk])
      if (tail.length > stderrTailBytes) tail = tail.subarray(tail.length - stderrTailBytes)
    })
    // A program that does not read its input has closed the pipe; that is no failure.
    child.stdin.on("error", () => {})
    child.stdin.end(input)
    const clear = (): void => {
      clearTimeout(timer)
      clearTimeout(killTimer)
      clearTimeout(drainTimer)
    }
    child.on("error", (error) => {
      clear()
      if (child.pid === undefined) neverStarted()
      resume(Effect.fail(failed("CommandNotStarted", `${program} cannot be started: ${error.message}`)))
    })
    child.on("exit", () => {
      // What it left running in its group ends with it, and lets go of its pipes.
      end(child, "SIGKILL")
      // What has left the group is nobody's to end; then its pipes are closed from here.
      drainTimer = setTimeout(() => {
        child.stdout.destroy()
        child.stderr.destroy()
      }, drainAfterMs)
    })
    child.on("close", (code, signal) => {
      clear()
      if (refused !== undefined) return resume(Effect.fail(refused))
      resume(Effect.succeed({ code, signal, stdout: Buffer.concat(chunks), stderr: said() }))
    })
    return Effect.callback<void>((done) => {
      clearTimeout(timer)
      if (child.exitCode !== null || child.signalCode !== null) return done(Effect.void)
      child.once("close", () => done(Effect.void))
      end(child, "SIGTERM")
      killTimer = setTimeout(() => end(child, "SIGKILL"), killAfterMs)
    })
  })

/**
 * An agent that starts a program for each run. Exit code 0 and JSON on stdout is an answer; anything else fails the run,
 * with the end of stderr in the message. An interruption asks the program's whole process group to end, and kills it after
 * {@link killAfterMs}; a time-out kills it at once.
 *
 * @category agents
 */
export const make = (options: CommandOptions): Agent => ({
  // Hashed: it stands in the plan, and a word of a command line may be a credential.
  version: Canonical.hash([options.version, options.argv]),
  metadata: { agent_kind: "command", ...options.metadata },
  run: (request) =>
    Effect.gen(function* () {
      const argv = yield* Effect.try({
        try: () => options.argv.map((template) => fill(template, request)),
        catch: (error) => {
          spentNothing(request)
          return error instanceof RunFailed ? error : failed("InvalidTemplate", String(error))
        },
      })
      const ended = yield* run(argv, `${runText(request)}\n`, options, () => spentNothing(request))
      const { code, signal, stderr, stdout } = ended
      if (code !== 0) {
        const how = signal === null ? `exit code ${code ?? "unknown"}` : `signal ${signal}`
        return yield* failed("CommandFailed", `${argv[0] ?? ""} ended with ${how}${stderr}`)
      }
      return yield* Effect.try({
        try: (): unknown => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(stdout)),
        catch: (error) =>
          failed(
            "CommandAnswerInvalid",
            `stdout is no JSON: ${error instanceof Error ? error.message : "unreadable"}${stderr}`,
          ),
      })
    }),
})
