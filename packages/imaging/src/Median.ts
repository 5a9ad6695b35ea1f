/**
 * Median filter: the middle one of the values around each pixel. Exact for all types.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { dtypeOf, type Image, type Pixels } from "./Image.ts"
import { checkImage, checkInto, checkParameters } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { footprintOf } from "./internal/filters/footprint.ts"
import { borders } from "./internal/filters/weights.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "median",
  summary: "the median of a disk or square around each pixel",
  version: 1,
  inputs: [{ name: "image", axes: "yx", dtypes: pixelDtypes, summary: "one plane" }],
  output: { axes: "yx", dtype: "input", scale: "kept", size: { rule: "same" } },
  halo: { reach: "pixels", plus: 0, terms: [{ parameter: "radiusPx", times: 1 }] },
  parameters: {
    radiusPx: {
      kind: "integer",
      minimum: 0,
      maximum: 50,
      fallback: 1,
      unit: "px",
      summary: "how far the footprint reaches from its middle pixel; 0 changes nothing; the time grows with it",
    },
    shape: {
      kind: "choice",
      choices: ["disk", "square"],
      fallback: "disk",
      unit: "",
      summary: "pixels whose centres are at most the radius away, or the square of 2 radius + 1",
    },
    border: {
      kind: "choice",
      choices: borders,
      fallback: "reflect",
      unit: "",
      summary: "beyond the border: reflect (b a | a b; SciPy) or nearest (the edge again; scikit-image)",
    },
  },
  tables: [],
  // A copy with its border, as 16 or 32 bits; of large footprints a tile of it.
  memory: { bytesPerPixel: 10, bytes: 1_000_000 },
  source: "scipy.ndimage.median_filter with the footprint; equal",
} as const satisfies Signature

/**
 * The median of the footprint around each pixel; same type and size.
 *
 * Throws `ImagingError` for a picture that is none and for a radius out of range.
 *
 * @category kernels
 */
export const median = <P extends Pixels>(
  image: Image<P>,
  parameters: Parameters<typeof signature> = {},
  how: RunOptions<P> = {},
): Image<P> => {
  const { backend, into } = checkOptions(signature.name, how)
  const { border, radiusPx, shape } = checkParameters(signature, parameters)
  checkImage(signature.name, image, { backend, dtypes: pixelDtypes })
  checkInto(signature.name, into, dtypeOf(image.data), image.data.length)
  return backend.filters.median(image, footprintOf(shape, radiusPx), border, into)
}
