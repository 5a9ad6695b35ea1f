/**
 * One side of a comparison: a study file, the folder of a study, or a run of the ledger, as the same few facts. Times and
 * latencies are left out: they differ between any two runs.
 *
 * @layer app
 * @module
 */
import { existsSync, statSync } from "node:fs"
import { join, resolve } from "node:path"
import * as DurableNode from "@heddle/core/node/DurableNode"
import { checkArtifacts } from "@heddle/experiments/ArtifactsCheck"
import type { Study } from "@heddle/experiments/Study"
import { readManifest, readStudyFolder } from "@heddle/experiments/StudyFolder"
import { assignmentText } from "@heddle/experiments/StudyPlan"
import * as StudyRecords from "@heddle/experiments/StudyRecords"
import { measure } from "@heddle/experiments/StudyTables"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Cli } from "../Cli.ts"
import { nothingFound } from "../findRun.ts"
import { withExistingLedger } from "../workspace.ts"
import { experimentOf, readSource } from "./experiment.ts"
import { loadStudy } from "./studyFile.ts"
import { recordedOf } from "./recorded.ts"
import { isStudyFile, takeUp } from "./takenUp.ts"

/** How a run ended, where it has been run. */
export interface ComparedRun {
  readonly status: string
  readonly measures: ReadonlyMap<string, number | null>
}

/** What is compared. */
export interface Compared {
  readonly name: string
  readonly study: Study
  /** Conditions by id, each with its values in words. */
  readonly conditions: ReadonlyMap<string, string>
  /** Runs by id; `planned` for those of a study file. */
  readonly runs: ReadonlyMap<string, ComparedRun>
}

/** Measures that are no result. */
const clockMeasures: ReadonlySet<string> = new Set(["latency_s"])

const ofFile = Effect.fnUntraced(function* (name: string) {
  const { settings } = yield* Cli
  const { source, study } = yield* readSource(name)
  const { prepared } = yield* experimentOf(source, study, settings, process.cwd())
  const compared: Compared = {
    name,
    study,
    conditions: new Map(prepared.conditions.map((condition) => [condition.conditionId, assignmentText(condition)])),
    runs: new Map(prepared.planned.runs.map(({ runId }) => [runId, { status: "planned", measures: new Map() }])),
  }
  return compared
})

const ofFolder = Effect.fnUntraced(function* (name: string) {
  const folder = resolve(name)
  // Files that were changed behind the manifest's back are not the study's results.
  if ((yield* readManifest(folder)).has("heddle")) yield* checkArtifacts(folder)
  const { study } = yield* loadStudy(join(folder, "study.yaml"))
  const tables = yield* readStudyFolder(folder)
  const measures = new Map<string, Map<string, number | null>>()
  for (const { metricName, metricValue, runId, source } of tables.metrics) {
    if (clockMeasures.has(metricName)) continue
    const own = measures.get(runId) ?? new Map<string, number | null>()
    own.set(source === "run" ? metricName : `${metricName} (${source})`, metricValue)
    measures.set(runId, own)
  }
  const compared: Compared = {
    name,
    study,
    conditions: new Map(
      tables.conditions.map(({ blocks, conditionId, factors }) => [
        conditionId,
        assignmentText({
          conditionId,
          factorAssignments: factors,
          blockAssignments: blocks,
          metadata: new Map(),
          admissible: true,
          constraintMessages: [],
        }),
      ]),
    ),
    runs: new Map([
      ...tables.runs.map(({ runId }): [string, ComparedRun] => [
        runId,
        { status: "success", measures: measures.get(runId) ?? new Map() },
      ]),
      ...tables.excluded.map(({ runId, status }): [string, ComparedRun] => [runId, { status, measures: new Map() }]),
    ]),
  }
  return compared
})

const ofRun = Effect.fnUntraced(function* (name: string) {
  return yield* withExistingLedger(
    Effect.gen(function* () {
      const taken = yield* takeUp({ runId: name, file: undefined }, { unfinishedFirst: false, preferKept: true })
      const { prepared, study } = yield* recordedOf(taken, taken.before ?? taken.study)
      const runs = new Map<string, ComparedRun>()
      yield* Stream.runForEach(
        StudyRecords.records(prepared.planned.runs, taken.run.runId),
        ({ outcome, result, runSpec }) =>
          Effect.sync(() => {
            const done = outcome === "succeeded" || outcome === "reused"
            const measures = new Map<string, number | null>()
            for (const [metric, value] of done ? (result?.metrics ?? []) : []) {
              if (!clockMeasures.has(metric)) measures.set(metric, measure(value))
            }
            for (const { aggregationLevel, evaluatorId, metricName, metricValue } of done
              ? (result?.evaluatorOutputs ?? [])
              : []) {
              if (aggregationLevel !== "run" && aggregationLevel !== "") continue
              measures.set(`${metricName} (evaluator:${evaluatorId})`, measure(metricValue))
            }
            runs.set(runSpec.runId, { status: done ? "success" : outcome, measures })
          }),
      )
      const compared: Compared = {
        name,
        study,
        conditions: new Map(prepared.conditions.map((condition) => [condition.conditionId, assignmentText(condition)])),
        runs,
      }
      return compared
    }),
    () => Effect.fail(nothingFound({ kind: "experiments" })),
  )
})

/** Reads one side by what its word names. */
export const comparedOf = Effect.fn("compared.comparedOf")(function* (name: string) {
  const path = resolve(name)
  if (existsSync(path) && statSync(path).isDirectory()) {
    return yield* Effect.provide(ofFolder(name), DurableNode.layer)
  }
  return isStudyFile(name) ? yield* ofFile(name) : yield* ofRun(name)
})
