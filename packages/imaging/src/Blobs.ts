/**
 * Bright round objects by the Laplacian of Gaussian over a range of scales: all of them (`blobLog`), or those that stand out
 * of the picture's own range and of its noise (`countBlobs`).
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import type { Image } from "./Image.ts"
import { ImagingError } from "./ImagingError.ts"
import { checkImage, checkParameters } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { blobsOf, scalesOf } from "./internal/filters/blobs.ts"
import { noiseLimits, noiseOf } from "./internal/filters/noise.ts"
import type { ObjectTable } from "./ObjectTable.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** A blob. @category models */
export interface Blob {
  /** Row of its middle, in pixels. */
  readonly y: number
  /** Column of its middle, in pixels. */
  readonly x: number
  /** The scale at which it answers most, in pixels: the standard deviation of a Gaussian spot. */
  readonly sigmaPx: number
  /** The radius of a disk that answers most at that scale: sigma times the square root of 2, in pixels. */
  readonly radiusPx: number
  /** How strong it answers: `blobLog` in grey values, `countBlobs` as part of the picture's range. */
  readonly response: number
}

/** Blobs of a picture, and what they were told from. @category models */
export interface BlobCount {
  readonly count: number
  /** The strongest first. */
  readonly blobs: ReadonlyArray<Blob>
  /** The largest grey value less the smallest: what responses are parts of. */
  readonly rangeGreyValues: number
  /** Standard deviation of the noise from pixel to pixel, in grey values. */
  readonly noiseGreyValues: number
}

const columns = (responseUnit: string) =>
  [
    { name: "y_px", kind: "integer", unit: "px", summary: "row of the middle" },
    { name: "x_px", kind: "integer", unit: "px", summary: "column of the middle" },
    { name: "sigma_px", kind: "number", unit: "px", summary: "scale of the strongest response" },
    { name: "radius_px", kind: "number", unit: "px", summary: "sigma times the square root of 2" },
    { name: "response", kind: "number", unit: responseUnit, summary: "scale-normalised Laplacian there" },
  ] as const

const scaleParameters = {
  minSigmaPx: {
    kind: "number",
    minimum: 0.5,
    maximum: 50,
    fallback: 1,
    unit: "px",
    summary: "the smallest scale",
  },
  maxSigmaPx: {
    kind: "number",
    minimum: 0.5,
    maximum: 50,
    fallback: 10,
    unit: "px",
    summary: "the largest scale, at least the smallest",
  },
  scales: {
    kind: "integer",
    minimum: 1,
    maximum: 100,
    fallback: 10,
    unit: "",
    summary: "how many scales at equal steps from the smallest to the largest",
  },
  overlap: {
    kind: "number",
    minimum: 0,
    maximum: 1,
    fallback: 0.5,
    unit: "",
    summary: "of two blobs that share more than this part of the smaller one's area one is dropped",
  },
} as const satisfies Signature["parameters"]

const shared = {
  version: 1,
  inputs: [{ name: "image", axes: "yx", dtypes: pixelDtypes, summary: "one plane; blobs are bright" }],
  halo: { reach: "whole" },
  // Three scales as floats, and the rings of rows of the widest.
  memory: { bytesPerPixel: 20, bytes: 4_500_000 },
} as const satisfies Partial<Signature>

/** What `blobLog` takes and gives. @category signatures */
export const blobLogSignature = {
  ...shared,
  name: "blob_log",
  summary: "bright blobs by the Laplacian of Gaussian, above a threshold in grey values",
  parameters: {
    ...scaleParameters,
    threshold: {
      kind: "number",
      minimum: 0,
      maximum: 1e30,
      unit: "grey values",
      summary:
        "responses are above it; scikit-image scales whole numbers to 1 first, so that its 0.1 is 6553.5 of 16 bits",
    },
  },
  tables: [{ name: "blobs", columns: columns("grey values") }],
  source: "skimage.feature.blob_log; Lindeberg 1998. Peaks are equal but for ties within single precision",
} as const satisfies Signature

/** What `countBlobs` takes and gives. @category signatures */
export const countBlobsSignature = {
  ...shared,
  name: "count_blobs",
  summary: "bright blobs that stand out of the picture's own range and of its noise",
  parameters: {
    ...scaleParameters,
    threshold: {
      kind: "number",
      minimum: 0,
      maximum: 1,
      fallback: 0.1,
      unit: "part of the picture's range",
      summary: "responses are above it; the range is the picture's own",
    },
    noiseSigmas: {
      kind: "number",
      minimum: 0,
      maximum: 100,
      fallback: 6,
      unit: "",
      summary:
        "responses are above this many standard deviations of what white noise gives at the same scale; 0 does not ask",
    },
    darkRatio: {
      kind: "number",
      minimum: 0,
      maximum: 10,
      fallback: 1.6,
      unit: "",
      summary:
        "there are blobs only where one is so many times as strong as the dark blobs, which noise has as many of; 0 does not ask",
    },
  },
  tables: [{ name: "blobs", columns: columns("part of the picture's range") }],
  source:
    "Lindeberg 1998 (scale-normalised Laplacian); Immerkaer 1996 (noise); dark blobs as decoys after Elias and Gygi 2007",
} as const satisfies Signature

