/**
 * Branches, end points and junctions of a graph of pixels. Junction pixels that touch count as one junction.
 *
 * @layer logic
 * @module
 */
import { lowestPlace, neighbourAt, placeCount, type PixelGraph, placeSteps } from "./pixelGraph.ts"

/** What a node is. */
export type NodeKind = "endpoint" | "junction" | "isolated"

/** An end point, a junction with all its pixels, or a pixel without neighbours. */
export interface TracedNode {
  readonly kind: NodeKind
  readonly pixels: ReadonlyArray<number>
  /** Ends of branches that meet here. */
  degree: number
  /** Steps inside a junction that belong to no branch. */
  readonly steps: StepCounts
}

/** How many steps of each kind a line has: the length follows from them without a sum of rounded numbers. */
export type StepCounts = Float64Array

/** Kinds of steps: straight in the plane, diagonal in the plane, and across planes over 0, 1 and 2 axes of the plane. */
const kindOf = placeSteps.map(([dz, dy, dx]) => {
  const inPlane = Math.abs(dy) + Math.abs(dx)
  return dz === 0 ? inPlane - 1 : 2 + inPlane
})

/** No steps yet. */
export const noSteps = (): StepCounts => new Float64Array(5)

/** The length of steps in pixels of the plane, where planes are `zRatio` pixels apart. */
export const lengthOf = ([straight = 0, diagonal = 0, z = 0, z1 = 0, z2 = 0]: StepCounts, zRatio: number): number =>
  straight + diagonal * Math.SQRT2 + z * zRatio + z1 * Math.hypot(zRatio, 1) + z2 * Math.hypot(zRatio, Math.SQRT2)

/** A line of pixels between two nodes, or a cycle without a node. */
export interface TracedBranch {
  /** From the first to the last pixel, those of its nodes included; the first again at the end of a cycle. */
  readonly pixels: ReadonlyArray<number>
  readonly steps: StepCounts
  /** Nodes by number; -1 for a cycle. */
  readonly start: number
  readonly end: number
}

/** All of a graph. */
export interface Traced {
  readonly nodes: ReadonlyArray<TracedNode>
  readonly branches: ReadonlyArray<TracedBranch>
  /** By pixel the number of its piece, from 0. */
  readonly pieces: Int32Array
  readonly pieceCount: number
}

const notVisited = -1
/** Places that come before the middle in raster order. */
const earlierPlaces = (1 << 13) - 1

/** By pixel its node, or -1. Junctions are filled in raster order. */
const nodesOf = (
  graph: PixelGraph,
  isThere: (pixel: number) => boolean,
): { readonly nodes: Array<TracedNode>; readonly nodeAt: Int32Array } => {
  const { links, touching } = graph
  const count = links.length
  const degrees = new Uint8Array(count)
  for (let pixel = 0; pixel < count; pixel++) degrees[pixel] = placeCount(links[pixel])
  const nodes: Array<TracedNode> = []
  const nodeAt = new Int32Array(count).fill(-1)
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
  for (let pixel = 0; pixel < count; pixel++) {
    if (!isThere(pixel) || nodeAt[pixel] >= 0) continue
    const degree = degrees[pixel]
    if (degree < 2) {
      nodeAt[pixel] = nodes.length
      nodes.push({ kind: degree === 0 ? "isolated" : "endpoint", pixels: [pixel], degree: 0, steps: noSteps() })
    } else if (isJunction(pixel)) {
      const pixels = [pixel]
      const steps = noSteps()
      nodeAt[pixel] = nodes.length
      for (let index = 0; index < pixels.length; index++) {
        for (let rest = links[pixels[index]]; rest !== 0; rest &= rest - 1) {
          const next = neighbourAt(graph, pixels[index], lowestPlace(rest))
          if (nodeAt[next] >= 0 || !isJunction(next)) continue
          nodeAt[next] = nodes.length
          pixels.push(next)
        }
      }
      for (const one of pixels) {
        // Each link is met from both ends; it counts from the later pixel.
        for (let rest = links[one] & earlierPlaces; rest !== 0; rest &= rest - 1) {
          const place = lowestPlace(rest)
          if (nodeAt[neighbourAt(graph, one, place)] === nodes.length) steps[kindOf[place]]++
        }
      }
      nodes.push({ kind: "junction", pixels, degree: 0, steps })
    }
  }
  return { nodes, nodeAt }
}

/** Branches and nodes. Pixels for which `isThere` is false are left out; they have no links. */
export const trace = (graph: PixelGraph, isThere: (pixel: number) => boolean): Traced => {
  const { links } = graph
  const { nodeAt, nodes } = nodesOf(graph, isThere)
  const branches: Array<TracedBranch> = []
  const visited = new Uint8Array(links.length)

  /** Follows a line from a pixel over its first link until a node, or the pixel itself. */
  const follow = (from: number, place: number): TracedBranch => {
    const pixels = [from]
    const steps = noSteps()
    let pixel = from
    let out = place
    for (;;) {
      steps[kindOf[out]]++
      pixel = neighbourAt(graph, pixel, out)
      pixels.push(pixel)
      if (nodeAt[pixel] >= 0 || pixel === from) break
      visited[pixel] = 1
      out = lowestPlace(links[pixel] & ~(1 << (26 - out)))
    }
    return { pixels, steps, start: nodeAt[from], end: nodeAt[pixel] }
  }

  for (const [number, node] of nodes.entries()) {
    for (const pixel of node.pixels) {
      for (let rest = links[pixel]; rest !== 0; rest &= rest - 1) {
        const place = lowestPlace(rest)
        const next = neighbourAt(graph, pixel, place)
        const other = nodeAt[next]
        // Inside a junction there are no branches; a line that was followed from its other end is known.
        if (other === number || (other >= 0 && other < number) || (other < 0 && visited[next] === 1)) continue
        const branch = follow(pixel, place)
        branches.push(branch)
        node.degree++
        const end = nodes[branch.end]
        if (end !== undefined) end.degree++
      }
    }
  }
  for (let pixel = 0; pixel < links.length; pixel++) {
    if (!isThere(pixel) || nodeAt[pixel] >= 0 || visited[pixel] === 1) continue
    visited[pixel] = 1
    branches.push(follow(pixel, lowestPlace(links[pixel])))
  }
  return { nodes, branches, ...piecesOf(graph, isThere) }
}

/** Numbers the pieces in raster order of their first pixels. */
const piecesOf = (
  graph: PixelGraph,
  isThere: (pixel: number) => boolean,
): { readonly pieces: Int32Array; readonly pieceCount: number } => {
  const { links } = graph
  const pieces = new Int32Array(links.length).fill(notVisited)
  let pieceCount = 0
  for (let first = 0; first < links.length; first++) {
    if (!isThere(first) || pieces[first] !== notVisited) continue
    pieces[first] = pieceCount
    const open = [first]
    for (let pixel = open.pop(); pixel !== undefined; pixel = open.pop()) {
      for (let rest = links[pixel]; rest !== 0; rest &= rest - 1) {
        const next = neighbourAt(graph, pixel, lowestPlace(rest))
        if (pieces[next] !== notVisited) continue
        pieces[next] = pieceCount
        open.push(next)
      }
    }
    pieceCount++
  }
  return { pieces, pieceCount }
}
