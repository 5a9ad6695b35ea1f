/**
 * Where the worker's side of a pipeline file lies (`internal/pipelineAdapter`): beside this file, unless a program is
 * bundled and its adapter lies elsewhere. Then the bundle provides {@link url}.
 *
 * @layer logic
 * @module
 */
import * as Context from "effect/Context"

/** `file:` URL of the adapter. @category services */
export const url: Context.Reference<string> = Context.Reference("@heddle/studies/PipelineAdapter", {
  defaultValue: () =>
    new URL(
      import.meta.url.endsWith(".ts") ? "./internal/pipelineAdapter.ts" : "./internal/pipelineAdapter.js",
      import.meta.url,
    ).href,
})
