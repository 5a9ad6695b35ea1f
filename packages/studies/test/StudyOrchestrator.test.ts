import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as Ledger from "@heddle/core/Ledger"
import * as Runner from "@heddle/core/Runner"
import * as Secrets from "@heddle/core/Secrets"
import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Logger, References, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as CurrentStudy from "../src/CurrentStudy.ts"
import type { OrchestratorError } from "../src/OrchestratorError.ts"
import { definePipeline } from "../src/Pipeline.ts"
import { subjectCount } from "../src/pipelines/SubjectCount.ts"
import * as StudiesReport from "../src/StudiesReport.ts"
import { StudyError } from "../src/StudyError.ts"
import * as StudyMemory from "../src/StudyMemory.ts"
import { StudyOrchestrator } from "../src/StudyOrchestrator.ts"
import { StudyRegistry } from "../src/StudyRegistry.ts"
import { StudyScope, StudyScopes } from "../src/StudyScope.ts"
import { subjects } from "./fixtures.ts"

const abc = { A: { subjects: subjects(2) }, B: {}, C: { subjects: subjects(1) } }

const setUp = (
  data: { readonly [key: string]: StudyMemory.StudyData } = abc,
  options: StudyMemory.MemoryOptions = {},
) => {
  const requests: Array<StudyMemory.MemoryRequest> = []
  const studies = StudyMemory.layer(data, {
    ...options,
    onRequest: (request) =>
      Effect.andThen(
        Effect.sync(() => {
          requests.push(request)
        }),
        options.onRequest?.(request) ?? Effect.void,
      ),
  })
  const layer = Layer.merge(StudyOrchestrator.layer.pipe(Layer.provide(studies)), LedgerMemory.layer())
  return { requests, layer }
}

const refused = (retryable: boolean) =>
  new StudyError({
    tag: retryable ? "ServerError" : "Forbidden",
    kind: "rejected",
    problem: "no",
    retryable,
    httpStatus: retryable ? 500 : 403,
    hints: [],
  })

const echo = definePipeline({ name: "echo", version: "1", run: async (study) => study.studyKey })

