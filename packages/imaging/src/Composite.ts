/**
 * Composite: the channels of a site as one picture, their weighted mean.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { dtypeOf, type Image, type Pixels, type Stack } from "./Image.ts"
import { checkInto, checkParameters, checkStack } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { refused } from "./internal/refused.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** The most channels. */
const channelsMax = 256

/** What it takes and gives. @category signatures */
export const signature = {
  name: "composite",
  summary: "the weighted mean of channels, rounded to the nearest grey value (halves to the even one)",
  version: 1,
  inputs: [{ name: "stack", axes: "cyx", dtypes: pixelDtypes, summary: "channels of one site" }],
  output: { axes: "yx", dtype: "input", scale: "kept", size: { rule: "same" } },
  halo: { reach: "point" },
  parameters: {
    weights: {
      kind: "numbers",
      minimum: 0,
      maximum: 1e9,
      lengthMax: channelsMax,
      optional: true,
      unit: "",
      summary: "one for each channel, divided by their sum; equal weights unless given",
    },
  },
  tables: [],
  memory: { bytesPerPixel: 6, bytes: 4096 },
  source:
    "numpy: whole types are weighed and added in 32 bits in the order of the channels, then numpy.round; float32 in 64 bits and rounded once",
} as const satisfies Signature

/**
 * The weighted mean of channels; same type as the stack, shape (height, width).
 *
 * Throws `ImagingError` for a stack that is none, and where the weights are not one for each channel or add up to 0.
 *
 * @category kernels
 */
export const composite = <P extends Pixels>(
  stack: Stack<P>,
  parameters: Parameters<typeof signature> = {},
  how: RunOptions<P> = {},
): Image<P> => {
  const { backend, into } = checkOptions(signature.name, how)
  const { weights } = checkParameters(signature, parameters)
  checkStack(signature.name, stack, { backend, dtypes: pixelDtypes })
  const { planes } = stack
  if (planes > channelsMax) throw refused(signature.name, "stack.planes", `at most ${channelsMax} channels`, planes)
  if (weights !== undefined && weights.length !== planes) {
    throw refused(signature.name, "weights", `${planes} numbers, one for each channel`, weights)
  }
  const each = weights ?? Array.from({ length: planes }, () => 1)
  const sum = each.reduce((all, weight) => all + weight, 0)
  if (!(sum > 0)) throw refused(signature.name, "weights", "numbers that add up to more than 0", sum)
  checkInto(signature.name, into, dtypeOf(stack.data), stack.width * stack.height)
  const shares = Float64Array.from(each, (weight) => weight / sum)
  return backend.intensity.composite(stack, shares, into)
}
