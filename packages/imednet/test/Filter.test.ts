import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Result, Schema, Stream } from "effect"
import * as Filter from "../src/Filter.ts"
import { Imednet } from "../src/Imednet.ts"
import { client } from "./Client.ts"
import { envelope, serve } from "./Server.ts"

const text = (result: Result.Result<string, { readonly message: string }>): string =>
  Result.isSuccess(result) ? result.success : `refused: ${result.failure.message}`

describe("A30 filters, sort, size, limit", () => {
  const record = (recordId: number) => ({
    studyKey: "A",
    intervalId: 9,
    formId: 1,
    formKey: "AE",
    siteId: 1,
    recordId,
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
    keywords: [],
    recordData: {},
  })
  const server = serve((seen) => {
    const page = Number(seen.query.get("page"))
    const size = Number(seen.query.get("size"))
    const ids = Array.from({ length: 40 }, (_, index) => 40 - index).slice(page * size, page * size + size)
    return {
      body: envelope(seen.path, ids.map(record), { currentPage: page, size, totalPages: 4, totalElements: 40 }),
    }
  })

  it.live("A30 the query is the documented one and pages 0 and 1 are asked for, no more", () =>
    Effect.gen(function* () {
      const { requests, baseUrl } = yield* server
      const items = yield* Effect.gen(function* () {
        const imednet = yield* Imednet
        return yield* Stream.runCollect(
          imednet.records.list({
            study: "A",
            filter: Filter.all("records", { formKey: "AE", dateModified: [">", "2018-01-01T06:00:00Z"] }),
            recordData: Filter.recordData({ AESER: "Serious" }),
            sort: { recordId: "desc" },
            size: 10,
            limit: 15,
          }),
        )
      }).pipe(Effect.provide(client(baseUrl)))
      assert.deepStrictEqual(
        items.map((item) => item.recordId),
        Array.from({ length: 15 }, (_, index) => 40 - index),
      )
      assert.deepStrictEqual(
        requests.map((request) => [...request.query]),
        ["0", "1"].map((page) => [
          ["page", page],
          ["size", "10"],
          ["filter", "formKey==AE;dateModified>2018-01-01T06:00:00Z"],
          ["recordDataFilter", "AESER==Serious"],
          ["sort", "recordId,desc"],
        ]),
      )
    }).pipe(Effect.scoped),
  )

  it.live("A30 a limit that ends with a page asks for no page more", () =>
    Effect.gen(function* () {
      const { requests, baseUrl } = yield* server
      const count = yield* Effect.gen(function* () {
        return yield* Stream.runCount((yield* Imednet).records.list({ study: "A", size: 10, limit: 20 }))
      }).pipe(Effect.provide(client(baseUrl)))
      assert.strictEqual(count, 20)
      assert.strictEqual(requests.length, 2)
    }).pipe(Effect.scoped),
  )

  it.live("A30 what the grammar does not have is refused without a request", () =>
    Effect.gen(function* () {
      const { requests, baseUrl } = yield* server
      const hostile: ReadonlyArray<Filter.Filter<"records">> = [
        // Filters made by hand, as JavaScript could.
        { resource: "records", join: "and", conditions: [{ attribute: "studyKey", operator: "==", value: "A" }] },
        { resource: "records", join: "and", conditions: [{ attribute: "formKey ", operator: "==", value: "A" }] },
        { resource: "records", join: "and", conditions: [{ attribute: "formKey", operator: " == ", value: "A" }] },
        { resource: "records", join: "and", conditions: [{ attribute: "formKey", operator: "=~", value: "A" }] },
        {
          resource: "records",
          join: "and",
          conditions: [
            { attribute: "formKey", operator: "==", value: "A" },
            { attribute: "formKey", operator: "!=", value: "B" },
          ],
        },
        {
          resource: "records",
          join: "and",
          conditions: [{ attribute: "dateModified", operator: ">", value: "2018-01-01" }],
        },
        {
          resource: "records",
          join: "and",
          conditions: [{ attribute: "siteId", operator: "==", value: "1;studyKey==B" }],
        },
        { resource: "records", join: "and", conditions: [{ attribute: "formKey", operator: "==", value: 'a"b' }] },
        { resource: "records", join: "and", conditions: [{ attribute: "__proto__", operator: "==", value: "x" }] },
        { resource: "records", join: "and", conditions: [] },
      ]
      const imednet = Effect.provide(client(baseUrl))
      for (const filter of hostile) {
        const error = yield* Effect.gen(function* () {
          return yield* Stream.runDrain((yield* Imednet).records.list({ study: "A", filter }))
        }).pipe(imednet, Effect.flip)
        assert.strictEqual("reason" in error && error.reason._tag, "Refused", JSON.stringify(filter))
        assert.strictEqual(error.exitCode, 2)
      }
      for (const options of [{ size: 501 }, { size: 0 }, { limit: -1 }, { limit: 1.5 }, { sort: { nothing: "asc" } }]) {
        const error = yield* Effect.gen(function* () {
          // The types refuse these; the check at run time is for text from outside.
          return yield* Stream.runDrain((yield* Imednet).records.list({ study: "A", ...(options as object) }))
        }).pipe(imednet, Effect.flip)
        assert.strictEqual("reason" in error && error.reason._tag, "Refused", JSON.stringify(options))
      }
      assert.strictEqual(requests.length, 0)
    }).pipe(Effect.scoped),
  )

  it("A30 the types refuse what the grammar does not have", () => {
    // Each line is an error of the compiler; the suite of types fails where one is not.
    const _refused = () => [
      // @ts-expect-error an attribute of no record
      Filter.all("records", { studyKey: "A" }),
      // @ts-expect-error a date without a time
      Filter.all("records", { dateModified: [">", "2018-01-01"] }),
      // @ts-expect-error white space in the operator
      Filter.all("records", { formKey: [" == ", "AE"] }),
      // @ts-expect-error a number where text is due
      Filter.all("records", { formKey: 1 }),
      // @ts-expect-error users cannot be filtered
      Filter.all("users", { login: "x" }),
    ]
    assert.isFunction(_refused)
  })
})

