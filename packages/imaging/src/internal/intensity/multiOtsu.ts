/**
 * Otsu for several classes; the same for all backends.
 *
 * scikit-image tries all combinations of borders, with moments of 32 bits, and takes the first of the best. Here the same
 * numbers are searched with a bound: a border is followed only if the best that can come after it may still win.
 *
 * @layer logic
 * @module
 */
import type { Histogram } from "./thresholds.ts"

/** Sums of squares of 32 bits are added in another order for the bound; it is wrong by less than this share. */
const slack = 1e-5

/** The grey values that divide into so many classes; undefined if there are fewer values than classes. */
export const multiOtsu = ({ centres, counts }: Histogram, classes: number): ReadonlyArray<number> | undefined => {
  const filled: Array<number> = []
  let total = 0
  for (let bin = 0; bin < counts.length; bin++) {
    if (counts[bin] > 0) filled.push(bin)
    total += counts[bin]
  }
  if (filled.length < classes) return undefined
  const borders = filled.length === classes ? filled.slice(0, -1) : search(filled, counts, total, classes - 1)
  return borders.map(centres)
}

const search = (
  filled: ReadonlyArray<number>,
  counts: Histogram["counts"],
  total: number,
  thresholds: number,
): ReadonlyArray<number> => {
  // Only a filled bin can be the last of a class: behind an empty one the classes would be the same, and the first of
  // equals is taken. Bin 1 is different: the class of bin 0 alone counts for nothing in scikit-image, that of 0 and 1 does.
  const bins = filled[1] === 1 ? filled : [filled[0], 1, ...filled.slice(1)]
  const length = bins.length
  const shares = new Float32Array(length)
  const moments = new Float32Array(length)
  for (let index = 0; index < length; index++) {
    const share = Math.fround(counts[bins[index]] / total)
    // The first bin is taken with weight 1, as the published algorithm counts grey values from 1, the others from 0.
    const moment = Math.fround((index === 0 ? 1 : bins[index]) * share)
    shares[index] = index === 0 ? share : shares[index - 1] + share
    moments[index] = index === 0 ? moment : moments[index - 1] + moment
  }
  /** What a class of the bins after `from` up to `to` adds; `from` is -1 for the first class. */
  const gain = (from: number, to: number): number => {
    if (from < 0) return to === 0 ? 0 : Math.fround(Math.fround(moments[to] * moments[to]) / shares[to])
    const share = Math.fround(shares[to] - shares[from])
    if (!(share > 0)) return 0
    const moment = Math.fround(moments[to] - moments[from])
    return Math.fround(Math.fround(moment * moment) / share)
  }
  const last = length - 1
  // bound[k][b]: the most that k more borders after border b, and the last class, can add.
  const bound: Array<Float64Array> = [Float64Array.from({ length }, (_, from) => (from < last ? gain(from, last) : 0))]
  for (let more = 1; more < thresholds; more++) {
    const before = bound[more - 1]
    const row = new Float64Array(length)
    for (let from = 0; from < last - more; from++) {
      let best = 0
      for (let to = from + 1; to <= last - more; to++) best = Math.max(best, gain(from, to) + before[to])
      row[from] = best
    }
    bound.push(row)
  }
  const current: Array<number> = []
  let borders: ReadonlyArray<number> = []
  let best = 0
  /** The most that can be had at all, so that a bad beginning is not followed either. */
  let most = 0
  for (let first = 0; first <= last - thresholds; first++) {
    most = Math.max(most, gain(-1, first) + bound[thresholds - 1][first])
  }
  const follow = (from: number, sofar: number): void => {
    const left = thresholds - current.length
    if (left === 0) {
      // First and last class, then those between: the order in which scikit-image adds.
      let sum = Math.fround(gain(-1, current[0]) + gain(current[thresholds - 1], last))
      for (let index = 1; index < thresholds; index++) {
        sum = Math.fround(sum + gain(current[index - 1], current[index]))
      }
      if (sum > best) {
        best = sum
        borders = current.map((index) => bins[index])
      }
      return
    }
    for (let to = from + 1; to <= last - left; to++) {
      const reached = sofar + gain(from, to)
      if (reached + bound[left - 1][to] < Math.max(best, most) * (1 - slack)) continue
      current.push(to)
      follow(to, reached)
      current.pop()
    }
  }
  follow(-1, 0)
  return borders
}
