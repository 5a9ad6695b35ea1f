import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { Imednet } from "../src/Imednet.ts"
import * as Instant from "../src/Instant.ts"
import * as Model from "../src/Model.ts"
import * as Models from "../src/Models.ts"
import { resources } from "../src/Resource.ts"
import { client } from "./Client.ts"
import { envelope, serve } from "./Server.ts"

const record = {
  studyKey: "A",
  intervalId: 9,
  formId: 1,
  formKey: "AE",
  siteId: 1,
  recordId: 1,
  recordOid: null,
  recordType: "SUBJECT",
  recordStatus: "Record Complete",
  deleted: false,
  dateCreated: "2026-01-01 00:00:00",
  dateModified: "2026-01-02 03:04:05",
  subjectId: 1,
  subjectOid: null,
  subjectKey: "01-001",
  visitId: 1,
  parentRecordId: null,
  keywords: [{ keywordName: "K", keywordKey: "K1", keywordId: 5, dateAdded: "2026-01-01 00:00:00" }],
  recordData: { aeterm: "x", dateCreated: "2026-01-01 00:00:00" },
  newField: 1,
}
const coding = {
  studyKey: "A",
  siteName: "Site 1",
  siteId: 1,
  subjectId: 1,
  subjectKey: "01-001",
  formId: 1,
  formName: "Adverse Event",
  formKey: "AE",
  revision: 1,
  recordId: 1,
  variable: "AETERM",
  value: "Angina",
  codingId: "12",
  code: "Angina pectoris",
  codedBy: "coder",
  reason: null,
  dictionaryName: "MedDRA",
  dictionaryVersion: "24.0",
  dateCoded: "2026-01-01 00:00:00",
}
const user = {
  userId: "ed8b1b9c-0000-4000-8000-000000000000",
  login: "l",
  firstName: "f",
  lastName: "l",
  email: "e@example.org",
  userActiveInStudy: true,
  roles: [
    {
      roleId: "r",
      communityId: 1,
      name: "n",
      description: "d",
      level: 1,
      type: "t",
      inactive: false,
      dateCreated: [2026, 1, 1, 0, 0, 0, 0],
      dateModified: [2026, 1, 1, 12, 30, 15, 500_000_000],
    },
  ],
}
const visit = {
  studyKey: "A",
  visitId: 1,
  intervalId: 1,
  intervalName: "Day 1",
  subjectId: 1,
  subjectKey: "01-001",
  startDate: "2026-01-01",
  endDate: null,
  dueDate: "",
  visitDate: "2026-01-02",
  visitDateForm: "f",
  visitDateQuestion: "q",
  deleted: false,
  dateCreated: "2026-01-01 00:00:00",
  dateModified: "2026-01-01 00:00:00",
}

const server = serve((seen) => {
  const items: { readonly [name: string]: unknown } = { records: record, codings: coding, users: user, visits: visit }
  return { body: envelope(seen.path, [items[seen.path.split("/").at(-1)!]]) }
})
const first = Effect.gen(function* () {
  const imednet = yield* Imednet
  const options = { study: "A" }
  const [records, codings, users, visits] = yield* Effect.all([
    Stream.runCollect(imednet.records.list(options)),
    Stream.runCollect(imednet.codings.list(options)),
    Stream.runCollect(imednet.users.list(options)),
    Stream.runCollect(imednet.visits.list(options)),
  ])
  return { record: records[0]!, coding: codings[0]!, user: users[0]!, visit: visits[0]!, drift: imednet.drift }
})

