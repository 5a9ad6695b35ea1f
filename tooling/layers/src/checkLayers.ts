/**
 * The layer rules, checked import by import. A package's root modules stay platform-free through each other: every root
 * module of every package is checked, so a path to Node would show at the one import that takes it.
 *
 * @layer logic
 * @module
 */
import { existsSync } from "node:fs"
import { posix } from "node:path"
import { layers, read, type ImportSite, type Layer, type ModuleSource } from "./ModuleSource.ts"
import { isPlatformImport, layerDependencies, packageDependencies, platformFolders } from "./policy.ts"
import { open, type Project, type Workspace } from "./Workspace.ts"

export type Rule =
  | "layer-header"
  | "layer-order"
  | "platform-free"
  | "package-dependency"
  | "app-import"
  | "tooling-import"
  | "closed-import"
  | "outside-import"
  | "unknown-package"
  | "missing-file"

/** One broken rule, and what to do instead. */
export interface Violation {
  readonly path: string
  readonly line: number
  readonly rule: Rule
  readonly message: string
  readonly remedy: string
}

export interface LayersReport {
  readonly modules: number
  readonly violations: ReadonlyArray<Violation>
}

const isLayer = (word: string | undefined): word is Layer => layers.some((layer) => layer === word)
const isBarrel = (path: string) => posix.basename(path).startsWith("index.")

/** Does this module of a package promise to run without Node? */
const isPlatformFree = (project: Project, path: string): boolean =>
  project.area === "packages" && !platformFolders.some((folder) => path.startsWith(`${project.folder}/src/${folder}/`))

export const checkLayers = (root: string): LayersReport => {
  const workspace = open(root)
  const violations: Array<Violation> = []
  const checked = workspace.projects.filter(({ area }) => area !== "tooling")
  const modules = new Map<string, ModuleSource>()
  for (const project of checked) {
    for (const path of workspace.sources(project)) modules.set(path, read(root, path))
  }
  for (const project of checked) violations.push(...checkManifest(workspace, project))
  for (const module of modules.values()) {
    const project = workspace.projectOf(module.path)
    if (project === undefined) continue
    violations.push(...checkHeader(project, module))
    for (const site of module.imports) violations.push(...checkImport(workspace, modules, project, module, site))
  }
  violations.sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1))
  return { modules: modules.size, violations }
}

/** One line for people, in the form that editors make clickable. */
export const render = ({ path, line, rule, message, remedy }: Violation): string =>
  `${path}:${line}  ${rule}: ${message}\n    instead: ${remedy}`

const checkManifest = (workspace: Workspace, project: Project): ReadonlyArray<Violation> => {
  const path = `${project.folder}/package.json`
  const at = { path, line: 1 } as const
  if (project.area === "packages" && packageDependencies[project.shortName] === undefined) {
    return [
      {
        ...at,
        rule: "unknown-package",
        message: `the package ${project.shortName} has no line in the dependency rules`,
        remedy: "add the packages it may use to packageDependencies in tooling/layers/src/policy.ts",
      },
    ]
  }
  const declared = Object.keys({ ...project.manifest.dependencies, ...project.manifest.peerDependencies })
  return declared.flatMap((name) => {
    const target = workspace.projects.find((candidate) => candidate.name === name)
    return target === undefined ? [] : checkProjects(project, target).map((violation) => ({ ...violation, ...at }))
  })
}

const checkHeader = (project: Project, module: ModuleSource): ReadonlyArray<Violation> => {
  const at = { path: module.path, line: 1, rule: "layer-header" } as const
  if (!isLayer(module.layer)) {
    return [
      {
        ...at,
        message:
          module.layer === undefined ? "the module's header names no layer" : `there is no layer "${module.layer}"`,
        remedy: `begin the file with a doc comment that says what it is and holds a line: @layer ${layers.join("|")}`,
      },
    ]
  }
  if (module.layer === "app" && project.area !== "apps") {
    return [
      {
        ...at,
        message: "only modules in apps/ are of the layer app",
        remedy: "say contract, logic or adapter, or move the module to apps/",
      },
    ]
  }
  return []
}

type Broken = Omit<Violation, "path" | "line">

