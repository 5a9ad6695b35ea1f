/**
 * Takes short side branches of a skeleton away: spurs that thinning leaves on rough outlines.
 *
 * @layer logic
 * @module
 */
import { lowestPlace, type PixelGraph, unlink } from "./pixelGraph.ts"
import { lengthOf, type NodeKind, stepKinds, trace, type Traced } from "./trace.ts"

/** What is left of a graph, and 1 for each of its pixels that is not. */
export interface Pruned {
  readonly traced: Traced
  readonly gone: Uint8Array
}

/**
 * Takes branches that are shorter than a length away where they end freely, in rounds: of those that meet at a junction the
 * shortest goes, then junctions are found anew, so that the longer one of a fork goes on as part of its stem. At last
 * pieces go that are one short branch, one short cycle or one pixel. Branches between junctions stay. Changes the graph.
 */
export const prune = (graph: PixelGraph, minimumPx: number, zRatio: number): Pruned => {
  const gone = new Uint8Array(graph.links.length)
  let traced = trace(graph, gone)
  if (minimumPx <= 0) return { traced, gone }

  const remove = (pixels: Int32Array, from: number, to: number): void => {
    for (let index = from; index < to; index++) {
      const pixel = pixels[index]
      gone[pixel] = 1
      for (let rest = graph.links[pixel]; rest !== 0; rest &= rest - 1) unlink(graph, pixel, lowestPlace(rest))
    }
  }
  const lengthAt = (branch: number): number => lengthOf(traced.branches.steps, branch * stepKinds, zRatio)
  const kindAt = (node: number): NodeKind | undefined => traced.nodes.kinds[node]

  for (;;) {
    /** By junction the shortest branch that may go. */
    const shortest = new Map<number, number>()
    const { count, first, last, pixels, starts } = traced.branches
    for (let branch = 0; branch < count; branch++) {
      const [from, to] = [kindAt(first[branch]), kindAt(last[branch])]
      const junction = from === "endpoint" && to === "junction" ? last[branch] : first[branch]
      const isSpur = (from === "endpoint" && to === "junction") || (from === "junction" && to === "endpoint")
      if (!isSpur || lengthAt(branch) >= minimumPx) continue
      const known = shortest.get(junction)
      if (known === undefined || lengthAt(branch) < lengthAt(known)) shortest.set(junction, branch)
    }
    if (shortest.size === 0) break
    for (const [junction, branch] of shortest) {
      const isEnd = junction === last[branch]
      remove(pixels, starts[branch] + (isEnd ? 0 : 1), starts[branch + 1] - (isEnd ? 1 : 0))
    }
    traced = trace(graph, gone)
  }

  const { branches, nodes } = traced
  for (const [node, kind] of nodes.kinds.entries()) {
    if (kind === "isolated") remove(nodes.pixels, nodes.starts[node], nodes.starts[node + 1])
  }
  for (let branch = 0; branch < branches.count; branch++) {
    const [from, to] = [branches.first[branch], branches.last[branch]]
    const isAlone = from < 0 || (kindAt(from) === "endpoint" && kindAt(to) === "endpoint")
    if (isAlone && lengthAt(branch) < minimumPx)
      remove(branches.pixels, branches.starts[branch], branches.starts[branch + 1])
  }
  return { traced: trace(graph, gone), gone }
}
