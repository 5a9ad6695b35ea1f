import { assert, describe, it } from "@effect/vitest"
import { CurrentUnit, type CurrentUnitShape } from "@heddle/core/CurrentUnit"
import type { RateLimit } from "@heddle/core/Limits"
import * as Secrets from "@heddle/core/Secrets"
import { Cause, Effect, Exit, Fiber, Layer, Result, Stream, Tracer } from "effect"
import { FetchHttpClient } from "effect/http"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { Imednet } from "../src/Imednet.ts"
import { ImednetConfig } from "../src/ImednetConfig.ts"
import { layerHttp } from "../src/node/index.ts"
import { client } from "./Client.ts"
import { envelope, type Reply, registry, registryPath, serve, subjects } from "./Server.ts"

const listStudies = Effect.gen(function* () {
  const imednet = yield* Imednet
  return (yield* Stream.runCollect(imednet.studies.list())).map((study) => study.studyKey)
})
const countSubjects = (study: string) =>
  Effect.gen(function* () {
    const imednet = yield* Imednet
    return yield* Stream.runCount(imednet.subjects.list({ study }))
  })

/** Records what the work tells its unit. */
const recording = () => {
  const notes: Array<{ name: string; data: unknown }> = []
  const waits: Array<string> = []
  const unit: CurrentUnitShape = {
    unit: undefined,
    runId: "run",
    attempt: 1,
    beginWait: (kind) => {
      waits.push(`${kind} begins`)
      return () => void waits.push(`${kind} ends`)
    },
    note: (name, data) => Effect.sync(() => void notes.push({ name, data })),
    spend: () => Effect.void,
  }
  return { notes, waits, provide: Effect.provideService(CurrentUnit, unit) }
}

const tooMany = (retryAfter?: string): Reply => ({
  status: 429,
  body: { message: "Too Many Requests" },
  ...(retryAfter === undefined ? {} : { headers: { "retry-after": retryAfter } }),
})

