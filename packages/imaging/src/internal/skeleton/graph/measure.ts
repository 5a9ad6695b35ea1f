/**
 * Numbers of a skeleton's graph, with their units.
 *
 * @layer logic
 * @module
 */
import { type Pixels, planeOf, type Stack } from "../../../Image.ts"
import { openLoops } from "./openLoops.ts"
import { placeCount, planeGraphOf, touchingGraph } from "./pixelGraph.ts"
import { prune } from "./prune.ts"
import { lengthOf, type NodeKind, stepKinds } from "./trace.ts"

/** Sizes and the least length of free branches. */
export interface GraphOptions {
  readonly pixelSizeUm: number
  readonly zSpacingUm: number
  readonly minBranchLengthUm: number
}

/** What a branch lies between. */
export type BranchType = "endpoint-endpoint" | "junction-endpoint" | "junction-junction" | "cycle"

/** One branch; coordinates in pixels, those of its first and last pixel. */
export interface BranchRow {
  readonly plane: number
  readonly piece: number
  readonly type: BranchType
  readonly startNode: number
  readonly endNode: number
  readonly startZ: number
  readonly startY: number
  readonly startX: number
  readonly endZ: number
  readonly endY: number
  readonly endX: number
  readonly pixels: number
  readonly lengthPx: number
  readonly lengthUm: number
  readonly distanceUm: number
}

/** One end point, junction or single pixel. */
export interface NodeRow {
  readonly plane: number
  readonly piece: number
  readonly kind: NodeKind
  /** The middle of its pixels. */
  readonly z: number
  readonly y: number
  readonly x: number
  readonly pixels: number
  readonly degree: number
}

/** Numbers of one plane or volume, or of several together. */
export interface Totals {
  /** By kind. */
  readonly steps: Float64Array
  readonly branches: number
  readonly junctions: number
  readonly endpoints: number
  readonly isolated: number
  readonly pieces: number
  readonly cycles: number
  readonly skeletonPixels: number
  readonly pixels: number
  readonly branchLengthSumUm: number
  readonly branchLengthMaxUm: number
  readonly tortuositySum: number
  readonly tortuosityCount: number
}

/** All of a plane or a volume. */
export interface Measured {
  readonly branches: ReadonlyArray<BranchRow>
  readonly nodes: ReadonlyArray<NodeRow>
  readonly totals: Totals
  /** 1 where a pixel of the skeleton is left. */
  readonly skeleton: Uint8Array
}

/** Nothing yet. */
export const noTotals: Totals = {
  steps: new Float64Array(stepKinds),
  branches: 0,
  junctions: 0,
  endpoints: 0,
  isolated: 0,
  pieces: 0,
  cycles: 0,
  skeletonPixels: 0,
  pixels: 0,
  branchLengthSumUm: 0,
  branchLengthMaxUm: 0,
  tortuositySum: 0,
  tortuosityCount: 0,
}

/** Two planes' numbers together. */
export const together = (first: Totals, second: Totals): Totals => ({
  steps: first.steps.map((steps, kind) => steps + second.steps[kind]),
  branches: first.branches + second.branches,
  junctions: first.junctions + second.junctions,
  endpoints: first.endpoints + second.endpoints,
  isolated: first.isolated + second.isolated,
  pieces: first.pieces + second.pieces,
  cycles: first.cycles + second.cycles,
  skeletonPixels: first.skeletonPixels + second.skeletonPixels,
  pixels: first.pixels + second.pixels,
  branchLengthSumUm: first.branchLengthSumUm + second.branchLengthSumUm,
  branchLengthMaxUm: Math.max(first.branchLengthMaxUm, second.branchLengthMaxUm),
  tortuositySum: first.tortuositySum + second.tortuositySum,
  tortuosityCount: first.tortuosityCount + second.tortuosityCount,
})

const typeOf = (start: NodeKind | undefined, end: NodeKind | undefined): BranchType => {
  if (start === undefined || end === undefined) return "cycle"
  if (start === end) return start === "junction" ? "junction-junction" : "endpoint-endpoint"
  return "junction-endpoint"
}

/** Measures the planes of a stack, each by itself. */
export const measurePlanes = (stack: Stack<Pixels>, options: GraphOptions): ReadonlyArray<Measured> =>
  Array.from({ length: stack.planes }, (_, plane) =>
    measureGraph({ ...planeOf(stack, plane), planes: 1 }, plane, options),
  )

/** Measures a volume, whose planes are linked. */
export const measureVolume = (volume: Stack<Pixels>, options: GraphOptions): Measured =>
  measureGraph(volume, 0, options)

