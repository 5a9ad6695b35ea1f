/**
 * Correction by a flat field, in plain TypeScript.
 *
 * @layer logic
 * @module
 */
import { halfToEven } from "../halfToEven.ts"
import { dtypeOf, type Image, type Pixels, rangeMaxOf } from "../../Image.ts"
import { likeOf } from "../arrays.ts"

const { fround } = Math

/** What pixels are corrected by. */
export interface Fields {
  /** Above 0. */
  readonly light: Float32Array
  /** Of the light, as a single. */
  readonly mean: number
  readonly dark: Float32Array | undefined
}

/** A pixel corrected, before it is made a whole number: in single precision. */
export const corrected = (pixel: number, { dark, light, mean }: Fields, index: number): number =>
  fround(fround(pixel - (dark === undefined ? 0 : dark[index])) / fround(light[index] / mean))

/** Pixels less `dark`, over the light over its mean, in single precision; whole numbers are rounded (ties to even) and kept in range. */
export const flatField = <P extends Pixels>(
  { data, height, width }: Image<P>,
  fields: Fields,
  into: P | undefined,
): Image<P> => {
  const out = into ?? likeOf(data, data.length)
  const dtype = dtypeOf(data)
  const largest = rangeMaxOf(dtype)
  for (let index = 0; index < data.length; index++) {
    const value = corrected(data[index], fields, index)
    out[index] = dtype === "float32" ? value : Math.min(largest, Math.max(0, halfToEven(value)))
  }
  return { data: out, width, height }
}

/** The sum of floats, in four sums of every fourth that are added at the end, as vectors do it. */
export const floatSum = (values: Float32Array, positive: boolean): number => {
  const sums = new Float64Array(4)
  const even = values.length - (values.length % 4)
  let above = true
  for (let index = 0; index < even; index++) {
    sums[index % 4] += values[index]
    above &&= values[index] > 0
  }
  let sum = sums[0] + sums[1] + (sums[2] + sums[3])
  for (let index = even; index < values.length; index++) {
    sum += values[index]
    above &&= values[index] > 0
  }
  return positive && !above ? Number.NaN : sum
}
