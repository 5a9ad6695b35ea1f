/**
 * The dark field that fields have in common, from how each place follows the light of whole fields: what a place shows is its dark
 * value plus the field's light times its share of it, so that the line through fields of different light meets no light at the
 * dark value. Objects leave large residuals and are left out by their weights (Tukey's biweight).
 *
 * Fields alone cannot tell a dark field from one that has more of the flat field in it, and fields that are as much brighter. As
 * in Peng et al. 2017 the dark field is the one with least of the flat field's pattern.
 *
 * @layer logic
 * @module
 */
import { smoothPlanes, solveSymmetric } from "./polynomials.ts"

/** The degrees of the polynomials that light and dark field are made of here. */
const flatDegree = 6
const darkDegree = 3
/** So many places at most are looked at along each side. */
const sideMax = 64
/** Rounds of weights: until the light of fields is steady, and few where fields are left out of what was found. */
const [roundsMax, roundsWithout] = [40, 6]
const steady = 1e-5
/** Noise is taken to be at least this part of the light: rounded pixels may leave none, and a field must not count for all. */
const noiseLeast = 1e-4
/** Noise is taken from every so manieth residual. */
const noiseStep = 7
/** Residuals beyond so many standard deviations do not count: of the first round, and of those from `roundsNarrowing` on. */
const [cutFirst, cutLast] = [8, 4]
const roundsNarrowing = 12
/** The median of the size of a normal number. */
const normalMedian = 0.6745
/** The part of places at which no field may be darker than the dark field. */
const overPart = 0.99
/** Fields are left out in so many groups in turn, to see how much the result hangs on each. */
const groupsMax = 8

/** A dark field, and how well the fields tell it. */
export interface DarkFieldEstimate {
  /** At each place of the working size, in grey values. */
  readonly dark: Float64Array
  readonly meanGrey: number
  /** Of the dark field at a place, root of the mean square over places; from leaving out fields. */
  readonly standardErrorGrey: number
  /** Standard deviation of the fields' light, as a part of its mean. */
  readonly lightSpread: number
  /** Standard deviation of the flat field, as a part of its mean: the dark field is told from fields by not having its pattern. */
  readonly flatSpread: number
  /** The mean light of the fields, in grey values. */
  readonly lightGrey: number
  /** Noise of what is taken for background, as a part of its light: large where there is no background, but cells everywhere. */
  readonly noisePart: number
}

/** What a dark field may leave open, and what must differ, before it is refused. */
export const darkFieldLimits = { standardErrorPart: 0.03, noisePart: 0.2, lightSpread: 0.01, flatSpread: 0.01 } as const

/** Whether fields tell their dark field. */
export const isTold = (found: DarkFieldEstimate): boolean => {
  const { flatSpread, lightGrey, lightSpread, noisePart, standardErrorGrey } = found
  return (
    lightGrey > 0 &&
    lightSpread >= darkFieldLimits.lightSpread &&
    flatSpread >= darkFieldLimits.flatSpread &&
    standardErrorGrey <= darkFieldLimits.standardErrorPart * lightGrey &&
    noisePart <= darkFieldLimits.noisePart
  )
}

/** Fields at the places that are looked at, and the planes that light and dark field are made of there. */
interface Problem {
  readonly fields: ReadonlyArray<Float64Array>
  readonly flatPlanes: ReadonlyArray<Float64Array>
  readonly darkPlanes: ReadonlyArray<Float64Array>
}

/** What fields are taken for: dark + light of the field x flat, each as coefficients of its planes. */
interface Fit {
  readonly flat: Float64Array
  readonly dark: Float64Array
  readonly light: Float64Array
  /** Of each field's background. */
  readonly noise: Float64Array
}

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Standard deviation as a part of the mean. */
const spreadOf = (values: Float64Array): number => {
  const mean = meanOf(values)
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2))) / mean
}

const medianOf = (values: Float64Array): number => {
  const sorted = Float64Array.from(values).sort()
  return sorted.length === 0 ? 0 : sorted[sorted.length >> 1]
}

/** The sum of planes times their coefficients. */
const summed = (planes: ReadonlyArray<Float64Array>, coefficients: Float64Array): Float64Array => {
  const sum = new Float64Array(planes[0].length)
  for (const [index, plane] of planes.entries()) {
    const factor = coefficients[index]
    for (let at = 0; at < sum.length; at++) sum[at] += factor * plane[at]
  }
  return sum
}

/**
 * The standard deviation of noise among residuals: from the side on which they are smaller, since objects, which are brighter or
 * darker than the background, lie on the other.
 */
const noiseOf = (residuals: Float64Array): number => {
  const below = medianOf(residuals.filter((value) => value < 0))
  const above = medianOf(residuals.filter((value) => value > 0))
  return Math.min(-below, above) / normalMedian
}

