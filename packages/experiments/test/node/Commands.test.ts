import { describe, expect, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as Runner from "@heddle/core/Runner"
import { Effect, Fiber } from "effect"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as CommandAgent from "../../src/node/CommandAgent.ts"
import * as StudyFile from "../../src/StudyFile.ts"
import { runStudy } from "../../src/StudyRunner.ts"
import { float } from "../../src/Value.ts"
import { studyOf } from "../runStudies.ts"

const inMemory = Effect.provide(LedgerMemory.layer())
const node = process.execPath

const study = studyOf(1, { agentSpecs: ["program"], problemIds: ["p"] })

const runProgram = (
  script: string,
  options: Partial<CommandAgent.CommandOptions> & { readonly arguments?: ReadonlyArray<string> } = {},
) => {
  const { arguments: rest = [], ...more } = options
  const program = CommandAgent.make({
    argv: [node, "-e", script.replaceAll(/[{}]/g, "$&$&"), "--", ...rest],
    version: "1",
    ...more,
  })
  return Effect.map(
    runStudy(study, { agentBindings: { program }, problemRegistry: { p: { brief: "a task" } } }),
    ({ results }) => results[0],
  )
}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heddle-command-"))),
  (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true })),
)

/** Whether a process with this id is there. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    // A process that was killed and not yet waited for is not alive.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))
  } catch {
    return false
  }
}

const until = (holds: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (holds() ? Effect.void : Effect.andThen(Effect.sleep(10), until(holds))))

describe("a program as an agent", () => {
  it.live("gets the run as JSON on stdin and its arguments filled in, and answers with JSON", () =>
    Effect.gen(function* () {
      const result = yield* runProgram(
        `let text = ""
         process.stdin.on("data", (c) => (text += c)).on("end", () => {
           const run = JSON.parse(text)
           console.log(JSON.stringify({ output: { seed: run.seed, x: run.factors.x, brief: run.problem.brief, argv: process.argv.slice(1) }, metrics: { cost_usd: 0.5 } }))
         })`,
        { arguments: ["--seed={seed}", "{condition.x}", "{run_id}", "{{x}}", "; rm -rf / $(id)"] },
      )
      expect(result?.errorInfo).toBe(null)
      const { seed, runId } = { seed: result?.runSpec.seed ?? 0, runId: result?.runId ?? "" }
      expect(result?.outputs.get("seed")).toBe(seed)
      expect(result?.outputs.get("brief")).toBe("a task")
      // Each template is one argument, and no shell has read it.
      expect(result?.outputs.get("argv")).toEqual([`--seed=${seed}`, "1", runId, "{x}", "; rm -rf / $(id)"])
      expect(result?.costUsd).toBe(0.5)
    }).pipe(inMemory),
  )

  it.live("gets floats as floats, on stdin and in its arguments, so that 1.0 is no whole number to Python", () =>
    Effect.gen(function* () {
      const program = CommandAgent.make({
        argv: [
          node,
          "-e",
          'process.stdin.on("data", (text) => console.log(JSON.stringify({{ output: {{ text: String(text), argv: process.argv.slice(1) }} }})))',
          "--",
          "{condition.dose}",
          "{condition.on}",
          "{condition.many}",
        ],
        version: "1",
      })
      const factors = [
        StudyFile.factor("dose", [float(1)]),
        StudyFile.factor("many", [3]),
        StudyFile.factor("on", [true]),
      ]
      const { results } = yield* runStudy(studyOf(1, { factors, agentSpecs: ["program"], problemIds: ["p"] }), {
        agentBindings: { program },
        problemRegistry: { p: {} },
      })
      expect(results[0]?.errorInfo).toBe(null)
      expect(results[0]?.outputs.get("argv")).toEqual(["1.0", "true", "3"])
      const text = results[0]?.outputs.get("text")
      expect(text).toContain('"factors":{"dose":1.0,"many":3,"on":true}')
      expect(JSON.parse(String(text))).toMatchObject({ factors: { dose: 1 }, blocks: {}, problem_id: "p" })
    }).pipe(inMemory),
  )

  it.live("sees no environment beside the path and what it is given", () =>
    Effect.gen(function* () {
      process.env["HEDDLE_TEST_SECRET"] = "do not pass on"
      const result = yield* runProgram(
        `console.log(JSON.stringify({ output: { names: Object.keys(process.env).filter((n) => n !== "PATH" && !n.startsWith("_") && !n.startsWith("__")) } }))`,
        { env: { GIVEN: "1" } },
      )
      delete process.env["HEDDLE_TEST_SECRET"]
      expect(result?.outputs.get("names")).toEqual(["GIVEN"])
    }).pipe(inMemory),
  )

  it.live("fails with its exit code and the end of its stderr", () =>
    Effect.gen(function* () {
      const result = yield* runProgram(`console.error("x".repeat(100000) + " no such model"); process.exitCode = 3`)
      expect(result?.errorInfo).toContain("CommandFailed")
      expect(result?.errorInfo).toContain("exit code 3")
      expect(result?.errorInfo?.length).toBeLessThan(CommandAgent.stderrTailBytes + 500)
      expect(result?.errorInfo).toMatch(/no such model$/)
    }).pipe(inMemory),
  )

  it.live("fails where its answer is no JSON, too large, or a failure of its own", () =>
    Effect.gen(function* () {
      expect((yield* runProgram(`console.log("hello")`))?.errorInfo).toContain(
        "CommandAnswerInvalid: stdout is no JSON",
      )
      const large = yield* runProgram(`process.stdout.write("x".repeat(200000)); setInterval(() => {}, 1000)`, {
        stdoutBytesMax: 1_000,
      })
      expect(large?.errorInfo).toContain("CommandOutputTooLarge")
      const own = yield* runProgram(
        `console.log(JSON.stringify({ success: false, output: { error: "I gave up" }, metrics: { cost_usd: 2 } }))`,
      )
      expect(own).toMatchObject({ status: "failed", costUsd: 2, errorInfo: "AgentReportedFailure: I gave up" })
    }).pipe(inMemory),
  )

  it.live("fails where the program is not there, and where a template names nothing", () =>
    Effect.gen(function* () {
      const absent = CommandAgent.make({ argv: ["/no/such/program"], version: "1" })
      const wrong = CommandAgent.make({ argv: [node, "{condition.y}"], version: "1" })
      for (const [program, tag] of [
        [absent, "CommandNotStarted"],
        [wrong, "InvalidTemplate: the run has no factor y"],
      ] as const) {
        const budgets = { study: { costUsd: 1 }, perRun: { costUsd: 0.3 } }
        const capped = studyOf(1, { agentSpecs: ["program"], problemIds: ["p"], heddle: { budgets } })
        const bound = { agentBindings: { program }, problemRegistry: { p: {} } }
        const { receipt, results } = yield* runStudy(capped, bound)
        expect(results[0]?.errorInfo).toContain(tag)
        // What never began has cost nothing.
        expect(receipt?.budgets).toMatchObject([{ spent: 0 }])
      }
    }).pipe(inMemory),
  )

  it.live("that takes too long is killed with everything that it started", () =>
    Effect.gen(function* () {
      const made = yield* folder
      const file = join(made, "pid")
      const child = `require("fs").writeFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => {}, 1000)`
      const result = yield* runProgram(
        `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "ignore" })
         const fs = require("fs")
         process.on("SIGTERM", () => {})
         setInterval(() => {}, 1000)`,
        { timeoutMs: 1_500 },
      )
      expect(result?.errorInfo).toContain("CommandTimedOut")
      yield* until(() => existsSync(file))
      yield* until(() => !isAlive(Number(readFileSync(file, "utf8"))))
    }).pipe(Effect.scoped, inMemory),
  )

  it.live("that leaves a program behind, in its group or out of it, has answered when it ends itself", () =>
    Effect.gen(function* () {
      const made = yield* folder
      for (const detached of [false, true]) {
        const file = join(made, `pid-${detached}`)
        // Holds the pipe of stdout, and ends by itself only long after any test.
        const left = `require("fs").writeFileSync(${JSON.stringify(file)}, String(process.pid)); setTimeout(() => {}, 3_600_000)`
        const result = yield* runProgram(
          `const child = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(left)}], { stdio: "inherit", detached: ${detached} })
           child.unref()
           const fs = require("fs")
           const timer = setInterval(() => {
             if (!fs.existsSync(${JSON.stringify(file)})) return
             clearInterval(timer)
             process.stdout.write(JSON.stringify({ output: { candidate: 1 } }))
           }, 10)`,
        )
        const pid = Number(readFileSync(file, "utf8"))
        if (detached) process.kill(pid, "SIGKILL")
        expect(result?.errorInfo).toBe(null)
        yield* until(() => !isAlive(pid))
      }
    }).pipe(Effect.scoped, inMemory),
  )

  it("has a version that shows nothing of its words", () => {
    const version = (word: string) => CommandAgent.make({ argv: ["tool", word], version: "1" }).version
    expect(version("--key=sk-0123456789")).not.toContain("0123456789")
    expect(version("a")).not.toBe(version("b"))
  })

  it.live("is asked to end where the study is interrupted, and may tidy up", () =>
    Effect.gen(function* () {
      const made = yield* folder
      const [ready, tidied] = [join(made, "ready"), join(made, "tidied")]
      const program = CommandAgent.make({
        argv: [
          node,
          "-e",
          `const fs = require("fs")
           process.on("SIGTERM", () => { fs.writeFileSync(${JSON.stringify(tidied)}, "1"); process.exit(0) })
           fs.writeFileSync(${JSON.stringify(ready)}, String(process.pid))
           setInterval(() => {}, 1000)`.replaceAll(/[{}]/g, "$&$&"),
        ],
        version: "1",
      })
      const control = yield* Runner.makeControl
      const fiber = yield* Effect.forkChild(
        runStudy(study, { agentBindings: { program }, problemRegistry: { p: {} }, control }),
      )
      yield* until(() => existsSync(ready))
      yield* control.interrupt
      const { receipt } = yield* Fiber.join(fiber)
      expect(receipt?.counts.interrupted).toBe(1)
      expect(existsSync(tidied)).toBe(true)
    }).pipe(Effect.scoped, inMemory),
  )
})