describe("A32 drift", () => {
  it.live(
    "A32 every documented and half-documented form decodes to one normal form, and only the new field is drift",
    () =>
      Effect.gen(function* () {
        const { baseUrl } = yield* server
        const got = yield* first.pipe(Effect.provide(client(baseUrl)))
        assert.deepStrictEqual(got.record.keywords, [
          { keywordName: "K", keywordKey: "K1", keywordId: 5, dateAdded: "2026-01-01T00:00:00Z" },
        ])
        assert.strictEqual(got.record.dateModified, "2026-01-02T03:04:05Z")
        assert.deepStrictEqual(got.record.recordData, { aeterm: "x", dateCreated: "2026-01-01 00:00:00" })
        assert.isNull(got.record.recordOid)
        assert.notProperty(got.record, "newField")
        assert.strictEqual(got.coding.codingId, 12)
        assert.strictEqual(got.user.roles?.[0]?.dateCreated, "2026-01-01T00:00:00Z")
        assert.strictEqual(got.user.roles?.[0]?.dateModified, "2026-01-01T12:30:15.5Z")
        assert.isNull(got.visit.dueDate)
        assert.strictEqual(got.visit.startDate, "2026-01-01")
        assert.deepStrictEqual(got.drift.summary(), { "records.newField": 1 })
        assert.deepStrictEqual(got.drift.entries(), [
          { studyKey: "A", resource: "records", field: "newField", kind: "unknown", count: 1 },
        ])
      }).pipe(Effect.scoped),
  )

  it.live(
    "A32 in strict mode the new field is a DecodeError that names its path, and the other lists still decode",
    () =>
      Effect.gen(function* () {
        const { baseUrl } = yield* server
        const [error, visits] = yield* Effect.gen(function* () {
          const imednet = yield* Imednet
          return [
            yield* Effect.flip(Stream.runCollect(imednet.records.list({ study: "A" }))),
            yield* Stream.runCount(imednet.visits.list({ study: "A" })),
          ] as const
        }).pipe(Effect.provide(client(baseUrl, { strict: true })))
        assert.deepInclude("reason" in error && error.reason, { _tag: "DecodeError", path: "data[0].newField" })
        assert.include(error.message, "data[0].newField")
        assert.strictEqual(visits, 1)
      }).pipe(Effect.scoped),
  )
})

const decode = <F extends Model.Fields>(model: Model.Model<F>, raw: unknown) => {
  const state = Model.decodeState()
  const item = Model.decodeItem(model, raw, state, "data[0]")
  return { item, problem: state.problem, drift: [...state.drift.values()] }
}

describe("decoding", () => {
  const site = {
    studyKey: "A",
    siteId: 1,
    siteName: "S",
    siteEnrollmentStatus: "Enrollment Open",
    dateCreated: "2026-01-01 00:00:00",
    dateModified: "2026-01-01 00:00:00",
  }

  it("what loses nothing is repaired and counted; what has no certain meaning is refused with its path", () => {
    const repaired: ReadonlyArray<readonly [object, object]> = [
      [{ siteId: "7" }, { siteId: 7 }],
      [{ siteName: 12 }, { siteName: "12" }],
      [{ dateCreated: "2026-01-01T01:00:00+01:00" }, { dateCreated: "2026-01-01T00:00:00Z" }],
      [{ dateCreated: "2026-01-01" }, { dateCreated: "2026-01-01T00:00:00Z" }],
      [{ dateCreated: "" }, { dateCreated: null }],
      [{ dateCreated: [2026, 1, 1] }, { dateCreated: "2026-01-01T00:00:00Z" }],
    ]
    for (const [change, expected] of repaired) {
      const { item, drift } = decode(Models.Site, { ...site, ...change })
      assert.deepInclude(item, expected)
      assert.deepStrictEqual(
        drift.map(({ kind, count }) => [kind, count]),
        [["repaired", 1]],
      )
    }
    const refused: ReadonlyArray<readonly [object, string]> = [
      [{ siteId: "x" }, "data[0].siteId"],
      [{ siteId: 1.5 }, "data[0].siteId"],
      [{ siteId: 2 ** 53 + 2 }, "data[0].siteId"],
      [{ siteId: null }, "data[0].siteId"],
      [{ siteId: "" }, "data[0].siteId"],
      [{ siteName: {} }, "data[0].siteName"],
      [{ dateCreated: "2026-02-30 00:00:00" }, "data[0].dateCreated"],
      [{ dateCreated: "2026-01-01 24:00:00" }, "data[0].dateCreated"],
      [{ dateCreated: 1_700_000_000 }, "data[0].dateCreated"],
    ]
    for (const [change, path] of refused) {
      const { item, problem } = decode(Models.Site, { ...site, ...change })
      assert.isUndefined(item)
      assert.strictEqual(problem?.path, path)
      assert.notInclude(problem?.problem, "2026")
    }
    for (const junk of ["junk", 1, null, [], undefined]) assert.isUndefined(decode(Models.Site, junk).item)
  })

  it("an absent value is null and never zero or empty text; it counts as missing unless it is often absent", () => {
    const { item, drift } = decode(Models.Subject, { subjectId: 1 })
    assert.isTrue(Object.entries(item!).every(([name, value]) => name === "subjectId" || value === null))
    assert.sameMembers(
      drift.map(({ field }) => field),
      Object.keys(Models.Subject.fields).filter(
        (name) => !["subjectId", "subjectOid", "enrollmentStartDate"].includes(name),
      ),
    )
    assert.isTrue(drift.every(({ kind }) => kind === "missing"))
  })

  it("odd things inside other things are named by their path", () => {
    const { drift } = decode(Models.ClinicalRecord, {
      ...record,
      newField: undefined,
      keywords: [{ ...record.keywords[0], extra: 1 }],
    })
    assert.deepInclude(
      drift.map(({ kind, field }) => `${kind} ${field}`),
      "unknown keywords.extra",
    )
    assert.strictEqual(decode(Models.ClinicalRecord, { ...record, keywords: [1] }).problem?.path, "data[0].keywords[0]")
  })

  it("a form's otherForms may be a list", () => {
    assert.strictEqual(decode(Models.Form, { formId: 1, otherForms: [] }).item?.otherForms, false)
    assert.strictEqual(decode(Models.Form, { formId: 1, otherForms: ["x"] }).item?.otherForms, true)
  })

  it("hostile field names do nothing but count", () => {
    const raw: unknown = JSON.parse('{"siteId":1,"__proto__":{"polluted":true},"constructor":1,"toString":2}')
    const { item, drift } = decode(Models.Site, raw)
    assert.notProperty(item, "polluted")
    assert.sameMembers(
      drift.filter(({ kind }) => kind === "unknown").map(({ field }) => field),
      ["__proto__", "constructor", "toString"],
    )
  })

  it.effect.prop("no JSON makes a decoder throw, and what it gives fits the Schema", [Schema.Json], ([value]) =>
    Effect.sync(() => {
      for (const { model } of Object.values(resources)) {
        const wide: Model.Model<Model.Fields> = model
        const names = Object.keys(wide.fields)
        for (const raw of [value, Object.fromEntries(names.map((name) => [name, value]))]) {
          const { item, problem } = decode(wide, raw)
          if (item === undefined) assert.isDefined(problem)
          else assert.isTrue(Schema.is(Model.schemaOf(wide))(item))
        }
      }
    }),
  )

  it("the Schema of each model accepts what its decoder gives", () => {
    for (const { model, id } of Object.values(resources)) {
      const wide: Model.Model<Model.Fields> = model
      const { item } = decode(wide, { [id]: wide.fields[id]?.kind === "int" ? 1 : "x" })
      assert.isTrue(Schema.is(Model.schemaOf(wide))(item), model.name)
    }
    const { item } = decode(Models.ClinicalRecord, record)
    assert.isTrue(Schema.is(Model.schemaOf(Models.ClinicalRecord))(item))
    assert.isFalse(Schema.is(Model.schemaOf(Models.ClinicalRecord))({ ...item!, siteId: "x" }))
  })
})

