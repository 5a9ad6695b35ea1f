/**
 * Takes short side branches of a skeleton away: spurs that thinning leaves on rough outlines.
 *
 * @layer logic
 * @module
 */
import { lowestPlace, type PixelGraph, unlink } from "./pixelGraph.ts"
import { lengthOf, trace, type Traced, type TracedBranch } from "./trace.ts"

/** What is left of a graph, and which of its pixels. */
export interface Pruned {
  readonly traced: Traced
  readonly isThere: (pixel: number) => boolean
}

/**
 * Takes branches that are shorter than a length away where they end freely, in rounds: of those that meet at a junction the
 * shortest goes, then junctions are found anew, so that the longer one of a fork goes on as part of its stem. At last
 * pieces go that are one short branch, one short cycle or one pixel. Branches between junctions stay. Changes the graph.
 */
export const prune = (graph: PixelGraph, minimumPx: number, zRatio: number): Pruned => {
  const gone = new Uint8Array(graph.links.length)
  const isThere = (pixel: number): boolean => gone[pixel] === 0
  let traced = trace(graph, isThere)
  if (minimumPx <= 0) return { traced, isThere }

  const remove = (pixel: number): void => {
    gone[pixel] = 1
    for (let rest = graph.links[pixel]; rest !== 0; rest &= rest - 1) unlink(graph, pixel, lowestPlace(rest))
  }
  const isShort = ({ steps }: TracedBranch): boolean => lengthOf(steps, zRatio) < minimumPx
  const kindAt = (node: number) => traced.nodes[node]?.kind

  for (;;) {
    /** By junction the shortest branch that may go. */
    const shortest = new Map<number, TracedBranch>()
    for (const branch of traced.branches) {
      const { end, start, steps } = branch
      const [from, to] = [kindAt(start), kindAt(end)]
      const junction = from === "endpoint" && to === "junction" ? end : start
      const isSpur = (from === "endpoint" && to === "junction") || (from === "junction" && to === "endpoint")
      if (!isSpur || !isShort(branch)) continue
      const known = shortest.get(junction)
      if (known === undefined || lengthOf(steps, zRatio) < lengthOf(known.steps, zRatio)) shortest.set(junction, branch)
    }
    if (shortest.size === 0) break
    for (const [junction, { end, pixels }] of shortest) {
      for (const pixel of junction === end ? pixels.slice(0, -1) : pixels.slice(1)) remove(pixel)
    }
    traced = trace(graph, isThere)
  }

  for (const { kind, pixels } of traced.nodes) if (kind === "isolated") pixels.forEach(remove)
  for (const branch of traced.branches) {
    const isAlone = branch.start < 0 || (kindAt(branch.start) === "endpoint" && kindAt(branch.end) === "endpoint")
    if (isAlone && isShort(branch)) branch.pixels.forEach(remove)
  }
  return { traced: trace(graph, isThere), isThere }
}
