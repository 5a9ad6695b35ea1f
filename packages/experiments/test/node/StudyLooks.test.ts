import { describe, expect, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { Effect, Result, Schema, Stream } from "effect"
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { fromRecords } from "../../src/analysis/AnalysisData.ts"
import type { AnalysisResult } from "../../src/analysis/AnalysisResult.ts"
import { runAnalysis } from "../../src/analysis/RunAnalysis.ts"
import { clopperPearson } from "../../src/internal/powerSimulate.ts"
import { runRule } from "../../src/internal/powerSequential.ts"
import type { RunRecord } from "../../src/Run.ts"
import type { RunRequest } from "../../src/RunBinding.ts"
import * as StoppingRule from "../../src/StoppingRule.ts"
import type { Study } from "../../src/Study.ts"
import * as StudyLooks from "../../src/StudyLooks.ts"
import * as StudyRecords from "../../src/StudyRecords.ts"
import { resumeStudy, runStudy, type StudyRun } from "../../src/StudyRunner.ts"
import { looking, lookingStudy, valueOf } from "../fixtures/runs/lookingStudy.ts"

const inMemory = Effect.provide(LedgerMemory.layer())

const withEffect =
  (effect: number) =>
  ({ factors, replicate }: RunRequest) => ({
    outputs: {},
    metrics: { score: valueOf(String(factors["arm"]), replicate, effect) },
  })

const recordsOf = (run: StudyRun) =>
  Effect.map(Stream.runCollect(StudyRecords.records(run.runs, run.runId ?? "")), (all): ReadonlyArray<RunRecord> => [
    ...all,
  ])

const analysed = (
  study: Study,
  run: StudyRun,
  records: ReadonlyArray<RunRecord>,
  looks?: ReadonlyArray<StoppingRule.StoppingLook>,
): AnalysisResult => {
  const data = Result.getOrThrow(fromRecords(study, run.conditions, records))
  return Result.getOrThrow(runAnalysis(study, data, looks === undefined ? {} : { looks }))
}

describe("a study that looks while it runs", () => {
  it.effect("stops early at a big effect, and the look is on record before any run was left out", () =>
    Effect.gen(function* () {
      const run = yield* runStudy(lookingStudy, { conditionRunner: withEffect(2) })
      expect(run.receipt?.counts).toMatchObject({ succeeded: 20, skipped: 20 })
      const recorded = yield* StudyLooks.looks(run.runId ?? "")
      expect(recorded).toEqual(run.looks)
      expect(recorded.map(({ look, replicates, stop }) => [look, replicates, stop])).toEqual([
        [1, 5, false],
        [2, 10, true],
      ])
      const records = yield* recordsOf(run)
      for (const { outcome, reason, runSpec } of records) {
        expect(outcome).toBe(runSpec.replicate <= 10 ? "succeeded" : "skipped")
        if (outcome === "skipped") expect(reason).toContain("look 2 of 4")
      }
    }).pipe(inMemory),
  )

  it.effect("runs to its end without an effect, with every look on record once", () =>
    Effect.gen(function* () {
      const run = yield* runStudy(lookingStudy, { conditionRunner: withEffect(0) })
      expect(run.receipt?.counts).toMatchObject({ succeeded: 40, skipped: 0 })
      const recorded = yield* StudyLooks.looks(run.runId ?? "")
      expect(recorded.map(({ replicates, stop }) => [replicates, stop])).toEqual([
        [5, false],
        [10, false],
        [15, false],
        [20, false],
      ])
      expect(recorded).toEqual(run.looks)
    }).pipe(inMemory),
  )

  it.effect.each([0, 0.3, 2])("has the same looks at parallelism 1 and 4: effect %f", (effect) =>
    Effect.gen(function* () {
      const looks = []
      for (const parallelism of [1, 4]) {
        const run = yield* Effect.provide(
          runStudy(lookingStudy, { parallelism, conditionRunner: withEffect(effect) }),
          LedgerMemory.layer(),
        )
        looks.push(run.looks)
      }
      expect(looks[0]).toEqual(looks[1])
    }),
  )

  it.effect("asks the caller's own stop as well", () =>
    Effect.gen(function* () {
      const asked: Array<number> = []
      const run = yield* runStudy(lookingStudy, {
        conditionRunner: withEffect(0),
        stop: {
          shouldStop: (replicates) => {
            asked.push(replicates)
            return replicates === 7 ? "enough" : undefined
          },
        },
      })
      expect(asked).toEqual([1, 2, 3, 4, 5, 6, 7])
      expect(run.looks.map(({ replicates }) => replicates)).toEqual([5])
      expect(run.receipt?.counts).toMatchObject({ succeeded: 14, skipped: 26 })
    }).pipe(inMemory),
  )

  it.effect("refuses to go on under another rule once looks were made", () =>
    Effect.gen(function* () {
      yield* runStudy(lookingStudy, { conditionRunner: withEffect(2) })
      const other = looking({ heddle: { stopping: { rule: "group_sequential", looks: 4, alpha: 0.01 } } })
      const refused = yield* Effect.flip(resumeStudy(other, { conditionRunner: withEffect(2) }))
      expect(refused._tag).toBe("StudyChanged")
      expect(refused.message).toContain("stopping rule")
    }).pipe(inMemory),
  )
})

const Told = Schema.Struct({
  looks: Schema.Array(StoppingRule.StoppingLook),
  recorded: Schema.Array(StoppingRule.StoppingLook),
  counts: Schema.Record(Schema.String, Schema.Finite),
})

const program = fileURLToPath(new URL("../fixtures/runs/looks.ts", import.meta.url))

const linesOf = (file: string): number => (existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0)

const session = (ledger: string, calls: string, mode: string, killAfter: number) =>
  Effect.callback<string>((resume) => {
    const child = spawn(process.execPath, [program, ledger, calls, mode], { stdio: ["ignore", "pipe", "inherit"] })
    let output = ""
    const watch =
      killAfter === 0
        ? undefined
        : setInterval(() => {
            if (linesOf(calls) >= killAfter) child.kill("SIGKILL")
          }, 1)
    child.stdout.on("data", (chunk) => (output += String(chunk)))
    child.on("close", () => {
      clearInterval(watch)
      resume(Effect.succeed(output))
    })
  })

describe("a study that looks and is killed", () => {
  it.live.each([4, 14, 27])(
    "after %i calls goes on with the looks that it had, though a run of theirs has a value only now",
    (killAfter) =>
      Effect.gen(function* () {
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "heddle-looks-"))),
          (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true })),
        )
        const [ledger, calls] = [join(folder, "ledger.sqlite"), join(folder, "calls")]
        expect(yield* session(ledger, calls, "run", killAfter)).toBe("")
        // The child goes on while the kill is on its way: what counts is how far it came.
        const killedAt = linesOf(calls)
        writeFileSync(`${calls}.mended`, "")
        const told = yield* Schema.decodeEffect(Schema.fromJsonString(Told))(yield* session(ledger, calls, "resume", 0))
        expect(told.recorded).toEqual(told.looks)
        expect(told.looks.map(({ replicates }) => replicates)).toEqual([5, 10, 15, 20])
        for (const { countLeft, countRight, replicates } of told.looks) {
          expect(countLeft).toBe(replicates)
          // A look that another replicate followed before the kill was made without the run that failed.
          if (killedAt > 2 * replicates + 4) expect(countRight).toBe(replicates - 1)
          if (killedAt < 2 * replicates) expect(countRight).toBe(replicates)
        }
      }).pipe(Effect.scoped),
    120_000,
  )
})

