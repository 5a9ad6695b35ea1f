import { describe, expect, it } from "vitest"
import { bandsOf, inBands, keepBand, readBand } from "../src/Bands.ts"
import { signature as binningSignature } from "../src/Binning.ts"
import type { Image } from "../src/Image.ts"
import { signature as projectionSignature } from "../src/MaximumProjection.ts"
import type { Signature } from "../src/Signature.ts"
import { manualSignature, otsuSignature, thresholdManual } from "../src/Threshold.ts"
import { whiteSignature, whiteTopHat } from "../src/TopHat.ts"
import { backends } from "./backends.ts"
import { between, uniform } from "./random.ts"
import { refused } from "./refused.ts"
import { anyScene } from "./scenes.ts"

/** A kernel of this file: its halo is its radius. */
const squareSignature = {
  name: "least_around",
  summary: "the least value of a square",
  version: 1,
  inputs: [{ name: "image", axes: "yx", dtypes: ["uint16"], summary: "one plane" }],
  output: { axes: "yx", dtype: "input", scale: "kept", size: { rule: "same" } },
  halo: { reach: "pixels", plus: 0, terms: [{ parameter: "radiusPx", times: 1 }] },
  parameters: { radiusPx: { kind: "integer", minimum: 0, maximum: 9, fallback: 3, unit: "px", summary: "radius" } },
  tables: [],
  memory: { bytesPerPixel: 2, bytes: 0 },
  source: "this test",
} as const satisfies Signature

/** The least value of a square; outside the picture nothing counts. */
const leastAround = ({ data, height, width }: Image<Uint16Array>, radius: number): Image<Uint16Array> => ({
  data: data.map((_, index) => {
    const [x, y] = [index % width, Math.floor(index / width)]
    let least = 65_535
    for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++) {
      for (let u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++) {
        least = Math.min(least, data[v * width + u] ?? 65_535)
      }
    }
    return least
  }),
  width,
  height,
})

describe("bands", () => {
  it("keep every row once, in order, and read no row that is not there", () => {
    for (let seed = 0; seed < 300; seed++) {
      const next = uniform(seed)
      const [rows, count, haloPx] = [between(next, 1, 90), between(next, 1, 120), between(next, 0, 100)]
      const bands = bandsOf(rows, count, haloPx)
      expect(bands.length).toBe(Math.min(rows, count))
      let row = 0
      for (const { keepFrom, keepRows, readFrom, readRows, skipRows } of bands) {
        expect(keepFrom).toBe(row)
        expect(keepRows).toBeGreaterThan(0)
        row += keepRows
        expect(readFrom).toBe(Math.max(0, keepFrom - haloPx))
        expect(readFrom + readRows).toBe(Math.min(rows, row + haloPx))
        expect(skipRows).toBe(keepFrom - readFrom)
      }
      expect(row).toBe(rows)
      const sizes = bands.map(({ keepRows }) => keepRows)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }
  })

  it("with the halo of a kernel give the same as the whole picture", () => {
    for (let seed = 0; seed < 60; seed++) {
      const next = uniform(seed + 5)
      const [count, radius] = [between(next, 1, 9), between(next, 0, 5)]
      const image = anyScene("uint16", seed, 40)
      const options = { count, signature: squareSignature, parameters: { radiusPx: radius } }
      const result = inBands(image, options, (band, { radiusPx = 3 }) => leastAround(band, radiusPx))
      expect(result).toEqual(leastAround(image, radius))
    }
  })

  it("take the halo of a parameter that is left out from its fallback", () => {
    const image = anyScene("uint16", 8, 200)
    const options = { count: 3, signature: whiteSignature, parameters: {} }
    expect(inBands(image, options, (band, parameters) => whiteTopHat(band, parameters))).toEqual(whiteTopHat(image, {}))
  })

  it("are refused to kernels that look at the whole picture, take planes, or give another size", () => {
    const image = anyScene("uint16", 3)
    const never = () => image
    for (const signature of [otsuSignature, projectionSignature]) {
      expect(refused(() => inBands(image, { count: 2, signature, parameters: {} }, never))).toContain(
        "can be cut into bands",
      )
    }
    const binned = { count: 2, signature: binningSignature, parameters: { factor: 2 } }
    expect(refused(() => inBands(image, binned, never))).toContain("gives another size")
  })

  it.each(backends)("of a kernel that looks at pixels alone need no halo, on %s", (_name, backend) => {
    for (let seed = 0; seed < 20; seed++) {
      const image = anyScene("float32", seed)
      const parameters = { threshold: 0.4 }
      const kernel = (one: Image<Float32Array>) => thresholdManual(one, parameters, { backend })
      const { threshold: _threshold, ...whole } = kernel(image)
      expect(inBands(image, { count: 1 + (seed % 7), signature: manualSignature, parameters }, kernel)).toEqual(whole)
    }
  })

  it("read their rows on the same memory", () => {
    const image = anyScene("uint8", 1)
    const [, second] = bandsOf(image.height, 3, 2)
    if (second === undefined) throw new Error("three bands were asked for")
    const band = readBand(image, second)
    expect(band.data.buffer).toBe(image.data.buffer)
    expect(band.data.byteOffset).toBe(second.readFrom * image.width)
    expect(band.height).toBe(second.readRows)
  })

  it.each([
    [0, 1, 0, "rows"],
    [1.5, 1, 0, "rows"],
    [10, 0, 0, "count"],
    [10, Number.NaN, 0, "count"],
    [10, 2, -1, "haloPx"],
    [10, 2, Number.POSITIVE_INFINITY, "haloPx"],
  ])("of %d rows, %d bands and a halo of %d are refused", (rows, count, haloPx, parameter) => {
    expect(() => bandsOf(rows, count, haloPx)).toThrow(`bands: ${parameter} must be a whole number`)
  })

  it("refuse a result of another size", () => {
    const image = anyScene("uint8", 1)
    const [first] = bandsOf(image.height, 2, 1)
    if (first === undefined) throw new Error("two bands were asked for")
    const band = readBand(image, first)
    expect(() => keepBand({ ...band, height: band.height - 1 }, first, image.data.slice())).toThrow("bands: result")
    expect(() => keepBand(band, first, new Uint8Array(3))).toThrow("bands: into")
  })
})
