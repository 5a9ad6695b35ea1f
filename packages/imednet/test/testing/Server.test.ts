import { assert, describe, it } from "@effect/vitest"
import { createHash } from "node:crypto"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { Effect } from "effect"
import { ImednetServer, Server, Wire } from "@heddle/imednet/testing"
import * as RateLimit from "@heddle/imednet/testing/RateLimit"
import { call, keys, rawCall, until, walk } from "./rawClient.ts"

const root = "/api/v1/edc/studies"

// The fields of every model in the vendor's documentation, section by section, with the JSON type of a present value.
const documented: { readonly [resource: string]: string } = {
  studies:
    "sponsorKey:string studyKey:string studyId:number studyName:string studyDescription:string studyType:string dateCreated:ts dateModified:ts",
  sites: "studyKey:string siteId:number siteName:string siteEnrollmentStatus:string dateCreated:ts dateModified:ts",
  subjects:
    "studyKey:string subjectId:number subjectOid:string? subjectKey:string subjectStatus:string siteId:number siteName:string deleted:boolean enrollmentStartDate:ts? dateCreated:ts dateModified:ts keywords:keywords",
  records:
    "studyKey:string intervalId:number formId:number formKey:string siteId:number recordId:number recordOid:string? recordType:string recordStatus:string deleted:boolean dateCreated:ts dateModified:ts subjectId:number subjectOid:string? subjectKey:string visitId:number? parentRecordId:number? keywords:keywords recordData:object",
  recordRevisions:
    "studyKey:string recordRevisionId:number recordId:number recordOid:string? recordRevision:number dataRevision:number recordStatus:string subjectId:number subjectOid:string? subjectKey:string siteId:number formKey:string intervalId:number role:string user:string reasonForChange:string? deleted:boolean dateCreated:ts",
  forms:
    "studyKey:string formId:number formKey:string formName:string formType:string revision:number embeddedLog:boolean enforceOwnership:boolean userAgreement:boolean subjectRecordReport:boolean unscheduledVisit:boolean otherForms:boolean eproForm:boolean allowCopy:boolean disabled:boolean dateCreated:ts dateModified:ts",
  intervals:
    "studyKey:string intervalId:number intervalName:string intervalDescription:string intervalSequence:number intervalGroupId:number intervalGroupName:string disabled:boolean dateCreated:ts dateModified:ts timeline:string definedUsingInterval:string windowCalculationForm:string windowCalculationDate:string actualDateForm:string actualDate:string dueDateWillBeIn:number negativeSlack:number positiveSlack:number eproGracePeriod:number forms:forms",
  variables:
    "studyKey:string variableId:number variableType:string variableName:string sequence:number revision:number disabled:boolean dateCreated:ts dateModified:ts formId:number variableOid:string? deleted:boolean formKey:string formName:string label:string blinded:boolean",
  queries:
    "studyKey:string subjectId:number subjectOid:string? annotationType:string annotationId:number type:string? description:string recordId:number? variable:string? subjectKey:string dateCreated:ts dateModified:ts queryComments:comments",
  visits:
    "visitId:number studyKey:string intervalId:number intervalName:string subjectId:number subjectKey:string startDate:date? endDate:date? dueDate:date? visitDate:date? visitDateForm:string deleted:boolean visitDateQuestion:string dateCreated:ts dateModified:ts",
  users: "userId:uuid login:string firstName:string lastName:string email:string userActiveInStudy:boolean roles:roles",
  codings:
    "studyKey:string siteName:string siteId:number subjectId:number subjectKey:string formId:number formName:string formKey:string revision:number recordId:number variable:string value:string codingId:number code:string codedBy:string reason:string? dictionaryName:string dictionaryVersion:string dateCoded:ts",
}

const sortDefault: { readonly [resource: string]: string } = {
  studies: "studyKey",
  sites: "siteId",
  subjects: "subjectId",
  records: "recordId",
  recordRevisions: "recordRevisionId",
  forms: "formId",
  intervals: "intervalId",
  variables: "formId",
  queries: "annotationId",
  visits: "visitId",
  users: "login",
  codings: "formId",
}

