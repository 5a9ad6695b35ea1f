/**
 * Agents and condition runners from files: finds the module, and hashes its code and every file that it imports by a
 * relative path, so that a changed agent never continues another's results. The file is read here and run only where its
 * work is placed.
 *
 * @layer adapter
 * @module
 */
import * as ModuleSource from "@heddle/core/node/ModuleSource"
import * as Effect from "effect/Effect"
import * as RunBinding from "../RunBinding.ts"
import { RunPlanError } from "../RunError.ts"

/**
 * The module in a file: `export default async (run, context) => result`. Fails with `InvalidOption` where the file or one
 * that it imports cannot be read. The code is not run here.
 *
 * @category constructors
 */
export const load = (
  path: string,
  options: { readonly exportName?: string; readonly metadata?: { readonly [name: string]: string } } = {},
): Effect.Effect<RunBinding.RunModule, RunPlanError> =>
  Effect.try({
    try: () => {
      const { hash, url } = ModuleSource.find(path)
      return RunBinding.module(url, { version: hash, ...options })
    },
    catch: (error) =>
      new RunPlanError({
        reason: {
          _tag: "InvalidOption",
          option: path,
          expected: "a module file that can be read",
          actual: error instanceof Error ? error.message : "not readable",
        },
      }),
  })
