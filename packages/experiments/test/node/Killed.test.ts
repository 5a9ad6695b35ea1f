import { describe, expect, it } from "@effect/vitest"
import * as ProgressTerminal from "@heddle/core/node/ProgressTerminal"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { Effect, Schema } from "effect"
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import * as StudyProgressTerminal from "../../src/node/StudyProgressTerminal.ts"
import { runStudy } from "../../src/StudyRunner.ts"
import { studyOf } from "../runStudies.ts"

const program = fileURLToPath(new URL("../fixtures/runs/study.ts", import.meta.url))
const runs = 40

const Report = Schema.Struct({
  ids: Schema.Array(Schema.String),
  counts: Schema.Record(Schema.String, Schema.Finite),
  budgets: Schema.Array(Schema.Struct({ spent: Schema.Finite, cap: Schema.Finite })),
})

const linesOf = (file: string): ReadonlyArray<string> =>
  existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : []

/** Runs one session; kills it once so many calls were written, unless that is 0. */
const session = (ledger: string, calls: string, mode: string, killAfter: number) =>
  Effect.callback<string>((resume) => {
    const child = spawn(process.execPath, [program, ledger, calls, mode], { stdio: ["ignore", "pipe", "inherit"] })
    let output = ""
    const watch =
      killAfter === 0
        ? undefined
        : setInterval(() => {
            if (linesOf(calls).length >= killAfter) child.kill("SIGKILL")
          }, 1)
    child.stdout.on("data", (chunk) => (output += String(chunk)))
    child.on("close", () => {
      clearInterval(watch)
      resume(Effect.succeed(output))
    })
  })

describe("studies that are killed", () => {
  it.live.each([1, 9, 23])(
    "AC-27: killed with SIGKILL after %i calls, the resume completes with one record per run and one charge more at most per interrupted try",
    (killAfter) =>
      Effect.gen(function* () {
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "heddle-killed-"))),
          (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true })),
        )
        const [ledger, calls] = [join(folder, "ledger.sqlite"), join(folder, "calls")]
        expect(yield* session(ledger, calls, "run", killAfter)).toBe("")
        const before = linesOf(calls)
        expect(before.length).toBeLessThan(runs)
        const report = yield* Schema.decodeEffect(Schema.fromJsonString(Report))(
          yield* session(ledger, calls, "resume", 0),
        )
        expect(report.ids).toHaveLength(runs)
        expect(new Set(report.ids).size).toBe(runs)
        for (const line of report.ids) {
          const [id, status, output] = line.split(" ")
          expect([status, output]).toEqual(["success", id])
        }
        // The file that the runner itself wrote: no run was called more than twice, and only those in flight were.
        const times = new Map<string, number>()
        for (const id of linesOf(calls)) times.set(id, (times.get(id) ?? 0) + 1)
        const twice = [...times.values()].filter((count) => count > 1)
        expect(twice.length).toBeLessThanOrEqual(4)
        expect(Math.max(...times.values())).toBeLessThanOrEqual(2)
        expect(times.size).toBe(runs)
        const [budget] = report.budgets
        expect(budget?.spent).toBeLessThanOrEqual(20)
        // What was killed counts with all that it could spend, and was begun on record before it was called.
        expect(budget?.spent).toBeGreaterThanOrEqual(0.25 * linesOf(calls).length - 1e-9)
      }).pipe(Effect.scoped),
  )
})

class Terminal extends Writable implements ProgressTerminal.TerminalStream {
  readonly isTTY: boolean
  text = ""
  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }
  override _write(chunk: unknown, _: string, done: () => void): void {
    this.text += String(chunk)
    done()
  }
}

describe("progress on a terminal", () => {
  const shown = (terminal: Terminal, showProgress: boolean | undefined) =>
    runStudy(studyOf(2, { studyId: "shown" }), {
      conditionRunner: () => ({ outputs: {} }),
      ...(showProgress === undefined ? {} : { showProgress }),
    }).pipe(
      Effect.provide([StudyProgressTerminal.layer({ stream: terminal, env: { TERM: "xterm" } }), LedgerMemory.layer()]),
    )

  it.live("R15: unset, it is shown on a terminal and nowhere else; false shows nothing; true shows it anywhere", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [boolean, boolean | undefined, boolean]> = [
        [true, undefined, true],
        [false, undefined, false],
        [true, false, false],
        [false, true, true],
      ]
      for (const [isTTY, showProgress, expected] of cases) {
        const terminal = new Terminal(isTTY)
        yield* shown(terminal, showProgress)
        expect([isTTY, showProgress, terminal.text !== ""]).toEqual([isTTY, showProgress, expected])
      }
    }),
  )
})
