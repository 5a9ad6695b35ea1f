/**
 * The exact Euclidean distance transform of a mask.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import type { Image, Mask } from "./Image.ts"
import { checkImage, checkInto, checkParameters } from "./internal/check.ts"
import { checkMask } from "./internal/checkMask.ts"
import { checkOptions } from "./internal/options.ts"
import { pixelSizeParameter } from "./internal/objects/parameters.ts"
import type { Parameters, Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "distance_transform",
  summary:
    "the distance of each foreground pixel to the nearest background pixel, centre to centre; 0 on background; what lies outside the picture is not background, and without any background all distances are Infinity",
  version: 1,
  inputs: [
    { name: "mask", axes: "yx", dtypes: ["uint8"], holds: "mask", summary: "0 is background, all else foreground" },
  ],
  output: { axes: "yx", dtype: "float32", scale: "none", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: {
    pixelSizeUm: {
      ...pixelSizeParameter,
      summary: "side of a pixel, for distances in um; distances are in px unless given",
    },
  },
  tables: [],
  memory: { bytesPerPixel: 10, bytes: 524_288 },
  source:
    "scipy.ndimage.distance_transform_edt, rounded to 32 bits; Meijster, Roerdink, Hesselink 2000; exact: square roots of whole numbers",
} as const satisfies Signature

/**
 * The distance of each foreground pixel to the nearest background pixel, in px, or in um where the pixel size is given.
 *
 * Throws `ImagingError` for a mask that is none and for a pixel size out of range.
 *
 * @category kernels
 */
export const distanceTransform = (
  mask: Mask,
  parameters: Parameters<typeof signature> = {},
  how: RunOptions<Float32Array> = {},
): Image<Float32Array> => {
  const { backend, into } = checkOptions(signature.name, how)
  const { pixelSizeUm } = checkParameters(signature, parameters)
  checkImage(signature.name, mask, { name: "mask", dtypes: ["uint8"] })
  checkMask(backend, signature.name, "mask", mask)
  checkInto(signature.name, into, "float32", mask.data.length)
  const result = backend.objects.distance(mask, into)
  if (pixelSizeUm !== undefined) {
    const { data } = result
    for (let index = 0; index < data.length; index++) data[index] *= pixelSizeUm
  }
  return result
}