const checkScales = (kernel: string, minSigmaPx: number, maxSigmaPx: number): void => {
  if (maxSigmaPx >= minSigmaPx) return
  throw new ImagingError(kernel, {
    _tag: "InvalidParameter",
    parameter: "maxSigmaPx",
    expected: `from minSigmaPx, ${minSigmaPx}, to 50 (px)`,
    actual: String(maxSigmaPx),
  })
}

/**
 * Bright blobs above a threshold in grey values, the strongest first. Of two that overlap the one of the larger scale stays, and of
 * the same scale the weaker one, as scikit-image has it.
 *
 * Throws `ImagingError` for a picture that is none, parameters out of range, and scales the wrong way round.
 *
 * @category kernels
 */
export const blobLog = (
  image: Image,
  parameters: Parameters<typeof blobLogSignature>,
  how: RunOptions<never> = {},
): ReadonlyArray<Blob> => {
  const { backend } = checkOptions(blobLogSignature.name, how)
  const { maxSigmaPx, minSigmaPx, overlap, scales, threshold } = checkParameters(blobLogSignature, parameters)
  checkScales(blobLogSignature.name, minSigmaPx, maxSigmaPx)
  checkImage(blobLogSignature.name, image, { backend, dtypes: pixelDtypes })
  const space = scalesOf(minSigmaPx, maxSigmaPx, scales, 1)
  const { bright } = backend.filters.peaks(image, { ...space, offset: 0, threshold, darkThreshold: undefined })
  return blobsOf(bright, space.sigmas, overlap, "weaker")
}

/**
 * Responses are divided by the range in 32 bits: below this one the quotient would be infinite. Values of such a picture are
 * small too, as floats lie no nearer to each other; times a power of two they are the same digits.
 */
const leastRange = 2 ** -80
const growth = 2 ** 100

/**
 * Bright blobs that stand out: of the picture's own range (so that grey values may be multiplied, shifted, or of another type), and of
 * its noise in two ways. First, a response must be above `noiseSigmas` standard deviations of what white noise of the
 * picture's own strength gives at that scale; the strength is the median residual of a filter that sees no smooth structure.
 * Second, noise of any colour has dark blobs as many and as strong as bright ones. A blob stays only if the dark blobs of its scale and
 * below that are as strong are at most a twentieth of the bright ones; and none stays unless there is one for which the same
 * holds of dark blobs 1 / `darkRatio` as strong. Dark rings around bright blobs are explained by these and do not count. A
 * field of as many dark as bright objects of the same size therefore gives none: set `darkRatio` to 0 for such a field. White
 * noise gives none; smoothed noise (sigma 1 to 4) gives some in about a tenth of fields of 128 x 128.
 *
 * Throws `ImagingError` for a picture that is none, parameters out of range, and scales the wrong way round.
 *
 * @category kernels
 */
export const countBlobs = (
  image: Image,
  parameters: Parameters<typeof countBlobsSignature> = {},
  how: RunOptions<never> = {},
): BlobCount => {
  const { backend } = checkOptions(countBlobsSignature.name, how)
  const resolved = checkParameters(countBlobsSignature, parameters)
  const { darkRatio, maxSigmaPx, minSigmaPx, noiseSigmas, overlap, scales, threshold } = resolved
  checkScales(countBlobsSignature.name, minSigmaPx, maxSigmaPx)
  checkImage(countBlobsSignature.name, image, { backend, dtypes: pixelDtypes })
  const { least, most, sigma } = noiseOf(image)
  const range = most - least
  if (range > 0 && range < leastRange && image.data instanceof Float32Array) {
    const grown = countBlobs({ ...image, data: image.data.map((value) => value * growth) }, parameters, { backend })
    const [rangeGreyValues, noiseGreyValues] = [grown.rangeGreyValues / growth, grown.noiseGreyValues / growth]
    return { ...grown, rangeGreyValues, noiseGreyValues }
  }
  if (range === 0) return { count: 0, blobs: [], rangeGreyValues: 0, noiseGreyValues: 0 }
  const space = scalesOf(minSigmaPx, maxSigmaPx, scales, range)
  const found = backend.filters.peaks(image, {
    ...space,
    offset: least,
    threshold,
    darkThreshold: darkRatio === 0 ? undefined : threshold / darkRatio,
  })
  const passes = noiseLimits(found, space, { noise: sigma, noiseSigmas, darkRatio })
  const blobs = blobsOf(found.bright.filter(passes), space.sigmas, overlap, "stronger")
  return { count: blobs.length, blobs, rangeGreyValues: range, noiseGreyValues: sigma }
}

/** Blobs as the table that the signatures name. @category getters */
export const blobTable = (
  blobs: ReadonlyArray<Blob>,
): ObjectTable<(typeof blobLogSignature)["tables"][0] | (typeof countBlobsSignature)["tables"][0]> => {
  const column = (of: (blob: Blob) => number): Float64Array => Float64Array.from(blobs, of)
  return {
    rows: blobs.length,
    columns: {
      y_px: column(({ y }) => y),
      x_px: column(({ x }) => x),
      sigma_px: column(({ sigmaPx }) => sigmaPx),
      radius_px: column(({ radiusPx }) => radiusPx),
      response: column(({ response }) => response),
    },
  }
}
