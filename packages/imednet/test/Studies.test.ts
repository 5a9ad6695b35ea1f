import { assert, describe, it } from "@effect/vitest"
import * as CurrentStudy from "@heddle/studies/CurrentStudy"
import type { StudyError } from "@heddle/studies/StudyError"
import { StudyRegistry } from "@heddle/studies/StudyRegistry"
import { StudyScopes } from "@heddle/studies/StudyScope"
import { Effect, Layer, Random, Stream } from "effect"
import { Imednet } from "../src/Imednet.ts"
import * as Studies from "../src/studies.ts"
import { client } from "./Client.ts"
import { envelope, registry, registryPath, type Reply, serve, study, subjects } from "./Server.ts"

const studies = (baseUrl: string, options: Parameters<typeof client>[1] = {}) =>
  Studies.layer.pipe(Layer.provideMerge(Layer.orDie(client(baseUrl, options))))

const list = Effect.gen(function* () {
  return yield* (yield* StudyRegistry).list
})

describe("StudyRegistry over iMednet", () => {
  it.live("A7 a key on two pages is one study and one duplicate", () =>
    Effect.gen(function* () {
      const pages = [
        [study("A", 1), study("B", 2)],
        [study("A", 1), study("C", 3)],
      ]
      const server = yield* serve((seen) => {
        const currentPage = Number(seen.query.get("page"))
        return { body: envelope(registryPath, pages[currentPage]!, { currentPage, totalPages: 2, totalElements: 4 }) }
      })
      const listing = yield* list.pipe(Effect.provide(studies(server.baseUrl)))
      assert.deepStrictEqual(
        listing.studies.map(({ studyKey }) => studyKey),
        ["A", "B", "C"],
      )
      assert.deepStrictEqual(listing.duplicates, [{ studyKey: "A", count: 2 }])
      assert.deepStrictEqual(listing.rejected, [])
      assert.strictEqual(server.requests.length, 2)
    }).pipe(Effect.scoped),
  )

  it.live("A8 entries that cannot be used are listed with position and reason; the others are read", () =>
    Effect.gen(function* () {
      const data = [
        { studyKey: "A", studyId: 1 },
        { studyName: "x" },
        { studyKey: null },
        { studyKey: "" },
        { studyKey: "  " },
        { studyKey: 123, studyId: "7" },
        "junk",
      ]
      const server = yield* serve(() => ({ body: envelope(registryPath, data) }))
      const listing = yield* list.pipe(Effect.provide(studies(server.baseUrl)))
      assert.deepStrictEqual(
        listing.studies.map(({ studyKey, attributes }) => [studyKey, attributes["studyId"]]),
        [
          ["A", 1],
          ["123", 7],
        ],
      )
      assert.deepStrictEqual(
        listing.rejected.map(({ index }) => index),
        [1, 2, 3, 4, 6],
      )
      assert.isTrue(listing.rejected.every(({ reason }) => reason.length > 0 && !reason.includes("junk")))
    }).pipe(Effect.scoped),
  )

  it.live("A9 keys that are path steps are refused, all others are kept as they are", () =>
    Effect.gen(function* () {
      const keys = ["Ünïcødé 研究", "A/B", "..", "A?b=1", "A#x", "A%2FB", "a b", '"q"']
      const server = yield* serve(() => registry(...keys))
      const listing = yield* list.pipe(Effect.provide(studies(server.baseUrl)))
      assert.deepStrictEqual(
        listing.studies.map(({ studyKey }) => studyKey),
        keys.filter((key) => key !== ".."),
      )
      assert.deepStrictEqual(
        listing.rejected.map(({ index }) => index),
        [2],
      )
    }).pipe(Effect.scoped),
  )

  it.live("A6 an empty registry is an empty listing after one request", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => ({ body: envelope(registryPath, [], { totalPages: 0, totalElements: 0 }) }))
      const listing = yield* list.pipe(Effect.provide(studies(server.baseUrl)))
      assert.deepStrictEqual(listing, { studies: [], duplicates: [], rejected: [], warnings: [] })
      assert.strictEqual(server.requests.length, 1)
    }).pipe(Effect.scoped),
  )

  it.live("A16 a registry that shrinks gives its studies and a warning", () =>
    Effect.gen(function* () {
      const keys = Array.from({ length: 500 }, (_, index) => study(`S${String(index + 1).padStart(4, "0")}`, index + 1))
      const server = yield* serve((seen) => ({
        body:
          seen.query.get("page") === "0"
            ? envelope(registryPath, keys, { totalPages: 2, totalElements: 501 })
            : envelope(registryPath, [], { currentPage: 1, totalPages: 1, totalElements: 500 }),
      }))
      const listing = yield* list.pipe(Effect.provide(studies(server.baseUrl)))
      assert.strictEqual(listing.studies.length, 500)
      assert.strictEqual(listing.warnings.length, 1)
      assert.include(listing.warnings[0], "registry changed while reading")
    }).pipe(Effect.scoped),
  )

  it.live("A27 the registry ignores the current study", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => registry("A", "B"))
      const listing = yield* list.pipe(CurrentStudy.provide("A"), Effect.provide(studies(server.baseUrl)))
      assert.strictEqual(listing.studies.length, 2)
      assert.deepStrictEqual(
        server.requests.map((request) => request.url),
        [`${registryPath}?page=0&size=500`],
      )
    }).pipe(Effect.scoped),
  )

  const failures: ReadonlyArray<readonly [string, Reply, StudyError["kind"], string, number]> = [
    ["A13 401", { status: 401, body: { message: "Unauthorized" } }, "credentials", "Unauthorized", 4],
    ["A13 403", { status: 403, body: { message: "Forbidden" } }, "credentials", "Forbidden", 4],
    [
      "A17 code 9001 with 200",
      { body: { metadata: { status: "UNAUTHORIZED", error: { code: "9001", description: "no permission" } } } },
      "credentials",
      "ApiError",
      4,
    ],
    ["A12 500", { status: 500, body: "" }, "unreachable", "ServerError", 5],
    ["A10 3600 s", { status: 429, headers: { "retry-after": "3600" }, body: "" }, "unreachable", "RateLimited", 5],
    ["A31 reset", { raw: (request) => void request.socket.destroy() }, "unreachable", "TransportError", 5],
    ["A14 list", { body: [] }, "invalid", "DecodeError", 3],
  ]
  for (const [what, reply, kind, tag, exitCode] of failures) {
    it.live(`${what}: the registry fails as ${tag}, ${kind}, exit code ${exitCode}`, () =>
      Effect.gen(function* () {
        const server = yield* serve(() => reply)
        const error = yield* Effect.flip(list.pipe(Effect.provide(studies(server.baseUrl))))
        assert.deepStrictEqual<unknown>([error.tag, error.kind, error.exitCode], [tag, kind, exitCode])
        if (what === "A10 3600 s") assert.strictEqual(error.fields?.["retryAfterSec"], 3600)
      }).pipe(Effect.scoped),
    )
  }

  it.live("a refusal of one study is no matter of the credentials as a whole", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => ({
        status: 400,
        body: {
          metadata: { error: { code: "1000", description: "bad", field: { attribute: "page", value: "XX" } } },
        },
      }))
      const forbidden = yield* serve(() => ({ status: 403, body: { message: "Forbidden" } }))
      const read = Effect.gen(function* () {
        return yield* Stream.runDrain((yield* StudyScopes).open("A").read("subjects"))
      })
      const bad = yield* Effect.flip(read.pipe(Effect.provide(studies(server.baseUrl))))
      assert.deepInclude(bad.fields, { code: "1000", attribute: "page", value: "XX", endpoint: "subjects" })
      const denied = yield* Effect.flip(read.pipe(Effect.provide(studies(forbidden.baseUrl))))
      assert.deepInclude(
        {
          tag: denied.tag,
          kind: denied.kind,
          message: denied.message,
          status: denied.httpStatus,
          exit: denied.exitCode,
        },
        { tag: "Forbidden", kind: "rejected", message: "Forbidden", status: 403, exit: 3 },
      )
    }).pipe(Effect.scoped),
  )
})

