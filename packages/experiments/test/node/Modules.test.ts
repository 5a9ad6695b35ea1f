import { describe, expect, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as PlacementWorkers from "@heddle/core/node/PlacementWorkers"
import { Placement, fibers } from "@heddle/core/Placement"
import { Effect, Layer } from "effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as RunModuleFile from "../../src/node/RunModuleFile.ts"
import * as RunRandom from "../../src/RunRandom.ts"
import { resumeStudy, runStudy } from "../../src/StudyRunner.ts"
import { studyOf } from "../runStudies.ts"

const path = fileURLToPath(new URL("../fixtures/runs/agent.mjs", import.meta.url))
const study = studyOf(3, { agentSpecs: ["module"], problemIds: ["p"] })
const problemRegistry = { p: { brief: "a task" } }
const inMemory = Effect.provide(LedgerMemory.layer())

describe.each([
  ["fibers", Layer.succeed(Placement, fibers)],
  ["workers", PlacementWorkers.layer()],
] as const)("a module file under %s", (name, placement) => {
  it.live("is given its run and its random numbers; what it throws or returns wrongly fails its run alone", () =>
    Effect.gen(function* () {
      const module = yield* RunModuleFile.load(path)
      const { receipt, results } = yield* runStudy(study, {
        agentBindings: { module },
        problemRegistry,
        parallelism: 2,
      })
      expect(receipt?.placement).toBe(name)
      const [good, thrown, lazy] = results
      expect(good?.errorInfo).toBe(null)
      expect(good?.outputs).toEqual(
        new Map<string, unknown>([
          ["draw", RunRandom.make(good?.runSpec.seed ?? 0).next()],
          ["x", 1],
          ["brief", "a task"],
        ]),
      )
      expect(good?.costUsd).toBe(0.25)
      expect(good?.observations.map(({ text }) => text)).toEqual([`seed ${good?.runSpec.seed}`])
      expect(thrown).toMatchObject({ status: "failed", errorInfo: "RangeError: the module broke", costUsd: 0.25 })
      expect(thrown?.observations).toHaveLength(1)
      expect(lazy?.errorInfo).toBe("InvalidReturn: the run returned a generator that nobody read")
    }).pipe(Effect.provide(placement), inMemory),
  )

  it.live("may be the condition runner", () =>
    Effect.gen(function* () {
      const conditionRunner = yield* RunModuleFile.load(path, { exportName: "conditions" })
      const { results } = yield* runStudy(studyOf(2), { conditionRunner })
      expect(results.map(({ metrics }) => metrics.get("half"))).toEqual([0.5, 1])
    }).pipe(Effect.provide(placement), inMemory),
  )
})

describe("module files", () => {
  it.live("know their place in the design, in a worker and in this process, as functions do", () =>
    Effect.gen(function* () {
      const places = [1, 2].flatMap((subject) =>
        [1, 2].map((period) => ({
          row_index: 2 * (subject - 1) + period - 1,
          session: 1,
          period,
          sequence: subject,
        })),
      )
      const crossover = studyOf(2, { designSpec: { kind: "williams", options: { subjects: 2 } } })
      const conditionRunner = yield* RunModuleFile.load(path, { exportName: "places" })
      for (const placement of [PlacementWorkers.layer(), Layer.succeed(Placement, fibers)]) {
        const { results } = yield* Effect.scoped(
          runStudy(crossover, { conditionRunner }).pipe(Effect.provide(placement), inMemory),
        )
        expect(results.map(({ outputs }) => Object.fromEntries(outputs))).toEqual(
          places.map((place) => ({ design: new Map(Object.entries(place)) })),
        )
      }
      const { results } = yield* runStudy(crossover, { conditionRunner: ({ design }) => ({ outputs: { design } }) })
      expect(results.map(({ outputs }) => Object.fromEntries(outputs))).toEqual(
        places.map((place) => ({ design: new Map(Object.entries(place)) })),
      )
    }).pipe(inMemory),
  )

  it.live("R27: a module that ends its process fails its runs, and the study goes on", () =>
    Effect.gen(function* () {
      const exits = yield* RunModuleFile.load(path, { exportName: "exits" })
      const { receipt, results } = yield* runStudy(studyOf(2), { conditionRunner: exits, parallelism: 1 })
      expect(results.map(({ status }) => status)).toEqual(["failed", "failed"])
      expect(results[0]?.errorInfo).toContain("WorkerLost")
      expect(receipt?.counts.failed).toBe(2)
    }).pipe(Effect.provide(PlacementWorkers.layer()), inMemory),
  )

  it.live("a changed file, or one that it imports, is a changed agent", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "heddle-runs-"))),
        (made) => Effect.sync(() => rmSync(made, { recursive: true })),
      )
      const file = join(folder, "agent.mjs")
      writeFileSync(file, 'import { a } from "./part.mjs"\nexport default () => ({ outputs: { a } })\n')
      writeFileSync(join(folder, "part.mjs"), "export const a = 1\n")
      yield* runStudy(studyOf(1), { conditionRunner: yield* RunModuleFile.load(file) })
      writeFileSync(join(folder, "part.mjs"), "export const a = 2\n")
      const exit = yield* Effect.exit(resumeStudy(studyOf(1), { conditionRunner: yield* RunModuleFile.load(file) }))
      expect(String(exit)).toContain("StudyChanged")
    }).pipe(Effect.scoped, inMemory),
  )

  it.live("a file that is not there is an error that names it", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(RunModuleFile.load("no/such/agent.mjs"))
      expect(String(exit)).toContain("no/such/agent.mjs")
    }),
  )
})
