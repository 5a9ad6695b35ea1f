import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Ledger } from "@heddle/core/Ledger"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as PlacementWorkers from "@heddle/core/node/PlacementWorkers"
import { layerFibers } from "@heddle/core/Placement"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, Logger, Schedule, Stream } from "effect"
import * as PipelineFile from "../src/node/PipelineFile.ts"
import { StudyError } from "../src/StudyError.ts"
import * as StudyMemory from "../src/StudyMemory.ts"
import { StudyOrchestrator } from "../src/StudyOrchestrator.ts"
import { subjects } from "./fixtures.ts"

const fixture = (name: string): string => new URL(`./fixtures/${name}`, import.meta.url).pathname
const data = { A: { subjects: subjects(5) }, B: {}, C: { subjects: subjects(1) } }

const placements: { readonly [name: string]: Layer.Layer<never> } = {
  fibers: layerFibers,
  workers: PlacementWorkers.layer({ importBases: [import.meta.url] }),
}

const setUp = (placement: string, options: StudyMemory.MemoryOptions = {}) => {
  const requests: Array<StudyMemory.MemoryRequest> = []
  const studies = StudyMemory.layer(data, {
    pageSize: 2,
    ...options,
    onRequest: (request) => {
      requests.push(request)
      return options.onRequest?.(request) ?? Effect.void
    },
  })
  const layer = Layer.mergeAll(
    StudyOrchestrator.layer.pipe(Layer.provide(studies)),
    LedgerMemory.layer(),
    placements[placement] ?? layerFibers,
  )
  return { layer, requests }
}

describe.each(["fibers", "workers"])("a pipeline file in %s", (placement) => {
  it.live("a plain function reads its own study by pages, counts and knows its try", () => {
    const { layer, requests } = setUp(placement)
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const pipeline = yield* PipelineFile.load(fixture("plain.ts"))
      const report = yield* orchestrator.executePipeline(pipeline, { params: { first: 3 } })
      expect(report.receipt.placement).toBe(placement)
      expect(report.receipt.units.map((unit) => unit.value ?? unit.failure)).toEqual([
        { studyKey: "A", keys: ["01-001", "01-002", "01-003"], count: 5, attempt: 1 },
        { studyKey: "B", keys: [], count: 0, attempt: 1 },
        { studyKey: "C", keys: ["01-001"], count: 1, attempt: 1 },
      ])
      // Two pages of A answer three items; the third page is never asked for.
      const pages = requests.filter((request) => request.studyKey === "A" && request.kind === "page")
      expect(pages.map((request) => request.page)).toEqual([0, 1])
    }).pipe(Effect.provide(layer))
  })

  it.live("a pipeline of definePipeline runs its Effect with its study and its parameters", () => {
    const { layer } = setUp(placement)
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const pipeline = yield* PipelineFile.load(fixture("defined.ts"))
      const report = yield* orchestrator.executePipeline(pipeline, { params: { add: 10 } })
      expect(report.receipt.units.map((unit) => unit.value ?? unit.failure)).toEqual([
        { sum: 15, current: "A" },
        { sum: 10, current: "B" },
        { sum: 11, current: "C" },
      ])
      const wrong = yield* orchestrator.executePipeline(pipeline, { include: ["A"], params: { ad: 1 } })
      expect(wrong.receipt.units[0]?.failure?.message).toContain("the parameters of defined are wrong")
    }).pipe(Effect.provide(layer))
  })

  it.live("the study's own error keeps its tag and its class of retry", () => {
    const forbidden = new StudyError({
      tag: "Forbidden",
      kind: "rejected",
      problem: "forbidden or unknown study",
      retryable: false,
      httpStatus: 403,
      hints: [],
    })
    const { layer } = setUp(placement, {
      onRequest: (request) => (request.studyKey === "B" ? Effect.fail(forbidden) : Effect.void),
    })
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      for (const file of ["plain.ts", "defined.ts"]) {
        const pipeline = yield* PipelineFile.load(fixture(file))
        const report = yield* orchestrator.executePipeline(pipeline, { params: { add: 1 } })
        expect(report.receipt.units.map((unit) => unit.status)).toEqual(["succeeded", "failed", "succeeded"])
        expect(report.receipt.units[1]?.failure).toMatchObject({
          kind: "error",
          tag: "Forbidden",
          retryable: false,
          fields: { httpStatus: 403 },
        })
      }
    }).pipe(Effect.provide(layer))
  })

  it.live("an async generator is a typed error of each study (A22)", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const pipeline = yield* PipelineFile.load(fixture("plain.ts"), { exportName: "lazy" })
      const report = yield* orchestrator.executePipeline(pipeline, { include: ["A"] })
      expect(report.receipt.units[0]).toMatchObject({ status: "failed", failure: { tag: "PipelineResultError" } })
    }).pipe(Effect.provide(setUp(placement).layer)),
  )

  it.live("a forgotten return gives null and a warning per run; null on purpose gives none", () => {
    const lines: Array<string> = []
    const logger = Logger.layer([
      Logger.make(({ logLevel, message }) => {
        if (logLevel === "Warn") lines.push(String(message))
      }),
    ])
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const forgetful = yield* PipelineFile.load(fixture("plain.ts"), { exportName: "forgetful" })
      const report = yield* orchestrator.executePipeline(forgetful, { runId: "forgetful" })
      expect(report.receipt.units.map(({ status, value }) => [status, value])).toEqual([
        ["succeeded", null],
        ["succeeded", "B"],
        ["succeeded", null],
      ])
      expect(report.returnedNothing).toEqual(["A", "C"])
      expect(lines).toEqual([
        "the pipeline returned nothing for 2 studies; where a value was meant, return it, else return null",
      ])
      const notes = yield* Stream.runCollect((yield* Ledger).events("forgetful"))
      expect(notes.filter(({ event }) => event.type === "unitNoted" && event.name === "returnedNothing")).toHaveLength(
        2,
      )
      const onPurpose = yield* PipelineFile.load(fixture("plain.ts"), { exportName: "onPurpose" })
      expect((yield* orchestrator.executePipeline(onPurpose)).returnedNothing).toBeUndefined()
      expect(lines).toHaveLength(1)
    }).pipe(Effect.provide([setUp(placement).layer, logger]))
  })

  it.live("a study that is tried again knows which try it is", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const pipeline = yield* PipelineFile.load(fixture("plain.ts"), { exportName: "secondTry" })
      const report = yield* orchestrator.executePipeline(pipeline, {
        include: ["A"],
        studyRetries: { times: 1, schedule: Schedule.spaced(1) },
      })
      expect(report.receipt.units[0]).toMatchObject({ status: "succeeded", value: 2, attempts: 2 })
    }).pipe(Effect.provide(setUp(placement).layer)),
  )

  it.live("a missing file or export is a usage error before any request (A22)", () => {
    const { layer, requests } = setUp(placement)
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const missing = yield* Effect.flip(PipelineFile.load(fixture("nothing.ts")))
      expect(missing).toMatchObject({ exitCode: 2, reason: { _tag: "InvalidPipeline" } })
      const pipeline = yield* PipelineFile.load(fixture("plain.ts"), { exportName: "absent" })
      const error = yield* Effect.flip(orchestrator.executePipeline(pipeline))
      expect(error).toMatchObject({ exitCode: 2, reason: { _tag: "NoExport", exportName: "absent" } })
      expect(requests).toEqual([])
    }).pipe(Effect.provide(layer))
  })
})

