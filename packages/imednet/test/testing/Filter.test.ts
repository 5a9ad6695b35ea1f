import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ImednetServer, Wire } from "@heddle/imednet/testing"
import { parseFilter, parseRecordDataFilter } from "@heddle/imednet/testing/Filter"
import { call } from "./rawClient.ts"

const fields = Wire.resources.records.fields

const row = (id: number, over: Wire.Row = {}): Wire.Row => ({
  recordId: id,
  formKey: "AE",
  deleted: false,
  recordOid: null,
  dateModified: "2018-01-01 06:00:00",
  ...over,
})
const rows = [
  row(1),
  row(2, { formKey: "VS", dateModified: "2018-01-01 06:00:01" }),
  row(3, { formKey: "ae", deleted: true, recordOid: "R 3" }),
  row(4, { formKey: 'say "x"', recordOid: "R;4,5", dateModified: "2017-12-31 23:59:59" }),
]

const ids = (filter: string): ReadonlyArray<unknown> => {
  const parsed = parseFilter(filter, fields)
  if (parsed._tag === "Refused") return [parsed.refusal.attribute, parsed.refusal.value]
  return rows.filter(parsed.matches).map((item) => item["recordId"])
}

describe("filter", () => {
  // The right side of each line follows from the four rows above by hand.
  const truth: ReadonlyArray<readonly [filter: string, ids: ReadonlyArray<number>]> = [
    ["recordId==2", [2]],
    ["recordId!=2", [1, 3, 4]],
    ["recordId<2", [1]],
    ["recordId<=2", [1, 2]],
    ["recordId>2", [3, 4]],
    ["recordId>=2", [2, 3, 4]],
    ["recordId==-1", []],
    ["formKey==AE", [1]],
    ['formKey=="AE"', [1]],
    ["formKey!=AE", [2, 3, 4]],
    ['formKey=="say \\"x\\""', [4]],
    ["deleted==true", [3]],
    ["deleted!=true", [1, 2, 4]],
    // An absent value matches nothing.
    ['recordOid=="R 3"', [3]],
    ['recordOid!="R 3"', [4]],
    ['recordOid=="R;4,5"', [4]],
    ["dateModified>2018-01-01T06:00:00Z", [2]],
    ["dateModified>=2018-01-01T00:00:00-06:00", [1, 2, 3]],
    ["dateModified==2018-01-01T07:00:00+01:00", [1, 3]],
    ['dateModified<"2018-01-01T00:00:00Z"', [4]],
    // AND in both spellings, OR in both spellings.
    ["formKey==AE;recordId==1", [1]],
    ["formKey==AE and recordId==2", []],
    ["formKey==VS,recordId==1", [1, 2]],
    ["formKey==VS or recordId==1", [1, 2]],
    // AND binds tighter than OR.
    ["recordId==1,formKey==VS;deleted==true", [1]],
    ["formKey==VS;deleted==false,recordId==4", [2, 4]],
  ]
  for (const [filter, expected] of truth) {
    it(`${filter} gives ${expected.join(", ") || "nothing"}`, () => assert.deepStrictEqual(ids(filter), expected))
  }

  const refused: ReadonlyArray<readonly [filter: string, attribute: string]> = [
    ["recordId == 2", "filter"],
    ["recordId ==2", "filter"],
    ["recordId== 2", "filter"],
    [" recordId==2", "filter"],
    ["recordId==2 ", "filter"],
    ["recordId==2; formKey==AE", "filter"],
    ["formKey==two words", "filter"],
    ["formKey==AE;formKey!=VS", "filter"],
    ["formKey=~AE", "filter"],
    ["formKey=AE", "filter"],
    ["formKey", "filter"],
    ["formKey==", "filter"],
    ["==AE", "filter"],
    ['formKey=="AE', "filter"],
    ['formKey=="AE"x', "filter"],
    ["formKey==AE;", "filter"],
    ["(formKey==AE)", "filter"],
    ["FormKey==AE", "FormKey"],
    ["nope==1", "nope"],
    ["__proto__==1", "__proto__"],
    ["constructor==1", "constructor"],
    ["recordId==two", "recordId"],
    ["recordId==1.5", "recordId"],
    ["deleted==yes", "deleted"],
    ["deleted>true", "deleted"],
    ["recordData==x", "recordData"],
    ["dateModified>2018", "dateModified"],
    ["dateModified>2018-01-01", "dateModified"],
    ["dateModified>2018-01-01T06:00:00", "dateModified"],
    ["dateModified>2018-02-30T06:00:00Z", "dateModified"],
    ['dateModified>"2018-01-01 06:00:00"', "dateModified"],
  ]
  for (const [filter, attribute] of refused) {
    it(`${filter} is refused because of ${attribute}`, () => assert.strictEqual(ids(filter)[0], attribute))
  }

  it("visit dates are compared as days and take no time; an empty one matches nothing", () => {
    const test = (filter: string, visit: Wire.Row) => {
      const parsed = parseFilter(filter, Wire.resources.visits.fields)
      return parsed._tag === "Refused" ? parsed.refusal.attribute : parsed.matches(visit)
    }
    assert.strictEqual(test("visitDate<2019-03-19", { visitDate: "2019-03-18" }), true)
    assert.strictEqual(test("visitDate<2019-03-19", { visitDate: "2019-03-19" }), false)
    assert.strictEqual(test("visitDate<2019-03-19", { visitDate: "" }), false)
    assert.strictEqual(test("visitDate<2019-03-19", { visitDate: null }), false)
    assert.strictEqual(test("visitDate<2019-03-19T00:00:00Z", { visitDate: "2019-03-18" }), "visitDate")
    assert.strictEqual(test("visitDate<2019-02-30", { visitDate: "2019-02-01" }), "visitDate")
  })
})

