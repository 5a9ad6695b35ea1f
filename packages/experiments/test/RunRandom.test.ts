import { describe, expect, it } from "@effect/vitest"
import { murmur128 } from "../src/internal/murmur.ts"
import * as RunRandom from "../src/RunRandom.ts"

describe("MurmurHash3_x86_128", () => {
  it("has the verification value of its author's test, SMHasher: 0xB3ECE62A", () => {
    // SMHasher's VerificationTest: hash {0}, {0,1}, … with seeds 256, 255, …, then hash the hashes.
    const bytesOf = (words: ReadonlyArray<number>) => {
      const view = new DataView(new ArrayBuffer(16))
      words.forEach((word, index) => view.setUint32(index * 4, word, true))
      return new Uint8Array(view.buffer)
    }
    const key = Uint8Array.from({ length: 256 }, (_, index) => index)
    const hashes = new Uint8Array(256 * 16)
    for (let n = 0; n < 256; n++) hashes.set(bytesOf(murmur128(key.subarray(0, n), 256 - n)), n * 16)
    expect(murmur128(hashes, 0)[0].toString(16)).toBe("b3ece62a")
  })
})

describe("the random numbers of a run", () => {
  it("are xoshiro128**: the next word follows from the state as its authors' code computes it", () => {
    // The authors' C code, restated with big integers; the state is what the seed gives.
    const mask = 0xffffffffn
    const rotate = (word: bigint, bits: bigint) => ((word << bits) | (word >> (32n - bits))) & mask
    const state = murmur128(new TextEncoder().encode("7\n"), 0).map(BigInt)
    const word = (): bigint => {
      const [s0 = 0n, s1 = 0n, s2 = 0n, s3 = 0n] = state
      const result = (rotate((s1 * 5n) & mask, 7n) * 9n) & mask
      let [a, b, c, d] = [s0, s1, s2, s3]
      c ^= a
      d ^= b
      b ^= c
      a ^= d
      c ^= (s1 << 9n) & mask
      d = rotate(d, 11n)
      state.splice(0, 4, a, b, c, d)
      return result
    }
    const random = RunRandom.make(7)
    for (let draw = 0; draw < 100; draw++) {
      const [high, low] = [word() >> 5n, word() >> 6n]
      expect(random.next()).toBe(Number(high * 67_108_864n + low) / 9_007_199_254_740_992)
    }
  })

  it("a stream by name gives the same numbers whatever was drawn before, and others than its parent", () => {
    const random = RunRandom.make(7)
    const first = random.stream("a").next()
    random.next()
    random.stream("b").next()
    expect(random.stream("a").next()).toBe(first)
    expect(new Set([first, RunRandom.make(7).next(), RunRandom.make(8).stream("a").next()]).size).toBe(3)
    expect(random.stream("a").stream("b").next()).not.toBe(random.stream("a/1:b").next())
  })

  it("whole numbers stay in their bounds and reach both, and shuffles keep every item", () => {
    const random = RunRandom.make(1)
    const drawn = new Set(Array.from({ length: 200 }, () => random.integer(-1, 2)))
    expect([...drawn].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2])
    expect(random.shuffle([1, 2, 3, 4]).toSorted()).toEqual([1, 2, 3, 4])
    expect(() => random.integer(2, 1)).toThrow(RangeError)
    expect(() => random.pick([])).toThrow(RangeError)
  })

  it("numbers are uniform from 0 to 1 unless told otherwise, and never drawn between what is no number", () => {
    const random = RunRandom.make(5)
    const drawn = Array.from({ length: 500 }, () => random.uniform())
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true)
    expect(Math.max(...drawn)).toBeGreaterThan(0.9)
    const text: unknown = "2"
    for (const value of [Number.NaN, Infinity, text as number]) {
      expect(() => random.uniform(0, value)).toThrow(RangeError)
      expect(() => random.normal(value)).toThrow(RangeError)
    }
  })

  it("normal numbers have the mean and spread of their law within five standard errors", () => {
    const random = RunRandom.make(3)
    const n = 20_000
    const drawn = Array.from({ length: n }, () => random.normal(10, 2))
    const mean = drawn.reduce((sum, x) => sum + x, 0) / n
    const variance = drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1)
    expect(Math.abs(mean - 10)).toBeLessThan((5 * 2) / Math.sqrt(n))
    expect(Math.abs(variance - 4)).toBeLessThan(5 * 4 * Math.sqrt(2 / n))
  })
})