describe("waiting as the server asks", () => {
  it.live("A10 after 429 with Retry-After: 1 the second request comes a second later and succeeds", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, before) => (before === 0 ? tooMany("1") : registry("A")))
      const { notes, waits, provide } = recording()
      const keys = yield* listStudies.pipe(provide, Effect.provide(client(server.baseUrl)))
      assert.deepStrictEqual(keys, ["A"])
      assert.strictEqual(server.requests.length, 2)
      const gapMs = server.requests[1]!.atMs - server.requests[0]!.atMs
      assert.isAtLeast(gapMs, 1000)
      assert.deepStrictEqual(
        notes.filter((note) => note.name === "retry"),
        [
          {
            name: "retry",
            data: { endpoint: "studies", attempt: 1, ms: 1000, reason: "RateLimited", httpStatus: 429 },
          },
        ],
      )
      assert.deepStrictEqual(
        waits.filter((wait) => wait.startsWith("retry")),
        ["retry begins", "retry ends"],
      )
    }).pipe(Effect.scoped),
  )

  it.live("A10 a Retry-After date is taken by the server's own clock", () =>
    Effect.gen(function* () {
      // The server's clock is a day ahead; only the difference of its two dates counts.
      const server = yield* serve((_, before) =>
        before === 0
          ? {
              ...tooMany("Thu, 01 Jan 2099 00:00:02 GMT"),
              headers: { "retry-after": "Thu, 01 Jan 2099 00:00:02 GMT", date: "Thu, 01 Jan 2099 00:00:00 GMT" },
            }
          : registry("A"),
      )
      const { notes, provide } = recording()
      yield* listStudies.pipe(provide, Effect.provide(client(server.baseUrl)))
      assert.strictEqual(server.requests.length, 2)
      assert.isAtLeast(server.requests[1]!.atMs - server.requests[0]!.atMs, 1000)
      assert.deepInclude(notes[0]!.data, { ms: 2000 })
    }).pipe(Effect.scoped),
  )

  it.live("A10 a Retry-After that says nothing usable falls back to the backoff", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, before) => (before === 0 ? tooMany("soon") : registry("A")))
      const { notes, provide } = recording()
      yield* listStudies.pipe(provide, Effect.provide(client(server.baseUrl)))
      assert.strictEqual(server.requests.length, 2)
      const data = notes[0]!.data as { ms: number }
      assert.isAtMost(data.ms, 10)
    }).pipe(Effect.scoped),
  )

  it.live("A10 a 503 that asks for a wait gets it, and one that asks for an hour is not asked again", () =>
    Effect.gen(function* () {
      const unavailable = (after: string): Reply => ({ status: 503, headers: { "retry-after": after }, body: "" })
      const short = yield* serve((_, before) => (before === 0 ? unavailable("1") : registry("A")))
      yield* listStudies.pipe(Effect.provide(client(short.baseUrl)))
      assert.isAtLeast(short.requests[1]!.atMs - short.requests[0]!.atMs, 1000)
      const long = yield* serve(() => unavailable("3600"))
      const error = yield* Effect.flip(listStudies.pipe(Effect.provide(client(long.baseUrl))))
      assert.strictEqual(error.reason._tag, "ServerError")
      assert.strictEqual(long.requests.length, 1)
    }).pipe(Effect.scoped),
  )

  it.live("every try takes from the shared rate limit, and a 429 closes its gate for as long as asked", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const rate: RateLimit = {
        name: "test",
        take: () => Effect.sync(() => void log.push("take")),
        closeFor: (ms) => Effect.sync(() => void log.push(`close ${ms}`)),
        closedForMs: Effect.succeed(0),
      }
      const server = yield* serve((_, before) =>
        before === 0 ? tooMany("1") : before === 1 ? { status: 500, body: "" } : registry("A"),
      )
      const layer = Imednet.layerWith(rate).pipe(
        Layer.provide([
          layerHttp,
          ImednetConfig.layer({
            apiKey: "KEY-1234",
            securityKey: "SEC-5678",
            baseUrl: server.baseUrl,
            retry: { baseDelayMs: 10 },
          }),
        ]),
      )
      yield* listStudies.pipe(Effect.provide(layer))
      assert.deepStrictEqual(log, ["take", "close 1000", "take", "take"])
    }).pipe(Effect.scoped),
  )

  it.live("A10 a server that asks for an hour is refused at once", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => tooMany("3600"))
      const error = yield* Effect.flip(listStudies.pipe(Effect.provide(client(server.baseUrl))))
      assert.strictEqual(error._tag, "ImednetError")
      assert.deepStrictEqual("reason" in error && error.reason, { _tag: "RateLimited", retryAfterSec: 3600 })
      assert.isTrue(error.retryable)
      assert.strictEqual(server.requests.length, 1)
    }).pipe(Effect.scoped),
  )

  it.live("A11 after a 429 nobody asks until the gate opens again", () =>
    Effect.gen(function* () {
      let answered = 0
      let refusedAtMs = 0
      const held: Array<() => void> = []
      const server = yield* serve((seen) => {
        if (seen.path === registryPath) return registry("A", "B", "C", "D", "E", "F", "G", "H")
        const key = seen.path.split("/")[5]!
        answered += 1
        if (answered === 1)
          return {
            raw: (_, response) => {
              refusedAtMs = performance.now()
              response.writeHead(429, { "content-type": "application/json", "retry-after": "1" })
              response.end(JSON.stringify({ message: "Too Many Requests" }))
              for (const release of held) release()
            },
          }
        return subjects(key, 1)
      })
      const counts = yield* Effect.gen(function* () {
        const imednet = yield* Imednet
        const studies = yield* Stream.runCollect(imednet.studies.list())
        return yield* Effect.forEach(studies, ({ studyKey }) => countSubjects(studyKey), { concurrency: 4 })
      }).pipe(Effect.provide(client(server.baseUrl)))
      assert.deepStrictEqual(counts, [1, 1, 1, 1, 1, 1, 1, 1])
      assert.strictEqual(server.requests.length, 10)
      const asked = server.requests.slice(1).map((request) => request.atMs - refusedAtMs)
      // Four were on their way when the first was refused; the other six had to wait for the gate.
      const early = asked.filter((afterMs) => afterMs < 990)
      assert.isAtMost(early.length, 4)
      assert.isAtLeast(asked.filter((afterMs) => afterMs >= 990).length, 5)
    }).pipe(Effect.scoped),
  )
})

