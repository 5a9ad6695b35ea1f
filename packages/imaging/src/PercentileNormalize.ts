/**
 * Percentile normalisation: grey values between two percentiles are stretched onto a range, those beyond are cut.
 *
 * @layer logic
 * @module
 */
import type { Backend, RunOptions } from "./Backend.ts"
import { dtypeOf, type Image, pixelDtypeOf, type Pixels, rangeMaxOf, type Stack } from "./Image.ts"
import { checkImage, checkInto, checkParameters, checkStack } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { percentiles, stretched } from "./internal/intensity/percentile.ts"
import { refused } from "./internal/refused.ts"
import { type Parameters, pixelDtypes, type Resolved, type Signature } from "./Signature.ts"

const parameters = {
  lowPercentile: {
    kind: "number",
    minimum: 0,
    maximum: 100,
    fallback: 1,
    unit: "percent",
    summary: "this percentile and all below becomes targetMin",
  },
  highPercentile: {
    kind: "number",
    minimum: 0,
    maximum: 100,
    fallback: 99,
    unit: "percent",
    summary: "this percentile and all above becomes targetMax; more than lowPercentile",
  },
  targetMin: {
    kind: "number",
    minimum: 0,
    maximum: 65_535,
    fallback: 0,
    unit: "grey values",
    summary: "lower end of the range that comes out; less than targetMax",
  },
  targetMax: {
    kind: "number",
    minimum: 0,
    maximum: 65_535,
    optional: true,
    unit: "grey values",
    summary: "upper end of the range that comes out; the type's own top unless given: 255, 65535, 1 for float32",
  },
} as const satisfies Signature["parameters"]

const tables = [
  {
    name: "percentiles",
    columns: [
      { name: "low", kind: "number", unit: "grey values", summary: "the low percentile" },
      { name: "high", kind: "number", unit: "grey values", summary: "the high percentile" },
    ],
  },
] as const satisfies Signature["tables"]

const source =
  "numpy.percentile (linear, type 7) and an affine map in 64 bits, in NumPy's order and cut to whole numbers, so that the top may come out one lower as there; float32 is rounded once at the end"

/** One range for a whole stack. @category signatures */
export const stackSignature = {
  name: "percentile_normalize_stack",
  summary:
    "stretches grey values between two percentiles of the whole stack onto a range; a constant stack becomes targetMin",
  version: 1,
  inputs: [{ name: "stack", axes: "nyx", dtypes: pixelDtypes, summary: "planes of one size that share a scale" }],
  output: { axes: "nyx", dtype: "input", scale: "stretched", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters,
  tables,
  memory: { bytesPerPixel: 8, bytes: 1_500_000 },
  source,
} as const satisfies Signature

/** A range for one plane. @category signatures */
export const signature = {
  ...stackSignature,
  name: "percentile_normalize",
  summary: "stretches grey values between two percentiles of a plane onto a range; a constant plane becomes targetMin",
  inputs: [{ name: "image", axes: "yx", dtypes: pixelDtypes, summary: "one plane" }],
  output: { axes: "yx", dtype: "input", scale: "stretched", size: { rule: "same" } },
} as const satisfies Signature

/** The two percentiles that were found. @category models */
export interface Percentiles {
  readonly low: number
  readonly high: number
}

const checkRange = (
  kernel: string,
  { highPercentile, lowPercentile, targetMax, targetMin }: Resolved<typeof signature>,
  data: Pixels,
): { readonly least: number; readonly largest: number } => {
  if (lowPercentile >= highPercentile) {
    throw refused(kernel, "highPercentile", `above lowPercentile (${lowPercentile}) and at most 100`, highPercentile)
  }
  const top = rangeMaxOf(dtypeOf(data))
  const largest = targetMax ?? top
  if (!(data instanceof Float32Array) && largest > top) {
    throw refused(kernel, "targetMax", `at most ${top} for ${pixelDtypeOf(data)}`, targetMax)
  }
  if (targetMin >= largest) throw refused(kernel, "targetMin", `less than targetMax (${largest})`, targetMin)
  return { least: targetMin, largest }
}

const normalize = <P extends Pixels>(
  { intensity }: Backend,
  data: P,
  { highPercentile, lowPercentile }: Resolved<typeof signature>,
  range: { readonly least: number; readonly largest: number },
  into: P | undefined,
): { readonly data: P; readonly percentiles: Percentiles } => {
  const found = percentiles(intensity, data, lowPercentile, highPercentile)
  return { data: stretched(intensity, data, { ...found, ...range }, into), percentiles: found }
}

/**
 * A stack on one common range, and the percentiles that made it.
 *
 * Throws `ImagingError` for a stack that is none, and parameters that make no range.
 *
 * @category kernels
 */
export const percentileNormalizeStack = <P extends Pixels>(
  stack: Stack<P>,
  given: Parameters<typeof stackSignature> = {},
  how: RunOptions<P> = {},
): Stack<P> & { readonly percentiles: Percentiles } => {
  const { backend, into } = checkOptions(stackSignature.name, how)
  const resolved = checkParameters(stackSignature, given)
  checkStack(stackSignature.name, stack, { backend, dtypes: pixelDtypes })
  checkInto(stackSignature.name, into, dtypeOf(stack.data), stack.data.length)
  const range = checkRange(stackSignature.name, resolved, stack.data)
  const { height, planes, width } = stack
  return { ...normalize(backend, stack.data, resolved, range, into), width, height, planes }
}

/**
 * A plane on a range of its own, and the percentiles that made it.
 *
 * Throws `ImagingError` for a picture that is none, and parameters that make no range.
 *
 * @category kernels
 */
export const percentileNormalize = <P extends Pixels>(
  image: Image<P>,
  given: Parameters<typeof signature> = {},
  how: RunOptions<P> = {},
): Image<P> & { readonly percentiles: Percentiles } => {
  const { backend, into } = checkOptions(signature.name, how)
  const resolved = checkParameters(signature, given)
  checkImage(signature.name, image, { backend, dtypes: pixelDtypes })
  checkInto(signature.name, into, dtypeOf(image.data), image.data.length)
  const range = checkRange(signature.name, resolved, image.data)
  return { ...normalize(backend, image.data, resolved, range, into), width: image.width, height: image.height }
}
