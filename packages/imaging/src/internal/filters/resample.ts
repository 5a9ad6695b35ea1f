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
  readonly length: number
  /** The first pixel of each bin, and the end of the last. */
  readonly starts: Int32Array
  /** The middle of each bin, in pixels. */
  readonly centres: Float64Array
}

const binsOf = (length: number, countMax: number): Bins => {
  const count = Math.min(length, countMax)
  const starts = Int32Array.from({ length: count + 1 }, (_, bin) => Math.ceil((bin * length) / count))
  const centres = Float64Array.from({ length: count }, (_, bin) => (starts[bin] + starts[bin + 1] - 1) / 2)
  return { count, length, starts, centres }
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

/** The mean of each bin of the plane that starts at a pixel. */
export const averaged = (data: Pixels, start: number, { x, y }: Grid, into: Float64Array): void => {
  const { count, length, starts } = x
  into.fill(0)
  for (let row = 0; row < y.count; row++) {
    const line = row * count
    for (let source = y.starts[row]; source < y.starts[row + 1]; source++) {
      const from = start + source * length
      for (let bin = 0; bin < count; bin++) {
        let sum = 0
        for (let at = from + starts[bin]; at < from + starts[bin + 1]; at++) sum += data[at]
        into[line + bin] += sum
      }
    }
    const rows = y.starts[row + 1] - y.starts[row]
    for (let bin = 0; bin < count; bin++) into[line + bin] /= rows * (starts[bin + 1] - starts[bin])
  }
}

/** For each pixel of a line the bin before it and its part of the way to the next; beyond the outer middles the line goes on. */
const between = ({ centres, count, length }: Bins): { readonly first: Int32Array; readonly part: Float64Array } => {
  const first = new Int32Array(length)
  const part = new Float64Array(length)
  if (count === 1) return { first, part }
  let bin = 0
  for (let index = 0; index < length; index++) {
    while (bin < count - 2 && centres[bin + 1] <= index) bin++
    first[index] = bin
    part[index] = (index - centres[bin]) / (centres[bin + 1] - centres[bin])
  }
  return { first, part }
}

/** Values of bins at every pixel, linear between their middles, in single precision. */
export const drawnOut = (values: Float64Array, { x, y }: Grid): Float32Array => {
  const [columns, rows] = [between(x), between(y)]
  const width = x.length
  const out = new Float32Array(width * y.length)
  const [right, down] = [x.count > 1 ? 1 : 0, y.count > 1 ? x.count : 0]
  const line = new Float64Array(x.count)
  for (let row = 0; row < y.length; row++) {
    const [from, lower] = [rows.first[row] * x.count, rows.part[row]]
    for (let bin = 0; bin < x.count; bin++) {
      const [above, below] = [values[from + bin], values[from + down + bin]]
      line[bin] = above + lower * (below - above)
    }
    for (let column = 0; column < width; column++) {
      const at = columns.first[column]
      out[row * width + column] = line[at] + columns.part[column] * (line[at + right] - line[at])
    }
  }
  return out
}
