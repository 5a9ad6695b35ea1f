/**
 * The two refusals that kernels make: of a parameter, and of a picture.
 *
 * @layer logic
 * @module
 */
import { ImagingError, shown } from "../ImagingError.ts"

/** The refusal of a parameter, or of an option. */
export const refused = (
  kernel: string,
  parameter: string,
  expected: string,
  actual: unknown,
  hints: ReadonlyArray<string> = [],
): ImagingError =>
  new ImagingError(kernel, { _tag: "InvalidParameter", parameter, expected, actual: shown(actual) }, hints)

/** The refusal of an input; `actual` is a text already. */
export const refusedInput = (
  kernel: string,
  input: string,
  expected: string,
  actual: string,
  hints: ReadonlyArray<string> = [],
): ImagingError => new ImagingError(kernel, { _tag: "InvalidImage", input, expected, actual }, hints)
