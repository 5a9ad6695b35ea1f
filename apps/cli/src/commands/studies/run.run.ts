/**
 * Handler of `heddle studies run`.
 *
 * @layer app
 * @module
 */
import { StudyOrchestrator } from "@heddle/studies/StudyOrchestrator"
import { StudyRegistry } from "@heddle/studies/StudyRegistry"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Begun from "../../runtime/begun.ts"
import { Cli } from "../../runtime/Cli.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { findPipeline, pipelineDefault } from "../../runtime/pipelines.ts"
import { paramsOf } from "../../runtime/params.ts"
import { checkLoads, layerPlacement } from "../../runtime/placement.ts"
import { layerOrchestrator, requireCredentials } from "../../runtime/registry.ts"
import { endEmpty, selectionOf } from "../../runtime/selection.ts"
import { serverOf } from "../../runtime/server.ts"
import { layerSinkOf } from "../../runtime/sinks.ts"
import { environment } from "../../runtime/conduct.ts"
import { conductStudies } from "../../runtime/studiesRun.ts"
import { checkKeys } from "../../runtime/studyKeys.ts"
import { refuseExisting, valuesPlaces } from "../../runtime/valuesFile.ts"
import { layerWorkspace } from "../../runtime/workspace.ts"

export const handler: Handler = Effect.gen(function* () {
  const cli = yield* Cli
  const { settings } = cli
  yield* requireCredentials
  const word = settings.text("pipeline") ?? pipelineDefault
  const pipeline = yield* findPipeline(word)
  const params = yield* paramsOf(settings.list("param"))
  const out = settings.text("out")
  if (out !== undefined) yield* refuseExisting(out)
  const places = { ...valuesPlaces(out), ...serverOf(settings) }
  const seed = settings.text("seed")
  return yield* Effect.gen(function* () {
    const orchestrator = yield* StudyOrchestrator
    const runId = yield* Begun.newRunId()
    yield* checkLoads(pipeline)
    const selection = selectionOf(settings)
    const plan = yield* orchestrator.plan(pipeline, { ...selection, ...(params === undefined ? {} : { params }) })
    const warnings = yield* checkKeys(plan.selection)
    const empty = yield* endEmpty(plan.selection, (yield* StudyRegistry).location, warnings)
    if (empty !== undefined) return empty
    yield* Begun.write(runId, { ...places, ...Begun.studiesDetails(plan, plan.plan.params) }, environment)
    return yield* conductStudies({
      runId,
      title: word,
      execute: (options) =>
        orchestrator.executePlan(pipeline, plan, {
          ...selection,
          ...options,
          runId,
          details: { ...places },
          ...(seed === undefined ? {} : { seed }),
        }),
      values: out,
      warnings,
    })
  }).pipe(
    Effect.provide(
      Layer.mergeAll(layerOrchestrator, layerSinkOf(settings), layerPlacement(cli, pipeline)).pipe(
        Layer.provideMerge(layerWorkspace(settings.workspace)),
      ),
    ),
  )
})
