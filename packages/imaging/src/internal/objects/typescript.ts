/**
 * The objects operations in plain TypeScript: the reference that the compiled ones are held to.
 *
 * @layer logic
 * @module
 */
import { distance } from "./distance.ts"
import { flood, split } from "./flood.ts"
import { backgroundRuns, label, labelRuns, paint, runsOf } from "./label.ts"
import { maskValue } from "./maskValue.ts"
import { borderCodes, greys, light, pairSums, rangeOf } from "./measure.ts"
import type { ObjectsOps } from "./ops.ts"
import { peaks } from "./peaks.ts"

/** The reference. */
export const typescriptObjects: ObjectsOps = {
  maskValue,
  labelRuns: (image, threshold, connectivity, withGreys = false) => {
    const runs = labelRuns(image, threshold, connectivity)
    return withGreys ? { ...runs, greys: greys(image, runs) } : runs
  },
  backgroundRuns,
  label,
  paint,
  runsOf,
  borderCodes,
  greys,
  rangeOf,
  distance,
  split,
  peaks,
  flood,
  pairSums,
  light,
}
