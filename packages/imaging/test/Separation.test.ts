import { describe, expect, it } from "vitest"
import { countCells } from "../src/CountCells.ts"
import type { Image } from "../src/Image.ts"
import { backends } from "./backends.ts"
import { readUint16 } from "./npy.ts"
import { normal, uniform } from "./random.ts"

const cells: Image<Uint16Array> = { data: readUint16("plates/cells_in.npy"), width: 128, height: 96 }

const noise = (mean: number, sigma: number): Image<Uint16Array> => {
  const next = uniform(7)
  const data = Uint16Array.from({ length: 512 * 512 }, () => Math.round(mean + sigma * normal(next)))
  return { data, width: 512, height: 512 }
}

describe.each(backends)("how far a threshold sets cells apart, on %s,", (_name, backend) => {
  it("is the variance between the classes over all variance, at any threshold", () => {
    // 0 and 2, 8 and 10: 16 within 4 squares of 1, 4 * 4 * 4 = 64 between.
    const image = { data: Uint8Array.of(0, 10, 8, 2), width: 4, height: 1 }
    const at = (thresholdValue: number) =>
      countCells(image, { threshold: "manual", thresholdValue }, { backend }).separation
    expect(at(5)).toBeCloseTo(64 / 68, 14)
    expect(countCells(image, {}, { backend }).separation).toBeCloseTo(64 / 68, 14)
    // 0 against 2, 8 and 10 (mean 20 / 3): 3 / 4 * (20 / 3)^2 = 100 / 3 between, of 68.
    expect(at(0)).toBeCloseTo(100 / 3 / 68, 14)
    expect(countCells(image, { threshold: "fraction", thresholdFraction: 0.1 }, { backend }).separation).toBeCloseTo(
      100 / 3 / 68,
      14,
    )
  })

  it("is that of NumPy 1.24.2 at scikit-image's thresholds of Otsu and Li, at a fraction and a value", () => {
    // w * (1 - w) * (mean above - mean below)^2 / var(a), with w the part of pixels above; 250 and 133.057 are the thresholds.
    const data = Uint16Array.from({ length: 1200 }, (_, i) => ((i * i * 7 + 3 * i) % 251) + (i % 9 === 0 ? 300 : 0))
    const image = { data, width: 40, height: 30 }
    for (const [parameters, expected] of [
      [{ threshold: "otsu" }, 0.6092516142521357],
      [{ threshold: "li" }, 0.5530691977092898],
      [{ threshold: "fraction" }, 0.6092516142521357],
      [{ threshold: "manual", thresholdValue: 300 }, 0.6083462954315311],
    ] as const) {
      expect(countCells(image, parameters, { backend }).separation).toBeCloseTo(expected, 13)
    }
    // Two grey values are set apart wholly, of any type.
    const floats = { ...cells, data: Float32Array.from(cells.data) }
    for (const two of [cells, floats]) expect(countCells(two, {}, { backend }).separation).toBe(1)
  })

  it("is 2 / pi of normal noise, whatever its offset, and of noise in few grey values", () => {
    for (const image of [noise(500, 15), noise(60_000, 200), noise(500, 3)]) {
      expect(Math.abs(countCells(image, {}, { backend }).separation - 2 / Math.PI)).toBeLessThan(0.005)
    }
    const floats = noise(500, 15)
    const separation = countCells({ ...floats, data: Float32Array.from(floats.data) }, {}, { backend }).separation
    expect(Math.abs(separation - 2 / Math.PI)).toBeLessThan(0.005)
  })

  it("is higher where there are cells in the same noise", () => {
    const image = noise(500, 15)
    for (let cell = 0; cell < 20; cell++) {
      const [cx, cy] = [40 + 100 * (cell % 5), 60 + 120 * Math.floor(cell / 5)]
      for (let y = -8; y <= 8; y++)
        for (let x = -8; x <= 8; x++) if (x * x + y * y <= 64) image.data[(cy + y) * 512 + cx + x] += 1000
    }
    const { count, separation } = countCells(image, {}, { backend })
    expect(count).toBe(20)
    expect(separation).toBeGreaterThan(0.8)
  })

  it("is not defined where a class is empty, nor computed of floats with a given threshold", () => {
    const constant = { data: new Uint16Array(20).fill(9), width: 5, height: 4 }
    expect(countCells(constant, {}, { backend }).separation).toBeNaN()
    expect(countCells(constant, { threshold: "manual" }, { backend }).separation).toBeNaN()
    const floats = { ...cells, data: Float32Array.from(cells.data) }
    for (const threshold of ["fraction", "manual"] as const) {
      expect(countCells(floats, { threshold }, { backend }).separation).toBeNaN()
    }
  })
})
