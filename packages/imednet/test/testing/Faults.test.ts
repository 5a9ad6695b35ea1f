import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { FakeImednet, Faults, ImednetServer, type Server } from "@heddle/imednet/testing"
import { call, open, rawCall, until, walk } from "./rawClient.ts"

const root = "/api/v1/edc/studies"

interface Scene {
  readonly baseUrl: string
  readonly log: Server.Running["log"]
  readonly faults: Server.FaultControl
  readonly get: (target?: string) => ReturnType<typeof call>
}

const scene = (options: Server.ServerOptions, use: (scene: Scene) => Promise<void>) =>
  Effect.gen(function* () {
    const { baseUrl, log, faults } = yield* ImednetServer
    yield* Effect.promise(() => use({ baseUrl, log, faults, get: (target = root) => call(baseUrl, target) }))
  }).pipe(Effect.provide(ImednetServer.layer(options)))

const always = (action: Faults.Action): Server.ServerOptions => ({ studies: 2, faults: { rules: [{ action }] } })

const studyKeys = (json: { data: ReadonlyArray<{ studyKey: string }> }) => json.data.map((study) => study.studyKey)

describe("answers in place of the right one", () => {
  it.live("status: the documented envelope, with code, attribute and value", () =>
    scene(
      always({ type: "status", status: 400, description: "no", attribute: "page", value: "XX" }),
      async ({ get }) => {
        const { status, json } = await get()
        assert.strictEqual(status, 400)
        assert.deepStrictEqual(json, {
          metadata: {
            status: "BAD_REQUEST",
            path: root,
            timestamp: "2026-10-01 08:00:00",
            error: { code: "1000", description: "no", field: { attribute: "page", value: "XX" } },
          },
        })
      },
    ),
  )

  it.live("status: the variant with a message, and no body at all", () =>
    Effect.gen(function* () {
      yield* scene(always({ type: "status", status: 500, shape: "message", description: "x" }), async ({ get }) => {
        const { status, json } = await get()
        assert.strictEqual(status, 500)
        assert.deepStrictEqual(json.metadata.error, { message: "x" })
      })
      yield* scene(always({ type: "status", status: 502, shape: "empty" }), async ({ get }) => {
        const { status, text } = await get()
        assert.deepStrictEqual([status, text], [502, ""])
      })
    }),
  )

  it.live("gateway: the recorded 403 with its header", () =>
    scene(always({ type: "gateway", status: 403 }), async ({ get }) => {
      const { status, json, headers } = await get()
      assert.deepStrictEqual([status, json], [403, { message: "Forbidden" }])
      assert.strictEqual(headers["x-amzn-errortype"], "ForbiddenException")
    }),
  )

  it.live("respond: any status, headers and body", () =>
    scene(
      always({ type: "respond", status: 418, text: "tea", headers: { "x-pot": "1", "set-cookie": "a=b" } }),
      async ({ get }) => {
        const { status, text, headers } = await get()
        assert.deepStrictEqual([status, text, headers["x-pot"], headers["set-cookie"]], [418, "tea", "1", ["a=b"]])
      },
    ),
  )

  it.live("rateLimited: Retry-After as seconds, as an HTTP date ahead, as any text, or none", () =>
    Effect.gen(function* () {
      const header = async ({ get }: Scene) => {
        const { status, json, headers } = await get()
        assert.deepStrictEqual([status, json], [429, { message: "Too Many Requests" }])
        return headers["retry-after"]
      }
      yield* scene(always({ type: "rateLimited", retryAfterSeconds: 3600 }), async (s) =>
        assert.strictEqual(await header(s), "3600"),
      )
      yield* scene(always({ type: "rateLimited", retryAfterText: "soon" }), async (s) =>
        assert.strictEqual(await header(s), "soon"),
      )
      yield* scene(always({ type: "rateLimited" }), async (s) => assert.strictEqual(await header(s), undefined))
      yield* scene(always({ type: "rateLimited", retryAfterDateSeconds: 86_400 }), async (s) => {
        const value = (await header(s)) ?? ""
        assert.strictEqual(new Date(value).toUTCString(), value)
        assert.isAbove(Date.parse(value), Date.now())
      })
    }),
  )

  it.live("malformed: cut JSON, an array, a web page, no content, a redirect", () =>
    Effect.gen(function* () {
      const check = (as: Faults.Action & { type: "malformed" }, expected: ReadonlyArray<unknown>) =>
        scene(always(as), async ({ get }) => {
          const { status, text, headers } = await get()
          assert.deepStrictEqual([status, text, headers.location], expected)
        })
      yield* check({ type: "malformed", as: "cutJson" }, [200, '{"metadata": {"status":"OK"}, "data": [', undefined])
      yield* check({ type: "malformed", as: "array" }, [200, "[]", undefined])
      yield* check({ type: "malformed", as: "noContent" }, [204, "", undefined])
      yield* check({ type: "malformed", as: "redirect" }, [302, "", "/x"])
      yield* scene(always({ type: "malformed", as: "html" }), async ({ get }) => {
        const { text, headers } = await get()
        assert.match(text, /^<html>/)
        assert.strictEqual(headers["content-type"], "text/html")
      })
    }),
  )

  it.live("echoSecrets: both keys of the request are in the body", () =>
    scene(always({ type: "echoSecrets" }), async ({ get }) => {
      const { status, text } = await get()
      assert.strictEqual(status, 401)
      assert.include(text, "KEY-1234")
      assert.include(text, "SEC-5678")
    }),
  )
})

