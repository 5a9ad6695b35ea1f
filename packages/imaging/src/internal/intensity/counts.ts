/**
 * Counts of values and what is done value by value, in plain TypeScript.
 *
 * @layer logic
 * @module
 */
import type { Pixels } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import type { Counts, FloatRange, Stretch } from "./ops.ts"

/** How often each value from the least to the largest occurs. */
export const countValues = (data: Uint8Array | Uint16Array): Counts => {
  const counts = new Uint32Array(data.BYTES_PER_ELEMENT === 1 ? 256 : 65_536)
  for (let index = 0; index < data.length; index++) counts[data[index]]++
  let [first, end] = [0, counts.length]
  while (counts[first] === 0) first++
  while (counts[end - 1] === 0) end--
  return { first, counts: counts.subarray(first, end) }
}

/** Least and largest. */
export const rangeOf = (data: Float32Array): FloatRange => {
  let [least, largest] = [data[0], data[0]]
  for (let index = 1; index < data.length; index++) {
    if (data[index] < least) least = data[index]
    if (data[index] > largest) largest = data[index]
  }
  return { least, largest }
}

/** The values at these places when all are sorted. */
export const valuesAtRanks = (data: Float32Array, ranks: ReadonlyArray<number>): ReadonlyArray<number> => {
  const sorted = Float32Array.from(data).sort()
  return ranks.map((rank) => sorted[rank])
}

/** Counts in equal bins. The product of two 32-bit numbers may put a value beside its bin; the edges say where it belongs. */
export const countBins = (data: Float32Array, edges: Float32Array, scale: number): Uint32Array => {
  const bins = edges.length - 1
  const counts = new Uint32Array(bins)
  const [first, scale32] = [edges[0], Math.fround(scale)]
  for (let index = 0; index < data.length; index++) {
    const value = data[index]
    const place = Math.fround(Math.fround(value - first) * scale32)
    let bin = place < bins ? Math.trunc(place) : bins - 1
    if (value < edges[bin]) bin--
    else if (bin !== bins - 1 && value >= edges[bin + 1]) bin++
    counts[bin]++
  }
  return counts
}

/** Each value replaced by the table's. */
export const mapValues = <P extends Uint8Array | Uint16Array>(data: P, table: P, into: P | undefined): P => {
  const out = into ?? likeOf(data, data.length)
  for (let index = 0; index < data.length; index++) out[index] = table[data[index]]
  return out
}

/** Floats cut and stretched. */
export const stretch = (
  data: Float32Array,
  { high, largest, least, low }: Stretch,
  into: Float32Array | undefined,
): Float32Array => {
  const out = into ?? new Float32Array(data.length)
  for (let index = 0; index < data.length; index++) {
    const cut = Math.min(Math.max(data[index], low), high)
    out[index] = ((cut - low) * (largest - least)) / (high - low) + least
  }
  return out
}

/** 1 where a value is above the limit. */
export const above = (data: Pixels, limit: number, into: Uint8Array | undefined): Uint8Array => {
  const out = into ?? new Uint8Array(data.length)
  for (let index = 0; index < data.length; index++) out[index] = data[index] > limit ? 1 : 0
  return out
}

/** The sum of all values, one after the other. */
export const sum = (data: Pixels): number => {
  let all = 0
  for (let index = 0; index < data.length; index++) all += data[index]
  return all
}

/** How many values are at most `bottom`, and at least `top`. */
export const countEnds = (
  data: Pixels,
  bottom: number,
  top: number,
): { readonly atBottom: number; readonly atTop: number } => {
  let [atBottom, atTop] = [0, 0]
  for (let index = 0; index < data.length; index++) {
    if (data[index] <= bottom) atBottom++
    if (data[index] >= top) atTop++
  }
  return { atBottom, atTop }
}
