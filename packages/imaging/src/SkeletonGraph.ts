/**
 * The graph of a skeleton: branches with lengths, end points, junctions, cycles, and a summary.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import type { Image, Pixels, Stack } from "./Image.ts"
import { checkInto, checkParameters, checkStack } from "./internal/check.ts"
import { checkMask } from "./internal/checkMask.ts"
import { overlap } from "./internal/apart.ts"
import { checkOptions } from "./internal/options.ts"
import { checkPlanes } from "./internal/skeleton/checkPlanes.ts"
import { type Measured, measurePlanes, measureVolume } from "./internal/skeleton/graph/measure.ts"
import { planeSizes, type Sizes, volumeSizes } from "./internal/skeleton/graph/sizes.ts"
import {
  branchColumns,
  nodeColumns,
  summaryColumns,
  summaryColumns3d,
  summaryOf,
} from "./internal/skeleton/graph/tables.ts"
import type { ObjectTable } from "./ObjectTable.ts"
import { type Parameters, type ParameterSpec, pixelDtypes, type Signature } from "./Signature.ts"

const sizeSpec = (summary: string) =>
  ({
    summary,
    unit: "um",
    kind: "number",
    minimum: 0,
    above: true,
    maximum: 1_000_000,
    optional: true,
  }) as const satisfies ParameterSpec

const minimumSpec = {
  summary:
    "branches with a free end that are shorter are taken away, the shortest of each junction first, and pieces that are one short branch, cycle or pixel; 0 keeps all, and more is refused without a pixel size",
  unit: "um",
  kind: "number",
  minimum: 0,
  maximum: 1_000_000_000,
  fallback: 0,
} as const satisfies ParameterSpec

/** Columns of the branches' table. @category signatures */
export const branchTable = { name: "branches", columns: branchColumns } as const

/** Columns of the table of end points and junctions. @category signatures */
export const nodeTable = { name: "nodes", columns: nodeColumns } as const

/** Columns of the summary: one row of a plane or volume; of several planes one row each, and a last one, plane -1, for all together. @category signatures */
export const summaryTable = { name: "summary", columns: summaryColumns } as const

/** As {@link summaryTable}, its density by volume. @category signatures */
export const summaryTable3d = { name: "summary", columns: summaryColumns3d } as const

const reference =
  "pixels that touch are linked, straight steps first (relative neighbourhood graph, Toussaint 1980); branches as in skan (Nunez-Iglesias et al. 2018, PeerJ 6:e4312), but a junction of several pixels counts once and loops without a hole are opened"