describe("a pipeline file in worker threads", () => {
  it.live("a loop that never yields is timed out alone (A23)", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const pipeline = yield* PipelineFile.load(fixture("plain.ts"), { exportName: "busy" })
      const report = yield* orchestrator.executePipeline(pipeline, { studyTimeout: "8 seconds", concurrency: 2 })
      expect(report.receipt.units.map((unit) => unit.status)).toEqual(["succeeded", "timedOut", "succeeded"])
    }).pipe(Effect.provide(setUp("workers").layer)),
  )

  it.live("process.exit in one study fails that study only (A21)", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const pipeline = yield* PipelineFile.load(fixture("plain.ts"), { exportName: "exits" })
      const report = yield* orchestrator.executePipeline(pipeline)
      expect(report.receipt.units.map((unit) => unit.status)).toEqual(["succeeded", "failed", "succeeded"])
      expect(report.receipt.units[1]?.failure?.tag).toBe("WorkerLost")
    }).pipe(Effect.provide(setUp("workers").layer)),
  )

  it.live("a function cannot cross into a thread, and is refused before any request", () => {
    const { layer, requests } = setUp("workers")
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const error = yield* Effect.flip(orchestrator.executePipeline(async (study) => study.studyKey))
      expect(error).toMatchObject({ exitCode: 2, reason: { _tag: "ClosureCannotCross" } })
      expect(requests).toEqual([])
    }).pipe(Effect.provide(layer))
  })
})

describe("PipelineFile", () => {
  it.live("the version changes with the code of the file and of what it imports", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "heddle-pipeline-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
      )
      const versions: Array<string> = []
      const load = Effect.map(PipelineFile.load(join(folder, "main.mjs")), (pipeline) =>
        versions.push(pipeline.version),
      )
      writeFileSync(join(folder, "main.mjs"), `import { n } from "./n.mjs"\nexport default async () => n\n`)
      writeFileSync(join(folder, "n.mjs"), "export const n = 1\n")
      yield* load
      yield* load
      writeFileSync(join(folder, "n.mjs"), "export const n = 2\n")
      yield* load
      writeFileSync(join(folder, "main.mjs"), `import { n } from "./n.mjs"\nexport default async () => n + 1\n`)
      yield* load
      expect(versions[1]).toBe(versions[0])
      expect(new Set(versions).size).toBe(3)
    }),
  )
})