describe("StudyOrchestrator", () => {
  it.effect("subject-count runs over every study, one value each, in selection order (A1)", () => {
    const { layer, requests } = setUp()
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const report = yield* orchestrator.executePipeline(subjectCount)
      expect(report.receipt.units.map(({ id, status, value, attempts }) => [id, status, value, attempts])).toEqual([
        ["A", "succeeded", { subjects: 2, deleted: 0 }, 1],
        ["B", "succeeded", { subjects: 0, deleted: 0 }, 1],
        ["C", "succeeded", { subjects: 1, deleted: 0 }, 1],
      ])
      expect(requests).toHaveLength(4)
      expect(StudiesReport.exitCode(report)).toBe(0)
      expect(report.receipt.kind).toBe("studies")
      const details = yield* Schema.decodeUnknownEffect(StudiesReport.Details)(report.receipt.details)
      expect(details.selection.selected).toEqual(["A", "B", "C"])
      expect(details.pipeline).toEqual({ name: "subject-count", version: "1" })
    }).pipe(Effect.provide(layer))
  })

  it.effect("results stand in selection order, whatever finished first (A2)", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const sleeps: Readonly<Record<string, number>> = { A: 300, B: 200, C: 100 }
      const finished: Array<string> = []
      const sleepy = definePipeline({
        name: "sleepy",
        version: "1",
        run: (study) =>
          Effect.sleep(sleeps[study.studyKey] ?? 0).pipe(
            Effect.map(() => {
              finished.push(study.studyKey)
              return study.studyKey
            }),
          ),
      })
      const fiber = yield* Effect.forkChild(orchestrator.executePipeline(sleepy, { concurrency: 3 }))
      yield* TestClock.adjust("300 millis")
      const report = yield* Fiber.join(fiber)
      expect(finished).toEqual(["C", "B", "A"])
      expect(report.receipt.units.map((unit) => unit.id)).toEqual(["A", "B", "C"])
      expect(report.receipt.units.map((unit) => unit.runMs)).toEqual([300, 200, 100])
      expect([...report.results.keys()]).toEqual(["A", "B", "C"])
    }).pipe(Effect.provide(setUp().layer)),
  )

  it.effect("conflicting filters, a missing pipeline and wrong parameters fail before any request (A3, A22)", () => {
    const { layer, requests } = setUp()
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const conflict = yield* Effect.flip(orchestrator.executePipeline(echo, { include: ["A"], exclude: ["B"] }))
      expect(conflict).toMatchObject({ reason: { _tag: "FilterConflict", include: ["A"], exclude: ["B"] } })
      expect(conflict.exitCode).toBe(2)
      const missing: unknown = undefined
      const none = yield* Effect.flip(orchestrator.executePipeline(missing as typeof echo))
      expect(none).toMatchObject({ reason: { _tag: "InvalidPipeline" }, exitCode: 2 })
      const params: unknown = { asOff: "2026-01-01" }
      const wrong = yield* Effect.flip(orchestrator.executePipeline(echo, { params: params as {} }))
      expect(wrong).toMatchObject({ reason: { _tag: "InvalidParams", pipeline: "echo" }, exitCode: 2 })
      expect(requests).toEqual([])
    }).pipe(Effect.provide(layer))
  })

  it.effect("strict selection asks the registry once and no study (A4)", () => {
    const { layer, requests } = setUp()
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const error = yield* Effect.flip(orchestrator.executePipeline(echo, { include: ["A", "b"], strict: true }))
      expect((error as OrchestratorError).reason).toMatchObject({ _tag: "UnknownStudies", unknown: ["b"] })
      expect(requests.map((request) => request.resource)).toEqual(["studies"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("nothing selected ends with exit code 10, or 0 where that is allowed (A5, A6)", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const report = yield* orchestrator.executePipeline(echo, { include: [] })
      expect(report.receipt.units).toEqual([])
      expect(StudiesReport.exitCode(report)).toBe(10)
      expect(StudiesReport.exitCode(report, { allowEmpty: true })).toBe(0)
    }).pipe(Effect.provide(setUp().layer)),
  )

  it.effect("entries that the registry rejected make the run partial unless tolerated (A8)", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const report = yield* orchestrator.executePipeline(echo)
      expect(StudiesReport.exitCode(report)).toBe(3)
      expect(StudiesReport.exitCode(report, { tolerateRejects: true })).toBe(0)
    }).pipe(Effect.provide(setUp(abc, { listing: { rejected: [{ index: 3, reason: "no key" }] } }).layer)),
  )

  it.effect("a study that fails keeps its error's tag, status and class of retry; the others succeed (A13)", () => {
    const { layer, requests } = setUp(abc, {
      onRequest: (request) => (request.studyKey === "B" ? Effect.fail(refused(false)) : Effect.void),
    })
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const report = yield* orchestrator.executePipeline(subjectCount, { studyRetries: 3 })
      const [a, b, c] = report.receipt.units
      expect([a?.status, b?.status, c?.status]).toEqual(["succeeded", "failed", "succeeded"])
      expect(b?.failure).toMatchObject({
        kind: "error",
        tag: "Forbidden",
        retryable: false,
        fields: { httpStatus: 403 },
      })
      expect(b?.attempts).toBe(1)
      expect(requests.filter((request) => request.studyKey === "B")).toHaveLength(1)
      expect(StudiesReport.exitCode(report)).toBe(3)
    }).pipe(Effect.provide(layer))
  })

  it.effect("a study is tried again as often as asked, and every try is kept", () => {
    let failures = 2
    const { layer } = setUp(abc, {
      onRequest: (request) => (request.studyKey === "A" && failures-- > 0 ? Effect.fail(refused(true)) : Effect.void),
    })
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const fiber = yield* Effect.forkChild(
        orchestrator.executePipeline(subjectCount, { studyRetries: 2, include: ["A"] }),
      )
      yield* TestClock.adjust("5 minutes")
      const report = yield* Fiber.join(fiber)
      expect(report.receipt.units[0]).toMatchObject({ status: "succeeded", attempts: 3 })
      expect(report.receipt.units[0]?.history?.map((attempt) => attempt.status)).toEqual([
        "failed",
        "failed",
        "succeeded",
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("an async function's study error stays typed; anything else that is thrown is a defect (A21)", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const thrown: Readonly<Record<string, unknown>> = {
        A: "boom",
        B: undefined,
        C: 42,
        D: Object.create(null),
        E: {
          toString() {
            throw new Error("no text")
          },
        },
        F: Object.defineProperty(new Error("x"), "message", {
          get() {
            throw new Error("no message")
          },
        }),
      }
      const hostile = definePipeline({
        name: "hostile",
        version: "1",
        run: async (study) => {
          if (study.studyKey === "G") return study.count("subjects")
          throw thrown[study.studyKey]
        },
      })
      const report = yield* orchestrator.executePipeline(hostile)
      const failures = report.receipt.units.map((unit) => unit.failure)
      expect(failures.map((failure) => failure?.tag)).toEqual([
        ...Array.from({ length: 6 }, () => "PipelineDefect"),
        "Forbidden",
      ])
      expect(failures.slice(0, 3).map((failure) => failure?.message)).toEqual(["boom", "undefined", "42"])
      for (const failure of failures) expect(typeof failure?.message).toBe("string")
      expect(failures[6]?.kind).toBe("error")
      expect(report.receipt.counts.failed).toBe(7)
    }).pipe(
      Effect.provide(
        setUp(Object.fromEntries([..."ABCDEFG"].map((key) => [key, {}])), {
          onRequest: (request) => (request.studyKey === "G" ? Effect.fail(refused(false)) : Effect.void),
        }).layer,
      ),
    ),
  )

  it.live("async pipelines read page by page and give their value (A22)", () => {
    const { layer, requests } = setUp({ A: { subjects: subjects(5) } }, { pageSize: 2 })
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const first3 = definePipeline({
        name: "first-3",
        version: "1",
        run: async (study) => {
          const keys: Array<string> = []
          for await (const subject of study.read("subjects")) {
            keys.push(String(subject["subjectKey"]))
            if (keys.length === 3) break
          }
          return keys
        },
      })
      const report = yield* orchestrator.executePipeline(first3)
      expect(report.receipt.units[0]?.value).toEqual(["01-001", "01-002", "01-003"])
      // Two pages were needed and no third was asked for.
      expect(requests.filter((request) => request.resource === "subjects").map((request) => request.page)).toEqual([
        0, 1,
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("lazy results are errors that say what came back, never values (A22)", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const lazy: ReadonlyArray<readonly [() => unknown, string]> = [
        [async function* () {}, "an async generator"],
        [function* () {}, "a generator"],
        [() => Stream.make(1), "a Stream"],
        [() => () => 1, "a function"],
        [() => Effect.succeed(Effect.succeed(1)), "an Effect inside of its result"],
      ]
      for (const [make, found] of lazy) {
        const pipeline = definePipeline({ name: "lazy", version: "1", run: make })
        const report = yield* orchestrator.executePipeline(pipeline, { include: ["A"] })
        expect(report.receipt.units[0]?.failure).toMatchObject({
          kind: "error",
          tag: "PipelineResultError",
          fields: { found },
        })
      }
    }).pipe(Effect.provide(setUp().layer)),
  )

  it.effect("a study that never ends is timed out alone (A23)", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      let aborted = false
      const hang = definePipeline({
        name: "hang",
        version: "1",
        run: async (study, { signal }) => {
          signal.addEventListener("abort", () => {
            aborted = true
          })
          return study.studyKey === "B" ? new Promise<string>(() => {}) : study.studyKey
        },
      })
      const fiber = yield* Effect.forkChild(
        orchestrator.executePipeline(hang, { studyTimeout: "200 millis", concurrency: 2 }),
      )
      yield* TestClock.adjust("200 millis")
      const report = yield* Fiber.join(fiber)
      expect(report.receipt.units.map((unit) => unit.status)).toEqual(["succeeded", "timedOut", "succeeded"])
      expect(aborted).toBe(true)
    }).pipe(Effect.provide(setUp().layer)),
  )

  it.effect("studies that a deadline kept from starting are not started (A24)", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const slow = definePipeline({ name: "slow", version: "1", run: () => Effect.as(Effect.sleep("150 millis"), 1) })
      const fiber = yield* Effect.forkChild(
        orchestrator.executePipeline(slow, { deadline: "250 millis", concurrency: 1 }),
      )
      yield* TestClock.adjust("1 second")
      const report = yield* Fiber.join(fiber)
      expect(report.receipt.units.map((unit) => unit.status)).toEqual(["succeeded", "timedOut", "notStarted"])
      expect(report.receipt.units[2]?.runMs).toBe(0)
      expect(StudiesReport.exitCode(report)).toBe(3)
    }).pipe(Effect.provide(setUp().layer)),
  )

  it.effect("each study has its own context and scope; a nested study ends with its block (A27)", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const contexts = definePipeline({
        name: "contexts",
        version: "1",
        run: (study) =>
          Effect.gen(function* () {
            yield* Effect.yieldNow
            const own = yield* CurrentStudy.resolve("test")
            const inner = yield* CurrentStudy.provide("OTHER")(CurrentStudy.resolve("test"))
            const after = yield* CurrentStudy.resolve("test")
            const { studyKey } = yield* StudyScope
            return [study.studyKey, own, inner, after, studyKey]
          }),
      })
      const report = yield* orchestrator.executePipeline(contexts, { concurrency: 3 })
      for (const unit of report.receipt.units) {
        expect(unit.value).toEqual([unit.id, unit.id, "OTHER", unit.id, unit.id])
      }
      const outside = yield* Effect.flip(CurrentStudy.resolve("records.create"))
      expect(outside._tag).toBe("NoCurrentStudy")
    }).pipe(Effect.provide(setUp().layer)),
  )

  it.effect("the registry is asked outside of any study (A27 c)", () =>
    Effect.gen(function* () {
      const seen: Array<string | undefined> = []
      const registry = Layer.succeed(StudyRegistry, {
        location: "test",
        list: Effect.map(CurrentStudy.CurrentStudy, (key) => {
          seen.push(key)
          return { studies: [], duplicates: [], rejected: [], warnings: [] }
        }),
      })
      const layer = StudyOrchestrator.layer.pipe(Layer.provide(Layer.merge(StudyMemory.layer({}), registry)))
      const list = Effect.flatMap(StudyOrchestrator, (orchestrator) => orchestrator.resolveStudies())
      yield* Effect.provide(CurrentStudy.provide("A")(list), layer)
      expect(seen).toEqual([undefined])
    }),
  )

  it.effect("an explicit list runs without the registry", () => {
    const requests: Array<string> = []
    return Effect.gen(function* () {
      const studies = StudyMemory.layer(abc, {
        onRequest: (request) => Effect.sync(() => void requests.push(request.resource)),
      })
      const explicit = StudyRegistry.layerExplicit(["C", "A", "C"])
      const own = StudyOrchestrator.layer.pipe(Layer.provide(Layer.merge(studies, explicit)))
      const report = yield* Effect.flatMap(StudyOrchestrator, (orchestrator) =>
        orchestrator.executePipeline(subjectCount),
      ).pipe(Effect.provide(own))
      expect(report.receipt.units.map((unit) => unit.id)).toEqual(["C", "A"])
      expect(report.selection.duplicates).toEqual([{ studyKey: "C", count: 2 }])
      // The memory's own registry was never asked.
      expect(requests).toEqual(["subjects", "subjects"])
    }).pipe(Effect.provide(LedgerMemory.layer()))
  })

  it.effect("log lines carry study_key and studyKey, and a caller's extra cannot replace them", () => {
    const lines: Array<Record<string, unknown>> = []
    const logger = Logger.make(({ fiber, message }) => {
      lines.push({ message, ...fiber.getRef(References.CurrentLogAnnotations) })
    })
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const logs = definePipeline({
        name: "logs",
        version: "1",
        run: async (study) => {
          study.log.info("hello", { study_key: "OTHER", page: 1 })
          return null
        },
      })
      yield* orchestrator.executePipeline(logs, { include: ["A", "B"], concurrency: 1 })
      const hello = lines.filter((line) => JSON.stringify(line["message"]).includes("hello"))
      expect(hello).toMatchObject([
        { study_key: "A", studyKey: "A", page: 1 },
        { study_key: "B", studyKey: "B", page: 1 },
      ])
    }).pipe(Effect.provide([setUp().layer, Logger.layer([logger])]))
  })

  it.effect("an estimate counts requests per study and runs no pipeline (A34)", () => {
    const { layer, requests } = setUp({ A: { subjects: subjects(1200) }, B: {} })
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const plan = yield* orchestrator.plan(subjectCount)
      const estimate = yield* orchestrator.estimate(subjectCount, plan)
      expect(estimate.studies.map(({ studyKey, requests }) => [studyKey, requests])).toEqual([
        ["A", 3],
        ["B", 1],
      ])
      expect(estimate.requests).toBe(4)
      expect(requests.map((request) => request.kind)).toEqual(["page", "count", "count"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("a study that cannot be counted does not hide the others", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const plan = yield* orchestrator.plan(subjectCount)
      const estimate = yield* orchestrator.estimate(subjectCount, plan)
      expect(estimate).toMatchObject({ failed: 1, requests: 2 })
      expect(estimate.studies[1]?.failure).toMatchObject({ tag: "Forbidden" })
    }).pipe(
      Effect.provide(
        setUp(abc, {
          onRequest: (request) => (request.studyKey === "B" ? Effect.fail(refused(false)) : Effect.void),
        }).layer,
      ),
    ),
  )

  it.effect("the same selection and parameters give the same plan; other parameters another fingerprint", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const withParams = definePipeline({
        name: "p",
        version: "1",
        params: Schema.Struct({ n: Schema.Int }),
        run: (_study, { params }) => Effect.succeed(params.n),
      })
      const one = yield* orchestrator.plan(withParams, { params: { n: 1 } })
      const again = yield* orchestrator.plan(withParams, { params: { n: 1 } })
      const two = yield* orchestrator.plan(withParams, { params: { n: 2 } })
      const some = yield* orchestrator.plan(withParams, { params: { n: 1 }, include: ["A"] })
      expect(again.plan).toEqual(one.plan)
      expect(two.plan.units[0]?.fingerprint).not.toBe(one.plan.units[0]?.fingerprint)
      // A study that is done stays done when another selection finds it again.
      expect(some.plan.units[0]?.fingerprint).toBe(one.plan.units[0]?.fingerprint)
    }).pipe(Effect.provide(setUp().layer)),
  )

  it.effect("the plan that is shown is the plan that is run", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const plan = yield* orchestrator.plan(echo, { exclude: ["B"] })
      const report = yield* orchestrator.executePlan(echo, plan)
      expect(report.receipt.planHash).toBe(plan.plan.hash)
      expect(report.receipt.units.map((unit) => unit.id)).toEqual(plan.plan.units.map((unit) => unit.id))
    }).pipe(Effect.provide(setUp().layer)),
  )

  it.effect("a plan of another pipeline is refused", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const plan = yield* orchestrator.plan(echo)
      const error = yield* Effect.flip(orchestrator.executePlan(subjectCount, plan))
      expect(error).toMatchObject({ exitCode: 2, reason: { _tag: "InvalidPipeline" } })
    }).pipe(Effect.provide(setUp().layer)),
  )

  it.effect("a scope that cannot be opened fails its own study only", () =>
    Effect.gen(function* () {
      const scopes = Layer.succeed(StudyScopes, {
        open: (studyKey) => {
          if (studyKey === "B") throw new Error("no such folder")
          return { studyKey, pageSize: 1, count: () => Effect.succeed(0), read: () => Stream.empty }
        },
      })
      const layer = StudyOrchestrator.layer.pipe(Layer.provide([scopes, StudyRegistry.layerExplicit(["A", "B", "C"])]))
      yield* Effect.gen(function* () {
        const orchestrator = yield* StudyOrchestrator
        const plan = yield* orchestrator.plan(subjectCount)
        expect((yield* orchestrator.estimate(subjectCount, plan)).failed).toBe(1)
        const report = yield* orchestrator.executePlan(subjectCount, plan)
        expect(report.receipt.units.map((unit) => unit.status)).toEqual(["succeeded", "failed", "succeeded"])
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.provide(LedgerMemory.layer())),
  )

  it.effect("files that earlier sessions wrote stand in the receipt of a resumed run too", () => {
    let broken = true
    const onRequest = ({ studyKey }: StudyMemory.MemoryRequest) =>
      studyKey === "B" && broken ? Effect.fail(refused(true)) : Effect.void
    const { layer } = setUp(abc, { onRequest })
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const writing = definePipeline({
        name: "writing",
        version: "1",
        run: (study) =>
          Effect.map(study.scope.count("subjects"), (bytes) => ({ path: `${study.studyKey}.txt`, bytes })),
        artifacts: ({ path, bytes }) => [{ path, bytes, sha256: "0".repeat(64) }],
      })
      const first = yield* orchestrator.executePipeline(writing, { runId: "w" })
      expect(first.receipt.artifacts.map((artifact) => artifact.path)).toEqual(["A.txt", "C.txt"])
      broken = false
      const resumed = yield* orchestrator.resume("w", writing)
      expect(resumed.receipt.artifacts.map((artifact) => artifact.path)).toEqual(["A.txt", "B.txt", "C.txt"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("a pipeline knows which try it is", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const tries = definePipeline({
        name: "tries",
        version: "1",
        run: (_study, { attempt }) => (attempt < 3 ? Effect.fail(refused(true)) : Effect.succeed(attempt)),
      })
      const fiber = yield* Effect.forkChild(orchestrator.executePipeline(tries, { include: ["A"], studyRetries: 2 }))
      yield* TestClock.adjust("5 minutes")
      expect((yield* Fiber.join(fiber)).receipt.units[0]).toMatchObject({ value: 3, attempts: 3 })
    }).pipe(Effect.provide(setUp().layer)),
  )

  it.effect("an interrupted run hands over what is finished, and every study has an outcome (A25)", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const control = yield* Runner.makeControl
      const finalized: Array<string> = []
      const slow = definePipeline({
        name: "slow",
        version: "1",
        run: (study) =>
          Effect.as(Effect.sleep("300 millis"), study.studyKey).pipe(
            Effect.ensuring(Effect.sync(() => void finalized.push(study.studyKey))),
          ),
      })
      const fiber = yield* Effect.forkChild(orchestrator.executePipeline(slow, { concurrency: 2, control }))
      yield* TestClock.adjust("700 millis")
      yield* control.interrupt
      const report = yield* Fiber.join(fiber)
      const statuses = report.receipt.units.map((unit) => unit.status)
      expect(statuses).toEqual([
        ...Array.from({ length: 4 }, () => "succeeded"),
        ...Array.from({ length: 2 }, () => "interrupted"),
        ...Array.from({ length: 4 }, () => "notStarted"),
      ])
      expect(finalized).toHaveLength(6)
      expect(StudiesReport.exitCode(report)).toBe(130)
    }).pipe(Effect.provide(setUp(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`S${i}`, {}]))).layer)),
  )

  it.effect("a registered secret in a pipeline's error is taken out of everything (A28)", () => {
    const secrets = Secrets.make()
    secrets.register("KEY-1234")
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const leaks = definePipeline({
        name: "leaks",
        version: "1",
        run: async () => {
          throw new Error("call failed: x-api-key: KEY-1234")
        },
      })
      const report = yield* orchestrator.executePipeline(leaks)
      const text = JSON.stringify([report.receipt, [...report.results]])
      expect(text).not.toContain("KEY-1234")
      expect(text).toContain("x-api-key")
    }).pipe(Effect.provide(setUp().layer), Effect.provideService(Secrets.Secrets, secrets))
  })

  it.effect("outcomes come as a stream while the run goes on", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const gate = yield* Deferred.make<void>()
      const gated = definePipeline({
        name: "gated",
        version: "1",
        run: (study) =>
          study.studyKey === "A" ? Effect.as(Deferred.await(gate), "A") : Effect.succeed(study.studyKey),
      })
      const seen: Array<string> = []
      yield* Stream.runForEach(orchestrator.outcomes(gated, { concurrency: 2 }), (outcome) => {
        seen.push(outcome.id)
        return seen.length === 2 ? Effect.asVoid(Deferred.succeed(gate, undefined)) : Effect.void
      })
      expect(seen).toEqual(["B", "C", "A"])
    }).pipe(Effect.provide(setUp().layer)),
  )

  it.effect("a resumed run asks only what is unfinished, keeps earlier values and lists what changed (A26)", () => {
    let broken = true
    const data: { [key: string]: StudyMemory.StudyData } = { ...abc, D: { subjects: subjects(3) } }
    const requests: Array<string> = []
    const onRequest = (request: StudyMemory.MemoryRequest) =>
      Effect.suspend(() => {
        requests.push(request.studyKey ?? "registry")
        if (request.studyKey === "B" && broken) return Effect.fail(refused(true))
        return request.studyKey === "D" && broken ? Effect.fail(refused(false)) : Effect.void
      })
    const ledger = LedgerMemory.layer()
    const lines: Array<string> = []
    const logger = Logger.layer([
      Logger.make(({ logLevel, message }) => {
        if (logLevel === "Info" && /^(?:selected|resuming)/.test(String(message))) lines.push(String(message))
      }),
    ])
    return Effect.gen(function* () {
      const first = yield* Effect.flatMap(StudyOrchestrator, (it) =>
        it.executePipeline(subjectCount, { runId: "r1" }),
      ).pipe(Effect.provide(StudyOrchestrator.layer.pipe(Layer.provide(StudyMemory.layer(data, { onRequest })))))
      expect(first.receipt.units.map((unit) => unit.status)).toEqual(["succeeded", "failed", "succeeded", "failed"])
      broken = false
      requests.length = 0
      const { C, ...rest } = data
      const later = StudyOrchestrator.layer.pipe(
        Layer.provide(StudyMemory.layer({ ...rest, E: { subjects: subjects(9) } }, { onRequest })),
      )
      const resumed = yield* Effect.flatMap(StudyOrchestrator, (it) => it.resume("r1", subjectCount)).pipe(
        Effect.provide(later),
      )
      expect(C).toBeDefined()
      expect(requests).toEqual(["registry", "B"])
      expect(lines).toEqual(["selected 4/4 studies", "resuming 1 of 4 studies"])
      expect(resumed.drift).toEqual({ added: ["E"], removed: ["C"] })
      expect(resumed.receipt.units.map(({ id, status, value }) => [id, status, value])).toEqual([
        ["A", "reused", { subjects: 2, deleted: 0 }],
        ["B", "succeeded", { subjects: 0, deleted: 0 }],
        ["C", "reused", { subjects: 1, deleted: 0 }],
        ["D", "failed", undefined],
      ])
      requests.length = 0
      const last = yield* Effect.flatMap(StudyOrchestrator, (it) =>
        it.resume("r1", subjectCount, { retryFailed: true, adopt: true }),
      ).pipe(Effect.provide(later))
      expect(requests).toEqual(["registry", "D", "E"])
      expect(lines.at(-1)).toBe("resuming 2 of 5 studies")
      expect(last.receipt.units.map(({ id, value }) => [id, value])).toEqual([
        ["A", { subjects: 2, deleted: 0 }],
        ["B", { subjects: 0, deleted: 0 }],
        ["C", { subjects: 1, deleted: 0 }],
        ["D", { subjects: 3, deleted: 0 }],
        ["E", { subjects: 9, deleted: 0 }],
      ])
      const other = yield* Effect.flatMap(StudyOrchestrator, (it) => it.resume("r1", echo)).pipe(
        Effect.provide(later),
        Effect.flip,
      )
      expect(other).toMatchObject({ reason: { _tag: "NotAStudiesRun" } })
      expect(yield* Ledger.Ledger).toBeDefined()
    }).pipe(Effect.provide([ledger, logger]))
  })
})
