/**
 * Refusals of parameters that are good each on its own and not together, or not for this picture.
 *
 * @layer logic
 * @module
 */
import { ImagingError, shown } from "../../ImagingError.ts"

/** The refusal of a parameter. */
export const refused = (kernel: string, parameter: string, expected: string, actual: unknown): ImagingError =>
  new ImagingError(kernel, { _tag: "InvalidParameter", parameter, expected, actual: shown(actual) })

/** Refuses a length that is not odd: what has a centre pixel has an odd number of them. */
export const checkOdd = (kernel: string, parameter: string, value: number): void => {
  if (value % 2 === 0) throw refused(kernel, parameter, "an odd number (px)", value)
}
