import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ImednetServer, type Server } from "@heddle/imednet/testing"
import { call, keys } from "./rawClient.ts"

const study = "/api/v1/edc/studies/ALPHA"

const scene = (
  options: Server.ServerOptions,
  use: (api: {
    readonly get: (path: string) => ReturnType<typeof call>
    readonly post: (body: unknown) => ReturnType<typeof call>
  }) => Promise<void>,
) =>
  Effect.gen(function* () {
    const { baseUrl } = yield* ImednetServer
    yield* Effect.promise(() =>
      use({
        get: (path) => call(baseUrl, `${study}/${path}`),
        post: (body) =>
          call(baseUrl, `${study}/records`, {
            method: "POST",
            headers: { ...keys, "content-type": "application/json" },
            body: typeof body === "string" ? body : JSON.stringify(body),
          }),
      }),
    )
  }).pipe(Effect.provide(ImednetServer.layer({ seed: 2, size: { sites: [2, 2], subjects: [6, 6] }, ...options })))

describe("writes", () => {
  it.live("a POST is answered 202 with a job that goes from created over in progress to completed", () =>
    scene({}, async ({ get, post }) => {
      const accepted = await post([{ formKey: "REG", siteId: 1, data: { REGNOTE: "x" } }])
      assert.strictEqual(accepted.status, 202)
      assert.deepStrictEqual(Object.keys(accepted.json), ["jobId", "batchId", "state"])
      assert.strictEqual(accepted.json.state, "created")
      const polls = []
      for (let poll = 0; poll < 4; poll++) polls.push((await get(`jobs/${accepted.json.batchId}`)).json)
      assert.deepStrictEqual(
        polls.map((job) => job.state),
        ["created", "in progress", "completed", "completed"],
      )
      assert.deepStrictEqual(Object.keys(polls[0]), ["jobId", "batchId", "state", "dateCreated"])
      assert.deepStrictEqual(Object.keys(polls[2]), [
        "jobId",
        "batchId",
        "state",
        "dateCreated",
        "dateStarted",
        "dateFinished",
      ])
      assert.isTrue(polls[2].dateCreated < polls[2].dateStarted && polls[2].dateStarted < polls[2].dateFinished)
    }),
  )

  it.live("form and site register a subject: subject, record and revision are there afterwards", () =>
    scene({}, async ({ get, post }) => {
      const site = (await get("sites")).json.data[1]
      const before = (await get("subjects?size=500")).json.data
      const records = (await get("records?size=500")).json.pagination.totalElements
      const revisions = (await get("recordRevisions?size=500")).json.pagination.totalElements
      await post([{ formKey: "REG", siteName: site.siteName, data: { REGNOTE: "Clinic", BIRTHYR: 1970 } }])
      const after = (await get("subjects?size=500")).json.data
      assert.strictEqual(after.length, before.length + 1)
      const subject = after.at(-1)
      assert.strictEqual(subject.siteId, site.siteId)
      assert.strictEqual(subject.subjectStatus, "Registered")
      assert.isFalse(before.some((item: { subjectKey: string }) => item.subjectKey === subject.subjectKey))
      const written = (await get("records?size=500")).json
      assert.strictEqual(written.pagination.totalElements, records + 1)
      assert.strictEqual(written.data.at(-1).subjectKey, subject.subjectKey)
      assert.strictEqual(written.data.at(-1).recordData.BIRTHYR, "1970")
      assert.strictEqual((await get("recordRevisions?size=500")).json.pagination.totalElements, revisions + 1)
    }),
  )

  it.live("subject and interval update the scheduled record, and its dateModified is later than all before", () =>
    scene({}, async ({ get, post }) => {
      const records = (await get("records?size=500&filter=formKey==REG")).json.data
      const record = records[0]
      await post([
        { formKey: "REG", subjectKey: record.subjectKey, intervalName: "Screening", data: { REGNOTE: "changed" } },
      ])
      const after = (await get("records?size=500&filter=formKey==REG")).json.data
      assert.strictEqual(after.length, records.length)
      assert.deepStrictEqual(after[0].recordData, {
        ...record.recordData,
        REGNOTE: "changed",
        dateModified: after[0].dateModified,
      })
      assert.isTrue(records.every((item: { dateModified: string }) => item.dateModified < after[0].dateModified))
    }),
  )

  it.live("subject alone makes a new unscheduled record; recordId updates that one", () =>
    scene({}, async ({ get, post }) => {
      const subject = (await get("subjects")).json.data[0]
      await post([{ formKey: "AE", subjectKey: subject.subjectKey, data: { AETERM: "Rash" } }])
      const record = (await get("records?size=500")).json.data.at(-1)
      assert.deepStrictEqual([record.formKey, record.visitId, record.recordData.AETERM], ["AE", null, "Rash"])
      await post([{ recordId: record.recordId, formKey: "AE", data: { AETERM: "Fever" } }])
      const after = (await get("records?size=500")).json.data.at(-1)
      assert.deepStrictEqual([after.recordId, after.recordData.AETERM], [record.recordId, "Fever"])
    }),
  )

  it.live("a batch with an item that leads nowhere ends as FAILED and changes nothing", () =>
    scene({}, async ({ get, post }) => {
      const before = (await get("records?size=500")).text
      const { json } = await post([
        { formKey: "REG", siteId: 1, data: {} },
        { formKey: "NOPE", siteId: 1, data: {} },
      ])
      const states = []
      for (let poll = 0; poll < 3; poll++) states.push((await get(`jobs/${json.batchId}`)).json.state)
      assert.strictEqual(states[2], "FAILED")
      const after = (await get("records?size=500")).json
      assert.deepStrictEqual(after.data, JSON.parse(before).data)
    }),
  )

  it.live("a body that is no list of items is refused with 400", () =>
    scene({}, async ({ post }) => {
      for (const body of ["{", "{}", '"x"', "[1]", '[{"formKey":"REG"}]', '[{"formKey":"REG","data":[]}]']) {
        const { status, json } = await post(body)
        assert.strictEqual(status, 400, body)
        assert.strictEqual(json.metadata.error.code, "1000")
      }
    }),
  )

  it.live("an unknown batch is 404, and the job list is there only where told so", () =>
    Effect.gen(function* () {
      yield* scene({}, async ({ get }) => {
        assert.strictEqual((await get("jobs/none")).status, 404)
        assert.strictEqual((await get("jobs")).status, 404)
      })
      yield* scene({ jobList: true }, async ({ get, post }) => {
        assert.deepStrictEqual((await get("jobs")).json, [])
        const { json } = await post([{ formKey: "REG", siteId: 1, data: {} }])
        assert.deepStrictEqual(
          (await get("jobs")).json.map((job: { batchId: string }) => job.batchId),
          [json.batchId],
        )
      })
    }),
  )

  it.live("the quirks of live jobs can be chosen: an empty array, empty fields, other states", () =>
    Effect.gen(function* () {
      const item = [{ formKey: "REG", siteId: 1, data: {} }]
      yield* scene({ jobReply: "emptyArray" }, async ({ post }) => {
        const got = await post(item)
        assert.deepStrictEqual([got.status, got.json], [202, []])
      })
      yield* scene({ jobReply: "emptyState" }, async ({ post }) => {
        const { json } = await post(item)
        assert.deepStrictEqual([json.batchId, json.state], ["", ""])
      })
      yield* scene({ jobStates: ["", "FAILED"] }, async ({ get, post }) => {
        const before = (await get("subjects?size=500")).json.data
        const { json } = await post(item)
        assert.strictEqual((await get(`jobs/${json.batchId}`)).json.state, "")
        assert.strictEqual((await get(`jobs/${json.batchId}`)).json.state, "FAILED")
        assert.deepStrictEqual((await get("subjects?size=500")).json.data, before)
      })
    }),
  )
})
