/**
 * Local maxima: candidates in plain TypeScript, and the choice among them, which both backends share.
 *
 * @layer logic
 * @module
 */
import type { Pixels } from "../../Image.ts"

/** Numbers of an image, whatever their type. */
export interface Values {
  readonly data: Pixels | Uint32Array | Float64Array
  readonly width: number
  readonly height: number
}

/** The largest value of each window of `2 * radius + 1` numbers, those outside counting as 0; `step` apart, from `start`. */
const windowMaxima = (
  values: Float64Array,
  start: number,
  step: number,
  length: number,
  radius: number,
  waiting: Int32Array,
): void => {
  const line = Float64Array.from({ length }, (_, index) => values[start + index * step])
  // Places whose value may still be the largest of a window, values falling.
  let [first, count] = [0, 0]
  for (let index = 0; index < length + radius; index++) {
    if (index < length) {
      while (count > first && line[waiting[count - 1]] <= line[index]) count--
      waiting[count++] = index
    }
    const center = index - radius
    if (center < 0) continue
    while (waiting[first] < center - radius) first++
    const outside = center < radius || center + radius >= length
    const largest = line[waiting[first]]
    values[start + center * step] = outside ? Math.max(0, largest) : largest
  }
}

/** Places of pixels above a threshold that nothing within the square around them exceeds; outside counts as 0. */
export const peaks = ({ data, height, width }: Values, radiusPx: number, threshold: number): Uint32Array => {
  const largest = Float64Array.from(data)
  const waiting = new Int32Array(Math.max(width, height))
  // A window that is as wide as the picture sees all of it, and the outside.
  const [acrossPx, downPx] = [Math.min(radiusPx, width), Math.min(radiusPx, height)]
  for (let y = 0; y < height; y++) windowMaxima(largest, y * width, 1, width, acrossPx, waiting)
  for (let x = 0; x < width; x++) windowMaxima(largest, x, width, height, downPx, waiting)
  const found: Array<number> = []
  for (const [index, value] of data.entries()) {
    if (value > threshold && value === largest[index]) found.push(index)
  }
  return Uint32Array.from(found)
}

/**
 * Those of some places that keep a distance: the highest first, of equal ones the first in the order of rows, and none that
 * lies nearer to a chosen one (by columns and by rows) than `separationPx`.
 */
export const spaced = (places: Uint32Array, values: Values, separationPx: number): Uint32Array => {
  const { data, width } = values
  // Places come in the order of rows, and sorting keeps the order of equal ones.
  const sorted = Array.from(places).sort((left, right) => data[right] - data[left])
  const cells = new Map<number, Array<number>>()
  const across = Math.ceil(width / separationPx) + 2
  const chosen: Array<number> = []
  for (const place of sorted) {
    const x = place % width
    const y = (place - x) / width
    const cell = (Math.floor(y / separationPx) + 1) * across + Math.floor(x / separationPx) + 1
    let free = true
    for (const row of [-across, 0, across]) {
      for (let near = cell + row - 1; free && near <= cell + row + 1; near++) {
        for (const other of cells.get(near) ?? []) {
          const otherX = other % width
          const otherY = (other - otherX) / width
          if (Math.max(Math.abs(x - otherX), Math.abs(y - otherY)) < separationPx) free = false
        }
      }
    }
    if (!free) continue
    chosen.push(place)
    const members = cells.get(cell)
    if (members === undefined) cells.set(cell, [place])
    else members.push(place)
  }
  return Uint32Array.from(chosen)
}
