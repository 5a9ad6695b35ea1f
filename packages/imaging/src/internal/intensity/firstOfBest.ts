/**
 * The first of the best combinations of borders, as sums of 32 bits have it.
 *
 * scikit-image adds what the first class gives and what the last one gives, then the classes between, each sum rounded to 32
 * bits, and keeps the first combination (by its first border, then its second, ...) that nothing exceeds. A rounded sum
 * never falls where one of its numbers grows: so, for each last border by itself, the best sum up to a border is made of the
 * best sum up to the one before.
 *
 * @layer logic
 * @module
 */
import { type Gain, type NearTheBest, roundingOf } from "./nearTheBest.ts"

const float = new Float32Array(1)
const bits = new Int32Array(float.buffer)

/** The float next to a positive one. */
const beside = (value: number, by: 1 | -1): number => {
  float[0] = value
  bits[0] += by
  return float[0]
}

/** The least float from 0 on whose rounded sum with `addend` is at least `target`. */
const leastFor = (target: number, addend: number): number => {
  // Sums from the middle between the target and the float below it on are rounded to it.
  let least = Math.max(0, Math.fround((target + beside(target, -1)) / 2 - addend))
  while (least > 0 && Math.fround(beside(least, -1) + addend) >= target) least = beside(least, -1)
  while (Math.fround(least + addend) < target) least = least === 0 ? 2 ** -149 : beside(least, 1)
  return least
}

const isBefore = (left: ReadonlyArray<number>, right: ReadonlyArray<number>): boolean => {
  const at = left.findIndex((place, border) => place !== right[border])
  return at >= 0 && left[at] < right[at]
}

/** The places of the first of the best combinations; `last` is the place at which the last class ends. */
export const firstOfBest = (
  gain: Gain,
  { after, ending, places }: NearTheBest,
  last: number,
): ReadonlyArray<number> => {
  const count = places.length
  const lasts = places[count - 1]
  const starts = Float32Array.from(places[0], (first) => gain(-1, first))
  const rounding = roundingOf(count)

  /** The best sum of each place of each border, of those that end at one place of the last border and may reach `limit`. */
  const sumsOf = (end: number, limit: number): ReadonlyArray<Float32Array> => {
    const whole = gain(lasts[end], last)
    const sums = [starts.map((start) => start + whole)]
    for (let border = 1; border < count; border++) {
      const [froms, tos, behind, own] = [places[border - 1], places[border], after[border - 1], sums[border - 1]]
      const next = new Float32Array(tos.length).fill(-Infinity)
      const first = border === count - 1 ? end : 0
      const beyond = border === count - 1 ? end + 1 : tos.length
      for (let row = 0; row < froms.length; row++) {
        if (own[row] - whole + behind[row] < limit) continue
        for (let column = first; column < beyond; column++) {
          if (tos[column] <= froms[row]) continue
          const sum = Math.fround(own[row] + gain(froms[row], tos[column]))
          if (sum > next[column]) next[column] = sum
        }
      }
      sums.push(next)
    }
    return sums
  }

  /** The first combination with the best sum among those that end at one place of the last border. */
  const firstOf = (end: number, best: number, sums: ReadonlyArray<Float32Array>): ReadonlyArray<number> => {
    // needed[k][i]: the least sum at a place from which the best can be reached.
    const needed = places.map((own) => new Float32Array(own.length).fill(Infinity))
    needed[count - 1][end] = best
    for (let border = count - 2; border >= 0; border--) {
      const [froms, tos] = [places[border], places[border + 1]]
      for (let column = 0; column < tos.length; column++) {
        const target = needed[border + 1][column]
        if (target === Infinity) continue
        for (let row = 0; row < froms.length && froms[row] < tos[column]; row++) {
          const gained = gain(froms[row], tos[column])
          if (Math.fround(sums[border][row] + gained) < target) continue
          needed[border][row] = Math.min(needed[border][row], leastFor(target, gained))
        }
      }
    }
    let row = sums[0].findIndex((one, place) => one >= needed[0][place])
    let sum = sums[0][row]
    const found = [places[0][row]]
    for (let border = 1; border < count; border++) {
      const [from, before] = [found[border - 1], sum]
      const sumTo = (to: number): number => (to > from ? Math.fround(before + gain(from, to)) : -Infinity)
      row = places[border].findIndex((to, column) => sumTo(to) >= needed[border][column])
      sum = sumTo(places[border][row])
      found.push(places[border][row])
    }
    return found
  }

  // The likely ones first: the better the best so far, the fewer of the others may reach it.
  const order = Array.from(ending, (_, end) => end).sort((left, right) => ending[right] - ending[left])
  let best = 0
  let found: ReadonlyArray<number> = []
  for (const end of order) {
    const limit = best / (1 + rounding)
    if (ending[end] < limit) break
    const sums = sumsOf(end, limit)
    const sum = sums[count - 1][end]
    if (sum < best) continue
    const one = firstOf(end, sum, sums)
    if (sum > best || isBefore(one, found)) found = one
    best = sum
  }
  return found
}