const checkImport = (
  workspace: Workspace,
  modules: ReadonlyMap<string, ModuleSource>,
  project: Project,
  module: ModuleSource,
  site: ImportSite,
): ReadonlyArray<Violation> => {
  const here = (broken: Broken): Violation => ({ path: module.path, line: site.line, ...broken })
  const free = isPlatformFree(project, module.path)
  if (free && isPlatformImport(site.specifier)) {
    return [
      here({
        rule: "platform-free",
        message: `${site.specifier} ties this root module to Node`,
        remedy: `declare a service here and give it a layer in ${project.folder}/src/node/`,
      }),
    ]
  }
  const target = workspace.resolve(module.path, site.specifier)
  if (target.kind === "external") return []
  if (target.kind === "closed") {
    return [
      here({
        rule: "closed-import",
        message: `${site.specifier} is no entry of ${target.project.name}`,
        remedy: `import what its exports offer, or make the module public in ${target.project.folder}/package.json`,
      }),
    ]
  }
  if (target.project === undefined || (target.project !== project && site.specifier.startsWith("."))) {
    return [
      here({
        rule:
          target.project?.area === "apps"
            ? "app-import"
            : target.project?.area === "tooling"
              ? "tooling-import"
              : "outside-import",
        message: `${site.specifier} leaves ${project.folder}`,
        remedy:
          target.project?.area === "packages"
            ? `import ${target.project.name} by its entries`
            : "keep what is shared in a package",
      }),
    ]
  }
  const between = target.project === project ? [] : checkProjects(project, target.project)
  if (between.length > 0) return between.map(here)
  if (!target.path.startsWith(`${target.project.folder}/src/`)) {
    return target.path === `${target.project.folder}/package.json`
      ? []
      : [
          here({
            rule: "outside-import",
            message: `${site.specifier} leaves ${project.folder}/src`,
            remedy: "move the file into src",
          }),
        ]
  }
  if (!existsSync(`${workspace.root}/${target.path}`)) {
    return [
      here({
        rule: "missing-file",
        message: `${site.specifier} is not there`,
        remedy: "name an existing file with its ending .ts",
      }),
    ]
  }
  const found: Array<Violation> = []
  if (free && !isPlatformFree(target.project, target.path)) {
    found.push(
      here({
        rule: "platform-free",
        message: `${site.specifier} leads from a root module to ${target.path}, which may use Node`,
        remedy: `import the service's interface, and let the caller provide the layer from ${target.project.name}/node`,
      }),
    )
  }
  const from = module.layer
  if (isLayer(from) && !isBarrel(module.path)) {
    const to = effectiveLayer(workspace, modules, target.path, new Set())
    if (to !== undefined && !layerDependencies[from].includes(to)) {
      found.push(
        here({
          rule: "layer-order",
          message: `a module of the layer ${from} imports ${target.path}, which is ${to}`,
          remedy: `${from} may use ${layerDependencies[from].join(", ")}: move what is shared down, or take a service from the context`,
        }),
      )
    }
  }
  return found
}

/** A barrel is as high as the highest module it passes on. */
const effectiveLayer = (
  workspace: Workspace,
  modules: ReadonlyMap<string, ModuleSource>,
  path: string,
  seen: Set<string>,
): Layer | undefined => {
  const module = modules.get(path)
  if (module === undefined || seen.has(path)) return undefined
  seen.add(path)
  let highest = isLayer(module.layer) ? module.layer : undefined
  if (!isBarrel(path)) return highest
  for (const site of module.imports) {
    const target = workspace.resolve(path, site.specifier)
    const layer = target.kind === "file" ? effectiveLayer(workspace, modules, target.path, seen) : undefined
    if (layer !== undefined && (highest === undefined || layers.indexOf(layer) > layers.indexOf(highest)))
      highest = layer
  }
  return highest
}

const checkProjects = (from: Project, to: Project): ReadonlyArray<Broken> => {
  if (from === to) return []
  if (to.area === "apps") {
    return [
      {
        rule: "app-import",
        message: `${from.name} uses the app ${to.name}`,
        remedy: "move what is shared into a package",
      },
    ]
  }
  if (to.area === "tooling") {
    return [
      {
        rule: "tooling-import",
        message: `${from.name} uses the tool ${to.name}`,
        remedy: "tools are for checks only; move what is shared into a package",
      },
    ]
  }
  if (from.area !== "packages") return []
  const allowed = packageDependencies[from.shortName] ?? []
  if (allowed.includes(to.shortName)) return []
  const may = allowed.length === 0 ? "no other package" : `only ${allowed.join(", ")}`
  return [
    {
      rule: "package-dependency",
      message: `${from.name} uses ${to.name}; it may use ${may}`,
      remedy: "declare the interface that is needed in this package, and let the app provide the layer",
    },
  ]
}