describe("broken delivery", () => {
  const whole = (baseUrl: string) => call(baseUrl, `${root}/ALPHA`)

  it.live("truncate: a well-formed answer whose body is the first bytes only", () =>
    scene(always({ type: "truncate", atByte: 40 }), async ({ baseUrl, faults }) => {
      const cut = await whole(baseUrl)
      faults.clear()
      const full = await whole(baseUrl)
      assert.strictEqual(cut.headers["content-length"], "40")
      assert.strictEqual(cut.text, full.text.slice(0, 40))
    }),
  )

  it.live("truncate as closedSocket: the whole length is announced, fewer bytes come, the connection ends", () =>
    scene(always({ type: "truncate", atByte: 40, as: "closedSocket" }), async ({ baseUrl, faults, log }) => {
      const { text, error } = await rawCall(baseUrl, `${root}/ALPHA`)
      faults.clear()
      const full = (await whole(baseUrl)).text
      const [head = "", body] = text.split("\r\n\r\n")
      assert.match(head, new RegExp(`content-length: ${Buffer.byteLength(full)}`))
      assert.strictEqual(body, full.slice(0, 40))
      assert.strictEqual(error, undefined)
      assert.strictEqual(log.aborts(), 0)
    }),
  )

  it.live("reset: the connection is reset before any byte", () =>
    scene(always({ type: "reset" }), async ({ baseUrl, log }) => {
      assert.deepStrictEqual(await rawCall(baseUrl, root), { text: "", error: "ECONNRESET" })
      assert.strictEqual(log.count(), 1)
      assert.strictEqual(log.aborts(), 0)
    }),
  )

  it.live("reset at a byte: the headers and so many bytes, then a reset", () =>
    scene(always({ type: "reset", atByte: 10 }), async ({ baseUrl }) => {
      const { text, error } = await rawCall(baseUrl, root)
      assert.strictEqual(error, "ECONNRESET")
      // Bytes that were on the way may be dropped by the reset; more than so many are never sent.
      const body = text.split("\r\n\r\n")[1] ?? ""
      assert.isAtMost(body.length, 10)
      assert.isTrue('{"metadata'.startsWith(body))
    }),
  )

  it.live("stall: no byte while others are served; the log sees the client give up", () =>
    scene(
      { studies: 2, faults: { rules: [{ match: { study: "ALPHA" }, action: { type: "stall" } }] } },
      async ({ baseUrl, log }) => {
        const { socket, read } = open(baseUrl, `${root}/ALPHA/subjects`)
        await until(() => log.count() === 1)
        assert.strictEqual((await call(baseUrl, `${root}/BETA/subjects`)).status, 200)
        assert.strictEqual(read(), "")
        assert.strictEqual(log.inFlight(), 1)
        assert.strictEqual(log.inFlightMax(), 2)
        socket.destroy()
        await until(() => log.aborts() === 1)
        assert.strictEqual(log.inFlight(), 0)
        assert.strictEqual(log.all()[0]?.aborted, true)
        assert.strictEqual(log.all()[1]?.aborted, false)
      },
    ),
  )

  it.live("stall at a byte: headers and so many bytes come, and no more", () =>
    scene(
      { studies: 2, faults: { rules: [{ match: { study: "ALPHA" }, action: { type: "stall", atByte: 10 } }] } },
      async ({ baseUrl, log }) => {
        const { socket, read } = open(baseUrl, `${root}/ALPHA/subjects`)
        await until(() => read().includes("\r\n\r\n") && (read().split("\r\n\r\n")[1] ?? "").length >= 10)
        assert.strictEqual((await call(baseUrl, `${root}/BETA/subjects`)).status, 200)
        assert.strictEqual(read().split("\r\n\r\n")[1], '{"metadata')
        socket.destroy()
        await until(() => log.aborts() === 1)
      },
    ),
  )

  it.live("delayMs: the answer comes no earlier, and is the right one", () =>
    scene({ studies: 2, faults: { rules: [{ delayMs: 120 }, { delayMs: [30, 40] }] } }, async ({ get, log }) => {
      assert.deepStrictEqual(studyKeys((await get()).json), ["ALPHA", "BETA"])
      await until(() => log.inFlight() === 0)
      const [entry] = log.all()
      // Timers may end up to a millisecond early by the other clock.
      assert.isAtLeast((entry?.endMs ?? 0) - (entry?.atMs ?? 0), 148)
    }),
  )
})

