/**
 * What backends count on pixels, in plain TypeScript.
 *
 * @layer logic
 * @module
 */
import type { Image, Labels, Mask } from "../../Image.ts"
import { greyNumbers, type Light, type PairSums, type Range, type Runs } from "./ops.ts"

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

/** Grey values of runs. */
export const greys = ({ data, height, width }: Image, { ends, rows, starts }: Runs): Float64Array => {
  const out = new Float64Array(starts.length * greyNumbers)
  for (let y = 0; y < height; y++) {
    for (let run = rows[y]; run < rows[y + 1]; run++) {
      let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      let [sum, sumX, squares] = [0, 0, 0]
      for (let x = starts[run]; x < ends[run]; x++) {
        const value = data[y * width + x]
        least = Math.min(least, value)
        most = Math.max(most, value)
        sum += value
        sumX += value * x
      }
      const mean = sum / (ends[run] - starts[run])
      for (let x = starts[run]; x < ends[run]; x++) {
        const difference = data[y * width + x] - mean
        squares += difference * difference
      }
      out.set([least, most, sum, sumX, squares], run * greyNumbers)
    }
  }
  return out
}

/** The smallest and the largest value. */
export const rangeOf = ({ data }: Image): Range => {
  let [least, most] = [data[0], data[0]]
  for (const value of data) {
    if (value < least) least = value
    if (value > most) most = value
  }
  return { least, most }
}

/**
 * What two images have in common within a mask: differences from their first values first, so that those of one value have
 * none. Sums run in four lanes, the last pixels by themselves: the order of the compiled kernel.
 */
export const pairSums = (a: Image, b: Image, mask: Mask | undefined): PairSums => {
  const size = a.data.length
  const inside = (index: number): boolean => mask === undefined || mask.data[index] !== 0
  let first = 0
  while (first < size && !inside(first)) first++
  if (first === size) return { pixels: 0, squaresA: 0, squaresB: 0, products: 0 }
  const lanesEnd = size - (size % 4)
  const sumOf = (term: (index: number) => number): number => {
    const lanes = new Float64Array(4)
    for (let index = 0; index < lanesEnd; index++) if (inside(index)) lanes[index % 4] += term(index)
    let sum = lanes[0] + lanes[1] + (lanes[2] + lanes[3])
    for (let index = lanesEnd; index < size; index++) if (inside(index)) sum += term(index)
    return sum
  }
  const pixels = mask === undefined ? size : mask.data.reduce((count, value) => count + (value === 0 ? 0 : 1), 0)
  const [firstA, firstB] = [a.data[first], b.data[first]]
  const meanA = sumOf((index) => a.data[index] - firstA) / pixels
  const meanB = sumOf((index) => b.data[index] - firstB) / pixels
  const da = (index: number): number => a.data[index] - firstA - meanA
  const db = (index: number): number => b.data[index] - firstB - meanB
  return {
    pixels,
    squaresA: sumOf((index) => da(index) * da(index)),
    squaresB: sumOf((index) => db(index) * db(index)),
    products: sumOf((index) => da(index) * db(index)),
  }
}

/** Light of two images within a mask. */
export const light = (a: Image, b: Image, mask: Mask | undefined, aboveA: number, aboveB: number): Light => {
  let [pixelsA, sumA, commonA, pixelsB, sumB, commonB] = [0, 0, 0, 0, 0, 0]
  for (let index = 0; index < a.data.length; index++) {
    if (mask?.data[index] === 0) continue
    const [valueA, valueB] = [a.data[index], b.data[index]]
    const [inA, inB] = [valueA > aboveA, valueB > aboveB]
    if (inA) {
      pixelsA++
      sumA += valueA
      if (inB) commonA += valueA
    }
    if (inB) {
      pixelsB++
      sumB += valueB
      if (inA) commonB += valueB
    }
  }
  return { pixelsA, sumA, commonA, pixelsB, sumB, commonB }
}
