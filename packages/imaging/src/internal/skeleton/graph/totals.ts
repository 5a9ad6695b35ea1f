/**
 * Numbers of a whole skeleton: of a plane, of a volume, or of several planes together.
 *
 * @layer logic
 * @module
 */
import { stepKinds } from "./trace.ts"

/** Numbers of one plane or volume, or of several together. */
export interface Totals {
  /** By kind. */
  readonly steps: Float64Array
  readonly branches: number
  readonly junctions: number
  readonly endpoints: number
  readonly isolated: number
  readonly pieces: number
  readonly cycles: number
  readonly skeletonPixels: number
  readonly pixels: number
  readonly branchLengthSumUm: number
  readonly branchLengthMaxUm: number
  readonly tortuositySum: number
  readonly tortuosityCount: number
}

/** Nothing yet. */
export const noTotals: Totals = {
  steps: new Float64Array(stepKinds),
  branches: 0,
  junctions: 0,
  endpoints: 0,
  isolated: 0,
  pieces: 0,
  cycles: 0,
  skeletonPixels: 0,
  pixels: 0,
  branchLengthSumUm: 0,
  branchLengthMaxUm: 0,
  tortuositySum: 0,
  tortuosityCount: 0,
}

/** Two planes' numbers together. */
export const together = (first: Totals, second: Totals): Totals => ({
  steps: first.steps.map((steps, kind) => steps + second.steps[kind]),
  branches: first.branches + second.branches,
  junctions: first.junctions + second.junctions,
  endpoints: first.endpoints + second.endpoints,
  isolated: first.isolated + second.isolated,
  pieces: first.pieces + second.pieces,
  cycles: first.cycles + second.cycles,
  skeletonPixels: first.skeletonPixels + second.skeletonPixels,
  pixels: first.pixels + second.pixels,
  branchLengthSumUm: first.branchLengthSumUm + second.branchLengthSumUm,
  branchLengthMaxUm: Math.max(first.branchLengthMaxUm, second.branchLengthMaxUm),
  tortuositySum: first.tortuositySum + second.tortuositySum,
  tortuosityCount: first.tortuosityCount + second.tortuosityCount,
})
