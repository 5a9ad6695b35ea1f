/**
 * Halton's sequence: coordinate i of point n is n written backwards behind the point in the i-th prime base. Scrambling
 * puts the digits of each place in a random order (Owen 2017), which breaks the correlations between large bases.
 *
 * @layer logic
 * @module
 */
import type { MersenneTwister } from "../MersenneTwister.ts"

/** The most dimensions. */
export const dimensionsMax = 100
/** The last point of the sequence that can be asked for. */
export const indexMax = 2 ** 40
/** How points are scrambled. */
export const scrambles = ["permutations", "none"] as const
/** The name of a scrambling. @category models */
export type Scramble = (typeof scrambles)[number]

/** The first primes. */
export const primes = (count: number): ReadonlyArray<number> => {
  const found: Array<number> = []
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate)
  }
  return found
}

/** An index written backwards behind the point. */
export const radicalInverse = (index: number, base: number): number => {
  let value = 0
  let weight = 1 / base
  for (let rest = index; rest > 0; rest = Math.floor(rest / base)) {
    value += (rest % base) * weight
    weight /= base
  }
  return value
}

/** Binary digits of a coordinate. */
const precisionBits = 53

/**
 * Points `skip`, `skip + leap`, … of the sequence; the first point of all, unscrambled, is the corner of zeros. Too many
 * dimensions or too far an index is a `RangeError`.
 */
export const points = (
  count: number,
  dimension: number,
  options: {
    readonly skip: number
    readonly leap: number
    readonly scramble: Scramble
    readonly random: MersenneTwister
  },
): ReadonlyArray<Float64Array> => {
  if (dimension > dimensionsMax || options.skip + count * options.leap > indexMax) {
    throw new RangeError("beyond the sequence")
  }
  const bases = primes(dimension)
  const orders = bases.map((base) =>
    Array.from({ length: options.scramble === "none" ? 0 : Math.ceil(precisionBits / Math.log2(base)) }, () => {
      const digits = Array.from({ length: base }, (_, digit) => digit)
      options.random.shuffle(digits)
      return digits
    }),
  )
  return Array.from({ length: count }, (_, place) => {
    const index = options.skip + place * options.leap
    return Float64Array.from(bases, (base, column) => {
      if (options.scramble === "none") return radicalInverse(index, base)
      let value = 0
      let weight = 1 / base
      let rest = index
      for (const order of orders[column] ?? []) {
        value += (order[rest % base] ?? 0) * weight
        weight /= base
        rest = Math.floor(rest / base)
      }
      return Math.min(value, 1 - 2 ** -precisionBits)
    })
  })
}