describe("Filter", () => {
  it("values are quoted where they are no plain word", () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["AE", "formKey==AE"],
      ["01-001", "formKey==01-001"],
      ["two words", 'formKey=="two words"'],
      ["a;b,c", 'formKey=="a;b,c"'],
      ["and", 'formKey=="and"'],
      ["", 'formKey==""'],
      ["研究", 'formKey=="研究"'],
      ['a"b', "refused: filter of records: formKey: has a double quote, which the filter language cannot carry"],
      ["a\nb", "refused: filter of records: formKey: has a control character"],
    ]
    for (const [value, expected] of cases)
      assert.strictEqual(text(Filter.render(Filter.all("records", { formKey: value }))), expected)
  })

  it("and is a semicolon, or is a comma, dates are whole seconds in UTC, visits take days", () => {
    assert.strictEqual(
      text(Filter.render(Filter.any("subjects", { siteId: 7, deleted: false, subjectKey: ["!=", "01-001"] }))),
      "siteId==7,deleted==false,subjectKey!=01-001",
    )
    assert.strictEqual(
      text(
        Filter.render(Filter.all("sites", { dateModified: [">=", DateTime.makeUnsafe("2026-01-02T03:04:05.678Z")] })),
      ),
      "dateModified>=2026-01-02T03:04:05Z",
    )
    assert.strictEqual(
      text(Filter.render(Filter.all("sites", { dateModified: ["<", "2026-01-02T03:04:05-06:00"] }))),
      "dateModified<2026-01-02T03:04:05-06:00",
    )
    assert.strictEqual(
      text(Filter.render(Filter.all("visits", { dueDate: ["<=", "2026-02-28"] }))),
      "dueDate<=2026-02-28",
    )
    assert.include(text(Filter.render(Filter.all("visits", { dueDate: "2026-02-30" }))), "refused")
    assert.strictEqual(
      text(Filter.renderRecordData(Filter.recordDataAny({ AETERM: ["=~", "head.*"], AESER: "Serious" }))),
      'AETERM=~"head.*",AESER==Serious',
    )
  })

  const parsed = (input: string) => text(Result.flatMap(Filter.parse("records", input), Filter.render))
  it("text from a command line is read as it is meant, or refused with the place", () => {
    for (const good of [
      "formKey==AE",
      "formKey==AE;dateModified>2018-01-01T06:00:00Z",
      'recordStatus=="Record Complete",siteId!=3',
      "recordId<=5",
    ])
      assert.strictEqual(parsed(good), good)
    const refused: ReadonlyArray<readonly [string, string]> = [
      ["", "no condition"],
      ["formKey == AE", "white space"],
      ["formKey==AE; siteId==1", "white space"],
      ["formKey==AE;siteId==1,recordId==3", "mixes"],
      ["formKey==AE;formKey==CM", "twice"],
      ["studyKey==A", "not an attribute"],
      ["formkey==AE", "not an attribute"],
      ["dateModified>2018-01-01", "point in time"],
      ["siteId==x", "whole number"],
      ["formKey=AE", "position 0"],
      ['formKey=="AE', "position 0"],
      ["formKey=~A", "position 0"],
      ["(formKey==AE)", "position 0"],
      ["formKey==AE;", "position 12"],
    ]
    for (const [input, words] of refused) {
      assert.match(parsed(input), /^refused/, input)
      assert.include(parsed(input), words)
    }
    assert.include(text(Result.flatMap(Filter.parseRecordData("A==1;B==2,C==3"), Filter.renderRecordData)), "mixes")
    assert.strictEqual(text(Result.flatMap(Filter.parseRecordData("A=~x;B==2"), Filter.renderRecordData)), "A=~x;B==2")
  })

  const Word = Schema.String.check(Schema.isMaxLength(40))
  it.effect.prop(
    "no value can add a condition: it comes back as one condition with the same value, or is refused",
    [Word],
    ([value]) =>
      Effect.sync(() => {
        const rendered = Filter.render(Filter.all("records", { formKey: value }))
        if (Result.isFailure(rendered)) return
        const read = Filter.parse("records", rendered.success)
        assert.isTrue(Result.isSuccess(read), rendered.success)
        if (Result.isSuccess(read))
          assert.deepStrictEqual(read.success.conditions, [{ attribute: "formKey", operator: "==", value }])
      }),
  )
})
