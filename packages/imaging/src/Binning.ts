/**
 * Binning: blocks of pixels become one.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { dtypeOf, type Image, type Pixels } from "./Image.ts"
import { ImagingError } from "./ImagingError.ts"
import { checkImage, checkInto, checkParameters } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { refused } from "./internal/refused.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "binning",
  summary:
    "blocks of factor x factor pixels become one: their mean cut to a whole grey value, their sum held at the type's top, or their maximum; columns and rows that fill no block are left out",
  version: 1,
  inputs: [{ name: "image", axes: "yx", dtypes: pixelDtypes, summary: "one plane" }],
  output: { axes: "yx", dtype: "input", scale: "kept", size: { rule: "divided", by: "factor" } },
  // A tile that begins and ends at multiples of the factor gives its part of the whole.
  halo: { reach: "point" },
  parameters: {
    factor: {
      kind: "integer",
      minimum: 1,
      maximum: 4096,
      fallback: 2,
      unit: "px",
      summary: "side of a block; at most the smaller side of the picture",
    },
    method: {
      kind: "choice",
      choices: ["mean", "sum", "maximum"],
      fallback: "mean",
      unit: "",
      summary: "what is made of a block",
    },
  },
  tables: [],
  memory: { bytesPerPixel: 4, bytes: 524_288 },
  source: "skimage.measure.block_reduce with numpy.mean, sum or max, cast to the type; float32 is summed in 64 bits",
} as const satisfies Signature

/**
 * The binned picture; same type, each side divided by the factor and rounded down.
 *
 * Throws `ImagingError` for a picture that is none, a factor above its smaller side, and floats whose sum is beyond 32 bits.
 *
 * @category kernels
 */
export const binning = <P extends Pixels>(
  image: Image<P>,
  parameters: Parameters<typeof signature> = {},
  how: RunOptions<P> = {},
): Image<P> => {
  const { backend, into } = checkOptions(signature.name, how)
  const { factor, method } = checkParameters(signature, parameters)
  checkImage(signature.name, image, { backend, dtypes: pixelDtypes, headroom: true })
  const { height, width } = image
  const most = Math.min(width, height)
  if (factor > most) throw refused(signature.name, "factor", `at most ${most}, the smaller side (px)`, factor)
  checkInto(signature.name, into, dtypeOf(image.data), Math.floor(width / factor) * Math.floor(height / factor))
  const { intensity } = backend
  if (method !== "sum" || !(image.data instanceof Float32Array)) return intensity.bin(image, factor, method, into)
  const { largest, least } = intensity.rangeOf(image.data)
  if (Math.max(largest, -least) * factor * factor < floatMax) return intensity.bin(image, factor, method, into)
  // Sums may be too large: they are looked at before they go where the caller wants them.
  const sums = intensity.bin(image, factor, method, undefined)
  const at = sums.data.findIndex((sum) => !Number.isFinite(sum))
  if (at >= 0) {
    throw new ImagingError(signature.name, {
      _tag: "InvalidImage",
      input: "image.data",
      expected: `blocks whose sums are within ±${floatMax}`,
      actual: `a larger sum at block x ${at % sums.width}, y ${Math.floor(at / sums.width)}`,
    })
  }
  if (into === undefined) return sums
  into.set(sums.data)
  return { ...sums, data: into }
}

/** The largest float of 32 bits. */
const floatMax = 2 ** 128 - 2 ** 104
