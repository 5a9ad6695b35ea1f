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
import * as Begun from "../../runtime/begun.ts"
import { Cli } from "../../runtime/Cli.ts"
import { CommandError } from "../../runtime/CommandError.ts"
import { findRun, nothingFound } from "../../runtime/findRun.ts"
import { holdFolder } from "../../runtime/outputFolder.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { findStoredPipeline } from "../../runtime/pipelines.ts"
import { layerPlacement } from "../../runtime/placement.ts"
import { layerOver, requireCredentials } from "../../runtime/registry.ts"
import { formatOf, layerSink, layerSinkOf } from "../../runtime/sinks.ts"
import { resumedOn, serverOf } from "../../runtime/server.ts"
import { environment } from "../../runtime/conduct.ts"
import { conductStudies } from "../../runtime/studiesRun.ts"
import { resumedValues, valuesPlaces } from "../../runtime/valuesFile.ts"
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
      const { params, units } = yield* ledger.getPlan(run.runId)
      const stored = textIn(params, "pipeline") ?? ""
      const moved = settings.get("pipeline")?.source === "--pipeline" ? settings.text("pipeline") : undefined
      const pipeline = yield* findStoredPipeline(stored, moved)
      // Files go where the run was told to put them, whatever the settings say now.
      const own = member(params, "params")
      const folder = textIn(own, "out")
      const sink = folder === undefined ? layerSinkOf(settings) : layerSink(formatOf(textIn(own, "format")), folder)
      const given = settings.text("out")
      if (given !== undefined && folder !== undefined) {
        return yield* new CommandError({
          tag: "UsageError",
          problem: "an extract writes its files where it was told to; --out is for the values of other runs",
          hints: [`heddle studies resume ${run.runId}`],
          code: ExitCode.usage,
        })
      }
      const out = folder === undefined ? yield* resumedValues(run.runId, given) : undefined
      const places = folder === undefined ? valuesPlaces(out) : { outputFolder: folder }
      const before = yield* Begun.read(run.runId)
      const resumedCli = yield* resumedOn(cli, run.runId, before?.details)
      const server = serverOf(resumedCli.settings)
      // Whether the registry is asked is said anew each time, as the receipt of this session says it.
      const { noRegistry, ...kept } = before?.details ?? {}
      void noRegistry
      const resuming = Effect.gen(function* () {
        const orchestrator = yield* StudyOrchestrator
        // Where the values go now; the selection stays as it was made.
        yield* Begun.write(run.runId, { ...kept, ...places, ...server }, environment)
        return yield* conductStudies({
          runId: run.runId,
          title: stored,
          execute: (options) =>
            orchestrator.resume(run.runId, pipeline, {
              ...options,
              retryFailed: settings.boolean("retry-failed"),
              details: { ...places, ...server },
            }),
          values: out,
        })
      })
      return yield* (folder === undefined ? resuming : holdFolder(folder, resuming)).pipe(
        Effect.provide([
          layerOver(settings.boolean("no-registry") ? units.map((unit) => unit.id) : undefined),
          sink,
          layerPlacement(cli, pipeline),
        ]),
        Effect.provideService(Cli, resumedCli),
      )
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

const member = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined

const textIn = (value: unknown, name: string): string | undefined => {
  const found = member(value, name)
  return typeof found === "string" ? found : undefined
}
