/**
 * Refusals of parameters that are good each on its own and not together, or not for this picture.
 *
 * @layer logic
 * @module
 */
import type { Pixels } from "../../Image.ts"
import { ImagingError } from "../../ImagingError.ts"
import { refused } from "../refused.ts"
import type { IntensityOps } from "./ops.ts"

/** Refuses a length that is not odd: what has a centre pixel has an odd number of them. */
export const checkOdd = (kernel: string, parameter: string, value: number): void => {
  if (value % 2 === 0) throw refused(kernel, parameter, "an odd number (px)", value)
}

/** Bins have a width of 32 bits: floats whose span is beyond that have none. */
const floatSpanMax = 3e38

/** Refuses floats that lie too far apart for a histogram. */
export const checkSpan = (ops: IntensityOps, kernel: string, input: string, data: Pixels): void => {
  if (!(data instanceof Float32Array)) return
  const { largest, least } = ops.rangeOf(data)
  if (largest - least <= floatSpanMax) return
  throw new ImagingError(kernel, {
    _tag: "InvalidImage",
    input: `${input}.data`,
    expected: `floats within a span of ${floatSpanMax}`,
    actual: `a span of ${largest - least}`,
  })
}
