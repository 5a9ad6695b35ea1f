/**
 * The source of a user's module: where it lies, and a hash of its code and of every file that it imports by a relative
 * path, so that work of changed code is never taken for work of the old one. The files are read here, never run.
 *
 * @layer adapter
 * @module
 */
import { readFileSync, realpathSync, statSync } from "node:fs"
import { dirname, relative, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as Canonical from "../Canonical.ts"

/** Files that are hashed of one module. */
export const filesMax = 1_000

/** A module as it is found. @category models */
export interface ModuleSource {
  /** The path without links. */
  readonly file: string
  /** Its `file:` URL. */
  readonly url: URL
  /** Hash of its code and of what it imports by relative paths. */
  readonly hash: Canonical.Hash
}

/**
 * Finds a module and hashes its code. Throws what the system says where it or a file that it imports cannot be read, and
 * where it imports more than {@link filesMax} files.
 *
 * @category files
 */
export const find = (path: string): ModuleSource => {
  const file = realpathSync(resolve(path))
  if (!statSync(file).isFile()) throw new Error("it is no file")
  return { file, url: pathToFileURL(file), hash: hashOf(file) }
}

const hashOf = (entry: string): Canonical.Hash => {
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
