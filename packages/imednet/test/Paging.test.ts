import { assert, describe, it } from "@effect/vitest"
import { CurrentUnit } from "@heddle/core/CurrentUnit"
import { Effect, Logger, Stream } from "effect"
import { Imednet } from "../src/Imednet.ts"
import type { ImednetReason } from "../src/ImednetError.ts"
import { client } from "./Client.ts"
import { envelope, type Reply, registryPath, type Seen, serve, study } from "./Server.ts"

const pageOf = (seen: Seen) => Number(seen.query.get("page"))
const keys = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => study(`S${String(from + index).padStart(4, "0")}`, from + index))

/** Everything that reading the registry gives: keys, warnings, drift. */
const readAll = Effect.gen(function* () {
  const imednet = yield* Imednet
  const pages = yield* Stream.runCollect(imednet.studies.pages())
  return {
    keys: pages.flatMap((page) => page.items.map((item) => item.studyKey)),
    warnings: pages.flatMap((page) => page.warnings),
    drift: imednet.drift.entries().reduce((sum, entry) => sum + entry.count, 0),
  }
})

const read = (answer: (seen: Seen) => Reply, options: Parameters<typeof client>[1] = {}) =>
  Effect.gen(function* () {
    const server = yield* serve(answer)
    const result = yield* Effect.result(readAll.pipe(Effect.provide(client(server.baseUrl, options))))
    return { result, server }
  })

const ok = <A>(result: { readonly _tag: string; readonly success?: A }): A => {
  assert.strictEqual(result._tag, "Success")
  return result.success!
}
const reason = (result: { readonly _tag: string; readonly failure?: { readonly reason: ImednetReason } }) => {
  assert.strictEqual(result._tag, "Failure")
  return result.failure!.reason
}

describe("pages that do not end", () => {
  it.live("A15 a list whose end moves away is given up at the bound of pages", () =>
    Effect.gen(function* () {
      const { result, server } = yield* read(
        (seen) => ({
          body: {
            metadata: { status: "OK" },
            pagination: {
              currentPage: pageOf(seen),
              size: 500,
              totalPages: pageOf(seen) + 2,
              totalElements: 99999,
              sort: [],
            },
            data: [study(`L${pageOf(seen)}`, pageOf(seen) + 1)],
          },
        }),
        { pagesMax: 20 },
      )
      assert.strictEqual(reason(result)._tag, "PaginationLoop")
      assert.strictEqual(server.requests.length, 20)
    }).pipe(Effect.scoped),
  )

  it.live("A15 a server that ignores the page is found out on the second request", () =>
    Effect.gen(function* () {
      const { result, server } = yield* read(() => ({
        body: {
          metadata: { status: "OK" },
          pagination: { currentPage: 0, size: 500, totalPages: 3, totalElements: 6, sort: [] },
          data: [study("A", 1), study("B", 2)],
        },
      }))
      assert.strictEqual(reason(result)._tag, "PaginationLoop")
      assert.strictEqual(server.requests.length, 2)
    }).pipe(Effect.scoped),
  )

  it.live("A15 pages that repeat in a longer circle are found out too", () =>
    Effect.gen(function* () {
      const { result, server } = yield* read((seen) => ({
        body: envelope(registryPath, [study(`K${pageOf(seen) % 3}`, 1)], {
          currentPage: pageOf(seen),
          totalPages: 100,
          totalElements: 100,
        }),
      }))
      assert.strictEqual(reason(result)._tag, "PaginationLoop")
      assert.strictEqual(server.requests.length, 4)
    }).pipe(Effect.scoped),
  )

  it.live("A15 an empty page in the middle is read over with one warning", () =>
    Effect.gen(function* () {
      const data = [[study("A", 1)], [], [study("B", 2)]]
      const { result, server } = yield* read((seen) => ({
        body: envelope(registryPath, data[pageOf(seen)] ?? [], {
          currentPage: pageOf(seen),
          totalPages: 3,
          totalElements: 2,
        }),
      }))
      const { keys, warnings, drift } = ok(result)
      assert.deepStrictEqual(keys, ["A", "B"])
      assert.strictEqual(warnings.length, 1)
      assert.strictEqual(drift, 0)
      assert.strictEqual(server.requests.length, 3)
    }).pipe(Effect.scoped),
  )
})