describe("recordDataFilter", () => {
  const data: ReadonlyArray<{ readonly [name: string]: string }> = [
    { AESER: "Serious", GENDER: "Male", AGE: "70" },
    { AESER: "Not Serious", GENDER: "Male", AGE: "9" },
    { AESER: "Bronchitis acuta", GENDER: "Female", AGE: "" },
  ]
  const found = (filter: string): ReadonlyArray<number> | string => {
    const parsed = parseRecordDataFilter(filter)
    if (parsed._tag === "Refused") return parsed.refusal.attribute
    return data.flatMap((recordData, index) => (parsed.matches({ recordData }) ? [index] : []))
  }
  const truth: ReadonlyArray<readonly [filter: string, found: ReadonlyArray<number> | "recordDataFilter"]> = [
    ["AESER==Serious", [0]],
    ["AESER!=Serious", [1, 2]],
    ["AESER==serious", []],
    ["AESER=~serious", [0, 1]],
    ["AESER=~BRONCH", [2]],
    ["AESER=~^serious$", [0]],
    ["AESER==Serious;GENDER==Male", [0]],
    ["AESER==Serious,GENDER==Female", [0, 2]],
    // Numbers are compared as numbers: 9 is not more than 65.
    ["AGE>65", [0]],
    ["AGE<=9", [1]],
    ["AGE<100", [0, 1]],
    ["AGE!=70", [1, 2]],
    ["GENDER>=Female", [0, 1, 2]],
    ["NOPE==x", []],
    ["AESER==Bronchitis;GENDER==Male,AGE>=65", "recordDataFilter"],
    ["AESER==Serious;AESER==x", "recordDataFilter"],
    ["AESER == Serious", "recordDataFilter"],
    ["AESER=~(", "recordDataFilter"],
  ]
  for (const [filter, expected] of truth) {
    it(`${filter} gives ${String(expected) || "nothing"}`, () => assert.deepStrictEqual(found(filter), expected))
  }
})

describe("over HTTP", () => {
  const records = "/api/v1/edc/studies/ALPHA/records"
  const query = (path: string, parameters: { readonly [name: string]: string }) =>
    `${path}?${new URLSearchParams({ size: "500", ...parameters })}`

  it.live("filter and recordDataFilter narrow together, and totals follow", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* ImednetServer
      const get = (parameters: { readonly [name: string]: string }) =>
        Effect.promise(() => call(baseUrl, query(records, parameters)))
      const all = (yield* get({})).json.data
      const serious = all.filter(
        (item: { formKey: string; recordData: { AESER?: string } }) =>
          item.formKey === "AE" && item.recordData.AESER === "Serious",
      )
      assert.isAbove(serious.length, 0)
      const got = (yield* get({ filter: "formKey==AE", recordDataFilter: "AESER==Serious" })).json
      assert.deepStrictEqual(got.data, serious)
      assert.strictEqual(got.pagination.totalElements, serious.length)
      const refused = yield* get({ filter: "nope==1" })
      assert.strictEqual(refused.status, 400)
      assert.deepStrictEqual(refused.json.metadata.error.field, { attribute: "nope", value: "1" })
      const mixed = yield* get({ recordDataFilter: "A==1;B==2,C==3" })
      assert.strictEqual(mixed.status, 400)
    }).pipe(Effect.provide(ImednetServer.layer({ size: { subjects: [60, 60] } }))),
  )

  it.live("recordDataFilter is for records only", () =>
    Effect.gen(function* () {
      const { baseUrl } = yield* ImednetServer
      const got = yield* Effect.promise(() =>
        call(baseUrl, query("/api/v1/edc/studies/ALPHA/subjects", { recordDataFilter: "A==1" })),
      )
      assert.strictEqual(got.status, 400)
    }).pipe(Effect.provide(ImednetServer.layer())),
  )

  for (const [mode, status, count] of [
    ["accepted", 200, 0],
    ["ignored", 200, 5],
    ["refused", 400, undefined],
  ] as const) {
    it.live(`studyKey as a filter of a study's list is ${mode} where told so`, () =>
      Effect.gen(function* () {
        const { baseUrl } = yield* ImednetServer
        const get = (filter: string) =>
          Effect.promise(() => call(baseUrl, query("/api/v1/edc/studies/ALPHA/subjects", { filter })))
        const got = yield* get("studyKey==OTHER")
        assert.strictEqual(got.status, status)
        assert.strictEqual(got.json.data?.length, count)
        assert.strictEqual((yield* get("studyKey==ALPHA")).json.data?.length, status === 200 ? 5 : undefined)
      }).pipe(Effect.provide(ImednetServer.layer({ studyKeyFilter: mode, size: { subjects: [5, 5] } }))),
    )
  }
})
