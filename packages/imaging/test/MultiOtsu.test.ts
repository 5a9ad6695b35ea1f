import { describe, expect, it } from "vitest"
import { multiOtsu } from "../src/internal/intensity/multiOtsu.ts"
import { thresholdMultiOtsu } from "../src/Threshold.ts"
import { backends } from "./backends.ts"
import { normal, uniform } from "./random.ts"

const { fround } = Math

/**
 * All combinations, with the arithmetic that scikit-image 0.19.3 is written down with: moments and sums of 32 bits, the
 * first value with weight 1, its class alone for nothing, first and last class added first, the first of the best kept.
 */
const tried = (counts: ReadonlyArray<number>, classes: number): ReadonlyArray<number> => {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const shares = new Float32Array(counts.length)
  const moments = new Float32Array(counts.length)
  for (const [bin, count] of counts.entries()) {
    const share = fround(count / total)
    shares[bin] = (shares[bin - 1] ?? 0) + share
    moments[bin] = (moments[bin - 1] ?? 0) + fround(Math.max(1, bin) * share)
  }
  const at = (values: Float32Array, bin: number): number => values[bin] ?? 0
  const gain = (first: number, last: number): number => {
    if (first === 0 && last === 0) return 0
    const share = fround(at(shares, last) - at(shares, first - 1))
    const moment = fround(at(moments, last) - at(moments, first - 1))
    return share > 0 ? fround(fround(moment * moment) / share) : 0
  }
  let [best, found]: [number, ReadonlyArray<number>] = [0, []]
  const follow = (borders: ReadonlyArray<number>): void => {
    const from = (borders.at(-1) ?? -1) + 1
    if (borders.length < classes - 1) {
      for (let border = from; border < counts.length - (classes - 1) + borders.length; border++) {
        follow([...borders, border])
      }
      return
    }
    let sum = fround(gain(0, borders[0] ?? 0) + gain(from, counts.length - 1))
    for (const [index, border] of borders.slice(1).entries())
      sum = fround(sum + gain((borders[index] ?? 0) + 1, border))
    if (sum > best) [best, found] = [sum, borders]
  }
  follow([])
  return found
}

const histogramOf = (counts: ReadonlyArray<number>) => ({
  counts: Uint32Array.from(counts),
  centres: (bin: number) => bin,
  constant: undefined,
  isWhole: true,
})

/** Counts of few values: any, of which many are equal, all equal, with holes, and with a few that have nearly all. */
const countsAt = (seed: number): ReadonlyArray<number> => {
  const next = uniform(seed)
  const kinds = [
    () => Math.floor(next() * 100),
    () => (next() < 0.5 ? 1 : 2),
    () => 1,
    () => (next() < 0.4 ? 0 : Math.floor(next() * 9)),
    () => (next() < 0.3 ? 0 : 1 + Math.floor(next() ** 8 * 1e6)),
  ]
  const length = 8 + Math.floor(next() * 14)
  const counts = Array.from({ length }, () => kinds[seed % 5]?.() ?? 1)
  // A histogram begins and ends with a value that occurs.
  return [Math.max(1, counts[0] ?? 1), ...counts.slice(1, -1), Math.max(1, counts.at(-1) ?? 1)]
}

describe("Otsu for several classes", () => {
  it("is the first of the best of all combinations of 600 histograms", () => {
    for (let seed = 0; seed < 600; seed++) {
      const counts = countsAt(seed)
      const classes = 2 + (seed % 5)
      if (counts.filter((count) => count > 0).length <= classes) continue
      const expected = tried(counts, classes)
      expect(multiOtsu(histogramOf(counts), classes), `seed ${seed}`).toEqual(expected)
      // The same where borders are narrowed down first, as of many values.
      expect(multiOtsu(histogramOf(counts), classes, 0), `seed ${seed}`).toEqual(expected)
    }
  })

  it("takes the same of thousands of values whether it tries all places or narrows them down", () => {
    for (let seed = 0; seed < 6; seed++) {
      const next = uniform(seed)
      const counts = Array.from({ length: 1500 }, () => seed % 2)
      for (let pixel = 0; pixel < 60_000; pixel++) {
        const value = pixel % 5 === 0 ? 900 + 150 * normal(next) : 200 + (10 + 20 * seed) * normal(next)
        const bin = Math.min(1499, Math.max(0, Math.round(value)))
        counts[bin] = (counts[bin] ?? 0) + 1
      }
      counts[0] = counts[1499] = 1
      const histogram = histogramOf(counts)
      for (const classes of [3, 5])
        expect(multiOtsu(histogram, classes, 2000)).toEqual(multiOtsu(histogram, classes, 0))
    }
  })

  it("of evenly spread values cuts them into even parts, of all 65,536 too", () => {
    const found = multiOtsu(histogramOf(Array.from({ length: 65_536 }, () => 4)), 4) ?? []
    expect(found.length).toBe(3)
    // Even parts are the best; in 32 bits combinations some values beside them are as good.
    for (const [index, threshold] of found.entries()) {
      expect(Math.abs(threshold - 16_384 * (index + 1))).toBeLessThan(300)
    }
  })
})

describe.each(backends)("Otsu for several classes on %s", (_name, backend) => {
  it("finds six classes of a picture of 16 bits", () => {
    const next = uniform(3)
    const middles = [3000, 12_000, 22_000, 33_000, 45_000, 60_000]
    const data = Uint16Array.from({ length: 128 * 128 }, (_, index) => (middles[index % 6] ?? 0) + 400 * normal(next))
    const { data: found, thresholds } = thresholdMultiOtsu(
      { data, width: 128, height: 128 },
      { classes: 6 },
      { backend },
    )
    for (const [index, threshold] of thresholds.entries()) {
      expect(threshold).toBeGreaterThan((middles[index] ?? 0) + 1200)
      expect(threshold).toBeLessThan((middles[index + 1] ?? 0) - 1200)
    }
    expect(found).toEqual(Uint8Array.from(data, (_, index) => index % 6))
  })
})
