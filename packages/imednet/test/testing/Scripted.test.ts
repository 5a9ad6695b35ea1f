import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { RequestLog, Scripted } from "@heddle/imednet/testing"
import { make as makeLog } from "@heddle/imednet/testing/RequestLog"
import { call, keys, rawCall, until, walk } from "./rawClient.ts"

const { LIST, PAGED_REG, REG, STUDIES, SUBJ, SUBJECTS, reply, reset, scripted, stall } = Scripted
const root = "/api/v1/edc/studies"

describe("bodies", () => {
  it("REG is the registry of the acceptance cases, to the byte", () => {
    assert.strictEqual(
      JSON.stringify(REG("ALPHA", "BETA")),
      '{"metadata":{"status":"OK","method":"GET","path":"/api/v1/edc/studies","timestamp":"2026-01-01 00:00:00","error":{}},"pagination":{"currentPage":0,"size":500,"totalPages":1,"totalElements":2,"sort":[{"property":"studyKey","direction":"ASC"}]},"data":[{"sponsorKey":"100","studyKey":"ALPHA","studyId":1,"studyName":"Study ALPHA","studyDescription":"","studyType":"STUDY","dateCreated":"2026-01-01 00:00:00","dateModified":"2026-01-01 00:00:00"},{"sponsorKey":"100","studyKey":"BETA","studyId":2,"studyName":"Study BETA","studyDescription":"","studyType":"STUDY","dateCreated":"2026-01-01 00:00:00","dateModified":"2026-01-01 00:00:00"}]}',
    )
  })

  it("an empty REG has no page", () => {
    const { pagination, data } = REG()
    assert.deepStrictEqual([pagination.totalPages, pagination.totalElements, data], [0, 0, []])
  })

  it("SUBJ is the list of the acceptance cases, to the byte", () => {
    assert.strictEqual(
      JSON.stringify(SUBJ("A", 1)),
      '{"metadata":{"status":"OK","method":"GET","path":"/api/v1/edc/studies/A/subjects","timestamp":"2026-01-01 00:00:00","error":{}},"pagination":{"currentPage":0,"size":500,"totalPages":1,"totalElements":1,"sort":[{"property":"subjectId","direction":"ASC"}]},"data":[{"studyKey":"A","subjectId":1,"subjectOid":null,"subjectKey":"01-001","subjectStatus":"Enrolled","siteId":1,"siteName":"Site 1","deleted":false,"enrollmentStartDate":"2026-01-01 00:00:00","dateCreated":"2026-01-01 00:00:00","dateModified":"2026-01-01 00:00:00","keywords":[]}]}',
    )
  })
})