/** Light and dark field for given light of fields and weights, by the normal equations of their coefficients. */
const fitPlanes = (
  { darkPlanes, fields, flatPlanes }: Problem,
  weights: ReadonlyArray<Float64Array>,
  light: Float64Array,
): { readonly flat: Float64Array; readonly dark: Float64Array } => {
  const size = fields[0].length
  // Weighted sums over the fields at each place: of 1, light, light squared, pixels, and pixels times light.
  const [ones, lights, squares, pixels, products] = [0, 0, 0, 0, 0].map(() => new Float64Array(size))
  for (const [index, field] of fields.entries()) {
    const [bright, weight] = [light[index], weights[index]]
    for (let at = 0; at < size; at++) {
      const part = weight[at]
      ones[at] += part
      lights[at] += part * bright
      squares[at] += part * bright * bright
      pixels[at] += part * field[at]
      products[at] += part * bright * field[at]
    }
  }
  const planes = [...flatPlanes, ...darkPlanes]
  const [count, flatCount] = [planes.length, flatPlanes.length]
  const matrix = new Float64Array(count * count)
  const right = new Float64Array(count)
  const scaled = new Float64Array(size)
  for (let row = 0; row < count; row++) {
    const source = row < flatCount ? products : pixels
    for (let at = 0; at < size; at++) right[row] += planes[row][at] * source[at]
    for (let column = 0; column <= row; column++) {
      if (column === 0 || column === flatCount) {
        const factor = row < flatCount ? squares : column < flatCount ? lights : ones
        for (let at = 0; at < size; at++) scaled[at] = planes[row][at] * factor[at]
      }
      let sum = 0
      const plane = planes[column]
      for (let at = 0; at < size; at++) sum += scaled[at] * plane[at]
      matrix[row * count + column] = sum
    }
  }
  const solution = solveSymmetric(matrix, right)
  return { flat: solution.slice(0, flatCount), dark: solution.slice(flatCount) }
}

/** Weights of a field by its residuals, and its light anew by them. */
const weigh = (
  field: Float64Array,
  { dark, flat }: { readonly dark: Float64Array; readonly flat: Float64Array },
  light: number,
  cut: number,
  weight: Float64Array,
): { readonly light: number; readonly noise: number } => {
  const sample = Float64Array.from({ length: Math.ceil(field.length / noiseStep) }, (_, index) => {
    const at = index * noiseStep
    return field[at] - dark[at] - light * flat[at]
  })
  const noise = Math.max(noiseOf(sample), noiseLeast * Math.abs(light) * meanOf(flat))
  const [limit, unit] = noise > 0 ? [cut * noise, 1 / (noise * noise)] : [Number.POSITIVE_INFINITY, 1]
  let [along, square] = [0, 0]
  for (let at = 0; at < field.length; at++) {
    const open = field[at] - dark[at]
    const ratio = (open - light * flat[at]) / limit
    const rest = Math.max(0, 1 - ratio * ratio)
    const part = rest * rest * unit
    weight[at] = part
    along += part * flat[at] * open
    square += part * flat[at] * flat[at]
  }
  return { light: square > 0 ? along / square : light, noise }
}

/** Fields taken apart by rounds of weights; `weights` are those to begin with, and in the end those that were found. */
const fit = (
  problem: Problem,
  start: Float64Array,
  weights: ReadonlyArray<Float64Array>,
  rounds: { readonly from: number; readonly max: number },
): Fit => {
  const { darkPlanes, fields, flatPlanes } = problem
  const light = Float64Array.from(start)
  const noise = new Float64Array(light.length)
  let planes = fitPlanes(problem, weights, light)
  for (let round = rounds.from; round < rounds.max; round++) {
    const cut = cutLast + (cutFirst - cutLast) * Math.max(0, 1 - round / roundsNarrowing)
    const at = { flat: summed(flatPlanes, planes.flat), dark: summed(darkPlanes, planes.dark) }
    let moved = 0
    for (const [index, field] of fields.entries()) {
      const now = weigh(field, at, light[index], cut, weights[index])
      moved = Math.max(moved, Math.abs(now.light - light[index]) / Math.abs(now.light))
      light[index] = now.light
      noise[index] = now.noise
    }
    planes = fitPlanes(problem, weights, light)
    if (round > roundsNarrowing && moved < steady) break
  }
  return { ...planes, light, noise }
}

