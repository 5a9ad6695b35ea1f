/**
 * Handler of `heddle experiments export`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as ArtifactsNode from "@heddle/experiments/node/ArtifactsNode"
import * as Effect from "effect/Effect"
import { resolve } from "node:path"
import { Cli, type CliShape } from "../../runtime/Cli.ts"
import { CommandError } from "../../runtime/CommandError.ts"
import { exportAgain } from "../../runtime/experiments/exportAgain.ts"
import { recordedOf } from "../../runtime/experiments/recorded.ts"
import { holdFolder, outputFolderOf, refuseOccupied } from "../../runtime/experiments/studyExport.ts"
import { takeUp, wordsOf } from "../../runtime/experiments/takenUp.ts"
import { nothingFound } from "../../runtime/findRun.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { paste } from "../../runtime/paste.ts"
import { withExistingLedger } from "../../runtime/workspace.ts"
import { sameNamedInside } from "../../runtime/workspacePlaces.ts"

export const handler: Handler = Effect.gen(function* () {
  const cli = yield* Cli
  const { invocation, output, settings: given } = cli
  return yield* withExistingLedger(
    Effect.gen(function* () {
      const words = wordsOf(invocation.positionals)
      const taken = yield* takeUp(words, { unfinishedFirst: false, preferKept: true })
      const { run, settings } = taken
      const { lost, prepared, study } = yield* recordedOf(taken, taken.before ?? taken.study)
      const recorded = prepared.plan.units.length
      // A study that says other runs than those of the ledger would give files with holes in them.
      if (lost > 0 || recorded !== prepared.planned.runs.length) {
        return yield* new CommandError({
          tag: "OtherStudy",
          problem: `the study ${study.studyId} as it is now has other runs than run ${run.runId}: ${lost} of that run's ${recorded} are not among its ${prepared.planned.runs.length}; nothing was written`,
          hints: [`with the study that was kept when it began: heddle experiments export ${run.runId}`],
          code: ExitCode.refused,
        })
      }
      const out = given.text("out")
      const folder =
        out !== undefined ? resolve(out) : (taken.folder ?? (yield* outputFolderOf(study, settings, process.cwd())))
      if (out === undefined) yield* refuseOtherCopy(cli, run.runId, folder)
      yield* refuseOccupied(folder, study, {
        runId: run.runId,
        replace: given.boolean("again") || (out === undefined && folder === taken.folder),
      })
      const artifacts = yield* holdFolder(
        folder,
        Effect.provide(
          exportAgain({ experiment: { study, prepared }, folder, run, settings }),
          ArtifactsNode.layerDurable,
        ),
      )
      for (const { bytes, path, sha256 } of artifacts) {
        if (output.json) {
          yield* output.line({ type: "artifact", runId: run.runId, path: resolve(folder, path), bytes, sha256 })
        } else yield* output.data(`${resolve(folder, path)}\n`)
      }
      yield* output.note(`${artifacts.length} files of run ${run.runId}: ${folder}`)
      return ExitCode.ok
    }),
    () => Effect.fail(nothingFound({ kind: "experiments" })),
    { writes: true },
  )
})

/** Files that were kept by an absolute path are not written into the project that this one is a copy of. */
const refuseOtherCopy = (cli: CliShape, runId: string, folder: string): Effect.Effect<void, CommandError> =>
  Effect.suspend(() => {
    const inside = sameNamedInside(cli.settings.workspace, folder)
    if (inside === undefined) return Effect.void
    return Effect.fail(
      new CommandError({
        tag: "OtherProject",
        problem: `run ${runId} wrote to ${folder}, outside of this workspace's project, which has ${inside}; nothing was written`,
        hints: [
          `into this project: ${paste(cli, "experiments", "export", runId, "--out", inside, "--again")}`,
          `where the run wrote: ${paste(cli, "experiments", "export", runId, "--out", folder, "--again")}`,
        ],
        code: ExitCode.refused,
      }),
    )
  })
