/**
 * Floats whose squares and sums stay within single precision.
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels } from "../../Image.ts"

/** The same picture; of floats that are very large or very small, times a power of two, which no correlation sees. */
export const bounded = <P extends Pixels>(image: Image<P>): Image<Pixels> => {
  const { data } = image
  if (!(data instanceof Float32Array)) return image
  let largest = 0
  for (let index = 0; index < data.length; index++) {
    const size = Math.abs(data[index])
    if (size > largest) largest = size
  }
  if (largest === 0 || (largest < 2 ** 40 && largest > 2 ** -40)) return image
  const factor = 2 ** -Math.round(Math.log2(largest))
  return { ...image, data: data.map((value) => value * factor) }
}
