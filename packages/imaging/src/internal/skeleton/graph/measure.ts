/**
 * Numbers of a skeleton's graph, with their units, straight into the columns of tables.
 *
 * @layer logic
 * @module
 */
import { type Pixels, planeOf, type Stack } from "../../../Image.ts"
import { Arena } from "./arena.ts"
import { openLoops } from "./openLoops.ts"
import { type PixelGraph, placeCount, planeGraphOf, touchingGraph } from "./pixelGraph.ts"
import { type Pruned, prune } from "./prune.ts"
import { Rows } from "./rows.ts"
import type { Sizes } from "./sizes.ts"
import type { branchColumns, nodeColumns } from "./tables.ts"
import type { Totals } from "./totals.ts"
import { endpoint, isolated, junction, lengthOf, nodeKinds, stepKinds } from "./trace.ts"

/** What a branch lies between. */
type BranchType = "endpoint-endpoint" | "junction-endpoint" | "junction-junction" | "cycle"

/** The columns of numbers; the others are texts. */
type NumberNames<C extends ReadonlyArray<{ readonly name: string; readonly kind: string }>> = Exclude<
  C[number],
  { readonly kind: "text" }
>["name"]

type BranchNames = NumberNames<typeof branchColumns>
type NodeNames = NumberNames<typeof nodeColumns>

/** Tables of all planes, with what is left of their skeletons. */
export interface Measured {
  readonly branches: { readonly rows: number; readonly columns: Readonly<Record<BranchNames, Float64Array>> }
  readonly branchTypes: ReadonlyArray<string>
  readonly nodes: { readonly rows: number; readonly columns: Readonly<Record<NodeNames, Float64Array>> }
  readonly nodeKinds: ReadonlyArray<string>
  /** Of each plane, or of the volume. */
  readonly totals: ReadonlyArray<Totals>
}

/** Where measurements of several planes go. */
interface Tables {
  readonly branches: Rows<BranchNames>
  readonly branchTypes: Array<string>
  readonly nodes: Rows<NodeNames>
  readonly nodeKinds: Array<string>
}

const emptyTables = (): Tables => ({
  branches: new Rows([
    "plane",
    "branch",
    "piece",
    "start_node",
    "end_node",
    "start_z",
    "start_y_px",
    "start_x_px",
    "end_z",
    "end_y_px",
    "end_x_px",
    "pixels",
    "length_px",
    "length_um",
    "distance_um",
    "tortuosity",
  ]),
  branchTypes: [],
  nodes: new Rows(["plane", "node", "piece", "z", "y_px", "x_px", "pixels", "degree"]),
  nodeKinds: [],
})

const typeOf = (start: number, end: number): BranchType => {
  if (start < 0 || end < 0) return "cycle"
  if (start === end) return start === junction ? "junction-junction" : "endpoint-endpoint"
  return "junction-endpoint"
}

/** One graph after short branches were taken away. */
interface Part extends Pruned {
  readonly graph: PixelGraph
  readonly plane: number
}

/** What the branches add up to. */
type BranchTotals = Pick<
  Totals,
  "steps" | "branches" | "branchLengthSumUm" | "branchLengthMaxUm" | "tortuositySum" | "tortuosityCount"
>

const putBranches = (tables: Tables, { graph, plane, traced }: Part, { pixelSizeUm, zRatio }: Sizes): BranchTotals => {
  const { places, height, width } = graph
  const { branches: ways, nodes: ends, pieces } = traced
  const size = width * height
  const { branches, branchTypes } = tables
  branches.reserve(ways.count)
  const { columns } = branches
  const steps = Float64Array.from(traced.innerSteps)
  let [branchLengthSumUm, branchLengthMaxUm, tortuositySum, tortuosityCount] = [0, 0, 0, 0]
  for (let branch = 0; branch < ways.count; branch++) {
    const from = ways.starts[branch]
    const to = ways.starts[branch + 1]
    const firstPixel = ways.pixels[from]
    const first = places[firstPixel]
    const last = places[ways.pixels[to - 1]]
    const startZ = Math.floor(first / size)
    const endZ = Math.floor(last / size)
    const startY = Math.floor(first / width) - startZ * height
    const endY = Math.floor(last / width) - endZ * height
    const startX = first % width
    const endX = last % width
    const startNode = ways.first[branch]
    const endNode = ways.last[branch]
    const lengthPx = lengthOf(ways.steps, branch * stepKinds, zRatio)
    const distancePx = Math.hypot((endZ - startZ) * zRatio, endY - startY, endX - startX)
    const lengthUm = lengthPx * pixelSizeUm
    for (let kind = 0; kind < stepKinds; kind++) steps[kind] += ways.steps[branch * stepKinds + kind]
    branchLengthSumUm += lengthUm
    branchLengthMaxUm = Math.max(branchLengthMaxUm, lengthUm)
    let tortuosity = Number.NaN
    if (distancePx > 0) {
      tortuosity = lengthPx / distancePx
      tortuositySum += tortuosity
      tortuosityCount++
    }
    branchTypes.push(typeOf(startNode < 0 ? -1 : ends.kinds[startNode], endNode < 0 ? -1 : ends.kinds[endNode]))
    const row = branches.rows + branch
    columns.plane[row] = plane
    columns.branch[row] = branch
    columns.piece[row] = pieces[firstPixel]
    columns.start_node[row] = startNode
    columns.end_node[row] = endNode
    columns.start_z[row] = plane + startZ
    columns.start_y_px[row] = startY
    columns.start_x_px[row] = startX
    columns.end_z[row] = plane + endZ
    columns.end_y_px[row] = endY
    columns.end_x_px[row] = endX
    columns.pixels[row] = to - from - (startNode < 0 ? 1 : 0)
    columns.length_px[row] = lengthPx
    columns.length_um[row] = lengthUm
    columns.distance_um[row] = distancePx * pixelSizeUm
    columns.tortuosity[row] = tortuosity
  }
  branches.rows += ways.count
  return { steps, branches: ways.count, branchLengthSumUm, branchLengthMaxUm, tortuositySum, tortuosityCount }
}

