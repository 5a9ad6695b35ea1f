import { describe, expect, it } from "vitest"
import { gaussian, gaussianFloat, signature } from "../src/Gaussian.ts"
import { type Image, type Pixels } from "../src/Image.ts"
import { haloPx } from "../src/Bands.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { typescript } from "../src/Backend.ts"
import { backends, wasm } from "./backends.ts"
import { readNpy, readUint16 } from "./npy.ts"
import { uniform } from "./random.ts"
import { anyScene, oddSizes, scene } from "./scenes.ts"

const borders = ["reflect", "nearest"] as const
const sigmas = [0.1, 0.5, 1, 2.3, 5, 11.7]

/** Rows in the other order. */
const flipped = <P extends Pixels>({ data, height, width }: Image<P>): Image<P> => {
  const out = data.slice() as P
  for (let y = 0; y < height; y++) out.set(data.subarray(y * width, (y + 1) * width), (height - 1 - y) * width)
  return { data: out, width, height }
}

/** The inner part of a picture. */
const cut = (
  { data, width }: Image<Uint16Array>,
  x0: number,
  y0: number,
  columns: number,
  rows: number,
): Image<Uint16Array> => {
  const out = new Uint16Array(columns * rows)
  for (let y = 0; y < rows; y++) {
    out.set(data.subarray((y0 + y) * width + x0, (y0 + y) * width + x0 + columns), y * columns)
  }
  return { data: out, width: columns, height: rows }
}

describe.each(backends)("Gaussian on %s", (_name, backend) => {
  it.each(borders)("is that of scikit-image within a millionth, with border %s", (border) => {
    const image = { data: readUint16("filters/scene.npy"), width: 61, height: 53 }
    const { data: expected } = readNpy(`filters/gaussian_2.3_${border}.npy`)
    const floats = gaussianFloat(image, { sigmaPx: 2.3, border }, { backend })
    for (const [index, value] of expected.entries()) {
      expect(Math.abs((floats.data[index] ?? 0) - value)).toBeLessThan(1e-6 * value)
    }
    const whole = gaussian(image, { sigmaPx: 2.3, border }, { backend })
    const other = whole.data.filter((value, index) => value !== Math.trunc(expected[index] ?? 0))
    expect(other.length).toBeLessThanOrEqual(1)
  })

  it("of one bright pixel is the weights: a hand calculation for sigma 1", () => {
    const data = new Float32Array(11 * 11)
    data[5 * 11 + 5] = 1
    const result = gaussianFloat({ data, width: 11, height: 11 }, { sigmaPx: 1 }, { backend })
    // exp(-x^2 / 2) for x from -4 to 4 has the sum 2.506628; middle 0.398943, next 0.241971.
    expect(result.data[5 * 11 + 5]).toBeCloseTo(0.398943 ** 2, 5)
    expect(result.data[5 * 11 + 6]).toBeCloseTo(0.398943 * 0.241971, 5)
    expect(result.data[5 * 11]).toBe(0)
    expect(result.data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5)
  })

  it.each(pixelDtypes)(
    "leaves constant pictures of %s as they are, at any sigma, and keeps halves of them apart",
    (dtype) => {
      for (const sigmaPx of [...sigmas, 40, 100]) {
        for (const value of dtype === "uint8" ? [0, 1, 77, 255] : [0, 1, 777, 12_345, 65_535]) {
          const image = scene("constant", dtype, 13, 9, 0)
          image.data.fill(value)
          const [first, ...others] = new Set(gaussian(image, { sigmaPx }, { backend }).data)
          expect(others).toEqual([])
          // Floats stay constant too, at the value that single precision makes of the sum of weights.
          if (dtype === "float32") expect(Math.abs((first ?? Number.NaN) - value)).toBeLessThanOrEqual(1e-6 * value)
          else expect(first).toBe(value)
        }
      }
      const halves = scene("constant", dtype, 300, 4, 0)
      for (let index = 0; index < halves.data.length; index++) halves.data[index] = index % 300 < 150 ? 3 : 251
      const { data } = gaussian(halves, { sigmaPx: 5 }, { backend })
      expect([data[0], data[129], data[170], data[299]].map((value) => (value ?? 0).toFixed(4))).toEqual(
        [3, 3, 251, 251].map((value) => value.toFixed(4)),
      )
    },
  )

  it("does not leave the range of its input", () => {
    for (let seed = 0; seed < 20; seed++) {
      const image = anyScene("uint16", seed)
      const [least, most] = [Math.min(...image.data), Math.max(...image.data)]
      for (const value of gaussian(image, { sigmaPx: 1 + seed / 3 }, { backend }).data) {
        expect(value >= least - 1 && value <= most).toBe(true)
      }
    }
  })

  it("of the picture upside down is the result upside down", () => {
    for (let seed = 0; seed < 10; seed++) {
      const image = anyScene("uint16", seed)
      const there = flipped(gaussianFloat(image, { sigmaPx: 2 }, { backend }))
      expect(gaussianFloat(flipped(image), { sigmaPx: 2 }, { backend }).data).toEqual(there.data)
    }
  })

  it("of tiles with their halo is the whole, to the bit", () => {
    for (const sigmaPx of [0.7, 2, 4.4]) {
      const image = scene("cells", "uint16", 90, 80, 5)
      const halo = haloPx(signature, { sigmaPx }) ?? 0
      const whole = gaussian(image, { sigmaPx }, { backend })
      const [x0, y0] = [40, 40]
      const tile = cut(image, x0 - halo, y0 - halo, 20 + 2 * halo, 17 + 2 * halo)
      const inner = cut(gaussian(tile, { sigmaPx }, { backend }), halo, halo, 20, 17)
      expect(inner.data).toEqual(cut(whole, x0, y0, 20, 17).data)
    }
  })

  it("does not change its input, and writes where it is told", () => {
    const image = anyScene("uint16", 4)
    const before = image.data.slice()
    const into = new Uint16Array(image.data.length)
    const result = gaussian(image, { sigmaPx: 2 }, { backend, into })
    expect(result.data).toBe(into)
    expect(image.data).toEqual(before)
    expect(into).toEqual(gaussian(image, { sigmaPx: 2 }, { backend }).data)
  })

  it.each([0, -1, 0.05, 100.1, Number.NaN, Number.POSITIVE_INFINITY, "2", null, [1]])(
    "refuses sigma %j and says the range",
    (sigmaPx) => {
      const image = anyScene("uint8", 1)
      // What callers without types give.
      const given = { sigmaPx } as unknown as { readonly sigmaPx: number }
      expect(() => gaussian(image, given, { backend })).toThrow("sigmaPx must be a number from 0.1 to 100 (px)")
    },
  )

  it("refuses other borders, unknown parameters, no parameters, wrong sizes, detached and empty arrays and NaN", () => {
    const image = anyScene("float32", 1)
    const run =
      (bad: unknown, parameters: unknown = { sigmaPx: 1 }, into?: Float32Array) =>
      () =>
        gaussian(bad as Image<Float32Array>, parameters as { readonly sigmaPx: number }, { backend, into })
    expect(run(image, { sigmaPx: 1, border: "wrap" })).toThrow('border must be one of "reflect", "nearest"')
    expect(run(image, { sigmaPx: 1, truncate: 3 })).toThrow("truncate must be left out")
    expect(run(image, undefined)).not.toThrow("Cannot read")
    expect(run({ ...image, width: image.width + 1 })).toThrow("image.data must be")
    expect(run({ ...image, width: 0 })).toThrow("image.width must be a whole number from 1 to 65535")
    expect(run({ data: new Float32Array(0), width: 4, height: 4 })).toThrow("image.data must be")
    expect(run({ ...image, data: new Float64Array(image.data) })).toThrow("image.data must be a typed array of")
    const gone = new Float32Array(16)
    structuredClone(gone, { transfer: [gone.buffer] })
    expect(run({ data: gone, width: 4, height: 4 })).toThrow("transferred")
    const hole = image.data.slice()
    hole[3] = Number.NEGATIVE_INFINITY
    expect(run({ ...image, data: hole })).toThrow("-Infinity at x 3, y 0")
    expect(run(image, { sigmaPx: 1 }, new Float32Array(3))).toThrow("into must be")
  })
})

