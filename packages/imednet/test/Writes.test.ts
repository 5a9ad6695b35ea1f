import { assert, describe, it } from "@effect/vitest"
import * as CurrentStudy from "@heddle/studies/CurrentStudy"
import { Effect, Result } from "effect"
import { Imednet } from "../src/Imednet.ts"
import * as Jobs from "../src/Jobs.ts"
import type { Variable } from "../src/Models.ts"
import * as Write from "../src/Write.ts"
import { client } from "./Client.ts"
import { type Reply, serve } from "./Server.ts"

const items: ReadonlyArray<Write.RecordWrite> = [{ formKey: "REG", siteName: "Site 1", data: { textField: "x" } }]
const body = '[{"formKey":"REG","siteName":"Site 1","data":{"textField":"x"}}]'
const recordsPath = "/api/v1/edc/studies/A/records"
const jobPath = "/api/v1/edc/studies/A/jobs/B1"
const accepted: Reply = { status: 202, body: { jobId: "J1", batchId: "B1", state: "created" } }
const job = (state: string | null, rest: object = {}): Reply => ({
  body: { jobId: "J1", batchId: "B1", state, ...rest },
})

const write = (options: { readonly emailNotify?: string; readonly timeoutMs?: number } = {}) =>
  Effect.gen(function* () {
    const imednet = yield* Imednet
    return yield* imednet.records.createAndWait(items, { study: "A", pollIntervalMs: 10, ...options })
  })

