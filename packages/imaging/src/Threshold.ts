/**
 * Thresholds: a picture as a mask of what is above a grey value, which is given, follows from the counts of grey values,
 * or is another one around each pixel.
 *
 * @layer logic
 * @module
 */
import type { Backend, RunOptions } from "./Backend.ts"
import type { Image, Mask, Pixels } from "./Image.ts"
import { checkImage, checkInto, checkParameters } from "./internal/check.ts"
import { apartFrom } from "./internal/apart.ts"
import { checkOptions } from "./internal/options.ts"
import { gaussianWeights } from "./internal/intensity/weights.ts"
import { multiOtsu } from "./internal/intensity/multiOtsu.ts"
import { checkOdd, checkSpan } from "./internal/intensity/refuse.ts"
import { refused } from "./internal/refused.ts"
import { histogramOf, li, otsu, triangle } from "./internal/intensity/thresholds.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

const maskOf = {
  version: 1,
  inputs: [{ name: "image", axes: "yx", dtypes: pixelDtypes, summary: "one plane" }],
  output: { axes: "yx", dtype: "uint8", scale: "none", size: { rule: "same" } },
  halo: { reach: "whole" },
} as const

const automatic = {
  ...maskOf,
  parameters: {},
  tables: [
    {
      name: "threshold",
      columns: [
        {
          name: "threshold",
          kind: "number",
          unit: "grey values",
          summary: "pixels above it are 1; a constant picture has its value",
        },
      ],
    },
  ],
  memory: { bytesPerPixel: 2, bytes: 2_500_000 },
} as const

/** What {@link thresholdOtsu} takes and gives. @category signatures */
export const otsuSignature = {
  ...automatic,
  name: "threshold_otsu",
  summary: "above the value that sets two classes farthest apart",
  source:
    "Otsu, IEEE Trans. SMC 9 (1979) 62-66; threshold equal to skimage.filters.threshold_otsu 0.19.3, float32 in 256 bins",
} as const satisfies Signature

/** What {@link thresholdLi} takes and gives. @category signatures */
export const liSignature = {
  ...automatic,
  name: "threshold_li",
  summary: "above the value that loses least cross entropy",
  memory: { bytesPerPixel: 14, bytes: 2_500_000 },
  source:
    "Li and Tam, Pattern Recognition Letters 19 (1998) 771-776; skimage.filters.threshold_li 0.19.3 within 1e-9 relative, float32 (there summed in 32 bits) within 1e-3 of the range",
} as const satisfies Signature

/** What {@link thresholdTriangle} takes and gives. @category signatures */
export const triangleSignature = {
  ...automatic,
  name: "threshold_triangle",
  summary: "above the value farthest from the line from the peak of the counts to the end of the longer tail",
  source:
    "Zack, Rogers and Latt, J. Histochem. Cytochem. 25 (1977) 741-753; threshold equal to skimage.filters.threshold_triangle 0.19.3, float32 in 256 bins",
} as const satisfies Signature

/** What {@link thresholdMultiOtsu} takes and gives. @category signatures */
export const multiOtsuSignature = {
  ...automatic,
  name: "threshold_multi_otsu",
  summary:
    "classes of grey values, from 0 for the darkest; a pixel's class is the number of thresholds that it is above",
  parameters: {
    classes: { kind: "integer", minimum: 2, maximum: 6, fallback: 3, unit: "", summary: "number of classes" },
  },
  tables: [
    {
      name: "thresholds",
      columns: [{ name: "threshold", kind: "number", unit: "grey values", summary: "one row each, ascending" }],
    },
  ],
  // The dynamic programmes over 65,536 values.
  memory: { bytesPerPixel: 2, bytes: 12_000_000 },
  source:
    "Liao, Chen and Chung, J. Inf. Sci. Eng. 17 (2001) 713-727; thresholds equal to skimage.filters.threshold_multiotsu 0.19.3, with its rounding to 32 bits and its choice among equals, float32 in 256 bins",
} as const satisfies Signature

