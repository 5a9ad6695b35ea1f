/**
 * Medians of large footprints, tile by tile, with counts that slide. Whole numbers are counted as they are; floats by
 * their ranks within the tile, which 16 bits hold.
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import type { Footprint } from "./footprint.ts"
import { type Border, mapped } from "./weights.ts"

/** Sides of a tile with its border: ranks have 16 bits, and whole numbers should stay in a cache. */
const sides = { float: 256, whole: 512 }

/** Where a tile is worked on. */
export interface TilePlace {
  readonly keys: Uint16Array
  readonly medians: Uint16Array
  /** Writes the medians of the keys, whose rows are so much wider and more than the medians' as the footprint is. */
  readonly run: (width: number, height: number) => void
}

/** How many keys, with their border, and how many medians a tile has at most. */
export const tileSizes = (
  { data, height, width }: Image,
  radius: number,
): { readonly keys: number; readonly medians: number } => {
  const side = (data instanceof Float32Array ? sides.float : sides.whole) - 2 * radius
  const [across, down] = [Math.min(side, width), Math.min(side, height)]
  return { keys: (across + 2 * radius) * (down + 2 * radius), medians: across * down }
}

/** A float as a whole number of 32 bits in the same order. */
const ordered = (bits: number): number => (bits < 0 ? ~bits : bits | 0x8000_0000) >>> 0

/** Replaces values by their ranks; gives the values in their order. Equal values have ranks of their own, which changes no median. */
const rankOf = (values: Float32Array, keys: Uint16Array): Float32Array => {
  const count = values.length
  const bits = new Int32Array(values.buffer, values.byteOffset, count)
  // The place behind the number in one exact float of 64 bits: sorted without a comparison of our own.
  const pairs = new Float64Array(count)
  for (let place = 0; place < count; place++) pairs[place] = ordered(bits[place]) * 65_536 + place
  pairs.sort()
  const sorted = new Float32Array(count)
  for (let rank = 0; rank < count; rank++) {
    const place = pairs[rank] % 65_536
    keys[place] = rank
    sorted[rank] = values[place]
  }
  return sorted
}

/** The median of a footprint around each pixel. */
export const medianByTiles = <P extends Pixels>(
  image: Image<P>,
  { radius }: Footprint,
  border: Border,
  into: P | undefined,
  { keys, medians, run }: TilePlace,
): Image<P> => {
  const { data, height, width } = image
  const out = into ?? likeOf(data, data.length)
  const isFloat = data instanceof Float32Array
  const side = (isFloat ? sides.float : sides.whole) - 2 * radius
  const values = new Float32Array(isFloat ? keys.length : 0)
  const columns = Int32Array.from({ length: width + 2 * radius }, (_, index) => mapped(index - radius, width, border))
  for (let top = 0; top < height; top += side) {
    for (let left = 0; left < width; left += side) {
      const [across, down] = [Math.min(side, width - left), Math.min(side, height - top)]
      const stride = across + 2 * radius
      const count = stride * (down + 2 * radius)
      const filled = isFloat ? values : keys
      for (let line = 0, at = 0; line < down + 2 * radius; line++) {
        const row = mapped(top + line - radius, height, border) * width
        for (let column = left; column < left + stride; column++) filled[at++] = data[row + columns[column]]
      }
      const sorted = isFloat ? rankOf(values.subarray(0, count), keys) : undefined
      run(across, down)
      for (let line = 0, at = 0; line < down; line++) {
        const row = (top + line) * width + left
        for (let x = 0; x < across; x++, at++) out[row + x] = sorted === undefined ? medians[at] : sorted[medians[at]]
      }
    }
  }
  return { data: out, width, height }
}
