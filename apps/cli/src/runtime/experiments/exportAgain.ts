/**
 * The files of a study's run written again from the ledger, with a receipt that has their hashes where the run has ended.
 *
 * @layer app
 * @module
 */
import { resolve } from "node:path"
import type { Artifact } from "@heddle/core/Durable"
import { Durable } from "@heddle/core/Durable"
import type { RunSummary } from "@heddle/core/Ledger"
import { inspect } from "@heddle/experiments/ArtifactsCheck"
import * as Effect from "effect/Effect"
import type { Settings } from "../../config/Setting.ts"
import * as Begun from "../begun.ts"
import { findReceipt, writeReceipt } from "../receiptFiles.ts"
import { remake } from "../remadeReceipt.ts"
import type { Experiment } from "./experiment.ts"
import { exportStudy, ownerOf } from "./studyExport.ts"

/** Whether the folder has this run's files, and all of them are what its manifest says. */
export const isWhole = Effect.fn("exportAgain.isWhole")(function* (folder: string, runId: string) {
  const durable = yield* Durable
  if (!(yield* durable.exists(`${folder}/manifest.json`))) return false
  const owner = yield* ownerOf(folder)
  if (owner?.runId !== runId) return false
  const report = yield* Effect.orElseSucceed(inspect(folder), () => undefined)
  return report !== undefined && report.hashed && report.problems.length === 0
})

/** Writes them; the receipt is made anew where the files are where the run itself put them. */
export const exportAgain = Effect.fn("exportAgain.exportAgain")(function* (given: {
  readonly experiment: Experiment
  readonly folder: string
  readonly run: RunSummary
  readonly settings: Settings
}) {
  const { experiment, folder, run, settings } = given
  const { prepared, study } = experiment
  const { runId } = run
  const artifacts: ReadonlyArray<Artifact> = yield* exportStudy({ study, prepared, runId, folder, settings })
  const own = Begun.placesOf((yield* Begun.read(runId))?.details).outputFolder
  const ended = run.state !== "running" && run.state !== "unfinished"
  if (ended && own !== undefined && resolve(own) === resolve(folder) && (yield* findReceipt(runId)) !== undefined) {
    const { receipt, units } = yield* remake(run)
    yield* writeReceipt({ ...receipt, artifacts }, units)
  }
  return artifacts
})
