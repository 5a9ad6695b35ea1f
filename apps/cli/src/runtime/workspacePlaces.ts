/**
 * Places of a project as its workspace keeps them. What lies in the folder that holds the workspace is kept relative to
 * the workspace, so that a copied or moved project means its own files and never those of the place it is from.
 *
 * @layer adapter
 * @module
 */
import { realpathSync, statSync } from "node:fs"
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path"

/** The path without links, as far as it is there. */
const real = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    const above = dirname(path)
    return above === path ? path : join(real(above), relative(above, path))
  }
}

const isBelow = (folder: string, path: string): boolean => {
  const way = relative(folder, path)
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** The folder that holds the workspace. */
const projectOf = (workspace: string): string => dirname(real(resolve(workspace)))

/** The way from the workspace to a place of its project; undefined where the place lies outside of that. */
export const fromWorkspace = (workspace: string, path: string): string | undefined => {
  const place = real(resolve(path))
  return isBelow(projectOf(workspace), place) ? relative(real(resolve(workspace)), place) : undefined
}

/** The place that {@link fromWorkspace} meant, from where the workspace is now. */
export const inWorkspace = (workspace: string, way: string): string => resolve(real(resolve(workspace)), way)

/**
 * For a folder outside of the project, the one inside that has the same name and the most of the same way: in a copy of a
 * project whose places were kept as absolute ones, the one that people mean.
 */
export const sameNamedInside = (workspace: string, folder: string): string | undefined => {
  const project = projectOf(workspace)
  const place = real(resolve(folder))
  if (isBelow(project, place)) return undefined
  const names = place.split(sep).filter((name) => name !== "")
  for (let start = 0; start < names.length; start++) {
    const inside = join(project, ...names.slice(start))
    if (statSync(inside, { throwIfNoEntry: false })?.isDirectory() === true) return inside
  }
  return undefined
}
