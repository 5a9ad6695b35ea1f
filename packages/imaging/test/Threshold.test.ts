import { describe, expect, it } from "vitest"
import type { Image } from "../src/Image.ts"
import { haloPx } from "../src/Bands.ts"
import { pixelDtypes } from "../src/Signature.ts"
import {
  adaptiveSignature,
  thresholdAdaptive,
  thresholdLi,
  thresholdManual,
  thresholdMultiOtsu,
  thresholdOtsu,
  thresholdTriangle,
} from "../src/Threshold.ts"
import { backends, wasm } from "./backends.ts"
import { crop } from "../src/Crop.ts"
import { badStacks, golden, picture, refusedName, results, transposed } from "./intensityPicture.ts"
import { readUint16 } from "./npy.ts"
import { anyScene, oddSizes, scene } from "./scenes.ts"

const automatic = [thresholdOtsu, thresholdLi, thresholdTriangle] as const

describe.each(backends)("thresholds on %s", (_name, backend) => {
  const options = { backend }

  it.each(pixelDtypes)("are those of scikit-image, of %s", (dtype) => {
    const image = picture(dtype)
    const expected = results[dtype]
    expect(thresholdOtsu(image, {}, options).threshold).toBe(expected.otsu)
    expect(thresholdTriangle(image, {}, options).threshold).toBe(expected.triangle)
    expect(thresholdLi(image, {}, options).threshold).toBeCloseTo(expected.li, dtype === "float32" ? 4 : 9)
    if (expected.multiOtsu !== null) {
      expect(thresholdMultiOtsu(image, { classes: 3 }, options).thresholds).toEqual(expected.multiOtsu)
    }
  })

  it.each(pixelDtypes)("around each pixel are those of scikit-image, of %s", (dtype) => {
    for (const method of ["mean", "gaussian"] as const) {
      const { data } = thresholdAdaptive(picture(dtype), { blockSizePx: 11, method }, options)
      // 2 stands where a pixel is at its threshold: rounding decides there, and here it is not above.
      const expected = golden(`adaptive_${method}`, dtype)
      const tied = expected.filter((value) => value === 2).length
      expect(tied).toBeLessThan(expected.length / 50)
      expect(data).toEqual(expected.map((value, index) => (value === 2 ? data[index] : value)))
    }
  })

  it("divide two values: Otsu takes the lower, and what is above it is 1", () => {
    const image = { data: Uint16Array.of(7, 7, 7, 90, 90, 7), width: 3, height: 2 }
    const { data, threshold } = thresholdOtsu(image, {}, options)
    expect(threshold).toBe(7)
    expect(Array.from(data)).toEqual([0, 0, 0, 1, 1, 0])
  })

  it("of the smallest floats there are are those of the same picture times a power of two", () => {
    const { data, ...size } = picture("uint16")
    const floats = { ...size, data: Float32Array.from(data) }
    const classes = { classes: 4 }
    for (const power of [-149, -130, -81]) {
      const small = { ...size, data: floats.data.map((value) => value * 2 ** power) }
      for (const kernel of [thresholdOtsu, thresholdTriangle]) {
        const [expected, found] = [kernel(floats, {}, options), kernel(small, {}, options)]
        expect(found.threshold).toBe(expected.threshold * 2 ** power)
        expect(found.data).toEqual(expected.data)
      }
      const [expected, found] = [
        thresholdMultiOtsu(floats, classes, options),
        thresholdMultiOtsu(small, classes, options),
      ]
      expect(found.thresholds).toEqual(expected.thresholds.map((threshold) => threshold * 2 ** power))
      expect(found.data).toEqual(expected.data)
    }
  })

  it("lie between the background and the cells of the golden cells", () => {
    const image = { data: readUint16("plates/cells_in.npy"), width: 128, height: 96 }
    const { threshold } = thresholdOtsu(image, {}, options)
    expect(threshold).toBeGreaterThanOrEqual(100)
    expect(threshold).toBeLessThanOrEqual(999)
  })

  it.each(pixelDtypes)("of a constant picture are its value, and nothing is above, of %s", (dtype) => {
    const image = scene("constant", dtype, 9, 7, 0)
    const value = image.data[0]
    for (const kernel of automatic) {
      const { data, threshold } = kernel(image, {}, options)
      expect(threshold).toBe(value)
      expect(data).toEqual(new Uint8Array(63))
    }
    for (const method of ["mean", "gaussian"] as const) {
      expect(thresholdAdaptive(image, { method, blockSizePx: 5 }, options).data).toEqual(new Uint8Array(63))
      const below = { method, blockSizePx: 5, offset: 0.001 }
      expect(thresholdAdaptive(image, below, options).data).toEqual(new Uint8Array(63).fill(1))
    }
    expect(refusedName(() => thresholdMultiOtsu(image, { classes: 2 }, options))).toBe("classes")
  })

  it("for several classes count how many thresholds a pixel is above", () => {
    const image = { data: Uint8Array.of(10, 10, 11, 60, 61, 200, 201, 10), width: 4, height: 2 }
    const { data, thresholds } = thresholdMultiOtsu(image, { classes: 3 }, options)
    expect(thresholds).toEqual([11, 61])
    expect(Array.from(data)).toEqual([0, 0, 0, 1, 1, 2, 2, 0])
    expect(thresholdMultiOtsu(image, { classes: 2 }, options).thresholds).toEqual([
      thresholdOtsu(image, {}, options).threshold,
    ])
  })

  it("that are given divide above and not above, also between and beyond the values of the type", () => {
    const image = { data: Uint8Array.of(0, 1, 2, 254, 255), width: 5, height: 1 }
    const masks = [-1, -0.5, 0, 1.5, 254.5, 255, 300].map((threshold) =>
      thresholdManual(image, { threshold }, options).data.join(""),
    )
    expect(masks).toEqual(["11111", "11111", "01111", "00111", "00001", "00000", "00000"])
    const wide = { ...image, data: Uint16Array.of(0, 1, 2, 65_534, 65_535) }
    const wideMasks = [-1, 0, 65_534, 65_535, 1e9].map((threshold) =>
      thresholdManual(wide, { threshold }, options).data.join(""),
    )
    expect(wideMasks).toEqual(["11111", "01111", "00001", "00000", "00000"])
  })

  it("that are given are compared in 64 bits with floats", () => {
    const image = { data: Float32Array.of(0.1, 0.2, -0.1, 0), width: 4, height: 1 }
    // As a 32-bit number 0.1 is 0.100000001...: above 0.1; -0.1 is below -0.1.
    const masks = [0.1, Math.fround(0.1), -0.1, -1e-60, 0].map((threshold) =>
      thresholdManual(image, { threshold }, options).data.join(""),
    )
    expect(masks).toEqual(["1100", "0100", "1101", "1101", "1100"])
  })

  it("keep their masks when a picture is turned, and their values when pixels are reordered", () => {
    for (let seed = 0; seed < 20; seed++) {
      const image = anyScene("uint16", seed)
      const turned = transposed(image)
      for (const kernel of automatic) {
        const [plain, other] = [kernel(image, {}, options), kernel(turned, {}, options)]
        expect(other.threshold).toBe(plain.threshold)
        expect(transposed(other).data).toEqual(plain.data)
      }
      const parameters = { blockSizePx: 7, method: "mean" } as const
      const [plain, other] = [
        thresholdAdaptive(image, parameters, options),
        thresholdAdaptive(turned, parameters, options),
      ]
      expect(transposed(other).data).toEqual(plain.data)
    }
  })

  it.each(["mean", "gaussian"] as const)("around each pixel are the same of a tile with its halo, by %s", (method) => {
    const image = scene("cells", "uint16", 120, 100, 4)
    const parameters = { method, blockSizePx: 15 }
    const halo = haloPx(adaptiveSignature, parameters) ?? 0
    const whole = thresholdAdaptive(image, parameters, options)
    const part = { leftPx: 40, topPx: 30, widthPx: 30, heightPx: 25 }
    const padded = {
      leftPx: part.leftPx - halo,
      topPx: part.topPx - halo,
      widthPx: part.widthPx + 2 * halo,
      heightPx: part.heightPx + 2 * halo,
    }
    const tile = thresholdAdaptive(crop(image, padded), parameters, options)
    const inner = crop(tile, { ...part, leftPx: halo, topPx: halo })
    expect(inner.data).toEqual(crop(whole, part).data)
  })

  it("around each pixel take blocks far larger than the picture", () => {
    for (const method of ["mean", "gaussian"] as const) {
      const image = { data: Uint16Array.of(1, 5, 9, 2), width: 2, height: 2 }
      const { data } = thresholdAdaptive(image, { method, blockSizePx: 2047 }, options)
      // Mirrored over and over, the mean is nearly that of all pixels: 4.25.
      expect(Array.from(data)).toEqual([0, 1, 1, 0])
    }
  })

  it("refuse what is no picture, and name it", () => {
    for (const [name, image, refused] of badStacks()) {
      for (const kernel of [...automatic, thresholdMultiOtsu, thresholdAdaptive]) {
        expect(
          refusedName(() => kernel(image, {}, options)),
          name,
        ).toBe(`image${refused}`)
      }
      expect(
        refusedName(() => thresholdManual(image, { threshold: 1 }, options)),
        name,
      ).toBe(`image${refused}`)
    }
    const wide = { data: Float32Array.of(-3e38, 3e38), width: 2, height: 1 }
    for (const kernel of automatic) expect(refusedName(() => kernel(wide, {}, options))).toBe("image.data")
  })

  it("refuse parameters that cannot be, and name them", () => {
    const image: Image = { data: new Uint8Array(12), width: 4, height: 3 }
    for (const blockSizePx of [4, 1, -3, 2049, Number.NaN, 3.5]) {
      expect(refusedName(() => thresholdAdaptive(image, { blockSizePx }, options))).toBe("blockSizePx")
    }
    expect(refusedName(() => thresholdAdaptive(image, { offset: Infinity }, options))).toBe("offset")
    expect(refusedName(() => thresholdManual(image, { threshold: Number.NaN }, options))).toBe("threshold")
    for (const classes of [1, 7, 2.5]) {
      expect(refusedName(() => thresholdMultiOtsu(image, { classes }, options))).toBe("classes")
    }
    expect(refusedName(() => thresholdOtsu(image, { bins: 3 } as object, options))).toBe("bins")
    expect(refusedName(() => thresholdOtsu(image, {}, { backend, into: new Uint8Array(3) }))).toBe("into")
  })
})

