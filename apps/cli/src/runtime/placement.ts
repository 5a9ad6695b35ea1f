/**
 * Where a pipeline runs: files in worker threads unless said otherwise, built-in ones in this process. Threads do not
 * see the credentials.
 *
 * @layer app
 * @module
 */
import * as ModuleImports from "@heddle/core/node/ModuleImports"
import * as PlacementWorkers from "@heddle/core/node/PlacementWorkers"
import { Placement } from "@heddle/core/Placement"
import * as Work from "@heddle/core/Work"
import type { PlacementError } from "@heddle/core/Work"
import * as Pipeline from "@heddle/studies/Pipeline"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { CliShape } from "./Cli.ts"
import type { AnyPipeline } from "./pipelines.ts"
import { credentialVariables } from "./registry.ts"

/** From where users' files get `effect` and `@heddle/*`. */
const importBases = [import.meta.url, ...ModuleImports.basesDefault]

/** Loads a pipeline file once, so that one that does not load is told before anything is asked of the registry. */
export const checkLoads = (pipeline: AnyPipeline): Effect.Effect<void, PlacementError> =>
  Pipeline.isModule(pipeline)
    ? Effect.scoped(
        Effect.gen(function* () {
          const placement = yield* Placement
          yield* placement.prepare(Work.module(pipeline.url, pipeline.exportName), { concurrency: 1 })
        }),
      )
    : Effect.void

export const layerPlacement = (cli: CliShape, pipeline: AnyPipeline): Layer.Layer<never> => {
  if (!Pipeline.isModule(pipeline)) return Layer.empty
  if (cli.settings.text("placement") === "fibers") return ModuleImports.layer({ bases: importBases })
  const hidden = new Set<string>(credentialVariables)
  return PlacementWorkers.layer({
    importBases,
    env: Object.fromEntries(Object.entries(cli.env).filter(([name]) => !hidden.has(name))),
    output: (text) => cli.output.stderrNow(text),
  })
}
