import { assert, describe, it } from "@effect/vitest"
import { ImednetServer } from "@heddle/imednet/testing"
import { Effect, Stream } from "effect"
import * as Filter from "../src/Filter.ts"
import { Imednet } from "../src/Imednet.ts"
import { type ResourceName, resources } from "../src/Resource.ts"
import { client } from "./Client.ts"

const lists = Object.keys(resources).filter((name) => name !== "studies") as ReadonlyArray<
  Exclude<ResourceName, "studies">
>

describe("against the faithful server", () => {
  it.live("every list is read whole in strict mode, by pages of any size, and in the same order", () =>
    Effect.gen(function* () {
      const server = yield* ImednetServer
      yield* Effect.gen(function* () {
        const imednet = yield* Imednet
        const studies = yield* Stream.runCollect(imednet.studies.list({ size: 1 }))
        assert.strictEqual(studies.length, 2)
        const study = studies[0]!.studyKey
        for (const name of lists) {
          const list = imednet.named(name)
          const whole = yield* Stream.runCollect(list.list({ study }))
          const small = yield* Stream.runCollect(list.list({ study, size: 7 }))
          assert.deepStrictEqual(small, whole, name)
          assert.strictEqual(yield* list.count({ study }), whole.length, name)
          // What the server itself holds is the oracle.
          assert.strictEqual(whole.length, server.data.list(name, study).length, name)
          assert.isAbove(whole.length, 0, name)
        }
        assert.deepStrictEqual(imednet.drift.entries(), [])
      }).pipe(Effect.provide(client(server.baseUrl, { strict: true })))
    }).pipe(Effect.provide(ImednetServer.layer({ studies: 2, seed: 3 }))),
  )

  it.live("filters and sorting do what the items say", () =>
    Effect.gen(function* () {
      const server = yield* ImednetServer
      yield* Effect.gen(function* () {
        const imednet = yield* Imednet
        const [info] = yield* Stream.runCollect(imednet.studies.list({ limit: 1 }))
        const study = info!.studyKey
        const all = yield* Stream.runCollect(imednet.records.list({ study }))
        const middle = all.map((record) => record.dateModified!).sort()[Math.floor(all.length / 2)]!
        const formKey = all[0]!.formKey!
        const got = yield* Stream.runCollect(
          imednet.records.list({
            study,
            // A date of an item is a filter value as it is.
            filter: Filter.all("records", { formKey, dateModified: [">=", middle] }),
            sort: { recordId: "desc" },
          }),
        )
        const expected = all
          .filter((record) => record.formKey === formKey && record.dateModified! >= middle)
          .sort((a, b) => b.recordId - a.recordId)
        assert.isAbove(expected.length, 0)
        assert.isBelow(expected.length, all.length)
        assert.deepStrictEqual(
          got.map((record) => record.recordId),
          expected.map((record) => record.recordId),
        )
      }).pipe(Effect.provide(client(server.baseUrl)))
    }).pipe(Effect.provide(ImednetServer.layer({ studies: 1, seed: 5 }))),
  )

  it.live("a write is carried out and can be read back", () =>
    Effect.gen(function* () {
      const server = yield* ImednetServer
      yield* Effect.gen(function* () {
        const imednet = yield* Imednet
        const [info] = yield* Stream.runCollect(imednet.studies.list({ limit: 1 }))
        const study = info!.studyKey
        const [site] = yield* Stream.runCollect(imednet.sites.list({ study, limit: 1 }))
        const forms = yield* Stream.runCollect(imednet.forms.list({ study }))
        const before = yield* imednet.subjects.count({ study })
        const outcome = yield* imednet.records.createAndWait(
          [{ formKey: forms[0]!.formKey!, siteName: site!.siteName!, data: {} }],
          { study, pollIntervalMs: 10 },
        )
        assert.strictEqual(outcome._tag, "Job")
        assert.strictEqual(yield* imednet.subjects.count({ study }), before + 1)
      }).pipe(Effect.provide(client(server.baseUrl)))
    }).pipe(Effect.provide(ImednetServer.layer({ studies: 1, seed: 5 }))),
  )
})