/** What {@link thresholdAdaptive} takes and gives. @category signatures */
export const adaptiveSignature = {
  ...maskOf,
  name: "threshold_adaptive",
  summary:
    "above the mean of the block around each pixel, plain or weighted, less an offset; outside, the picture is mirrored",
  halo: { reach: "pixels", plus: 1, terms: [{ parameter: "blockSizePx", times: 0.67 }] },
  parameters: {
    blockSizePx: {
      kind: "integer",
      minimum: 3,
      maximum: 2047,
      fallback: 51,
      unit: "px",
      summary: "side of the block, odd; of method gaussian six standard deviations and one",
    },
    method: {
      kind: "choice",
      choices: ["gaussian", "mean"],
      fallback: "gaussian",
      unit: "",
      summary: "how neighbours are weighted",
    },
    offset: {
      kind: "number",
      minimum: -65_535,
      maximum: 65_535,
      fallback: 0,
      unit: "grey values",
      summary: "taken off the mean",
    },
  },
  tables: [],
  memory: { bytesPerPixel: 9, bytes: 33_554_432 },
  source:
    "skimage.filters.threshold_local 0.19.3 in 64 bits; the same but where a pixel is within 1e-9 of the local threshold (1e-5 of the range for float32, which is summed in 32 bits there); equal to it counts as not above",
} as const satisfies Signature

/** What {@link thresholdManual} takes and gives. @category signatures */
export const manualSignature = {
  ...maskOf,
  name: "threshold_manual",
  summary: "above a given grey value",
  halo: { reach: "point" },
  parameters: {
    threshold: {
      kind: "number",
      minimum: -3.4e38,
      maximum: 3.4e38,
      unit: "grey values",
      summary: "pixels above it are 1",
    },
  },
  tables: [],
  memory: { bytesPerPixel: 2, bytes: 4096 },
  source: "image > threshold",
} as const satisfies Signature

/** A mask, and the grey value that made it. @category models */
export interface Thresholded extends Mask {
  readonly threshold: number
}

/** Classes from 0, and the grey values between them. @category models */
export interface Classified extends Image<Uint8Array> {
  readonly thresholds: ReadonlyArray<number>
}

const apply = (
  signature: { readonly name: string; readonly parameters: Record<string, never> } & Signature,
  find: (backend: Backend, data: Pixels) => number,
  image: Image,
  parameters: Parameters<Signature>,
  how: RunOptions<Uint8Array>,
): Thresholded => {
  const { backend, into } = checkOptions(signature.name, how)
  checkParameters(signature, parameters)
  check(backend, signature.name, image, into)
  const { data, height, width } = image
  const threshold = find(backend, data)
  return { data: backend.intensity.above(data, threshold, into), width, height, threshold }
}

const check = (backend: Backend, kernel: string, image: Image, into: Uint8Array | undefined): void => {
  checkImage(kernel, image, { backend, dtypes: pixelDtypes })
  checkInto(kernel, into, "uint8", image.data.length)
  checkSpan(backend.intensity, kernel, "image", image.data)
}

/**
 * Otsu's threshold and the mask of what is above it.
 *
 * Throws `ImagingError` for a picture that is none.
 *
 * @category kernels
 */
export const thresholdOtsu = (
  image: Image,
  parameters: Parameters<typeof otsuSignature> = {},
  options: RunOptions<Uint8Array> = {},
): Thresholded =>
  apply(otsuSignature, ({ intensity }, data) => otsu(histogramOf(intensity, data)), image, parameters, options)

/**
 * Li's threshold and the mask of what is above it.
 *
 * Throws `ImagingError` for a picture that is none.
 *
 * @category kernels
 */
export const thresholdLi = (
  image: Image,
  parameters: Parameters<typeof liSignature> = {},
  options: RunOptions<Uint8Array> = {},
): Thresholded => apply(liSignature, ({ intensity }, data) => li(intensity, data), image, parameters, options)

/**
 * The triangle threshold and the mask of what is above it.
 *
 * Throws `ImagingError` for a picture that is none.
 *
 * @category kernels
 */
export const thresholdTriangle = (
  image: Image,
  parameters: Parameters<typeof triangleSignature> = {},
  options: RunOptions<Uint8Array> = {},
): Thresholded =>
  apply(triangleSignature, ({ intensity }, data) => triangle(histogramOf(intensity, data)), image, parameters, options)

/**
 * Otsu's thresholds for several classes, and the class of each pixel.
 *
 * Throws `ImagingError` for a picture that is none, and one with fewer grey values than classes.
 *
 * @category kernels
 */
