import { describe, expect, it } from "vitest"
import { typescript } from "../src/Backend.ts"
import { estimateFlatField, flatFieldCorrect } from "../src/FlatField.ts"
import type { Image, Stack } from "../src/Image.ts"
import { ImagingError } from "../src/ImagingError.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { backends, wasm } from "./backends.ts"
import { normal, uniform } from "./random.ts"
import { anyScene, oddSizes, scene } from "./scenes.ts"

/** A shading with mean 1 that falls from its brightest place, a little off the middle, to the corners. */
const shading = (width: number, height: number, depth: number): Float64Array => {
  const raw = Float64Array.from({ length: width * height }, (_, index) => {
    const [x, y] = [(index % width) / width - 0.45, Math.floor(index / width) / height - 0.55]
    return 1 - depth * (x * x + y * y)
  })
  const mean = raw.reduce((sum, value) => sum + value, 0) / raw.length
  return raw.map((value) => value / mean)
}

/** Fields of a plate: bright disks on a background whose brightness differs, under one shading, with noise of photons. */
const plate = (
  options: { readonly width: number; readonly height: number; readonly planes: number; readonly cells: number },
  flat: Float64Array,
  offset: number,
  seed: number,
): Stack<Uint16Array> => {
  const { cells, height, planes, width } = options
  const next = uniform(seed)
  const data = new Uint16Array(width * height * planes)
  for (let plane = 0; plane < planes; plane++) {
    const light = new Float64Array(width * height).fill(400 * (0.8 + 0.4 * next()))
    for (let cell = 0; cell < cells; cell++) {
      const [x, y, radius, add] = [
        next() * width,
        next() * height,
        (0.015 + 0.03 * next()) * width,
        200 + 1500 * next(),
      ]
      for (let index = 0; index < light.length; index++) {
        const square = ((index % width) - x) ** 2 + (Math.floor(index / width) - y) ** 2
        if (square < radius * radius) light[index] = (light[index] ?? 0) + add
      }
    }
    for (const [index, value] of light.entries()) {
      const shaded = value * (flat[index] ?? 1)
      data[plane * light.length + index] = Math.max(0, Math.round(offset + shaded + Math.sqrt(shaded) * normal(next)))
    }
  }
  return { data, width, height, planes }
}

/** Root of the mean square of the relative error. */
const errorOf = (actual: Float32Array, expected: Float64Array): number =>
  Math.sqrt(actual.reduce((sum, value, index) => sum + (value / (expected[index] ?? 1) - 1) ** 2, 0) / actual.length)

