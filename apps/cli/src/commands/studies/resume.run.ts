/**
 * Handler of `heddle studies resume`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import { Ledger } from "@heddle/core/Ledger"
import { StudyOrchestrator } from "@heddle/studies/StudyOrchestrator"
import * as Effect from "effect/Effect"
import { Cli } from "../../runtime/Cli.ts"
import { findRun, nothingFound } from "../../runtime/findRun.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { builtInNames, findPipeline } from "../../runtime/pipelines.ts"
import { layerPlacement } from "../../runtime/placement.ts"
import { layerOrchestrator, requireCredentials } from "../../runtime/registry.ts"
import { conduct } from "../../runtime/studiesRun.ts"
import { exportValues, refuseExisting } from "../../runtime/valuesFile.ts"
import { withExistingLedger } from "../../runtime/workspace.ts"

const kind = "studies"

export const handler: Handler = Effect.gen(function* () {
  const cli = yield* Cli
  const { invocation, output, settings } = cli
  const resumed = withExistingLedger(
    Effect.gen(function* () {
      const ledger = yield* Ledger
      const run = yield* findRun(invocation.positionals[0], { kind, unfinished: true })
      yield* requireCredentials
      const stored = storedPipeline((yield* ledger.getPlan(run.runId)).params)
      const given = settings.get("pipeline")?.source === "--pipeline" ? settings.text("pipeline") : undefined
      const word = given ?? stored
      const pipeline = yield* findPipeline(word, builtInNames.includes(word) ? undefined : stored)
      const out = settings.text("out")
      if (out !== undefined) yield* refuseExisting(out)
      return yield* Effect.gen(function* () {
        const orchestrator = yield* StudyOrchestrator
        return yield* conduct({
          runId: run.runId,
          title: word,
          execute: (options) =>
            orchestrator.resume(run.runId, pipeline, { ...options, retryFailed: settings.boolean("retry-failed") }),
          ...(out === undefined ? {} : { afterwards: () => exportValues(run.runId, out) }),
        })
      }).pipe(Effect.provide(layerOrchestrator), Effect.provide(layerPlacement(cli, pipeline)))
    }),
    () => Effect.fail(nothingFound({ unfinished: true })),
    { writes: true },
  )
  if (!settings.boolean("allow-empty")) return yield* resumed
  return yield* Effect.catchIf(
    resumed,
    (error) => isNothing(error),
    () => Effect.as(output.note("nothing to resume"), ExitCode.ok),
  )
})

const isNothing = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "exitCode" in error && error.exitCode === ExitCode.nothing

const storedPipeline = (params: unknown): string =>
  typeof params === "object" && params !== null && "pipeline" in params ? String(params.pipeline) : ""
