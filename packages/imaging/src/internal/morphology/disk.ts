/**
 * Grey morphology with a digital disk, in plain TypeScript: the disk as rows of pixels ("chords"), each row's minimum
 * found by doubling, the picture's minimum over the rows.
 *
 * Urbach and Wilkinson, "Efficient 2-D grayscale morphological transformations with arbitrary flat structuring
 * elements", IEEE Transactions on Image Processing 17 (2008).
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import { diskRows } from "./diskRows.ts"
import type { DiskOperation } from "./ops.ts"

/** Pixels of any type that is worked on, 64-bit floats of smaller pictures included. */
type Values = Float64Array | Pixels

/** Minima (`sign` 1) or maxima (`sign` -1) over a disk; what is outside the picture is not looked at. */
export const extremum = (
  data: Values,
  width: number,
  height: number,
  radiusPx: number,
  sign: 1 | -1,
  out: Values,
): void => {
  const widths = diskRows(radiusPx, width, height)
  const rows = widths.length - 1
  const acc = new Float64Array(width * height).fill(Number.POSITIVE_INFINITY)
  const reach = widths[0]
  const padded = width + 2 * reach
  const levels = Math.floor(Math.log2(2 * reach + 1))
  // doubled[k][x]: the minimum of the 2^k values from x on, with `reach` columns of nothing on both sides.
  const doubled = Array.from({ length: levels + 1 }, () => new Float64Array(padded))
  const chord = new Float64Array(width)
  for (let y = 0; y < height; y++) {
    doubled[0].fill(Number.POSITIVE_INFINITY)
    for (let x = 0; x < width; x++) doubled[0][reach + x] = sign * data[y * width + x]
    for (let level = 1; level <= levels; level++) {
      const [half, whole, step] = [doubled[level - 1], doubled[level], 2 ** (level - 1)]
      for (let x = 0; x + 2 * step <= padded; x++) whole[x] = Math.min(half[x], half[x + step])
    }
    let before = -1
    for (let dy = 0; dy <= rows; dy++) {
      const half = widths[dy]
      if (half !== before) {
        const level = Math.floor(Math.log2(2 * half + 1))
        const [run, start, second] = [doubled[level], reach - half, reach + half + 1 - 2 ** level]
        for (let x = 0; x < width; x++) chord[x] = Math.min(run[x + start], run[x + second])
        before = half
      }
      for (const target of dy === 0 ? [y] : [y - dy, y + dy]) {
        if (target < 0 || target >= height) continue
        const base = target * width
        for (let x = 0; x < width; x++) if (chord[x] < acc[base + x]) acc[base + x] = chord[x]
      }
    }
  }
  // Adding nothing makes a negative zero a zero, so that the order of comparisons cannot be seen.
  for (let index = 0; index < acc.length; index++) out[index] = sign * acc[index] + 0
}

/** One of the operations. */
export const disk = <P extends Pixels>(
  operation: DiskOperation,
  { data, height, width }: Image<P>,
  radiusPx: number,
  into: P | undefined,
): Image<P> => {
  // `into` may be the input itself, which the differences need to the end.
  const result = likeOf(data, data.length)
  if (operation === "erosion" || operation === "dilation") {
    extremum(data, width, height, radiusPx, operation === "erosion" ? 1 : -1, result)
  } else {
    const first = operation === "opening" || operation === "whiteTopHat" ? 1 : -1
    const between = likeOf(data, data.length)
    extremum(data, width, height, radiusPx, first, between)
    extremum(between, width, height, radiusPx, first === 1 ? -1 : 1, result)
    for (let index = 0; index < data.length; index++) {
      if (operation === "whiteTopHat") result[index] = data[index] - result[index] + 0
      if (operation === "blackTopHat") result[index] = result[index] - data[index] + 0
    }
  }
  if (into === undefined) return { data: result, width, height }
  into.set(result)
  return { data: into, width, height }
}