describe.each(backends)("flat-field correction on %s", (_name, backend) => {
  it("by hand: (image - dark) / flat * mean of flat, rounded to even, kept in range", () => {
    const image = { data: Uint8Array.of(110, 210, 5, 250, 13, 11), width: 6, height: 1 }
    const dark = { data: Uint8Array.of(10, 10, 10, 10, 10, 10), width: 6, height: 1 }
    const flat = { data: Float32Array.of(1, 2, 1, 0.5, 0.75, 0.75), width: 6, height: 1 }
    // The mean of flat is 1: 100, 100, -5, 480, 4, 1.33.
    expect(Array.from(flatFieldCorrect(image, { flat, dark }, {}, { backend }).data)).toEqual([100, 100, 0, 255, 4, 1])
    const floats = { ...image, data: Float32Array.from(image.data) }
    const result = flatFieldCorrect(floats, { flat, dark }, {}, { backend })
    expect(Array.from(result.data)).toEqual([100, 100, -5, 480, 4, Math.fround(1 / 0.75)])
    const halves = { data: Uint16Array.of(5, 7, 9), width: 3, height: 1 }
    const two = { data: Float32Array.of(2, 2, 2), width: 3, height: 1 }
    expect(Array.from(flatFieldCorrect(halves, { flat: two }, {}, { backend }).data)).toEqual([5, 7, 9])
    const uneven = { data: Float32Array.of(2, 2, 0.5), width: 3, height: 1 }
    // The mean is 1.5: 5 * 0.75 = 3.75, 7 * 0.75 = 5.25, 9 * 3 = 27.
    expect(Array.from(flatFieldCorrect(halves, { flat: uneven }, {}, { backend }).data)).toEqual([4, 5, 27])
  })

  it("takes the dark field off an exposure of the flat field where it is told to", () => {
    const image = { data: Uint16Array.of(110, 110), width: 2, height: 1 }
    const fields = {
      dark: { data: Uint16Array.of(10, 10), width: 2, height: 1 },
      flat: { data: Uint16Array.of(30, 50), width: 2, height: 1 },
    }
    // (100 / 20 * 30, 100 / 40 * 30); without: (100 / 30 * 40, 100 / 50 * 40).
    expect(Array.from(flatFieldCorrect(image, fields, { flatHasDark: true }, { backend }).data)).toEqual([150, 75])
    expect(Array.from(flatFieldCorrect(image, fields, { flatHasDark: false }, { backend }).data)).toEqual([133, 80])
  })

  it("asks whether a flat field of whole numbers holds the dark field, where one is given", () => {
    const image = { data: Uint16Array.of(110, 110), width: 2, height: 1 }
    const dark = { data: Uint16Array.of(10, 10), width: 2, height: 1 }
    for (const flat of [Uint16Array.of(30, 50), Uint8Array.of(30, 50)]) {
      const run = () => flatFieldCorrect(image, { flat: { data: flat, width: 2, height: 1 }, dark }, {}, { backend })
      expect(run).toThrow(
        "flatHasDark must be given where a dark field and a flat field of whole numbers are, not undefined",
      )
      try {
        run()
      } catch (error) {
        const hints = error instanceof ImagingError ? error.hints.join("\n") : ""
        expect(hints).toContain("true: the flat field is an exposure")
        expect(hints).toContain("false: the dark field was taken off")
      }
      // Without a dark field there is nothing to ask.
      const alone = { flat: { data: flat, width: 2, height: 1 } }
      expect(Array.from(flatFieldCorrect(image, alone, {}, { backend }).data)).toEqual([147, 88])
    }
    // Floats were estimated, or normalised: (100 / 3 * 4, 100 / 5 * 4).
    const flat = { data: Float32Array.of(30, 50), width: 2, height: 1 }
    expect(Array.from(flatFieldCorrect(image, { flat, dark }, {}, { backend }).data)).toEqual([133, 80])
    expect(() => flatFieldCorrect(image, { flat }, { flatHasDark: true }, { backend })).toThrow(
      "flatHasDark must be left out, or false, where no dark field is given, not true",
    )
  })

  it("refuses fields that it does not know", () => {
    const image = { data: Uint16Array.of(110, 110), width: 2, height: 1 }
    const flat = { data: Float32Array.of(1, 1), width: 2, height: 1 }
    const fields = { flat, darkField: flat }
    expect(() => flatFieldCorrect(image, fields, {}, { backend })).toThrow(
      "flat_field_correct: fields.darkField must be left out: it is no field, not an object",
    )
    const stack = { data: Uint16Array.of(1, 2, 3, 4), width: 2, height: 1, planes: 2 }
    // As a caller without types gives them.
    const estimateWith = (given: object) => () => estimateFlatField(stack, given)
    expect(estimateWith({ smoothness: 2 })).toThrow(
      "estimate_flat_field: fields.smoothness must be left out: it is no field, not 2",
    )
    try {
      estimateWith({ smoothness: 2 })()
    } catch (error) {
      expect(error instanceof ImagingError ? error.hints : []).toEqual([
        "fields: dark",
        "smoothness is a parameter: parameters come after the fields",
      ])
    }
    expect(estimateWith([])).toThrow("fields must be { dark }")
    expect(() => estimateFlatField(stack, {}, { unheardOf: 1 } as object)).toThrow("unheardOf must be left out")
  })

  it("refuses floats that the flat field would make infinite, and says where", () => {
    const image = { data: Float32Array.of(2, 1e30, 3, 4), width: 2, height: 2 }
    const before = image.data.slice()
    const flat = { data: Float32Array.of(1, 1e-10, 1, 1), width: 2, height: 2 }
    const correct = (given: typeof image, fields: Parameters<typeof flatFieldCorrect>[1]) => () =>
      flatFieldCorrect(given, fields, {}, { backend, into: given.data })
    // 1e30 / (1e-10 / 0.75) is 7.5e39; a float ends at 3.4e38.
    expect(correct(image, { flat })).toThrow(
      `flat_field_correct: flat.data must be such that pixels over it are finite, not ${Math.fround(1e-10)} under ${Math.fround(1e30)} at x 1, y 0`,
    )
    // 0 over a light that is 0 beside its mean.
    const dim = { data: Float32Array.of(1e-45, 1e30, 1, 1), width: 2, height: 2 }
    expect(correct({ ...image, data: new Float32Array(4) }, { flat: dim })).toThrow("under 0 at x 0, y 0")
    expect(image.data).toEqual(before)
    const large = { ...image, data: Float32Array.of(1, 1, 1e37, 1) }
    expect(correct(large, { flat })).toThrow("image.data must be numbers within")
    expect(correct({ ...image, data: new Float32Array(4) }, { flat, dark: large })).toThrow(
      "dark.data must be numbers within",
    )
    // Whole numbers are kept in their range instead.
    const whole = { data: Uint16Array.of(2, 60_000, 3, 0), width: 2, height: 2 }
    expect(Array.from(flatFieldCorrect(whole, { flat }, {}, { backend }).data)).toEqual([2, 65_535, 2, 0])
  })

  it("makes a shaded field even, and changes nothing where the flat field is constant", () => {
    const [width, height] = [70, 50]
    const flat = shading(width, height, 1)
    const image = { data: Uint16Array.from(flat, (value) => Math.round(10_000 * value)), width, height }
    const fields = { flat: { data: Float32Array.from(flat), width, height } }
    for (const value of flatFieldCorrect(image, fields, {}, { backend }).data) {
      expect(Math.abs(value - 10_000)).toBeLessThanOrEqual(2)
    }
    for (const dtype of pixelDtypes) {
      const any = anyScene(dtype, 4)
      const even = { ...any, data: new Float32Array(any.data.length).fill(7.5) }
      expect(flatFieldCorrect(any, { flat: even }, {}, { backend }).data).toEqual(any.data)
    }
  })

  it("refuses a flat field that is missing, 0 or less, or of another size, and names the place", () => {
    const image = anyScene("uint16", 2)
    const size = { width: image.width, height: image.height }
    const ones = new Float32Array(image.data.length).fill(1)
    const run = (fields: unknown) => () => flatFieldCorrect(image, fields as { readonly flat: Image }, {}, { backend })
    expect(run(undefined)).toThrow("flat must be given")
    expect(run({})).toThrow("flat must be given")
    const zero = ones.slice()
    zero[image.width + 2] = 0
    expect(run({ flat: { data: zero, ...size } })).toThrow("flat.data must be above 0 everywhere, not 0 at x 2, y 1")
    const hole = ones.slice()
    hole[1] = Number.NaN
    expect(run({ flat: { data: hole, ...size } })).toThrow("flat.data must be finite numbers, not NaN at x 1, y 0")
    expect(run({ flat: { data: Float32Array.of(1), width: 1, height: 1 } })).toThrow("flat must be")
    const dark = { data: Float32Array.of(1), width: 1, height: 1 }
    const holed = { data: hole, ...size }
    expect(run({ flat: { data: ones, ...size }, dark: holed })).toThrow(
      "dark.data must be finite numbers, not NaN at x 1",
    )
    const endless = ones.slice()
    endless[4] = Number.POSITIVE_INFINITY
    expect(run({ flat: { data: endless, ...size } })).toThrow(
      "flat.data must be finite numbers, not Infinity at x 4, y 0",
    )
    expect(run({ flat: { data: ones, ...size }, dark: null })).toThrow("dark must be")
    expect(run({ flat: { data: ones, ...size }, dark })).toThrow("dark must be")
    const bright = { data: ones.map(() => 2), ...size }
    expect(() =>
      flatFieldCorrect(image, { flat: { data: ones, ...size }, dark: bright }, { flatHasDark: true }, { backend }),
    ).toThrow("flat.data less dark.data must be above 0 everywhere, not -1")
  })
})

