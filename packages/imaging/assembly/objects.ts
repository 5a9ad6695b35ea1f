/**
 * The objects kernels, compiled to WebAssembly with SIMD. Pointers come from the caller, who has checked all sizes;
 * nothing is allocated here.
 */
export { runsAboveU8, runsAboveU16, runsAboveF32, joinRuns, paintRuns, runsOfLabels, borderCodes } from "./objects/runs"
export { distances } from "./objects/distance"
export { flood, gatherMarkers, mirrorKeys, distinct, translate } from "./objects/flood"
export { peaksU16, peaksF32 } from "./objects/peaks"
export {
  greysOfRuns,
  pairSumsU16,
  pairSumsF32,
  lightU16,
  lightF32,
  rangeU16,
  rangeF32,
  maskValueU8,
  maskValueU16,
} from "./objects/measure"
