/**
 * What is left out of masks and label images: small objects, holes, objects at the border.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { type Image, type Labels, type Mask, sideMaxPx } from "./Image.ts"
import { checkImage, checkInto, checkParameters } from "./internal/check.ts"
import { checkMask } from "./internal/checkMask.ts"
import { checkOptions } from "./internal/options.ts"
import { filledHoles, withoutObjects } from "./internal/objects/objectFilters.ts"
import { connectivityOf, connectivityParameter } from "./internal/objects/parameters.ts"
import type { Parameters, Signature } from "./Signature.ts"

const areaMax = sideMaxPx * sideMaxPx
const either = {
  name: "objects",
  axes: "yx",
  dtypes: ["uint8", "uint32"],
  summary: "a mask, whose objects are its components, or a label image, whose objects are its labels",
} as const
const filtered = { axes: "yx", dtype: "input", scale: "none", size: { rule: "same" } } as const

/** What {@link removeSmallObjects} takes and gives. @category signatures */
export const removeSmallObjectsSignature = {
  name: "remove_small_objects",
  summary: "sets objects of fewer pixels than a limit to 0; all else stays as it is",
  version: 1,
  inputs: [either],
  output: filtered,
  halo: { reach: "whole" },
  parameters: {
    areaMinPx: {
      kind: "number",
      minimum: 0,
      maximum: areaMax,
      fallback: 64,
      unit: "px",
      summary: "objects of fewer pixels are removed",
    },
    connectivity: { ...connectivityParameter, fallback: "4" },
  },
  tables: [],
  memory: { bytesPerPixel: 14, bytes: 65_536 },
  source: "skimage.morphology.remove_small_objects 0.19.3",
} as const satisfies Signature

/** What {@link fillHoles} takes and gives. @category signatures */
export const fillHolesSignature = {
  name: "fill_holes",
  summary:
    "fills background that does not reach the border of the picture, up to an area: all pixels of the result are 0 or 1",
  version: 1,
  inputs: [
    { name: "mask", axes: "yx", dtypes: ["uint8"], holds: "mask", summary: "0 is background, all else foreground" },
  ],
  output: { axes: "yx", dtype: "uint8", scale: "none", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: {
    areaMaxPx: {
      kind: "number",
      minimum: 0,
      maximum: areaMax,
      fallback: areaMax,
      unit: "px",
      summary: "larger holes stay",
    },
    connectivity: {
      ...connectivityParameter,
      fallback: "4",
      summary: "pixels of a hole touch by their sides (4), or also by their corners (8)",
    },
  },
  tables: [],
  memory: { bytesPerPixel: 16, bytes: 65_536 },
  source: "scipy.ndimage.binary_fill_holes 1.10.1",
} as const satisfies Signature

/** What {@link clearBorder} takes and gives. @category signatures */
export const clearBorderSignature = {
  name: "clear_border",
  summary: "sets objects that reach the border of the picture to 0; all else stays as it is",
  version: 1,
  inputs: [either],
  output: filtered,
  halo: { reach: "whole" },
  parameters: {
    borderPx: {
      kind: "integer",
      minimum: 1,
      maximum: sideMaxPx,
      fallback: 1,
      unit: "px",
      summary: "objects with a pixel in this many rows or columns from the border are removed",
    },
    connectivity: connectivityParameter,
  },
  tables: [],
  memory: { bytesPerPixel: 14, bytes: 65_536 },
  source: "skimage.segmentation.clear_border 0.19.3 with buffer_size = borderPx - 1",
} as const satisfies Signature

const checkEither = (kernel: string, image: Image<Uint8Array | Uint32Array>, into: unknown): void => {
  checkImage(kernel, image, { name: "objects", dtypes: ["uint8", "uint32"] })
  const dtype = image.data instanceof Uint8Array ? "uint8" : "uint32"
  // `checkInto` itself finds out what `into` is.
  checkInto(kernel, into as Uint8Array | undefined, dtype, image.data.length)
}

/**
 * Removes objects of few pixels.
 *
 * Throws `ImagingError` for a picture that is none and for parameters out of range.
 *
 * @category kernels
 */
export const removeSmallObjects = <P extends Uint8Array | Uint32Array>(
  objects: Image<P>,
  parameters: Parameters<typeof removeSmallObjectsSignature> = {},
  how: RunOptions<P> = {},
): Image<P> => {
  const { backend, into } = checkOptions(removeSmallObjectsSignature.name, how)
  const { areaMinPx, connectivity } = checkParameters(removeSmallObjectsSignature, parameters)
  checkEither(removeSmallObjectsSignature.name, objects, into)
  return withoutObjects(backend.objects, objects, connectivityOf(connectivity), into, ({ area }, object) => {
    return area[object] < areaMinPx
  })
}

/**
 * Removes objects that reach the border of the picture.
 *
 * Throws `ImagingError` for a picture that is none and for parameters out of range.
 *
 * @category kernels
 */
export const clearBorder = <P extends Uint8Array | Uint32Array>(
  objects: Image<P>,
  parameters: Parameters<typeof clearBorderSignature> = {},
  how: RunOptions<P> = {},
): Image<P> => {
  const { backend, into } = checkOptions(clearBorderSignature.name, how)
  const { borderPx, connectivity } = checkParameters(clearBorderSignature, parameters)
  checkEither(clearBorderSignature.name, objects, into)
  const { height, width } = objects
  return withoutObjects(
    backend.objects,
    objects,
    connectivityOf(connectivity),
    into,
    ({ bottom, left, right, top }, object) =>
      top[object] < borderPx ||
      left[object] < borderPx ||
      bottom[object] > height - borderPx ||
      right[object] > width - borderPx,
  )
}

/**
 * Fills holes.
 *
 * Throws `ImagingError` for a mask that is none and for parameters out of range.
 *
 * @category kernels
 */
export const fillHoles = (
  mask: Mask,
  parameters: Parameters<typeof fillHolesSignature> = {},
  how: RunOptions<Uint8Array> = {},
): Mask => {
  const { backend, into } = checkOptions(fillHolesSignature.name, how)
  const { areaMaxPx, connectivity } = checkParameters(fillHolesSignature, parameters)
  checkImage(fillHolesSignature.name, mask, { name: "mask", dtypes: ["uint8"] })
  checkMask(backend, fillHolesSignature.name, "mask", mask)
  checkInto(fillHolesSignature.name, into, "uint8", mask.data.length)
  return filledHoles(backend.objects, mask, connectivityOf(connectivity), areaMaxPx, into)
}

/** A mask or a label image. @category models */
export type Objects = Mask | Labels
