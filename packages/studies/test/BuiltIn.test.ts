import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, Option, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { enrollment, openQueries, pipelines } from "../src/BuiltIn.ts"
import * as Pipeline from "../src/Pipeline.ts"
import { StudyError } from "../src/StudyError.ts"
import * as StudyMemory from "../src/StudyMemory.ts"
import { StudyOrchestrator } from "../src/StudyOrchestrator.ts"
import { StudyRegistry } from "../src/StudyRegistry.ts"
import { StudyScopes, type Item } from "../src/StudyScope.ts"
import { subjects } from "./fixtures.ts"

const over = (data: { readonly [key: string]: StudyMemory.StudyData }) =>
  Layer.merge(
    StudyOrchestrator.layer.pipe(Layer.provide(StudyMemory.layer(data, { pageSize: 2 }))),
    LedgerMemory.layer(),
  )

const site = (siteId: number, siteEnrollmentStatus: string): Item => ({
  siteId,
  siteName: `Site ${siteId}`,
  siteEnrollmentStatus,
})

describe("enrollment", () => {
  // Site 1: 3 subjects, of which one has no date; site 2: none; site 9 is named by a subject and not listed; one deleted.
  const study = {
    sites: [site(1, "ENROLLMENT_OPEN"), site(2, "Enrollment Closed")],
    subjects: [
      ...subjects(2),
      ...subjects(1, () => ({ subjectStatus: "Registered", enrollmentStartDate: null })),
      ...subjects(1, () => ({ siteId: 9, siteName: "Site 9", enrollmentStartDate: "2026-04-30T23:59:59.000Z" })),
      ...subjects(1, () => ({ deleted: true })),
    ],
  }
  it.effect("counts per site and over time, and the totals add up", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const report = yield* orchestrator.executePipeline(enrollment)
      const value = report.receipt.units[0]?.value
      expect(value).toEqual({
        subjects: 4,
        deleted: 1,
        enrolled: 3,
        undated: 1,
        byStatus: [
          { status: "Enrolled", subjects: 3 },
          { status: "Registered", subjects: 1 },
        ],
        sites: [
          { siteId: 1, siteName: "Site 1", status: "ENROLLMENT_OPEN", listed: true, subjects: 3, enrolled: 2 },
          { siteId: 2, siteName: "Site 2", status: "Enrollment Closed", listed: true, subjects: 0, enrolled: 0 },
          { siteId: 9, siteName: "Site 9", status: null, listed: false, subjects: 1, enrolled: 1 },
        ],
        months: [
          { month: "2026-01", enrolled: 2, cumulative: 2 },
          { month: "2026-02", enrolled: 0, cumulative: 2 },
          { month: "2026-03", enrolled: 0, cumulative: 2 },
          { month: "2026-04", enrolled: 1, cumulative: 3 },
        ],
      })
      expect(report.receipt.units[1]?.value).toMatchObject({ subjects: 0, months: [], sites: [] })
    }).pipe(Effect.provide(over({ A: study, EMPTY: {} }))),
  )

  const Subjects = Schema.Array(
    Schema.Struct({
      siteId: Schema.NullOr(Schema.Literals([1, 2, 3])),
      deleted: Schema.Boolean,
      enrollmentStartDate: Schema.NullOr(Schema.Literals(["2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "", "soon"])),
    }),
  )
  it.effect.prop("sites, months and undated always add up to the subjects", { given: Subjects }, ({ given }) =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const value = (yield* orchestrator.executePipeline(enrollment)).receipt.units[0]?.value
      const wanted = given.filter((subject) => !subject.deleted).length
      expect(value?.subjects).toBe(wanted)
      expect(value?.sites.reduce((sum, entry) => sum + entry.subjects, 0)).toBe(wanted)
      expect((value?.months.at(-1)?.cumulative ?? 0) + (value?.undated ?? 0)).toBe(wanted)
    }).pipe(Effect.provide(Layer.fresh(over({ A: { sites: [site(1, "x")], subjects: given } })))),
  )
})