export const thresholdMultiOtsu = (
  image: Image,
  parameters: Parameters<typeof multiOtsuSignature> = {},
  how: RunOptions<Uint8Array> = {},
): Classified => {
  const { backend, into } = checkOptions(multiOtsuSignature.name, how)
  const { classes } = checkParameters(multiOtsuSignature, parameters)
  check(backend, multiOtsuSignature.name, image, into)
  const { height, width } = image
  const data = apartFrom(into, image.data)
  const histogram = histogramOf(backend.intensity, data)
  const thresholds = multiOtsu(histogram, classes)
  if (thresholds === undefined) {
    const values = histogram.counts.reduce((filled, count) => filled + (count > 0 ? 1 : 0), 0)
    throw refused(multiOtsuSignature.name, "classes", `at most ${values}, the number of different grey values`, classes)
  }
  const out = into ?? new Uint8Array(data.length)
  if (data instanceof Float32Array) {
    out.fill(0)
    for (const threshold of thresholds) {
      const above = backend.intensity.above(data, threshold, undefined)
      for (let index = 0; index < out.length; index++) out[index] += above[index]
    }
    return { data: out, width, height, thresholds }
  }
  classify(backend, data, thresholds, out)
  return { data: out, width, height, thresholds }
}

/** Classes of whole values by a table. */
const classify = (
  { intensity }: Backend,
  data: Uint8Array | Uint16Array,
  thresholds: ReadonlyArray<number>,
  out: Uint8Array,
): void => {
  if (data instanceof Uint8Array) {
    const table = Uint8Array.from({ length: 256 }, (_, value) => classOf(value, thresholds))
    intensity.mapValues(data, table, out)
    return
  }
  const table = Uint8Array.from({ length: 65_536 }, (_, value) => classOf(value, thresholds))
  for (let index = 0; index < data.length; index++) out[index] = table[data[index]]
}

const classOf = (value: number, thresholds: ReadonlyArray<number>): number =>
  thresholds.reduce((above, threshold) => above + (value > threshold ? 1 : 0), 0)

/** Rounding of sums in 64 bits, relative to the pixel: no more makes a pixel differ from a neighbourhood of its own value. */
const margin = 1e-12

/**
 * The mask of what is above the mean around it.
 *
 * Throws `ImagingError` for a picture that is none, and an even block.
 *
 * @category kernels
 */
export const thresholdAdaptive = (
  image: Image,
  parameters: Parameters<typeof adaptiveSignature> = {},
  how: RunOptions<Uint8Array> = {},
): Mask => {
  const { backend, into } = checkOptions(adaptiveSignature.name, how)
  const { blockSizePx, method, offset } = checkParameters(adaptiveSignature, parameters)
  checkOdd(adaptiveSignature.name, "blockSizePx", blockSizePx)
  checkImage(adaptiveSignature.name, image, { backend, dtypes: pixelDtypes })
  checkInto(adaptiveSignature.name, into, "uint8", image.data.length)
  const { height, width } = image
  // Means of whole numbers over blocks are exact.
  const isExact = method === "mean" && !(image.data instanceof Float32Array)
  const neighbourhood =
    method === "mean" ? { radius: (blockSizePx - 1) / 2 } : { weights: gaussianWeights((blockSizePx - 1) / 6) }
  const data = backend.intensity.aboveLocal(image, neighbourhood, offset, isExact ? 0 : margin, into)
  return { data, width, height }
}

/**
 * The mask of what is above a given grey value.
 *
 * Throws `ImagingError` for a picture that is none, and a threshold that is no number.
 *
 * @category kernels
 */
export const thresholdManual = (
  image: Image,
  parameters: Parameters<typeof manualSignature>,
  how: RunOptions<Uint8Array> = {},
): Thresholded => {
  const { backend, into } = checkOptions(manualSignature.name, how)
  const { threshold } = checkParameters(manualSignature, parameters)
  checkImage(manualSignature.name, image, { backend, dtypes: pixelDtypes })
  checkInto(manualSignature.name, into, "uint8", image.data.length)
  const { data, height, width } = image
  return { data: backend.intensity.above(data, threshold, into), width, height, threshold }
}
