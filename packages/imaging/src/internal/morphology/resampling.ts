/**
 * Where the pixels of a picture that is made smaller come from, and with which weights: as `skimage.transform.resize`
 * with `anti_aliasing` and `preserve_range` does it (Gaussian, `mirror` border, linear), number by number, so that the
 * result can be compared to the last bit.
 *
 * @layer logic
 * @module
 */

/** One axis of a picture made smaller. */
export interface AxisTables {
  /** Half of the Gaussian: weight at distance 0, 1, 2, … */
  readonly weights: Float64Array
  /** For each new pixel, the two old ones that it lies between, and their weights. */
  readonly first: Int32Array
  readonly second: Int32Array
  readonly firstWeight: Float64Array
  readonly secondWeight: Float64Array
}

const bits = 120

/** e to the power of a number from -64 to 0, rounded as exactly as a double can be: `Math.exp` may differ between engines. */
const exponential = (power: number): number => {
  const one = 1n << BigInt(bits)
  const value = BigInt(power * 2 ** bits)
  let [sum, term] = [one, one]
  for (let count = 1n; term !== 0n && term !== -1n; count++) {
    term = (term * value) / (one * count)
    sum += term
  }
  return Number(sum) / 2 ** bits
}

/** The sum in the order in which NumPy adds: eight partial sums up to 128 numbers, halves beyond. */
const pairwiseSum = (values: Float64Array): number => {
  const { length } = values
  if (length > 128) {
    const half = Math.floor(length / 2) - (Math.floor(length / 2) % 8)
    return pairwiseSum(values.subarray(0, half)) + pairwiseSum(values.subarray(half))
  }
  let sum = 0
  let index = 0
  if (length >= 8) {
    const partial = values.slice(0, 8)
    for (index = 8; index + 8 <= length; index += 8)
      for (let lane = 0; lane < 8; lane++) partial[lane] += values[index + lane]
    const [a, b, c, d, e, f, g, h] = partial
    sum = a + b + (c + d) + (e + f + (g + h))
  }
  for (; index < length; index++) sum += values[index]
  return sum
}

/** Half of a Gaussian cut at four standard deviations, as SciPy makes it. */
const gaussianHalf = (sigma: number): Float64Array => {
  if (sigma <= 1e-15) return Float64Array.of(1)
  const radius = Math.trunc(4 * sigma + 0.5)
  const factor = -0.5 / (sigma * sigma)
  const all = Float64Array.from({ length: 2 * radius + 1 }, (_, index) => exponential(factor * (index - radius) ** 2))
  const sum = pairwiseSum(all)
  return all.slice(radius).map((value) => value / sum)
}

/** The place of an index beyond the ends, mirrored at the middle of the outermost pixels. */
export const mirrored = (index: number, length: number): number => {
  if (length === 1) return 0
  const period = 2 * length - 2
  const inside = ((index % period) + period) % period
  return inside < length ? inside : period - inside
}

/** Tables to make `length` pixels `smaller`. */
export const axisTables = (length: number, smaller: number): AxisTables => {
  const factor = length / smaller
  const tables = {
    weights: gaussianHalf(Math.max(0, (factor - 1) / 2)),
    first: new Int32Array(smaller),
    second: new Int32Array(smaller),
    firstWeight: new Float64Array(smaller),
    secondWeight: new Float64Array(smaller),
  }
  for (let index = 0; index < smaller; index++) {
    const place = (index + 0.5) * factor - 0.5
    const whole = Math.floor(place)
    tables.first[index] = mirrored(whole, length)
    tables.second[index] = mirrored(whole + 1, length)
    tables.firstWeight[index] = 1 - (place - whole)
    tables.secondWeight[index] = 1 - tables.firstWeight[index]
  }
  return tables
}

/** For each of `length` pixels, the nearest of the `smaller` ones. */
export const nearest = (length: number, smaller: number): Int32Array => {
  const factor = smaller / length
  return Int32Array.from({ length }, (_, index) => {
    const place = Math.abs((index + 0.5) * factor - 0.5)
    return Math.min(smaller - 1, Math.floor(place + 0.5))
  })
}
