/**
 * Pipelines from files: finds the module, and hashes its code and every file that it imports by a relative path, so that a
 * changed pipeline never reuses results of the old one. The file is read here and run only where its work is placed.
 *
 * @layer adapter
 * @module
 */
import * as Canonical from "@heddle/core/Canonical"
import * as Effect from "effect/Effect"
import { readFileSync, realpathSync, statSync } from "node:fs"
import { basename, dirname, extname, relative, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { OrchestratorError } from "../OrchestratorError.ts"
import * as Pipeline from "../Pipeline.ts"
import type { Resource } from "../StudyScope.ts"

/** Files that are hashed of one pipeline. */
export const filesMax = 1_000

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
        const file = realpathSync(resolve(path))
        if (!statSync(file).isFile()) throw new Error("it is no file")
        return Pipeline.module({
          name: basename(file, extname(file)),
          version: hashOf(file),
          url: pathToFileURL(file),
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

/** The hash of a file and of all files that it imports by relative paths. */
const hashOf = (entry: string): string => {
  const files = new Map<string, string>()
  const waiting = [entry]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue
    if (files.size >= filesMax) throw new Error(`it imports more than ${filesMax} files`)
    const text = readFileSync(file, "utf8")
    files.set(file, Canonical.sha256Hex(text))
    for (const specifier of importsOf(text)) {
      const found = resolve(dirname(file), specifier)
      if (statSync(found, { throwIfNoEntry: false })?.isFile() === true) waiting.push(realpathSync(found))
    }
  }
  const named = [...files].map(([file, hash]): readonly [string, string] => [
    relative(dirname(entry), file).replaceAll("\\", "/"),
    hash,
  ])
  return Canonical.hash(named.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}

/** Relative specifiers of imports, exports and dynamic imports with a literal text. Too many do no harm. */
const importsOf = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(["'])(\.{1,2}\/[^"'\n]+)\1/g)].flatMap(
    ([, , specifier]) => (specifier === undefined ? [] : [specifier]),
  )
