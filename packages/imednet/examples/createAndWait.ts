/**
 * Registers a subject and waits for the job that does it. The server is the one of `@heddle/imednet/testing`.
 */
import { Imednet } from "@heddle/imednet"
import * as Node from "@heddle/imednet/node"
import { ImednetServer } from "@heddle/imednet/testing"
import * as CurrentStudy from "@heddle/studies/CurrentStudy"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

const registerSubject = Effect.gen(function* () {
  const imednet = yield* Imednet
  const [site] = yield* Stream.runCollect(imednet.sites.list({ limit: 1 }))
  const [form] = yield* Stream.runCollect(imednet.forms.list({ limit: 1 }))
  const before = yield* imednet.subjects.count()
  const outcome = yield* imednet.records.createAndWait(
    [{ formKey: form?.formKey ?? "", siteName: site?.siteName ?? "", data: {} }],
    { pollIntervalMs: 10 },
  )
  const after = yield* imednet.subjects.count()
  return { outcome: outcome._tag, added: after - before }
}).pipe(CurrentStudy.provide("ALPHA"))

const result = await Effect.runPromise(
  Effect.gen(function* () {
    const { baseUrl } = yield* ImednetServer
    const client = Node.layer({ baseUrl, apiKey: "KEY-1234", securityKey: "SEC-5678" })
    return yield* registerSubject.pipe(Effect.provide(client))
  }).pipe(Effect.provide(ImednetServer.layer({ entries: [{ key: "ALPHA" }], seed: 1 }))),
)

Object.entries(result) // => [["outcome", "Job"], ["added", 1]]
