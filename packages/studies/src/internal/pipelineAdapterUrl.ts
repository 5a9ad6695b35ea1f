/**
 * Where the worker's side of a pipeline module lies: beside this file, unless a bundle put it elsewhere and says so.
 *
 * @layer logic
 * @module
 */
import * as Context from "effect/Context"

/** `file:` URL of the adapter. */
export const pipelineAdapterUrl: Context.Reference<string> = Context.Reference("@heddle/studies/pipelineAdapterUrl", {
  defaultValue: () => {
    const here = import.meta.url
    return new URL(here.endsWith(".ts") ? "./pipelineAdapter.ts" : "./pipelineAdapter.js", here).href
  },
})
