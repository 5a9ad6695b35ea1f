/**
 * The files of the repository that tidy looks at: what git tracks or would track; in a folder without git, every file.
 *
 * @layer adapter
 * @module
 */
import { ModuleSource, Workspace } from "@heddle/layers"
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, statSync } from "node:fs"

export interface Tree {
  readonly root: string
  readonly workspace: Workspace.Workspace
  /** Sorted paths from the root. */
  readonly paths: ReadonlyArray<string>
  readonly text: (path: string) => string
  readonly parse: (path: string) => ModuleSource.ModuleSource
}

/** Larger files are data, not text to be read. */
const textBytesMax = 2 * 1024 * 1024
const listingBytesMax = 64 * 1024 * 1024

export const open = (root: string): Tree => {
  const parsed = new Map<string, ModuleSource.ModuleSource>()
  const texts = new Map<string, string>()
  const text = (path: string): string => {
    const known = texts.get(path)
    if (known !== undefined) return known
    const read = statSync(`${root}/${path}`).size > textBytesMax ? "" : readFileSync(`${root}/${path}`, "utf8")
    texts.set(path, read)
    return read
  }
  return {
    root,
    workspace: Workspace.open(root),
    paths: list(root),
    text,
    parse: (path) => {
      const module = parsed.get(path) ?? ModuleSource.parse(path, text(path))
      parsed.set(path, module)
      return module
    },
  }
}

/** Where new files are ours before git knows them. What a user keeps elsewhere in a checkout is no business of ours. */
const ownFolders = ["packages", "apps", "tooling", ".ci", ".changeset"]

const list = (root: string): ReadonlyArray<string> => {
  if (!existsSync(`${root}/.git`)) return Workspace.walk(root, ".").map((path) => path.slice(2))
  const known = gitFiles(root, ["--cached"])
  const added = gitFiles(root, ["--others", "--exclude-standard", "--", ...ownFolders])
  return [...new Set([...known, ...added])].filter((path) => existsSync(`${root}/${path}`)).sort()
}

const gitFiles = (root: string, args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const listed = spawnSync("git", ["ls-files", "-z", "--deduplicate", ...args], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: listingBytesMax,
  })
  if (listed.status !== 0) throw new Error(`git ls-files failed: ${listed.stderr}`)
  return listed.stdout.split("\0").filter((path) => path !== "")
}