describe("A29 writing and waiting", () => {
  it.live("A29 the body and the e-mail header arrive as given, and the job is asked for until it has completed", () =>
    Effect.gen(function* () {
      const states = [
        job("created"),
        job("IN PROGRESS"),
        job("completed", {
          dateCreated: "2026-01-01 00:00:00",
          dateStarted: "2026-01-01 00:00:01",
          dateFinished: "2026-01-01 00:00:02",
        }),
      ]
      const server = yield* serve((seen, before) => (seen.path === recordsPath ? accepted : states[before]))
      const outcome = yield* write({ emailNotify: "ops@example.org" }).pipe(Effect.provide(client(server.baseUrl)))
      assert.strictEqual(outcome._tag, "Job")
      if (outcome._tag !== "Job") return
      assert.deepInclude(outcome.job, {
        state: "completed",
        dateCreated: "2026-01-01T00:00:00Z",
        dateStarted: "2026-01-01T00:00:01Z",
        dateFinished: "2026-01-01T00:00:02Z",
      })
      assert.deepStrictEqual(
        server.requests.map((request) => [request.method, request.url]),
        [
          ["POST", recordsPath],
          ["GET", jobPath],
          ["GET", jobPath],
          ["GET", jobPath],
        ],
      )
      assert.strictEqual(server.requests[0]!.body, body)
      assert.strictEqual(server.requests[0]!.headers["x-email-notify"], "ops@example.org")
      assert.strictEqual(server.requests[0]!.headers["content-type"], "application/json")
      assert.strictEqual(server.requests[0]!.headers["content-length"], String(body.length))
    }).pipe(Effect.scoped),
  )

  const withoutJob: ReadonlyArray<readonly [string, unknown]> = [
    ["[]", []],
    ["an empty batch id", { jobId: "", batchId: "", state: "" }],
    ["null for a batch id", { jobId: null, batchId: null, state: null }],
    ["no body", ""],
  ]
  for (const [what, answer] of withoutJob) {
    it.live(`A29 202 with ${what} means accepted without a job, and nothing is asked for`, () =>
      Effect.gen(function* () {
        const server = yield* serve(() => ({ status: 202, body: answer }))
        const outcome = yield* write().pipe(Effect.provide(client(server.baseUrl)))
        assert.deepStrictEqual(outcome, { _tag: "Accepted" })
        assert.strictEqual(server.requests.length, 1)
      }).pipe(Effect.scoped),
    )
  }

  for (const state of ["FAILED", "failed", "Cancelled"]) {
    it.live(`A29 a job that ends as ${state} is JobFailed`, () =>
      Effect.gen(function* () {
        const server = yield* serve((seen) => (seen.path === recordsPath ? accepted : job(state)))
        const error = yield* Effect.flip(write().pipe(Effect.provide(client(server.baseUrl))))
        assert.deepStrictEqual("reason" in error && error.reason, { _tag: "JobFailed", batchId: "B1", state })
        assert.isFalse(error.retryable)
        assert.strictEqual(server.requests.length, 2)
      }).pipe(Effect.scoped),
    )
  }

  it.live("A29 a job whose state stays empty is JobTimeout", () =>
    Effect.gen(function* () {
      const server = yield* serve((seen) => (seen.path === recordsPath ? accepted : job("")))
      const error = yield* Effect.flip(write({ timeoutMs: 300 }).pipe(Effect.provide(client(server.baseUrl))))
      assert.deepStrictEqual("reason" in error && error.reason, {
        _tag: "JobTimeout",
        batchId: "B1",
        state: "",
        timeoutMs: 300,
      })
      assert.isFalse(error.retryable)
      assert.strictEqual(server.requests.filter((request) => request.method === "POST").length, 1)
    }).pipe(Effect.scoped),
  )

  const unanswered: ReadonlyArray<readonly [string, Reply, string]> = [
    ["answered with 500", { status: 500, body: "" }, "ServerError"],
    ["cut off", { raw: (request) => void request.socket.destroy() }, "TransportError"],
    ["never answered", { raw: () => {} }, "RequestTimeout"],
    ["answered with half a body", { status: 202, body: '{"jobId"' }, "DecodeError"],
  ]
  for (const [what, reply, tag] of unanswered) {
    it.live(`A29 a write that is ${what} is sent exactly once and is not retryable`, () =>
      Effect.gen(function* () {
        const server = yield* serve(() => reply)
        const error = yield* Effect.flip(
          write().pipe(
            Effect.provide(client(server.baseUrl, tag === "RequestTimeout" ? { requestTimeoutMs: 500 } : {})),
          ),
        )
        assert.strictEqual<unknown>("reason" in error && error.reason._tag, tag)
        assert.isFalse(error.retryable)
        assert.strictEqual(server.requests.length, 1)
      }).pipe(Effect.scoped),
    )
  }

  it.live("A29 whatever goes wrong while waiting, an accepted write is not retryable", () =>
    Effect.gen(function* () {
      const server = yield* serve((seen) => (seen.path === recordsPath ? accepted : { status: 500, body: "" }))
      const error = yield* Effect.flip(write().pipe(Effect.provide(client(server.baseUrl))))
      assert.strictEqual("reason" in error && error.reason._tag, "ServerError")
      assert.isFalse(error.retryable)
      assert.strictEqual(server.requests.filter((request) => request.method === "POST").length, 1)
    }).pipe(Effect.scoped),
  )

  it.live("A29 a write that is answered with 429 once is sent again with the same body", () =>
    Effect.gen(function* () {
      const server = yield* serve((seen, before) =>
        seen.path !== recordsPath
          ? job("COMPLETED")
          : before === 0
            ? { status: 429, body: { message: "slow down" } }
            : accepted,
      )
      yield* write().pipe(Effect.provide(client(server.baseUrl)))
      const posts = server.requests.filter((request) => request.method === "POST")
      assert.deepStrictEqual(
        posts.map((post) => post.body),
        [body, body],
      )
    }).pipe(Effect.scoped),
  )

  for (const emailNotify of ["a@b\r\nx-evil: 1", "a@b\n", "no address", "", "a@b, c@d", "ä@b"]) {
    it.live(`A29 the e-mail ${JSON.stringify(emailNotify)} is refused without a request`, () =>
      Effect.gen(function* () {
        const server = yield* serve(() => accepted)
        const error = yield* Effect.flip(write({ emailNotify }).pipe(Effect.provide(client(server.baseUrl))))
        assert.strictEqual("reason" in error && error.reason._tag, "Refused")
        assert.strictEqual(server.requests.length, 0)
      }).pipe(Effect.scoped),
    )
  }

  it.live("A27 writes and job reads take the current study, and without one nothing is sent", () =>
    Effect.gen(function* () {
      const server = yield* serve((seen) => (seen.method === "POST" ? accepted : job("completed")))
      yield* Effect.gen(function* () {
        const imednet = yield* Imednet
        const errors = yield* Effect.all([
          Effect.flip(imednet.records.create(items)),
          Effect.flip(imednet.records.createAndWait(items)),
          Effect.flip(imednet.jobs.get("B1")),
          Effect.flip(imednet.jobs.wait("B1")),
          Effect.flip(imednet.jobs.list()),
        ])
        for (const error of errors) assert.strictEqual(error._tag, "NoCurrentStudy")
        assert.strictEqual(server.requests.length, 0)
        yield* imednet.records.create(items).pipe(CurrentStudy.provide("A"))
        yield* imednet.jobs.get("B1").pipe(CurrentStudy.provide("A"))
        assert.deepStrictEqual(
          server.requests.map((request) => request.url),
          [recordsPath, jobPath],
        )
      }).pipe(Effect.provide(client(server.baseUrl)))
    }).pipe(Effect.scoped),
  )

  it.live("a batch id cannot leave its place in the address", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => job("completed"))
      yield* Effect.gen(function* () {
        const imednet = yield* Imednet
        yield* imednet.jobs.get("../../x", { study: "A" })
        const error = yield* Effect.flip(imednet.jobs.get("..", { study: "A" }))
        assert.strictEqual("reason" in error && error.reason._tag, "Refused")
      }).pipe(Effect.provide(client(server.baseUrl)))
      assert.deepStrictEqual(
        server.requests.map((request) => request.url),
        ["/api/v1/edc/studies/A/jobs/..%2F..%2Fx"],
      )
    }).pipe(Effect.scoped),
  )

  it.live("the list of jobs is a bare array", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => ({ body: [{ jobId: "J1", batchId: "B1", state: "completed", progress: 100 }] }))
      const list = yield* Effect.gen(function* () {
        return yield* (yield* Imednet).jobs.list({ study: "A" })
      }).pipe(Effect.provide(client(server.baseUrl)))
      assert.deepStrictEqual(
        list.map(({ batchId, progress }) => [batchId, progress]),
        [["B1", 100]],
      )
      assert.strictEqual(server.requests[0]!.url, "/api/v1/edc/studies/A/jobs")
    }).pipe(Effect.scoped),
  )
})

