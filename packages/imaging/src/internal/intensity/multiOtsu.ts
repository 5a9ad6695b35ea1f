/**
 * Otsu for several classes; the same for all backends.
 *
 * scikit-image tries all combinations of borders, with moments and sums of 32 bits, and takes the first of the best. Rounding
 * decides between combinations that are nearly equal, so the same is found here: not by trying, but by dynamic programmes
 * over the places of one border after the other. What is left of all combinations is narrowed down twice, then decided.
 *
 * 1. Of many values: the best in exact moments (`classesByMoments`), and how far moments of 32 bits may be from them. Places
 *    that cannot be in a combination as good as the best less that are left out.
 * 2. The best in moments of 32 bits, added up in 64. Places that cannot be in a combination as good as that, less what
 *    adding up in 32 bits may change, are left out.
 * 3. Of those that remain, sums of 32 bits in the order of scikit-image (`firstOfBest`).
 *
 * @layer logic
 * @module
 */
import { classesByMoments } from "./classesByMoments.ts"
import { firstOfBest } from "./firstOfBest.ts"
import { type Gain, nearTheBest } from "./nearTheBest.ts"
import type { Histogram } from "./thresholds.ts"

/** Up to so many values, as bytes and the bins of floats have, step 1 is left out. */
const triedMost = 256

/**
 * The grey values that divide into so many classes; undefined if there are fewer values than classes. Of more than
 * `triedMax` values borders are narrowed down by exact moments first.
 */
export const multiOtsu = (
  { centres, counts }: Histogram,
  classes: number,
  triedMax = triedMost,
): ReadonlyArray<number> | undefined => {
  const filled: Array<number> = []
  let total = 0
  for (let bin = 0; bin < counts.length; bin++) {
    if (counts[bin] > 0) filled.push(bin)
    total += counts[bin]
  }
  if (filled.length < classes) return undefined
  const borders = filled.length === classes ? filled.slice(0, -1) : search(filled, counts, total, classes - 1, triedMax)
  return borders.map(centres)
}

/**
 * Bins that may be the last of a class. Behind an empty one the classes are the same as behind the filled one before it, and
 * the first of equals is taken; but where rounding leaves nothing of a class's gain, a class of empty bins may be an equal
 * that comes first. That is looked at where values are few; of many it would need nearly all pixels to be one value.
 * Bin 1 is different: the class of bin 0 alone counts for nothing in scikit-image, that of 0 and 1 does.
 */
const lastBins = (filled: ReadonlyArray<number>, length: number, thresholds: number): ReadonlyArray<number> => {
  const room = filled.length <= triedMost ? thresholds - 1 : 0
  return filled.flatMap((bin, index) => {
    const empty = Math.min((filled[index + 1] ?? length) - bin - 1, bin === 0 ? Math.max(1, room) : room)
    return Array.from({ length: empty + 1 }, (_, offset) => bin + offset)
  })
}

const search = (
  filled: ReadonlyArray<number>,
  counts: Histogram["counts"],
  total: number,
  thresholds: number,
  triedMax: number,
): ReadonlyArray<number> => {
  const bins = lastBins(filled, counts.length, thresholds)
  const length = bins.length
  const shares = new Float32Array(length)
  const moments = new Float32Array(length)
  /** The same without rounding: how many pixels, and the sum of their values. */
  const [weights, sums] = [new Float64Array(length), new Float64Array(length)]
  for (let index = 0; index < length; index++) {
    const count = counts[bins[index]]
    const share = Math.fround(count / total)
    // The first bin is taken with weight 1, as the published algorithm counts grey values from 1, the others from 0.
    const value = index === 0 ? 1 : bins[index]
    const moment = Math.fround(value * share)
    shares[index] = index === 0 ? share : shares[index - 1] + share
    moments[index] = index === 0 ? moment : moments[index - 1] + moment
    weights[index] = index === 0 ? count : weights[index - 1] + count
    sums[index] = index === 0 ? count : sums[index - 1] + value * count
  }
  const gain: Gain = (from, to) => {
    if (from < 0) return to === 0 ? 0 : Math.fround(Math.fround(moments[to] * moments[to]) / shares[to])
    const share = Math.fround(shares[to] - shares[from])
    if (!(share > 0)) return 0
    const moment = Math.fround(moments[to] - moments[from])
    return Math.fround(Math.fround(moment * moment) / share)
  }
  const all = Array.from({ length: thresholds }, (_, border) =>
    Int32Array.from({ length: length - thresholds }, (_place, index) => index + border),
  )
  const near = filled.length <= triedMax ? all : classesByMoments({ weights, sums, shares, moments }, thresholds, all)
  return firstOfBest(gain, nearTheBest(gain, near, length - 1), length - 1).map((place) => bins[place])
}