describe("Instant", () => {
  it("points in time become ISO 8601 in UTC", () => {
    // Worked by hand; the leap day of 2024 is there, that of 2100 is not.
    const cases: ReadonlyArray<readonly [string, string | undefined]> = [
      ["2026-01-02 03:04:05", "2026-01-02T03:04:05Z"],
      ["2024-02-29 00:00:00", "2024-02-29T00:00:00Z"],
      ["2100-02-29 00:00:00", undefined],
      ["2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"],
      ["2026-01-01T00:30:00.120-0600", "2026-01-01T06:30:00.12Z"],
      ["2026-13-01 00:00:00", undefined],
      ["2026-1-1 00:00:00", undefined],
      ["yesterday", undefined],
      ["", undefined],
    ]
    for (const [text, expected] of cases) assert.strictEqual(Instant.parse(text), expected, text)
    assert.strictEqual(Instant.fromParts([2026, 1, 1]), "2026-01-01T00:00:00Z")
    assert.isUndefined(Instant.fromParts([2026, 2, 30]))
    assert.isUndefined(Instant.fromParts([2026, "1", 1]))
  })

  it.effect.prop(
    "what is parsed is a filter value once it has whole seconds, and parses to itself",
    [Schema.Int],
    ([n]) =>
      Effect.sync(() => {
        const at = new Date(Math.abs(n) % 4_102_444_800_000).toISOString().slice(0, 19)
        const parsed = Instant.parse(at.replace("T", " "))
        assert.strictEqual(parsed, `${at}Z`)
        assert.isTrue(Instant.isInstantText(parsed!))
        assert.strictEqual(Instant.parse(parsed!), parsed)
      }),
  )
})
