import { execFileSync, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as DurableFaults from "@heddle/core/DurableFaults"
import * as DurableFiles from "@heddle/core/DurableFiles"
import { FileOps } from "@heddle/core/FileOps"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as DurableNode from "@heddle/core/node/DurableNode"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { extract } from "../src/BuiltIn.ts"
import * as SinkCsv from "../src/node/SinkCsv.ts"
import * as SinkJsonLines from "../src/node/SinkJsonLines.ts"
import * as SinkParquet from "../src/node/SinkParquet.ts"
import * as SinkSqlite from "../src/node/SinkSqlite.ts"
import { SinkError } from "../src/Sink.ts"
import * as StudyMemory from "../src/StudyMemory.ts"
import { StudyOrchestrator } from "../src/StudyOrchestrator.ts"
import { subjects, variable } from "./fixtures.ts"

const sinks = { csv: SinkCsv, jsonl: SinkJsonLines, parquet: SinkParquet, sqlite: SinkSqlite }
type Tested = keyof typeof sinks
const formats: ReadonlyArray<Tested> = ["csv", "jsonl", "parquet", "sqlite"]

const makeFolder = (): string => mkdtempSync(join(tmpdir(), "heddle-faults-"))
const folder = Effect.acquireRelease(Effect.sync(makeFolder), (path) =>
  Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)
const sha256sum = (path: string): string => execFileSync("sha256sum", [path], { encoding: "utf8" }).slice(0, 64)
const hashes = (root: string): Readonly<Record<string, string>> => {
  const study = join(root, "A")
  if (!existsSync(study)) return {}
  return Object.fromEntries(readdirSync(study).map((name) => [name, sha256sum(join(study, name))]))
}
const dataFiles = (found: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(found).filter(([name]) => name !== "extract.json"))

const run = (
  root: string,
  format: Tested,
  data: StudyMemory.StudyData,
  faults: ReadonlyArray<DurableFaults.Fault> = [],
) =>
  Effect.gen(function* () {
    const faulty = DurableFaults.make(yield* FileOps, faults)
    const durable = DurableFiles.layer.pipe(Layer.provide(Layer.succeed(FileOps, faulty.ops)))
    const sink = sinks[format].layer(root).pipe(Layer.provide(durable))
    const studies = StudyMemory.layer({ A: data })
    const report = yield* Effect.flatMap(StudyOrchestrator, (orchestrator) =>
      orchestrator.executePipeline(extract, { params: { resources: ["subjects", "variables"], format } }),
    ).pipe(
      Effect.provide([
        Layer.fresh(StudyOrchestrator.layer).pipe(Layer.provide(studies)),
        sink,
        Layer.fresh(LedgerMemory.layer()),
      ]),
    )
    return { report, calls: faulty.calls() }
  }).pipe(Effect.provide(DurableNode.layerOps))

const before = { subjects: subjects(3), variables: [variable(1)] }
const after = {
  subjects: subjects(4, (index) => (index === 3 ? { dateModified: "2026-02-01T00:00:00.000Z" } : {})),
  variables: [variable(1), { ...variable(2), dateModified: "2026-02-01T00:00:00.000Z" }],
}

describe.each(formats)("an extract as %s with faults", (format) => {
  it.live("cut at any file operation, it leaves old or new files whole, and the next run ends right", () =>
    Effect.gen(function* () {
      const clean = yield* folder
      yield* run(clean, format, before)
      const old = dataFiles(hashes(clean))
      const { calls } = yield* run(clean, format, after)
      const wanted = dataFiles(hashes(clean))
      expect(calls.length).toBeGreaterThan(10)
      for (const { operation, occurrence } of calls) {
        const root = yield* folder
        yield* run(root, format, before)
        const { report } = yield* run(root, format, after, [{ operation, occurrence, fault: "cut" }])
        const left = hashes(root)
        for (const [name, hash] of Object.entries(old)) expect([hash, wanted[name]]).toContain(left[name])
        if (report.receipt.units[0]?.status === "succeeded") expect(dataFiles(left)).toMatchObject(wanted)
        const repaired = yield* run(root, format, after)
        expect(repaired.report.receipt.units[0]?.status).toBe("succeeded")
        // Nothing but the files themselves: what the cut left half-written is gone.
        expect(dataFiles(hashes(root))).toEqual(wanted)
      }
    }),
  )

  it.live("a full disk fails the study with a hint's kind, and the old files stand", () =>
    Effect.gen(function* () {
      const root = yield* folder
      yield* run(root, format, before)
      const old = hashes(root)
      const { report } = yield* run(root, format, after, [{ operation: "write", occurrence: 1, fault: "full" }])
      expect(report.receipt.units[0]).toMatchObject({
        status: "failed",
        failure: { tag: "SinkError", fields: { kind: "full" } },
      })
      const path = String(report.receipt.units[0]?.failure?.fields?.["path"])
      const { hints } = new SinkError({ operation: "write", kind: "full", path, problem: "no space left" })
      // The commands can be pasted: the folder is there, where the file may not be.
      expect(hints).toEqual(["free some space, then resume the run: heddle studies resume", `df -h ${join(root, "A")}`])
      expect(hashes(root)).toEqual(old)
    }),
  )

  it.live("killed with SIGKILL while it writes, it leaves the old file, and the next run clears up", () =>
    Effect.gen(function* () {
      const root = yield* folder
      yield* run(root, format, before)
      const old = dataFiles(hashes(root))
      yield* Effect.promise(async () => {
        const script = new URL("./fixtures/hangingExtract.ts", import.meta.url).pathname
        const child = spawn(process.execPath, [script, root, format], { stdio: ["ignore", "pipe", "inherit"] })
        const ended = new Promise((resolve) => child.once("exit", resolve))
        await new Promise((resolve, reject) => {
          child.stdout.once("data", resolve)
          child.once("exit", () => reject(new Error("the extract ended before it hung")))
        })
        child.kill("SIGKILL")
        await ended
      })
      const left = hashes(root)
      for (const [name, hash] of Object.entries(old)) expect(left[name]).toBe(hash)
      // The killed process did leave something half-written under another name.
      expect(Object.keys(left).length).toBeGreaterThan(Object.keys(old).length + 1)
      yield* run(root, format, after)
      expect(Object.keys(hashes(root)).toSorted()).toEqual([...Object.keys(old), "extract.json"].toSorted())
    }),
  )
})