describe("what is tried again", () => {
  it.live("A12 a 500 is tried again", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, before) =>
        before === 0
          ? { status: 500, body: { metadata: { status: "ERROR", error: { message: "x" } } } }
          : registry("A"),
      )
      assert.deepStrictEqual(yield* listStudies.pipe(Effect.provide(client(server.baseUrl))), ["A"])
      assert.strictEqual(server.requests.length, 2)
    }).pipe(Effect.scoped),
  )

  it.live("A12 a lasting 500 is asked exactly four times and fails as ServerError with the server's words", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => ({
        status: 500,
        body: { metadata: { status: "ERROR", error: { message: "x" } } },
      }))
      const error = yield* Effect.flip(listStudies.pipe(Effect.provide(client(server.baseUrl))))
      assert.strictEqual(server.requests.length, 4)
      assert.strictEqual(error.reason._tag, "ServerError")
      assert.strictEqual(error.httpStatus, 500)
      assert.strictEqual(error.attempts, 4)
      assert.strictEqual(error.message, "x")
      assert.isTrue(error.retryable)
    }).pipe(Effect.scoped),
  )

  const refusals = [
    [403, "Forbidden", { message: "Forbidden" }],
    [401, "Unauthorized", { metadata: { error: { code: "9001", description: "no" } } }],
    [404, "NotFound", { metadata: { error: { code: "9000", description: "no route" } } }],
    [409, "Conflict", "plain words"],
    [422, "UnexpectedStatus", ""],
  ] as const
  for (const [status, tag, body] of refusals) {
    it.live(`A13 ${status} is asked once and fails as ${tag}`, () =>
      Effect.gen(function* () {
        const server = yield* serve((seen) =>
          seen.path.includes("/A/")
            ? { status, body, headers: status === 403 ? { "x-amzn-errortype": "ForbiddenException" } : {} }
            : subjects("B", 1),
        )
        const [error, count] = yield* Effect.all([Effect.flip(countSubjects("A")), countSubjects("B")]).pipe(
          Effect.provide(client(server.baseUrl)),
        )
        assert.strictEqual(count, 1)
        assert.strictEqual(server.requests.filter((request) => request.path.includes("/A/")).length, 1)
        assert.strictEqual(error._tag, "ImednetError")
        if (error._tag !== "ImednetError") return
        assert.strictEqual(error.reason._tag, tag)
        assert.strictEqual(error.httpStatus, status)
        assert.isFalse(error.retryable)
        if (status === 403) {
          assert.strictEqual(error.message, "Forbidden")
          assert.strictEqual(error.awsErrorType, "ForbiddenException")
          assert.include(error.hints[0], "forbidden or unknown study")
        }
      }).pipe(Effect.scoped),
    )
  }

  it.live("A13 a 400 carries the server's code, attribute and value", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => ({
        status: 400,
        body: {
          metadata: {
            status: "BAD_REQUEST",
            path: "/api/v1/edc/studies",
            timestamp: "2018-10-18 05:46:29",
            error: { code: "1000", description: "wrong page", field: { attribute: "page", value: "XX" } },
          },
        },
      }))
      const error = yield* Effect.flip(listStudies.pipe(Effect.provide(client(server.baseUrl))))
      assert.strictEqual(server.requests.length, 1)
      assert.deepInclude(
        {
          tag: error.reason._tag,
          code: error.code,
          attribute: error.attribute,
          value: error.value,
          text: error.message,
        },
        { tag: "BadRequest", code: "1000", attribute: "page", value: "XX", text: "wrong page" },
      )
    }).pipe(Effect.scoped),
  )
})

