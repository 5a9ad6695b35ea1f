/**
 * Background by a rolling ball: a ball of a radius rolls below the picture seen as a landscape; the height of its top is
 * the background. Takes no shape wider than the ball for an object.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { dtypeOf, type Image, type Pixels } from "./Image.ts"
import { checkImage, checkInto, checkParameters } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

const shared = {
  version: 1,
  inputs: [{ name: "image", axes: "yx", dtypes: pixelDtypes, summary: "one plane" }],
  output: { axes: "yx", dtype: "input", scale: "kept", size: { rule: "same" } },
  halo: { reach: "pixels", plus: 0, terms: [{ parameter: "radiusPx", times: 1 }] },
  parameters: {
    radiusPx: {
      kind: "integer",
      minimum: 1,
      maximum: 500,
      unit: "px",
      fallback: 50,
      summary:
        "radius of the ball, in pixels across and in grey values upwards; larger than the largest object's; time grows with its square",
    },
  },
  tables: [],
  // Bytes are widened to 16 bits and back; the ball's tables are about 1 MB.
  memory: { bytesPerPixel: 4, bytes: 2_000_000 },
  source: "Sternberg, Computer 16 (1983); skimage.restoration.rolling_ball",
} as const

/** What the background takes and gives. @category signatures */
export const backgroundSignature = {
  ...shared,
  name: "rolling_ball_background",
  summary: "the background: how high a ball reaches that rolls below the picture; whole numbers are cut",
} as const satisfies Signature

/** What the correction takes and gives. @category signatures */
export const correctionSignature = {
  ...shared,
  name: "rolling_ball_correction",
  summary: "the picture less its rolling-ball background",
} as const satisfies Signature

const run = <P extends Pixels>(
  give: "background" | "corrected",
  image: Image<P>,
  given: Parameters<typeof backgroundSignature>,
  how: RunOptions<P>,
): Image<P> => {
  const signature = give === "background" ? backgroundSignature : correctionSignature
  const { backend, into } = checkOptions(signature.name, how)
  const { radiusPx } = checkParameters<typeof backgroundSignature | typeof correctionSignature>(signature, given)
  checkImage(signature.name, image, { backend, dtypes: pixelDtypes, headroom: true })
  checkInto(signature.name, into, dtypeOf(image.data), image.data.length)
  return backend.morphology.rollingBall(give, image, radiusPx, into)
}

/** The background of a picture; same type and size, nowhere above the picture. @category kernels */
export const rollingBallBackground = <P extends Pixels>(
  image: Image<P>,
  given: Parameters<typeof backgroundSignature> = {},
  how: RunOptions<P> = {},
): Image<P> => run("background", image, given, how)

/** The picture less its background; same type and size, nothing below 0. @category kernels */
export const rollingBallCorrection = <P extends Pixels>(
  image: Image<P>,
  given: Parameters<typeof correctionSignature> = {},
  how: RunOptions<P> = {},
): Image<P> => run("corrected", image, given, how)
