import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { Imednet } from "../src/Imednet.ts"
import { client } from "./Client.ts"
import { registry, registryPath, serve, subjects } from "./Server.ts"

describe("Imednet", () => {
  it.live("A1 four requests with the exact headers, and every study's count", () =>
    Effect.gen(function* () {
      const counts: { readonly [key: string]: number } = { ALPHA: 2, BETA: 0, GAMMA: 1 }
      const server = yield* serve((seen) => {
        if (seen.path === registryPath) return registry("ALPHA", "BETA", "GAMMA")
        const match = /^\/api\/v1\/edc\/studies\/([A-Z]+)\/subjects$/.exec(seen.path)
        return match === null ? undefined : subjects(match[1]!, counts[match[1]!]!)
      })
      const result = yield* Effect.gen(function* () {
        const imednet = yield* Imednet
        const keys = yield* Stream.runCollect(imednet.studies.list())
        return yield* Effect.forEach(keys, ({ studyKey }) =>
          Effect.map(Stream.runCount(imednet.subjects.list({ study: studyKey })), (count) => [studyKey, count]),
        )
      }).pipe(Effect.provide(client(server.baseUrl)))
      assert.deepStrictEqual(result, [
        ["ALPHA", 2],
        ["BETA", 0],
        ["GAMMA", 1],
      ])
      assert.strictEqual(server.requests.length, 4)
      assert.deepStrictEqual(
        server.requests.map((request) => request.path),
        [registryPath, ...["ALPHA", "BETA", "GAMMA"].map((key) => `${registryPath}/${key}/subjects`)],
      )
      for (const request of server.requests) {
        assert.strictEqual(request.method, "GET")
        assert.deepStrictEqual(Object.fromEntries(request.query), { page: "0", size: "500" })
        const { host: _, connection: __, ...headers } = request.headers
        assert.deepStrictEqual(headers, {
          accept: "application/json",
          "content-type": "application/json",
          "x-api-key": "KEY-1234",
          "x-imn-security-key": "SEC-5678",
        })
      }
    }).pipe(Effect.scoped),
  )
})
