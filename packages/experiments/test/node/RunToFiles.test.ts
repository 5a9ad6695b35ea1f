import { describe, expect, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as ArtifactsNode from "../../src/node/ArtifactsNode.ts"
import type { RunRequest } from "../../src/RunBinding.ts"
import { resumeStudy, runStudy, type RunStudyOptions } from "../../src/StudyRunner.ts"
import { fixtureText } from "../fixtures.ts"
import { smallAgent, smallProblems, smallStudy, studyOf } from "../runStudies.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heddle-run-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
)

const filesOf = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]),
  )

const files = Effect.provide([ArtifactsNode.layer, LedgerMemory.layer()])

describe("from a study to its files", () => {
  it.effect("AC-15, AC-16: run in compatibility, the small study's files equal the predecessor's byte for byte", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* TestClock.setTime(Date.UTC(2026, 0, 2, 3, 4, 5))
      let readings = 0
      yield* runStudy(smallStudy, {
        agentBindings: { alpha: smallAgent },
        problemRegistry: smallProblems,
        compatibility: true,
        stopwatch: () => 0.25 * readings++,
        folder,
      })
      const written = filesOf(folder)
      for (const name of [
        "study.yaml",
        "manifest.json",
        "conditions.csv",
        "runs.csv",
        "events.csv",
        "evaluations.csv",
        "hypotheses.json",
        "analysis_plan.json",
      ]) {
        expect(`${name}\n${written.get(name) ?? "missing"}`).toBe(`${name}\n${fixtureText(`small_study/${name}`)}`)
      }
    }).pipe(Effect.scoped, files),
  )

  const study = studyOf(6, { runBudget: { replicates: 2 } })
  const options = (parallelism: number): RunStudyOptions => ({
    parallelism,
    runId: "one-name",
    conditionRunner: ({ factors, random }: RunRequest) =>
      Effect.gen(function* () {
        // Later conditions are faster; the order of finishing is turned around.
        for (let turn = 0; turn < 7 - Number(factors["x"]); turn++) yield* Effect.yieldNow
        return { outputs: { draw: random.next() }, metrics: { half: Number(factors["x"]) / 2 } }
      }),
  })

  it.effect(
    "AC-25: at parallelism 4, with later runs faster, the files equal those of a serial run byte for byte",
    () =>
      Effect.gen(function* () {
        const [serial, parallel] = [yield* temporary, yield* temporary]
        yield* runStudy(study, { ...options(1), folder: serial }).pipe(Effect.provide(LedgerMemory.layer()))
        yield* runStudy(study, { ...options(4), folder: parallel }).pipe(Effect.provide(LedgerMemory.layer()))
        expect(filesOf(serial).size).toBeGreaterThan(6)
        expect([...filesOf(parallel)]).toEqual([...filesOf(serial)])
      }).pipe(Effect.scoped, files),
  )

  it.effect("AC-39: a resume of a finished study changes no byte", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* runStudy(study, { ...options(2), folder })
      const before = [...filesOf(folder)]
      const { runId: _, ...rest } = options(2)
      yield* TestClock.adjust("1 hour")
      yield* resumeStudy(study, { ...rest, folder })
      expect([...filesOf(folder)]).toEqual(before)
    }).pipe(Effect.scoped, files),
  )
})