describe("lists in disorder", () => {
  const two = (action: Faults.Action, use: (scene: Scene) => Promise<void>) =>
    scene({ entries: [{ key: "A" }, { key: "B" }], faults: { rules: [{ action }] } }, use)
  const page = async ({ get }: Scene, at: number) => (await get(`${root}?page=${at}&size=500`)).json

  it.live("pageLoop growing: each page brings one new item and announces one page more", () =>
    two({ type: "pageLoop", as: "growing" }, async (s) => {
      for (const at of [0, 1, 7]) {
        const { pagination, data } = await page(s, at)
        assert.deepStrictEqual(
          { ...pagination, sort: [] },
          { currentPage: at, size: 500, totalPages: at + 2, totalElements: 99_999, sort: [] },
        )
        assert.deepStrictEqual([data.length, data[0].studyKey, data[0].studyId], [1, `L${at}`, at + 1])
      }
    }),
  )

  it.live("pageLoop repeating: always page 0 of three", () =>
    two({ type: "pageLoop", as: "repeating" }, async (s) => {
      for (const at of [0, 1, 2]) {
        const json = await page(s, at)
        assert.deepStrictEqual(
          [json.pagination.currentPage, json.pagination.totalPages, json.pagination.totalElements, studyKeys(json)],
          [0, 3, 6, ["A", "B"]],
        )
      }
    }),
  )

  it.live("pageLoop gap: A, nothing, B", () =>
    two({ type: "pageLoop", as: "gap" }, async (s) => {
      const pages = [await page(s, 0), await page(s, 1), await page(s, 2)]
      assert.deepStrictEqual(pages.map(studyKeys), [["A"], [], ["B"]])
      assert.deepStrictEqual(
        pages.map(({ pagination }) => [pagination.currentPage, pagination.totalPages, pagination.totalElements]),
        [
          [0, 3, 2],
          [1, 3, 2],
          [2, 3, 2],
        ],
      )
    }),
  )

  it.live("shrink: 501 studies at first, 500 on the second page", () =>
    scene({ studies: 501, faults: { rules: [{ action: { type: "shrink" } }] } }, async (s) => {
      const [first, second] = [await page(s, 0), await page(s, 1)]
      assert.deepStrictEqual(
        [first.data.length, first.pagination.totalPages, first.pagination.totalElements],
        [500, 2, 501],
      )
      assert.deepStrictEqual([second.data, second.pagination.totalPages, second.pagination.totalElements], [[], 1, 500])
    }),
  )

  it.live("envelope: without pagination, with null, under another name, an error with 200", () =>
    Effect.gen(function* () {
      yield* two({ type: "envelope", as: "noPagination" }, async (s) => {
        const json = await page(s, 0)
        assert.deepStrictEqual(Object.keys(json), ["metadata", "data"])
        assert.deepStrictEqual(studyKeys(json), ["A", "B"])
        assert.deepStrictEqual((await page(s, 1)).data, [])
      })
      yield* two({ type: "envelope", as: "nullData" }, async (s) => {
        const json = await page(s, 0)
        assert.deepStrictEqual([json.data, json.pagination.totalElements], [null, 2])
      })
      yield* two({ type: "envelope", as: "recordData" }, async (s) => {
        const json = await page(s, 0)
        assert.deepStrictEqual(Object.keys(json), ["metadata", "pagination", "recordData"])
      })
      yield* two({ type: "envelope", as: "errorWith200" }, async ({ get }) => {
        const { status, json } = await get()
        assert.strictEqual(status, 200)
        assert.deepStrictEqual(json.metadata.status, "UNAUTHORIZED")
        assert.deepStrictEqual(json.metadata.error, { code: "9001", description: "no permission" })
        assert.isUndefined(json.data)
      })
    }),
  )

  it.live("duplicate: A, A, B on one page, or A, B and A, C on two", () =>
    Effect.gen(function* () {
      yield* two({ type: "duplicate" }, async (s) => {
        const json = await page(s, 0)
        assert.deepStrictEqual([studyKeys(json), json.pagination.totalElements], [["A", "A", "B"], 3])
      })
      yield* scene(
        {
          entries: [{ key: "A" }, { key: "B" }, { key: "C" }],
          faults: { rules: [{ action: { type: "duplicate", on: "next" } }] },
        },
        async (s) => {
          const pages = (await walk(s.baseUrl, root, 500)).map((got) => got.json)
          assert.deepStrictEqual(pages.map(studyKeys), [
            ["A", "B"],
            ["A", "C"],
          ])
          assert.deepStrictEqual(
            pages.map(({ pagination }) => [pagination.totalPages, pagination.totalElements]),
            [
              [2, 4],
              [2, 4],
            ],
          )
        },
      )
    }),
  )

  it.live("inject: items that are no studies follow the studies", () =>
    Effect.gen(function* () {
      yield* two({ type: "inject" }, async (s) => {
        const { data, pagination } = await page(s, 0)
        assert.deepStrictEqual(data.slice(2), [
          { studyName: "x" },
          { studyKey: null },
          { studyKey: "" },
          { studyKey: "  " },
          { studyKey: 123, studyId: "7" },
          "junk",
        ])
        assert.strictEqual(pagination.totalElements, 8)
      })
      yield* two({ type: "inject", items: [{ studyKey: "A/B" }] }, async (s) =>
        assert.deepStrictEqual(studyKeys(await page(s, 0)), ["A", "B", "A/B"]),
      )
    }),
  )

  it.live("patch: fields are set, added and removed in every item, inside objects too", () =>
    scene(
      {
        faults: {
          rules: [
            {
              match: { resource: "records" },
              action: {
                type: "patch",
                set: { newField: 1, "recordData.AESER": "Serious", codingId: "12" },
                remove: ["keywords", "recordData.unvnum"],
              },
            },
          ],
        },
      },
      async ({ get, faults }) => {
        const patched = (await get(`${root}/ALPHA/records?size=500`)).json.data
        faults.clear()
        const plain = (await get(`${root}/ALPHA/records?size=500`)).json.data
        assert.strictEqual(patched.length, plain.length)
        for (const [index, item] of patched.entries()) {
          const { keywords: _, ...rest } = plain[index]
          const { unvnum: __, ...recordData } = plain[index].recordData
          assert.deepStrictEqual(item, {
            ...rest,
            recordData: { ...recordData, AESER: "Serious" },
            newField: 1,
            codingId: "12",
          })
        }
      },
    ),
  )

  it.live("an error stays an error under an action for lists", () =>
    scene(always({ type: "duplicate" }), async ({ get }) => {
      assert.strictEqual((await get(`${root}/NOPE/subjects`)).status, 403)
    }),
  )
})

