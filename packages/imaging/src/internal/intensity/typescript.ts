/**
 * The intensity operations in plain TypeScript: the reference that the compiled ones are held to.
 *
 * @layer logic
 * @module
 */
import { anyBeyond } from "../beyond.ts"
import { bin } from "./bin.ts"
import { above, countBins, countEnds, countValues, mapValues, rangeOf, stretch, sum, valuesAtRanks } from "./counts.ts"
import { copyRows } from "./crop.ts"
import { focusSums } from "./focus.ts"
import { aboveLocal } from "./local.ts"
import { maximumProjection } from "./maximumProjection.ts"
import type { IntensityOps } from "./ops.ts"
import { composite, meanProjection, sharpest } from "./projections.ts"

/** The reference. */
export const typescriptIntensity: IntensityOps = {
  anyBeyond,
  above,
  aboveLocal,
  bin,
  composite,
  countBins,
  countEnds,
  countValues,
  crop: (image, part, into) => copyRows(image.data, image.width, part, into),
  focusSums,
  mapValues,
  maximumProjection,
  meanProjection,
  rangeOf,
  sharpest,
  stretch,
  sum,
  valuesAtRanks,
}
