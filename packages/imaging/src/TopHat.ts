/**
 * Top-hats: what a disk does not fit into, without what is broader. White is the picture less its opening, black its
 * closing less the picture. The down-sampled variant opens a smaller picture: an approximation that older pipelines have
 * as their default; the exact one is fast enough here.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { dtypeOf, type Image, type Pixels, sideMaxPx } from "./Image.ts"
import { checkImage, checkInto, checkParameters } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

const inputs = [{ name: "image", axes: "yx", dtypes: pixelDtypes, summary: "one plane" }] as const
const output = { axes: "yx", dtype: "input", scale: "kept", size: { rule: "same" } } as const
const radiusPx = {
  kind: "integer",
  minimum: 0,
  maximum: sideMaxPx,
  unit: "px",
  fallback: 50,
  summary: "radius of the disk: what is narrower than its diameter stays",
} as const
const shared = { version: 1, inputs, output, tables: [] } as const
const exact = {
  ...shared,
  parameters: { radiusPx },
  halo: { reach: "pixels", plus: 0, terms: [{ parameter: "radiusPx", times: 2 }] },
  memory: { bytesPerPixel: 10, bytes: 2_000_000 },
} as const

/** What the white top-hat takes and gives. @category signatures */
export const whiteSignature = {
  ...exact,
  name: "white_top_hat",
  summary: "the picture less its opening with a disk: bright spots without their background",
  source: "skimage.morphology.white_tophat with disk(r)",
} as const satisfies Signature

/** What the black top-hat takes and gives. @category signatures */
export const blackSignature = {
  ...exact,
  name: "black_top_hat",
  summary: "the closing with a disk less the picture: dark spots without their background",
  source: "skimage.morphology.black_tophat with disk(r)",
} as const satisfies Signature

/** What the down-sampled white top-hat takes and gives. @category signatures */
export const downsampledSignature = {
  ...shared,
  name: "white_top_hat_downsampled",
  summary:
    "the picture less a background that is opened on a smaller picture: an approximation of white_top_hat, and not cut into tiles, because sizes decide where smaller pixels lie",
  parameters: {
    radiusPx,
    factor: {
      kind: "integer",
      minimum: 1,
      maximum: 32,
      unit: "",
      fallback: 4,
      summary: "how many times smaller each side becomes; the disk's radius is divided by it and rounded down",
    },
  },
  halo: { reach: "whole" },
  // Bytes are widened to 16 bits and back; the smaller picture is held twice in 64 bits, most of all with factor 1.
  memory: { bytesPerPixel: 20, bytes: 2_000_000 },
  source:
    "skimage.transform.resize (anti-aliased, linear), skimage.morphology.opening with disk(r // factor), resize (nearest), subtract, cut",
} as const satisfies Signature

const run = <P extends Pixels>(
  operation: "whiteTopHat" | "blackTopHat",
  image: Image<P>,
  given: Parameters<typeof whiteSignature>,
  how: RunOptions<P>,
): Image<P> => {
  const signature = operation === "whiteTopHat" ? whiteSignature : blackSignature
  const { backend, into } = checkOptions(signature.name, how)
  const { radiusPx: radius } = checkParameters<typeof whiteSignature | typeof blackSignature>(signature, given)
  checkImage(signature.name, image, { backend, dtypes: pixelDtypes, headroom: true })
  checkInto(signature.name, into, dtypeOf(image.data), image.data.length)
  return backend.morphology.disk(operation, image, radius, into)
}

/** The picture less its opening; same type and size, nothing below 0. @category kernels */
export const whiteTopHat = <P extends Pixels>(
  image: Image<P>,
  given: Parameters<typeof whiteSignature> = {},
  how: RunOptions<P> = {},
): Image<P> => run("whiteTopHat", image, given, how)

/** The closing less the picture; same type and size, nothing below 0. @category kernels */
export const blackTopHat = <P extends Pixels>(
  image: Image<P>,
  given: Parameters<typeof blackSignature> = {},
  how: RunOptions<P> = {},
): Image<P> => run("blackTopHat", image, given, how)

/**
 * The picture less a background that is opened on a picture `factor` times smaller; same type and size, nothing below 0.
 * Sides that are no multiple of `factor` lose the rest in the smaller picture, as in scikit-image.
 *
 * @category kernels
 */
export const whiteTopHatDownsampled = <P extends Pixels>(
  image: Image<P>,
  given: Parameters<typeof downsampledSignature> = {},
  how: RunOptions<P> = {},
): Image<P> => {
  const { backend, into } = checkOptions(downsampledSignature.name, how)
  const { factor, radiusPx: radius } = checkParameters(downsampledSignature, given)
  checkImage(downsampledSignature.name, image, { backend, dtypes: pixelDtypes, headroom: true })
  checkInto(downsampledSignature.name, into, dtypeOf(image.data), image.data.length)
  return backend.morphology.whiteTopHatDownsampled(image, radius, factor, into)
}
