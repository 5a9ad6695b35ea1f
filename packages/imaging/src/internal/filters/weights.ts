/**
 * Weights of Gaussian filters as SciPy has them: sampled at whole distances, cut at `truncate` sigmas, the Gaussian's sum 1.
 *
 * @layer logic
 * @module
 */

/** What pixels stand beyond the border: `reflect` is `b a | a b`, `nearest` repeats the edge. */
export const borders = ["reflect", "nearest"] as const
/** The name of a border. */
export type Border = (typeof borders)[number]

/** Weights of the distances 0, 1, ... up to the radius. */
export interface Weights {
  readonly radius: number
  /** Of the Gaussian. */
  readonly smooth: Float32Array
  /** Of its second derivative. */
  readonly second: Float32Array
}

/** How far the weights of a sigma reach, in pixels. */
const radiusOf = (sigmaPx: number, truncate: number): number => Math.floor(truncate * sigmaPx + 0.5)

/** The weights of a sigma. Computed in double precision, kept in single. */
export const weightsOf = (sigmaPx: number, truncate: number): Weights => {
  const radius = radiusOf(sigmaPx, truncate)
  const square = sigmaPx * sigmaPx
  const bells = Float64Array.from({ length: radius + 1 }, (_, x) => Math.exp((-0.5 / square) * x * x))
  const sum = bells.reduce((total, bell, x) => total + (x === 0 ? bell : 2 * bell), 0)
  return {
    radius,
    smooth: Float32Array.from(bells, (bell) => bell / sum),
    second: Float32Array.from(bells, (bell, x) => ((x * x) / square - 1) * (bell / sum / square)),
  }
}

/**
 * What a pixel is multiplied by to be the least sum that is taken as the pixel: less by what rounding of the sums in single
 * precision can make of a flat region.
 */
export const leastOf = ({ radius }: Weights): number => Math.fround(1 - (1.5 + radius / 100) * 2 ** -22)

/** The pixel that stands for position `index` of a line of `length`. */
export const mapped = (index: number, length: number, border: Border): number => {
  if (index >= 0 && index < length) return index
  if (border === "nearest") return index < 0 ? 0 : length - 1
  const period = 2 * length
  const place = ((index % period) + period) % period
  return place < length ? place : period - 1 - place
}
