/**
 * House style over the whole tree: every rule on every file that it is for.
 *
 * @layer logic
 * @module
 */
import { applyAllowances } from "./allow.ts"
import type { Finding } from "./Finding.ts"
import { checkCalls } from "./rules/calls.ts"
import { checkExportDocs } from "./rules/docs.ts"
import { checkHeader, checkLeftovers, checkLength, checkPlaces, checkTestSwitches } from "./rules/files.ts"
import { checkOrphans } from "./rules/orphans.ts"
import { checkParts, checkTopLevel } from "./rules/parts.ts"
import { open, type Tree } from "./Tree.ts"

export interface TidyReport {
  /** Files looked at. */
  readonly files: number
  readonly findings: ReadonlyArray<Finding>
}

const isModule = (path: string) =>
  /\.(ts|tsx|mts)$/.test(path) && !path.endsWith(".d.ts") && !path.includes("/fixtures/")
const isSource = (path: string) => /^(packages|apps)\/[^/]+\/src\//.test(path)
const isPublic = (path: string) => path.startsWith("packages/") && !path.includes("/internal/")
const isTool = (path: string) => path.startsWith("tooling/") && !path.includes("/test/")
const isText = (path: string) => !/\.(png|jpe?g|gif|webp|ico|tiff?|woff2?|gz|zip|parquet|sqlite|bin)$/.test(path)

export const checkTidy = (root: string): TidyReport => {
  const tree = open(root)
  const wholeTree = [...checkOrphans(tree), ...checkParts(tree), ...checkTopLevel(tree)]
  const findings = tree.paths.flatMap((path) => {
    const ofTree = wholeTree.filter((finding) => finding.path === path)
    const ofText = isText(path) ? checkPlaces(path, tree.text(path)) : []
    return isModule(path)
      ? applyAllowances(tree.parse(path), [...ofTree, ...ofText, ...checkModule(tree, path)])
      : [...ofTree, ...ofText]
  })
  const known = new Set(tree.paths)
  return { files: tree.paths.length, findings: [...findings, ...wholeTree.filter(({ path }) => !known.has(path))] }
}

const checkModule = (tree: Tree, path: string): ReadonlyArray<Finding> => {
  const module = tree.parse(path)
  if (isSource(path)) {
    return [
      ...checkHeader(module, true),
      ...checkLength(path, module.text),
      ...checkLeftovers(module),
      ...(isPublic(path) ? checkExportDocs(module) : []),
      ...checkCalls(module, { inApp: path.startsWith("apps/") }),
    ]
  }
  if (isTool(path)) return [...checkHeader(module, false), ...checkLength(path, module.text)]
  return checkTestSwitches(module)
}