const fits = (value: unknown, type: string): boolean => {
  if (type.endsWith("?")) return value === null || (value === "" && type === "date?") || fits(value, type.slice(0, -1))
  const text = typeof value === "string" ? value : ""
  switch (type) {
    case "ts":
      return /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text)
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/.test(text)
    case "uuid":
      return /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text)
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value)
    case "keywords":
      return itemsFit(value, "keywordName:string keywordKey:string keywordId:number dateAdded:ts")
    case "forms":
      return itemsFit(value, "formId:number formKey:string formName:string")
    case "comments":
      return itemsFit(
        value,
        "sequence:number annotationStatus:string user:string comment:string closed:boolean date:ts",
      )
    case "roles":
      return itemsFit(
        value,
        "dateCreated:ints dateModified:ints roleId:uuid communityId:number name:string description:string level:number type:string inactive:boolean",
      )
    case "ints":
      return Array.isArray(value) && value.length === 7 && value.every((part) => Number.isInteger(part))
    default:
      return typeof value === type
  }
}

const itemsFit = (value: unknown, fields: string): boolean =>
  Array.isArray(value) && value.every((item) => problemsOf(item, fields).length === 0)

const problemsOf = (item: object, fields: string): ReadonlyArray<string> => {
  const expected = fields.split(" ").map((field) => field.split(":") as [string, string])
  const values = new Map(Object.entries(item))
  const names = expected.map(([name]) => name).join()
  return [
    ...([...values.keys()].join() === names ? [] : [`fields are ${[...values.keys()].join()}`]),
    ...expected.flatMap(([name, type]) => (fits(values.get(name), type) ? [] : [`${name}=${values.get(name)}`])),
  ]
}

const withServer = <A>(options: Server.ServerOptions, use: (baseUrl: string) => Promise<A>) =>
  Effect.gen(function* () {
    const server = yield* ImednetServer
    return yield* Effect.promise(() => use(server.baseUrl))
  }).pipe(Effect.provide(ImednetServer.layer(options)))

const pathOf = (resource: string) => (resource === "studies" ? root : `${root}/ALPHA/${resource}`)

