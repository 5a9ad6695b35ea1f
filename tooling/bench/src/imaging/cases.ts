/**
 * All kernels of the bench.
 *
 * @layer app
 * @module
 */
import { filtersCases } from "./filters.ts"
import type { ImagingCase } from "./ImagingCase.ts"
import { intensityCases } from "./intensity.ts"
import { morphologyCases } from "./morphology.ts"
import { objectsCases } from "./objects.ts"
import { registrationCases } from "./registration.ts"
import { skeletonCases } from "./skeleton.ts"

/** In the order of the table. */
export const imagingCases: ReadonlyArray<ImagingCase> = [
  ...intensityCases,
  ...morphologyCases,
  ...filtersCases,
  ...objectsCases,
  ...skeletonCases,
  ...registrationCases,
]
