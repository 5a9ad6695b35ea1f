/**
 * The limits of the areas of cells, in pixels or in square micrometres: one of them, not both.
 *
 * @layer logic
 * @module
 */
import { refused } from "../refused.ts"

/** The parameters, as given or with their fallbacks. */
interface AreaParameters {
  readonly areaMinPx?: number | undefined
  readonly areaMaxPx?: number | undefined
  readonly areaMinUm2?: number | undefined
  readonly areaMaxUm2?: number | undefined
  readonly pixelSizeUm?: number | undefined
}

/**
 * The limits in pixels; refuses one limit in both units, square micrometres without the size of a pixel, and a least area above
 * the most. Which limits were `given` decides, not their fallbacks.
 */
export const areaLimitsOf = (
  kernel: string,
  given: AreaParameters,
  resolved: AreaParameters & { readonly areaMinPx: number; readonly areaMaxPx: number },
): { readonly leastPx: number; readonly mostPx: number } => {
  const { pixelSizeUm } = resolved
  const limit = (px: "areaMinPx" | "areaMaxPx", um2: "areaMinUm2" | "areaMaxUm2"): number => {
    const square = resolved[um2]
    if (square === undefined) return resolved[px]
    if (given[px] !== undefined) {
      throw refused(kernel, um2, `left out where ${px} is given`, square, ["give the limit in one unit"])
    }
    if (pixelSizeUm === undefined) {
      throw refused(kernel, um2, "left out where pixelSizeUm is", square, ["pixelSizeUm is the side of a pixel in um"])
    }
    return square / (pixelSizeUm * pixelSizeUm)
  }
  const leastPx = limit("areaMinPx", "areaMinUm2")
  const mostPx = limit("areaMaxPx", "areaMaxUm2")
  if (leastPx > mostPx) {
    const isSquare = resolved.areaMinUm2 !== undefined
    throw refused(
      kernel,
      isSquare ? "areaMinUm2" : "areaMinPx",
      isSquare
        ? `at most the largest area (${mostPx} px; this is ${leastPx} px)`
        : `at most the largest area (${mostPx} px)`,
      isSquare ? resolved.areaMinUm2 : leastPx,
      [
        `areaMaxPx is ${resolved.areaMaxPx} unless given, areaMinPx ${resolved.areaMinPx}: give both for larger or smaller objects`,
      ],
    )
  }
  return { leastPx, mostPx }
}
