/**
 * Agents and condition runners from files: finds the module, and hashes its code and every file that it imports by a
 * relative path, so that a changed agent never continues another's results. The file is read here and run only where its
 * work is placed.
 *
 * @layer adapter
 * @module
 */
import * as Canonical from "@heddle/core/Canonical"
import * as Effect from "effect/Effect"
import { readFileSync, realpathSync, statSync } from "node:fs"
import { dirname, relative, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as RunBinding from "../RunBinding.ts"
import { RunPlanError } from "../RunError.ts"

/** Files that are hashed of one module. */
export const filesMax = 1_000

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
      const file = realpathSync(resolve(path))
      if (!statSync(file).isFile()) throw new Error("it is no file")
      return RunBinding.module(pathToFileURL(file), { version: hashOf(file), ...options })
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
