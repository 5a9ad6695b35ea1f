/**
 * Takes short side branches of a skeleton away: spurs that thinning leaves on rough outlines.
 *
 * @layer logic
 * @module
 */
import type { Arena } from "./arena.ts"
import { lowestPlace, type PixelGraph, unlink } from "./pixelGraph.ts"
import { endpoint, isolated, junction, lengthOf, stepKinds, trace, type Traced } from "./trace.ts"

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
export const prune = (graph: PixelGraph, minimumPx: number, zRatio: number, arena: Arena): Pruned => {
  const gone = arena.uint8(graph.links.length).fill(0)
  const mark = arena.mark()
  let traced = trace(graph, gone, arena)
  if (minimumPx <= 0) return { traced, gone }

  const remove = (pixels: Int32Array, from: number, to: number): void => {
    for (let index = from; index < to; index++) {
      const pixel = pixels[index]
      gone[pixel] = 1
      for (let rest = graph.links[pixel]; rest !== 0; rest &= rest - 1) unlink(graph, pixel, lowestPlace(rest))
    }
  }
  const lengthAt = (branch: number): number => lengthOf(traced.branches.steps, branch * stepKinds, zRatio)
  /** The kind of a node; -1 for none, at a cycle. */
  const kindAt = (node: number): number => (node < 0 ? -1 : traced.nodes.kinds[node])
  /** The graph once more, in the place of what was known of it. */
  const again = (): Traced => {
    arena.rewind(mark)
    return trace(graph, gone, arena)
  }

  for (;;) {
    /** By junction the shortest branch that may go. */
    const shortest = new Map<number, number>()
    const { count, first, last, pixels, starts } = traced.branches
    for (let branch = 0; branch < count; branch++) {
      const [from, to] = [kindAt(first[branch]), kindAt(last[branch])]
      const stem = from === endpoint && to === junction ? last[branch] : first[branch]
      const isSpur = (from === endpoint && to === junction) || (from === junction && to === endpoint)
      if (!isSpur || lengthAt(branch) >= minimumPx) continue
      const known = shortest.get(stem)
      if (known === undefined || lengthAt(branch) < lengthAt(known)) shortest.set(stem, branch)
    }
    if (shortest.size === 0) break
    for (const [stem, branch] of shortest) {
      const isEnd = stem === last[branch]
      remove(pixels, starts[branch] + (isEnd ? 0 : 1), starts[branch + 1] - (isEnd ? 1 : 0))
    }
    traced = again()
  }

  const { branches, nodes } = traced
  for (let node = 0; node < nodes.count; node++) {
    if (nodes.kinds[node] === isolated) remove(nodes.pixels, nodes.starts[node], nodes.starts[node + 1])
  }
  for (let branch = 0; branch < branches.count; branch++) {
    const [from, to] = [branches.first[branch], branches.last[branch]]
    const isAlone = from < 0 || (kindAt(from) === endpoint && kindAt(to) === endpoint)
    if (isAlone && lengthAt(branch) < minimumPx)
      remove(branches.pixels, branches.starts[branch], branches.starts[branch + 1])
  }
  return { traced: again(), gone }
}