describe("lists that change or are odd", () => {
  it.live("A16 a registry that shrinks is read with one warning", () =>
    Effect.gen(function* () {
      const { result, server } = yield* read((seen) => ({
        body:
          pageOf(seen) === 0
            ? envelope(registryPath, keys(1, 500), { totalPages: 2, totalElements: 501 })
            : envelope(registryPath, [], { currentPage: 1, totalPages: 1, totalElements: 500 }),
      }))
      const read500 = ok(result)
      assert.strictEqual(read500.keys.length, 500)
      assert.strictEqual(read500.warnings.length, 1)
      assert.include(read500.warnings[0], "registry changed while reading")
      assert.strictEqual(server.requests.length, 2)
    }).pipe(Effect.scoped),
  )

  it.live("A17 without pagination the list is read until an empty page, and both answers count as drift", () =>
    Effect.gen(function* () {
      const { result, server } = yield* read((seen) => ({
        body: { metadata: { status: "OK" }, data: pageOf(seen) === 0 ? keys(1, 500) : [] },
      }))
      assert.strictEqual(ok(result).keys.length, 500)
      assert.strictEqual(ok(result).drift, 2)
      assert.strictEqual(server.requests.length, 2)
    }).pipe(Effect.scoped),
  )

  it.live("A17 data that is null is an empty page and counts as drift", () =>
    Effect.gen(function* () {
      const { result, server } = yield* read((seen) => ({
        body:
          pageOf(seen) === 0
            ? envelope(registryPath, keys(1, 500), { totalPages: 2, totalElements: 500 })
            : {
                metadata: { status: "OK" },
                pagination: { currentPage: 1, size: 500, totalPages: 2, totalElements: 500, sort: [] },
                data: null,
              },
      }))
      assert.strictEqual(ok(result).keys.length, 500)
      assert.strictEqual(ok(result).drift, 1)
      assert.strictEqual(server.requests.length, 2)
    }).pipe(Effect.scoped),
  )

  it.live("A17 an error in an envelope that came with 200 is an error", () =>
    Effect.gen(function* () {
      const { result, server } = yield* read(() => ({
        body: {
          metadata: {
            status: "UNAUTHORIZED",
            path: registryPath,
            timestamp: "2026-01-01 00:00:00",
            error: { code: "9001", description: "no permission" },
          },
        },
      }))
      assert.strictEqual(reason(result)._tag, "ApiError")
      if (result._tag === "Failure") {
        assert.strictEqual(result.failure.code, "9001")
        assert.strictEqual(result.failure.message, "no permission")
      }
      assert.strictEqual(server.requests.length, 1)
    }).pipe(Effect.scoped),
  )

  it.live("the array may be called recordData", () =>
    Effect.gen(function* () {
      const { result } = yield* read(() => ({
        body: {
          metadata: { status: "OK" },
          pagination: { currentPage: 0, totalPages: 1, totalElements: 1 },
          recordData: keys(1, 1),
        },
      }))
      assert.deepStrictEqual(ok(result).keys, ["S0001"])
    }).pipe(Effect.scoped),
  )

  it.live("a server that gives 25 at most and announces no pages is read to the end", () =>
    Effect.gen(function* () {
      const { result, server } = yield* read((seen) => ({
        body: { metadata: { status: "OK" }, data: keys(1, 60).slice(pageOf(seen) * 25, pageOf(seen) * 25 + 25) },
      }))
      assert.strictEqual(ok(result).keys.length, 60)
      assert.strictEqual(server.requests.length, 4)
    }).pipe(Effect.scoped),
  )

  it.live("a server that gives 25 at most but counts pages of 500 is read to the end", () =>
    Effect.gen(function* () {
      const { result, server } = yield* read((seen) => ({
        body: envelope(registryPath, keys(1, 60).slice(pageOf(seen) * 25, pageOf(seen) * 25 + 25), {
          currentPage: pageOf(seen),
          totalPages: 1,
          totalElements: 60,
        }),
      }))
      assert.strictEqual(ok(result).keys.length, 60)
      assert.strictEqual(server.requests.length, 3)
    }).pipe(Effect.scoped),
  )

  it.live("a list that ends before its announced number is an error that names both numbers", () =>
    Effect.gen(function* () {
      const { result } = yield* read((seen) => ({
        body: envelope(registryPath, pageOf(seen) === 0 ? keys(1, 25) : [], {
          currentPage: pageOf(seen),
          totalPages: 1,
          totalElements: 60,
        }),
      }))
      assert.deepStrictEqual(reason(result), { _tag: "Incomplete", items: 25, totalElements: 60 })
    }).pipe(Effect.scoped),
  )

  it.live("an item that moves to the next page while reading is counted once, with a warning", () =>
    Effect.gen(function* () {
      const site = (siteId: number) => ({
        studyKey: "A",
        siteId,
        siteName: "s",
        siteEnrollmentStatus: "Enrollment Open",
        dateCreated: "2026-01-01 00:00:00",
        dateModified: "2026-01-01 00:00:00",
      })
      const server = yield* serve((seen) => ({
        body: envelope(seen.path, pageOf(seen) === 0 ? [site(1), site(2)] : [site(2), site(3)], {
          currentPage: pageOf(seen),
          totalPages: 2,
          totalElements: 4,
        }),
      }))
      const [ids, warnings, drift] = yield* Effect.gen(function* () {
        const imednet = yield* Imednet
        const pages = yield* Stream.runCollect(imednet.sites.pages({ study: "A", size: 2 }))
        return [
          pages.flatMap((page) => page.items.map((item) => item.siteId)),
          pages.flatMap((page) => page.warnings),
          imednet.drift.entries(),
        ] as const
      }).pipe(Effect.provide(client(server.baseUrl)))
      assert.deepStrictEqual(ids, [1, 2, 3])
      assert.strictEqual(warnings.length, 1)
      assert.deepStrictEqual(drift, [
        { studyKey: "A", resource: "sites", field: "(items)", kind: "repeated", count: 1 },
      ])
    }).pipe(Effect.scoped),
  )

  it.live("a wrong page number beside new items is counted and does no harm", () =>
    Effect.gen(function* () {
      const { result } = yield* read((seen) => ({
        body: envelope(registryPath, keys(pageOf(seen) + 1, pageOf(seen) + 1), {
          currentPage: 0,
          totalPages: 3,
          totalElements: 3,
        }),
      }))
      assert.deepStrictEqual(ok(result).keys, ["S0001", "S0002", "S0003"])
      assert.strictEqual(ok(result).drift, 2)
    }).pipe(Effect.scoped),
  )
})

