/**
 * Williams' designs (Williams 1949): sequences of treatments in which each treatment follows each other one equally
 * often. n sequences for even n, 2n for odd n.
 *
 * @layer logic
 * @module
 */

/** The most treatments of one sequence. */
export const treatmentsMax = 200

/**
 * The sequences for `count` treatments, each a list of treatment numbers from 0. The first is 0, 1, n-1, 2, n-2, …; the
 * next ones add 1 to each; for odd n all of them follow once more, each backwards.
 */
export const sequences = (count: number): ReadonlyArray<ReadonlyArray<number>> => {
  if (!Number.isInteger(count) || count < 2 || count > treatmentsMax) throw new RangeError(`${count} treatments`)
  const first = Array.from({ length: count }, (_, place) =>
    place === 0 ? 0 : place % 2 === 1 ? (place + 1) / 2 : count - place / 2,
  )
  const forward = first.map((_, shift) => first.map((treatment) => (treatment + shift) % count))
  return count % 2 === 0 ? forward : [...forward, ...forward.map((sequence) => sequence.toReversed())]
}

/** How evenly treatments follow each other, over all sequences. @category models */
export interface CarryOver {
  /** How often the rarest and the most frequent ordered pair of different treatments stands side by side. */
  readonly pairMin: number
  readonly pairMax: number
  /** The same for a treatment at a period. */
  readonly periodMin: number
  readonly periodMax: number
}

/** Counts of pairs and places over sequences of `count` treatments. */
export const carryOver = (count: number, all: ReadonlyArray<ReadonlyArray<number>>): CarryOver => {
  const pairs = new Map<number, number>()
  const places = new Map<number, number>()
  for (const sequence of all) {
    for (const [period, treatment] of sequence.entries()) {
      const place = period * count + treatment
      places.set(place, (places.get(place) ?? 0) + 1)
      const next = sequence[period + 1]
      if (next !== undefined && next !== treatment) {
        pairs.set(treatment * count + next, (pairs.get(treatment * count + next) ?? 0) + 1)
      }
    }
  }
  const least = (counts: ReadonlyMap<number, number>, cells: number): number =>
    counts.size < cells ? 0 : Math.min(...counts.values())
  const most = (counts: ReadonlyMap<number, number>): number => (counts.size === 0 ? 0 : Math.max(...counts.values()))
  return {
    pairMin: least(pairs, count * (count - 1)),
    pairMax: most(pairs),
    periodMin: least(places, count * count),
    periodMax: most(places),
  }
}
