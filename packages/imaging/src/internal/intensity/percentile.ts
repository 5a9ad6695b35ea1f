/**
 * Percentiles by counting or by rank, and the table that stretches whole values; the same for all backends.
 *
 * @layer logic
 * @module
 */
import { dtypeOf, type Pixels, rangeMaxOf } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import type { Counts, IntensityOps, Stretch } from "./ops.ts"

/** Two neighbouring places among the sorted values, and how far between them a percentile lies. */
interface Place {
  readonly before: number
  readonly after: number
  readonly share: number
}

const placeOf = (percent: number, count: number): Place => {
  const place = (count - 1) * (percent / 100)
  const before = Math.min(Math.floor(place), count - 1)
  return { before, after: Math.min(before + 1, count - 1), share: place - before }
}

/** Between two values in the order of operations of NumPy, which comes from the nearer end. */
const between = (before: number, after: number, share: number): number =>
  share >= 0.5 ? after - (after - before) * (1 - share) : before + (after - before) * share

/** The values at places (ascending) among the sorted values that have been counted. */
const countedAt = ({ counts, first }: Counts, places: ReadonlyArray<number>): ReadonlyArray<number> => {
  const values: Array<number> = []
  let [value, below] = [0, counts[0]]
  for (const place of places) {
    while (below <= place) below += counts[++value]
    values.push(first + value)
  }
  return values
}

/** Both percentiles (the first is the lower) of all values, by linear interpolation between ranks (type 7). */
export const percentiles = (
  ops: IntensityOps,
  data: Pixels,
  lowPercent: number,
  highPercent: number,
): { readonly low: number; readonly high: number } => {
  const low = placeOf(lowPercent, data.length)
  const high = placeOf(highPercent, data.length)
  const values =
    data instanceof Float32Array
      ? ops.valuesAtRanks(data, [low.before, low.after, high.before, high.after])
      : countedPair(ops.countValues(data), low, high)
  return { low: between(values[0], values[1], low.share), high: between(values[2], values[3], high.share) }
}

/** Places of one percentile ascend; those of two may cross. */
const countedPair = (counts: Counts, low: Place, high: Place): ReadonlyArray<number> => [
  ...countedAt(counts, [low.before, low.after]),
  ...countedAt(counts, [high.before, high.after]),
]

/** What each value of a type becomes. */
const tableOf = <P extends Uint8Array | Uint16Array>(data: P, { high, largest, least, low }: Stretch): P => {
  const top = rangeMaxOf(dtypeOf(data))
  const table = likeOf(data, top + 1)
  const [first, last] = [Math.floor(low), Math.ceil(high)]
  table.fill(Math.trunc(least), 0, first + 1)
  for (let value = first + 1; value < last; value++) {
    table[value] = Math.trunc(((value - low) * (largest - least)) / (high - low) + least)
  }
  // Not `largest` itself: the same operations as for the others, whose last bit may be lower.
  table.fill(Math.trunc(((high - low) * (largest - least)) / (high - low) + least), last)
  return table
}

/** Values from `low` to `high` stretched onto `least` to `largest`. */
export const stretched = <P extends Pixels>(ops: IntensityOps, data: P, onto: Stretch, into: P | undefined): P => {
  if (onto.high <= onto.low) {
    const out = into ?? likeOf(data, data.length)
    // A typed array cuts what it is filled with to whole numbers if it holds such.
    out.fill(onto.least)
    return out
  }
  // The branches keep the class of `data`; TypeScript does not follow it into them.
  if (data instanceof Float32Array) return ops.stretch(data, onto, into as Float32Array | undefined) as P
  const whole = data as Uint8Array | Uint16Array
  return ops.mapValues(whole, tableOf(whole, onto), into as Uint8Array | Uint16Array | undefined) as P
}
