import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { estimateFlatField, flatFieldCorrect } from "../src/FlatField.ts"
import type { Stack } from "../src/Image.ts"
import { readNpy } from "./npy.ts"
import { plateOf, type PlateOptions, shadingTruth, sidePx } from "./plates.ts"

interface Plate extends PlateOptions {
  readonly sha256: string
  readonly darkError: number
  readonly flatErrorWithDark: number
}

const plates = Object.entries<Plate>(
  // Written by reference/shading.py.
  JSON.parse(readFileSync(new URL("fixtures/shading/results.json", import.meta.url), "utf8")) as Record<string, Plate>,
)
const { dark: darkTruth, flat: flatTruth } = shadingTruth()
const zero = darkTruth.map(() => 0)
const workingPx = sidePx
const image = (data: Float32Array) => ({ data, width: sidePx, height: sidePx })

/** Root of the mean square of the relative error. */
const errorOf = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => {
  let sum = 0
  for (let index = 0; index < actual.length; index++) sum += ((actual[index] ?? 0) / (expected[index] ?? 1) - 1) ** 2
  return Math.sqrt(sum / actual.length)
}

/** The largest relative error of the means of the four corners, of 6 x 6 pixels each. */
const cornerErrorOf = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => {
  const errors = [0, sidePx - 6].flatMap((top) =>
    [0, sidePx - 6].map((left) => {
      let [found, true_] = [0, 0]
      for (let y = top; y < top + 6; y++) {
        for (let x = left; x < left + 6; x++) {
          found += actual[y * sidePx + x] ?? 0
          true_ += expected[y * sidePx + x] ?? 0
        }
      }
      return Math.abs(found / true_ - 1)
    }),
  )
  return Math.max(...errors)
}

/** Root of the mean square of the difference, with or without that of the means. */
const distanceOf = (actual: ArrayLike<number>, expected: ArrayLike<number>, isLevelled: boolean): number => {
  const differences = Array.from({ length: actual.length }, (_, at) => (actual[at] ?? 0) - (expected[at] ?? 0))
  const mean = isLevelled ? differences.reduce((sum, value) => sum + value, 0) / differences.length : 0
  return Math.sqrt(differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / differences.length)
}

const shown = (stack: Stack<Uint16Array>): string =>
  createHash("sha256")
    .update(new Uint8Array(stack.data.buffer, stack.data.byteOffset, stack.data.byteLength))
    .digest("hex")

describe("flat fields of seeded plates, against PyBaSiC by the method's authors", () => {
  it.each(plates)("%s: within 0.5 percent of it, and as near to the truth", (name, plate) => {
    const stack = plateOf(plate)
    expect(shown(stack)).toBe(plate.sha256)
    const fields = plate.has_dark ? { dark: image(Float32Array.from(darkTruth)) } : {}
    const { converged, flat } = estimateFlatField(stack, fields, { workingPx })
    const reference = readNpy(`shading/${name}_flat.npy`).data
    expect(converged).toBe(true)
    expect(errorOf(flat.data, reference)).toBeLessThan(0.005)
    expect(errorOf(flat.data, flatTruth)).toBeLessThanOrEqual(errorOf(reference, flatTruth))
    expect(cornerErrorOf(flat.data, flatTruth)).toBeLessThanOrEqual(cornerErrorOf(reference, flatTruth) + 0.002)
  })
})

const refused = new Set(["dark_confluent", "dark_even_light"])

