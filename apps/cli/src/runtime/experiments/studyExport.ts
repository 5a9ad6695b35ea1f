/**
 * The folder of a study, written from the ledger: after a run, however it ended, and again whenever it is asked for.
 *
 * @layer app
 * @module
 */
import { isAbsolute, relative, resolve } from "node:path"
import type { Artifact } from "@heddle/core/Durable"
import { Durable, type DurableError } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import * as Lease from "@heddle/core/Lease"
import { Ledger, type LedgerError, type RunSummary } from "@heddle/core/Ledger"
import { Artifacts } from "@heddle/experiments/Artifacts"
import type { ArtifactsError } from "@heddle/experiments/ExperimentError"
import { leaseKey } from "@heddle/experiments/node/ArtifactsNode"
import { readManifest } from "@heddle/experiments/StudyFolder"
import * as StudyLooks from "@heddle/experiments/StudyLooks"
import * as StudyRecords from "@heddle/experiments/StudyRecords"
import type { Study } from "@heddle/experiments/Study"
import { isMap } from "@heddle/experiments/Value"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Settings } from "../../config/Setting.ts"
import { type CliShape } from "../Cli.ts"
import { CommandError } from "../CommandError.ts"
import { environment } from "../conduct.ts"
import { usable } from "../outputFolder.ts"
import { paste, shellWord } from "../paste.ts"
import type { Prepared } from "./experiment.ts"

/** Runs of the ledger that are looked through for one of a study. */
export const runsSearchedMax = 10_000

/** Where the files go: `--out`, else the study's own folder below the present one. */
export const outputFolderOf = (study: Study, settings: Settings, cwd: string): Effect.Effect<string, CommandError> => {
  const out = settings.text("out")
  if (out !== undefined) return Effect.succeed(resolve(cwd, out))
  const folder = resolve(cwd, study.outputDir)
  const below = relative(cwd, folder)
  if (!isAbsolute(study.outputDir) && below !== "" && !below.startsWith("..") && !isAbsolute(below)) {
    return Effect.succeed(folder)
  }
  return Effect.fail(
    new CommandError({
      tag: "OutputOutside",
      problem: `the study's output_dir ${JSON.stringify(study.outputDir)} is not below the present folder; only you say where else files go`,
      hints: [`--out ${shellWord(study.outputDir)}`],
      code: ExitCode.usage,
    }),
  )
}

/** What the folder holds: nothing of a study, or files of a study's run. */
export const ownerOf = Effect.fn("studyExport.ownerOf")(function* (
  folder: string,
): Effect.fn.Return<
  { readonly studyId: string | undefined; readonly runId: string | undefined } | undefined,
  DurableError,
  Durable
> {
  const durable = yield* Durable
  if (!(yield* durable.exists(`${folder}/manifest.json`))) return undefined
  const manifest = yield* Effect.orElseSucceed(readManifest(folder), () => undefined)
  const studyId = manifest?.get("study_id")
  const section = manifest?.get("heddle")
  const runId = isMap(section) ? section.get("ledger_run_id") : undefined
  return {
    studyId: typeof studyId === "string" ? studyId : undefined,
    runId: typeof runId === "string" ? runId : undefined,
  }
})

/** Refuses (exit code 6) a folder of another study, and, unless it may be replaced, one that holds another run's files. */
export const refuseOccupied = Effect.fn("studyExport.refuseOccupied")(function* (
  folder: string,
  study: Study,
  options: { readonly runId: string | undefined; readonly replace: boolean },
): Effect.fn.Return<void, CommandError | DurableError, Durable> {
  const owner = yield* ownerOf(folder)
  if (owner === undefined) return
  const { runId, studyId } = owner
  if (studyId !== study.studyId) {
    return yield* new CommandError({
      tag: "ForeignFolder",
      problem: `the folder ${folder} belongs to ${studyId === undefined ? "something that is no study" : `the study ${JSON.stringify(studyId)}`}, not to ${JSON.stringify(study.studyId)}; nothing was changed`,
      hints: [
        "name another folder: --out FOLDER",
        `or move it away: mv ${shellWord(folder)} ${shellWord(`${folder}.old`)}`,
      ],
      code: ExitCode.refused,
    })
  }
  if (options.replace || (runId !== undefined && runId === options.runId)) return
  return yield* new CommandError({
    tag: "FolderInUse",
    problem: `the folder ${folder} holds the files of ${runId === undefined ? "an earlier run" : `run ${runId}`} of this study; nothing was changed`,
    hints: [
      "write beside it: --out FOLDER",
      ...(runId === undefined ? [] : [`go on with that run: heddle experiments resume ${runId}`]),
      "replace its files: --again",
    ],
    code: ExitCode.refused,
  })
})