/** What is left of the skeletons, planes behind each other. */
export const skeletonOf = (measured: ReadonlyArray<Measured>, into: Uint8Array | undefined): Uint8Array => {
  const [only] = measured
  if (only !== undefined && measured.length === 1 && into === undefined) return only.skeleton
  const data = into ?? new Uint8Array(measured.reduce((sum, { skeleton }) => sum + skeleton.length, 0))
  let at = 0
  for (const { skeleton } of measured) {
    data.set(skeleton, at)
    at += skeleton.length
  }
  return data
}

const measureGraph = (volume: Stack<Pixels>, plane: number, options: GraphOptions): Measured => {
  const { height, planes, width } = volume
  const { minBranchLengthUm, pixelSizeUm, zSpacingUm } = options
  const zRatio = planes === 1 ? 1 : zSpacingUm / pixelSizeUm
  const graph = planes === 1 ? planeGraphOf(volume) : touchingGraph(volume)
  if (planes > 1) openLoops(graph)
  const { gone, traced } = prune(graph, minBranchLengthUm / pixelSizeUm, zRatio)
  const { branches: ways, nodes: ends, pieces } = traced
  const { places } = graph
  const xOf = (pixel: number): number => places[pixel] % width
  const yOf = (pixel: number): number => Math.floor(places[pixel] / width) % height
  const zOf = (pixel: number): number => plane + Math.floor(places[pixel] / (width * height))
  const steps = Float64Array.from(traced.innerSteps)

  const branches: Array<BranchRow> = []
  for (let branch = 0; branch < ways.count; branch++) {
    const [from, to] = [ways.starts[branch], ways.starts[branch + 1]]
    const [first, last] = [ways.pixels[from], ways.pixels[to - 1]]
    const [startZ, startY, startX] = [zOf(first), yOf(first), xOf(first)]
    const [endZ, endY, endX] = [zOf(last), yOf(last), xOf(last)]
    const [startNode, endNode] = [ways.first[branch], ways.last[branch]]
    const lengthPx = lengthOf(ways.steps, branch * stepKinds, zRatio)
    for (let kind = 0; kind < stepKinds; kind++) steps[kind] += ways.steps[branch * stepKinds + kind]
    branches.push({
      plane,
      piece: pieces[first],
      type: typeOf(ends.kinds[startNode], ends.kinds[endNode]),
      startNode,
      endNode,
      startZ,
      startY,
      startX,
      endZ,
      endY,
      endX,
      pixels: to - from - (startNode < 0 ? 1 : 0),
      lengthPx,
      lengthUm: lengthPx * pixelSizeUm,
      distanceUm: Math.hypot((endZ - startZ) * zRatio, endY - startY, endX - startX) * pixelSizeUm,
    })
  }
  const nodes = ends.kinds.map((kind, node): NodeRow => {
    const [from, to] = [ends.starts[node], ends.starts[node + 1]]
    let [z, y, x] = [0, 0, 0]
    for (let index = from; index < to; index++) {
      z += zOf(ends.pixels[index])
      y += yOf(ends.pixels[index])
      x += xOf(ends.pixels[index])
    }
    const pixels = to - from
    const piece = pieces[ends.pixels[from]]
    return { plane, piece, kind, z: z / pixels, y: y / pixels, x: x / pixels, pixels, degree: ends.degrees[node] }
  })

  const skeleton = new Uint8Array(volume.data.length)
  let skeletonPixels = 0
  let linkEnds = 0
  for (let pixel = 0; pixel < places.length; pixel++) {
    if (gone[pixel] === 1) continue
    skeleton[places[pixel]] = 1
    skeletonPixels++
    linkEnds += placeCount(graph.links[pixel])
  }
  const kinds = (kind: NodeKind): number => nodes.filter((node) => node.kind === kind).length
  const tortuous = branches.filter(({ distanceUm }) => distanceUm > 0)
  const totals: Totals = {
    steps,
    branches: branches.length,
    junctions: kinds("junction"),
    endpoints: kinds("endpoint"),
    isolated: kinds("isolated"),
    pieces: traced.pieceCount,
    cycles: linkEnds / 2 - skeletonPixels + traced.pieceCount,
    skeletonPixels,
    pixels: volume.data.length,
    branchLengthSumUm: branches.reduce((sum, { lengthUm }) => sum + lengthUm, 0),
    branchLengthMaxUm: branches.reduce((most, { lengthUm }) => Math.max(most, lengthUm), 0),
    tortuositySum: tortuous.reduce((sum, { distanceUm, lengthUm }) => sum + lengthUm / distanceUm, 0),
    tortuosityCount: tortuous.length,
  }
  return { branches, nodes, totals, skeleton }
}
