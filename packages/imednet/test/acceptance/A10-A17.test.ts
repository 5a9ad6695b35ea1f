/** Faults of the transport and of paging: what is asked again, how often, how long after, and what is never asked again. */
import { Ledger } from "@heddle/core/Ledger"
import { assert, describe, it } from "@effect/vitest"
import { StudyError } from "@heddle/studies/StudyError"
import * as StudiesReport from "@heddle/studies/StudiesReport"
import { StudyOrchestrator } from "@heddle/studies/StudyOrchestrator"
import { Effect, Stream } from "effect"
import { Imednet } from "../../src/Imednet.ts"
import { RequestLog, Scripted } from "../../src/testing/index.ts"
import { allSubjects, count, echo, execute, type Logged, stacked, statuses, subjectsOf, unitOf } from "./stack.ts"

const { ERROR, REG, reply, scripted, STUDIES, STUDY, SUBJ, SUBJECTS } = Scripted

const tooMany = (retryAfter: string) =>
  reply({ status: 429, headers: { "retry-after": retryAfter }, json: { message: "Too Many Requests" } })

/** Milliseconds between the first and the last request of a server, by the server's own clock. */
const spanMs = (requests: ReadonlyArray<RequestLog.LoggedRequest>): number =>
  (requests.at(-1)?.atMs ?? 0) - (requests[0]?.atMs ?? 0)

const registryError = (server: Scripted.ScriptedServer, options: Parameters<typeof stacked>[1] = {}) =>
  Effect.map(Effect.flip(stacked(server, options)(execute(count))), (error) => {
    if (!(error instanceof StudyError)) throw new Error(`another error: ${error._tag}`)
    return error
  })

/** What the ledger has of the retries of a run's requests. */
const retriesOf = (runId: string) =>
  Effect.map(
    Effect.flatMap(Ledger, (ledger) => Stream.runCollect(ledger.events(runId))),
    (events) =>
      events.flatMap(({ event }): ReadonlyArray<Readonly<Record<string, unknown>>> =>
        event.type === "unitNoted" && event.name === "retry" ? [Object(event.data)] : [],
      ),
  )

/** An HTTP date so many milliseconds from now. */
const httpDate = (inMs: number): string => new Date(performance.timeOrigin + performance.now() + inMs).toUTCString()

