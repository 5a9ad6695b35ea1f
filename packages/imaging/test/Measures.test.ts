import { describe, expect, it } from "vitest"
import { focusMeasures } from "../src/FocusMeasures.ts"
import type { Stack } from "../src/Image.ts"
import { saturationMeasures } from "../src/SaturationMeasures.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { backends, wasm } from "./backends.ts"
import { badStacks, picture, refusedName, results } from "./intensityPicture.ts"
import { anyScene, oddSizes, scene } from "./scenes.ts"

describe.each(backends)("measures of focus on %s", (_name, backend) => {
  it("are those computed by hand", () => {
    const data = Uint8Array.of(0, 0, 0, 0, 9, 0, 0, 0, 0)
    // Laplacian: -36 in the middle, 9 beside it on four sides. Sobel: 9 at the corners and 18 on the sides.
    const [row] = focusMeasures({ data, width: 3, height: 3, planes: 1 }, {}, { backend })
    expect(row).toEqual({
      plane: 0,
      laplacianVariance: (36 ** 2 + 4 * 81) / 9,
      tenengrad: (4 * 2 * 81 + 4 * 18 ** 2) / 9,
      brenner: 0,
      normalizedVariance: expect.closeTo(8, 12),
    })
  })

  it.each(pixelDtypes)("are those of SciPy, of %s", (dtype) => {
    const rows = focusMeasures(picture(dtype, 3), {}, { backend })
    for (const [plane, expected] of results[dtype].focus.entries()) {
      const { brenner, laplacianVariance, normalizedVariance, tenengrad } = rows[plane]
      const ours = [laplacianVariance, tenengrad, brenner, normalizedVariance]
      for (const [column, value] of ours.entries()) expect(value / expected[column]).toBeCloseTo(1, 12)
    }
  })

  it.each(pixelDtypes)("are 0 of constant pictures, also black ones, of %s", (dtype) => {
    const constant = { ...scene("constant", dtype, 19, 9, 0), planes: 1 }
    const black = { ...constant, data: constant.data.map(() => 0) }
    for (const stack of [constant, black]) {
      const [row] = focusMeasures(stack, {}, { backend })
      expect([row.laplacianVariance, row.tenengrad, row.brenner]).toEqual([0, 0, 0])
      expect(row.normalizedVariance).toBeCloseTo(0, 12)
    }
  })

  it("are exact at the largest contrast there is", () => {
    const data = Uint16Array.from({ length: 64 * 64 }, (_, index) =>
      (index + Math.floor(index / 64)) % 2 === 0 ? 0 : 65_535,
    )
    const [{ laplacianVariance }] = focusMeasures({ data, width: 64, height: 64, planes: 1 }, {}, { backend })
    // Four neighbours differ inside, three at the edge, two in the corners.
    const expected = (65_535 ** 2 * (62 * 62 * 16 + 4 * 62 * 9 + 4 * 4)) / 64 ** 2
    expect(laplacianVariance / expected).toBeCloseTo(1, 14)
  })

  it("grow with the square of the contrast", () => {
    const image = anyScene("uint8", 21)
    const double = { ...image, data: Uint16Array.from(image.data, (value) => 2 * value), planes: 1 }
    const [[one], [two]] = [
      focusMeasures({ ...image, planes: 1 }, {}, { backend }),
      focusMeasures(double, {}, { backend }),
    ]
    expect(two.laplacianVariance).toBe(4 * one.laplacianVariance)
    expect(two.tenengrad).toBe(4 * one.tenengrad)
    expect(two.brenner).toBe(4 * one.brenner)
  })
})

