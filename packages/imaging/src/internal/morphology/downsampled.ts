/**
 * The white top-hat whose background is opened on a smaller picture, in plain TypeScript.
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import { extremum } from "./disk.ts"
import { axisTables, mirrored, nearest } from "./resampling.ts"

/** How small the picture becomes; never less than one pixel. */
export const smallerSize = (length: number, factor: number): number => Math.max(1, Math.floor(length / factor))

/** The Gaussian along a line, at one place of it. */
const filtered = (at: (index: number) => number, weights: Float64Array, place: number): number => {
  let sum = at(place) * weights[0]
  // From the outside inwards: the order in which SciPy adds.
  for (let distance = weights.length - 1; distance > 0; distance--) {
    sum += (at(place - distance) + at(place + distance)) * weights[distance]
  }
  return sum
}

/** The picture made smaller, in 64-bit floats; for 32-bit floats each intermediate result is rounded to 32 bits. */
const smaller = ({ data, height, width }: Image<Pixels>, columns: number, rows: number): Float64Array => {
  const round = data instanceof Float32Array ? Math.fround : (value: number) => value
  const [down, across] = [axisTables(height, rows), axisTables(width, columns)]
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of data) [least, most] = [Math.min(least, value), Math.max(most, value)]
  const line = new Float64Array(width)
  /** One row of the picture after the Gaussian, at the columns between which new pixels lie. */
  const filteredRow = (y: number): ((x: number) => number) => {
    for (let x = 0; x < width; x++) {
      line[x] = round(filtered((row) => data[mirrored(row, height) * width + x], down.weights, y))
    }
    const values = new Map<number, number>()
    for (const x of [...across.first, ...across.second]) {
      values.set(x, round(filtered((column) => line[mirrored(column, width)], across.weights, x)))
    }
    return (x) => values.get(x) ?? Number.NaN
  }
  const out = new Float64Array(columns * rows)
  for (let row = 0; row < rows; row++) {
    const upper = filteredRow(down.first[row])
    const lower = filteredRow(down.second[row])
    for (let column = 0; column < columns; column++) {
      const [left, right] = [across.first[column], across.second[column]]
      const [leftWeight, rightWeight] = [across.firstWeight[column], across.secondWeight[column]]
      let sum = upper(left) * down.firstWeight[row] * leftWeight
      sum += upper(right) * down.firstWeight[row] * rightWeight
      sum += lower(left) * down.secondWeight[row] * leftWeight
      sum += lower(right) * down.secondWeight[row] * rightWeight
      out[row * columns + column] = Math.min(most, Math.max(least, round(sum)))
    }
  }
  return out
}

/** The picture less its opened smaller self, where that is more than nothing; whole numbers are cut, not rounded. */
export const whiteTopHatDownsampled = <P extends Pixels>(
  image: Image<P>,
  radiusPx: number,
  factor: number,
  into: P | undefined,
): Image<P> => {
  const { data, height, width } = image
  const [columns, rows] = [smallerSize(width, factor), smallerSize(height, factor)]
  const small = smaller(image, columns, rows)
  const radius = Math.floor(radiusPx / factor)
  const eroded = new Float64Array(small.length)
  extremum(small, columns, rows, radius, 1, eroded)
  extremum(eroded, columns, rows, radius, -1, small)
  const [rowOf, columnOf] = [nearest(height, rows), nearest(width, columns)]
  const out = into ?? likeOf(data, data.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const rest = data[y * width + x] - small[rowOf[y] * columns + columnOf[x]]
      out[y * width + x] = Math.max(0, rest) + 0
    }
  }
  return { data: out, width, height }
}
