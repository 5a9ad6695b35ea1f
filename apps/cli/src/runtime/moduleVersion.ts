/**
 * The version of a pipeline file: a hash over its text and over the files that it imports by relative paths, so that a
 * changed helper runs studies again as a changed pipeline does. Packages count by the import's name.
 *
 * @layer logic
 * @module
 */
import { existsSync, readFileSync, statSync } from "node:fs"
import { dirname, relative, resolve } from "node:path"
import * as Canonical from "@heddle/core/Canonical"

/** Files that are followed at most; more are no longer a pipeline file. */
const filesMax = 1_000

/** Finds `from "./x"`, `import "./x"`, `import("./x")` and `require("./x")`; a comment that looks so only adds a file. */
const importPattern = /(?:from|import|require)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g

/** `sha256:…` of the file and everything that it imports by relative paths. Throws where it cannot be read. */
export const moduleVersion = (path: string): string => {
  const hashes: Record<string, string> = {}
  const queue = [path]
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    const name = relative(dirname(path), file)
    if (Object.hasOwn(hashes, name)) continue
    if (Object.keys(hashes).length >= filesMax) throw new Error(`it imports more than ${filesMax} files`)
    const text = readFileSync(file, "utf8")
    hashes[name] = Canonical.sha256Hex(text)
    for (const [, specifier = ""] of text.matchAll(importPattern)) {
      const target = resolve(dirname(file), specifier)
      if (existsSync(target) && statSync(target).isFile()) queue.push(target)
    }
  }
  return Canonical.hash(hashes)
}
