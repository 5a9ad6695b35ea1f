/**
 * Neurites of a segmented picture: its skeleton, the skeleton's graph, and how much of the picture they fill.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { type Image, type Pixels, planeOf, type Stack } from "./Image.ts"
import { checkInto, checkParameters, checkStack } from "./internal/check.ts"
import { checkMask } from "./internal/checkMask.ts"
import { checkOptions } from "./internal/options.ts"
import { planeSizes, volumeSizes } from "./internal/skeleton/graph/sizes.ts"
import { checkPlanes } from "./internal/skeleton/checkPlanes.ts"
import type { ObjectTable } from "./ObjectTable.ts"
import { type ColumnSpec, type Parameters, pixelDtypes, type Signature } from "./Signature.ts"
import {
  branchTable,
  nodeTable,
  type SkeletonGraph,
  skeletonGraph,
  skeletonGraph3d,
  skeletonGraph3dSignature,
  skeletonGraphSignature,
  summaryTable,
  summaryTable3d,
} from "./SkeletonGraph.ts"
import { skeletonizeSignature } from "./Skeletonize.ts"

/** Columns of the table of how much is filled: one row of a plane or volume; of several planes one row each, and a last one, plane -1, for all together. @category signatures */
export const fillTable = {
  name: "fill",
  columns: [
    {
      name: "plane",
      kind: "integer",
      unit: "",
      summary:
        "plane of the stack; of several planes, -1 in a last row for all together, which sums over rows must leave out",
    },
    { name: "total_pixels", kind: "integer", unit: "px", summary: "pixels of the picture" },
    { name: "segmented_pixels", kind: "integer", unit: "px", summary: "pixels of the mask that are not zero" },
    {
      name: "skeleton_pixels",
      kind: "integer",
      unit: "px",
      summary: "pixels of the skeleton, before short branches are taken away",
    },
    { name: "segmented_fraction", kind: "number", unit: "", summary: "segmented over all pixels" },
    {
      name: "skeleton_fraction",
      kind: "number",
      unit: "",
      summary: "skeleton over segmented pixels; NaN where nothing is segmented",
    },
  ] as const satisfies ReadonlyArray<ColumnSpec>,
} as const