describe("which requests", () => {
  const oops: Faults.Action = { type: "status", status: 500 }
  const statuses = async ({ get }: Scene, targets: ReadonlyArray<string>) => {
    const found: Array<number> = []
    for (const target of targets) found.push((await get(target)).status)
    return found
  }
  const under = (rules: ReadonlyArray<Faults.Rule>, targets: ReadonlyArray<string>, expected: ReadonlyArray<number>) =>
    scene({ faults: { rules } }, async (s) => assert.deepStrictEqual(await statuses(s, targets), expected))
  const subjects = (key: string) => `${root}/${key}/subjects`

  it.live("by study, by list, by both, by patterns", () =>
    Effect.gen(function* () {
      const targets = [root, subjects("ALPHA"), subjects("BETA"), `${root}/ALPHA/sites`]
      yield* under([{ match: { study: "ALPHA" }, action: oops }], targets, [200, 500, 200, 500])
      yield* under([{ match: { resource: "subjects" }, action: oops }], targets, [200, 500, 500, 200])
      yield* under(
        [{ match: { study: ["A*", "B*"], resource: ["sites"] }, action: oops }],
        targets,
        [200, 200, 200, 500],
      )
      yield* under([{ match: { resource: "studies" }, action: oops }], targets, [500, 200, 200, 200])
      yield* under([{ match: { path: "*/subjects" }, action: oops }], targets, [200, 500, 500, 200])
      yield* under([{ match: { path: `${root}/ALPHA` }, action: oops }], targets, [200, 200, 200, 200])
      yield* under([{ match: { method: "POST" }, action: oops }], targets, [200, 200, 200, 200])
    }),
  )

  it.live("by page", () =>
    under([{ match: { page: 1 }, action: oops }], [root, `${root}?page=0`, `${root}?page=1&size=2`], [200, 200, 500]),
  )

  it.live("by number: the n-th, several, at most so many times, per path", () =>
    Effect.gen(function* () {
      const four = [root, root, root, root]
      yield* under([{ match: { nth: 2 }, action: oops }], four, [200, 500, 200, 200])
      yield* under([{ match: { nth: [1, 4] }, action: oops }], four, [500, 200, 200, 500])
      yield* under([{ match: { times: 3 }, action: oops }], four, [500, 500, 500, 200])
      yield* under(
        [{ match: { resource: "subjects", times: 1, per: "path" }, action: oops }],
        [subjects("ALPHA"), subjects("BETA"), subjects("ALPHA"), subjects("BETA")],
        [500, 500, 200, 200],
      )
    }),
  )

  it.live("the first rule decides, and later rules count on: first 500, then 429", () =>
    under(
      [
        { match: { nth: 1 }, action: oops },
        { match: { nth: 2 }, action: { type: "rateLimited" } },
        { match: { nth: 1 }, action: { type: "gateway", status: 403 } },
      ],
      [root, root, root],
      [500, 429, 200],
    ),
  )

  it.live("with a probability: the same requests on every server of the same seed, others with another", () =>
    Effect.gen(function* () {
      const run = (seed: number) => {
        const found: Array<number> = []
        return Effect.as(
          scene({ faults: { seed, rules: [{ match: { probability: 0.5 }, action: oops }] } }, async (s) => {
            found.push(
              ...(await statuses(
                s,
                Array.from({ length: 60 }, () => root),
              )),
            )
          }),
          found,
        )
      }
      const first = yield* run(1)
      assert.deepStrictEqual(yield* run(1), first)
      assert.notDeepEqual(yield* run(2), first)
      const broken = first.filter((status) => status === 500).length
      assert.isTrue(broken > 10 && broken < 50)
    }),
  )

  it.live("rules are counted and can be replaced while the server runs", () =>
    scene({ faults: { rules: [{ match: { nth: 9 }, action: oops }, { action: oops }] } }, async (s) => {
      assert.deepStrictEqual(await statuses(s, [root, root]), [500, 500])
      assert.deepStrictEqual(s.faults.fired(), [0, 2])
      s.faults.set({ rules: [{ match: { times: 1 }, action: { type: "gateway", status: 503 } }] })
      assert.deepStrictEqual(await statuses(s, [root, root]), [503, 200])
      assert.deepStrictEqual(s.faults.fired(), [1])
      s.faults.clear()
      assert.deepStrictEqual(await statuses(s, [root]), [200])
    }),
  )

  it.live("a write that is refused does not take place; one whose answer is lost does", () =>
    Effect.gen(function* () {
      const write = (action: Faults.Action, expected: number) =>
        Effect.gen(function* () {
          const server = yield* ImednetServer
          const before = server.data.list("subjects", "ALPHA").length
          yield* Effect.promise(() =>
            call(server.baseUrl, `${root}/ALPHA/records`, {
              method: "POST",
              body: JSON.stringify([{ formKey: "REG", siteId: 1, data: {} }]),
            }).catch(() => undefined),
          )
          assert.strictEqual(server.data.list("subjects", "ALPHA").length - before, expected)
        }).pipe(Effect.provide(ImednetServer.layer({ faults: { rules: [{ match: { method: "POST" }, action }] } })))
      yield* write({ type: "rateLimited" }, 0)
      yield* write(oops, 0)
      yield* write({ type: "reset" }, 1)
      yield* write({ type: "truncate", atByte: 3 }, 1)
    }),
  )
})

