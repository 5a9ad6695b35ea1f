/**
 * Branches, end points and junctions of a graph of pixels. Junction pixels that touch count as one junction.
 *
 * @layer logic
 * @module
 */
import type { Arena } from "./arena.ts"
import { Numbers } from "./numbers.ts"
import { lowestPlace, neighbourAt, placeCount, type PixelGraph, placeSteps } from "./pixelGraph.ts"

/** What a node is, by the number that stands for it. */
export const nodeKinds = ["endpoint", "junction", "isolated"] as const
/** The numbers of the kinds. */
export const [endpoint, junction, isolated] = [0, 1, 2] as const

/** End points, junctions with all their pixels, and pixels without neighbours, by number. */
export interface TracedNodes {
  readonly count: number
  /** By node the number of its kind. */
  readonly kinds: Int32Array
  /** Ends of branches that meet there. */
  readonly degrees: Int32Array
  /** The pixels of node `n` stand from `starts[n]` up to but not including `starts[n + 1]`. */
  readonly starts: Int32Array
  readonly pixels: Int32Array
}

/** Lines of pixels between two nodes, and cycles without a node, by number. */
export interface TracedBranches {
  readonly count: number
  /** Nodes; -1 for a cycle. */
  readonly first: Int32Array
  readonly last: Int32Array
  /**
   * The pixels of branch `n` stand from `starts[n]` up to but not including `starts[n + 1]`: from the first to the last, those of its
   * nodes included; the first again at the end of a cycle.
   */
  readonly starts: Int32Array
  readonly pixels: Int32Array
  /** How many steps of each kind each branch has: {@link stepKinds} numbers each. The length follows without a sum of rounded ones. */
  readonly steps: Int32Array
}

/** Kinds of steps: straight in the plane, diagonal in the plane, and across planes over 0, 1 and 2 axes of the plane. */
export const stepKinds = 5

const kindOf = Int32Array.from(placeSteps, ([dz, dy, dx]) => {
  const inPlane = Math.abs(dy) + Math.abs(dx)
  return dz === 0 ? inPlane - 1 : 2 + inPlane
})

/** The length of the steps that are counted from a place on, in pixels of the plane, where planes are `zRatio` pixels apart. */
export const lengthOf = (steps: Int32Array | Float64Array, at: number, zRatio: number): number =>
  steps[at] +
  steps[at + 1] * Math.SQRT2 +
  steps[at + 2] * zRatio +
  steps[at + 3] * Math.hypot(zRatio, 1) +
  steps[at + 4] * Math.hypot(zRatio, Math.SQRT2)

/** All of a graph. */
export interface Traced {
  readonly nodes: TracedNodes
  readonly branches: TracedBranches
  /** Steps inside junctions, which belong to no branch, by kind. */
  readonly innerSteps: Int32Array
  /** By pixel the number of its piece, from 0. */
  readonly pieces: Int32Array
  readonly pieceCount: number
}

const notVisited = -1
/** Places that come before the middle in raster order. */
const earlierPlaces = (1 << 13) - 1

/** The nodes, and by pixel its node, or -1. Junctions are filled in raster order. */
const nodesOf = (
  graph: PixelGraph,
  gone: Uint8Array,
  arena: Arena,
): { readonly nodes: TracedNodes; readonly innerSteps: Int32Array; readonly nodeAt: Int32Array } => {
  const { links, touching } = graph
  const count = links.length
  const degrees = arena.uint8(count)
  for (let pixel = 0; pixel < count; pixel++) degrees[pixel] = placeCount(links[pixel])
  const kinds = new Numbers(arena, 4096)
  const starts = new Numbers(arena, 4096)
  const pixels = new Numbers(arena, 8192)
  const innerSteps = new Int32Array(stepKinds)
  const nodeAt = arena.int32(count).fill(-1)
  /** A corner between two junction pixels that touch: part of their junction. */
  const isCorner = (pixel: number): boolean => {
    if (degrees[pixel] !== 2) return false
    const first = neighbourAt(graph, pixel, lowestPlace(links[pixel]))
    const second = neighbourAt(graph, pixel, 31 - Math.clz32(links[pixel]))
    if (degrees[first] < 3 || degrees[second] < 3) return false
    for (let rest = touching[first]; rest !== 0; rest &= rest - 1) {
      if (neighbourAt(graph, first, lowestPlace(rest)) === second) return true
    }
    return false
  }
  const isJunction = (pixel: number): boolean => degrees[pixel] > 2 || isCorner(pixel)
  const fill = (first: number, node: number): void => {
    const start = pixels.length
    nodeAt[first] = node
    pixels.put(first)
    for (let index = start; index < pixels.length; index++) {
      const pixel = pixels.values[index]
      for (let rest = links[pixel]; rest !== 0; rest &= rest - 1) {
        const next = neighbourAt(graph, pixel, lowestPlace(rest))
        if (nodeAt[next] >= 0 || !isJunction(next)) continue
        nodeAt[next] = node
        pixels.put(next)
      }
    }
    for (let index = start; index < pixels.length; index++) {
      const pixel = pixels.values[index]
      // Each link is met from both ends; it counts from the later pixel.
      for (let rest = links[pixel] & earlierPlaces; rest !== 0; rest &= rest - 1) {
        const place = lowestPlace(rest)
        if (nodeAt[neighbourAt(graph, pixel, place)] === node) innerSteps[kindOf[place]]++
      }
    }
  }
  for (let pixel = 0; pixel < count; pixel++) {
    if (gone[pixel] === 1 || nodeAt[pixel] >= 0) continue
    const degree = degrees[pixel]
    if (degree < 2) {
      nodeAt[pixel] = kinds.length
      starts.put(pixels.length)
      pixels.put(pixel)
      kinds.put(degree === 0 ? isolated : endpoint)
    } else if (isJunction(pixel)) {
      starts.put(pixels.length)
      fill(pixel, kinds.length)
      kinds.put(junction)
    }
  }
  starts.put(pixels.length)
  const nodes = {
    count: kinds.length,
    kinds: kinds.values,
    degrees: arena.int32(kinds.length).fill(0),
    starts: starts.values,
    pixels: pixels.values,
  }
  return { nodes, innerSteps, nodeAt }
}

