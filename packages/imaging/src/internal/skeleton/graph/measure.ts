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
import { lengthOf, type NodeKind, noSteps, type StepCounts } from "./trace.ts"

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
  readonly start: readonly [z: number, y: number, x: number]
  readonly end: readonly [z: number, y: number, x: number]
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
  readonly at: readonly [z: number, y: number, x: number]
  readonly pixels: number
  readonly degree: number
}

/** Numbers of one plane or volume, or of several together. */
export interface Totals {
  readonly steps: StepCounts
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
  steps: noSteps(),
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
  const { isThere, traced } = prune(graph, minBranchLengthUm / pixelSizeUm, zRatio)
  const positionOf = (pixel: number): readonly [z: number, y: number, x: number] => {
    const place = graph.places[pixel]
    const x = place % width
    const row = (place - x) / width
    return [plane + Math.floor(row / height), row % height, x]
  }
  const steps = noSteps()
  const count = (more: StepCounts): void => more.forEach((value, kind) => (steps[kind] += value))

  const branches = traced.branches.map((branch): BranchRow => {
    const [first = 0] = branch.pixels
    const start = positionOf(first)
    const end = positionOf(branch.pixels.at(-1) ?? first)
    const lengthPx = lengthOf(branch.steps, zRatio)
    count(branch.steps)
    return {
      plane,
      piece: traced.pieces[first],
      type: typeOf(traced.nodes[branch.start]?.kind, traced.nodes[branch.end]?.kind),
      startNode: branch.start,
      endNode: branch.end,
      start,
      end,
      pixels: branch.pixels.length - (branch.start < 0 ? 1 : 0),
      lengthPx,
      lengthUm: lengthPx * pixelSizeUm,
      distanceUm: Math.hypot((end[0] - start[0]) * zRatio, end[1] - start[1], end[2] - start[2]) * pixelSizeUm,
    }
  })
  const nodes = traced.nodes.map(({ degree, kind, pixels, steps: inner }): NodeRow => {
    count(inner)
    const sum = [0, 0, 0]
    for (const pixel of pixels) positionOf(pixel).forEach((value, axis) => (sum[axis] = (sum[axis] ?? 0) + value))
    const [z = 0, y = 0, x = 0] = sum.map((value) => value / pixels.length)
    return { plane, piece: traced.pieces[pixels[0] ?? 0], kind, at: [z, y, x], pixels: pixels.length, degree }
  })

  const skeleton = new Uint8Array(volume.data.length)
  let skeletonPixels = 0
  let linkEnds = 0
  for (let pixel = 0; pixel < graph.places.length; pixel++) {
    if (!isThere(pixel)) continue
    skeleton[graph.places[pixel]] = 1
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
