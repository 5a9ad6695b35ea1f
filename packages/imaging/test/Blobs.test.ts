import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { typescript } from "../src/Backend.ts"
import { type Blob, blobLog, blobLogSignature, blobTable, countBlobs } from "../src/Blobs.ts"
import { gaussianFloat } from "../src/Gaussian.ts"
import type { Image } from "../src/Image.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { backends, wasm } from "./backends.ts"
import { readUint16 } from "./npy.ts"
import { normal, uniform } from "./random.ts"
import { anyScene, oddSizes, scene } from "./scenes.ts"

const blobsIn = { data: readUint16("plates/blobs_in.npy"), width: 96, height: 96 }
const noiseIn = { data: readUint16("plates/noise_in.npy"), width: 128, height: 128 }
const places: ReadonlyArray<readonly [y: number, x: number, sigma: number]> = [
  [20, 20, 3],
  [20, 70, 4],
  [60, 40, 5],
  [75, 80, 3],
]

const floatsOf = ({ data, ...size }: Image, of: (value: number) => number): Image<Float32Array> => ({
  data: Float32Array.from(data, of),
  ...size,
})

/** Every place has a blob within a pixel, and there are no others. */
const expectAt = (blobs: ReadonlyArray<Blob>, expected: ReadonlyArray<ReadonlyArray<number>>, within = 1) => {
  for (const [y = 0, x = 0] of expected) {
    expect(blobs.filter((blob) => Math.abs(blob.y - y) <= within && Math.abs(blob.x - x) <= within).length).toBe(1)
  }
  expect(blobs.length).toBe(expected.length)
}

/** Spots of one size on a background with noise. */
const spots = (
  side: number,
  centres: ReadonlyArray<readonly [y: number, x: number, sigma: number, peak: number]>,
  background: (x: number, y: number) => number,
  noise: number,
  seed: number,
): Image<Float32Array> => {
  const next = uniform(seed)
  const data = Float32Array.from({ length: side * side }, (_, index) => {
    const [x, y] = [index % side, Math.floor(index / side)]
    const light = centres.reduce(
      (sum, [row, column, sigma, peak]) =>
        sum + peak * Math.exp(-((row - y) ** 2 + (column - x) ** 2) / (2 * sigma ** 2)),
      background(x, y),
    )
    return light + noise * normal(next)
  })
  return { data, width: side, height: side }
}

const field = (
  side: number,
  value: (next: () => number, index: number) => number,
  seed: number,
): Image<Float32Array> => {
  const next = uniform(seed)
  return {
    data: Float32Array.from({ length: side * side }, (_, index) => value(next, index)),
    width: side,
    height: side,
  }
}