/** Runs of this study in the ledger, newest first. */
export const runsOf = Effect.fn("studyExport.runsOf")(function* (
  studyId: string,
): Effect.fn.Return<ReadonlyArray<RunSummary>, LedgerError, Ledger> {
  const ledger = yield* Ledger
  const runs = yield* ledger.listRuns({ kind: "experiments", limit: runsSearchedMax })
  // The seed of a study's run says which study it is.
  return runs.filter(({ seed }) => seed.slice(0, Math.max(0, seed.lastIndexOf(":"))) === studyId)
})

/** Refuses (exit code 6) to begin where this very plan was run before: what is finished is not repeated in silence. */
export const refuseRepeated = Effect.fn("studyExport.refuseRepeated")(function* (
  cli: CliShape,
  study: Study,
  prepared: Prepared,
): Effect.fn.Return<void, CommandError | LedgerError, Ledger> {
  const before = (yield* runsOf(study.studyId)).find(
    ({ counts, planHash }) => planHash === prepared.plan.hash && counts.succeeded + counts.reused > 0,
  )
  if (before === undefined) return
  const { counts, runId, state } = before
  const done = counts.succeeded + counts.reused
  return yield* new CommandError({
    tag: "AlreadyRun",
    problem: `run ${runId} has ${state === "succeeded" ? "finished this plan" : `${done} of this plan's ${counts.planned} runs`}; nothing is repeated unasked`,
    hints: [
      state === "succeeded"
        ? `write its files again: ${paste(cli, "experiments", "export", runId)}`
        : `go on with it: ${paste(cli, "experiments", "resume", runId)}`,
      "run everything once more: --again",
    ],
    code: ExitCode.refused,
  })
})

/** Writes the folder. Gives what was written; the paths are relative to it. */
export const exportStudy = Effect.fn("studyExport.exportStudy")(function* (given: {
  readonly study: Study
  readonly prepared: Pick<Prepared, "conditions" | "design" | "plan" | "planned">
  readonly runId: string
  readonly folder: string
  readonly settings: Settings
}): Effect.fn.Return<ReadonlyArray<Artifact>, ArtifactsError | DurableError | LedgerError, Artifacts | Ledger> {
  const { folder, prepared, runId, settings, study } = given
  const artifacts = yield* Artifacts
  const ledger = yield* Ledger
  const compatibility = settings.boolean("compatibility")
  const looks = study.heddle.stopping === undefined ? [] : yield* StudyLooks.looks(runId)
  const records = StudyRecords.records(prepared.planned.runs, runId, { compatibility })
  return yield* artifacts.export({
    study,
    conditions: prepared.conditions,
    ...(prepared.design === undefined ? {} : { design: prepared.design }),
    records: Stream.provideService(records, Ledger, ledger),
    folder,
    ledgerRunId: runId,
    planHash: prepared.plan.hash,
    looks,
    includeSqlite: settings.boolean("sqlite"),
    includeParquet: settings.boolean("parquet"),
    compatibility,
    environment,
  })
})

/**
 * Runs an Effect while the folder is this process's alone. It is made and written to first, so that no run is paid for
 * whose files have no place (exit code 5); fails with `LeaseHeld` (exit code 11) where another run or
 * export of this workspace writes to it.
 */
export const holdFolder = <A, E, R>(folder: string, effect: Effect.Effect<A, E, R>) =>
  Effect.scoped(
    Effect.gen(function* () {
      yield* usable(folder)
      // The export itself holds the folder's own key, for a moment; this one is held from before the first run.
      const lease = yield* Lease.hold(`output of ${leaseKey(folder)}`)
      return yield* Effect.raceFirst(effect, lease.lost)
    }),
  )
