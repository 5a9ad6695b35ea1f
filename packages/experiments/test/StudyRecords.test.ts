import { describe, expect, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as Runner from "@heddle/core/Runner"
import { Effect, Layer, Stream } from "effect"
import { contentOfOutcome, decode, encode, type RunContent } from "../src/internal/runCodec.ts"
import type { RunSpec } from "../src/Run.ts"
import { StudyProgress, type ProgressRequest } from "../src/StudyProgress.ts"
import { runStudy } from "../src/StudyRunner.ts"
import * as StudyRecords from "../src/StudyRecords.ts"
import { Artifacts, type StudyExport } from "../src/Artifacts.ts"
import { emptyMap, float, fromJs, isMap, type Value, type ValueMap } from "../src/Value.ts"
import { studyOf } from "./runStudies.ts"

const inMemory = Effect.provide(LedgerMemory.layer())

const spec: RunSpec = {
  runId: "run-1",
  studyId: "s",
  conditionId: "c",
  replicate: 1,
  seed: 5,
  agentId: "a",
  problemId: null,
  executionMetadata: emptyMap,
}

describe("the record of a run in the ledger", () => {
  const map = (data: unknown): ValueMap => {
    const value = fromJs(data)
    return isMap(value) ? value : emptyMap
  }
  const content: RunContent = {
    outputs: new Map<string, Value>([
      ["10", float(1)],
      ["9", [1, Number.NaN, -0, 12345678901234567890n]],
      ["nested", map({ a: null, b: [true] })],
    ]),
    metrics: new Map([["latency_s", float(2)]]),
    evaluations: [
      {
        runId: "run-1",
        evaluatorId: "other",
        metricName: "m",
        metricValue: float(3),
        metricUnit: "s",
        aggregationLevel: "step",
        notesJson: map({ a: 1 }),
      },
    ],
    observations: [
      {
        timestamp: "t",
        recordId: "evt",
        text: "line\nbreak",
        sessionId: "other",
        actorId: "tool",
        eventType: "tool_call",
        metaJson: map({ a: 1 }),
        level: "tool-call",
        studyId: "s2",
        runId: null,
        conditionId: "c",
        trialId: "t1",
        stepId: "s1",
        toolName: "calc",
        evaluationId: "e1",
      },
    ],
    costUsd: 0.5,
    latencyS: 2,
    traceRefs: ["a"],
    facts: [["model_name", "m"]],
    startedAt: "start",
    endedAt: "end",
    errorInfo: "Error: x",
  }

  it("comes back as it was, floats, order of keys, and numbers that JSON cannot hold included", () => {
    const json = JSON.parse(JSON.stringify(encode(content, spec)))
    const read = decode(json, spec)
    expect(read).toEqual(content)
    expect([...read.outputs.keys()]).toEqual(["10", "9", "nested"])
  })

  it("of something else is an empty record instead of a crash", () => {
    for (const json of [null, 5, "x", [], { outputs: 5, observations: "x", evaluations: [null], facts: [1] }]) {
      expect(() => decode(json, spec)).not.toThrow()
    }
  })

  it("of a run that told nothing has its error and its time", () => {
    const bare = contentOfOutcome({
      id: "run-1",
      label: "",
      status: "timedOut",
      attempts: 1,
      failure: { kind: "timeout", tag: "TimedOut", message: "no result", retryable: true },
      history: [{ attempt: 1, startedAtMs: 0, runMs: 1500, limitWaitMs: 500, status: "timedOut" }],
      queuedMs: 0,
      runMs: 1500,
      limitWaitMs: 500,
      retryWaitMs: 0,
    })
    expect(bare).toMatchObject({
      latencyS: 1.5,
      startedAt: "1970-01-01T00:00:00+00:00",
      endedAt: "1970-01-01T00:00:02+00:00",
      errorInfo: "TimedOut: no result",
    })
  })
})

describe("the records of a study", () => {
  it.effect("stand in plan order: failed ones with what they left, never reached ones without a result", () =>
    Effect.gen(function* () {
      const control = yield* Runner.makeControl
      const run = yield* runStudy(studyOf(5), {
        parallelism: 1,
        control,
        conditionRunner: (request) =>
          Effect.gen(function* () {
            request.spend({ costUsd: 0.1 })
            if (request.factors["x"] === 2) return yield* Effect.die(new RangeError("two"))
            if (request.factors["x"] === 3) yield* control.stop
            return { outputs: { x: request.factors["x"] } }
          }),
      })
      const records = yield* Stream.runCollect(StudyRecords.records(run.runs, run.runId ?? ""))
      expect(records.map(({ outcome, result }) => [outcome, result?.costUsd])).toEqual([
        ["succeeded", 0.1],
        ["failed", 0.1],
        ["succeeded", 0.1],
        ["notStarted", undefined],
        ["notStarted", undefined],
      ])
      expect(records[1]?.failure?.tag).toBe("RangeError")
      expect(JSON.stringify(records[1]?.failure?.fields)).toContain("StudyRecords.test")
      expect(yield* StudyRecords.counts(run.runs, run.runId ?? "")).toMatchObject({
        planned: 5,
        succeeded: 2,
        failed: 1,
        notStarted: 2,
      })
    }).pipe(inMemory),
  )

  it.effect("of failed runs with much output are complete beyond what is held in memory", () =>
    Effect.gen(function* () {
      const text = "x".repeat(Math.ceil(StudyRecords.partialCharactersMax / 3))
      const run = yield* runStudy(studyOf(5), {
        parallelism: 2,
        conditionRunner: ({ factors }) => ({ success: false, outputs: { text: `${String(factors["x"])}${text}` } }),
      })
      expect(run.results).toHaveLength(5)
      for (const [index, { outputs, status }] of run.results.entries()) {
        const found = outputs.get("text")
        expect([status, typeof found === "string" ? found.length : 0]).toEqual(["failed", text.length + 1])
        expect(typeof found === "string" && found.startsWith(String(index + 1))).toBe(true)
      }
    }).pipe(inMemory),
  )

  it.effect("are not kept in memory where that is not asked for, and are in the ledger all the same", () =>
    Effect.gen(function* () {
      const run = yield* runStudy(studyOf(3), { conditionRunner: () => ({ outputs: {} }), keepResults: false })
      expect([run.results.length, run.resultsKept]).toEqual([0, false])
      const records = yield* Stream.runCollect(StudyRecords.records(run.runs, run.runId ?? ""))
      expect(records.map(({ result }) => result?.status)).toEqual(Array(3).fill("success"))
    }).pipe(inMemory),
  )
})

describe("what stands around a study", () => {
  it.effect("R4, R16: a display is opened with what is pending, told every event, and closed", () =>
    Effect.gen(function* () {
      const opened: Array<ProgressRequest> = []
      const events: Array<string> = []
      const display = Layer.succeed(StudyProgress, {
        open: (request) =>
          Effect.acquireRelease(
            Effect.sync(() => {
              opened.push(request)
              return { observe: (event) => void events.push(event.type) }
            }),
            () => Effect.sync(() => events.push("closed")),
          ),
      })
      let broken = true
      const options = {
        showProgress: true,
        parallelism: 1,
        conditionRunner: ({ factors }: { readonly factors: { readonly [name: string]: unknown } }) => {
          if (factors["x"] === 2 && broken) throw new Error("broken")
          return { outputs: {} }
        },
      }
      yield* Effect.provide(runStudy(studyOf(2), options), display)
      expect(events.filter((type) => type === "unitFinished")).toHaveLength(2)
      expect(events.at(-1)).toBe("closed")
      broken = false
      yield* Effect.provide(runStudy(studyOf(2), { ...options, resume: true }), display)
      expect(opened.map(({ done, show, studyId }) => [studyId, show, done])).toEqual([
        ["s", true, 0],
        ["s", true, 1],
      ])
    }).pipe(inMemory),
  )

  it.effect("where files are written, the service gets the study, its conditions, and its records in plan order", () =>
    Effect.gen(function* () {
      const exports: Array<StudyExport> = []
      const ids: Array<string> = []
      const files = Layer.succeed(Artifacts, {
        export: (study) =>
          Effect.gen(function* () {
            exports.push(study)
            // A stream may be read more than once.
            yield* Stream.runDrain(study.records)
            yield* Stream.runForEach(study.records, ({ runSpec }) => Effect.sync(() => ids.push(runSpec.runId)))
            return [{ path: "runs.csv", bytes: 1, sha256: "0".repeat(64) }]
          }),
      })
      const study = studyOf(3)
      const conditionRunner = () => ({ outputs: {} })
      const run = yield* Effect.provide(runStudy(study, { conditionRunner, includeSqlite: true }), files)
      expect(run.artifacts.map(({ path }) => path)).toEqual(["runs.csv"])
      expect(ids).toEqual(run.runs.map(({ runId }) => runId))
      expect(exports[0]).toMatchObject({ folder: study.outputDir, includeSqlite: true, compatibility: false })
      expect(exports[0]?.conditions).toHaveLength(3)
      yield* Effect.provide(runStudy(study, { conditionRunner, export: false }), files)
      expect(exports).toHaveLength(1)
    }).pipe(inMemory),
  )
})