describe("shapes", () => {
  for (const resource of Object.keys(documented)) {
    it.live(`${resource}: every item has the documented fields, in order, with values of their types`, () =>
      withServer({ seed: 3, size: "demo" }, async (baseUrl) => {
        const pages = await walk(baseUrl, pathOf(resource), 500)
        const items = pages.flatMap((page) => page.json.data)
        assert.isAbove(items.length, 0)
        for (const item of items) assert.deepStrictEqual(problemsOf(item, documented[resource]!), [])
      }),
    )

    it.live(`${resource}: the envelope is the documented one and the default sort is right`, () =>
      withServer({}, async (baseUrl) => {
        const { json, headers } = await call(baseUrl, pathOf(resource))
        assert.strictEqual(headers["content-type"], "application/json")
        assert.deepStrictEqual(Object.keys(json), ["metadata", "pagination", "data"])
        assert.deepStrictEqual(Object.keys(json.metadata), ["status", "method", "path", "timestamp", "error"])
        assert.deepStrictEqual(
          { ...json.metadata, timestamp: "" },
          { status: "OK", method: "GET", path: pathOf(resource), timestamp: "", error: {} },
        )
        assert.match(json.metadata.timestamp, /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/)
        assert.deepStrictEqual(Object.keys(json.pagination), [
          "currentPage",
          "size",
          "totalPages",
          "totalElements",
          "sort",
        ])
        assert.strictEqual(json.pagination.size, 25)
        assert.deepStrictEqual(json.pagination.sort, [{ property: sortDefault[resource], direction: "ASC" }])
        const values = json.data.map((item: { [field: string]: unknown }) => item[sortDefault[resource]!])
        assert.deepStrictEqual(
          values,
          [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
        )
      }),
    )
  }

  it("every list of the documentation is there and no other", () => {
    assert.deepStrictEqual(Object.keys(Wire.resources).sort(), Object.keys(documented).sort())
  })

  it.live("one study is the bare object of the registry", () =>
    withServer({}, async (baseUrl) => {
      const registry = await call(baseUrl, root)
      const one = await call(baseUrl, `${root}/BETA`)
      assert.strictEqual(one.status, 200)
      assert.deepStrictEqual(one.json, registry.json.data[1])
    }),
  )

  it.live("every documented variable type occurs", () =>
    withServer({}, async (baseUrl) => {
      const { json } = await call(baseUrl, `${root}/ALPHA/variables?size=500`)
      const types = new Set(json.data.map((item: { variableType: string }) => item.variableType))
      for (const type of ["TEXT", "TEXTAREA", "RADIO", "CHECKBOX", "DROPDOWN", "DATE", "NUMBER"]) {
        assert.isTrue(types.has(type), type)
      }
    }),
  )
})

describe("errors", () => {
  it.live("wrong, missing and swapped credentials get 401 with code 9001", () =>
    withServer({}, async (baseUrl) => {
      for (const headers of [
        {},
        { "x-api-key": keys["x-api-key"] },
        { "x-api-key": "SEC-5678", "x-imn-security-key": "KEY-1234" },
      ]) {
        const { status, json } = await call(baseUrl, root, { headers })
        assert.strictEqual(status, 401)
        assert.strictEqual(json.metadata.status, "UNAUTHORIZED")
        assert.strictEqual(json.metadata.error.code, "9001")
      }
    }),
  )

  it.live("an unknown study gets the gateway's 403", () =>
    withServer({}, async (baseUrl) => {
      const { status, json, headers } = await call(baseUrl, `${root}/NOPE/subjects`)
      assert.strictEqual(status, 403)
      assert.deepStrictEqual(json, { message: "Forbidden" })
      assert.strictEqual(headers["x-amzn-errortype"], "ForbiddenException")
    }),
  )

  it.live("an unknown route gets 404 with code 9000", () =>
    withServer({ now: "2026-01-01T00:00:00Z" }, async (baseUrl) => {
      for (const path of [
        "/",
        "/api/v1/edc/studies/ALPHA/nope",
        "/api/v1/edc/studies/ALPHA/sites/1",
        "/api/v1/edc/studies/%ZZ",
      ]) {
        const { status, json } = await call(baseUrl, path)
        assert.strictEqual(status, 404)
        assert.deepStrictEqual(json, {
          metadata: {
            status: "NOT_FOUND",
            path,
            timestamp: "2026-01-01 00:00:00",
            error: { code: "9000", description: "no route" },
          },
        })
      }
    }),
  )

  it.live("a page or size out of range gets 400 that names attribute and value", () =>
    withServer({}, async (baseUrl) => {
      for (const [attribute, value] of [
        ["page", "XX"],
        ["page", "-1"],
        ["page", "1.5"],
        ["size", "0"],
        ["size", "501"],
        ["size", "ten"],
        ["sort", "nope,asc"],
        ["sort", "studyKey,up"],
      ] as const) {
        const { status, json } = await call(baseUrl, `${root}?${attribute}=${value}`)
        assert.strictEqual(status, 400, `${attribute}=${value}`)
        assert.strictEqual(json.metadata.status, "BAD_REQUEST")
        assert.strictEqual(json.metadata.error.code, "1000")
        assert.deepStrictEqual(json.metadata.error.field, { attribute, value })
      }
    }),
  )
})

describe("paging and sorting", () => {
  it.live("a walk at any size gives every item once and in order", () =>
    withServer({ size: { subjects: [53, 53] } }, async (baseUrl) => {
      const whole = (await call(baseUrl, `${root}/ALPHA/subjects?size=500`)).json.data
      assert.strictEqual(whole.length, 53)
      for (const [size, pageCount] of [
        [1, 53],
        [7, 8],
        [25, 3],
        [53, 1],
        [54, 1],
      ] as const) {
        const pages = await walk(baseUrl, `${root}/ALPHA/subjects`, size)
        assert.strictEqual(pages.length, pageCount)
        assert.deepStrictEqual(
          pages.flatMap((page) => page.json.data),
          whole,
        )
        for (const [index, page] of pages.entries()) {
          assert.strictEqual(page.json.pagination.currentPage, index)
          assert.strictEqual(page.json.pagination.totalPages, pageCount)
          assert.strictEqual(page.json.pagination.totalElements, 53)
        }
      }
    }),
  )

  it.live("a page after the last is empty and no error", () =>
    withServer({}, async (baseUrl) => {
      const { status, json } = await call(baseUrl, `${root}?page=9`)
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(json.data, [])
      assert.strictEqual(json.pagination.totalElements, 3)
    }),
  )

  it.live("an empty registry has no page", () =>
    withServer({ studies: 0 }, async (baseUrl) => {
      const { json } = await call(baseUrl, root)
      assert.deepStrictEqual([json.pagination.totalPages, json.pagination.totalElements, json.data], [0, 0, []])
    }),
  )

  it.live("10,000 studies are 20 pages of 500, from S00000 to S09999", () =>
    withServer({ studies: 10_000 }, async (baseUrl) => {
      const pages = await walk(baseUrl, root, 500)
      const found = pages.flatMap((page) => page.json.data.map((study: { studyKey: string }) => study.studyKey))
      assert.strictEqual(pages.length, 20)
      assert.strictEqual(new Set(found).size, 10_000)
      assert.deepStrictEqual([found[0], found[9_999]], ["S00000", "S09999"])
    }),
  )

  it.live("sort takes several keys, the first one weighs most", () =>
    withServer({ size: { subjects: [80, 80] } }, async (baseUrl) => {
      const { json } = await call(baseUrl, `${root}/ALPHA/subjects?size=500&sort=siteId%2Cdesc&sort=subjectKey,ASC`)
      assert.deepStrictEqual(json.pagination.sort, [
        { property: "siteId", direction: "DESC" },
        { property: "subjectKey", direction: "ASC" },
      ])
      for (let index = 1; index < json.data.length; index++) {
        const [a, b] = [json.data[index - 1], json.data[index]]
        assert.isTrue(a.siteId > b.siteId || (a.siteId === b.siteId && a.subjectKey < b.subjectKey))
      }
    }),
  )

  it.live("inactive users are left out unless asked for, and users take no filter", () =>
    withServer({ seed: 5, size: { users: [40, 40] } }, async (baseUrl) => {
      const active = (await call(baseUrl, `${root}/ALPHA/users?size=500`)).json.data
      const all = (await call(baseUrl, `${root}/ALPHA/users?size=500&includeInactive=true`)).json.data
      assert.strictEqual(all.length, 40)
      assert.isBelow(active.length, 40)
      assert.deepStrictEqual(
        active,
        all.filter((user: { userActiveInStudy: boolean }) => user.userActiveInStudy),
      )
      const refused = await call(baseUrl, `${root}/ALPHA/users?filter=login==x`)
      assert.strictEqual(refused.status, 400)
      assert.strictEqual(refused.json.metadata.error.field.attribute, "filter")
      assert.strictEqual((await call(baseUrl, `${root}/ALPHA/users?includeInactive=maybe`)).status, 400)
    }),
  )

  it.live("study keys of any characters are one encoded segment", () => {
    const hostile = ["Ünïcødé 研究", "A/B", "A?b=1", "A#x", "A%2FB", "a b", '"q"']
    return withServer({ entries: hostile.map((key) => ({ key })) }, async (baseUrl) => {
      for (const key of hostile) {
        const { status, json } = await call(baseUrl, `${root}/${encodeURIComponent(key)}/subjects`)
        assert.strictEqual(status, 200, key)
        assert.strictEqual(json.data[0].studyKey, key)
      }
      assert.strictEqual((await call(baseUrl, `${root}/A/B/subjects`)).status, 404)
    })
  })
})

describe("determinism", () => {
  const lists = Object.keys(documented)
  const digest = async (baseUrl: string) => {
    const hash = createHash("sha256")
    for (const resource of lists) hash.update((await call(baseUrl, `${pathOf(resource)}?size=500`)).text)
    return hash.digest("hex")
  }

  it.live("the same seed gives the same bytes on two servers, another seed gives others", () =>
    Effect.gen(function* () {
      const first = yield* withServer({ seed: 7 }, digest)
      const second = yield* withServer({ seed: 7 }, digest)
      const other = yield* withServer({ seed: 8 }, digest)
      assert.strictEqual(first, second)
      assert.notStrictEqual(first, other)
    }),
  )

  it.live("what is asked first does not matter", () =>
    Effect.gen(function* () {
      const backwards = yield* withServer({ seed: 7 }, async (baseUrl) => {
        for (const resource of [...lists].reverse()) await call(baseUrl, pathOf(resource))
        return digest(baseUrl)
      })
      assert.strictEqual(backwards, yield* withServer({ seed: 7 }, digest))
    }),
  )

  it.live("another process in another time zone and language gives the same bytes", () =>
    Effect.gen(function* () {
      const here = yield* withServer({ seed: 7 }, digest)
      const module = fileURLToPath(new URL("../../src/testing/Server.ts", import.meta.url))
      const script = `
        import { createHash } from "node:crypto"
        const { start } = await import(${JSON.stringify(module)})
        const server = await start({ seed: 7 })
        const hash = createHash("sha256")
        for (const resource of ${JSON.stringify(lists)}) {
          const path = resource === "studies" ? "${root}" : "${root}/ALPHA/" + resource
          const answer = await fetch(server.baseUrl + path + "?size=500", { headers: ${JSON.stringify(keys)} })
          hash.update(await answer.text())
        }
        await server.close()
        process.stdout.write(hash.digest("hex"))`
      const child = yield* Effect.promise(() =>
        promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
          env: { ...process.env, TZ: "Asia/Tokyo", LC_ALL: "tr_TR.UTF-8" },
        }),
      )
      assert.strictEqual(child.stdout, here)
    }),
  )

  it.live("no time stamp is later than the present of the data", () =>
    withServer({ size: "demo", now: "2026-03-01T00:00:00Z" }, async (baseUrl) => {
      for (const resource of lists) {
        const { text } = await call(baseUrl, `${pathOf(resource)}?size=500`)
        for (const stamp of text.match(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}/g) ?? []) {
          assert.isTrue(stamp <= "2026-03-01 00:00:00", `${resource}: ${stamp}`)
        }
      }
    }),
  )

  it.live("every id leads somewhere: sites, subjects, visits, forms and records that are named exist", () =>
    withServer({ size: "demo", seed: 4 }, async (baseUrl) => {
      const all = async (resource: string) =>
        (await walk(baseUrl, `${root}/ALPHA/${resource}`, 500)).flatMap((page) => page.json.data)
      const ids = async (resource: string, id: string) => new Set((await all(resource)).map((item) => item[id]))
      const sites = await ids("sites", "siteId")
      const subjects = await ids("subjects", "subjectKey")
      const visits = await ids("visits", "visitId")
      const forms = await ids("forms", "formId")
      const intervals = await ids("intervals", "intervalId")
      const records = await ids("records", "recordId")
      const variables = await ids("variables", "variableName")
      for (const subject of await all("subjects")) assert.isTrue(sites.has(subject.siteId))
      for (const visit of await all("visits")) {
        assert.isTrue(subjects.has(visit.subjectKey) && intervals.has(visit.intervalId))
      }
      for (const record of await all("records")) {
        assert.isTrue(subjects.has(record.subjectKey) && forms.has(record.formId) && intervals.has(record.intervalId))
        assert.isTrue(record.visitId === null || visits.has(record.visitId))
        assert.isTrue(record.parentRecordId === null || records.has(record.parentRecordId))
        for (const name of Object.keys(record.recordData)) {
          assert.isTrue(["dateCreated", "dateModified", "unvnum"].includes(name) || variables.has(name), name)
        }
      }
      for (const revision of await all("recordRevisions")) assert.isTrue(records.has(revision.recordId))
      for (const coding of await all("codings")) assert.isTrue(records.has(coding.recordId))
      const queries = await all("queries")
      for (const query of queries) {
        assert.isTrue(subjects.has(query.subjectKey))
        assert.isTrue(query.recordId === null || records.has(query.recordId))
        assert.isTrue(query.variable === null || variables.has(query.variable))
      }
      // Both states occur, otherwise a report over open queries would prove nothing.
      const open = queries.filter((query) => query.queryComments.at(-1).closed === false)
      assert.isTrue(open.length > 0 && open.length < queries.length)
    }),
  )
})