describe.each(backends)("blob counting on %s", (_name, backend) => {
  it("counts the same in the smallest floats there are as in the same picture times a power of two", () => {
    const plain = countBlobs(
      floatsOf(blobsIn, (value) => value),
      {},
      { backend },
    )
    expect(plain.count).toBe(4)
    for (const power of [-149, -126, -100, -81]) {
      const small = countBlobs(
        floatsOf(blobsIn, (value) => value * 2 ** power),
        {},
        { backend },
      )
      expect(small.blobs).toEqual(plain.blobs)
      expect(small.rangeGreyValues).toBe(plain.rangeGreyValues * 2 ** power)
      expect(small.noiseGreyValues).toBe(plain.noiseGreyValues * 2 ** power)
    }
  })

  it("AC-57: four blobs each time: as they are, times 2, and as floats from 0 to 1", () => {
    const twice = { ...blobsIn, data: blobsIn.data.map((value) => value * 2) }
    for (const image of [blobsIn, twice, floatsOf(blobsIn, (value) => value / 65_535)]) {
      const { blobs, count } = countBlobs(image, {}, { backend })
      expect(count).toBe(4)
      expectAt(blobs, places)
      for (const [y, x, sigma] of places) {
        const blob = blobs.find((one) => Math.abs(one.y - y) <= 1 && Math.abs(one.x - x) <= 1)
        expect(blob?.sigmaPx).toBe(sigma)
        expect(blob?.radiusPx).toBeCloseTo(sigma * Math.SQRT2, 12)
        // A Gaussian spot answers at its own scale with half its height; the spots are as high as the range.
        expect(blob?.response).toBeCloseTo(0.5, 2)
      }
    }
  })

  it("AC-58: a flat noisy field has no cells at 8, 16 and 32 bit", () => {
    const bytes = (of: (value: number) => number) => ({ ...noiseIn, data: Uint8Array.from(noiseIn.data, of) })
    const fields: ReadonlyArray<Image> = [
      noiseIn,
      bytes((value) => Math.round(value / 257)),
      bytes((value) => value - 500),
      bytes((value) => (value >> 2) & 255),
      floatsOf(noiseIn, (value) => value),
      floatsOf(noiseIn, (value) => value / 65_535),
      { ...noiseIn, data: noiseIn.data.map((value) => value * 90) },
    ]
    for (const image of fields) expect(countBlobs(image, {}, { backend }).count).toBe(0)
  })

  it("finds none in other noise: uniform, normal, of photons, and on a slope", () => {
    const photons = (next: () => number, mean: number): number => {
      let [count, product] = [-1, 1]
      for (const limit = Math.exp(-mean); product > limit; count++) product *= next()
      return count
    }
    for (let seed = 0; seed < 5; seed++) {
      const kinds = [
        field(96, (next) => 1000 + 50 * next(), seed),
        field(96, (next) => 300 + 12 * normal(next), seed),
        field(96, (next) => photons(next, 60), seed),
        field(96, (next, index) => 200 + 5 * (index % 96) + 30 * normal(next), seed),
      ]
      for (const image of kinds) expect(countBlobs(image, {}, { backend }).count).toBe(0)
    }
  })

  it("finds none in most fields of smoothed noise, in which a bare threshold finds dozens", () => {
    let [fields, bare] = [0, 0]
    for (let seed = 0; seed < 20; seed++) {
      const smoothed = gaussianFloat(
        field(96, (next) => 500 + 20 * normal(next), seed),
        { sigmaPx: 1 + (seed % 3) },
        { backend },
      )
      if (countBlobs(smoothed, {}, { backend }).count > 0) fields++
      bare += countBlobs(smoothed, { noiseSigmas: 0, darkRatio: 0 }, { backend }).count
    }
    expect(fields).toBeLessThanOrEqual(4)
    expect(bare).toBeGreaterThan(20 * 24)
  })

  it("counts crowded spots of different size and height", () => {
    const next = uniform(50)
    const centres: Array<readonly [number, number, number, number]> = []
    while (centres.length < 40) {
      const [y, x] = [10 + next() * 140, 10 + next() * 140]
      if (centres.every(([row, column]) => Math.hypot(row - y, column - x) > 12)) {
        centres.push([y, x, 2 + 2 * next(), 500 + 1000 * next()])
      }
    }
    const { count } = countBlobs(
      spots(160, centres, () => 500, 20, 1),
      {},
      { backend },
    )
    expect(Math.abs(count - 40)).toBeLessThanOrEqual(1)
  })

  it("finds dim spots in noise, on a bright background and on a slope, and no others", () => {
    const centres: ReadonlyArray<readonly [number, number, number, number]> = [
      [25, 30, 3, 100],
      [30, 90, 4, 90],
      [80, 40, 3, 100],
      [95, 95, 4, 80],
    ]
    for (let seed = 0; seed < 5; seed++) {
      const backgrounds = [() => 100, () => 40_000, (x: number, y: number) => 500 + x + y]
      for (const background of backgrounds) {
        const image = spots(128, centres, background, 10, seed)
        expectAt(countBlobs(image, {}, { backend }).blobs, centres, 2)
      }
    }
  })

  it("counts many spots, as near as 4 sigmas to each other", () => {
    for (const [step, sigma] of [
      [12, 3],
      [20, 3],
      [30, 5],
    ] as const) {
      const side = 7 * step
      const centres = Array.from({ length: 36 }, (_, index) => {
        return [step * (1 + (index % 6)), step * (1 + Math.floor(index / 6)), sigma, 1000] as const
      })
      expectAt(
        countBlobs(
          spots(side, centres, () => 200, 5, step),
          {},
          { backend },
        ).blobs,
        centres,
      )
    }
  })

  it("of a picture turned over is turned over", () => {
    const image = scene("spots", "uint16", 90, 80, 3)
    const turned = { ...image, data: image.data.slice().reverse() }
    const key = (blobs: ReadonlyArray<Blob>, turn: boolean) =>
      blobs.map(({ sigmaPx, x, y }) => (turn ? [79 - y, 89 - x, sigmaPx] : [y, x, sigmaPx]).join(",")).sort()
    const there = key(countBlobs(turned, {}, { backend }).blobs, true)
    expect(there).toEqual(key(countBlobs(image, {}, { backend }).blobs, false))
    expect(there.length).toBeGreaterThan(3)
  })

  it("gives none of a constant picture, of one pixel, and of one row", () => {
    for (const dtype of pixelDtypes) {
      for (const [width, height] of [
        [1, 1],
        [40, 1],
        [1, 40],
        [50, 50],
      ] as const) {
        expect(countBlobs(scene("constant", dtype, width, height, 1), {}, { backend })).toEqual({
          count: 0,
          blobs: [],
          rangeGreyValues: 0,
          noiseGreyValues: 0,
        })
      }
    }
  })

  it("measures the noise and the range of a picture", () => {
    const image = field(200, (next) => 500 + 20 * normal(next), 4)
    const { noiseGreyValues, rangeGreyValues } = countBlobs(image, {}, { backend })
    expect(noiseGreyValues / 20).toBeGreaterThan(0.97)
    expect(noiseGreyValues / 20).toBeLessThan(1.03)
    expect(rangeGreyValues).toBe(Math.fround(Math.max(...image.data) - Math.min(...image.data)))
  })
})

