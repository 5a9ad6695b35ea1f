/**
 * Band-pass filters for blobs and edges: Laplacian of Gaussian, and difference of Gaussians.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import type { Image } from "./Image.ts"
import { ImagingError } from "./ImagingError.ts"
import { checkImage, checkInto, checkParameters } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { borders, weightsOf } from "./internal/filters/weights.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

const border = {
  kind: "choice",
  choices: borders,
  fallback: "reflect",
  unit: "",
  summary: "beyond the border: reflect (b a | a b) or nearest (the edge again)",
} as const

const sigma = { kind: "number", minimum: 0.1, maximum: 100, unit: "px" } as const

const shared = {
  version: 1,
  inputs: [{ name: "image", axes: "yx", dtypes: pixelDtypes, summary: "one plane" }],
  output: { axes: "yx", dtype: "float32", scale: "kept", size: { rule: "same" } },
  tables: [],
  memory: { bytesPerPixel: 6, bytes: 7_000_000 },
} as const satisfies Partial<Signature>

/** What the Laplacian takes and gives. @category signatures */
export const laplacianSignature = {
  ...shared,
  name: "laplacian_of_gaussian",
  summary: "Laplacian of Gaussian: negative in bright blobs, positive in dark ones",
  halo: { reach: "pixels", plus: 0.5, terms: [{ parameter: "sigmaPx", times: 4 }] },
  parameters: { sigmaPx: { ...sigma, summary: "standard deviation of the Gaussian; it is cut at 4 of them" }, border },
  source: "scipy.ndimage.gaussian_laplace of floats; within 1e-6 of the largest value",
} as const satisfies Signature

/** What the difference takes and gives. @category signatures */
export const differenceSignature = {
  ...shared,
  name: "difference_of_gaussians",
  summary: "a narrow Gaussian less a wide one: positive in bright blobs",
  halo: { reach: "pixels", plus: 0.5, terms: [{ parameter: "highSigmaPx", times: 4 }] },
  parameters: {
    lowSigmaPx: { ...sigma, summary: "standard deviation of the narrow Gaussian" },
    highSigmaPx: { ...sigma, summary: "standard deviation of the wide Gaussian, above that of the narrow one" },
    border,
  },
  source: "skimage.filters.difference_of_gaussians of floats; within 1e-6 of the largest value",
} as const satisfies Signature

const truncate = 4

/**
 * The Laplacian of the Gaussian-filtered picture, as floats in grey values per square pixel.
 *
 * Throws `ImagingError` for a picture that is none and for a sigma out of range.
 *
 * @category kernels
 */
export const laplacianOfGaussian = (
  image: Image,
  parameters: Parameters<typeof laplacianSignature>,
  how: RunOptions<Float32Array> = {},
): Image<Float32Array> => {
  const { backend, into } = checkOptions(laplacianSignature.name, how)
  const { border: beyond, sigmaPx } = checkParameters(laplacianSignature, parameters)
  checkImage(laplacianSignature.name, image, { backend, dtypes: pixelDtypes, headroom: true })
  checkInto(laplacianSignature.name, into, "float32", image.data.length)
  const weights = weightsOf(sigmaPx, truncate)
  return backend.filters.laplacian(image, { weights, border: beyond, offset: 0, factor: 1 }, into)
}

/**
 * The picture filtered with a narrow Gaussian less the picture filtered with a wide one, as floats in grey values.
 *
 * Throws `ImagingError` for a picture that is none, a sigma out of range, and sigmas the wrong way round.
 *
 * @category kernels
 */
export const differenceOfGaussians = (
  image: Image,
  parameters: Parameters<typeof differenceSignature>,
  how: RunOptions<Float32Array> = {},
): Image<Float32Array> => {
  const { backend, into } = checkOptions(differenceSignature.name, how)
  const { border: beyond, highSigmaPx, lowSigmaPx } = checkParameters(differenceSignature, parameters)
  if (highSigmaPx <= lowSigmaPx) {
    throw new ImagingError(differenceSignature.name, {
      _tag: "InvalidParameter",
      parameter: "highSigmaPx",
      expected: `above lowSigmaPx, ${lowSigmaPx}, and at most 100 (px)`,
      actual: String(highSigmaPx),
    })
  }
  checkImage(differenceSignature.name, image, { backend, dtypes: pixelDtypes, headroom: true })
  checkInto(differenceSignature.name, into, "float32", image.data.length)
  const [low, high] = [weightsOf(lowSigmaPx, truncate), weightsOf(highSigmaPx, truncate)]
  return backend.filters.difference(image, low, high, beyond, into)
}
