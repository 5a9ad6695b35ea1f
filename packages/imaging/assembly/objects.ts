/**
 * The objects kernels, compiled to WebAssembly with SIMD. Pointers come from the caller, who has checked all sizes;
 * nothing is allocated here.
 */
export { runsAboveU8, runsAboveU16, runsAboveF32, joinRuns, paintRuns, runsOfLabels, borderCodes } from "./objects/runs"
export { distances } from "./objects/distance"
export { flood, mirrorKeys } from "./objects/flood"
export { peaksU8, peaksU16, peaksF32, peaksU32 } from "./objects/peaks"
export {
  intensitiesU8,
  intensitiesU16,
  intensitiesF32,
  histogramU8,
  histogramU16,
  pairSumsU8,
  pairSumsU16,
  pairSumsF32,
} from "./objects/measure"