describe("both backends", () => {
  it.each(pixelDtypes)("correct %s to the same bits, at all sizes", (dtype) => {
    for (const [seed, [width, height]] of oddSizes.entries()) {
      const image = scene("noise", dtype, width, height, seed)
      const next = uniform(seed)
      const flat = { data: Float32Array.from(image.data, () => 0.3 + next()), width, height }
      const dark = { data: Float32Array.from(image.data, () => 40 * next()), width, height }
      for (const fields of [{ flat }, { flat, dark }]) {
        expect(flatFieldCorrect(image, fields, {}, { backend: wasm }).data).toEqual(
          flatFieldCorrect(image, fields, {}, { backend: typescript }).data,
        )
      }
    }
  })
})

describe("the flat field of a plate", () => {
  it("is found within 1.5 percent from 20 fields with cells, and is converged", () => {
    const [width, height] = [96, 72]
    const flat = shading(width, height, 1)
    const stack = plate({ width, height, planes: 20, cells: 12 }, flat, 0, 3)
    const { converged, flat: found, reweightings } = estimateFlatField(stack, {}, { workingPx: 48 })
    expect(errorOf(found.data, flat)).toBeLessThan(0.015)
    expect(converged).toBe(true)
    expect(reweightings.at(-1)?.change).toBeLessThan(1e-3)
    for (const { residual } of reweightings) expect(residual).toBeLessThan(1e-6)
    expect(found.data.reduce((sum, value) => sum + value, 0) / found.data.length).toBeCloseTo(1, 5)
  })

  it("is found as well where the detector adds an offset that is given", () => {
    const [width, height] = [64, 64]
    const flat = shading(width, height, 1)
    const stack = plate({ width, height, planes: 20, cells: 8 }, flat, 100, 5)
    const dark = { data: new Uint16Array(width * height).fill(100), width, height }
    const with0 = errorOf(estimateFlatField(stack, { dark }, { workingPx: 32 }).flat.data, flat)
    const without = errorOf(estimateFlatField(stack, {}, { workingPx: 32 }).flat.data, flat)
    expect(with0).toBeLessThan(0.015)
    expect(without).toBeGreaterThan(2 * with0)
  })

  it("is 1 everywhere for even fields, and does not depend on the order of fields", () => {
    const [width, height, planes] = [40, 30, 6]
    const even = { data: new Uint16Array(width * height * planes), width, height, planes }
    for (let plane = 0; plane < planes; plane++) even.data.fill(500 + 60 * plane, plane * 1200, (plane + 1) * 1200)
    for (const value of estimateFlatField(even).flat.data) expect(Math.abs(value - 1)).toBeLessThan(1e-3)
    const stack = plate({ width, height, planes, cells: 5 }, shading(width, height, 0.8), 0, 8)
    const turned = { ...stack, data: new Uint16Array(stack.data.length) }
    for (let plane = 0; plane < planes; plane++) {
      turned.data.set(stack.data.subarray(plane * 1200, (plane + 1) * 1200), (planes - 1 - plane) * 1200)
    }
    expect(estimateFlatField(turned)).toEqual(estimateFlatField(stack))
  })

  it("is written where it is told, and refuses options that it does not know", () => {
    const [width, height] = [6, 5]
    const stack = plate({ width, height, planes: 4, cells: 0 }, shading(width, height, 0.8), 0, 8)
    for (const [, backend] of backends) {
      const into = new Float32Array(width * height)
      const { flat } = estimateFlatField(stack, {}, {}, { backend, into })
      expect(flat.data).toBe(into)
      expect(into).toEqual(estimateFlatField(stack).flat.data)
    }
    const run = (how: object) => () => estimateFlatField(stack, {}, {}, how)
    expect(run({ backend: "nonsense" })).toThrow(
      'estimate_flat_field: options.backend must be a backend, not "nonsense"',
    )
    expect(run({ backnd: 1 })).toThrow("estimate_flat_field: options.backnd must be left out: it is no option, not 1")
    expect(run({ into: new Float32Array(29) })).toThrow("estimate_flat_field: into must be 30 pixels, not 29")
  })

  it("takes thin and tiny fields", () => {
    for (const [width, height] of [
      [1, 1],
      [1, 9],
      [30, 1],
      [3, 2],
    ] as const) {
      const stack = { data: new Uint16Array(width * height * 3).fill(9), width, height, planes: 3 }
      for (const value of estimateFlatField(stack).flat.data) expect(value).toBeCloseTo(1, 5)
    }
  })

  it("refuses one field, no light, dark fields of another size, and parameters out of range", () => {
    const one = { data: new Uint8Array(12).fill(1), width: 4, height: 3, planes: 1 }
    expect(() => estimateFlatField(one)).toThrow("stack.planes must be at least 2 fields, not 1")
    const night = { data: new Uint8Array(24), width: 4, height: 3, planes: 2 }
    expect(() => estimateFlatField(night)).toThrow("stack.data must be light in every part")
    const day = { ...night, data: night.data.map(() => 7) }
    expect(() => estimateFlatField(day, { dark: { data: new Uint8Array(1), width: 1, height: 1 } })).toThrow(
      "dark must be",
    )
    expect(() => estimateFlatField(day, {}, { workingPx: 4 })).toThrow("workingPx must be a whole number from 8 to 256")
    expect(() => estimateFlatField(day, {}, { smoothness: 0 })).toThrow("smoothness must be a number above 0")
    expect(() => estimateFlatField({ ...day, planes: 0 })).toThrow("stack.planes must be a whole number")
  })
})
