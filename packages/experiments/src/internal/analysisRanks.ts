/**
 * Ranks with ties, and the exact null distributions of rank statistics by counting: only additions of whole numbers, so
 * that small tails are as exact as large ones.
 *
 * @layer logic
 * @module
 */

/** Mean ranks from 1, and how often each tied value occurs. */
export interface Ranks {
  readonly ranks: ReadonlyArray<number>
  /** Sizes of groups of equal values with more than one member. */
  readonly ties: ReadonlyArray<number>
}

/** Ranks of values; equal ones share the mean of their places. */
export const rank = (values: ReadonlyArray<number>): Ranks => {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value)
  const ranks = Array.from({ length: values.length }, (): number => 0)
  const ties: Array<number> = []
  let from = 0
  while (from < order.length) {
    let to = from + 1
    while (to < order.length && order[to]?.value === order[from]?.value) to++
    for (let i = from; i < to; i++) ranks[order[i]?.index ?? 0] = (from + 1 + to) / 2
    if (to - from > 1) ties.push(to - from)
    from = to
  }
  return { ranks, ties }
}

/** Sum of t^3 - t over ties. */
export const tieTerm = (ties: ReadonlyArray<number>): number => ties.reduce((sum, t) => sum + (t ** 3 - t), 0)

/** Distribution function from counts: the share at or below each value. */
const cumulative = (counts: Float64Array): Float64Array => {
  let total = 0
  for (const count of counts) total += count
  let sum = 0
  return counts.map((count) => (sum += count) / total)
}

/** Distribution of Mann and Whitney's statistic, from 0 to m n: at index q the probability of at most q. */
export const mannWhitneyCumulative = (m: number, n: number): Float64Array => {
  const largest = m * n
  // Subsets of size k of the first items by the sum of their excess over the smallest possible one.
  let counts: Array<Float64Array> = Array.from({ length: m + 1 }, () => new Float64Array(largest + 1))
  const first = counts[0]
  if (first !== undefined) first[0] = 1
  for (let item = 1; item <= m + n; item++) {
    for (let k = Math.min(m, item); k >= 1; k--) {
      const from = counts[k - 1]
      const into = counts[k]
      const excess = item - k
      if (from === undefined || into === undefined || excess > n) continue
      for (let u = largest; u >= excess; u--) into[u] = (into[u] ?? 0) + (from[u - excess] ?? 0)
    }
  }
  return cumulative(counts[m] ?? new Float64Array(1))
}

/** Distribution of the signed-rank statistic of `n` pairs: at index q the probability of at most q. */
export const signedRankCumulative = (n: number): Float64Array => {
  const largest = (n * (n + 1)) / 2
  const counts = new Float64Array(largest + 1)
  counts[0] = 1
  for (let item = 1; item <= n; item++)
    for (let sum = largest; sum >= item; sum--) counts[sum] = (counts[sum] ?? 0) + (counts[sum - item] ?? 0)
  return cumulative(counts)
}

/** Distribution of the number of concordant pairs of `n` observations without ties: at index q the probability of at most q. */
export const concordantCumulative = (n: number): Float64Array => {
  const largest = (n * (n - 1)) / 2
  let counts = new Float64Array(largest + 1)
  counts[0] = 1
  for (let item = 2; item <= n; item++) {
    const next = new Float64Array(largest + 1)
    for (let sum = 0; sum <= largest; sum++) {
      const count = counts[sum] ?? 0
      if (count === 0) continue
      for (let add = 0; add < item && sum + add <= largest; add++) next[sum + add] = (next[sum + add] ?? 0) + count
    }
    counts = next
  }
  return cumulative(counts)
}

/** The smallest value whose distribution function reaches `p`. */
export const quantileOf = (distribution: Float64Array, p: number): number => {
  // As R does: a hair of slack for rounding.
  const target = p - 10 * Number.EPSILON
  const found = distribution.findIndex((value) => value >= target)
  return found < 0 ? distribution.length - 1 : found
}
