/**
 * Handler of `heddle experiments export`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import { Ledger } from "@heddle/core/Ledger"
import * as ArtifactsNode from "@heddle/experiments/node/ArtifactsNode"
import { paramsOf } from "@heddle/experiments/StudyPlan"
import * as Effect from "effect/Effect"
import { resolve } from "node:path"
import { Cli } from "../../runtime/Cli.ts"
import { CommandError } from "../../runtime/CommandError.ts"
import { experimentOf, layerImports } from "../../runtime/experiments/experiment.ts"
import { exportAgain } from "../../runtime/experiments/exportAgain.ts"
import { holdFolder, outputFolderOf, refuseOccupied } from "../../runtime/experiments/studyExport.ts"
import { takeUp, wordsOf } from "../../runtime/experiments/takenUp.ts"
import { nothingFound } from "../../runtime/findRun.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { withExistingLedger } from "../../runtime/workspace.ts"

export const handler: Handler = Effect.gen(function* () {
  const { invocation, output, settings: given } = yield* Cli
  return yield* withExistingLedger(
    Effect.gen(function* () {
      const words = wordsOf(invocation.positionals)
      const taken = yield* takeUp(words, { unfinishedFirst: false, preferKept: true })
      const { before, cwd, run, settings, source } = taken
      const experiment = yield* experimentOf(source, before ?? taken.study, settings, cwd)
      const { prepared, study } = experiment
      yield* sameRuns(
        run.runId,
        prepared.plan.units.map(({ id }) => id),
        paramsOf(prepared.plan)?.studyId,
      )
      const out = given.text("out")
      const folder =
        out !== undefined ? resolve(out) : (taken.folder ?? (yield* outputFolderOf(study, settings, process.cwd())))
      yield* refuseOccupied(folder, study, {
        runId: run.runId,
        replace: given.boolean("again") || (out === undefined && folder === taken.folder),
      })
      const artifacts = yield* holdFolder(
        folder,
        Effect.provide(exportAgain({ experiment, folder, run, settings }), ArtifactsNode.layerDurable),
      )
      for (const { bytes, path, sha256 } of artifacts) {
        if (output.json) {
          yield* output.line({ type: "artifact", runId: run.runId, path: resolve(folder, path), bytes, sha256 })
        } else yield* output.data(`${resolve(folder, path)}\n`)
      }
      yield* output.note(`${artifacts.length} files of run ${run.runId}: ${folder}`)
      return ExitCode.ok
    }),
    () => Effect.fail(nothingFound({})),
    { writes: true },
  )
}).pipe(Effect.provide(layerImports))

/** A study that says other runs than those of the ledger would give files with holes in them. */
const sameRuns = Effect.fnUntraced(function* (
  runId: string,
  planned: ReadonlyArray<string>,
  studyId: string | undefined,
) {
  const ledger = yield* Ledger
  const stored = yield* ledger.getPlan(runId)
  const known = new Set(planned)
  const lost = stored.units.filter(({ id }) => !known.has(id)).length
  if (lost === 0 && stored.units.length === planned.length) return
  return yield* new CommandError({
    tag: "OtherStudy",
    problem: `the study ${studyId ?? ""} as it is now has other runs than run ${runId}: ${lost} of that run's ${stored.units.length} are not among its ${planned.length}; nothing was written`,
    hints: [`with the study that was kept when it began: heddle experiments export ${runId}`],
    code: ExitCode.refused,
  })
})
