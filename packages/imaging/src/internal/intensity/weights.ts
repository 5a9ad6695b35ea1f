/**
 * Weights of a Gaussian.
 *
 * @layer logic
 * @module
 */

/** Weights of the centre and of each distance up to four standard deviations, as SciPy cuts them; all together 1. */
export const gaussianWeights = (sigma: number): Float64Array => {
  const radius = Math.floor(4 * sigma + 0.5)
  const weights = Float64Array.from({ length: radius + 1 }, (_, distance) =>
    Math.exp((-0.5 / (sigma * sigma)) * (distance * distance)),
  )
  let sum = weights[0]
  for (let distance = 1; distance <= radius; distance++) sum += 2 * weights[distance]
  return weights.map((weight) => weight / sum)
}
