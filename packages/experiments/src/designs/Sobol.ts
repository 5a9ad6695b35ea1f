/**
 * Sobol's sequence: points of the unit cube of which each block of 2^m fills it evenly. In Gray code order, as most
 * programs give it. Scrambling draws one of many equally even sets: Owen's (1995) nested permutations, or a digital shift.
 *
 * @layer logic
 * @module
 */
import type { MersenneTwister } from "../MersenneTwister.ts"
import { directions } from "./SobolDirections.ts"

/** The most dimensions. */
export const dimensionsMax = directions.length + 1
/** The last point of the sequence that can be asked for. */
export const indexMax = 2 ** 30
/** How points are scrambled. */
export const scrambles = ["owen", "digital_shift", "none"] as const
/** The name of a scrambling. @category models */
export type Scramble = (typeof scrambles)[number]

const bits = 32

/** The 32 direction numbers of a dimension from 0, highest bit first. */
const directionsOf = (dimension: number): Uint32Array => {
  const numbers = new Uint32Array(bits)
  const [polynomial, ...initial] = directions[dimension - 1] ?? []
  if (polynomial === undefined) return numbers.map((_, index) => 2 ** (bits - 1 - index))
  const degree = initial.length
  for (let index = 0; index < bits; index++) {
    if (index < degree) {
      numbers[index] = (initial[index] ?? 0) * 2 ** (bits - 1 - index)
      continue
    }
    const before = numbers[index - degree] ?? 0
    let number = before ^ (before >>> degree)
    for (let term = 1; term < degree; term++) {
      if (((polynomial >>> (degree - term)) & 1) === 1) number ^= numbers[index - term] ?? 0
    }
    numbers[index] = number
  }
  return numbers
}

/** A well-mixed word of two others (the finaliser of MurmurHash3). */
const mixed = (key: number, word: number): number => {
  let hash = Math.imul(word ^ key, 0x9e3779b1) ^ key
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Each bit is turned over or not, by a coin of its own for all bits above it. */
const owen = (word: number, keys: Uint32Array): number => {
  let scrambled = 0
  for (let bit = bits - 1; bit >= 0; bit--) {
    const above = bit === bits - 1 ? 0 : word >>> (bit + 1)
    const coin = mixed(keys[bit] ?? 0, above) & 1
    scrambled |= (((word >>> bit) & 1) ^ coin) << bit
  }
  return scrambled >>> 0
}

/**
 * Points `skip` to `skip + count - 1` of the sequence; the first point of all, unscrambled, is the corner of zeros. Too
 * many dimensions or too far an index is a `RangeError`.
 */
export const points = (
  count: number,
  dimension: number,
  options: { readonly skip: number; readonly scramble: Scramble; readonly random: MersenneTwister },
): ReadonlyArray<Float64Array> => {
  if (dimension > dimensionsMax || options.skip + count > indexMax) throw new RangeError("beyond the sequence")
  const numbers = Array.from({ length: dimension }, (_, index) => directionsOf(index))
  const keys = numbers.map(() => Uint32Array.from({ length: bits }, () => options.random.word()))
  const state = new Uint32Array(dimension)
  // The state at an index is the exclusive or of the direction numbers of its Gray code.
  const gray = options.skip ^ (options.skip >>> 1)
  for (let bit = 0; bit < bits; bit++) {
    if (((gray >>> bit) & 1) === 0) continue
    for (const [index, own] of numbers.entries()) state[index] = (state[index] ?? 0) ^ (own[bit] ?? 0)
  }
  return Array.from({ length: count }, (_, place) => {
    const point = new Float64Array(dimension)
    for (let index = 0; index < dimension; index++) {
      const word = state[index] ?? 0
      const own = keys[index] ?? new Uint32Array(bits)
      const done =
        options.scramble === "owen"
          ? owen(word, own)
          : options.scramble === "digital_shift"
            ? (word ^ (own[0] ?? 0)) >>> 0
            : word
      point[index] = done / 2 ** bits
    }
    const next = options.skip + place + 1
    const bit = 31 - Math.clz32(next & -next)
    for (const [index, own] of numbers.entries()) state[index] = (state[index] ?? 0) ^ (own[bit] ?? 0)
    return point
  })
}
