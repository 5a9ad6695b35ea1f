/**
 * Handler of `heddle studies plan`.
 *
 * @layer app
 * @module
 */
import { StudyOrchestrator } from "@heddle/studies/StudyOrchestrator"
import * as Effect from "effect/Effect"
import { Cli } from "../../runtime/Cli.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { paramsOf } from "../../runtime/params.ts"
import { findPipeline, pipelineDefault } from "../../runtime/pipelines.ts"
import { layerOrchestrator, requireCredentials } from "../../runtime/registry.ts"
import { selectionOf } from "../../runtime/selection.ts"
import { showPlan } from "../../runtime/showPlan.ts"

export const handler: Handler = Effect.gen(function* () {
  const { settings } = yield* Cli
  yield* requireCredentials
  const pipeline = yield* findPipeline(settings.text("pipeline") ?? pipelineDefault)
  const params = yield* paramsOf(settings.list("param"))
  // The client is made behind the checks: a credential that is missing is told in their words.
  return yield* Effect.gen(function* () {
    const orchestrator = yield* StudyOrchestrator
    const plan = yield* orchestrator.plan(pipeline, {
      ...selectionOf(settings),
      ...(params === undefined ? {} : { params }),
    })
    return yield* showPlan(pipeline, plan)
  }).pipe(Effect.provide(layerOrchestrator))
})