describe("the scripted server", () => {
  it.live("a route without a script answers the conventional 404", () =>
    Effect.gen(function* () {
      const server = yield* scripted({})
      const { status, text } = yield* Effect.promise(() => call(server.baseUrl, "/nope?x=1"))
      assert.strictEqual(status, 404)
      assert.strictEqual(
        text,
        '{"metadata":{"status":"NOT_FOUND","path":"/nope","timestamp":"2026-01-01 00:00:00","error":{"code":"9000","description":"no route"}}}',
      )
    }),
  )

  it.live("a list of replies is given in turn and the last one repeats; routes can be replaced", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: [reply({ status: 500, json: {} }), REG("A")] })
      const get = Effect.promise(() => call(server.baseUrl, root))
      assert.deepStrictEqual([(yield* get).status, (yield* get).status, (yield* get).status], [500, 200, 200])
      server.script({ [STUDIES]: REG("B") })
      assert.deepStrictEqual((yield* get).json, REG("B"))
    }),
  )

  it.live("a star is one encoded segment, and each path counts its own occurrences", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [SUBJECTS("*")]: [reply({ status: 503 }), SUBJ("X", 1)] })
      const status = (path: string) =>
        Effect.map(
          Effect.promise(() => call(server.baseUrl, path)),
          (got) => got.status,
        )
      assert.strictEqual(yield* status(`${root}/A%2FB/subjects`), 503)
      assert.strictEqual(yield* status(`${root}/A/subjects`), 503)
      assert.strictEqual(yield* status(`${root}/A%2FB/subjects`), 200)
      assert.strictEqual(yield* status(`${root}/A/B/subjects`), 404)
    }),
  )

  it.live("a function sees the request and its occurrence", () =>
    Effect.gen(function* () {
      const server = yield* scripted({
        [`POST ${root}/A/records`]: (request, occurrence) => ({ body: request.body, occurrence }),
        [STUDIES]: PAGED_REG(["A", "B", "C"]),
        [LIST("a b", "sites")]: { ok: true },
      })
      const post = Effect.promise(() => call(server.baseUrl, `${root}/A/records`, { method: "POST", body: "[1]" }))
      assert.deepStrictEqual((yield* post).json, { body: "[1]", occurrence: 0 })
      assert.deepStrictEqual((yield* post).json, { body: "[1]", occurrence: 1 })
      const pages = yield* Effect.promise(() => walk(server.baseUrl, root, 2))
      assert.deepStrictEqual(
        pages.map((page) => page.json.data.map((study: { studyKey: string }) => study.studyKey)),
        [["A", "B"], ["C"]],
      )
      assert.strictEqual((yield* Effect.promise(() => call(server.baseUrl, `${root}/a%20b/sites`))).status, 200)
    }),
  )

  it.live("replies can be reset or stalled, and a closed server refuses connections", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: [reset, stall] })
      assert.strictEqual((yield* Effect.promise(() => rawCall(server.baseUrl, root))).error, "ECONNRESET")
      const waiting = rawCall(server.baseUrl, root)
      yield* Effect.promise(() => until(() => server.log.count() === 2))
      yield* server.close
      assert.strictEqual((yield* Effect.promise(() => waiting)).text, "")
      assert.strictEqual((yield* Effect.promise(() => rawCall(server.baseUrl, root))).error, "ECONNREFUSED")
    }),
  )
})

describe("the request log", () => {
  it.live("holds method, raw path, query, headers and body as they were sent", () =>
    Effect.gen(function* () {
      const server = yield* scripted({})
      yield* Effect.promise(() =>
        call(server.baseUrl, "/a%2Fb/../c?x=1&y=a%20b&x=2", {
          method: "POST",
          headers: { ...keys, "X-Email-Notify": "a@example.org" },
          body: "Größe",
        }),
      )
      const [entry] = server.log.all()
      assert.strictEqual(entry?.method, "POST")
      assert.strictEqual(entry?.path, "/a%2Fb/../c")
      assert.strictEqual(entry?.search, "x=1&y=a%20b&x=2")
      assert.deepStrictEqual(entry?.query, [
        ["x", "1"],
        ["y", "a b"],
        ["x", "2"],
      ])
      assert.strictEqual(entry?.headers["x-email-notify"], "a@example.org")
      assert.strictEqual(entry?.body, "Größe")
      assert.strictEqual(entry?.status, 404)
      assert.strictEqual(RequestLog.parameter(entry!, "y"), "a b")
      assert.strictEqual(server.log.matching("POST", /c$/).length, 1)
      assert.strictEqual(server.log.matching("GET", /c$/).length, 0)
    }),
  )

  it("keeps the latest entries only, and counts all; clearing keeps what is in flight", () => {
    const log = makeLog({ entriesMax: 3 })
    const ends = Array.from({ length: 10 }, (_, index) =>
      log.begin({ atMs: index, method: "GET", path: `/${index}`, search: "", query: [], headers: {} }),
    )
    assert.deepStrictEqual(
      log.all().map((entry) => entry.path),
      ["/7", "/8", "/9"],
    )
    assert.deepStrictEqual([log.count(), log.inFlight(), log.inFlightMax()], [10, 10, 10])
    for (const end of ends.slice(0, 8)) end.end(20, true)
    ends[0]?.end(21, true)
    assert.deepStrictEqual([log.inFlight(), log.aborts()], [2, 8])
    log.clear()
    assert.deepStrictEqual([log.count(), log.aborts(), log.inFlight(), log.inFlightMax()], [0, 0, 2, 2])
  })
})