describe("the demo", () => {
  const everything = async (baseUrl: string) => {
    const found: { [target: string]: number } = {}
    for (const { key } of FakeImednet.demo.entries) {
      for (const list of ["sites", "subjects", "queries"]) {
        found[`${key}/${list}`] = (await call(baseUrl, `${root}/${key}/${list}?size=500`)).status
      }
    }
    return found
  }
  const quick = { ...FakeImednet.demo, latencyMs: 0 }

  it.live("without the fault script all twelve studies succeed", () =>
    scene(quick, async ({ baseUrl, get }) => {
      assert.strictEqual((await get()).json.pagination.totalElements, 12)
      assert.deepStrictEqual(new Set(Object.values(await everything(baseUrl))), new Set([200]))
    }),
  )

  it.live("with it two studies fail, one with 403 and one with 500, each time", () =>
    scene({ ...quick, faults: FakeImednet.demoFaults }, async ({ baseUrl }) => {
      for (let round = 0; round < 2; round++) {
        const failed = Object.entries(await everything(baseUrl)).filter(([, status]) => status !== 200)
        assert.deepStrictEqual(failed, [
          ["EMBER/subjects", 403],
          ["EMBER/queries", 403],
          ["ISLET/subjects", 500],
          ["ISLET/queries", 500],
        ])
      }
    }),
  )
})
