import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as ReceiptFile from "@heddle/core/ReceiptFile"
import * as DurableNode from "@heddle/core/node/DurableNode"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { extract } from "../src/BuiltIn.ts"
import * as ExtractHistory from "../src/ExtractHistory.ts"
import * as SinkCsv from "../src/node/SinkCsv.ts"
import * as StudyMemory from "../src/StudyMemory.ts"
import { StudyOrchestrator } from "../src/StudyOrchestrator.ts"
import { subjects } from "./fixtures.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heddle-history-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)

/** Extracts `count` subjects of study A; a second passes before each run, so that their order can be told. */
const run = (root: string, runId: string, count: number) =>
  Effect.gen(function* () {
    yield* TestClock.adjust("1 second")
    return yield* Effect.flatMap(StudyOrchestrator, (orchestrator) =>
      orchestrator.executePipeline(extract, {
        runId,
        params: { resources: ["subjects"], format: "csv", out: root, full: true },
      }),
    ).pipe(
      Effect.provide([
        Layer.fresh(StudyOrchestrator.layer).pipe(
          Layer.provide(StudyMemory.layer({ A: { subjects: subjects(count) } })),
        ),
        SinkCsv.layer(root),
      ]),
    )
  })

/** Each file of a run's receipt that is not the same: its state, and the run that replaced it. */
const checked = Effect.fnUntraced(function* (
  receipt: { readonly runId: string } & Parameters<typeof ReceiptFile.verify>[0],
  root: string,
) {
  const { artifacts } = yield* ReceiptFile.verify(receipt, root)
  const wrong = artifacts.filter((artifact) => artifact.status !== "same")
  const found = wrong.flatMap(({ found, path }) => (found === undefined ? [] : [{ path, sha256: found.sha256 }]))
  const replaced = yield* ExtractHistory.replacements(receipt.runId, found)
  return wrong.map(({ path, status }) => [path, status, replaced.get(path)?.runId])
})

const layer = Layer.merge(Layer.fresh(LedgerMemory.layer()), DurableNode.layer)

describe("ExtractHistory", () => {
  it.effect("files that later extracts renewed are explained by the run that wrote what is there", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const { receipt } = yield* run(root, "first", 1)
      expect(yield* checked(receipt, root)).toEqual([])
      yield* run(root, "second", 2)
      yield* run(root, "third", 3)
      expect(yield* checked(receipt, root)).toEqual([
        ["A/subjects.csv", "differs", "third"],
        ["A/extract.json", "differs", "third"],
      ])
    }).pipe(Effect.provide(layer)),
  )

  it.effect("a changed byte, an older file that was put back, and a missing file are never explained", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const file = join(root, "A", "subjects.csv")
      const first = yield* run(root, "first", 1)
      const old = readFileSync(file)
      const second = yield* run(root, "second", 2)
      writeFileSync(file, old)
      expect((yield* checked(second.receipt, root))[0]).toEqual(["A/subjects.csv", "differs", undefined])
      writeFileSync(file, `${readFileSync(file, "utf8")}x`)
      expect((yield* checked(first.receipt, root))[0]).toEqual(["A/subjects.csv", "differs", undefined])
      rmSync(file)
      expect((yield* checked(first.receipt, root))[0]).toEqual(["A/subjects.csv", "missing", undefined])
    }).pipe(Effect.provide(layer)),
  )

  it.effect("an extract into another folder explains nothing", () =>
    Effect.gen(function* () {
      const one = yield* folder
      const two = yield* folder
      const { receipt } = yield* run(one, "first", 1)
      yield* run(two, "second", 2)
      writeFileSync(join(one, "A", "subjects.csv"), readFileSync(join(two, "A", "subjects.csv")))
      expect(yield* checked(receipt, one)).toEqual([["A/subjects.csv", "differs", undefined]])
    }).pipe(Effect.provide(layer)),
  )
})
