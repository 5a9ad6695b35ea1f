/**
 * Medians by counts that slide along: from one pixel to the next only the footprint's edge enters and leaves, so that the
 * work grows with the radius and not with its square.
 *
 * T. S. Huang, G. J. Yang and G. Y. Tang, IEEE Trans. ASSP 27 (1979) 13-18, with counts at two levels, so that a median that
 * jumps far is found in few steps; for any footprint whose rows and columns have no holes. The way through the picture
 * turns round at the end of each row, so that the counts are filled once.
 *
 * @layer logic
 * @module
 */
import type { Footprint } from "./footprint.ts"

/** Numbers of 16 bits with a border of the footprint's radius on all sides. */
export interface Padded {
  readonly keys: Uint16Array
  /** Numbers from one row to the next. */
  readonly stride: number
}

/** How often each number occurs in a footprint. */
export interface SlidingCounts {
  /** Of each of 65,536 numbers. */
  readonly counts: Uint16Array
  /** Of each group of 256 numbers. */
  readonly groups: Uint16Array
}

/** How many counts there are: of numbers, then of groups. */
export const countsLength = 65_536 + 256

/** Counts the numbers of the footprint of the first pixel. */
export const countFirst = (
  { counts, groups }: SlidingCounts,
  { keys, stride }: Padded,
  { radius, reaches }: Footprint,
): void => {
  counts.fill(0)
  groups.fill(0)
  for (const [index, reach] of reaches.entries()) {
    const middle = index * stride + radius
    for (let at = middle - reach; at <= middle + reach; at++) {
      counts[keys[at]]++
      groups[keys[at] >> 8]++
    }
  }
}

/** Writes the medians of `width` x `height` pixels, row by row. */
export const slide = (
  tables: SlidingCounts,
  padded: Padded,
  footprint: Footprint,
  width: number,
  height: number,
  out: Uint16Array,
): void => {
  const { counts, groups } = tables
  const { keys, stride } = padded
  const { radius, reaches, size } = footprint
  countFirst(tables, padded, footprint)
  const half = (size - 1) / 2
  let median = 0
  /** How many numbers are below the median. */
  let below = 0
  /** The footprint goes from a place one step `along` its rows, which lie `across` from each other. */
  const step = (place: number, along: number, across: number): void => {
    let row = place - radius * across
    let change = 0
    for (let index = 0; index <= 2 * radius; index++, row += across) {
      const reach = reaches[index] * along
      const left = keys[row - reach]
      const entered = keys[row + reach + along]
      counts[left]--
      counts[entered]++
      // Most come and go within a group.
      if ((left ^ entered) > 255) {
        groups[left >> 8]--
        groups[entered >> 8]++
      }
      change += (entered < median ? 1 : 0) - (left < median ? 1 : 0)
    }
    below += change
  }
  const settle = (): void => {
    while (below > half) {
      const group = (median >> 8) - 1
      if ((median & 255) === 0 && below - groups[group] > half) {
        below -= groups[group]
        median -= 256
      } else below -= counts[--median]
    }
    while (below + counts[median] <= half) {
      const group = median >> 8
      if ((median & 255) === 0 && below + groups[group] <= half) {
        below += groups[group]
        median += 256
      } else below += counts[median++]
    }
  }
  let place = radius * stride + radius
  for (let y = 0; y < height; y++) {
    const along = y % 2 === 0 ? 1 : -1
    for (let x = 0; x < width; x++) {
      if (x > 0) {
        step(place, along, stride)
        place += along
      }
      settle()
      out[y * width + (along > 0 ? x : width - 1 - x)] = median
    }
    if (y + 1 === height) break
    step(place, stride, 1)
    place += stride
  }
}