describe("options", () => {
  it.live("a taken port is an error that names it, and options without sense are refused", () =>
    Effect.gen(function* () {
      const server = yield* ImednetServer
      const taken = yield* Effect.flip(
        Effect.scoped(Effect.provide(ImednetServer, ImednetServer.layer({ port: server.port }))),
      )
      assert.strictEqual(taken._tag, "ServerStartError")
      assert.include(taken.message, String(server.port))
      for (const options of [
        { studies: -1 },
        { studies: 1.5 },
        { now: "yesterday" },
        { size: { sites: [0, 1] } },
      ] as const) {
        const refused = yield* Effect.flip(Effect.scoped(Effect.provide(ImednetServer, ImednetServer.layer(options))))
        assert.strictEqual(refused.kind, "options")
        assert.strictEqual(refused.exitCode, 2)
      }
    }).pipe(Effect.provide(ImednetServer.layer())),
  )

  it.live("beyond the rate limit there is 429, with Retry-After where told", () =>
    Effect.gen(function* () {
      // Asked until it happens: two requests within one second are enough.
      const refusal = async (baseUrl: string) => {
        for (let turn = 0; turn < 500; turn++) {
          const got = await call(baseUrl, root)
          if (got.status === 429) return got
        }
        throw new Error("never limited")
      }
      const told = yield* withServer({ rateLimit: { perSecond: 1, retryAfterSeconds: 1 } }, refusal)
      assert.deepStrictEqual(told.json, { message: "Too Many Requests" })
      assert.strictEqual(told.headers["retry-after"], "1")
      const bare = yield* withServer({ rateLimit: { perSecond: 1 } }, refusal)
      assert.strictEqual(bare.headers["retry-after"], undefined)
    }),
  )

  it("the rate limit grants so many requests in any second and no more", () => {
    const within = RateLimit.make({ perSecond: 2 })
    assert.deepStrictEqual([0, 400, 500, 999, 1000, 1001, 1399, 1400].map(within), [
      true,
      true,
      false,
      false,
      true,
      false,
      false,
      true,
    ])
  })

  it.live("the port is closed when the scope ends, whatever is in flight", () =>
    Effect.gen(function* () {
      let baseUrl = ""
      let hanging: ReturnType<typeof rawCall> | undefined
      yield* Effect.scoped(
        Effect.gen(function* () {
          const server = yield* ImednetServer
          baseUrl = server.baseUrl
          hanging = rawCall(baseUrl, root)
          yield* Effect.promise(() => until(() => server.log.inFlight() === 1))
        }).pipe(Effect.provide(ImednetServer.layer({ faults: { rules: [{ action: { type: "stall" } }] } }))),
      )
      assert.strictEqual((yield* Effect.promise(async () => hanging))?.text, "")
      assert.strictEqual((yield* Effect.promise(() => rawCall(baseUrl, root))).error, "ECONNREFUSED")
    }),
  )

  it.live("latencyMs holds back every answer", () =>
    Effect.gen(function* () {
      const server = yield* ImednetServer
      for (let turn = 0; turn < 3; turn++) yield* Effect.promise(() => call(server.baseUrl, root))
      yield* Effect.promise(() => until(() => server.log.inFlight() === 0))
      // Timers may end up to a millisecond early by the other clock.
      for (const entry of server.log.all()) assert.isAtLeast((entry.endMs ?? 0) - entry.atMs, 18)
    }).pipe(Effect.provide(ImednetServer.layer({ latencyMs: [20, 40] }))),
  )

  it.live("enrollment is spread over months and sites, so a report over time shows something", () =>
    withServer({ seed: 12, size: "demo" }, async (baseUrl) => {
      const subjects = (await call(baseUrl, `${root}/ALPHA/subjects?size=500`)).json.data
      const months = new Set(
        subjects.map((item: { enrollmentStartDate: string | null }) => item.enrollmentStartDate?.slice(0, 7)),
      )
      const sites = new Set(subjects.map((item: { siteId: number }) => item.siteId))
      const statuses = new Set(subjects.map((item: { subjectStatus: string }) => item.subjectStatus))
      assert.isAbove(months.size, 4)
      assert.isAbove(sites.size, 1)
      assert.isAbove(statuses.size, 2)
    }),
  )

  it.live("the registry and any list can change while the server runs", () =>
    Effect.gen(function* () {
      const server = yield* ImednetServer
      const get = (path: string) => Effect.promise(() => call(server.baseUrl, path))
      const before = yield* get(`${root}/ALPHA/variables?size=500`)
      server.data.change("variables", "ALPHA", (rows) => rows.slice(1))
      assert.deepStrictEqual((yield* get(`${root}/ALPHA/variables?size=500`)).json.data, before.json.data.slice(1))
      const [first] = server.data.list("studies")
      server.data.change("studies", "", (rows) => [...rows.slice(1), { ...first!, studyKey: "AAA" }])
      const after = yield* get(root)
      assert.deepStrictEqual(
        after.json.data.map((study: { studyKey: string }) => study.studyKey),
        ["AAA", "BETA", "GAMMA"],
      )
      assert.strictEqual((yield* get(`${root}/AAA/subjects`)).status, 200)
      assert.strictEqual((yield* get(`${root}/ALPHA/subjects`)).status, 403)
    }).pipe(Effect.provide(ImednetServer.layer())),
  )
})