/** What {@link neurites} takes and gives. @category signatures */
export const neuritesSignature = {
  name: "neurites",
  summary:
    "skeletons of segmented neurites with their branches, end points, junctions, lengths and filled fractions; the planes of a stack are measured apart and never linked",
  version: 1,
  inputs: [
    { name: "image", axes: "nyx", dtypes: pixelDtypes, holds: "mask", summary: "a mask: what is not zero is neurite" },
  ],
  output: { axes: "nyx", dtype: "uint8", scale: "none", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: { ...skeletonizeSignature.parameters, ...skeletonGraphSignature.parameters },
  tables: [branchTable, nodeTable, summaryTable, fillTable],
  memory: { bytesPerPixel: 6, bytes: 327_680 },
  source: `${skeletonizeSignature.source}; ${skeletonGraphSignature.source}`,
} as const satisfies Signature

/** What {@link neurites3d} takes and gives. @category signatures */
export const neurites3dSignature = {
  name: "neurites_3d",
  summary: "as neurites, of a volume whose planes are a real z axis and are linked",
  version: 1,
  inputs: [
    { name: "volume", axes: "zyx", dtypes: pixelDtypes, holds: "mask", summary: "a mask: what is not zero is neurite" },
  ],
  output: { axes: "zyx", dtype: "uint8", scale: "none", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: skeletonGraph3dSignature.parameters,
  tables: [branchTable, nodeTable, summaryTable3d, fillTable],
  memory: { bytesPerPixel: 6, bytes: 327_680 },
  source: `${skeletonizeSignature.source}; ${skeletonGraph3dSignature.source}`,
} as const satisfies Signature

/** Skeletons of neurites with their graph; `skeleton` is without the short branches that were taken away. @category models */
export interface Neurites extends SkeletonGraph {
  readonly fill: ObjectTable<typeof fillTable>
}

/**
 * Measures neurites of a mask, or of each plane of a stack of masks by itself.
 *
 * Throws `ImagingError` for a picture that is none and for parameters out of range.
 *
 * @category kernels
 */
export const neurites = (
  image: Image<Pixels> | Stack<Pixels>,
  parameters: Parameters<typeof neuritesSignature> = {},
  how: RunOptions<Uint8Array> = {},
): Neurites => {
  const { backend, into } = checkOptions(neuritesSignature.name, how)
  const { method, ...options } = checkParameters(neuritesSignature, parameters)
  planeSizes(neuritesSignature.name, options)
  const stack = checkPlanes(backend, neuritesSignature.name, image)
  const { height, planes, width } = stack
  const size = width * height
  checkInto(neuritesSignature.name, into, "uint8", size * planes)
  const data = new Uint8Array(size * planes)
  for (let plane = 0; plane < planes; plane++) {
    const thin = method === "zhang" ? backend.skeleton.zhang : backend.skeleton.lee
    thin(planeOf(stack, plane), data.subarray(plane * size, (plane + 1) * size))
  }
  // Before the result is written: it may be the mask's own array.
  const fill = fillOf(stack.data, data, planes)
  return { ...skeletonGraph({ data, width, height, planes }, options, { backend, into: into ?? data }), fill }
}

/**
 * Measures neurites of a volume by Lee's method.
 *
 * Throws `ImagingError` for a stack that is none and for parameters out of range.
 *
 * @category kernels
 */
export const neurites3d = (
  volume: Stack<Pixels>,
  parameters: Parameters<typeof neurites3dSignature> = {},
  how: RunOptions<Uint8Array> = {},
): Neurites => {
  const { backend, into } = checkOptions(neurites3dSignature.name, how)
  const options = checkParameters(neurites3dSignature, parameters)
  volumeSizes(neurites3dSignature.name, options)
  checkStack(neurites3dSignature.name, volume, { backend, name: "volume", dtypes: pixelDtypes })
  checkMask(backend, neurites3dSignature.name, "volume", volume)
  checkInto(neurites3dSignature.name, into, "uint8", volume.data.length)
  const skeleton = backend.skeleton.lee3d(volume, undefined)
  const fill = fillOf(volume.data, skeleton.data, 1)
  return { ...skeletonGraph3d(skeleton, options, { backend, into: into ?? skeleton.data }), fill }
}

const countNotZero = (data: Pixels): number => {
  let count = 0
  for (let index = 0; index < data.length; index++) if (data[index] !== 0) count++
  return count
}

/** Counts of parts of one size, and of all of them where there are several. */
const fillOf = (mask: Pixels, skeleton: Uint8Array, parts: number): Neurites["fill"] => {
  const size = mask.length / parts
  const perPart = (data: Pixels): ReadonlyArray<number> => {
    const counts = Array.from({ length: parts }, (_, part) =>
      countNotZero(data.subarray(part * size, (part + 1) * size)),
    )
    return parts === 1 ? counts : [...counts, counts.reduce((sum, count) => sum + count, 0)]
  }
  const [segmented, thinned] = [perPart(mask), perPart(skeleton)]
  const total = segmented.map((_, part) => (part < parts ? size : mask.length))
  return {
    rows: segmented.length,
    columns: {
      plane: Float64Array.from(segmented, (_, part) => (part < parts ? part : -1)),
      total_pixels: Float64Array.from(total),
      segmented_pixels: Float64Array.from(segmented),
      skeleton_pixels: Float64Array.from(thinned),
      segmented_fraction: Float64Array.from(segmented, (count, part) => count / (total[part] ?? 1)),
      skeleton_fraction: Float64Array.from(thinned, (count, part) => {
        const whole = segmented[part] ?? 0
        return whole === 0 ? Number.NaN : count / whole
      }),
    },
  }
}
