/**
 * Thresholds from the counts of grey values; the same for all backends. The order of operations is that of NumPy, so
 * that the result is that of scikit-image to the last bit wherever it computes with numbers of 64 bits.
 *
 * @layer logic
 * @module
 */
import type { Pixels } from "../../Image.ts"
import type { Counts, IntensityOps } from "./ops.ts"

/** Bins of pictures of floats, as scikit-image has them. */
const floatBins = 256

/** Counts of grey values: of each value for whole types, in 256 equal bins for floats. */
export interface Histogram {
  /** The first and last are above 0. */
  readonly counts: Uint32Array
  /** The grey value that each count stands for. */
  readonly centres: (bin: number) => number
  /** All pixels have this value. */
  readonly constant: number | undefined
  /** Each bin is one whole value. */
  readonly isWhole: boolean
}

const ofCounts = ({ counts, first }: Counts): Histogram => ({
  counts,
  centres: (bin) => first + bin,
  constant: counts.length === 1 ? first : undefined,
  isWhole: true,
})

/**
 * Bins per unit are a number of 32 bits, which is infinite for a smaller span. Values of such a picture are small too, as
 * floats lie no nearer to each other; times a power of two they are the same digits.
 */
const leastSpan = 2 ** -80
const growth = 2 ** 100

/** The histogram of a picture. */
export const histogramOf = (ops: IntensityOps, data: Pixels): Histogram => {
  if (!(data instanceof Float32Array)) return ofCounts(ops.countValues(data))
  const { largest, least } = ops.rangeOf(data)
  if (least === largest)
    return { counts: new Uint32Array([data.length]), centres: () => least, constant: least, isWhole: false }
  if (largest - least < leastSpan) {
    const { centres, ...grown } = histogramOf(
      ops,
      data.map((value) => value * growth),
    )
    return { ...grown, centres: (bin) => centres(bin) / growth }
  }
  // Edges are computed in 64 bits and kept in 32, as those of numpy.histogram.
  const step = (largest - least) / floatBins
  const edges = Float32Array.from({ length: floatBins + 1 }, (_, index) => index * step + least)
  edges[floatBins] = largest
  const counts = ops.countBins(data, edges, floatBins / Math.fround(largest - least))
  return {
    counts,
    centres: (bin) => Math.fround(Math.fround(edges[bin] + edges[bin + 1]) / 2),
    constant: undefined,
    isWhole: false,
  }
}

/** Sums beyond each bin of counts, and of counts times values. */
const upperSums = (
  counts: Uint32Array,
  centres: Histogram["centres"],
): { readonly weights: Float64Array; readonly sums: Float64Array } => {
  const weights = new Float64Array(counts.length)
  const sums = new Float64Array(counts.length)
  for (let bin = counts.length - 2; bin >= 0; bin--) {
    weights[bin] = weights[bin + 1] + counts[bin + 1]
    sums[bin] = sums[bin + 1] + counts[bin + 1] * centres(bin + 1)
  }
  return { weights, sums }
}

/** What sets two classes apart: product of their weights and squared distance of their means. */
const apartness = (weight: number, sum: number, weightAbove: number, sumAbove: number): number => {
  const distance = sum / weight - sumAbove / weightAbove
  return weight * weightAbove * (distance * distance)
}

/** Sums of whole numbers are exact: what is beyond a bin is what is left of all. */
const otsuOfWhole = (counts: Uint32Array, first: number): number => {
  let [allWeight, allSum] = [0, 0]
  for (let bin = 0; bin < counts.length; bin++) {
    allWeight += counts[bin]
    allSum += counts[bin] * (first + bin)
  }
  let [weight, sum, best, at] = [0, 0, -1, 0]
  for (let bin = 0; bin < counts.length - 1; bin++) {
    const count = counts[bin]
    // An empty bin divides as the one before it does, and the first of equals is taken.
    if (count === 0) continue
    weight += count
    sum += count * (first + bin)
    const variance = apartness(weight, sum, allWeight - weight, allSum - sum)
    if (variance > best) [best, at] = [variance, bin]
  }
  return first + at
}

