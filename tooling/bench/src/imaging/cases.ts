/**
 * All kernels of the bench.
 *
 * @layer app
 * @module
 */
import type { ImagingCase } from "./ImagingCase.ts"

/** In the order of the table. */
export const imagingCases: ReadonlyArray<ImagingCase> = []
