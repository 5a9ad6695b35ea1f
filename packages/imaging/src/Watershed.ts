/**
 * Watershed from markers.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import type { Image, Labels, Mask } from "./Image.ts"
import { checkImage, checkInto, checkParameters, checkSameSize } from "./internal/check.ts"
import { checkMask } from "./internal/checkMask.ts"
import { checkOptions } from "./internal/options.ts"
import { connectivityOf, connectivityParameter } from "./internal/objects/parameters.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "watershed",
  summary:
    "floods an image from markers: the lowest pixel that a basin touches is taken next, of equal ones the one that was touched first, markers before all others and in the order of rows",
  version: 1,
  inputs: [
    { name: "image", axes: "yx", dtypes: pixelDtypes, summary: "flooded from its low values" },
    {
      name: "markers",
      axes: "yx",
      dtypes: ["uint32"],
      holds: "labels",
      summary: "labels to flood from; 0 is no marker",
    },
    {
      name: "mask",
      axes: "yx",
      dtypes: ["uint8"],
      holds: "mask",
      optional: true,
      summary: "where it is 0, nothing is flooded; everything unless given",
    },
  ],
  output: { axes: "yx", dtype: "uint32", scale: "none", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: { connectivity: { ...connectivityParameter, fallback: "4" } },
  tables: [],
  memory: { bytesPerPixel: 40, bytes: 1_500_000 },
  source:
    "skimage.segmentation.watershed 0.19.3; Meyer 1994. Where markers of one value compete for a pixel, scikit-image's order is that of its heap, ours that of rows",
} as const satisfies Signature

/**
 * Floods an image from markers, in a mask where one is given.
 *
 * Throws `ImagingError` for pictures that are none or differ in size.
 *
 * @category kernels
 */
export const watershed = (
  image: Image,
  markers: Labels,
  mask: Mask | undefined,
  parameters: Parameters<typeof signature> = {},
  how: RunOptions<Uint32Array> = {},
): Labels => {
  const { backend, into } = checkOptions(signature.name, how)
  const { connectivity } = checkParameters(signature, parameters)
  checkImage(signature.name, image, { backend, dtypes: pixelDtypes })
  checkImage(signature.name, markers, { name: "markers", dtypes: ["uint32"] })
  checkSameSize(signature.name, "markers", markers, image)
  if (mask !== undefined) {
    checkImage(signature.name, mask, { name: "mask", dtypes: ["uint8"] })
    checkMask(backend, signature.name, "mask", mask)
    checkSameSize(signature.name, "mask", mask, image)
  }
  checkInto(signature.name, into, "uint32", image.data.length)
  return backend.objects.flood(image, markers, mask, connectivityOf(connectivity), into)
}