describe.each(backends)("measures of saturation on %s", (_name, backend) => {
  it("count pixels at and beyond both ends", () => {
    const data = Uint16Array.of(0, 5, 4095, 4096, 65_535, 4094, 0, 7, 9, 4095)
    const stack = { data, width: 5, height: 1, planes: 2 }
    expect(saturationMeasures(stack, { top: 4095 }, { backend })).toEqual([
      { plane: 0, atTop: 3, atTopPercent: 60, atBottom: 1, atBottomPercent: 20, possibleTop: Number.NaN },
      { plane: 1, atTop: 1, atTopPercent: 20, atBottom: 1, atBottomPercent: 20, possibleTop: Number.NaN },
    ])
    expect(saturationMeasures(stack, {}, { backend }).map((row) => row.atTop)).toEqual([1, 0])
    expect(saturationMeasures(stack, { top: 4094.5, bottom: 5.5 }, { backend })[0]).toMatchObject({
      atTop: 3,
      atBottom: 2,
    })
  })

  it("name the top of a camera of 10, 12 or 14 bits that a plane ends at, where no top was given", () => {
    // Also in the upper bits: 4095 * 16.
    for (const top of [1023, 4095, 16_383, 65_472, 65_520, 65_532]) {
      const data = Uint16Array.of(0, 700, top, top, 9, top - 1, 3, 7)
      const stack = { data, width: 4, height: 1, planes: 2 }
      const rows = saturationMeasures(stack, {}, { backend })
      expect(rows.map((row) => [row.atTop, row.possibleTop])).toEqual([
        [0, top],
        [0, Number.NaN],
      ])
      const told = saturationMeasures(stack, { top }, { backend })
      expect(told.map((row) => [row.atTop, row.possibleTop])).toEqual([
        [2, Number.NaN],
        [0, Number.NaN],
      ])
    }
    // Nothing is supposed of the type's own top, of other values, of bytes and of floats.
    for (const data of [
      Uint16Array.of(4095, 65_535),
      Uint16Array.of(4095, 4096),
      Uint8Array.of(255, 3),
      Uint8Array.of(127, 3),
      Float32Array.of(4095, 2),
      Float32Array.of(0.5, 1023 / 65_535),
    ]) {
      expect(saturationMeasures({ data, width: 2, height: 1, planes: 1 }, {}, { backend })[0].possibleTop).toBeNaN()
    }
  })

  it("take a limit of floats as the float that it is", () => {
    const stack: Stack = { data: Float32Array.of(0.1, 0.9, 1, 1.5, -2), width: 5, height: 1, planes: 1 }
    expect(saturationMeasures(stack, { bottom: 0.1, top: 0.9 }, { backend })[0]).toMatchObject({
      atTop: 3,
      atBottom: 2,
    })
    expect(saturationMeasures(stack, {}, { backend })[0]).toMatchObject({ atTop: 2, atBottom: 1 })
  })

  it.each(pixelDtypes)("are those of NumPy, of %s", (dtype) => {
    const { bottom, saturation, top } = results[dtype]
    const rows = saturationMeasures(picture(dtype, 3), { bottom, top }, { backend })
    expect(rows.map((row) => [row.atTop, row.atBottom])).toEqual(saturation)
  })

  it.each([
    [{ top: -1 }, "top"],
    [{ bottom: Number.NaN }, "bottom"],
    [{ top: 10, bottom: 10 }, "bottom"],
    [{ top: 65_536 }, "top"],
  ])("refuse %j and name %s", (parameters, refused) => {
    expect(refusedName(() => saturationMeasures(picture("uint16"), parameters, { backend }))).toBe(refused)
  })
})

describe("measures on both backends", () => {
  it("refuse what is no stack", () => {
    for (const [, backend] of backends) {
      for (const [name, stack, refused] of badStacks()) {
        expect(
          refusedName(() => focusMeasures(stack, {}, { backend })),
          name,
        ).toBe(`stack${refused}`)
        expect(
          refusedName(() => saturationMeasures(stack, {}, { backend })),
          name,
        ).toBe(`stack${refused}`)
      }
    }
  })

  it.each(pixelDtypes)("are the same of 60 scenes of %s and all sizes", (dtype) => {
    const stacks: ReadonlyArray<Stack> = [
      ...Array.from({ length: 60 }, (_, seed) => ({ ...anyScene(dtype, seed), planes: 1 })),
      ...oddSizes.map(([width, height], seed) => ({
        ...scene("noise", dtype, width, height * 2, seed),
        height,
        planes: 2,
      })),
    ]
    for (const stack of stacks) {
      expect(focusMeasures(stack, {}, { backend: wasm })).toEqual(focusMeasures(stack))
      const parameters = { bottom: 0.2, top: 0.7 }
      expect(saturationMeasures(stack, parameters, { backend: wasm })).toEqual(saturationMeasures(stack, parameters))
    }
  })
})
