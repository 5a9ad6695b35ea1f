/**
 * Handler of `heddle experiments run`.
 *
 * @layer app
 * @module
 */
import { resolve } from "node:path"
import { ExitCode } from "@heddle/core/ExitCode"
import * as ArtifactsNode from "@heddle/experiments/node/ArtifactsNode"
import { InvalidStudy } from "@heddle/experiments/ExperimentError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Begun from "../../runtime/begun.ts"
import { Cli } from "../../runtime/Cli.ts"
import { environment } from "../../runtime/conduct.ts"
import {
  experimentOf,
  findings,
  layerImports,
  layerPlacement,
  readSource,
  refuseMissing,
} from "../../runtime/experiments/experiment.ts"
import { conductExperiment, detailsOf } from "../../runtime/experiments/experimentRun.ts"
import * as StoredStudy from "../../runtime/experiments/storedStudy.ts"
import { holdFolder, outputFolderOf, refuseOccupied, refuseRepeated } from "../../runtime/experiments/studyExport.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { layerWorkspace } from "../../runtime/workspace.ts"

export const handler: Handler = Effect.gen(function* () {
  const cli = yield* Cli
  const { invocation, output, settings } = cli
  const cwd = process.cwd()
  const file = invocation.positionals[0] ?? ""
  const { source, study: written } = yield* readSource(file)
  const experiment = yield* experimentOf(source, written, settings, cwd)
  const { prepared, study } = experiment
  yield* refuseMissing(experiment)
  const { errors, warnings } = findings(experiment)
  if (errors.length > 0) return yield* new InvalidStudy({ source: file, issues: errors, count: errors.length })
  const folder = yield* outputFolderOf(study, settings, cwd)
  if (settings.boolean("dry-run")) {
    const { plan, planned } = prepared
    for (const warning of warnings) yield* output.note(`warning: ${warning}`)
    if (output.json) {
      yield* output.line({
        type: "dryRun",
        studyId: study.studyId,
        valid: true,
        planned: planned.runs.length,
        planHash: plan.hash,
      })
    } else {
      yield* output.data(
        `${file}: ${study.studyId} can be run, ${planned.runs.length} runs; nothing was run or written\n`,
      )
    }
    return ExitCode.ok
  }
  return yield* Effect.gen(function* () {
    const again = settings.boolean("again")
    const runId = yield* Begun.newRunId()
    if (!again) yield* refuseRepeated(cli, study, prepared)
    return yield* holdFolder(
      folder,
      Effect.gen(function* () {
        yield* refuseOccupied(folder, study, { runId: undefined, replace: again })
        const details = detailsOf(settings.workspace, experiment, folder)
        // Said before anything is paid for, and again at the end, where it is seen.
        for (const warning of warnings) yield* output.note(`warning: ${warning}`)
        yield* Begun.write(runId, details, environment)
        yield* StoredStudy.write(runId, { file: resolve(cwd, file), source, settings, cwd })
        return yield* conductExperiment({ experiment, settings, runId, folder, details, warnings })
      }),
    )
  }).pipe(
    Effect.provide(
      Layer.mergeAll(ArtifactsNode.layerDurable, layerPlacement(cli, settings, experiment.bound)).pipe(
        Layer.provideMerge(layerWorkspace(settings.workspace)),
      ),
    ),
  )
}).pipe(Effect.provide(layerImports))
