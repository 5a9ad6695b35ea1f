/**
 * Where the worker's side of a run's module lies (`internal/runAdapter`): beside this file, unless a program is bundled and
 * its adapter lies elsewhere. Then the bundle provides {@link url}.
 *
 * @layer logic
 * @module
 */
import * as Context from "effect/Context"

/** `file:` URL of the adapter. @category services */
export const url: Context.Reference<string> = Context.Reference("@heddle/experiments/RunAdapter", {
  defaultValue: () =>
    new URL(import.meta.url.endsWith(".ts") ? "./internal/runAdapter.ts" : "./internal/runAdapter.js", import.meta.url)
      .href,
})
