/**
 * Which borders between classes may belong to the best combination in moments of 32 bits, added up in 32 bits too.
 *
 * @layer logic
 * @module
 */

/** What a class of the bins after place `from` up to place `to` adds; `from` is -1 for the first class. */
export type Gain = (from: number, to: number) => number

/** For each border, the places that it may have, rising. */
export type Places = ReadonlyArray<Int32Array>

/** Places of borders in combinations that may be the best. */
export interface NearTheBest {
  readonly places: Places
  /** For each of them, the most that the classes behind it can add. */
  readonly after: ReadonlyArray<Float64Array>
  /** For each place of the last border, the most of all combinations that end there. */
  readonly ending: Float64Array
}

/** Sums of so many additions in 32 bits are wrong by less than this share. */
export const roundingOf = (additions: number): number => 1.01 * additions * 2 ** -24

/** The places of borders in combinations that are the best, or less by what adding up in 32 bits may change. */
export const nearTheBest = (gain: Gain, places: Places, last: number): NearTheBest => {
  const empty = new Int32Array(0)
  // before[k][i]: the most of the classes up to the i-th place of border k; after[k][i]: of those behind it.
  const before = places.map((own) => new Float64Array(own.length).fill(-Infinity))
  const after = places.map((own) => new Float64Array(own.length).fill(-Infinity))
  for (const [border, own] of places.entries()) {
    const earlier = border === 0 ? empty : places[border - 1]
    for (let to = 0; to < own.length; to++) {
      let best = border === 0 ? gain(-1, own[to]) : -Infinity
      for (let from = 0; from < earlier.length && earlier[from] < own[to]; from++) {
        best = Math.max(best, before[border - 1][from] + gain(earlier[from], own[to]))
      }
      before[border][to] = best
    }
  }
  for (let border = places.length - 1; border >= 0; border--) {
    const own = places[border]
    const later = border === places.length - 1 ? empty : places[border + 1]
    for (let from = 0; from < own.length; from++) {
      let best = border === places.length - 1 ? gain(own[from], last) : -Infinity
      for (let to = later.length - 1; to >= 0 && later[to] > own[from]; to--) {
        best = Math.max(best, after[border + 1][to] + gain(own[from], later[to]))
      }
      after[border][from] = best
    }
  }
  const most = before[0].reduce((best, one, place) => Math.max(best, one + after[0][place]), -Infinity)
  // Rounding may lower the best, and raise another one.
  const least = most * (1 - 2 * roundingOf(places.length))
  const isNear = (border: number, place: number): boolean => before[border][place] + after[border][place] >= least
  return {
    places: places.map((own, border) => own.filter((_, place) => isNear(border, place))),
    after: after.map((own, border) => own.filter((_, place) => isNear(border, place))),
    ending: before[places.length - 1]
      .map((sum, place) => sum + after[places.length - 1][place])
      .filter((sum) => sum >= least),
  }
}