describe("open-queries", () => {
  const query = (id: number, subjectId: number | null, dateCreated: string, closed: ReadonlyArray<boolean>): Item => ({
    annotationId: id,
    subjectId,
    dateCreated,
    queryComments: closed.map((value, index) => ({ sequence: index + 1, closed: value })),
  })
  const data = {
    subjects: [...subjects(2), ...subjects(1, () => ({ subjectId: 3, siteId: 2, siteName: "Site 2" }))],
    queries: [
      query(1, 1, "2026-03-31T12:00:00Z", [false]), // open, 0 days
      query(2, 2, "2026-03-24T12:00:00Z", [true, false]), // opened again, 7 days
      query(3, 3, "2026-03-23T12:00:00Z", [false]), // 8 days
      query(4, 3, "2025-12-31T11:00:00Z", [false]), // 90 days and an hour
      query(5, 3, "2025-12-30T12:00:00Z", [false]), // 91 days
      query(6, 1, "2026-01-01T00:00:00Z", [false, true]), // closed
      query(7, 1, "2026-01-01T00:00:00Z", []), // unknown
      query(8, null, "2026-04-01T00:00:00Z", [false]), // later than asOf, no subject
      query(9, 77, "", [false]), // no date, subject not listed
      // The comments stand in another order than their numbers.
      {
        ...query(10, 1, "2026-01-01T00:00:00Z", []),
        queryComments: [
          { sequence: 2, closed: true },
          { sequence: 1, closed: false },
        ],
      },
    ],
  }
  it.effect("counts open queries per site and by age to a stated instant", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const params = { asOf: "2026-03-31T12:00:00Z" }
      const value = (yield* orchestrator.executePipeline(openQueries, { params })).receipt.units[0]?.value
      const none = { upTo7Days: 0, upTo30Days: 0, upTo90Days: 0, over90Days: 0, later: 0, undated: 0 }
      expect(value).toEqual({
        asOf: "2026-03-31T12:00:00Z",
        queries: 10,
        open: 7,
        closed: 2,
        unknown: 1,
        ages: { upTo7Days: 2, upTo30Days: 1, upTo90Days: 1, over90Days: 1, later: 1, undated: 1 },
        oldestDays: 91,
        sites: [
          {
            siteId: 2,
            siteName: "Site 2",
            open: 3,
            oldestDays: 91,
            ages: { ...none, upTo30Days: 1, upTo90Days: 1, over90Days: 1 },
          },
          { siteId: 1, siteName: "Site 1", open: 2, oldestDays: 7, ages: { ...none, upTo7Days: 2 } },
          { siteId: null, siteName: null, open: 2, oldestDays: null, ages: { ...none, later: 1, undated: 1 } },
        ],
      })
    }).pipe(Effect.provide(over({ A: data }))),
  )

  it.effect(
    "without one the instant is the end of the day of planning, so one day has one plan, and a resumed run keeps it",
    () => {
      let broken = true
      const unavailable = new StudyError({
        tag: "ServerError",
        kind: "rejected",
        problem: "no",
        retryable: true,
        hints: [],
      })
      const studies = StudyMemory.layer(
        { A: data, B: data },
        { onRequest: ({ studyKey }) => (studyKey === "B" && broken ? Effect.fail(unavailable) : Effect.void) },
      )
      return Effect.gen(function* () {
        yield* TestClock.setTime(Date.parse("2026-05-01T00:00:00Z"))
        const orchestrator = yield* StudyOrchestrator
        const first = yield* orchestrator.executePipeline(openQueries, { runId: "q" })
        expect(first.receipt.units.map((unit) => unit.value?.asOf)).toEqual(["2026-05-01T23:59:59.999Z", undefined])
        yield* TestClock.adjust("10 days")
        broken = false
        const resumed = yield* orchestrator.resume("q", openQueries)
        expect(resumed.receipt.units.map((unit) => [unit.status, unit.value?.asOf])).toEqual([
          ["reused", "2026-05-01T23:59:59.999Z"],
          ["succeeded", "2026-05-01T23:59:59.999Z"],
        ])
        const later = yield* orchestrator.plan(openQueries)
        expect(later.plan.hash).not.toBe(first.receipt.planHash)
      }).pipe(Effect.provide(Layer.merge(StudyOrchestrator.layer.pipe(Layer.provide(studies)), LedgerMemory.layer())))
    },
  )
})

