/**
 * Making folders where a file system may say anything. Node's own recursive form tries for ever where new entries are
 * refused as if the folder above were missing, as procfs does.
 *
 * @layer adapter
 * @module
 */
import { mkdirSync, statSync } from "node:fs"
import { dirname, resolve } from "node:path"

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined)

/**
 * Makes a folder and those above it that are missing; one that is there already is no error. Throws what the system says
 * where one cannot be made, each being tried once.
 *
 * @category files
 */
export const makeFolder = (folder: string): void => {
  const missing: Array<string> = []
  for (let at = resolve(folder); !isFolder(at); at = dirname(at)) missing.unshift(at)
  for (const at of missing) {
    try {
      mkdirSync(at)
    } catch (error) {
      // Somebody else was quicker; a file in the way is not a folder.
      if (codeOf(error) !== "EEXIST" || !statSync(at).isDirectory()) throw error
    }
  }
}

const isFolder = (path: string): boolean => {
  try {
    if (statSync(path).isDirectory()) return true
  } catch (error) {
    if (codeOf(error) === "ENOENT" && dirname(path) !== path) return false
    throw error
  }
  // A file stands there: the system has the word for it.
  mkdirSync(path)
  return true
}
