/**
 * Numbers that look random and are the same on every machine: a small generator seeded by words. Each study and each
 * resource draws from a generator of its own, so that one list can be made without the others.
 *
 * @layer logic
 * @module
 */

/** A generator with its draws. Not for secrets. @category models */
export interface SeededRandom {
  /** In [0, 1). */
  readonly next: () => number
  /** A whole number from `min` to `max`, both included. */
  readonly int: (min: number, max: number) => number
  /** True with this probability. */
  readonly chance: (probability: number) => boolean
  /** One of the items; the list must not be empty. */
  readonly pick: <A>(items: readonly [A, ...ReadonlyArray<A>]) => A
  /** Near the mean, within three deviations. */
  readonly bell: (mean: number, deviation: number) => number
  /** 32 hexadecimal digits in the layout of a UUID. */
  readonly uuid: () => string
}

const mix = (value: number): number => {
  let word = value >>> 0
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
  return (word ^ (word >>> 16)) >>> 0
}

/** A 32-bit number from words; close words give far numbers. @category hashing */
export const hashWords = (words: ReadonlyArray<string | number>, salt = 0): number => {
  let hash = (0x811c9dc5 ^ Math.imul(salt + 1, 0x9e3779b1)) >>> 0
  for (const word of words) {
    const text = String(word)
    for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
    // The end of a word counts, so that ["ab", "c"] and ["a", "bc"] differ.
    hash = Math.imul(hash ^ 0x1f, 0x01000193)
  }
  return mix(hash)
}

/** A generator for these words. @category constructors */
export const make = (...words: ReadonlyArray<string | number>): SeededRandom => {
  let a = hashWords(words, 1)
  let b = hashWords(words, 2)
  let c = hashWords(words, 3)
  let counter = 1
  const word = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return sum >>> 0
  }
  for (let warm = 0; warm < 8; warm++) word()
  const next = () => word() / 4294967296
  const hex = () => word().toString(16).padStart(8, "0")
  return {
    next,
    int: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
    bell: (mean, deviation) => mean + deviation * (next() + next() + next() + next() - 2) * 1.5,
    uuid: () => {
      const [w1, w2, w3, w4] = [hex(), hex(), hex(), hex()]
      return `${w1}-${w2.slice(0, 4)}-4${w2.slice(5)}-a${w3.slice(1, 4)}-${w3.slice(4)}${w4}`
    },
  }
}