describe("answers that cannot be read", () => {
  const cutBody = '{"metadata": {"status":"OK"}, "data": ['
  const cases: ReadonlyArray<readonly [string, Reply, number, string, string]> = [
    ["a body that was cut off", { body: cutBody }, 4, "DecodeError", `at offset ${cutBody.length}`],
    ["a list instead of an envelope", { body: "[]" }, 1, "DecodeError", "(body)"],
    ["a page of HTML", { body: "<html>01-001 Jane</html>" }, 4, "DecodeError", "at offset 0"],
    ["204", { status: 204, body: "" }, 1, "DecodeError", "empty"],
    ["200 without a body", { body: "" }, 4, "DecodeError", "empty"],
    ["a redirect", { status: 302, headers: { location: "/x" }, body: "" }, 1, "UnexpectedStatus", "302"],
    [
      "text that is not UTF-8",
      { raw: (_, response) => void response.end(Buffer.from([0x7b, 0xff, 0x7d])) },
      4,
      "DecodeError",
      "UTF-8",
    ],
  ]
  for (const [what, reply, requests, tag, words] of cases) {
    it.live(`A14 ${what}: ${requests} requests, ${tag}, no text of the body`, () =>
      Effect.gen(function* () {
        const server = yield* serve((seen) => (seen.path.includes("/A/") ? reply : subjects("B", 1)))
        const [error, count] = yield* Effect.all([Effect.flip(countSubjects("A")), countSubjects("B")]).pipe(
          Effect.provide(client(server.baseUrl)),
        )
        assert.strictEqual(count, 1)
        assert.strictEqual(server.requests.filter((request) => request.path.includes("/A/")).length, requests)
        assert.isFalse(server.requests.some((request) => request.path === "/x"))
        assert.strictEqual(error._tag, "ImednetError")
        if (error._tag !== "ImednetError") return
        assert.strictEqual(error.reason._tag, tag)
        assert.include(error.message, words)
        assert.include(error.message, "subjects")
        assert.notInclude(JSON.stringify(error) + error.message, "Jane")
        assert.notInclude(error.message, "metadata")
      }).pipe(Effect.scoped),
    )
  }

  it.live("A14 a connection that ends in the middle of a body is tried again", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, before) =>
        before === 0
          ? {
              raw: (_, response) => {
                response.writeHead(200, { "content-length": "1000" })
                response.write('{"metadata":')
                setTimeout(() => response.destroy(), 20)
              },
            }
          : registry("A"),
      )
      assert.deepStrictEqual(yield* listStudies.pipe(Effect.provide(client(server.baseUrl))), ["A"])
      assert.strictEqual(server.requests.length, 2)
    }).pipe(Effect.scoped),
  )

  it.live("an answer over the bound of bytes is refused, announced or not", () =>
    Effect.gen(function* () {
      const big = JSON.stringify(envelope(registryPath, ["x".repeat(5_000)]))
      const server = yield* serve((_, before) =>
        before === 0 ? { body: big } : { raw: (_, response) => void (response.write(big), response.end()) },
      )
      for (const _ of [1, 2]) {
        const error = yield* Effect.flip(listStudies.pipe(Effect.provide(client(server.baseUrl, { bytesMax: 4_000 }))))
        assert.deepStrictEqual(error.reason, { _tag: "TooLarge", bytesMax: 4_000 })
      }
      assert.strictEqual(server.requests.length, 2)
    }).pipe(Effect.scoped),
  )
})

describe("answers without an end", () => {
  it.live("an answer that announces too many bytes is not read, and its connection is closed", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => ({
        raw: (_, response) => {
          response.writeHead(200, { "content-length": "1000000000" })
          response.write("{")
        },
      }))
      yield* Effect.gen(function* () {
        const error = yield* Effect.flip(listStudies)
        assert.strictEqual(error.reason._tag, "TooLarge")
        while (server.aborted < 1) yield* Effect.sleep(5)
      }).pipe(Effect.provide(client(server.baseUrl)))
    }).pipe(Effect.scoped, Effect.timeout("20 seconds")),
  )

  it.live("an answer that never ends is left at the bound of bytes, and its connection is closed", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => ({
        raw: (_, response) => {
          const more = () => {
            while (!response.destroyed && response.write(" ".repeat(65_536))) {}
          }
          response.on("drain", more)
          more()
        },
      }))
      yield* Effect.gen(function* () {
        const error = yield* Effect.flip(listStudies)
        assert.strictEqual(error.reason._tag, "TooLarge")
        while (server.aborted < 1) yield* Effect.sleep(5)
      }).pipe(Effect.provide(client(server.baseUrl, { bytesMax: 1_000_000 })))
      assert.strictEqual(server.requests.length, 1)
    }).pipe(Effect.scoped, Effect.timeout("20 seconds")),
  )
})

