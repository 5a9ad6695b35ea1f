/**
 * The public surface of a package as a readable text: each entry of `exports` and each name it gives, with its kind. A
 * reviewer sees any addition or removal as a changed line of `test/public-surface.txt`.
 *
 * @layer logic
 * @module
 */
import { ModuleSource, Workspace } from "@heddle/layers"

type Statement = ModuleSource.ModuleSource["syntax"]["program"]["body"][number]

/** The text for one package of the workspace. */
export const render = (workspace: Workspace.Workspace, project: Workspace.Project): string => {
  const modules = new Map<string, ModuleSource.ModuleSource>()
  const read = (path: string) => {
    const module = modules.get(path) ?? ModuleSource.read(workspace.root, path)
    modules.set(path, module)
    return module
  }
  const lines = [`# What ${project.name} offers. Changed on purpose? npm run -s surface -- --write`]
  for (const { specifier, path } of entries(workspace, project)) {
    lines.push("", specifier)
    const names = [...exportsOf(workspace, read, path, new Set())].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    for (const [name, kinds] of names) lines.push(`  ${name}: ${[...kinds].sort().join(", ")}`)
    if (names.length === 0) lines.push("  (nothing)")
  }
  return `${lines.join("\n")}\n`
}

/** Every specifier a user can import, with its file. */
export const entries = (
  workspace: Workspace.Workspace,
  project: Workspace.Project,
): ReadonlyArray<{ readonly specifier: string; readonly path: string }> => {
  const found = new Map<string, string>()
  const sources = workspace.sources(project)
  for (const [key, target] of Object.entries(project.manifest.exports ?? {})) {
    if (target === null || !/\.tsx?$/.test(target)) continue
    for (const source of sources) {
      const [before = "", after = ""] = `${project.folder}/${target.slice(2)}`.split("*")
      const middle = key.includes("*") ? source.slice(before.length, source.length - after.length) : ""
      const subpath = key.replace("*", middle)
      if (
        key.includes("*") ? source.startsWith(before) && source.endsWith(after) && middle !== "" : source === before
      ) {
        // A more exact key may close or redirect what the pattern would offer.
        const path = Workspace.exported(project, subpath)
        const isIndexOfBarrel = middle === "index" || middle.endsWith("/index")
        if (path === source && !isIndexOfBarrel) found.set(project.name + subpath.slice(1), source)
      }
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([specifier, path]) => ({ specifier, path }))
}

type Names = Map<string, Set<string>>

const exportsOf = (
  workspace: Workspace.Workspace,
  read: (path: string) => ModuleSource.ModuleSource,
  path: string,
  seen: Set<string>,
): Names => {
  const names: Names = new Map()
  const add = (name: string, kind: string) => names.set(name, (names.get(name) ?? new Set<string>()).add(kind))
  if (seen.has(path)) return names
  seen.add(path)
  const module = read(path)
  const from = (specifier: string): Names | undefined => {
    const target = workspace.resolve(path, specifier)
    return target.kind === "file" ? exportsOf(workspace, read, target.path, new Set(seen)) : undefined
  }
  for (const statement of module.syntax.program.body) {
    if (statement.type === "ExportDefaultDeclaration") add("default", "value")
    if (statement.type === "ExportAllDeclaration") {
      const specifier = statement.source.value
      if (statement.exported !== null) add(nameOf(statement.exported), `namespace of ${specifier}`)
      else {
        const passedOn = from(specifier)
        if (passedOn === undefined) add(`* from ${specifier}`, "all")
        for (const [name, kinds] of passedOn ?? []) if (name !== "default") for (const kind of kinds) add(name, kind)
      }
    }
    if (statement.type !== "ExportNamedDeclaration") continue
    if (statement.declaration !== null) for (const [name, kind] of declared(statement.declaration)) add(name, kind)
    const origin = statement.source === null ? undefined : from(statement.source.value)
    for (const { local, exported, exportKind } of statement.specifiers) {
      const kinds =
        origin?.get(nameOf(local)) ??
        (statement.source === null ? localKinds(module, nameOf(local)) : new Set<string>())
      const isType = statement.exportKind === "type" || exportKind === "type"
      if (isType || kinds.size === 0) add(nameOf(exported), isType ? "type" : "value")
      else for (const kind of kinds) add(nameOf(exported), kind)
    }
  }
  return names
}

const nameOf = (node: { readonly type: string; readonly name?: string; readonly value?: unknown }): string =>
  node.name ?? String(node.value)

const localKinds = (module: ModuleSource.ModuleSource, wanted: string): Set<string> =>
  new Set(
    module.syntax.program.body.flatMap((statement) =>
      declared(statement).flatMap(([name, kind]) => (name === wanted ? [kind] : [])),
    ),
  )

const declared = (node: Statement): ReadonlyArray<readonly [name: string, kind: string]> => {
  switch (node.type) {
    case "VariableDeclaration":
      return node.declarations.flatMap(({ id, init }) => {
        const isFunction = init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression"
        return boundNames(id).map((name) => [name, isFunction ? "function" : "const"] as const)
      })
    case "FunctionDeclaration":
    case "TSDeclareFunction":
      return node.id === null ? [] : [[node.id.name, "function"]]
    case "ClassDeclaration":
      return node.id === null ? [] : [[node.id.name, "class"]]
    case "TSInterfaceDeclaration":
      return [[node.id.name, "interface"]]
    case "TSTypeAliasDeclaration":
      return [[node.id.name, "type"]]
    default:
      return []
  }
}

interface Pattern {
  readonly type: string
  readonly name?: string
  readonly properties?: ReadonlyArray<{ readonly value?: Pattern | null; readonly argument?: Pattern | null }>
  readonly elements?: ReadonlyArray<Pattern | null>
  /** Of a name with a default. */
  readonly left?: Pattern
}

const boundNames = (pattern: Pattern): ReadonlyArray<string> => {
  if (pattern.name !== undefined) return [pattern.name]
  if (pattern.elements !== undefined)
    return pattern.elements.flatMap((element) => (element === null ? [] : boundNames(element)))
  if (pattern.left !== undefined) return boundNames(pattern.left)
  return (pattern.properties ?? []).flatMap(({ value, argument }) => {
    const inner = value ?? argument
    return inner === undefined || inner === null ? [] : boundNames(inner)
  })
}