describe("StudyScopes over iMednet", () => {
  it.live("changes since a moment are asked for by the attribute that each list has, at whole seconds", () =>
    Effect.gen(function* () {
      const server = yield* serve((seen) => ({ body: envelope(seen.path, []) }))
      yield* Effect.gen(function* () {
        const scope = (yield* StudyScopes).open("A B")
        const options = { modifiedSince: "2026-01-02T03:04:05.999Z" }
        for (const resource of ["subjects", "recordRevisions", "codings", "users"] as const)
          yield* Stream.runDrain(scope.read(resource, options))
        yield* scope.count("records", options)
        const error = yield* Effect.flip(Stream.runDrain(scope.read("subjects", { modifiedSince: "yesterday" })))
        assert.deepInclude({ kind: error.kind, tag: error.tag }, { kind: "usage", tag: "Refused" })
      }).pipe(Effect.provide(studies(server.baseUrl)))
      assert.deepStrictEqual(
        server.requests.map((request) => [request.path, request.query.get("filter"), request.query.get("size")]),
        [
          ["/api/v1/edc/studies/A%20B/subjects", "dateModified>=2026-01-02T03:04:05Z", "500"],
          ["/api/v1/edc/studies/A%20B/recordRevisions", "dateCreated>=2026-01-02T03:04:05Z", "500"],
          ["/api/v1/edc/studies/A%20B/codings", "dateCoded>=2026-01-02T03:04:05Z", "500"],
          ["/api/v1/edc/studies/A%20B/users", null, "500"],
          ["/api/v1/edc/studies/A%20B/records", "dateModified>=2026-01-02T03:04:05Z", "1"],
        ],
      )
    }).pipe(Effect.scoped),
  )

  it.live("items are plain JSON in normal form", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => subjects("A", 3))
      const items = yield* Effect.gen(function* () {
        return yield* Stream.runCollect((yield* StudyScopes).open("A").read("subjects", { limit: 2 }))
      }).pipe(Effect.provide(studies(server.baseUrl)))
      assert.strictEqual(items.length, 2)
      assert.deepStrictEqual(JSON.parse(JSON.stringify(items)), items)
      assert.deepInclude(items[0], {
        subjectKey: "01-001",
        enrollmentStartDate: "2026-01-01T00:00:00Z",
        subjectOid: null,
      })
    }).pipe(Effect.scoped),
  )
})