describe("thresholds on both backends", () => {
  it.each(pixelDtypes)("are the same of 60 scenes of %s and all sizes", (dtype) => {
    const images = [
      ...Array.from({ length: 60 }, (_, seed) => anyScene(dtype, seed, 60)),
      ...oddSizes.map(([width, height], seed) => scene("noise", dtype, width, height, seed)),
    ]
    const held = wasm.heldBytes()
    for (const [index, image] of images.entries()) {
      for (const kernel of automatic) expect(kernel(image, {}, { backend: wasm })).toEqual(kernel(image))
      const threshold = image.data[0]
      expect(thresholdManual(image, { threshold }, { backend: wasm })).toEqual(thresholdManual(image, { threshold }))
      for (const method of ["mean", "gaussian"] as const) {
        const parameters = { method, blockSizePx: 3 + 2 * (index % 30), offset: (index % 3) - 1 }
        const ours = thresholdAdaptive(image, parameters, { backend: wasm })
        expect(ours.data).toEqual(thresholdAdaptive(image, parameters).data)
      }
    }
    expect(wasm.heldBytes()).toBe(held)
  })

  it("are the same where thousands of pixels are at their local threshold", () => {
    // A ramp is its own local mean away from the edges; every row is doubtful in 32 bits.
    const data = Uint16Array.from({ length: 90 * 40 }, (_, index) => 100 + 3 * (index % 90))
    const image = { data, width: 90, height: 40 }
    for (const offset of [0, 1e-7, -1e-7]) {
      const parameters = { blockSizePx: 9, offset }
      const ours = thresholdAdaptive(image, parameters, { backend: wasm })
      expect(ours.data).toEqual(thresholdAdaptive(image, parameters).data)
    }
  })
})
