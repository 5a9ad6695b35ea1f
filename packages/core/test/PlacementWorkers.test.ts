import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type { Json } from "effect/Schema"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "rolldown"
import * as PlacementWorkers from "@heddle/core/node/PlacementWorkers"
import * as Work from "@heddle/core/Work"
import { fixture, runExport, suite, unitOf } from "./placementSuite.ts"

const workers = PlacementWorkers.make({ graceMs: 200 })

const prepare = (name: string, concurrency = 1, placement = workers) =>
  placement.prepare<unknown, never, never>(Work.module(fixture("units.ts"), name), { concurrency })

/** Runs a fixture as a program of its own to its end. */
const program = Effect.fnUntraced(function* (name: string, argument: string) {
  const child = spawn(process.execPath, [fileURLToPath(fixture(name)), argument], { stdio: ["ignore", "pipe", "pipe"] })
  let out = ""
  child.stdout.on("data", (text) => (out += String(text)))
  let problems = ""
  child.stderr.on("data", (text) => (problems += String(text)))
  const [code] = yield* Effect.promise(() => once(child, "close"))
  return { code: Number(code), out, problems }
})

describe("workers", () => {
  suite(workers)

  it.live("a closure is refused, with what to do instead", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const error = yield* Effect.flip(workers.prepare(() => Effect.succeed(1), { concurrency: 1 }))
        expect(error.reason).toEqual({ _tag: "ClosureCannotCross", placement: "a worker thread" })
        expect(error.message).toBe("a function cannot be sent to a worker thread")
      }),
    ),
  )

  it.live("a loop that never ends is ended by an interruption, and the next unit runs in a new thread", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const run = yield* prepare("loop")
        const exit = yield* Effect.exit(Effect.timeout(run(unitOf("LOOP", { loop: true })), "50 millis"))
        expect(Exit.isFailure(exit)).toBe(true)
        expect(yield* run(unitOf("NEXT", { loop: false }))).toBe("done")
      }),
    ),
  )

  it.live("looping units that are ended one after the other slow nobody down for good", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const run = yield* prepare("loop", 3, PlacementWorkers.make({ graceMs: 5 }))
        const outcomes = yield* Effect.forEach(
          Array.from({ length: 24 }, (_, i) => i),
          (i) => {
            const loop = i % 3 === 0
            const unit = run(unitOf(`U${i}`, { loop }))
            // Ended at all moments of a thread's life: while it starts, while it loads, while it loops.
            return loop ? Effect.timeoutOption(unit, i * 4) : Effect.asSome(unit)
          },
          { concurrency: 3 },
        )
        expect(outcomes.map(Option.getOrElse(() => "ended"))).toEqual(
          outcomes.map((_, i) => (i % 3 === 0 ? "ended" : "done")),
        )
      }),
    ),
  )

  it.live("process.exit in a unit loses that unit only", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const run = yield* prepare("exits", 2)
        const outcomes = yield* Effect.forEach(
          [{}, { code: 3 }, {}, { code: 0 }, {}],
          (input: Json, i) => Effect.exit(run(unitOf(`U${i}`, input))),
          { concurrency: 2 },
        )
        expect(outcomes.map(Exit.isSuccess)).toEqual([true, false, true, false, true])
        const error = yield* Effect.flip(run(unitOf("AGAIN", { code: 3 })))
        expect(error).toMatchObject({ _tag: "WorkerLost", problem: "it exited with code 3" })
      }),
    ),
  )

  it.live("a unit that runs out of memory is lost alone", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const small = PlacementWorkers.make({ resourceLimits: { maxOldGenerationSizeMb: 64 } })
        const run = yield* prepare("exhausts", 1, small)
        const error = yield* Effect.flip(run(unitOf("EATER", { exhaust: true })))
        expect(error).toMatchObject({ _tag: "WorkerLost", problem: "it ran out of memory" })
        expect(yield* run(unitOf("NEXT", { exhaust: false }))).toBe("done")
      }),
    ),
  )

  it.live("a rejection or exception that nobody awaits fails its unit", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const run = yield* prepare("strayRejection")
        const before = yield* run(unitOf("BEFORE", { stray: false }))
        const error = yield* Effect.flip(run(unitOf("STRAY", { stray: true })))
        expect(error).toMatchObject({ tag: "UnhandledRejection", problem: "TypeError: nobody waits" })
        expect(yield* run(unitOf("AFTER", { stray: false }))).not.toBe(before)
        const timer = yield* prepare("strayTimer")
        const thrown = yield* Effect.flip(timer(unitOf("TIMER", { stray: true })))
        expect(thrown).toMatchObject({ tag: "UncaughtException", problem: "RangeError: from a timer" })
        expect(yield* timer(unitOf("NEXT", { stray: false }))).toBe("done")
        expect(yield* Effect.flip(runExport(workers, "strayAtEnd"))).toMatchObject({ tag: "UnhandledRejection" })
      }),
    ),
  )

  it.live("what a finished unit left behind does not fail the unit that runs when it goes wrong", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const run = yield* prepare("leavesBehind")
        const first = yield* run(unitOf("FIRST", { first: true }))
        expect(yield* run(unitOf("SECOND", { first: false }))).toBe(first)
        // The thread it happened in is not used again.
        expect(yield* run(unitOf("THIRD", { first: true }))).not.toBe(first)
      }),
    ),
  )

  it.live("threads are used again, and are at most as many as units may run", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const run = yield* prepare("thread", 2)
        const ids = yield* Effect.forEach(
          Array.from({ length: 30 }, (_, i) => unitOf(`U${i}`)),
          run,
          { concurrency: 10 },
        )
        expect(new Set(ids).size).toBeLessThanOrEqual(2)
      }),
    ),
  )

  it.live("an interrupted unit's signal is aborted first, and a unit that heeds it keeps its thread", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const patient = PlacementWorkers.make({ graceMs: 60_000 })
        const started = yield* Deferred.make<void>()
        const host = () => Effect.as(Deferred.succeed(started, undefined), null)
        const work = Work.module(fixture("units.ts"), "heedsSignal", { host })
        const run = yield* patient.prepare(work, { concurrency: 1 })
        const fiber = yield* Effect.forkChild(run(unitOf("TIDY")))
        yield* Deferred.await(started)
        // Ends although the grace is a minute: the unit ended by itself.
        yield* Fiber.interrupt(fiber)
      }),
    ),
  )

  it.live("a module that never finishes loading, or ends its thread, is a placement error", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const quick = PlacementWorkers.make({ loadTimeoutMs: 1_000 })
        const hanging = yield* Effect.flip(quick.prepare(Work.module(fixture("hangs.ts")), { concurrency: 1 }))
        expect(hanging.reason).toMatchObject({ _tag: "ModuleBroken", problem: "it was not loaded within 1000 ms" })
        const exiting = yield* Effect.flip(workers.prepare(Work.module(fixture("exitsAtLoad.ts")), { concurrency: 1 }))
        expect(exiting.reason).toMatchObject({
          _tag: "ModuleBroken",
          problem: "loading it ended the thread: it exited with code 7",
        })
      }),
    ),
  )

  it.live("what a unit prints goes to the given output, never to stdout", () =>
    Effect.gen(function* () {
      const printed: Array<string> = []
      const placement = PlacementWorkers.make({ output: (text, from) => printed.push(`${from}: ${text}`) })
      yield* runExport(placement, "prints")
      expect(printed.join("")).toBe("stdout: a line of the unit\n")
    }),
  )

  it.live("a unit cannot speak in the thread's name", () =>
    Effect.gen(function* () {
      expect(yield* runExport(workers, "reachesForPort")).toBe("not reached")
    }),
  )

  it.live("an input that cannot cross fails the unit", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const run = yield* prepare("default")
        // A unit made by hand, against its type.
        const bad = { ...unitOf("BAD"), input: (() => 1) as unknown as Json }
        expect(yield* Effect.flip(run(bad))).toMatchObject({ _tag: "RemoteDefect", tag: "InputNotJson" })
        expect(yield* run(unitOf("GOOD", { n: 1 }))).toEqual({ id: "GOOD", twice: 2 })
      }),
    ),
  )

  it.live(
    "a user's file anywhere on the disk gets this installation's effect and @heddle/core, in both placements",
    () =>
      Effect.acquireUseRelease(
        Effect.promise(async () => {
          const folder = await mkdtemp(join(tmpdir(), "heddle-imports-"))
          // Another copy beside the user's file, which must not be taken, also not for a module that ours does not have.
          for (const name of ["effect", "@heddle/core"]) {
            const other = join(folder, "node_modules", name)
            await mkdir(other, { recursive: true })
            await writeFile(
              join(other, "package.json"),
              JSON.stringify({ name, exports: { ".": "./i.js", "./*": "./i.js" } }),
            )
            await writeFile(join(other, "i.js"), "exports.wrong = true; exports.succeed = exports.make = () => 'wrong'")
          }
          const study = [
            'import * as Effect from "effect/Effect"',
            'import * as Plan from "@heddle/core/Plan"',
            'import * as Work from "@heddle/core/Work"',
            "export default async (input: unknown): Promise<unknown> => {",
            "  const value = await Effect.runPromise(Effect.succeed('ours'))",
            '  const strange = await import("effect/NoSuchModule").then(() => "mixed", () => "refused")',
            '  return [value, Plan.make({ kind: "k", units: [{ id: "A" }] }).units.length, typeof Work.module, strange]',
            "}",
          ]
          await writeFile(join(folder, "study.ts"), study.join("\n"))
          return folder
        }),
        (folder) =>
          Effect.gen(function* () {
            const url = pathToFileURL(join(folder, "study.ts")).href
            const inWorker = yield* Effect.scoped(
              Effect.gen(function* () {
                const run = yield* workers.prepare(Work.module(url), { concurrency: 1 })
                return yield* run(unitOf("ALPHA"))
              }),
            )
            expect(inWorker).toEqual(["ours", 1, "function", "refused"])
            // In a process of its own: the test runner resolves imports by its own rules.
            const inFiber = yield* program("importsInFibers.ts", url)
            expect(inFiber).toMatchObject({ code: 0, problems: "" })
            expect(JSON.parse(inFiber.out)).toEqual(["ours", 1, "function", "refused"])
          }),
        (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true })),
      ),
  )

  it.live("the thread's program also works as one bundled file, given by its address", () =>
    Effect.acquireUseRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "heddle-bundle-"))),
      (folder) =>
        Effect.gen(function* () {
          const file = join(folder, "worker.mjs")
          const input = fileURLToPath(new URL("../src/node/internal/workerEntry.ts", import.meta.url))
          yield* Effect.promise(() =>
            build({ input, platform: "node", output: { file, format: "esm" }, logLevel: "silent" }),
          )
          const bundled = PlacementWorkers.make({ entry: pathToFileURL(file) })
          expect(yield* runExport(bundled, "default", { n: 3 })).toEqual({ id: "ALPHA", twice: 6 })
        }),
      (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true })),
    ),
  )

  it.live("no thread outlives the scope: the process ends by itself though units loop", () =>
    Effect.gen(function* () {
      const ended = yield* program("endsWithScope.ts", fixture("units.ts"))
      expect(ended).toEqual({ code: 0, out: "scope closed\n", problems: "" })
    }),
  )
})
