/**
 * Handler of `heddle studies extract`.
 *
 * @layer app
 * @module
 */
import { resolve } from "node:path"
import { ExitCode } from "@heddle/core/ExitCode"
import { extract } from "@heddle/studies/pipelines/Extract"
import { StudyOrchestrator } from "@heddle/studies/StudyOrchestrator"
import { StudyRegistry } from "@heddle/studies/StudyRegistry"
import { Resource } from "@heddle/studies/StudyScope"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { nearest } from "../../cli/suggest.ts"
import * as Begun from "../../runtime/begun.ts"
import { Cli } from "../../runtime/Cli.ts"
import { CommandError } from "../../runtime/CommandError.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { holdFolder } from "../../runtime/outputFolder.ts"
import { layerOrchestrator, requireCredentials } from "../../runtime/registry.ts"
import { endEmpty, selectionOf } from "../../runtime/selection.ts"
import { serverOf } from "../../runtime/server.ts"
import { showPlan } from "../../runtime/showPlan.ts"
import { folderDefault, formatOf, layerSink } from "../../runtime/sinks.ts"
import { environment } from "../../runtime/conduct.ts"
import { conductStudies } from "../../runtime/studiesRun.ts"
import { checkKeys } from "../../runtime/studyKeys.ts"
import { layerWorkspace } from "../../runtime/workspace.ts"

/** What is extracted unless it is said. */
const resourcesDefault: ReadonlyArray<Resource> = ["sites", "subjects", "records", "queries"]

export const handler: Handler = Effect.gen(function* () {
  const { settings } = yield* Cli
  yield* requireCredentials
  const resources = yield* resourcesOf(settings.list("resource"))
  const format = formatOf(settings.text("format"))
  const out = resolve(settings.text("out") ?? folderDefault)
  const seed = settings.text("seed")
  return yield* Effect.gen(function* () {
    const orchestrator = yield* StudyOrchestrator
    const selection = selectionOf(settings)
    const params = { resources, format, out, ...(settings.boolean("full") ? { full: true } : {}) }
    if (settings.boolean("dry-run")) {
      return yield* showPlan(extract, yield* orchestrator.plan(extract, { ...selection, params }))
    }
    return yield* Effect.gen(function* () {
      const runId = yield* Begun.newRunId()
      const extracting = Effect.gen(function* () {
        const plan = yield* orchestrator.plan(extract, { ...selection, params })
        const warnings = yield* checkKeys(plan.selection)
        const empty = yield* endEmpty(plan.selection, (yield* StudyRegistry).location, warnings)
        if (empty !== undefined) return empty
        const details = { outputFolder: out, ...serverOf(settings) }
        yield* Begun.write(runId, { ...details, ...Begun.studiesDetails(plan, plan.plan.params) }, environment)
        return yield* conductStudies({
          runId,
          title: "extract",
          warnings,
          execute: (options) =>
            orchestrator.executePlan(extract, plan, {
              ...selection,
              ...options,
              params,
              runId,
              details,
              ...(seed === undefined ? {} : { seed }),
            }),
        })
      })
      return yield* holdFolder(out, extracting)
    }).pipe(Effect.provide(layerSink(format, out).pipe(Layer.provideMerge(layerWorkspace(settings.workspace)))))
  }).pipe(Effect.provide(layerOrchestrator))
})

const resourcesOf = (
  given: ReadonlyArray<string> | undefined,
): Effect.Effect<ReadonlyArray<Resource>, CommandError> => {
  if (given === undefined) return Effect.succeed(resourcesDefault)
  const known: ReadonlyArray<Resource> = Resource.literals
  const found: Array<Resource> = []
  for (const word of new Set(given)) {
    const resource = known.find((name) => name === word)
    if (resource === undefined) {
      const meant = nearest(word, known)
      return Effect.fail(
        new CommandError({
          tag: "UnknownResource",
          problem: `there is no resource ${JSON.stringify(word)}${meant === undefined ? `; there are ${known.join(", ")}` : `; did you mean ${meant}?`}`,
          hints: [`heddle studies extract --resource ${meant ?? known[0] ?? ""}`],
          code: ExitCode.usage,
        }),
      )
    }
    found.push(resource)
  }
  return found.length > 0
    ? Effect.succeed(found)
    : Effect.fail(
        new CommandError({
          tag: "NoResource",
          problem: "no resource was named",
          hints: ["heddle studies extract --resource records"],
          code: ExitCode.usage,
        }),
      )
}