/** Branches and nodes. Pixels that are `gone` are left out; they have no links. */
export const trace = (graph: PixelGraph, gone: Uint8Array, arena: Arena): Traced => {
  const { links } = graph
  const { innerSteps, nodeAt, nodes } = nodesOf(graph, gone, arena)
  const first = new Numbers(arena, 4096)
  const last = new Numbers(arena, 4096)
  const starts = new Numbers(arena, 4096)
  const steps = new Numbers(arena, 4096 * stepKinds)
  const pixels = new Numbers(arena, links.length + 8192)
  const visited = arena.uint8(links.length).fill(0)

  /** Follows a line from a pixel over a link until a node, or the pixel itself. */
  const follow = (from: number, place: number): void => {
    const at = steps.length
    for (let kind = 0; kind < stepKinds; kind++) steps.put(0)
    const counts = steps.values
    first.put(nodeAt[from])
    starts.put(pixels.length)
    pixels.put(from)
    let pixel = from
    let out = place
    for (;;) {
      counts[at + kindOf[out]]++
      pixel = neighbourAt(graph, pixel, out)
      pixels.put(pixel)
      if (nodeAt[pixel] >= 0 || pixel === from) break
      visited[pixel] = 1
      out = lowestPlace(links[pixel] & ~(1 << (26 - out)))
    }
    last.put(nodeAt[pixel])
  }

  for (let number = 0; number < nodes.count; number++) {
    for (let index = nodes.starts[number]; index < nodes.starts[number + 1]; index++) {
      const pixel = nodes.pixels[index]
      for (let rest = links[pixel]; rest !== 0; rest &= rest - 1) {
        const place = lowestPlace(rest)
        const next = neighbourAt(graph, pixel, place)
        const other = nodeAt[next]
        // Inside a junction there are no branches; a line that was followed from its other end is known.
        if (other === number || (other >= 0 && other < number) || (other < 0 && visited[next] === 1)) continue
        follow(pixel, place)
        nodes.degrees[number]++
        const end = last.values[last.length - 1]
        if (end >= 0) nodes.degrees[end]++
      }
    }
  }
  for (let pixel = 0; pixel < links.length; pixel++) {
    if (gone[pixel] === 1 || nodeAt[pixel] >= 0 || visited[pixel] === 1) continue
    visited[pixel] = 1
    follow(pixel, lowestPlace(links[pixel]))
  }
  starts.put(pixels.length)
  const branches = {
    count: last.length,
    first: first.values,
    last: last.values,
    starts: starts.values,
    pixels: pixels.values,
    steps: steps.values,
  }
  return { nodes, branches, innerSteps, ...piecesOf(graph, gone, arena) }
}

/** Numbers the pieces in raster order of their first pixels. */
const piecesOf = (
  graph: PixelGraph,
  gone: Uint8Array,
  arena: Arena,
): { readonly pieces: Int32Array; readonly pieceCount: number } => {
  const { links } = graph
  const pieces = arena.int32(links.length).fill(notVisited)
  const open = new Numbers(arena, 4096)
  let pieceCount = 0
  for (let first = 0; first < links.length; first++) {
    if (gone[first] === 1 || pieces[first] !== notVisited) continue
    pieces[first] = pieceCount
    open.put(first)
    while (open.length > 0) {
      const pixel = open.values[--open.length]
      for (let rest = links[pixel]; rest !== 0; rest &= rest - 1) {
        const next = neighbourAt(graph, pixel, lowestPlace(rest))
        if (pieces[next] !== notVisited) continue
        pieces[next] = pieceCount
        open.put(next)
      }
    }
    pieceCount++
  }
  return { pieces, pieceCount }
}