describe("built-in pipelines", () => {
  it("each is known by its own name and says what it reads", () => {
    for (const [name, pipeline] of Object.entries(pipelines)) expect(pipeline.spec.name).toBe(name)
    for (const { spec } of Object.values(pipelines)) expect(spec.resources).toBeDefined()
    expect(Pipeline.isPipeline(pipelines.enrollment)).toBe(true)
  })
})

describe("estimates", () => {
  it.effect("an extract is estimated by the resources that it is asked for (A34)", () =>
    Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const params = { resources: ["sites", "subjects"], format: "csv" } as const
      const plan = yield* orchestrator.plan(pipelines.extract, { params })
      const estimate = yield* orchestrator.estimate(pipelines.extract, plan)
      // Two items to a page: no site takes one request to be found, five subjects take three.
      expect(estimate).toMatchObject({ declared: true, requests: 4 })
    }).pipe(Effect.provide(over({ A: { subjects: subjects(5) } }))),
  )
})

describe("memory", () => {
  it.effect("a pipeline holds one page of a study, however long it is", () => {
    let made = 0
    let inFlightMax = 0
    let taken = 0
    const pages = 2_000
    const scopes = Layer.succeed(StudyScopes, {
      open: (studyKey) => ({
        studyKey,
        pageSize: 500,
        count: () => Effect.succeed(pages * 500),
        read: () =>
          Stream.paginate(0, (page) =>
            Effect.sync(() => {
              made++
              // Every page before this one was taken to its end before this one was asked for.
              inFlightMax = Math.max(inFlightMax, made - Math.floor(taken / 500))
              const items = Array.from({ length: 500 }, (): Item => ({ subjectKey: "x" }))
              return [items, page + 1 < pages ? Option.some(page + 1) : Option.none<number>()] as const
            }),
          ),
      }),
    })
    const counting = Pipeline.definePipeline({
      name: "counting",
      version: "1",
      run: async (study) => {
        let items = 0
        for await (const item of study.read("subjects")) {
          items += item === undefined ? 0 : 1
          taken = items
        }
        return items
      },
    })
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const report = yield* orchestrator.executePipeline(counting)
      expect(report.receipt.units[0]?.value).toBe(1_000_000)
      expect(inFlightMax).toBe(1)
    }).pipe(
      Effect.provide(
        Layer.merge(
          StudyOrchestrator.layer.pipe(Layer.provide(Layer.merge(StudyRegistry.layerExplicit(["A"]), scopes))),
          LedgerMemory.layer(),
        ),
      ),
    )
  })

  it.effect("10,000 studies stream to a sink in the order of the plan's units, none kept (A19)", () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => `S${String(index).padStart(5, "0")}`)
    let running = 0
    let runningMax = 0
    let written = 0
    const echo = Pipeline.definePipeline({
      name: "echo",
      version: "1",
      run: (study) =>
        Effect.gen(function* () {
          runningMax = Math.max(runningMax, ++running)
          yield* Effect.yieldNow
          running--
          return study.studyKey
        }),
    })
    return Effect.gen(function* () {
      const orchestrator = yield* StudyOrchestrator
      const report = yield* orchestrator.executePipeline(echo, {
        concurrency: 8,
        sink: {
          write: () =>
            Effect.sync(() => {
              written++
            }),
          finish: Effect.succeed([]),
        },
      })
      expect(written).toBe(10_000)
      expect(report.receipt.counts.succeeded).toBe(10_000)
      expect(runningMax).toBe(8)
      expect(report.receipt.units.some((unit) => unit.value !== undefined)).toBe(false)
    }).pipe(
      Effect.provide(
        Layer.merge(
          StudyOrchestrator.layer.pipe(
            Layer.provide(Layer.merge(StudyMemory.layer({}), StudyRegistry.layerExplicit(keys))),
          ),
          LedgerMemory.layer(),
        ),
      ),
    )
  })
})
