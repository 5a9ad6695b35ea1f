/**
 * Erosion, dilation, opening and closing with an exact digital disk: all pixels with x² + y² <= r². What lies outside the
 * picture is not looked at, which for a disk is the same as SciPy's border `reflect`.
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
const parameters = {
  radiusPx: {
    kind: "integer",
    minimum: 0,
    maximum: sideMaxPx,
    unit: "px",
    summary: "radius of the disk; 0 is the pixel alone, and more than the picture's diagonal is all of it",
  },
} as const
/** Beside it, the newest rows of the tables of minima: about 1 MB, more for radii of hundreds of pixels. */
const tablesBytes = 2_000_000
const once = {
  halo: { reach: "pixels", plus: 0, terms: [{ parameter: "radiusPx", times: 1 }] },
  memory: { bytesPerPixel: 6, bytes: tablesBytes },
} as const
const twice = {
  halo: { reach: "pixels", plus: 0, terms: [{ parameter: "radiusPx", times: 2 }] },
  memory: { bytesPerPixel: 8, bytes: tablesBytes },
} as const
const shared = { version: 1, inputs, output, parameters, tables: [] } as const

/** What erosion takes and gives. @category signatures */
export const erosionSignature = {
  ...shared,
  ...once,
  name: "erosion",
  summary: "the least value of each pixel's disk: bright regions shrink, dark ones grow",
  source: "skimage.morphology.erosion with disk(r)",
} as const satisfies Signature

/** What dilation takes and gives. @category signatures */
export const dilationSignature = {
  ...shared,
  ...once,
  name: "dilation",
  summary: "the largest value of each pixel's disk: bright regions grow, dark ones shrink",
  source: "skimage.morphology.dilation with disk(r)",
} as const satisfies Signature

/** What opening takes and gives. @category signatures */
export const openingSignature = {
  ...shared,
  ...twice,
  name: "opening",
  summary: "erosion, then dilation: bright spots go into which the disk does not fit",
  source: "skimage.morphology.opening with disk(r)",
} as const satisfies Signature

/** What closing takes and gives. @category signatures */
export const closingSignature = {
  ...shared,
  ...twice,
  name: "closing",
  summary: "dilation, then erosion: dark spots go into which the disk does not fit",
  source: "skimage.morphology.closing with disk(r)",
} as const satisfies Signature

type DiskSignature =
  | typeof erosionSignature
  | typeof dilationSignature
  | typeof openingSignature
  | typeof closingSignature

const run = <P extends Pixels>(
  signature: DiskSignature,
  image: Image<P>,
  given: Parameters<DiskSignature>,
  how: RunOptions<P>,
): Image<P> => {
  const { backend, into } = checkOptions(signature.name, how)
  const { radiusPx } = checkParameters(signature, given)
  checkImage(signature.name, image, { backend, dtypes: pixelDtypes })
  checkInto(signature.name, into, dtypeOf(image.data), image.data.length)
  return backend.morphology.disk(signature.name, image, radiusPx, into)
}

/** The least value of each pixel's disk; same type and size. A negative zero is written as zero. @category kernels */
export const erosion = <P extends Pixels>(
  image: Image<P>,
  given: Parameters<typeof erosionSignature>,
  how: RunOptions<P> = {},
): Image<P> => run(erosionSignature, image, given, how)

/** The largest value of each pixel's disk; same type and size. A negative zero is written as zero. @category kernels */
export const dilation = <P extends Pixels>(
  image: Image<P>,
  given: Parameters<typeof dilationSignature>,
  how: RunOptions<P> = {},
): Image<P> => run(dilationSignature, image, given, how)

/** Erosion, then dilation; same type and size. A negative zero is written as zero. @category kernels */
export const opening = <P extends Pixels>(
  image: Image<P>,
  given: Parameters<typeof openingSignature>,
  how: RunOptions<P> = {},
): Image<P> => run(openingSignature, image, given, how)

/** Dilation, then erosion; same type and size. A negative zero is written as zero. @category kernels */
export const closing = <P extends Pixels>(
  image: Image<P>,
  given: Parameters<typeof closingSignature>,
  how: RunOptions<P> = {},
): Image<P> => run(closingSignature, image, given, how)