/** What {@link skeletonGraph} takes and gives. @category signatures */
export const skeletonGraphSignature = {
  name: "skeleton_graph",
  summary:
    "branches, end points, junctions and cycles of skeletons in the plane, and the skeletons without their short branches; the planes of a stack are measured apart and never linked",
  version: 1,
  inputs: [{ name: "image", axes: "nyx", dtypes: pixelDtypes, holds: "mask", summary: "skeletons: what is not zero" }],
  output: { axes: "nyx", dtype: "uint8", scale: "none", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: {
    pixelSizeUm: sizeSpec("side of a pixel; left out where it is not known: numbers in um are then NaN"),
    minBranchLengthUm: minimumSpec,
  },
  tables: [branchTable, nodeTable, summaryTable],
  memory: { bytesPerPixel: 4, bytes: 262_144 },
  source: reference,
} as const satisfies Signature

/** What {@link skeletonGraph3d} takes and gives. @category signatures */
export const skeletonGraph3dSignature = {
  name: "skeleton_graph_3d",
  summary:
    "branches, end points, junctions and cycles of skeletons in a volume, whose planes are linked, and the skeletons without their short branches; meant for thin lines: solid parts take time that grows faster than their size",
  version: 1,
  inputs: [
    {
      name: "volume",
      axes: "zyx",
      dtypes: pixelDtypes,
      holds: "mask",
      summary: "skeletons: what is not zero; planes of a real z axis",
    },
  ],
  output: { axes: "zyx", dtype: "uint8", scale: "none", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: {
    pixelSizeUm: sizeSpec(
      "side of a voxel in the plane; left out where it is not known: numbers in um are then NaN, and planes count as one side of a pixel apart",
    ),
    zSpacingUm: sizeSpec("distance of planes; needed with pixelSizeUm, refused without it"),
    minBranchLengthUm: minimumSpec,
  },
  tables: [branchTable, nodeTable, summaryTable3d],
  memory: { bytesPerPixel: 4, bytes: 262_144 },
  source: reference,
} as const satisfies Signature

/** What a skeleton's graph has. @category models */
export interface SkeletonGraph {
  readonly branches: ObjectTable<typeof branchTable>
  readonly nodes: ObjectTable<typeof nodeTable>
  readonly summary: ObjectTable<typeof summaryTable>
  /** 1 where a pixel was not taken away as part of a short branch. */
  readonly skeleton: Stack<Uint8Array>
}

/**
 * The graph of one plane, or of the planes of a stack, each by itself: sites, channels and times are never linked.
 *
 * Throws `ImagingError` for a picture that is none and for parameters out of range.
 *
 * @category kernels
 */
export const skeletonGraph = (
  image: Image<Pixels> | Stack<Pixels>,
  parameters: Parameters<typeof skeletonGraphSignature> = {},
  how: RunOptions<Uint8Array> = {},
): SkeletonGraph => {
  const { backend, into } = checkOptions(skeletonGraphSignature.name, how)
  const sizes = planeSizes(skeletonGraphSignature.name, checkParameters(skeletonGraphSignature, parameters))
  const stack = checkPlanes(backend, skeletonGraphSignature.name, image)
  checkInto(skeletonGraphSignature.name, into, "uint8", stack.data.length)
  // Planes are written one after the other: those to come must still be there.
  const isInTheWay = into !== undefined && stack.planes > 1 && overlap(into, stack.data)
  const source = isInTheWay ? { ...stack, data: stack.data.slice() } : stack
  const out = into ?? new Uint8Array(stack.data.length)
  return graphOf(stack, measurePlanes(source, sizes, out, into === undefined), out, sizes)
}

/**
 * The graph of a volume: planes are a real z axis, and skeletons go from one to the next.
 *
 * Throws `ImagingError` for a stack that is none and for parameters out of range.
 *
 * @category kernels
 */
export const skeletonGraph3d = (
  volume: Stack<Pixels>,
  parameters: Parameters<typeof skeletonGraph3dSignature> = {},
  how: RunOptions<Uint8Array> = {},
): SkeletonGraph => {
  const { backend, into } = checkOptions(skeletonGraph3dSignature.name, how)
  const sizes = volumeSizes(skeletonGraph3dSignature.name, checkParameters(skeletonGraph3dSignature, parameters))
  checkStack(skeletonGraph3dSignature.name, volume, { backend, name: "volume", dtypes: pixelDtypes })
  checkMask(backend, skeletonGraph3dSignature.name, "volume", volume)
  checkInto(skeletonGraph3dSignature.name, into, "uint8", volume.data.length)
  const out = into ?? new Uint8Array(volume.data.length)
  return graphOf(volume, measureVolume(volume, sizes, out, into === undefined), out, sizes)
}

const graphOf = (
  { height, planes, width }: Stack<Pixels>,
  { branches, branchTypes, nodeKinds, nodes, totals }: Measured,
  data: Uint8Array,
  sizes: Sizes,
): SkeletonGraph => {
  // In the order of the signature: that is the order in which tables are written.
  const { branch, piece, plane, ...ofBranch } = branches.columns
  const { node, piece: pieceOfNode, plane: planeOfNode, ...ofNode } = nodes.columns
  return {
    branches: { rows: branches.rows, columns: { plane, branch, piece, type: branchTypes, ...ofBranch } },
    nodes: { rows: nodes.rows, columns: { plane: planeOfNode, node, piece: pieceOfNode, kind: nodeKinds, ...ofNode } },
    summary: summaryOf(totals, sizes),
    skeleton: { data, width, height, planes },
  }
}
