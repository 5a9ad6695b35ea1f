/**
 * The workspace as the rules see it: its projects, their `exports`, and what file an import means.
 *
 * @layer logic
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { posix } from "node:path"

export type Area = "packages" | "apps" | "tooling"

export interface Project {
  readonly area: Area
  /** Folder's name, such as `core`. */
  readonly shortName: string
  /** Package name, such as `@heddle/core`. */
  readonly name: string
  /** Path from the root, such as `packages/core`. */
  readonly folder: string
  readonly manifest: Manifest
}

export interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports?: Readonly<Record<string, string | null>>
  readonly bin?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** Where an import leads: a file of this workspace, another package, or nowhere. */
export type Target =
  | { readonly kind: "file"; readonly path: string; readonly project: Project | undefined }
  | { readonly kind: "external"; readonly packageName: string }
  | { readonly kind: "closed"; readonly project: Project; readonly subpath: string }

export interface Workspace {
  readonly root: string
  readonly projects: ReadonlyArray<Project>
  /** All sources under `src` of the project, as paths from the root. */
  readonly sources: (project: Project) => ReadonlyArray<string>
  readonly projectOf: (path: string) => Project | undefined
  readonly resolve: (from: string, specifier: string) => Target
}

const areas: ReadonlyArray<Area> = ["packages", "apps", "tooling"]
const isSource = (name: string) => /\.(ts|tsx|mts)$/.test(name) && !name.endsWith(".d.ts")

/** Files under a folder, as sorted paths from the root; `node_modules`, `dist` and hidden folders are left out. */
export const walk = (root: string, folder: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  const visit = (path: string) => {
    for (const entry of readdirSync(`${root}/${path}`, { withFileTypes: true })) {
      if (entry.name === "node_modules" || entry.name === "dist" || entry.name.startsWith(".")) continue
      if (entry.isDirectory()) visit(`${path}/${entry.name}`)
      else if (entry.isFile()) found.push(`${path}/${entry.name}`)
    }
  }
  if (existsSync(`${root}/${folder}`)) visit(folder)
  return found.sort()
}

export const open = (root: string): Workspace => {
  const projects = areas.flatMap((area) =>
    (existsSync(`${root}/${area}`) ? readdirSync(`${root}/${area}`) : [])
      .filter((shortName) => existsSync(`${root}/${area}/${shortName}/package.json`))
      .map((shortName): Project => {
        const folder = `${area}/${shortName}`
        // The workspace's own manifests have the shape above; pnpm refuses others.
        const manifest: Manifest = JSON.parse(readFileSync(`${root}/${folder}/package.json`, "utf8"))
        return { area, shortName, name: manifest.name, folder, manifest }
      }),
  )
  const projectOf = (path: string) => projects.find(({ folder }) => path.startsWith(`${folder}/`))
  return {
    root,
    projects,
    projectOf,
    sources: (project) => walk(root, `${project.folder}/src`).filter(isSource),
    resolve: (from, specifier) => {
      if (specifier.startsWith(".")) {
        const path = posix.join(posix.dirname(from), specifier)
        return { kind: "file", path, project: projectOf(path) }
      }
      const packageName = specifier.startsWith("@")
        ? specifier.split("/").slice(0, 2).join("/")
        : (specifier.split("/")[0] ?? specifier)
      const project = projects.find(({ name }) => name === packageName)
      if (project === undefined) return { kind: "external", packageName }
      const subpath = `.${specifier.slice(packageName.length)}`
      const path = exported(project, subpath)
      return path !== undefined && existsSync(`${root}/${path}`)
        ? { kind: "file", path, project }
        : { kind: "closed", project, subpath }
    },
  }
}

/** The file that `exports` gives for a subpath; the most exact key wins, and `null` closes. */
export const exported = (project: Project, subpath: string): string | undefined => {
  const map = project.manifest.exports ?? {}
  const direct = map[subpath]
  if (direct !== undefined) return direct === null ? undefined : posix.join(project.folder, direct)
  const keys = Object.keys(map)
    .filter((key) => key.includes("*"))
    .sort((a, b) => b.indexOf("*") - a.indexOf("*"))
  for (const key of keys) {
    const [before = "", after = ""] = key.split("*")
    if (!subpath.startsWith(before) || !subpath.endsWith(after) || subpath.length <= before.length + after.length)
      continue
    const target = map[key]
    if (target === null || target === undefined) return undefined
    const middle = subpath.slice(before.length, subpath.length - after.length)
    return posix.join(project.folder, target.replaceAll("*", middle))
  }
  return undefined
}