describe("A27 the current study", () => {
  it.live("A27 two hundred times three studies at once, each asks only for its own", () =>
    Effect.gen(function* () {
      const server = yield* serve((seen) => subjects(seen.path.split("/")[5]!, 1))
      const own = Effect.gen(function* () {
        const imednet = yield* Imednet
        const key = yield* CurrentStudy.CurrentStudy
        yield* Effect.sleep(yield* Random.nextIntBetween(0, 3))
        const items = yield* Stream.runCollect(imednet.subjects.list())
        return [key, items[0]?.studyKey] as const
      })
      const pairs = yield* Effect.forEach(
        Array.from({ length: 200 }, (_, index) => ["A", "B", "C"].map((key) => `${key}${index}`)).flat(),
        (key) => own.pipe(CurrentStudy.provide(key)),
        { concurrency: 3 },
      ).pipe(Effect.provide(client(server.baseUrl)))
      assert.strictEqual(pairs.length, 600)
      for (const [key, seen] of pairs) assert.strictEqual(seen, key)
    }).pipe(Effect.scoped),
  )

  it.live("A27 inside another study calls go there, and back again after", () =>
    Effect.gen(function* () {
      const server = yield* serve((seen) => subjects(seen.path.split("/")[5]!, 1))
      yield* Effect.gen(function* () {
        const imednet = yield* Imednet
        const drain = Stream.runDrain(imednet.subjects.list())
        yield* drain
        yield* drain.pipe(CurrentStudy.provide("B"))
        yield* Stream.runDrain(imednet.subjects.list({ study: "C" }))
        yield* drain
      }).pipe(CurrentStudy.provide("A"), Effect.provide(client(server.baseUrl)))
      assert.deepStrictEqual(
        server.requests.map((request) => request.path.split("/")[5]),
        ["A", "B", "C", "A"],
      )
    }).pipe(Effect.scoped),
  )

  it.live("A27 outside of any study nothing is asked for", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => undefined)
      const error = yield* Effect.gen(function* () {
        return yield* Stream.runDrain((yield* Imednet).visits.list())
      }).pipe(Effect.provide(client(server.baseUrl)), Effect.flip)
      assert.strictEqual(error._tag, "NoCurrentStudy")
      assert.strictEqual(server.requests.length, 0)
    }).pipe(Effect.scoped),
  )
})