describe("both backends", () => {
  it.each(pixelDtypes)("give the same Gaussian of %s to the bit: all sizes, sigmas and borders", (dtype) => {
    for (const [seed, [width, height]] of oddSizes.entries()) {
      for (const sigmaPx of [...sigmas, 33]) {
        for (const border of borders) {
          const image = scene("spots", dtype, width, height, seed)
          const parameters = { sigmaPx, border }
          expect(gaussian(image, parameters, { backend: wasm })).toEqual(
            gaussian(image, parameters, { backend: typescript }),
          )
          expect(gaussianFloat(image, parameters, { backend: wasm }).data).toEqual(
            gaussianFloat(image, parameters, { backend: typescript }).data,
          )
        }
      }
    }
  })

  it("give the same Gaussian of seeded scenes, of strips wider than one, and of one row of 65535", () => {
    const next = uniform(9)
    for (let seed = 0; seed < 60; seed++) {
      const image = anyScene(pixelDtypes[seed % 3] ?? "uint16", seed)
      const parameters = { sigmaPx: 0.1 + 8 * next() }
      expect(gaussian(image, parameters, { backend: wasm }).data).toEqual(gaussian(image, parameters).data)
    }
    for (const [width, height] of [
      [1100, 70],
      [512, 33],
      [513, 64],
      [65_535, 1],
    ] as const) {
      const image = scene("noise", "uint16", width, height, 2)
      expect(gaussian(image, { sigmaPx: 3 }, { backend: wasm }).data).toEqual(gaussian(image, { sigmaPx: 3 }).data)
    }
  })

  it("leave nothing held", () => {
    const before = wasm.heldBytes()
    gaussian(anyScene("uint16", 3), { sigmaPx: 2 }, { backend: wasm })
    expect(wasm.heldBytes()).toBe(before)
  })
})
