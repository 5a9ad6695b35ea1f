import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as DurableNode from "@heddle/core/node/DurableNode"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as AnalysisFile from "../../src/AnalysisFile.ts"
import * as Report from "../../src/Report.ts"
import { gatherFolder, gatherRun, softwareOf } from "../../src/report/GatheredStudy.ts"
import { runStudy } from "../../src/StudyRunner.ts"
import { modelOf, armScore, armStudy } from "./reportStudies.ts"

const small = fileURLToPath(new URL("../fixtures/small_study", import.meta.url))

const copyOf = (folder: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const path = mkdtempSync(join(tmpdir(), "heddle-report-"))
      cpSync(folder, path, { recursive: true })
      return path
    }),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
  )

describe("a study gathered from a folder", () => {
  it.effect("of the predecessor has its flow and its reasons", () =>
    Effect.gen(function* () {
      const { model } = yield* gatherFolder(small)
      // README of the fixture: six runs, five success, the last failed with a text that has a comma.
      assert.deepInclude(model.flow.total, { planned: 6, done: 5, failed: 1 })
      assert.deepStrictEqual(model.flow.failures, [{ reason: "RuntimeError: boom, with a comma", count: 1 }])
      assert.isFalse(model.flow.attemptsKnown)
      assert.strictEqual(model.design?.kind, "constrained_factorial")
      const report = Report.markdown(model)
      assert.include(report, "5 of 6 planned runs (83.3 %) gave data")
      // Host and folder stand in its manifest, and are nobody's business.
      const manifest = readFileSync(join(small, "manifest.json"), "utf8")
      const host: unknown = JSON.parse(manifest).provenance?.host
      if (typeof host === "string" && host !== "") assert.notInclude(Report.html(model), host)
    }).pipe(Effect.provide(DurableNode.layer)),
  )

  it.effect("gives the same bytes each time it is read", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* gatherFolder(small), yield* gatherFolder(small)]
      assert.deepStrictEqual(Report.files(one.model, "both"), Report.files(other.model, "both"))
    }).pipe(Effect.provide(DurableNode.layer)),
  )

  it.effect("whose study is another one than its tables is refused", () =>
    Effect.gen(function* () {
      const folder = yield* copyOf(small)
      const path = join(folder, "study.yaml")
      writeFileSync(path, readFileSync(path, "utf8").replace("study_id: golden-small", "study_id: other"))
      const found = yield* Effect.result(gatherFolder(folder))
      assert.isTrue(Result.isFailure(found))
      if (Result.isFailure(found)) assert.include(found.failure.message, '"golden-small"')
    }).pipe(Effect.scoped, Effect.provide(DurableNode.layer)),
  )
})

describe("a study gathered from the ledger", () => {
  it.live("has every run of the plan, its cost, and the numbers of its analysis", () =>
    Effect.gen(function* () {
      const study = { ...armStudy, agentSpecs: [], problemIds: [], runBudget: { ...armStudy.runBudget, replicates: 2 } }
      const run = yield* runStudy(study, {
        showProgress: false,
        conditionRunner: ({ factors, replicate }) => ({
          outputs: {},
          metrics: { score: (factors["arm"] === "new" ? 3 : 1) + replicate / 8, cost_usd: 0.5 },
        }),
      })
      const runId = run.runId ?? ""
      const { analysis, model } = yield* gatherRun({
        study,
        conditions: run.conditions,
        design: run.design,
        runs: run.runs,
        ledgerRunId: runId,
        replicates: 2,
        looks: [],
        facts: { ledgerRunId: runId },
      })
      assert.deepStrictEqual(model.flow.failures, [])
      assert.deepInclude(model.flow.total, { planned: 12, done: 12 })
      assert.strictEqual(model.spending.total.costUsd.sum, 6)
      const [row] = Result.getOrThrow(analysis).confirmatory
      // Means 3 + 0.1875 and 1 + 0.1875 over replicates 1 and 2.
      assert.approximately(row?.result.estimate ?? 0, 2, 1e-12)
      assert.isString(model.facts.startedAt)
    }).pipe(Effect.provide(LedgerMemory.layer())),
  )
})

describe("the file of an analysis", () => {
  const { analysis } = modelOf(armStudy, armScore)
  if (analysis === undefined) throw new Error("no analysis")

  it("read back is the analysis, and written twice the same bytes", () => {
    const text = AnalysisFile.encode(analysis)
    assert.isTrue(text.endsWith("}\n"))
    assert.deepStrictEqual(Result.getOrThrow(AnalysisFile.decode(text)), analysis)
    assert.strictEqual(AnalysisFile.encode(Result.getOrThrow(AnalysisFile.decode(text))), text)
  })

  it("that is none is refused with its path", () => {
    for (const text of [
      "",
      "{",
      "[]",
      '{"schemaVersion":2}',
      AnalysisFile.encode(analysis).replace('"alpha": 0.05', '"alpha": "x"'),
    ]) {
      const found = AnalysisFile.decode(text, "there.json")
      assert.isTrue(Result.isFailure(found))
      if (Result.isFailure(found)) assert.strictEqual(found.failure.path, "there.json")
    }
  })
})

describe("software that a report names", () => {
  it("leaves out names of machines, users and folders", () => {
    assert.deepStrictEqual(
      softwareOf([
        ["node", "24.0.0"],
        ["host", "secret-host"],
        ["cwd", "/home/somebody"],
        ["heddle", "0.1.0"],
      ]),
      [
        ["heddle", "0.1.0"],
        ["node", "24.0.0"],
      ],
    )
  })
})

describe("looks of a study that may stop early", () => {
  const input = {
    ...armStudy,
    factors: armStudy.factors.slice(0, 1),
    agentSpecs: [],
    problemIds: [],
    runBudget: { ...armStudy.runBudget, replicates: 8 },
    heddle: { stopping: { rule: "group_sequential" as const, outcome: "score", factor: "arm", looks: 4 } },
  }

  it.live("are those on record in the ledger, and the report says which are not", () =>
    Effect.gen(function* () {
      const run = yield* runStudy(input, {
        showProgress: false,
        conditionRunner: ({ factors, replicate }) => ({
          outputs: {},
          metrics: { score: (factors["arm"] === "new" ? 0.1 : 0) + ((replicate * 5) % 7) / 7 },
        }),
      })
      const { model } = yield* gatherRun({
        study: input,
        conditions: run.conditions,
        design: run.design,
        runs: run.runs,
        ledgerRunId: run.runId ?? "",
        replicates: 8,
        looks: [],
        facts: {},
      })
      // Four looks of eight replicates: after 2, 4, 6 and 8; so small a difference stops at none.
      assert.deepStrictEqual(
        model.sequential?.looks.map(({ replicates }) => replicates),
        [2, 4, 6, 8],
      )
      const text = Report.markdown(model)
      assert.include(text, "## Looks while the study ran")
      assert.include(text, "4 looks are on record.")
      assert.notInclude(text, "not on record")
      const { sequential } = model
      const unrecorded = Report.markdown({
        ...model,
        sequential: sequential === undefined ? undefined : { ...sequential, recorded: 1 },
      })
      assert.include(unrecorded, "3 looks of these are not on record and made of the data as they are now.")
      assert.include(text, "the statistic did not reach its boundary")
      assert.isTrue(Report.files(model, "md").some(({ path }) => path === "figures/looks.svg"))
    }).pipe(Effect.provide(LedgerMemory.layer())),
  )
})