describe("Jobs", () => {
  it("states are compared without regard to case, and unknown ones go on", () => {
    const phases = ["created", "COMPLETED", "Success", "FAILED", "CANCELLED", "IN PROGRESS", "", null, "queued"].map(
      Jobs.phaseOf,
    )
    assert.deepStrictEqual(phases, [
      "running",
      "succeeded",
      "succeeded",
      "failed",
      "failed",
      "running",
      "running",
      "running",
      "running",
    ])
  })
})

describe("Write", () => {
  it("what an item does follows from its keys", () => {
    const kinds: ReadonlyArray<readonly [Write.RecordWrite, string]> = [
      [{ formKey: "F", siteName: "S", data: {} }, "registerSubject"],
      [{ formId: 1, siteId: 1, data: {} }, "registerSubject"],
      [{ formKey: "F", subjectKey: "1", intervalName: "Day 1", data: {} }, "updateScheduled"],
      [{ formKey: "F", subjectOid: "1", data: {} }, "createUnscheduled"],
      [{ formKey: "F", recordId: 1, data: {} }, "updateUnscheduled"],
    ]
    for (const [item, kind] of kinds) assert.strictEqual(Result.getOrThrow(Write.kindOf(item)), kind)
    const hostile: ReadonlyArray<unknown> = [
      { data: {} },
      { formKey: "F", data: {} },
      { formKey: "", siteName: "S", data: {} },
      { formKey: "F", siteName: "S" },
      { formKey: "F", siteName: "S", subjectKey: "1", data: {} },
      { formKey: "F", siteName: "S", data: [] },
      null,
    ]
    for (const item of hostile) {
      assert.isTrue(Result.isFailure(Write.kindOf(item as Write.RecordWrite)), JSON.stringify(item))
      assert.isTrue(Result.isFailure(Write.encode([item as Write.RecordWrite])))
    }
    assert.isTrue(Result.isFailure(Write.encode([])))
  })

  it("values are checked against the real types of variables", () => {
    const variable = (variableName: string, variableType: string, rest: Partial<Variable> = {}): Variable => ({
      studyKey: "A",
      variableId: 1,
      variableType,
      variableName,
      sequence: 1,
      revision: 1,
      disabled: false,
      deleted: false,
      blinded: false,
      variableOid: null,
      formId: 1,
      formKey: "F",
      formName: "F",
      label: "",
      dateCreated: null,
      dateModified: null,
      ...rest,
    })
    const variables = [
      variable("t", "TEXT"),
      variable("m", "memo"),
      variable("r", "RADIO"),
      variable("d", "DROPDOWN"),
      variable("c", "CHECKBOX"),
      variable("n", "NUMBER"),
      variable("day", "DATE"),
      variable("odd", "SLIDER"),
      variable("gone", "TEXT", { deleted: true }),
      variable("other", "TEXT", { formKey: "G" }),
    ]
    const good = { t: "x", m: "x", r: "Yes", d: "No", c: true, n: 1.5, day: "2026-01-01" }
    assert.deepStrictEqual(Write.check([{ formKey: "F", siteName: "S", data: good }], variables), [])
    assert.deepStrictEqual(Write.check([{ formKey: "F", siteName: "S", data: { t: null, n: null } }], variables), [])
    const bad = { t: 1, r: true, c: "true", n: "1.5", day: "01/01/2026", odd: 1, gone: "x", other: "x", nothing: "x" }
    const problems = Write.check([{ formKey: "F", siteName: "S", data: bad }], variables)
    assert.deepStrictEqual(
      problems.map(({ variable }) => variable),
      Object.keys(bad),
    )
  })
})