/** Puts the nodes and gives how many there are of each kind. */
const putNodes = (tables: Tables, { graph, plane, traced }: Part): Int32Array => {
  const { places, height, width } = graph
  const { nodes: ends, pieces } = traced
  const { nodes } = tables
  nodes.reserve(ends.count)
  const { columns } = nodes
  const counts = new Int32Array(nodeKinds.length)
  for (let node = 0; node < ends.count; node++) {
    const from = ends.starts[node]
    const to = ends.starts[node + 1]
    let z = 0
    let y = 0
    let x = 0
    for (let index = from; index < to; index++) {
      const place = places[ends.pixels[index]]
      const row = Math.floor(place / width)
      const at = Math.floor(row / height)
      z += plane + at
      y += row - at * height
      x += place - row * width
    }
    const pixels = to - from
    const kind = ends.kinds[node]
    counts[kind]++
    tables.nodeKinds.push(nodeKinds[kind])
    const row = nodes.rows + node
    columns.plane[row] = plane
    columns.node[row] = node
    columns.piece[row] = pieces[ends.pixels[from]]
    columns.z[row] = z / pixels
    columns.y_px[row] = y / pixels
    columns.x_px[row] = x / pixels
    columns.pixels[row] = pixels
    columns.degree[row] = ends.degrees[node]
  }
  nodes.rows += ends.count
  return counts
}

/** One for all calls of a thread: kernels are not called from within each other's work. */
const arena = new Arena()

/** Measures a plane or a volume; `out` becomes what is left of it, after all of it was read. */
const measureGraph = (
  volume: Stack<Pixels>,
  plane: number,
  sizes: Sizes,
  tables: Tables,
  out: Uint8Array,
  isCleared: boolean,
): Totals => {
  arena.restart()
  const graph = volume.planes === 1 ? planeGraphOf(volume, arena) : touchingGraph(volume, arena)
  if (volume.planes > 1) openLoops(graph)
  const { gone, traced } = prune(graph, sizes.minBranchLengthPx, sizes.zRatio, arena)
  const part = { graph, plane, gone, traced }
  const ofBranches = putBranches(tables, part, sizes)
  const kinds = putNodes(tables, part)
  const { places } = graph
  if (!isCleared) out.fill(0)
  let skeletonPixels = 0
  let linkEnds = 0
  for (let pixel = 0; pixel < places.length; pixel++) {
    if (gone[pixel] === 1) continue
    out[places[pixel]] = 1
    skeletonPixels++
    linkEnds += placeCount(graph.links[pixel])
  }
  return {
    ...ofBranches,
    junctions: kinds[junction],
    endpoints: kinds[endpoint],
    isolated: kinds[isolated],
    pieces: traced.pieceCount,
    cycles: linkEnds / 2 - skeletonPixels + traced.pieceCount,
    skeletonPixels,
    pixels: out.length,
  }
}

const measuredOf = (tables: Tables, totals: ReadonlyArray<Totals>): Measured => ({
  branches: { rows: tables.branches.rows, columns: tables.branches.done() },
  branchTypes: tables.branchTypes,
  nodes: { rows: tables.nodes.rows, columns: tables.nodes.done() },
  nodeKinds: tables.nodeKinds,
  totals,
})

/** Measures the planes of a stack, each by itself; `out` may be the stack's own array, and is cleared if it is not yet. */
export const measurePlanes = (stack: Stack<Pixels>, sizes: Sizes, out: Uint8Array, isCleared: boolean): Measured => {
  const tables = emptyTables()
  const size = stack.width * stack.height
  const totals: Array<Totals> = []
  for (let plane = 0; plane < stack.planes; plane++) {
    const left = out.subarray(plane * size, (plane + 1) * size)
    totals.push(measureGraph({ ...planeOf(stack, plane), planes: 1 }, plane, sizes, tables, left, isCleared))
  }
  return measuredOf(tables, totals)
}

/** Measures a volume, whose planes are linked. */
export const measureVolume = (volume: Stack<Pixels>, sizes: Sizes, out: Uint8Array, isCleared: boolean): Measured => {
  const tables = emptyTables()
  return measuredOf(tables, [measureGraph(volume, 0, sizes, tables, out, isCleared)])
}
