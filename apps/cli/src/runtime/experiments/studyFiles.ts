/**
 * The files of a run in its study's folder: whether they are there, whole, the run's own and as new as the run, and how a
 * receipt lists them. A receipt never vouches for files that are not there.
 *
 * @layer app
 * @module
 */
import { type Artifact, Durable, type DurableError } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import type { RunSummary } from "@heddle/core/Ledger"
import { inspect } from "@heddle/experiments/ArtifactsCheck"
import { readManifest } from "@heddle/experiments/StudyFolder"
import * as Effect from "effect/Effect"
import * as Begun from "../begun.ts"
import { Cli } from "../Cli.ts"
import { CommandError } from "../CommandError.ts"
import { paste } from "../paste.ts"
import { findReceipt } from "../receiptFiles.ts"
import { ownerOf } from "./studyExport.ts"

/** Problems of files that a refusal names; all of them are counted. */
const problemsShownMax = 5

/** The files of the run as they are; none where the run was told no folder. Refuses what is not whole. */
export const filesOf = Effect.fn("studyFiles.filesOf")(function* (
  runId: string,
  folder: string | undefined,
  endedAtMs: number,
): Effect.fn.Return<ReadonlyArray<Artifact>, CommandError | DurableError, Cli | Durable> {
  if (folder === undefined) return []
  const cli = yield* Cli
  const again = paste(cli, "experiments", "resume", runId)
  const refused = (problem: string, hint: string, code: 6 | 12 = ExitCode.refused) =>
    new CommandError({
      tag: "FilesNotWhole",
      problem: `${problem}; no receipt was made, because it would vouch for files that nobody has`,
      hints: [hint],
      code,
    })
  const owner = yield* ownerOf(folder)
  if (owner === undefined) {
    return yield* refused(
      `the files of run ${runId} were not written: ${folder} has no manifest.json, with which every export ends`,
      again,
    )
  }
  // Files of the compatibility mode do not say of which run they are.
  if (owner.runId !== undefined && owner.runId !== runId) {
    return yield* refused(
      `${folder} holds the files of run ${owner.runId}, not of run ${runId}`,
      paste(cli, "experiments", "export", runId, "--out", "ELSEWHERE"),
    )
  }
  const { artifacts, problems } = yield* inspect(folder)
  if (problems.length > 0) {
    const shown = problems.slice(0, problemsShownMax).map(({ path, problem }) => `${path}: ${problem}`)
    const more = problems.length - shown.length
    return yield* refused(
      `the files of run ${runId} in ${folder} are not whole: ${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
      again,
      ExitCode.mismatch,
    )
  }
  const manifest = yield* Effect.orElseSucceed(readManifest(folder), () => undefined)
  const writtenAt = manifest?.get("generated_at")
  const writtenAtMs = typeof writtenAt === "string" ? Date.parse(writtenAt) : Number.NaN
  // The manifest tells whole seconds.
  if (writtenAtMs < Math.floor(endedAtMs / 1_000) * 1_000) {
    return yield* refused(
      `the files of run ${runId} in ${folder} were written before its last session ended, and may lack what that session did`,
      again,
    )
  }
  return artifacts
})

/** What became of the files of a run that has ended. */
export type HandedOver = "written" | "notWritten" | "gone" | "unknown"

/**
 * Whether a run that has ended has handed over its files: `notWritten` where its last session left no receipt, or one
 * without files, as a kill does; `gone` where the folder is not there or not sealed by its manifest any more; `unknown` for
 * a run that does not say where its files go.
 */
export const handedOver = Effect.fn("studyFiles.handedOver")(function* (
  run: RunSummary,
): Effect.fn.Return<{ readonly state: HandedOver; readonly folder: string | undefined }, DurableError, Cli | Durable> {
  const { settings } = yield* Cli
  const durable = yield* Durable
  const receipt = yield* findReceipt(run.runId)
  const details = (yield* Begun.read(run.runId))?.details ?? receipt?.details
  const folder = Begun.placesOf(settings.workspace, details).outputFolder
  if (folder === undefined) return { state: "unknown", folder }
  const told = receipt !== undefined && receipt.sessions === run.sessions && receipt.artifacts.length > 0
  if (!told) return { state: "notWritten", folder }
  return { state: (yield* durable.exists(`${folder}/manifest.json`)) ? "written" : "gone", folder }
})
