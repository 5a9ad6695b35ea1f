/**
 * The version of this command line, as its package says it: found upwards from this file, so that it is the same from
 * the sources and from the bundle.
 *
 * @layer logic
 * @module
 */
import { existsSync, readFileSync } from "node:fs"

/** Folders that are looked through upwards. */
const levelsMax = 4

const findVersion = (): string => {
  for (
    let level = 0, folder = new URL(".", import.meta.url);
    level < levelsMax;
    level++, folder = new URL("..", folder)
  ) {
    const file = new URL("package.json", folder)
    if (!existsSync(file)) continue
    const manifest: unknown = JSON.parse(readFileSync(file, "utf8"))
    if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version)
  }
  return "unknown"
}

export const version: string = findVersion()
