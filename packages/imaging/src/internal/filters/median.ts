/**
 * The median of a footprint around each pixel, in plain TypeScript: all values, sorted, where they are few, and counts
 * that slide along where they are many.
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import type { Footprint } from "./footprint.ts"
import { medianByTiles, tileSizes } from "./medianTiles.ts"
import { slide } from "./slide.ts"
import { type Border, mapped } from "./weights.ts"

/** From this radius on counts that slide along cost less than values that are sorted. */
const slideFromPx = 3

/** The middle one of the values of a footprint around each pixel. */
export const median = <P extends Pixels>(
  image: Image<P>,
  footprint: Footprint,
  border: Border,
  into: P | undefined,
): Image<P> => {
  const { radius } = footprint
  if (radius < slideFromPx) return medianBySorting(image, footprint, border, into)
  const sizes = tileSizes(image, radius)
  const [keys, medians] = [new Uint16Array(sizes.keys), new Uint16Array(sizes.medians)]
  const tables = { counts: new Uint16Array(65_536), groups: new Uint16Array(256) }
  const run = (width: number, height: number): void =>
    slide(tables, { keys, stride: width + 2 * radius }, footprint, width, height, medians)
  return medianByTiles(image, footprint, border, into, { keys, medians, run })
}

/** The same by the definition. */
export const medianBySorting = <P extends Pixels>(
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