describe.each(backends)("blob_log on %s", (_name, backend) => {
  it("gives the blobs of scikit-image", () => {
    const text = readFileSync(new URL("fixtures/filters/blobs.json", import.meta.url), "utf8")
    const [expected] = Object.values(JSON.parse(text) as Record<string, ReadonlyArray<ReadonlyArray<number>>>)
    const image = { data: readUint16("filters/scene.npy"), width: 61, height: 53 }
    const blobs = blobLog(image, { minSigmaPx: 1, maxSigmaPx: 6, scales: 6, threshold: 1000 }, { backend })
    expect(blobs.map(({ sigmaPx, x, y }) => [y, x, sigmaPx])).toEqual(expected)
  })

  it("answers as scikit-image where the picture is its own unit: the golden's four blobs, in its order", () => {
    const most = 20_200
    const unit = floatsOf(blobsIn, (value) => (value - 200) / (most - 200))
    const blobs = blobLog(unit, { threshold: 0.1 }, { backend })
    expect(blobs.map(({ sigmaPx, x, y }) => [y, x, sigmaPx])).toEqual([
      [60, 40, 5],
      [20, 70, 4],
      [20, 20, 3],
      [75, 80, 3],
    ])
  })

  it("is a table with the columns of its signature", () => {
    const blobs = blobLog(blobsIn, { threshold: 2000 }, { backend })
    const { columns, rows } = blobTable(blobs)
    expect(rows).toBe(4)
    expect(Object.keys(columns)).toEqual(blobLogSignature.tables[0].columns.map(({ name }) => name))
    expect(Array.from(columns.sigma_px)).toEqual([5, 4, 3, 3])
  })

  it("refuses scales the wrong way round and parameters out of range", () => {
    const image = anyScene("uint16", 1)
    const run = (parameters: object) => () => blobLog(image, { threshold: 10, ...parameters }, { backend })
    expect(run({ minSigmaPx: 5, maxSigmaPx: 2 })).toThrow("maxSigmaPx must be from minSigmaPx, 5, to 50")
    expect(run({ minSigmaPx: 0 })).toThrow("minSigmaPx must be a number from 0.5 to 50 (px)")
    expect(run({ maxSigmaPx: Number.NaN })).toThrow("maxSigmaPx must be a number")
    expect(run({ scales: 0 })).toThrow("scales must be a whole number from 1 to 100")
    expect(run({ scales: 2.5 })).toThrow("scales must be a whole number from 1 to 100")
    expect(run({ overlap: 1.1 })).toThrow("overlap must be a number from 0 to 1")
    expect(run({ threshold: -1 })).toThrow("threshold must be a number from 0")
    expect(() => blobLog(image, {} as { readonly threshold: number }, { backend })).toThrow("threshold must be")
    expect(() => countBlobs(image, { threshold: 2 }, { backend })).toThrow("threshold must be a number from 0 to 1")
    expect(() => countBlobs(image, { noiseSigmas: -1 }, { backend })).toThrow("noiseSigmas must be")
    expect(() => countBlobs({ ...image, width: 3 }, {}, { backend })).toThrow("image.data must be")
  })
})

describe("both backends", () => {
  it("give the same blobs, to the bits of their responses, and leave nothing held", () => {
    const before = wasm.heldBytes()
    for (let seed = 0; seed < 30; seed++) {
      const image = anyScene(pixelDtypes[seed % 3] ?? "uint16", seed)
      const parameters = { maxSigmaPx: 5, scales: 1 + (seed % 5), threshold: 0.05, noiseSigmas: seed % 2 }
      expect(countBlobs(image, parameters, { backend: wasm })).toEqual(
        countBlobs(image, parameters, { backend: typescript }),
      )
    }
    for (const [seed, [width, height]] of oddSizes.entries()) {
      const image = scene("noise", "uint16", width, height, seed)
      const parameters = { threshold: 0, maxSigmaPx: 4, scales: 4 }
      expect(blobLog(image, parameters, { backend: wasm })).toEqual(blobLog(image, parameters, { backend: typescript }))
    }
    expect(wasm.heldBytes()).toBe(before)
  })
})
