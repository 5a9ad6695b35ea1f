/**
 * Watershed by flooding from markers (Meyer 1994; the order of scikit-image): of all pixels that wait, the one with the
 * lowest value is served, of equal ones the one that has waited longest, markers first and in the order of rows. A pixel is
 * taken by the basin that reaches it first.
 *
 * @layer logic
 * @module
 */
import type { Image, Labels, Mask } from "../../Image.ts"
import { peaks, spaced, type Values } from "./peaks.ts"
import { squaredDistances } from "./distance.ts"
import type { Connectivity, Labelled } from "./ops.ts"

/** Columns and rows to the neighbours, in the order in which they are served: up, left, right, down, then corners. */
const neighbours: ReadonlyArray<readonly [dx: number, dy: number]> = [
  [0, -1],
  [-1, 0],
  [1, 0],
  [0, 1],
  [-1, -1],
  [1, -1],
  [-1, 1],
  [1, 1],
]

/** A heap of pixels by value, then by when they came. */
class Queue {
  readonly #values: Array<number> = []
  readonly #ages: Array<number> = []
  readonly #pixels: Array<number> = []
  #age = 0

  get length(): number {
    return this.#pixels.length
  }

  #before(left: number, right: number): boolean {
    const difference = this.#values[left] - this.#values[right]
    return difference < 0 || (difference === 0 && this.#ages[left] < this.#ages[right])
  }

  #swap(left: number, right: number): void {
    for (const list of [this.#values, this.#ages, this.#pixels]) [list[left], list[right]] = [list[right], list[left]]
  }

  push(pixel: number, value: number): void {
    this.#values.push(value)
    this.#ages.push(this.#age++)
    this.#pixels.push(pixel)
    for (let at = this.length - 1; at > 0;) {
      const parent = (at - 1) >> 1
      if (!this.#before(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  pop(): number {
    this.#swap(0, this.length - 1)
    this.#values.pop()
    this.#ages.pop()
    const pixel = this.#pixels.pop() ?? 0
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      let first = at
      if (left < this.length && this.#before(left, first)) first = left
      if (right < this.length && this.#before(right, first)) first = right
      if (first === at) return pixel
      this.#swap(at, first)
      at = first
    }
  }
}

/** Floods values from the markers that `labels` holds, in place. */
const floodFrom = (
  { data, height, width }: Values,
  labels: Uint32Array,
  mask: Uint8Array | undefined,
  connectivity: Connectivity,
): void => {
  const queue = new Queue()
  for (let pixel = 0; pixel < labels.length; pixel++) {
    if (mask !== undefined && mask[pixel] === 0) labels[pixel] = 0
    if (labels[pixel] !== 0) queue.push(pixel, data[pixel])
  }
  const steps = neighbours.slice(0, connectivity)
  while (queue.length > 0) {
    const pixel = queue.pop()
    const x = pixel % width
    const y = (pixel - x) / width
    for (const [dx, dy] of steps) {
      if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue
      const neighbour = pixel + dy * width + dx
      if (labels[neighbour] !== 0 || (mask !== undefined && mask[neighbour] === 0)) continue
      labels[neighbour] = labels[pixel]
      queue.push(neighbour, data[neighbour])
    }
  }
}

/** Floods an image from markers. */
export const flood = (
  image: Image,
  markers: Labels,
  mask: Mask | undefined,
  connectivity: Connectivity,
  into: Uint32Array | undefined,
): Labels => {
  const data = into ?? new Uint32Array(markers.data.length)
  data.set(markers.data)
  floodFrom(image, data, mask?.data, connectivity)
  return { data, width: image.width, height: image.height }
}

/** Parts of a mask around the maxima of the distance to its background. */
export const split = (mask: Mask, separationPx: number): Labelled => {
  const { height, width } = mask
  const data = squaredDistances(mask)
  const labels = new Uint32Array(width * height)
  // Without background there is no distance, hence nothing to split by.
  if (data[0] === Number.POSITIVE_INFINITY) return { labels: { data: labels.fill(1), width, height }, count: 1 }
  const values = { data, width, height }
  const markers = spaced(peaks(values, separationPx, 0), values, separationPx)
  for (const [index, place] of markers.entries()) labels[place] = index + 1
  floodFrom({ data: data.map((square) => -square), width, height }, labels, mask.data, 4)
  return { labels: { data: labels, width, height }, count: markers.length }
}

/** For each value within a mask its place among the distinct values, rising, and how many there are. */
export const ranks = (
  data: Float32Array | Uint32Array,
  mask?: Uint8Array,
): { readonly keys: Uint32Array; readonly count: number } => {
  const inside = mask === undefined ? data.slice() : data.filter((_, index) => mask[index] !== 0)
  const sorted = inside.sort()
  let count = 0
  for (let index = 0; index < sorted.length; index++) {
    // -0 and 0 are one value.
    if (index === 0 || sorted[index] !== sorted[count - 1]) sorted[count++] = sorted[index]
  }
  const keys = new Uint32Array(data.length)
  for (let index = 0; index < data.length; index++) {
    if (mask?.[index] === 0) continue
    let [low, high] = [0, count - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sorted[middle] < data[index]) low = middle + 1
      else high = middle
    }
    keys[index] = low
  }
  return { keys, count: Math.max(1, count) }
}
