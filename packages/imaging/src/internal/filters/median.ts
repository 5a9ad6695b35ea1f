/**
 * The median of a footprint around each pixel, in plain TypeScript: all values, sorted.
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import type { Footprint } from "./footprint.ts"
import { type Border, mapped } from "./weights.ts"

/** The middle one of the values of a footprint around each pixel. */
export const median = <P extends Pixels>(
  { data, height, width }: Image<P>,
  { radius, reaches, size }: Footprint,
  border: Border,
  into: P | undefined,
): Image<P> => {
  const out = into ?? likeOf(data, data.length)
  const values = likeOf(data, size)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let count = 0
      for (const [row, reach] of reaches.entries()) {
        const start = mapped(y + row - radius, height, border) * width
        for (let column = x - reach; column <= x + reach; column++) {
          values[count] = data[start + mapped(column, width, border)]
          count++
        }
      }
      values.sort()
      out[y * width + x] = values[(size - 1) / 2]
    }
  }
  return { data: out, width, height }
}
