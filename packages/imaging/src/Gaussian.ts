/**
 * Gaussian filter, as pixels of the input's type or as floats.
 *
 * Weights are SciPy's: sampled at whole distances, cut at 4 sigmas, sum 1. The picture is filtered along x, then along y, in single
 * precision; only the end result is cut to whole numbers (SciPy cuts after each axis where it is given whole numbers, which
 * loses up to one more). A mean that is below the pixel itself by no more than that precision counts as the pixel, so that flat regions
 * of whole numbers stay as they are. Both backends give the same bits.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { dtypeOf, type Image, pixelDtypeOf, type Pixels } from "./Image.ts"
import { checkImage, checkInto, checkParameters } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { borders, weightsOf } from "./internal/filters/weights.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

const parameters = {
  sigmaPx: {
    kind: "number",
    minimum: 0.1,
    maximum: 100,
    unit: "px",
    summary: "standard deviation of the Gaussian; it is cut at 4 of them",
  },
  border: {
    kind: "choice",
    choices: borders,
    fallback: "reflect",
    unit: "",
    summary:
      "beyond the border: reflect (b a | a b; the default of SciPy) or nearest (the edge again; of scikit-image)",
  },
} as const satisfies Signature["parameters"]

const shared = {
  version: 1,
  inputs: [{ name: "image", axes: "yx", dtypes: pixelDtypes, summary: "one plane" }],
  halo: { reach: "pixels", plus: 0.5, terms: [{ parameter: "sigmaPx", times: 4 }] },
  parameters,
  tables: [],
  // A ring of 2 * 4 * 100 + 1 rows of 1024 floats at most, and a map of the columns.
  memory: { bytesPerPixel: 6, bytes: 3_700_000 },
  source:
    "scipy.ndimage.gaussian_filter of floats, within 1e-6 of the largest value (2e-6 above sigma 50); whole numbers differ by 1 where that crosses one: under 0.01 % of pixels of some thousand counts, 1 % of full 16 bits",
} as const satisfies Partial<Signature>

/** What it takes and gives. @category signatures */
export const signature = {
  ...shared,
  name: "gaussian",
  summary: "Gaussian filter; whole numbers are cut to whole numbers",
  output: { axes: "yx", dtype: "input", scale: "kept", size: { rule: "same" } },
} as const satisfies Signature

/** What the filter to floats takes and gives. @category signatures */
export const floatSignature = {
  ...shared,
  name: "gaussian_float",
  summary: "Gaussian filter, the result as floats",
  output: { axes: "yx", dtype: "float32", scale: "kept", size: { rule: "same" } },
} as const satisfies Signature

/** SciPy's and scikit-image's default; the halo depends on it. */
const truncate = 4

/**
 * The picture filtered with a Gaussian; same type and size.
 *
 * Throws `ImagingError` for a picture that is none and for a sigma out of range.
 *
 * @category kernels
 */
export const gaussian = <P extends Pixels>(
  image: Image<P>,
  given: Parameters<typeof signature>,
  how: RunOptions<P> = {},
): Image<P> => {
  const { backend, into } = checkOptions(signature.name, how)
  const { border, sigmaPx } = checkParameters(signature, given)
  checkImage(signature.name, image, { backend, dtypes: pixelDtypes, headroom: true })
  checkInto(signature.name, into, dtypeOf(image.data), image.data.length)
  const result = backend.filters.gaussian(image, weightsOf(sigmaPx, truncate), border, pixelDtypeOf(image.data), into)
  // The result is of the type that was asked for, that of `image`.
  return result as Image<P>
}

/** As {@link gaussian}, the result as floats, which keep what lies between whole numbers. @category kernels */
export const gaussianFloat = (
  image: Image,
  given: Parameters<typeof floatSignature>,
  how: RunOptions<Float32Array> = {},
): Image<Float32Array> => {
  const { backend, into } = checkOptions(floatSignature.name, how)
  const { border, sigmaPx } = checkParameters(floatSignature, given)
  checkImage(floatSignature.name, image, { backend, dtypes: pixelDtypes, headroom: true })
  checkInto(floatSignature.name, into, "float32", image.data.length)
  const result = backend.filters.gaussian(image, weightsOf(sigmaPx, truncate), border, "float32", into)
  // Floats were asked for.
  return result as Image<Float32Array>
}
