/**
 * The filters operations in plain TypeScript: the reference that the compiled ones are held to.
 *
 * @layer logic
 * @module
 */
import { flatField, floatSum } from "./flatField.ts"
import { lowRank } from "./lowRank.ts"
import { median } from "./median.ts"
import type { FiltersOps } from "./ops.ts"
import { peaks } from "./peaks.ts"
import { difference, gaussian, laplacian } from "./separable.ts"

/** The reference. */
export const typescriptFilters: FiltersOps = {
  gaussian,
  laplacian,
  difference,
  peaks,
  median,
  flatField,
  floatSum,
  lowRank,
}
