/**
 * What 10,000 studies cost beside their own requests: the registry read through HTTP from a server in another process, a
 * pipeline that asks nothing, every outcome durable; and how flat memory stays while 1 GB of values goes to a file.
 *
 * @layer app
 * @module
 */
import * as LedgerSqlite from "@heddle/core/node/LedgerSqlite"
import * as DurableNode from "@heddle/core/node/DurableNode"
import type { Receipt } from "@heddle/core/Receipt"
import type { ValueSink } from "@heddle/core/RunnerOptions"
import * as ImednetNode from "@heddle/imednet/node"
import * as ImednetStudies from "@heddle/imednet/studies"
import * as Pipeline from "@heddle/studies/Pipeline"
import { StudyOrchestrator } from "@heddle/studies/StudyOrchestrator"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { spawn } from "node:child_process"
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { collectGarbage } from "../collectGarbage.ts"
import type { Suite } from "../Suite.ts"

const studies = 10_000
const valueBytes = 100_000

const serverFile = fileURLToPath(new URL("../../peers/imednet_server.ts", import.meta.url))

/** Starts the server, runs the body, and ends both. */
const withServer = async <A>(body: (baseUrl: string, folder: string) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-bench-"))
  const child = spawn(process.execPath, [serverFile, String(studies)], { stdio: ["pipe", "pipe", "inherit"] })
  try {
    const first = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
    return await body(String(first.value), folder)
  } finally {
    child.stdin.end()
    await new Promise((resolve) => child.once("close", resolve))
    rmSync(folder, { recursive: true, force: true })
  }
}

const echo = Pipeline.definePipeline({
  name: "echo",
  version: "1",
  run: (study: Pipeline.Study) => Promise.resolve(study.studyKey),
})

const large = Pipeline.definePipeline({
  name: "large",
  version: "1",
  run: (study: Pipeline.Study) => Promise.resolve(study.studyKey.padEnd(valueBytes, "x")),
})

const run = (
  baseUrl: string,
  folder: string,
  pipeline: typeof echo,
  sink?: ValueSink<string>,
): Promise<Receipt<string>> =>
  Effect.runPromise(
    Effect.flatMap(StudyOrchestrator, (orchestrator) =>
      orchestrator.executePipeline(pipeline, { concurrency: 8, ...(sink === undefined ? {} : { sink }) }),
    ).pipe(
      Effect.map((report) => report.receipt),
      Effect.provide(
        StudyOrchestrator.layer.pipe(
          Layer.provide(ImednetStudies.layer),
          Layer.provide(
            ImednetNode.layer({
              baseUrl,
              apiKey: "KEY-1234",
              securityKey: "SEC-5678",
              rate: { perSecond: 10_000, burst: 10_000 },
            }),
          ),
          Layer.merge(LedgerSqlite.layer({ path: join(folder, "ledger.sqlite") })),
          Layer.merge(DurableNode.layer),
          Layer.merge(Logger.layer([])),
        ),
      ),
    ),
  )

const overheadMs = (): Promise<number> =>
  withServer(async (baseUrl, folder) => {
    const before = process.cpuUsage()
    const receipt = await run(baseUrl, folder, echo)
    const spent = process.cpuUsage(before)
    if (receipt.counts.succeeded !== studies) throw new Error(`only ${receipt.counts.succeeded} studies succeeded`)
    return (spent.user + spent.system) / 1000
  })

const heapGrowthMb = (): Promise<number> =>
  withServer(async (baseUrl, folder) => {
    const path = join(folder, "values.jsonl")
    const file = openSync(path, "w")
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    let peak = before
    let seen = 0
    await run(baseUrl, folder, large, {
      write: (unit, value) =>
        Effect.sync(() => {
          writeSync(file, `${JSON.stringify({ studyKey: unit.id, value })}\n`)
          if (++seen % 500 !== 0) return
          collectGarbage()
          peak = Math.max(peak, process.memoryUsage().heapUsed)
        }),
      finish: Effect.succeed([]),
    })
    closeSync(file)
    if (statSync(path).size < studies * valueBytes) throw new Error("not all values were written")
    return (peak - before) / 1e6
  })

export const suite: Suite = {
  name: "studies",
  cases: [],
  probes: [
    { name: "CPU time of 10,000 studies, without the server", unit: "ms", limit: 2_000, measure: overheadMs },
    {
      name: "heap growth while 1 GB of values goes to a file",
      unit: "MB",
      limit: 64,
      measure: heapGrowthMb,
      rounds: 1,
    },
  ],
}