describe("warnings", () => {
  it.live("who reads items instead of pages finds the warnings in the log", () =>
    Effect.gen(function* () {
      const logged: Array<unknown> = []
      const server = yield* serve((seen) => ({
        body: envelope(registryPath, pageOf(seen) === 1 ? [] : keys(pageOf(seen) + 1, pageOf(seen) + 1), {
          currentPage: pageOf(seen),
          totalPages: 3,
          totalElements: 2,
        }),
      }))
      yield* Effect.gen(function* () {
        yield* Stream.runDrain((yield* Imednet).studies.list())
      }).pipe(
        Effect.provide([
          client(server.baseUrl),
          Logger.layer([Logger.make(({ logLevel, message }) => void logged.push([logLevel, message]))]),
        ]),
      )
      assert.deepStrictEqual(logged, [["Warn", ["page 1 of registry was empty, but not the last one"]]])
    }).pipe(Effect.scoped),
  )
})

describe("bounds", () => {
  it.live("a listing that takes longer than its bound fails as StreamTimeout", () =>
    Effect.gen(function* () {
      const { result, server } = yield* read(
        (seen) =>
          pageOf(seen) === 0
            ? { body: envelope(registryPath, keys(1, 1), { totalPages: 2, totalElements: 2 }) }
            : { raw: () => {} },
        { streamTimeoutMs: 1_500 },
      )
      assert.deepStrictEqual(reason(result), { _tag: "StreamTimeout", timeoutMs: 1_500, pages: 1 })
      assert.strictEqual(server.requests.length, 2)
    }).pipe(Effect.scoped),
  )

  it.live("A33 every page read is an event with its endpoint, number and items", () =>
    Effect.gen(function* () {
      const notes: Array<unknown> = []
      const server = yield* serve((seen) => ({
        body: envelope(registryPath, keys(pageOf(seen) * 2 + 1, pageOf(seen) * 2 + 2), {
          currentPage: pageOf(seen),
          totalPages: 2,
          totalElements: 4,
        }),
      }))
      yield* readAll.pipe(
        Effect.provide(client(server.baseUrl)),
        Effect.provideService(CurrentUnit, {
          unit: undefined,
          runId: "run",
          attempt: 1,
          beginWait: () => () => {},
          note: (name, data) => Effect.sync(() => void notes.push([name, data])),
          spend: () => Effect.void,
        }),
      )
      assert.deepStrictEqual(notes, [
        ["page", { endpoint: "studies", page: 0, items: 2 }],
        ["page", { endpoint: "studies", page: 1, items: 2 }],
      ])
    }).pipe(Effect.scoped),
  )

  it.live("a limit of nothing makes no request", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => undefined)
      const items = yield* Effect.gen(function* () {
        return yield* Stream.runCollect((yield* Imednet).subjects.list({ study: "A", limit: 0 }))
      }).pipe(Effect.provide(client(server.baseUrl)))
      assert.deepStrictEqual(items, [])
      assert.strictEqual(server.requests.length, 0)
    }).pipe(Effect.scoped),
  )

  it.live("A34 the count of a list is one request for one item", () =>
    Effect.gen(function* () {
      const server = yield* serve((seen) => ({
        body: envelope(seen.path, keys(1, 1), { size: 1, totalPages: 1200, totalElements: 1200 }),
      }))
      const count = yield* Effect.gen(function* () {
        return yield* (yield* Imednet).subjects.count({ study: "A" })
      }).pipe(Effect.provide(client(server.baseUrl)))
      assert.strictEqual(count, 1200)
      assert.deepStrictEqual(
        server.requests.map((request) => request.url),
        ["/api/v1/edc/studies/A/subjects?page=0&size=1"],
      )
    }).pipe(Effect.scoped),
  )
})
