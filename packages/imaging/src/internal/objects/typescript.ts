/**
 * The objects operations in plain TypeScript: the reference that the compiled ones are held to.
 *
 * @layer logic
 * @module
 */
import { distance } from "./distance.ts"
import { flood, split } from "./flood.ts"
import { label, labelRuns, paint, runsOf } from "./label.ts"
import { borderCodes, histogram, intensities, pairSums } from "./measure.ts"
import type { ObjectsOps } from "./ops.ts"
import { peaks } from "./peaks.ts"

/** The reference. */
export const typescriptObjects: ObjectsOps = {
  labelRuns,
  label,
  paint,
  runsOf,
  borderCodes,
  intensities,
  histogram,
  distance,
  split,
  peaks,
  flood,
  pairSums,
}
