/**
 * What backends count on pixels, in plain TypeScript.
 *
 * @layer logic
 * @module
 */
import type { Image, Labels, Mask } from "../../Image.ts"
import { intensityNumbers, type Runs } from "./ops.ts"

/** Pixels on each object's border by what they add to its perimeter. */
export const borderCodes = (
  { data, height, width }: Labels,
  { ends, rows, starts }: Runs,
  objects: Uint32Array,
  count: number,
): Uint32Array => {
  const is = (x: number, y: number, label: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && data[y * width + x] === label
  /** 1 for a pixel of the object that touches something else by a side. */
  const border = (x: number, y: number, label: number): number =>
    is(x, y, label) && !(is(x - 1, y, label) && is(x + 1, y, label) && is(x, y - 1, label) && is(x, y + 1, label))
      ? 1
      : 0
  const counts = new Uint32Array(count * 3)
  for (let y = 0; y < height; y++) {
    for (let run = rows[y]; run < rows[y + 1]; run++) {
      const label = data[y * width + starts[run]]
      for (let x = starts[run]; x < ends[run]; x++) {
        if (border(x, y, label) === 0) continue
        const sides =
          border(x - 1, y, label) + border(x + 1, y, label) + border(x, y - 1, label) + border(x, y + 1, label)
        const corners =
          border(x - 1, y - 1, label) +
          border(x + 1, y - 1, label) +
          border(x - 1, y + 1, label) +
          border(x + 1, y + 1, label)
        const place = perimeterClass.get(10 * corners + 2 * sides)
        if (place !== undefined) counts[objects[run] * 3 + place]++
      }
    }
  }
  return counts
}

/** By 10 times the border pixels at the corners and 2 times those at the sides: which length a border pixel adds (Benkrid and Crookes). */
const perimeterClass = new Map([
  ...[4, 6, 14, 16, 24, 26].map((code) => [code, 0] as const),
  ...[20, 32].map((code) => [code, 1] as const),
  ...[12, 22].map((code) => [code, 2] as const),
])

/** Grey values of objects. */
export const intensities = (
  { data, height, width }: Image,
  { ends, rows, starts }: Runs,
  objects: Uint32Array,
  areas: Float64Array,
): Float64Array => {
  const out = new Float64Array(areas.length * intensityNumbers)
  for (let at = 0; at < out.length; at += intensityNumbers) {
    out[at] = Number.POSITIVE_INFINITY
    out[at + 1] = Number.NEGATIVE_INFINITY
  }
  for (const pass of [0, 1]) {
    for (let y = 0; y < height; y++) {
      for (let run = rows[y]; run < rows[y + 1]; run++) {
        const at = objects[run] * intensityNumbers
        let [sum, sumX] = [0, 0]
        const mean = out[at + 2] / areas[objects[run]]
        for (let x = starts[run]; x < ends[run]; x++) {
          const value = data[y * width + x]
          if (pass === 1) {
            sum += (value - mean) * (value - mean)
            continue
          }
          out[at] = Math.min(out[at], value)
          out[at + 1] = Math.max(out[at + 1], value)
          sum += value
          sumX += value * x
        }
        if (pass === 1) out[at + 5] += sum
        else {
          out[at + 2] += sum
          out[at + 3] += sumX
          out[at + 4] += sum * y
        }
      }
    }
  }
  return out
}

/** How often each value occurs. */
export const histogram = ({ data }: Image<Uint8Array | Uint16Array>): Uint32Array => {
  const counts = new Uint32Array(data.BYTES_PER_ELEMENT === 1 ? 256 : 65_536)
  for (const value of data) counts[value]++
  return counts
}

/** Sums over two images. */
export const pairSums = (
  a: Image,
  b: Image,
  mask: Mask | undefined,
): readonly [number, number, number, number, number, number] => {
  let [count, sumA, sumB] = [0, 0, 0]
  for (let index = 0; index < a.data.length; index++) {
    if (mask?.data[index] === 0) continue
    count++
    sumA += a.data[index]
    sumB += b.data[index]
  }
  const [meanA, meanB] = [sumA / count, sumB / count]
  let [squaresA, squaresB, products] = [0, 0, 0]
  for (let index = 0; index < a.data.length; index++) {
    if (mask?.data[index] === 0) continue
    const [da, db] = [a.data[index] - meanA, b.data[index] - meanB]
    squaresA += da * da
    squaresB += db * db
    products += da * db
  }
  return [count, sumA, sumB, squaresA, squaresB, products]
}