describe("acceptance A10-A17", () => {
  it.live("A10 a 429 of the registry with Retry-After 1 is asked again a second later, and said", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: [tooMany("1"), REG("A")], [SUBJECTS("A")]: SUBJ("A", 1) })
      const logs: Array<Logged> = []
      const report = yield* stacked(server, {}, logs)(execute(count))
      assert.deepStrictEqual(statuses(report), ["A succeeded"])
      const asked = server.log.matching("GET", "/api/v1/edc/studies")
      assert.strictEqual(asked.length, 2)
      assert.isAtLeast(spanMs(asked), 999)
      assert.isBelow(spanMs(asked), 1500 * 3)
      // Before there is a run there is nothing to put an event into: the wait is logged.
      const told = logs.filter(({ level }) => level === "Warn")
      assert.strictEqual(told.length, 1)
      assert.match(told[0]?.text ?? "", /^studies: the server asks to wait 1000 ms \(RateLimited, attempt 1\)$/)
    }).pipe(Effect.scoped),
  )

  it.live("A10 within a study the retry is an event of 1000 ms, and counted as waiting, not as work", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: REG("A"), [SUBJECTS("A")]: [tooMany("1"), SUBJ("A", 1)] })
      const logs: Array<Logged> = []
      yield* stacked(
        server,
        {},
        logs,
      )(
        Effect.gen(function* () {
          const report = yield* execute(count, { runId: "a10" })
          const asked = subjectsOf(server, "A")
          assert.strictEqual(asked.length, 2)
          assert.isAtLeast(spanMs(asked), 999)
          const a = unitOf(report, "A")
          assert.deepInclude(a, { status: "succeeded", value: 1, attempts: 1 })
          assert.isAtLeast(a.retryWaitMs, 999)
          assert.isBelow(a.runMs, 1000)
          assert.deepStrictEqual(yield* retriesOf("a10"), [
            { endpoint: "subjects", attempt: 1, ms: 1000, reason: "RateLimited", httpStatus: 429 },
          ])
          // The run's events say it already.
          assert.deepStrictEqual(
            logs.filter(({ level }) => level === "Warn"),
            [],
          )
        }),
      )
    }).pipe(Effect.scoped),
  )

  it.live("A10 a Retry-After that is a date two seconds ahead is waited for", () =>
    Effect.gen(function* () {
      const server = yield* scripted({
        [STUDIES]: (_, occurrence) => (occurrence === 0 ? tooMany(httpDate(2_000)) : REG("A")),
        [SUBJECTS("A")]: SUBJ("A", 1),
      })
      const report = yield* stacked(server)(execute(count))
      assert.deepStrictEqual(statuses(report), ["A succeeded"])
      const asked = server.log.matching("GET", "/api/v1/edc/studies")
      assert.strictEqual(asked.length, 2)
      assert.isAtLeast(spanMs(asked), 999)
      assert.isBelow(spanMs(asked), 2500 * 3)
    }).pipe(Effect.scoped),
  )

  it.live("A10 a Retry-After of 'soon' falls back to the backoff of at most 10 ms", () =>
    Effect.gen(function* () {
      const server = yield* scripted({
        [STUDIES]: [tooMany("soon"), REG("A")],
        [SUBJECTS("A")]: [tooMany("soon"), SUBJ("A", 1)],
      })
      yield* stacked(server)(
        Effect.gen(function* () {
          const report = yield* execute(count, { runId: "soon" })
          assert.deepStrictEqual(statuses(report), ["A succeeded"])
          assert.strictEqual(server.log.matching("GET", "/api/v1/edc/studies").length, 2)
          assert.strictEqual(subjectsOf(server, "A").length, 2)
          const [retry, ...more] = yield* retriesOf("soon")
          assert.deepStrictEqual(more, [])
          assert.isAtMost(Number(retry?.["ms"]), 10)
        }),
      )
    }).pipe(Effect.scoped),
  )

  it.live("A10 a Retry-After of 3600 is over the cap of 60 s: the registry fails at once after one request", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: tooMany("3600") })
      const error = yield* registryError(server)
      assert.deepInclude(error, { tag: "RateLimited", httpStatus: 429, retryable: true, exitCode: 5 })
      assert.strictEqual(error.fields?.["retryAfterSec"], 3600)
      assert.strictEqual(server.log.count(), 1)
    }).pipe(Effect.scoped),
  )

  it.live("A11 a 429 closes the gate for every study until Retry-After, and all succeed with six requests", () =>
    Effect.gen(function* () {
      let first = true
      const server = yield* scripted({
        [STUDIES]: REG("A", "B", "C", "D"),
        [SUBJECTS("*")]: () => {
          if (!first) return SUBJ("A", 1)
          first = false
          return tooMany("1")
        },
      })
      const report = yield* stacked(server)(execute(count, { concurrency: 4 }))
      assert.deepStrictEqual(report.receipt.counts.succeeded, 4)
      assert.strictEqual(server.log.count(), 6)
      const asked = allSubjects(server)
      const refusedAtMs = asked.find(({ status }) => status === 429)?.atMs ?? Number.NaN
      const before = asked.filter(({ atMs }) => atMs < refusedAtMs + 999)
      // One per study was on its way; the rest came after the gate had opened.
      assert.isAtMost(before.length, 4)
      assert.strictEqual(new Set(before.map(({ path }) => path)).size, before.length)
    }).pipe(Effect.scoped),
  )

  it.live("A11 studies that become ready while the gate is closed wait for it too", () =>
    Effect.gen(function* () {
      const keys = ["A", "B", "C", "D", "E", "F", "G", "H"]
      const server = yield* scripted({
        [STUDIES]: REG(...keys),
        [SUBJECTS("A")]: [tooMany("1"), SUBJ("A", 1)],
        // In flight when A is refused, and answered while the gate is closed.
        [SUBJECTS("*")]: reply({ json: SUBJ("B", 1), delayMs: 200 }),
      })
      const report = yield* stacked(server)(execute(count, { concurrency: 4 }))
      assert.strictEqual(report.receipt.counts.succeeded, 8)
      assert.strictEqual(server.log.count(), 10)
      const refusedAtMs = subjectsOf(server, "A")[0]?.atMs ?? Number.NaN
      const early = allSubjects(server).filter(({ atMs }) => atMs < refusedAtMs + 999)
      assert.isAtMost(early.length, 4)
      for (const key of ["E", "F", "G", "H"])
        assert.isAtLeast(subjectsOf(server, key)[0]?.atMs ?? 0, refusedAtMs + 999, key)
    }).pipe(Effect.scoped),
  )

  it.live("A12 a 500 of the registry is asked again", () =>
    Effect.gen(function* () {
      const server = yield* scripted({
        [STUDIES]: [reply({ status: 500, json: { metadata: { status: "ERROR", error: { message: "x" } } } }), REG("A")],
        [SUBJECTS("A")]: SUBJ("A", 1),
      })
      const report = yield* stacked(server)(execute(count))
      assert.deepStrictEqual(statuses(report), ["A succeeded"])
      assert.strictEqual(server.log.matching("GET", "/api/v1/edc/studies").length, 2)
    }).pipe(Effect.scoped),
  )

  it.live("A12 a lasting 500 is four requests, then ServerError with status and the server's words, exit 5", () =>
    Effect.gen(function* () {
      const server = yield* scripted({
        [STUDIES]: reply({ status: 500, json: { metadata: { status: "ERROR", error: { message: "x" } } } }),
      })
      const error = yield* registryError(server)
      assert.deepInclude(error, { tag: "ServerError", httpStatus: 500, retryable: true, exitCode: 5, message: "x" })
      assert.strictEqual(server.log.count(), 4)
      assert.isBelow(spanMs(server.log.all()), 1_000 * 3)
    }).pipe(Effect.scoped),
  )

  const refusals: ReadonlyArray<readonly [number, string, Scripted.Reply, string]> = [
    [
      403,
      "Forbidden",
      reply({ status: 403, json: { message: "Forbidden" }, headers: { "x-amzn-errortype": "ForbiddenException" } }),
      "Forbidden",
    ],
    [
      400,
      "BadRequest",
      reply({
        status: 400,
        json: ERROR(400, "/api/v1/edc/studies/A/subjects", "1000", "wrong page", { attribute: "page", value: "XX" }),
      }),
      "wrong page",
    ],
    [401, "Unauthorized", reply({ status: 401, json: { message: "Unauthorized" } }), "Unauthorized"],
    [404, "NotFound", reply({ status: 404, json: ERROR(404, "/x", "9000", "no route") }), "no route"],
  ]
  for (const [status, tag, answer, message] of refusals) {
    it.live(`A13 ${status} is one request and a failed study ${tag}; B succeeds, exit 3`, () =>
      Effect.gen(function* () {
        const server = yield* scripted({
          [STUDIES]: REG("A", "B"),
          [SUBJECTS("A")]: answer,
          [SUBJECTS("B")]: SUBJ("B", 2),
        })
        const report = yield* stacked(server)(execute(count))
        assert.deepStrictEqual(statuses(report), ["A failed", "B succeeded"])
        assert.strictEqual(subjectsOf(server, "A").length, 1)
        const { failure } = unitOf(report, "A")
        assert.deepInclude(failure, { kind: "error", tag, message, retryable: false })
        assert.strictEqual(failure?.fields?.["httpStatus"], status)
        if (status === 400) assert.deepInclude(failure?.fields, { code: "1000", attribute: "page", value: "XX" })
        if (status === 403) assert.deepInclude(failure?.fields, { awsErrorType: "ForbiddenException" })
        assert.strictEqual(StudiesReport.exitCode(report), 3)
        assert.deepInclude(report.results.get("A"), { status: "FAILED", data: null })
      }).pipe(Effect.scoped),
    )
  }

  const cut = '{"metadata": {"status":"OK"}, "data": ['
  const unreadable: ReadonlyArray<readonly [string, Scripted.Reply, number, string, string]> = [
    ["truncated JSON", reply({ text: cut }), 4, "DecodeError", `offset ${cut.length}`],
    ["a body []", reply({ text: "[]" }), 1, "DecodeError", "(body)"],
    ["<html>", reply({ text: "<html>01-001</html>" }), 4, "DecodeError", "offset 0"],
    ["204", reply({ status: 204 }), 1, "DecodeError", "empty"],
    ["302 to /x", reply({ status: 302, headers: { location: "/x" } }), 1, "UnexpectedStatus", "302"],
  ]
  for (const [what, answer, requests, tag, words] of unreadable) {
    it.live(`A14 ${what} in one study: ${requests} requests, ${tag} without any text of the body; B succeeds`, () =>
      Effect.gen(function* () {
        const server = yield* scripted({
          [STUDIES]: REG("A", "B"),
          [SUBJECTS("A")]: answer,
          [SUBJECTS("B")]: SUBJ("B", 2),
          "GET /x": SUBJ("A", 9),
        })
        const report = yield* stacked(server)(execute(count))
        assert.deepStrictEqual(statuses(report), ["A failed", "B succeeded"])
        assert.strictEqual(subjectsOf(server, "A").length, requests)
        assert.strictEqual(server.log.matching("GET", "/x").length, 0)
        const { failure } = unitOf(report, "A")
        assert.strictEqual(failure?.tag, tag)
        assert.include(failure?.message, "subjects")
        assert.include(failure?.message, words)
        const text = JSON.stringify([report.receipt, [...report.results]])
        for (const part of ["metadata", "html", "01-001"]) assert.notInclude(text, part)
        assert.strictEqual(StudiesReport.exitCode(report), 3)
      }).pipe(Effect.scoped),
    )
  }

  const page = (request: RequestLog.LoggedRequest) => Number(RequestLog.parameter(request, "page"))
  const registryPage = (
    pagination: { readonly currentPage: number; readonly totalPages: number; readonly totalElements: number },
    data: ReadonlyArray<unknown>,
  ) => ({ metadata: { status: "OK" }, pagination: { size: 500, sort: [], ...pagination }, data })

  it.live("A15 (a) a list whose end moves away stops at the bound of 20 pages: PaginationLoop", () =>
    Effect.gen(function* () {
      const server = yield* scripted({
        [STUDIES]: (request) => {
          const p = page(request)
          return registryPage({ currentPage: p, totalPages: p + 2, totalElements: 99999 }, [STUDY(`L${p}`, p + 1)])
        },
      })
      const error = yield* registryError(server, { pagesMax: 20 })
      assert.strictEqual(error.tag, "PaginationLoop")
      assert.strictEqual(server.log.count(), 20)
    }).pipe(Effect.scoped),
  )

  it.live("A15 (b) a server that ignores the page is found out on the second request: PaginationLoop", () =>
    Effect.gen(function* () {
      const server = yield* scripted({
        [STUDIES]: registryPage({ currentPage: 0, totalPages: 3, totalElements: 6 }, [STUDY("A", 1), STUDY("B", 2)]),
      })
      const error = yield* registryError(server)
      assert.strictEqual(error.tag, "PaginationLoop")
      assert.strictEqual(server.log.count(), 2)
    }).pipe(Effect.scoped),
  )

  it.live("A15 (c) an empty page in the middle is read over with one warning", () =>
    Effect.gen(function* () {
      const pages = [[STUDY("A", 1)], [], [STUDY("B", 2)]]
      const server = yield* scripted({
        [STUDIES]: (request) =>
          registryPage({ currentPage: page(request), totalPages: 3, totalElements: 2 }, pages[page(request)] ?? []),
      })
      const report = yield* stacked(server)(execute(echo))
      assert.strictEqual(server.log.count(), 3)
      assert.deepStrictEqual(statuses(report), ["A succeeded", "B succeeded"])
      assert.strictEqual(report.selection.warnings.length, 1)
    }).pipe(Effect.scoped),
  )

  const many = Array.from({ length: 500 }, (_, index) => `S${String(index + 1).padStart(4, "0")}`)

  it.live("A16 a registry that shrinks gives its 500 studies and a warning, exit 0", () =>
    Effect.gen(function* () {
      const server = yield* scripted({
        [STUDIES]: (request) =>
          page(request) === 0
            ? registryPage(
                { currentPage: 0, totalPages: 2, totalElements: 501 },
                many.map((key, index) => STUDY(key, index + 1)),
              )
            : registryPage({ currentPage: 1, totalPages: 1, totalElements: 500 }, []),
      })
      const logs: Array<Logged> = []
      const report = yield* stacked(server, {}, logs)(execute(echo))
      assert.strictEqual(server.log.count(), 2)
      assert.strictEqual(report.receipt.counts.succeeded, 500)
      assert.deepStrictEqual(
        report.receipt.units.map(({ id }) => id),
        many,
      )
      assert.strictEqual(report.selection.warnings.length, 1)
      assert.include(report.selection.warnings[0], "registry changed while reading")
      assert.isTrue(logs.some(({ level, text }) => level === "Warn" && text.includes("registry changed while reading")))
      assert.strictEqual(StudiesReport.exitCode(report), 0)
    }).pipe(Effect.scoped),
  )

  const everyStudy = many.map((key, index) => STUDY(key.replace("S0", "S"), index + 1))
  const odd: ReadonlyArray<readonly [string, (p: number) => Scripted.Answer, number]> = [
    ["(a) no pagination at all", (p) => ({ metadata: { status: "OK" }, data: p === 0 ? everyStudy : [] }), 2],
    [
      "(b) data that is null on the last page",
      (p) =>
        p === 0
          ? registryPage({ currentPage: 0, totalPages: 2, totalElements: 500 }, everyStudy)
          : { ...registryPage({ currentPage: 1, totalPages: 2, totalElements: 500 }, []), data: null },
      1,
    ],
  ]
  for (const [what, answer, drift] of odd) {
    it.live(`A17 ${what}: two requests, 500 studies, drift ${drift}`, () =>
      Effect.gen(function* () {
        const server = yield* scripted({ [STUDIES]: (request) => answer(page(request)) })
        yield* stacked(server)(
          Effect.gen(function* () {
            const selection = yield* (yield* StudyOrchestrator).resolveStudies()
            assert.strictEqual(selection.selected.length, 500)
            assert.strictEqual(selection.selected[0], "S001")
            assert.strictEqual(selection.selected.at(-1), "S500")
            const counts = Object.values((yield* Imednet).drift.summary())
            assert.strictEqual(
              counts.reduce((sum, one) => sum + one, 0),
              drift,
            )
          }),
        )
        assert.strictEqual(server.log.count(), 2)
      }).pipe(Effect.scoped),
    )
  }

  it.live("A17 (c) an error in an envelope that came with 200 is ApiError 9001, exit 4, and no empty success", () =>
    Effect.gen(function* () {
      const server = yield* scripted({
        [STUDIES]: {
          metadata: {
            status: "UNAUTHORIZED",
            path: "/api/v1/edc/studies",
            timestamp: "2026-01-01 00:00:00",
            error: { code: "9001", description: "no permission" },
          },
        },
      })
      const error = yield* registryError(server)
      assert.deepInclude(error, { tag: "ApiError", message: "no permission", retryable: false, exitCode: 4 })
      assert.strictEqual(error.fields?.["code"], "9001")
      assert.strictEqual(server.log.count(), 1)
    }).pipe(Effect.scoped),
  )
})
