/**
 * Before the tests of this package: bundles the command line as it is shipped, because a process that starts from some hundred
 * TypeScript files spends most of its time on loading them, and these tests start some thousand processes.
 *
 * It is built in every run, so it is never older than the sources. The folder has the hash of its content as its name: an
 * unchanged bundle keeps its place, by which Node's compile cache knows it, and runs beside each other do not meet.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  interface ProvidedContext {
    /** The bundled entry of `heddle`. */
    readonly heddleEntry: string
  }
}

const cli = fileURLToPath(new URL("..", import.meta.url))
/** Below the package, so that user files find the packages that the command line itself uses. */
const bundles = join(cli, "node_modules/.cache/heddle-bundles")
/** A bundle that no run has used for so long, or that was never finished, is removed. */
const keptMs = 24 * 60 * 60_000

/** Builds, and gives the entry of the bundle. */
const build = (): string => {
  mkdirSync(bundles, { recursive: true })
  for (const name of readdirSync(bundles)) {
    const folder = join(bundles, name)
    const used = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (Date.now() - used > keptMs) rmSync(folder, { recursive: true, force: true })
  }
  const fresh = join(bundles, `unfinished-${process.pid}`)
  rmSync(fresh, { recursive: true, force: true })
  const built = spawnSync(process.execPath, [join(cli, "build.mjs"), fresh], { encoding: "utf8" })
  if (built.status !== 0) throw new Error(`the command line cannot be bundled:\n${built.stdout}${built.stderr}`)
  const hash = createHash("sha256")
  const files = readdirSync(fresh, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const path of files.map((file) => join(file.parentPath, file.name)).sort()) {
    const bytes = readFileSync(path)
    hash.update(`${path.slice(fresh.length)} ${bytes.length}\n`).update(bytes)
  }
  const folder = join(bundles, hash.digest("hex").slice(0, 16))
  if (existsSync(folder)) {
    rmSync(fresh, { recursive: true })
    utimesSync(folder, new Date(), new Date())
  } else renameSync(fresh, folder)
  return join(folder, "heddle.js")
}

export default (project: TestProject): void => {
  project.provide("heddleEntry", build())
  project.onTestsRerun(() => project.provide("heddleEntry", build()))
}
