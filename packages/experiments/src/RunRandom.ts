/**
 * The random numbers of a run: xoshiro128** (David Blackman and Sebastiano Vigna, 2018), seeded with the 128 bits of
 * MurmurHash3 over the run's seed and the stream's name. Seeding waits for the first draw. Loads nothing else, so that it
 * starts quickly in a worker.
 *
 * @layer logic
 * @module
 */
import { murmur128 } from "./internal/murmur.ts"
import type { RandomStream } from "./RunBinding.ts"

const rotateLeft = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits))

/** A number drawn between texts would be NaN, and no comparison with it true. */
const finite = (...values: ReadonlyArray<unknown>): void => {
  for (const value of values) {
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new RangeError(`numbers are drawn between finite numbers, not ${String(value).slice(0, 40)}`)
    }
  }
}

class Xoshiro implements RandomStream {
  readonly #seed: number
  readonly #name: string
  #seeded = false
  #a = 0
  #b = 0
  #c = 0
  #d = 0
  /** The second number of the last pair of normal ones. */
  #spare: number | undefined

  constructor(seed: number, name: string) {
    this.#seed = seed
    this.#name = name
  }

  #word(): number {
    if (!this.#seeded) this.#start()
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = rotateLeft(this.#d, 11)
    return result
  }

  #start(): void {
    this.#seeded = true
    const [a, b, c, d] = murmur128(new TextEncoder().encode(`${this.#seed}\n${this.#name}`), 0)
    this.#a = a | 0
    this.#b = b | 0
    this.#c = c | 0
    this.#d = d | 0
    // The one state that gives zeros for ever.
    if ((this.#a | this.#b | this.#c | this.#d) === 0) this.#a = 1
  }

  readonly next = (): number => {
    const high = this.#word() >>> 5
    const low = this.#word() >>> 6
    return (high * 67_108_864 + low) / 9_007_199_254_740_992
  }

  readonly uniform = (min = 0, max = 1): number => {
    finite(min, max)
    return min + (max - min) * this.next()
  }

  readonly integer = (min: number, max: number): number => {
    const span = max - min + 1
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || !(span >= 1) || !Number.isSafeInteger(span)) {
      throw new RangeError(`there is no whole number from ${min} to ${max} to draw`)
    }
    return min + Math.floor(this.next() * span)
  }

  // Marsaglia's polar method: two normal numbers from a point in the unit circle.
  readonly normal = (mean = 0, standardDeviation = 1): number => {
    finite(mean, standardDeviation)
    const spare = this.#spare
    if (spare !== undefined) {
      this.#spare = undefined
      return mean + standardDeviation * spare
    }
    for (;;) {
      const u = 2 * this.next() - 1
      const v = 2 * this.next() - 1
      const square = u * u + v * v
      if (square >= 1 || square === 0) continue
      const factor = Math.sqrt((-2 * Math.log(square)) / square)
      this.#spare = v * factor
      return mean + standardDeviation * u * factor
    }
  }

  readonly pick = <T>(items: ReadonlyArray<T>): T => {
    if (items.length === 0) throw new RangeError("there is nothing to pick from")
    // The index is inside of the list, so what stands there is a T.
    return items[this.integer(0, items.length - 1)] as T
  }

  readonly shuffle = <T>(items: ReadonlyArray<T>): Array<T> => {
    const shuffled = [...items]
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.integer(0, last)
      const moved = shuffled.splice(other, 1, ...shuffled.slice(last, last + 1))
      shuffled.splice(last, 1, ...moved)
    }
    return shuffled
  }

  // The length in front keeps ("a", "b/c") and ("a/b", "c") apart.
  readonly stream = (name: string): RandomStream => new Xoshiro(this.#seed, `${this.#name}/${name.length}:${name}`)
}

/**
 * The random numbers of the run with this seed.
 *
 * @example
 * import * as RunRandom from "@heddle/experiments/RunRandom"
 *
 * const random = RunRandom.make(7)
 * const first = random.stream("noise").next()
 * random.next()
 * random.stream("noise").next() === first // => true
 *
 * @category constructors
 */
export const make = (seed: number): RandomStream => new Xoshiro(seed, "")
