/**
 * Which borders between classes of many values may be the best.
 *
 * With exact moments the best border before a place never lies further on than that before a later place: classes are
 * intervals whose squared deviations obey the quadrangle inequality. So each row of the dynamic programme is made by halving
 * (Wang and Song, The R Journal 3 (2011) 29-33, have the programme; Grønlund et al., arXiv 1701.07204, the halving).
 *
 * @layer logic
 * @module
 */
import type { Places } from "./nearTheBest.ts"

/** Sums from the first value up to each, without rounding and as numbers of 32 bits that are parts of all pixels. */
export interface Moments {
  /** How many pixels. */
  readonly weights: Float64Array
  /** Of values. */
  readonly sums: Float64Array
  readonly shares: Float32Array
  readonly moments: Float32Array
}

type Exact = (from: number, to: number) => number

/** Fills one row: for each place the best of what earlier places have and the class from there. */
const fillForward = (out: Float64Array, before: Float64Array, gain: Exact): void => {
  const fill = (low: number, high: number, first: number, end: number): void => {
    if (low > high) return
    const middle = (low + high) >> 1
    let [best, at] = [-Infinity, first]
    for (let from = first; from <= Math.min(middle - 1, end); from++) {
      const sum = before[from] + gain(from, middle)
      if (sum > best) [best, at] = [sum, from]
    }
    out[middle] = best
    fill(low, middle - 1, first, at)
    fill(middle + 1, high, at, end)
  }
  fill(1, out.length - 1, 0, out.length - 1)
}

/** The same from the end: for each place the best of the class to a later place and what that has. */
const fillBackward = (out: Float64Array, after: Float64Array, gain: Exact): void => {
  const fill = (low: number, high: number, first: number, end: number): void => {
    if (low > high) return
    const middle = (low + high) >> 1
    let [best, at] = [-Infinity, end]
    for (let to = Math.max(middle + 1, first); to <= end; to++) {
      const sum = after[to] + gain(middle, to)
      if (sum > best) [best, at] = [sum, to]
    }
    out[middle] = best
    fill(low, middle - 1, first, at)
    fill(middle + 1, high, at, end)
  }
  fill(0, out.length - 2, 0, out.length - 1)
}

/** The places of borders that may belong to the best combination in moments of 32 bits, by the exact ones. */
export const classesByMoments = (
  { moments, shares, sums, weights }: Moments,
  thresholds: number,
  places: Places,
): Places => {
  const length = weights.length
  const last = length - 1
  const total = weights[last]
  const gain: Exact = (from, to) => {
    const weight = from < 0 ? weights[to] : weights[to] - weights[from]
    const sum = from < 0 ? sums[to] : sums[to] - sums[from]
    return weight === 0 ? 0 : (sum * (sum / weight)) / total
  }
  const before = [Float64Array.from({ length }, (_, to) => gain(-1, to))]
  const after = [Float64Array.from({ length }, (_, from) => (from < last ? gain(from, last) : -Infinity))]
  for (let border = 1; border < thresholds; border++) {
    before.push(new Float64Array(length).fill(-Infinity))
    after.push(new Float64Array(length).fill(-Infinity))
    fillForward(before[border], before[border - 1], gain)
    fillBackward(after[border], after[border - 1], gain)
  }
  let [shareError, momentError] = [0, 0]
  for (let index = 0; index < length; index++) {
    shareError = Math.max(shareError, Math.abs(shares[index] - weights[index] / total))
    momentError = Math.max(momentError, Math.abs(moments[index] - sums[index] / total))
  }
  // A class's gain is its moment squared over its share: with a mean of at most the largest value (a class of more pixels
  // than rounding makes has no larger one) errors of both ends change it by this much. The class of the first value
  // alone, which counts for nothing in 32 bits, is at most 1 wrong.
  const largest = (sums[last] - sums[last - 1]) / (weights[last] - weights[last - 1])
  const perClass = 2 * (2 * largest * momentError + largest * largest * shareError)
  const most = before[0].reduce((best, one, place) => Math.max(best, one + after[thresholds - 1][place]), -Infinity)
  const least = most * (1 - 1e-6) - 2 * ((thresholds + 1) * perClass + 1)
  return places.map((own, border) =>
    own.filter((place) => before[border][place] + after[thresholds - 1 - border][place] >= least),
  )
}