/** Otsu: the two classes are as far apart as can be. */
export const otsu = ({ centres, constant, counts, isWhole }: Histogram): number => {
  if (constant !== undefined) return constant
  if (isWhole) return otsuOfWhole(counts, centres(0))
  // Added up from the top, as in scikit-image: for floats that is not the same as what is left of the whole sum.
  const { sums, weights } = upperSums(counts, centres)
  let [weight, sum, best, at] = [0, 0, -1, 0]
  for (let bin = 0; bin < counts.length - 1; bin++) {
    if (counts[bin] === 0) continue
    weight += counts[bin]
    sum += counts[bin] * centres(bin)
    const variance = apartness(weight, sum, weights[bin], sums[bin])
    if (variance > best) [best, at] = [variance, bin]
  }
  return centres(at)
}

/** Triangle: the bin farthest from the line between the peak and the end of the longer tail. */
export const triangle = ({ centres, constant, counts }: Histogram): number => {
  if (constant !== undefined) return constant
  const last = counts.length - 1
  let peak = 0
  for (let bin = 1; bin <= last; bin++) if (counts[bin] > counts[peak]) peak = bin
  // The tail is looked at from its end; the first and last bins are not empty.
  const isUpper = peak < last - peak
  const heightAt = (step: number): number => counts[isUpper ? last - step : step]
  const width = isUpper ? last - peak : peak
  const height = counts[peak]
  const norm = Math.sqrt(height * height + width * width)
  const [rise, run] = [height / norm, width / norm]
  let [best, at] = [-Infinity, 0]
  for (let step = 0; step < width; step++) {
    const distance = rise * step - run * heightAt(step)
    if (distance > best) [best, at] = [distance, step]
  }
  return centres(isUpper ? last - at : at)
}

/** More steps than any picture needs: each step of Li's search moves the border between the classes or ends it. */
const stepsMax = 10_000

/** Means of the values up to and beyond a border, from 0 at the least value. */
type Means = (border: number) => { readonly below: number; readonly beyond: number }

const searchLi = (start: number, tolerance: number, meansAt: Means): number => {
  let [current, next] = [-2 * tolerance, start]
  for (let step = 0; step < stepsMax && Math.abs(next - current) > tolerance; step++) {
    current = next
    const { below, beyond } = meansAt(current)
    next = (below - beyond) / (Math.log(below) - Math.log(beyond))
  }
  return next
}

/** Running sums of counts and of counts times values, values counted from 0. */
const liOfCounts = ({ centres, counts }: Histogram): number => {
  const length = counts.length
  const weights = new Float64Array(length + 1)
  const sums = new Float64Array(length + 1)
  for (let bin = 0; bin < length; bin++) {
    weights[bin + 1] = weights[bin] + counts[bin]
    sums[bin + 1] = sums[bin] + counts[bin] * bin
  }
  const [weight, sum] = [weights[length], sums[length]]
  const meansAt: Means = (border) => {
    const end = Math.floor(border) + 1
    return { below: sums[end] / weights[end], beyond: (sum - sums[end]) / (weight - weights[end]) }
  }
  return searchLi(sum / weight, 0.5, meansAt) + centres(0)
}

const liOfFloats = (data: Float32Array, least: number): number => {
  const sorted = Float32Array.from(data, (value) => value - least).sort()
  const sums = new Float64Array(sorted.length + 1)
  let gap = Infinity
  for (let index = 0; index < sorted.length; index++) {
    sums[index + 1] = sums[index] + sorted[index]
    const step = index === 0 ? 0 : Math.fround(sorted[index] - sorted[index - 1])
    if (step > 0 && step < gap) gap = step
  }
  const total = sums[sorted.length]
  const meansAt: Means = (border) => {
    let [low, high] = [0, sorted.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (sorted[middle] > border) high = middle
      else low = middle + 1
    }
    return { below: sums[low] / low, beyond: (total - sums[low]) / (sorted.length - low) }
  }
  return searchLi(total / sorted.length, gap / 2, meansAt) + least
}

/** Li: least cross entropy between the picture and its two classes; whole types need not be counted again where they were. */
export const li = (ops: IntensityOps, data: Pixels, counted?: Histogram): number => {
  if (data instanceof Float32Array) {
    const { largest, least } = ops.rangeOf(data)
    return least === largest ? least : liOfFloats(data, least)
  }
  const histogram = counted ?? ofCounts(ops.countValues(data))
  return histogram.constant ?? liOfCounts(histogram)
}