describe("dark fields of seeded plates", () => {
  it.each(plates.filter(([name]) => !refused.has(name)))("%s: nearer to the truth than PyBaSiC's", (_name, plate) => {
    const truth = plate.has_dark ? darkTruth : zero
    const { darkField, flat } = estimateFlatField(plateOf(plate), {}, { workingPx, darkField: "estimated" })
    const dark = darkField?.dark.data ?? new Float32Array()
    expect(distanceOf(dark, truth, false)).toBeLessThan(plate.darkError)
    // Of a light of 400: the pattern is right within one percent, and so is what the fields tell of the level.
    expect(distanceOf(dark, truth, true)).toBeLessThan(4)
    expect(distanceOf(dark, truth, false)).toBeLessThan(20)
    expect(darkField?.standardErrorGrey).toBeLessThan(8)
    expect(errorOf(flat.data, flatTruth)).toBeLessThan(plate.flatErrorWithDark)
  })

  it("give the flat field that a measured dark field gives, within half a percent for 24 fields and 1.5 for 6", () => {
    for (const [name, plate] of plates) {
      if (refused.has(name) || !plate.has_dark) continue
      const stack = plateOf(plate)
      const measured = estimateFlatField(stack, { dark: image(Float32Array.from(darkTruth)) }, { workingPx })
      const estimated = estimateFlatField(stack, {}, { workingPx, darkField: "estimated" })
      const ignored = estimateFlatField(stack, {}, { workingPx })
      expect(errorOf(estimated.flat.data, measured.flat.data), name).toBeLessThan(plate.fields < 10 ? 0.015 : 0.005)
      expect(errorOf(ignored.flat.data, measured.flat.data), name).toBeGreaterThan(0.02)
    }
  })

  it("are exact for a constant offset on even fields", () => {
    // value = 50 + exposure x flat, without noise or cells; the flat field is a polynomial, so that the fit has no rest.
    const flat = Float64Array.from({ length: sidePx * sidePx }, (_, at) => {
      const [x, y] = [(at % sidePx) / sidePx - 0.5, Math.floor(at / sidePx) / sidePx - 0.5]
      return 1 - 0.8 * x * x - 0.6 * y * y
    })
    const data = Float32Array.from({ length: 6 * flat.length }, (_, at) => {
      const [field, place] = [Math.floor(at / flat.length), at % flat.length]
      return 50 + (100 + 40 * field) * (flat[place] ?? 0)
    })
    const stack = { data, width: sidePx, height: sidePx, planes: 6 }
    const { darkField } = estimateFlatField(stack, {}, { workingPx, darkField: "estimated" })
    for (const value of darkField?.dark.data ?? [0]) expect(Math.abs(value - 50)).toBeLessThan(0.01)
    expect(darkField?.standardErrorGrey).toBeLessThan(0.01)
    // (100 + 300) / 2, and the standard deviation of six steps of 40: 68.3.
    expect(darkField?.lightSpread).toBeCloseTo(68.313 / 200, 4)
  })

  it("are nowhere above what fields show, be there some light in the darkest", () => {
    const next = (at: number): number => ((at * 7919) % 101) / 101 - 0.5
    const data = Uint16Array.from({ length: 6 * flatTruth.length }, (_, at) => {
      const [field, place] = [Math.floor(at / flatTruth.length), at % flatTruth.length]
      // A dark field that falls off with the light, by which the level of one that does not is taken too high.
      return Math.round(200 - 60 * (flatTruth[place] ?? 0) + 80 * field * (flatTruth[place] ?? 0) + 4 * next(at))
    })
    const stack = { data, width: sidePx, height: sidePx, planes: 6 }
    const { darkField } = estimateFlatField(stack, {}, { workingPx, darkField: "estimated" })
    let above = 0
    for (const [at, value] of darkField?.dark.data.entries() ?? []) if (value > (data[at] ?? 0) + 4) above++
    expect(above).toBeLessThan(0.01 * flatTruth.length)
  })

  it("leave corrected fields off by one value at most where they hold the flat field's pattern", () => {
    const [, plate] = plates.find(([name]) => name === "dark") ?? []
    if (plate === undefined) throw new Error("no plate named dark")
    const stack = plateOf(plate)
    const { darkField } = estimateFlatField(stack, {}, { workingPx, darkField: "estimated" })
    const field = image(Float32Array.from(stack.data.subarray(0, sidePx * sidePx)))
    const truth = { flat: image(Float32Array.from(flatTruth)), dark: image(Float32Array.from(darkTruth)) }
    const right = flatFieldCorrect(field, truth).data
    const found = flatFieldCorrect(field, { ...truth, dark: darkField?.dark }).data
    expect(distanceOf(found, right, true)).toBeLessThan(8)
    expect(distanceOf(found, right, false)).toBeLessThan(25)
  })

  it("do not depend on the order of fields", () => {
    const [, plate] = plates.find(([name]) => name === "dark_few") ?? []
    if (plate === undefined) throw new Error("no plate named dark_few")
    const stack = plateOf(plate)
    const size = sidePx * sidePx
    const turned = { ...stack, data: new Uint16Array(stack.data.length) }
    for (let field = 0; field < stack.planes; field++) {
      turned.data.set(stack.data.subarray(field * size, (field + 1) * size), (stack.planes - 1 - field) * size)
    }
    const parameters = { workingPx: 32, darkField: "estimated" } as const
    expect(estimateFlatField(turned, {}, parameters)).toEqual(estimateFlatField(stack, {}, parameters))
  })

  it("are refused where cells are everywhere, where light hardly differs, and of fewer than 4 fields", () => {
    const parameters = { workingPx, darkField: "estimated" } as const
    for (const [name, plate] of plates) {
      if (!refused.has(name)) continue
      expect(() => estimateFlatField(plateOf(plate), {}, parameters), name).toThrow(
        name === "dark_confluent"
          ? "stack.data must be fields with background"
          : "stack.data must be fields that tell the dark field within 0.03 of their light",
      )
    }
    const three = { data: new Uint16Array(12).fill(5), width: 2, height: 2, planes: 3 }
    expect(() => estimateFlatField(three, {}, parameters)).toThrow("stack.planes must be at least 4 fields")
    const dark = { data: new Uint16Array(4), width: 2, height: 2 }
    expect(() => estimateFlatField({ ...three, planes: 3 }, { dark }, parameters)).toThrow(
      "dark must be left out where darkField is estimated, not given",
    )
  })

  it("are refused, not wrong, for fields that are all alike, dark, tiny or thin", () => {
    for (const [width, height] of [
      [1, 1],
      [1, 9],
      [30, 1],
      [3, 2],
      [64, 64],
    ] as const) {
      for (const value of [0, 9]) {
        const stack = { data: new Uint16Array(width * height * 5).fill(value), width, height, planes: 5 }
        expect(() => estimateFlatField(stack, {}, { workingPx: 64, darkField: "estimated" })).toThrow(
          "stack.data must be",
        )
      }
    }
  })
})
