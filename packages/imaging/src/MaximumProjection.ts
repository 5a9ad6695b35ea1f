/**
 * Maximum projection: the brightest value of each pixel through a stack.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { dtypeOf, type Image, type Pixels, type Stack } from "./Image.ts"
import { checkInto, checkParameters, checkStack } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "maximum_projection",
  summary: "the largest value of each pixel over the planes of a stack",
  version: 1,
  inputs: [{ name: "stack", axes: "nyx", dtypes: pixelDtypes, summary: "planes of one size" }],
  output: { axes: "yx", dtype: "input", scale: "kept", size: { rule: "same" } },
  halo: { reach: "point" },
  parameters: {},
  tables: [],
  memory: { bytesPerPixel: 4, bytes: 4096 },
  source: "numpy.max over the first axis",
} as const satisfies Signature

/**
 * The largest value of each pixel over the planes; same type as the stack, shape (height, width).
 *
 * Throws `ImagingError` for a stack that is none.
 *
 * @category kernels
 */
export const maximumProjection = <P extends Pixels>(
  stack: Stack<P>,
  parameters: Parameters<typeof signature> = {},
  how: RunOptions<P> = {},
): Image<P> => {
  const { backend, into } = checkOptions(signature.name, how)
  checkParameters(signature, parameters)
  checkStack(signature.name, stack, { backend, dtypes: pixelDtypes })
  checkInto(signature.name, into, dtypeOf(stack.data), stack.width * stack.height)
  return backend.intensity.maximumProjection(stack, into)
}
