import { describe, expect, it } from "vitest"
import { typescript } from "../src/Backend.ts"
import type { Image } from "../src/Image.ts"
import {
  differenceOfGaussians,
  differenceSignature,
  laplacianOfGaussian,
  laplacianSignature,
} from "../src/Laplacian.ts"
import { haloPx } from "../src/Bands.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { backends, wasm } from "./backends.ts"
import { readNpy, readUint16 } from "./npy.ts"
import { anyScene, oddSizes, scene } from "./scenes.ts"

const borders = ["reflect", "nearest"] as const
const golden = { data: readUint16("filters/scene.npy"), width: 61, height: 53 }
/** Sums of single precision: a millionth of the largest grey value. */
const within = (actual: Float32Array, expected: ArrayLike<number>) => {
  for (const [index, value] of actual.entries()) {
    expect(Math.abs(value - (expected[index] ?? Number.NaN))).toBeLessThan(1e-6 * 12_000)
  }
}

describe.each(backends)("band-pass filters on %s", (_name, backend) => {
  it.each(borders)("are those of SciPy and scikit-image, with border %s", (border) => {
    const log = laplacianOfGaussian(golden, { sigmaPx: 1.7, border }, { backend })
    within(log.data, readNpy(`filters/log_1.7_${border}.npy`).data)
    const dog = differenceOfGaussians(golden, { lowSigmaPx: 1, highSigmaPx: 2.5, border }, { backend })
    within(dog.data, readNpy(`filters/dog_1_2.5_${border}.npy`).data)
  })

  it("are 0 on constant pictures but for the cut of the weights", () => {
    const image = scene("constant", "uint16", 40, 30, 0)
    const dog = differenceOfGaussians(image, { lowSigmaPx: 1, highSigmaPx: 2 }, { backend })
    // Both Gaussians are the pixel within single precision.
    expect(Math.max(...dog.data.map(Math.abs))).toBeLessThan(1e-6 * 65_535)
    // SciPy's second derivative, cut at 4 sigmas, has a sum of about 1e-3 / sigma^2 along each axis.
    const log = laplacianOfGaussian(image, { sigmaPx: 2 }, { backend })
    expect(Math.max(...log.data.map(Math.abs))).toBeLessThan((2 * 2e-3 * 19_661) / 4)
  })

  it("answer a Gaussian spot as calculus says: -2 A s^2 / (s^2 + t^2)^2 in its middle", () => {
    const [spot, sigma, peak] = [3, 2, 1000]
    const data = Float32Array.from({ length: 61 * 61 }, (_, index) => {
      const square = ((index % 61) - 30) ** 2 + (Math.floor(index / 61) - 30) ** 2
      return peak * Math.exp(-square / (2 * spot ** 2))
    })
    const { data: log } = laplacianOfGaussian({ data, width: 61, height: 61 }, { sigmaPx: sigma }, { backend })
    const expected = (-2 * peak * spot ** 2) / (spot ** 2 + sigma ** 2) ** 2
    expect((log[30 * 61 + 30] ?? 0) / expected).toBeCloseTo(1, 2)
  })

  it("of tiles with their halo are the whole, to the bit", () => {
    const image = scene("cells", "uint16", 100, 90, 5)
    const log = (of: Image) => laplacianOfGaussian(of, { sigmaPx: 2 }, { backend })
    const dog = (of: Image) => differenceOfGaussians(of, { lowSigmaPx: 1, highSigmaPx: 3 }, { backend })
    for (const [filter, halo] of [
      [log, haloPx(laplacianSignature, { sigmaPx: 2 }) ?? 0],
      [dog, haloPx(differenceSignature, { lowSigmaPx: 1, highSigmaPx: 3 }) ?? 0],
    ] as const) {
      const whole = filter(image)
      const side = 15 + 2 * halo
      const tile = { data: new Uint16Array(side * side), width: side, height: side }
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
          tile.data[y * side + x] = image.data[(40 - halo + y) * 100 + 40 - halo + x] ?? 0
        }
      }
      const part = filter(tile)
      for (let y = 0; y < 15; y++) {
        for (let x = 0; x < 15; x++) {
          expect(part.data[(y + halo) * side + x + halo]).toBe(whole.data[(40 + y) * 100 + 40 + x])
        }
      }
    }
  })

  it("refuse sigmas out of range and the wrong way round", () => {
    const image = anyScene("uint8", 1)
    expect(() => laplacianOfGaussian(image, { sigmaPx: -3 }, { backend })).toThrow("sigmaPx must be a number from 0.1")
    expect(() => laplacianOfGaussian(image, { sigmaPx: Number.NaN }, { backend })).toThrow("sigmaPx must be a number")
    const dog = (lowSigmaPx: number, highSigmaPx: number) => () =>
      differenceOfGaussians(image, { lowSigmaPx, highSigmaPx }, { backend })
    expect(dog(2, 2)).toThrow("highSigmaPx must be above lowSigmaPx, 2")
    expect(dog(3, 2)).toThrow("highSigmaPx must be above lowSigmaPx, 3")
    expect(dog(1, 1e9)).toThrow("highSigmaPx must be a number from 0.1 to 100 (px)")
    const hole = { ...anyScene("float32", 1) }
    hole.data[0] = Number.NaN
    expect(() => laplacianOfGaussian(hole, { sigmaPx: 1 }, { backend })).toThrow("NaN at x 0, y 0")
  })
})

describe("both backends", () => {
  it.each(pixelDtypes)("give the same bits of %s, at all sizes", (dtype) => {
    for (const [seed, [width, height]] of [...oddSizes, [530, 40] as const].entries()) {
      const image = scene("spots", dtype, width, height, seed)
      for (const [sigmaPx, border] of [
        [0.3, "reflect"],
        [1.6, "nearest"],
        [7, "reflect"],
      ] as const) {
        const one = { sigmaPx, border }
        expect(laplacianOfGaussian(image, one, { backend: wasm }).data).toEqual(
          laplacianOfGaussian(image, one, { backend: typescript }).data,
        )
        const two = { lowSigmaPx: sigmaPx, highSigmaPx: 1.6 * sigmaPx, border }
        expect(differenceOfGaussians(image, two, { backend: wasm }).data).toEqual(
          differenceOfGaussians(image, two, { backend: typescript }).data,
        )
      }
    }
  })
})
