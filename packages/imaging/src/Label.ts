/**
 * Connected components of a mask.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import type { Labels, Mask } from "./Image.ts"
import { checkImage, checkInto, checkParameters } from "./internal/check.ts"
import { checkMask } from "./internal/checkMask.ts"
import { checkOptions } from "./internal/options.ts"
import { connectivityOf, connectivityParameter } from "./internal/objects/parameters.ts"
import type { Parameters, Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "label",
  summary: "numbers the connected components of a mask from 1, in the order of their first pixels by rows",
  version: 1,
  inputs: [
    { name: "mask", axes: "yx", dtypes: ["uint8"], holds: "mask", summary: "0 is background, all else foreground" },
  ],
  output: { axes: "yx", dtype: "uint32", scale: "none", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: { connectivity: connectivityParameter },
  tables: [],
  memory: { bytesPerPixel: 14, bytes: 65_536 },
  source: "skimage.measure.label 0.19.3; union-find on runs",
} as const satisfies Signature

/** A label image and how many objects are in it. @category models */
export interface Labelled {
  readonly labels: Labels
  readonly count: number
}

/**
 * Numbers the connected components of a mask.
 *
 * Throws `ImagingError` for a mask that is none, and for another connectivity than "4" or "8".
 *
 * @category kernels
 */
export const label = (
  mask: Mask,
  parameters: Parameters<typeof signature> = {},
  how: RunOptions<Uint32Array> = {},
): Labelled => {
  const { backend, into } = checkOptions(signature.name, how)
  const { connectivity } = checkParameters(signature, parameters)
  checkImage(signature.name, mask, { name: "mask", dtypes: ["uint8"] })
  checkMask(backend, signature.name, "mask", mask)
  checkInto(signature.name, into, "uint32", mask.data.length)
  return backend.objects.label(mask, 0, connectivityOf(connectivity), into)
}
