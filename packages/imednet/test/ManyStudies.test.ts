import { assert, describe, it } from "@effect/vitest"
import * as DurableNode from "@heddle/core/node/DurableNode"
import * as LedgerSqlite from "@heddle/core/node/LedgerSqlite"
import * as Pipeline from "@heddle/studies/Pipeline"
import { StudyOrchestrator } from "@heddle/studies/StudyOrchestrator"
import { Effect, Layer } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Studies from "../src/studies.ts"
import { ImednetServer } from "../src/testing/index.ts"
import { client } from "./Client.ts"

const studies = 10_000

const echo = Pipeline.definePipeline({
  name: "echo",
  version: "1",
  run: (study: Pipeline.Study) => Promise.resolve(study.studyKey),
})

const workspace = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heddle-many-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)

const orchestrated = (baseUrl: string, folder: string) =>
  StudyOrchestrator.layer.pipe(
    Layer.provide(Studies.layer),
    Layer.provide(Layer.orDie(client(baseUrl))),
    Layer.merge(LedgerSqlite.layer({ path: join(folder, "ledger.sqlite") })),
    Layer.merge(DurableNode.layer),
  )

describe("10,000 studies through HTTP", () => {
  it.live("A19 the registry takes 20 requests, every study is reported in order, and never more than 8 run", () =>
    Effect.gen(function* () {
      const server = yield* ImednetServer
      const folder = yield* workspace
      let running = 0
      let most = 0
      const counted = Pipeline.definePipeline({
        name: "counted-echo",
        version: "1",
        run: async (study: Pipeline.Study) => {
          most = Math.max(most, ++running)
          await Promise.resolve()
          running--
          return study.studyKey
        },
      })
      const report = yield* Effect.flatMap(StudyOrchestrator, (orchestrator) =>
        orchestrator.executePipeline(counted, { concurrency: 8 }),
      ).pipe(Effect.provide(orchestrated(server.baseUrl, folder)))
      assert.strictEqual(server.log.count(), 20)
      assert.strictEqual(report.receipt.units.length, studies)
      assert.strictEqual(report.receipt.units[0]?.value, "S00000")
      assert.strictEqual(report.receipt.units.at(-1)?.value, "S09999")
      assert.strictEqual(report.receipt.counts.succeeded, studies)
      assert.strictEqual(most, 8)
    }).pipe(Effect.provide(ImednetServer.layer({ studies })), Effect.scoped),
  )

  it.live("A19 values that stream to a sink are kept nowhere else", () =>
    Effect.gen(function* () {
      const server = yield* ImednetServer
      const folder = yield* workspace
      let written = 0
      const report = yield* Effect.flatMap(StudyOrchestrator, (orchestrator) =>
        orchestrator.executePipeline(echo, {
          concurrency: 8,
          sink: {
            write: () => Effect.sync(() => void written++),
            finish: Effect.succeed([]),
          },
        }),
      ).pipe(Effect.provide(orchestrated(server.baseUrl, folder)))
      assert.strictEqual(written, studies)
      assert.deepStrictEqual(report.receipt.units, [])
      assert.strictEqual(report.receipt.counts.succeeded, studies)
    }).pipe(Effect.provide(ImednetServer.layer({ studies })), Effect.scoped),
  )
})