/** The dark field with least of the flat field's pattern, in the sense of sizes, so that a glow in a corner does not count as pattern. */
const leastPattern = (
  flat: Float64Array,
  dark: Float64Array,
  least: Float64Array,
): { readonly dark: Float64Array; readonly part: number } => {
  const flatMean = meanOf(flat)
  const pattern = flat.map((value) => value / flatMean)
  let part = 0
  let level = meanOf(dark)
  for (let iteration = 0; iteration < 50; iteration++) {
    let [ones, firsts, squares, values, products] = [0, 0, 0, 0, 0]
    for (let at = 0; at < dark.length; at++) {
      const weight = 1 / Math.max(Math.abs(dark[at] - level - part * pattern[at]), 1e-3 * Math.abs(level) + 1e-9)
      ones += weight
      firsts += weight * pattern[at]
      squares += weight * pattern[at] * pattern[at]
      values += weight * dark[at]
      products += weight * pattern[at] * dark[at]
    }
    const determinant = ones * squares - firsts * firsts
    if (!(determinant > 1e-12 * ones * squares)) break
    part = (ones * products - firsts * values) / determinant
    level = (values - part * firsts) / ones
  }
  // Nothing is darker than the dark field, but for a few places with noise.
  const over = dark.map((value, at) => (value - least[at]) / pattern[at]).sort()
  part = Math.max(part, over[Math.floor(overPart * (over.length - 1))])
  return { dark: dark.map((value, at) => value - part * pattern[at]), part }
}

/** The standard error of a plane, root of the mean square over places, from planes that each leave out a group of fields. */
const jackknife = (without: ReadonlyArray<Float64Array>): number => {
  const [groups, size] = [without.length, without[0].length]
  let square = 0
  for (let place = 0; place < size; place++) {
    let mean = 0
    for (const plane of without) mean += plane[place] / groups
    for (const plane of without) square += (plane[place] - mean) ** 2
  }
  return Math.sqrt((square / size) * ((groups - 1) / groups))
}

/** The dark field of fields of the working size, `count` behind each other. */
export const estimateDark = (all: Float64Array, count: number, width: number, height: number): DarkFieldEstimate => {
  const size = width * height
  const [stepX, stepY] = [Math.ceil(width / sideMax), Math.ceil(height / sideMax)]
  const at = Int32Array.from({ length: size }, (_, index) => index).filter(
    (index) => (index % width) % stepX === stepX >> 1 && Math.floor(index / width) % stepY === stepY >> 1,
  )
  const pick = (plane: Float64Array): Float64Array => Float64Array.from(at, (index) => plane[index])
  const flatPlanes = smoothPlanes(width, height, flatDegree)
  const darkPlanes = smoothPlanes(width, height, darkDegree)
  // By their light, so that the order in which fields come does not matter, and that each group has fields of all lights.
  const means = Float64Array.from({ length: count }, (_, index) =>
    meanOf(all.subarray(index * size, (index + 1) * size)),
  )
  const order = Array.from({ length: count }, (_, index) => index).toSorted((a, b) => means[a] - means[b])
  const problem: Problem = {
    fields: order.map((index) => pick(all.subarray(index * size, (index + 1) * size))),
    flatPlanes: flatPlanes.map(pick),
    darkPlanes: darkPlanes.map(pick),
  }
  const medians = Float64Array.from(problem.fields, medianOf)
  const level = meanOf(medians)
  const start = medians.map((value) => value / (level === 0 ? 1 : level))
  const weights = problem.fields.map(({ length }) => new Float64Array(length).fill(1))
  const found = fit(problem, start, weights, { from: 0, max: roundsMax })
  const flat = summed(flatPlanes, found.flat)
  const least = Float64Array.from({ length: size }, (_, place) => {
    let value = all[place]
    for (let index = 1; index < count; index++) value = Math.min(value, all[index * size + place])
    return value
  })
  const { dark, part } = leastPattern(flat, summed(darkPlanes, found.dark), least)
  const groups = Math.min(groupsMax, count)
  const without = Array.from({ length: groups }, (_, group) => {
    const kept = problem.fields.map((_, index) => index).filter((index) => index % groups !== group)
    const fields = kept.map((index) => problem.fields[index])
    const light = Float64Array.from(kept, (index) => found.light[index])
    const own = kept.map((index) => Float64Array.from(weights[index]))
    const rounds = { from: roundsNarrowing, max: roundsNarrowing + roundsWithout }
    const other = fit({ ...problem, fields }, light, own, rounds)
    return leastPattern(summed(flatPlanes, other.flat), summed(darkPlanes, other.dark), least).dark
  })
  const flatMean = meanOf(flat)
  // What the dark field has less of the flat field's pattern, fields have more.
  const light = found.light.map((value) => value * flatMean + part)
  return {
    dark,
    meanGrey: meanOf(dark),
    standardErrorGrey: jackknife(without),
    lightSpread: spreadOf(light),
    flatSpread: spreadOf(flat),
    lightGrey: meanOf(light),
    noisePart: medianOf(found.noise.map((value, index) => value / light[index])),
  }
}
