/**
 * Files that nothing leads to. A source is reached from the package's `exports` or `bin`, from a page, or from a file that
 * names it (a build script, a test, a worker's URL); a helper of the tests from a test; a file of the tooling from anywhere.
 *
 * @layer logic
 * @module
 */
import type { Workspace } from "@heddle/layers"
import { posix } from "node:path"
import type { Finding } from "../Finding.ts"
import type { Tree } from "../Tree.ts"

const isCode = (path: string) => /\.(ts|tsx|mts|mjs|js|py|sh|R)$/.test(path)
const isModule = (path: string) => /\.(ts|tsx|mts)$/.test(path) && !path.endsWith(".d.ts")

export const checkOrphans = (tree: Tree): ReadonlyArray<Finding> =>
  tree.workspace.projects.flatMap((project) => [
    ...(project.area === "tooling" ? [] : unreachedSources(tree, project)),
    ...unnamedFiles(tree, project),
  ])

const orphan = (path: string, message: string, instead: string): Finding => ({
  path,
  line: 1,
  rule: "orphan",
  message,
  instead,
})

const unreachedSources = (tree: Tree, project: Workspace.Project): ReadonlyArray<Finding> => {
  const sources = tree.paths.filter((path) => path.startsWith(`${project.folder}/src/`) && isModule(path))
  const reached = new Set<string>()
  const visit = (path: string) => {
    if (reached.has(path) || !sources.includes(path)) return
    reached.add(path)
    for (const { specifier } of tree.parse(path).imports) {
      const target = tree.workspace.resolve(path, specifier)
      if (target.kind === "file") visit(target.path)
    }
  }
  for (const path of sources) if (isEntry(project, path)) visit(path)
  // Build scripts, pages and package scripts name sources by their path from the project's folder.
  const besides = tree.paths.filter(
    (path) =>
      path.startsWith(`${project.folder}/`) &&
      !path.startsWith(`${project.folder}/src/`) &&
      /\.(mjs|ts|html|json)$/.test(path),
  )
  for (const path of besides) {
    for (const [, named = ""] of tree.text(path).matchAll(/["'`./]*(src\/[\w./-]+\.tsx?)/g))
      visit(`${project.folder}/${named}`)
  }
  if (project.area === "apps") visit(`${project.folder}/src/main.ts`)
  return sources
    .filter((path) => !reached.has(path))
    .map((path) =>
      orphan(
        path,
        `no entry of ${project.name} leads to this file`,
        "import it where it is used, export it in package.json, or delete it",
      ),
    )
}

/** Does a key of `exports` make this file public? */
const isEntry = (project: Workspace.Project, path: string): boolean => {
  const inside = `./${path.slice(project.folder.length + 1)}`
  const map = Object.entries(project.manifest.exports ?? {})
  const closed = map.some(
    ([key, target]) => target === null && inside.startsWith(key.replace("./", "./src/").replace("*", "")),
  )
  if (closed) return false
  return map.some(([, target]) => {
    if (target === null) return false
    const [before = "", after] = target.split("*")
    return after === undefined
      ? target === inside
      : inside.startsWith(before) && inside.endsWith(after) && !inside.slice(before.length).includes("/")
  })
}

/** Helpers, fixtures' programs, examples and tools: some other file must name them. */
const unnamedFiles = (tree: Tree, project: Workspace.Project): ReadonlyArray<Finding> => {
  const inProject = tree.paths.filter((path) => path.startsWith(`${project.folder}/`))
  const candidates = inProject.filter((path) => {
    const inside = path.slice(project.folder.length + 1)
    const folder = inside.split("/")[0] ?? ""
    if (!isCode(path) || /\.(test\.tsx?|peer\.ts)$/.test(path)) return false
    return project.area === "tooling" ? true : folder === "test" || folder === "examples"
  })
  const atTop = tree.paths.filter((path) => /^tooling\/[^/]+\.(ts|mjs)$/.test(path))
  const texts = [...inProject, ...atTop, "package.json", "vitest.config.ts"].filter(
    (path) => tree.paths.includes(path) && !/\.(txt|snap|csv)$/.test(path),
  )
  return candidates.flatMap((path) => {
    const name = posix.basename(path)
    const stem = name.replace(/\.\w+$/, "")
    const folder = posix.basename(posix.dirname(path))
    const named = texts.some((other) => {
      if (other === path) return false
      const text = tree.text(other)
      if (text.includes(name) || text.includes(`/${stem}"`)) return true
      // A test that reads the whole folder names the folder.
      return other.endsWith(".test.ts") && folder !== "test" && folder !== "src" && text.includes(`${folder}"`)
    })
    return named ? [] : [orphan(path, "no other file names this one", "use it from a test or a script, or delete it")]
  })
}
