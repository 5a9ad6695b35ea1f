/**
 * Handler of `heddle studies run`.
 *
 * @layer app
 * @module
 */
import * as Runner from "@heddle/core/Runner"
import { StudyOrchestrator } from "@heddle/studies/StudyOrchestrator"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Cli } from "../../runtime/Cli.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { findPipeline, pipelineDefault } from "../../runtime/pipelines.ts"
import { checkLoads, layerPlacement } from "../../runtime/placement.ts"
import { layerOrchestrator, requireCredentials } from "../../runtime/registry.ts"
import { selectionOf } from "../../runtime/selection.ts"
import { layerSinkOf } from "../../runtime/sinks.ts"
import { conduct } from "../../runtime/studiesRun.ts"
import { exportValues, refuseExisting, valuesDetails } from "../../runtime/valuesFile.ts"
import { layerWorkspace } from "../../runtime/workspace.ts"

export const handler: Handler = Effect.gen(function* () {
  const cli = yield* Cli
  const { settings } = cli
  yield* requireCredentials
  const word = settings.text("pipeline") ?? pipelineDefault
  const pipeline = yield* findPipeline(word)
  const out = settings.text("out")
  if (out !== undefined) yield* refuseExisting(out)
  const seed = settings.text("seed")
  return yield* Effect.gen(function* () {
    const orchestrator = yield* StudyOrchestrator
    yield* checkLoads(pipeline)
    const selection = selectionOf(settings)
    const plan = yield* orchestrator.plan(pipeline, selection)
    const runId = settings.text("run-id") ?? (yield* Runner.makeRunId)
    return yield* conduct({
      runId,
      title: word,
      execute: (options) =>
        orchestrator.executePlan(pipeline, plan, {
          ...selection,
          ...options,
          runId,
          ...valuesDetails(out),
          ...(seed === undefined ? {} : { seed }),
        }),
      ...(out === undefined ? {} : { afterwards: () => exportValues(runId, out) }),
    })
  }).pipe(
    Effect.provide(
      Layer.mergeAll(layerOrchestrator, layerSinkOf(settings), layerPlacement(cli, pipeline)).pipe(
        Layer.provideMerge(layerWorkspace(settings.workspace)),
      ),
    ),
  )
})
