/**
 * The Mersenne Twister MT19937 with the seeding, shuffling and sampling of CPython's `random.Random`: a design that was
 * shuffled elsewhere comes out in the same order. Not for secrets.
 *
 * Source: Matsumoto and Nishimura 1998 (`init_by_array`, 2002 version); CPython's library reference for the rest.
 *
 * @layer logic
 * @module
 */

const size = 624
const shift = 397

/** A generator with its own state. @category models */
export interface MersenneTwister {
  /** 0 or more, below 1; 53 random bits. */
  readonly random: () => number
  /** 32 random bits as a number of 0 or more. */
  readonly word: () => number
  /** A whole number of `count` random bits, 1 to 53. */
  readonly bits: (count: number) => number
  /** A whole number from 0 to `bound` - 1; `bound` is 1 to 2^53. */
  readonly below: (bound: number) => number
  /** Puts the items in random order, in place. */
  readonly shuffle: <T>(items: Array<T>) => void
  /** `count` different items in random order. A `count` above the number of items is a `RangeError`. */
  readonly sample: <T>(items: ReadonlyArray<T>, count: number) => Array<T>
}

const wordsOf = (seed: number | bigint): ReadonlyArray<number> => {
  // Most seeds are one word.
  if (typeof seed === "number" && Number.isInteger(seed) && Math.abs(seed) < 2 ** 32) return [Math.abs(seed)]
  let rest = BigInt(seed)
  if (rest < 0n) rest = -rest
  const words: Array<number> = []
  do {
    words.push(Number(rest & 0xffffffffn))
    rest >>= 32n
  } while (rest > 0n)
  return words
}

/** The state from which every seeding begins: that of the seed 19,650,218 in the generator's first version. */
const initial = ((): Uint32Array => {
  const state = new Uint32Array(size)
  let before = 19_650_218
  state[0] = before
  for (let index = 1; index < size; index++) {
    before = (Math.imul(1_812_433_253, before ^ (before >>> 30)) + index) | 0
    state[index] = before
  }
  return state
})()

const seeded = (seed: number | bigint): Uint32Array => {
  const state = initial.slice()
  const key = wordsOf(seed)
  let index = 1
  let place = 0
  // The word before, as it was just written. Where the index goes around, the first word becomes the last one, so that
  // this stays what it is.
  let before = state[0] ?? 0
  for (let step = Math.max(size, key.length); step > 0; step--) {
    const mixed = (state[index] ?? 0) ^ Math.imul(before ^ (before >>> 30), 1_664_525)
    before = (mixed + (key[place] ?? 0) + place) | 0
    state[index] = before
    if (++index >= size) index = 1
    if (++place >= key.length) place = 0
  }
  for (let step = size - 1; step > 0; step--) {
    const mixed = (state[index] ?? 0) ^ Math.imul(before ^ (before >>> 30), 1_566_083_941)
    before = (mixed - index) | 0
    state[index] = before
    if (++index >= size) index = 1
  }
  state[0] = 0x80000000
  return state
}

/** Bits that a whole number of 0 or more takes. */
const bitLength = (number: number): number =>
  number < 2 ** 32 ? 32 - Math.clz32(number) : 64 - Math.clz32(Math.floor(number / 2 ** 32))

/**
 * A generator for a whole-number seed of any size; a seed and its negative give the same numbers. A seed that is not whole
 * is a `RangeError`.
 *
 * @example
 * import * as MersenneTwister from "@heddle/experiments/MersenneTwister"
 *
 * const random = MersenneTwister.make(0)
 * random.random() // => 0.8444218515250481
 *
 * @category constructors
 */
export const make = (seed: number | bigint): MersenneTwister => {
  const state = seeded(seed)
  let next = 0
  const word = (): number => {
    // A word is made when it is drawn: most generators are asked for a few numbers only.
    const index = next
    next = index + 1 === size ? 0 : index + 1
    const far = index + shift < size ? index + shift : index + shift - size
    const mixed = ((state[index] ?? 0) & 0x80000000) | ((state[next] ?? 0) & 0x7fffffff)
    let bits = (state[far] ?? 0) ^ (mixed >>> 1) ^ ((mixed & 1) === 0 ? 0 : 0x9908b0df)
    state[index] = bits
    bits ^= bits >>> 11
    bits ^= (bits << 7) & 0x9d2c5680
    bits ^= (bits << 15) & 0xefc60000
    bits ^= bits >>> 18
    return bits >>> 0
  }
  const random = (): number => {
    const high = word() >>> 5
    return (high * 67_108_864 + (word() >>> 6)) / 9_007_199_254_740_992
  }
  const bits = (count: number): number => {
    if (!Number.isInteger(count) || count < 1 || count > 53) throw new RangeError(`bits: 1 to 53, not ${count}`)
    if (count <= 32) return word() >>> (32 - count)
    const low = word()
    return (word() >>> (64 - count)) * 2 ** 32 + low
  }
  const below = (bound: number): number => {
    if (!Number.isSafeInteger(bound) || bound < 1) throw new RangeError(`below: a bound of 1 or more, not ${bound}`)
    const count = bitLength(bound)
    let drawn = bits(count)
    while (drawn >= bound) drawn = bits(count)
    return drawn
  }
  const swap = <T>(items: Array<T>, left: number, right: number): void => {
    // Both places are inside of the array, so what stands there is a T, also where T has undefined.
    const kept = items[left] as T
    items[left] = items[right] as T
    items[right] = kept
  }
  return {
    random,
    word,
    bits,
    below,
    shuffle: (items) => {
      for (let index = items.length - 1; index > 0; index--) swap(items, index, below(index + 1))
    },
    sample: (items, count) => {
      const total = items.length
      if (!Number.isInteger(count) || count < 0 || count > total) {
        throw new RangeError(`sample: 0 to ${total} items, not ${count}`)
      }
      // CPython keeps a set of drawn places where that takes less room than a copy of the list.
      const roomOfSet = 21 + (count > 5 ? 4 ** Math.ceil(Math.log(count * 3) / Math.log(4)) : 0)
      if (total <= roomOfSet) {
        const pool = [...items]
        // What is drawn goes to the end in the order of drawing; the place that it leaves takes the last that was not drawn.
        for (let index = 0; index < count; index++) swap(pool, below(total - index), total - index - 1)
        return pool.slice(total - count).reverse()
      }
      const taken = new Set<number>()
      while (taken.size < count) taken.add(below(total))
      return Array.from(taken, (place) => items[place] as (typeof items)[number])
    },
  }
}