describe("an analysis of a study that looked", () => {
  it.effect("has the p and interval of the procedure, and says where it stopped", () =>
    Effect.gen(function* () {
      const run = yield* runStudy(lookingStudy, { conditionRunner: withEffect(2) })
      const result = analysed(lookingStudy, run, yield* recordsOf(run), run.looks)
      const [row] = result.confirmatory
      const look = run.looks.at(-1)
      expect(row?.result).toMatchObject({ p: look?.p, estimate: look?.estimate, statistic: look?.statistic, n: 20 })
      expect(row?.result.interval).toMatchObject({ level: 0.95, low: look?.lower, high: look?.upper })
      expect(row?.result.method).toContain("group-sequential")
      expect(row?.decision).toBe("supported")
      const said = result.deviations.filter(({ kind }) => kind === "stopping").map(({ message }) => message)
      expect(said).toHaveLength(1)
      expect(said[0]).toContain("stopped at look 2 of 4, after 10 of 20 replicates")
    }).pipe(inMemory),
  )

  it.effect("turns the sign where the hypothesis compares the other way round", () =>
    Effect.gen(function* () {
      const [hypothesis] = lookingStudy.hypotheses
      if (hypothesis === undefined) throw new Error("no hypothesis")
      const contrast = { label: "c", left: "old", right: "new", operation: "difference" }
      const turned = { ...lookingStudy, hypotheses: [{ ...hypothesis, contrast }] }
      const run = yield* runStudy(turned, { conditionRunner: withEffect(2) })
      const [row] = analysed(turned, run, yield* recordsOf(run), run.looks).confirmatory
      const look = run.looks.at(-1)
      expect(row?.result.estimate).toBe(-(look?.estimate ?? Number.NaN))
      expect(row?.result.interval).toMatchObject({
        low: -(look?.upper ?? Number.NaN),
        high: -(look?.lower ?? Number.NaN),
      })
    }).pipe(inMemory),
  )

  it.effect("makes looks that are not on record of the data, and says so", () =>
    Effect.gen(function* () {
      const run = yield* runStudy(lookingStudy, { conditionRunner: withEffect(2) })
      const records = yield* recordsOf(run)
      const [row] = analysed(lookingStudy, run, records).confirmatory
      expect(row?.result.p).toBe(run.looks.at(-1)?.p)
      const said = analysed(lookingStudy, run, records).deviations.map(({ message }) => message)
      expect(said.join("\n")).toContain("not on record")
    }).pipe(inMemory),
  )

  it.effect("has no p while the study has neither stopped nor ended, and notes tests that looks were not about", () =>
    Effect.gen(function* () {
      const [plan] = lookingStudy.analysisPlans
      if (plan === undefined) throw new Error("no plan")
      const study = { ...lookingStudy, analysisPlans: [{ ...plan, tests: ["welch_t", "mann_whitney"] as const }] }
      const run = yield* runStudy(study, {
        conditionRunner: withEffect(0),
        stop: { shouldStop: (replicates) => (replicates === 7 ? "enough" : undefined) },
      })
      const result = analysed(study, run, yield* recordsOf(run), run.looks)
      const [welch, ranks] = result.confirmatory
      expect([welch?.result.p, welch?.decision]).toEqual([null, "notTested"])
      expect(ranks?.result.notes.join()).toContain("not corrected for looks")
      expect(result.deviations.map(({ message }) => message).join("\n")).toContain("mann_whitney")
    }).pipe(inMemory),
  )
})

describe("the error of the whole procedure", () => {
  it.each([
    ["group_sequential", "obrien_fleming", 20],
    ["group_sequential", "pocock", 20],
    ["always_valid", undefined, 30],
  ] as const)(
    "2000 studies without an effect stop as often as alpha says, or less: %s %s",
    (rule, spending, replicates) => {
      const study = looking({ heddle: { stopping: { rule, ...(spending === undefined ? {} : { spending }) } } })
      const made = Result.getOrThrow(StoppingRule.make(study, replicates))
      if (made === undefined) throw new Error("no rule")
      let stopped = 0
      for (let seed = 0; seed < 2000; seed++)
        if (runRule(made, { left: [0], right: [0] }, 1, 0, seed).stopped) stopped++
      const { high, low } = clopperPearson(stopped, 2000, 0.999)
      expect(low).toBeLessThan(0.05)
      // An always-valid rule that ends somewhere spends less than its level.
      if (rule === "group_sequential") expect(high).toBeGreaterThan(0.05)
    },
  )
})