describe("faults of the transport", () => {
  it.live("A31 a connection that is reset before the headers is tried again", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, before) =>
        before === 0 ? { raw: (request) => void request.socket.resetAndDestroy() } : subjects("A", 3),
      )
      assert.strictEqual(yield* countSubjects("A").pipe(Effect.provide(client(server.baseUrl))), 3)
      assert.strictEqual(server.requests.length, 2)
    }).pipe(Effect.scoped),
  )

  it.live("A31 a server that stalls is asked four times and fails as RequestTimeout", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => ({ raw: () => {} }))
      const error = yield* Effect.flip(
        countSubjects("A").pipe(Effect.provide(client(server.baseUrl, { requestTimeoutMs: 400 }))),
      )
      assert.strictEqual(server.requests.length, 4)
      assert.deepStrictEqual("reason" in error && error.reason, { _tag: "RequestTimeout", timeoutMs: 400 })
      assert.isTrue(error.retryable)
      while (server.aborted < 4) yield* Effect.sleep(5)
      assert.strictEqual(server.aborted, 4)
    }).pipe(Effect.scoped),
  )

  it.live("A31 a server that is down is named with host and attempts, and no key", () =>
    Effect.gen(function* () {
      const port = yield* Effect.callback<number>((resume) => {
        const probe = createServer()
        probe.listen(0, "127.0.0.1", () => {
          const { port } = probe.address() as AddressInfo
          probe.close(() => resume(Effect.succeed(port)))
        })
      })
      const error = yield* Effect.flip(listStudies.pipe(Effect.provide(client(`http://127.0.0.1:${port}`))))
      assert.strictEqual(error.reason._tag, "TransportError")
      assert.include(error.message, `127.0.0.1:${port}`)
      assert.include(error.message, "4 attempts")
      assert.include(error.message, "ECONNREFUSED")
      assert.notInclude(error.message, "\n")
      assert.notInclude(JSON.stringify(error), "KEY-1234")
    }).pipe(Effect.scoped),
  )

  it.live("A23 interrupting a request closes its socket, in the headers and in the body", () =>
    Effect.gen(function* () {
      const server = yield* serve((seen) => ({
        raw: (_, response) => {
          if (seen.path.includes("/BODY/")) response.write('{"metadata":')
        },
      }))
      yield* Effect.gen(function* () {
        for (const [index, study] of ["HANG", "BODY"].entries()) {
          const fiber = yield* Effect.forkChild(countSubjects(study))
          while (server.requests.length < index + 1) yield* Effect.sleep(5)
          yield* Effect.sleep(20)
          yield* Fiber.interrupt(fiber)
          const exit = yield* Fiber.await(fiber)
          assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
          while (server.aborted < index + 1) yield* Effect.sleep(5)
        }
      }).pipe(Effect.provide(client(server.baseUrl)))
      assert.strictEqual(server.aborted, 2)
      assert.strictEqual(server.requests.length, 2)
    }).pipe(Effect.scoped, Effect.timeout("20 seconds")),
  )

  it.live("cookies that the server sets are neither kept nor sent", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => ({ ...registry("A"), headers: { "set-cookie": "session=1; Path=/" } }))
      yield* Effect.all([listStudies, listStudies]).pipe(Effect.provide(client(server.baseUrl)))
      assert.strictEqual(server.requests.length, 2)
      for (const request of server.requests) assert.isUndefined(request.headers.cookie)
    }).pipe(Effect.scoped),
  )

  it.live("over fetch, too, redirects are not followed and cookies are not sent", () =>
    Effect.gen(function* () {
      const server = yield* serve((seen) =>
        seen.path === registryPath
          ? { status: 302, headers: { location: "/x", "set-cookie": "session=1; Path=/" }, body: "" }
          : subjects("A", 1),
      )
      const layer = Imednet.layer.pipe(
        Layer.provide([
          FetchHttpClient.layer,
          ImednetConfig.layer({ apiKey: "KEY-1234", securityKey: "SEC-5678", baseUrl: server.baseUrl }),
        ]),
      )
      const [error, count] = yield* Effect.all([Effect.flip(listStudies), countSubjects("A")]).pipe(
        Effect.provide(layer),
      )
      assert.strictEqual("reason" in error && error.reason._tag, "UnexpectedStatus")
      assert.strictEqual(count, 1)
      assert.strictEqual(server.requests.length, 2)
      for (const request of server.requests) {
        assert.notStrictEqual(request.path, "/x")
        assert.isUndefined(request.headers.cookie)
      }
    }).pipe(Effect.scoped),
  )

  it.live("no new try begins once the bound of elapsed time would be passed", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => tooMany("2"))
      const error = yield* Effect.flip(
        listStudies.pipe(Effect.provide(client(server.baseUrl, { retry: { elapsedMaxMs: 1_000 } }))),
      )
      assert.deepStrictEqual(error.reason, { _tag: "RateLimited", retryAfterSec: 2 })
      assert.strictEqual(server.requests.length, 1)
    }).pipe(Effect.scoped),
  )
})

