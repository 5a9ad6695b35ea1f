/**
 * Pipelines from files: finds the module, and hashes its code and every file that it imports by a relative path, so that a
 * changed pipeline never reuses results of the old one. The file is read here and run only where its work is placed.
 *
 * @layer adapter
 * @module
 */
import * as ModuleSource from "@heddle/core/node/ModuleSource"
import * as Effect from "effect/Effect"
import { basename, extname } from "node:path"
import { OrchestratorError } from "../OrchestratorError.ts"
import * as Pipeline from "../Pipeline.ts"
import type { Resource } from "../StudyScope.ts"

/**
 * The pipeline in a file: `export default async (study, context) => value`, or `export default definePipeline(...)`.
 * Its name is the file's name without an extension. `resources` are for the estimate of requests only. Fails with
 * `InvalidPipeline` where the file or one that it imports cannot be read, or where it imports too many files. The code is
 * not run here.
 *
 * @category constructors
 */
export const load = Effect.fn("PipelineFile.load")(
  (
    path: string,
    options: { readonly exportName?: string; readonly resources?: ReadonlyArray<Resource> } = {},
  ): Effect.Effect<Pipeline.PipelineModule, OrchestratorError> =>
    Effect.try({
      try: () => {
        const { file, hash, url } = ModuleSource.find(path)
        return Pipeline.module({
          name: basename(file, extname(file)),
          version: hash,
          url,
          ...options,
        })
      },
      catch: (error) =>
        new OrchestratorError({
          reason: {
            _tag: "InvalidPipeline",
            problem: `${path}: ${error instanceof Error ? error.message : "it cannot be read"}`,
          },
        }),
    }),
)
