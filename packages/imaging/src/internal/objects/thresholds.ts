/**
 * Thresholds that an image itself gives, from how often each value occurs.
 *
 * @layer logic
 * @module
 */
import type { Image } from "../../Image.ts"
import type { ObjectsOps } from "./ops.ts"

/** Values, rising, and how often each occurs. */
interface Counts {
  readonly values: Float64Array
  readonly counts: Float64Array
}

const binsOfFloats = 256

/** Each value of whole numbers from the smallest to the largest; 256 equal bins, by their middles, of floats. */
const countsOf = (ops: ObjectsOps, image: Image): Counts => {
  const { data } = image
  if (!(data instanceof Float32Array)) {
    const all = ops.histogram({ ...image, data })
    const { least, most } = bounds(all)
    const counts = new Float64Array(all.subarray(least, most + 1))
    const values = new Float64Array(counts.length)
    for (let index = 0; index < values.length; index++) values[index] = least + index
    return { values, counts }
  }
  const { least, most } = ops.rangeOf(image)
  const width = (most - least) / binsOfFloats
  const counts = new Float64Array(binsOfFloats)
  for (const value of data) counts[Math.min(binsOfFloats - 1, Math.floor((value - least) / width))]++
  return { values: counts.map((_, index) => least + (index + 0.5) * width), counts }
}

/** The first and the last value that occur. */
const bounds = (counts: Uint32Array): { readonly least: number; readonly most: number } => {
  let [least, most] = [0, counts.length - 1]
  while (counts[least] === 0) least++
  while (counts[most] === 0) most--
  return { least, most }
}

/** The value that separates best: the largest variance between what lies above and what does not (Otsu 1979). */
export const otsu = (ops: ObjectsOps, image: Image): number => {
  if (image.data instanceof Float32Array) {
    const { least, most } = ops.rangeOf(image)
    if (least === most) return least
  }
  const { counts, values } = countsOf(ops, image)
  if (values.length === 1) return values[0]
  let [total, weighted] = [0, 0]
  for (let index = 0; index < counts.length; index++) {
    total += counts[index]
    weighted += counts[index] * values[index]
  }
  let [below, belowWeighted, best, place] = [0, 0, -1, 0]
  for (let index = 0; index + 1 < values.length; index++) {
    // Nothing changes at a value that does not occur.
    if (counts[index] === 0) continue
    below += counts[index]
    belowWeighted += counts[index] * values[index]
    const above = total - below
    const difference = belowWeighted / below - (weighted - belowWeighted) / above
    const variance = below * above * (difference * difference)
    if (variance > best) {
      best = variance
      place = index
    }
  }
  return values[place]
}

/** The value of least cross entropy between the image and its two classes' means (Li and Tam 1998), by iteration. */
export const li = (ops: ObjectsOps, image: Image): number => {
  const { data } = image
  const { counts, values } =
    data instanceof Float32Array
      ? { values: Float64Array.from(data).sort(), counts: new Float64Array(data.length).fill(1) }
      : countsOf(ops, image)
  const least = values[0]
  if (least === values[values.length - 1]) return least
  let tolerance = 0.5
  if (data instanceof Float32Array) {
    let step = Number.POSITIVE_INFINITY
    for (let index = 1; index < values.length; index++) {
      const difference = values[index] - values[index - 1]
      if (difference > 0 && difference < step) step = difference
    }
    tolerance = step / 2
  }
  const meanOf = (from: number, to: number): number => {
    let [sum, weight] = [0, 0]
    for (let index = from; index < to; index++) {
      sum += counts[index] * (values[index] - least)
      weight += counts[index]
    }
    return sum / weight
  }
  let [current, next] = [-2 * tolerance, meanOf(0, values.length)]
  while (Math.abs(next - current) > tolerance) {
    current = next
    const place = values.findIndex((value) => value - least > current)
    const [below, above] = [meanOf(0, place), meanOf(place, values.length)]
    next = (below - above) / (Math.log(below) - Math.log(above))
  }
  return next + least
}