describe("secrets", () => {
  it.live("A28 keys that the server echoes are in no error and no span", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => ({
        status: 401,
        body: { message: "x-api-key: KEY-1234 and SEC-5678 are wrong" },
        headers: { "x-amzn-errortype": "KEY-1234" },
      }))
      const spans: Array<Tracer.Span> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        },
      })
      const error = yield* Effect.flip(
        listStudies.pipe(
          Effect.provide(client(server.baseUrl)),
          Effect.provideService(Tracer.Tracer, tracer),
          Effect.provideService(Secrets.Secrets, Secrets.make()),
        ),
      )
      assert.strictEqual(error.message, "x-api-key: <redacted> and <redacted> are wrong")
      assert.isAtLeast(spans.length, 3)
      assert.includeMembers(
        spans.map((span) => span.name),
        ["imednet.studies", "imednet.page", "imednet.attempt"],
      )
      const written =
        JSON.stringify(error) +
        String(error.stack) +
        spans.map((span) => JSON.stringify([span.name, [...span.attributes]]) + exitText(span)).join("")
      assert.notInclude(written, "KEY-1234")
      assert.notInclude(written, "SEC-5678")
      assert.strictEqual(server.requests[0]!.headers["x-imn-security-key"], "SEC-5678")
    }).pipe(Effect.scoped),
  )
})

const exitText = (span: Tracer.Span): string =>
  span.status._tag === "Ended" && Exit.isFailure(span.status.exit) ? Cause.pretty(span.status.exit.cause) : ""

describe("addresses", () => {
  it.live("A9 keys are one encoded part of the address, and path steps are refused without a request", () =>
    Effect.gen(function* () {
      const server = yield* serve((seen) =>
        /^\/api\/v1\/edc\/studies\/[^/]+\/subjects$/.test(seen.path) ? subjects("k", 1) : undefined,
      )
      const keys = ["Ünïcødé 研究", "A/B", "..", "A?b=1", "A#x", "A%2FB", "a b", '"q"', ".", ""]
      const results = yield* Effect.forEach(keys, (key) => Effect.result(countSubjects(key))).pipe(
        Effect.provide(client(server.baseUrl)),
      )
      assert.deepStrictEqual(
        server.requests.map((request) => request.path),
        [
          "%C3%9Cn%C3%AFc%C3%B8d%C3%A9%20%E7%A0%94%E7%A9%B6",
          "A%2FB",
          "A%3Fb%3D1",
          "A%23x",
          "A%252FB",
          "a%20b",
          "%22q%22",
        ].map((segment) => `/api/v1/edc/studies/${segment}/subjects`),
      )
      const refused = results.flatMap((result, index) =>
        Result.isFailure(result) && "reason" in result.failure ? [[keys[index], result.failure.reason._tag]] : [],
      )
      assert.deepStrictEqual(refused, [
        ["..", "Refused"],
        [".", "Refused"],
        ["", "Refused"],
      ])
    }).pipe(Effect.scoped),
  )
})
