/**
 * What a designed experiment costs beside its runs: 10,000 trivial runs with a durable ledger, then every file of the
 * study (tables as CSV and as a database, metrics, failures, manifest, hashes, research object), against the same work in
 * Python's standard library.
 *
 * @layer app
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as LedgerSqlite from "@heddle/core/node/LedgerSqlite"
import * as MersenneTwister from "@heddle/experiments/MersenneTwister"
import * as ArtifactsNode from "@heddle/experiments/node/ArtifactsNode"
import * as StudyFile from "@heddle/experiments/StudyFile"
import { runStudy } from "@heddle/experiments/StudyRunner"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { collectGarbage } from "../collectGarbage.ts"
import { childProcess, inProcess } from "../Contestant.ts"
import type { Suite } from "../Suite.ts"

const runs = 10_000
const levels = Array.from({ length: 10 }, (_, level) => level)

/** Runs a study of 100 conditions in a folder; gives the sum of the first draws, as the peer does. */
const runOurs = (folder: string, count: number, onRun: (done: number) => void = () => {}): Promise<number> => {
  let total = 0
  let done = 0
  const study = Result.getOrThrow(
    StudyFile.make({
      studyId: "bench",
      title: "Benchmark",
      factors: [StudyFile.factor("a", levels), StudyFile.factor("b", levels)],
      runBudget: { replicates: count / (levels.length * levels.length) },
      outputDir: join(folder, "out"),
    }),
  )
  return Effect.runPromise(
    runStudy(study, {
      conditionRunner: ({ seed }) => {
        const draw = MersenneTwister.make(seed).random()
        total += draw
        onRun(++done)
        return { outputs: { x: draw }, metrics: { primary_outcome: draw } }
      },
      conditionRunnerVersion: "1",
      includeSqlite: true,
      parallelism: 8,
      keepResults: false,
      showProgress: false,
    }).pipe(
      Effect.map(({ artifacts, receipt }) => {
        if (receipt?.counts.succeeded !== count) throw new Error(`only ${receipt?.counts.succeeded} runs succeeded`)
        const tables = artifacts.filter(({ path, rows }) => path.endsWith(".csv") && (rows ?? 0) >= count)
        if (tables.length < 3) throw new Error("not all runs stand in the tables")
        return Math.round(total * 1e6) / 1e6
      }),
      Effect.provide(Layer.mergeAll(ArtifactsNode.layer, LedgerSqlite.layer({ path: join(folder, "ledger.sqlite") }))),
    ),
  )
}

const inFolder = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-bench-"))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Wall time of one run with everything, in microseconds. */
const perRunUs = (): Promise<number> =>
  inFolder(async (folder) => {
    const start = performance.now()
    await runOurs(folder, runs)
    return ((performance.now() - start) * 1_000) / runs
  })

/** How far the heap grows, after collections, while so many runs are made and exported. */
const growthMb = (count: number): Promise<number> =>
  inFolder(async (folder) => {
    let first: number | undefined
    let peak = 0
    const look = () => {
      collectGarbage()
      const used = process.memoryUsage().heapUsed
      first ??= used
      peak = Math.max(peak, used)
    }
    await runOurs(folder, count, (done) => {
      if (done === 1 || done % 2_500 === 0) look()
    })
    look()
    return (peak - (first ?? peak)) / 1e6
  })

let folder = ""

export const suite: Suite = {
  name: "experiments",
  cases: [
    {
      name: "10k trivial runs, durable, with all files",
      items: runs,
      ours: inProcess({
        name: "runStudy, SQLite ledger, all files",
        version: "workspace",
        before: () => {
          folder = mkdtempSync(join(tmpdir(), "heddle-bench-"))
        },
        run: () => runOurs(folder, runs),
        after: () => {
          rmSync(folder, { recursive: true, force: true })
        },
      }),
      peers: [
        childProcess({
          name: "the predecessor's work, Python standard library",
          command: ["python3", fileURLToPath(new URL("../../peers/experiments.py", import.meta.url)), String(runs)],
          versionCommand: ["python3", "--version"],
        }),
      ],
    },
  ],
  probes: [
    // A tenth of the 1.15 ms per run that the predecessor was measured with.
    { name: "one run of 10k with all files, wall time", unit: "us", limit: 115, measure: perRunUs },
    {
      name: "heap growth while 40,000 runs are made and exported",
      unit: "MB",
      limit: 32,
      rounds: 1,
      measure: () => growthMb(40_000),
    },
  ],
}
