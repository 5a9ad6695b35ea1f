/**
 * The files of a study's run written again from the ledger, with a receipt that has their hashes where the run has ended.
 *
 * @layer app
 * @module
 */
import { resolve } from "node:path"
import type { Artifact } from "@heddle/core/Durable"
import { Durable } from "@heddle/core/Durable"
import { Ledger, type RunSummary } from "@heddle/core/Ledger"
import { inspect } from "@heddle/experiments/ArtifactsCheck"
import type { Study } from "@heddle/experiments/Study"
import * as Effect from "effect/Effect"
import type { Settings } from "../../config/Setting.ts"
import * as Begun from "../begun.ts"
import { Cli } from "../Cli.ts"
import { findReceipt, writeReceipt } from "../receiptFiles.ts"
import { remake } from "../remadeReceipt.ts"
import type { Prepared } from "./experiment.ts"
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
  readonly experiment: { readonly study: Study; readonly prepared: Pick<Prepared, "conditions" | "design" | "planned"> }
  readonly folder: string
  readonly run: RunSummary
  readonly settings: Settings
}) {
  const { experiment, folder, run, settings } = given
  const { study } = experiment
  const { runId } = run
  // Made with what the run was made with, whatever is bound to its names now.
  const prepared = { ...experiment.prepared, plan: yield* (yield* Ledger).getPlan(runId) }
  const artifacts: ReadonlyArray<Artifact> = yield* exportStudy({ study, prepared, runId, folder, settings })
  const cli = yield* Cli
  const own = Begun.placesOf(cli.settings.workspace, (yield* Begun.read(runId))?.details).outputFolder
  const ended = run.state !== "running" && run.state !== "unfinished"
  if (ended && own !== undefined && resolve(own) === resolve(folder)) {
    const before = yield* findReceipt(runId)
    const { receipt, units } = yield* remake(run, artifacts)
    // What it spent stands in no event, and is the same for the same sessions.
    const budgets = before?.sessions === run.sessions ? before.budgets : undefined
    yield* writeReceipt({ ...receipt, ...(budgets === undefined ? {} : { budgets }) }, units)
  }
  return artifacts
})
