/**
 * Planes averaged down to a working size, and drawn out to their own again.
 *
 * @layer logic
 * @module
 */
import type { Pixels } from "../../Image.ts"

/** Which pixels of a line go into which of fewer bins. */
interface Bins {
  readonly count: number
  readonly of: Int32Array
  /** The middle of each bin, in pixels. */
  readonly centres: Float64Array
}

const binsOf = (length: number, countMax: number): Bins => {
  const count = Math.min(length, countMax)
  const of = Int32Array.from({ length }, (_, index) => Math.floor((index * count) / length))
  const sums = new Float64Array(count)
  const members = new Float64Array(count)
  for (let index = 0; index < length; index++) {
    sums[of[index]] += index
    members[of[index]] += 1
  }
  return { count, of, centres: sums.map((sum, bin) => sum / members[bin]) }
}

/** The bins of planes. */
export interface Grid {
  readonly x: Bins
  readonly y: Bins
}

/** Bins of a plane, at most so many along each side. */
export const gridOf = (width: number, height: number, sideMax: number): Grid => ({
  x: binsOf(width, sideMax),
  y: binsOf(height, sideMax),
})

/** The mean of each bin of one plane. */
export const averaged = (data: Pixels, start: number, { x, y }: Grid): Float64Array => {
  const sums = new Float64Array(x.count * y.count)
  const members = new Float64Array(sums.length)
  const width = x.of.length
  for (let row = 0; row < y.of.length; row++) {
    const line = y.of[row] * x.count
    const from = start + row * width
    for (let column = 0; column < width; column++) {
      const bin = line + x.of[column]
      sums[bin] += data[from + column]
      members[bin] += 1
    }
  }
  return sums.map((sum, bin) => sum / members[bin])
}

/** For each pixel of a line the bin before it and its part of the way to the next; beyond the outer middles the line goes on. */
const between = ({ centres, count, of }: Bins): { readonly first: Int32Array; readonly part: Float64Array } => {
  const first = new Int32Array(of.length)
  const part = new Float64Array(of.length)
  if (count === 1) return { first, part }
  let bin = 0
  for (let index = 0; index < of.length; index++) {
    while (bin < count - 2 && centres[bin + 1] <= index) bin++
    first[index] = bin
    part[index] = (index - centres[bin]) / (centres[bin + 1] - centres[bin])
  }
  return { first, part }
}

/** Values of bins at every pixel, linear between their middles. */
export const drawnOut = (values: Float64Array, { x, y }: Grid): Float64Array => {
  const [columns, rows] = [between(x), between(y)]
  const width = x.of.length
  const out = new Float64Array(width * y.of.length)
  const [right, down] = [x.count > 1 ? 1 : 0, y.count > 1 ? x.count : 0]
  for (let row = 0; row < y.of.length; row++) {
    const line = rows.first[row] * x.count
    const lower = rows.part[row]
    for (let column = 0; column < width; column++) {
      const at = line + columns.first[column]
      const part = columns.part[column]
      const top = values[at] + part * (values[at + right] - values[at])
      const bottom = values[at + down] + part * (values[at + down + right] - values[at + down])
      out[row * width + column] = top + lower * (bottom - top)
    }
  }
  return out
}
