import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import type { Pixels, Stack } from "../src/Image.ts"
import { lowRankIllumination, signature } from "../src/LowRankIllumination.ts"
import { ImagingError } from "../src/ImagingError.ts"
import { eigenvectors } from "../src/internal/filters/eigenvectors.ts"
import { backends } from "./backends.ts"
import { readNpy } from "./npy.ts"
import { uniform } from "./random.ts"

interface Case {
  readonly scene: string
  readonly rank?: number
  readonly shrinkage?: number
  readonly limit?: number
  readonly tolerance?: number
  readonly iterations?: number
  readonly mode?: "divide" | "subtract"
  readonly keep_mean?: boolean
  readonly found: { readonly iterations: number; readonly residual: number; readonly mean: number }
}

const read = (name: string): Stack => {
  const { data, shape } = readNpy(`low_rank/${name}.npy`)
  const [planes = 0, height = 0, width = 0] = shape
  // The script writes no other types.
  return { data: data as Pixels, width, height, planes }
}

const cases = Object.entries<Case>(
  // Written by the script beside it.
  JSON.parse(readFileSync(new URL("fixtures/low_rank/results.json", import.meta.url), "utf8")) as Record<string, Case>,
)

const parametersOf = ({ iterations, keep_mean, limit, mode, rank, shrinkage, tolerance }: Case) => ({
  ...(rank === undefined ? {} : { rank }),
  ...(shrinkage === undefined ? {} : { lightShrinkage: shrinkage }),
  ...(limit === undefined ? {} : { sparseLimit: limit }),
  ...(tolerance === undefined ? {} : { tolerance }),
  ...(iterations === undefined ? {} : { iterationsMax: iterations }),
  ...(mode === undefined ? {} : { correction: mode }),
  ...(keep_mean === undefined ? {} : { keepMean: keep_mean }),
})

describe.each(backends)("illumination of low rank on %s", (_name, backend) => {
  it.each(cases)("%s is what SciPy's singular values give in single precision", (name, given) => {
    const expected = read(`${name}_out`)
    const found = lowRankIllumination(read(`${given.scene}_in`), parametersOf(given), { backend })
    expect(found.data.constructor).toBe(expected.data.constructor)
    expect(found.iterations).toBe(given.found.iterations)
    expect(found.lightMean / given.found.mean).toBeCloseTo(1, 4)
    let differ = 0
    for (const [index, value] of expected.data.entries()) {
      const off = Math.abs((found.data[index] ?? Number.NaN) - value)
      if (expected.data instanceof Float32Array) {
        expect(off).toBeLessThanOrEqual(1e-4 * Math.max(1, value))
      } else {
        expect(off).toBeLessThanOrEqual(1)
        if (off > 0) differ++
      }
    }
    // Cut off, not rounded: the last bit of a single decides beside a whole number.
    expect(differ).toBeLessThanOrEqual(0.003 * expected.data.length)
  })

  it("makes planes even that differ only in brightness, by hand", () => {
    // Rank 1: the light is 0.9 of each plane, its mean 0.9 x 6000; every pixel is 6000.
    const data = Float32Array.of(1000, 2000, 3000, 2000, 4000, 6000, 6000, 12_000, 18_000)
    const stack = { data, width: 3, height: 1, planes: 3 }
    for (const rank of [1, 3, 9]) {
      for (const value of lowRankIllumination(stack, { rank }, { backend }).data) expect(value).toBeCloseTo(6000, 2)
    }
    for (const value of lowRankIllumination(stack, { rank: 1, keepMean: false }, { backend }).data) {
      expect(value).toBeCloseTo(1 / 0.9, 5)
    }
    const { data: less, lightMean } = lowRankIllumination(stack, { correction: "subtract" }, { backend })
    expect(lightMean).toBeCloseTo(5400, 2)
    for (const [index, value] of less.entries()) expect(value).toBeCloseTo(0.1 * (data[index] ?? 0) + 5400, 2)
  })

  it("does not depend on how planes fall into blocks and threes", () => {
    // 2,100 pixels are two blocks and a part; planes of a scene beside itself are lit as the scene is.
    for (const planes of [1, 2, 3, 4, 7]) {
      const small = read("uint16_in")
      const [width, height] = [70, 30]
      const data = Uint16Array.from({ length: planes * width * height }, (_, index) => small.data[index % 6000] ?? 0)
      const stack = { data, width, height, planes }
      const turned = Uint16Array.from(data, (_, index) => {
        const [plane, at] = [Math.floor(index / (width * height)), index % (width * height)]
        return data[plane * width * height + (width * height - 1 - at)] ?? 0
      })
      const straight = lowRankIllumination(stack, {}, { backend }).data
      const back = lowRankIllumination({ ...stack, data: turned }, {}, { backend }).data
      for (const [index, value] of straight.entries()) {
        const [plane, at] = [Math.floor(index / (width * height)), index % (width * height)]
        const other = back[plane * width * height + (width * height - 1 - at)] ?? Number.NaN
        expect(Math.abs(value - other)).toBeLessThanOrEqual(1)
      }
    }
  })

  it("gives nothing for darkness, and may be written over its input", () => {
    const night = { data: new Uint8Array(24), width: 4, height: 3, planes: 2 }
    expect(lowRankIllumination(night, {}, { backend }).data).toEqual(night.data)
    for (const scene of ["uint16_in", "dim_in"]) {
      const stack = read(scene)
      const apart = lowRankIllumination(stack, {}, { backend })
      expect(lowRankIllumination(stack, {}, { backend, into: stack.data }).data).toEqual(apart.data)
    }
  })
})

/** Products of so many columns with each other, of rows that have a mean. */
const matrixOf = (count: number, rank: number): Float64Array => {
  const next = uniform(7)
  const matrix = new Float64Array(count * count)
  for (let one = 0; one < rank; one++) {
    const row = Float64Array.from({ length: count }, () => 1000 + 900 * next())
    for (let at = 0; at < matrix.length; at++) matrix[at] += row[Math.floor(at / count)] * row[at % count]
  }
  return matrix
}

describe("eigenvectors", () => {
  it.each([
    [60, 1],
    [60, 5],
    [60, 60],
  ])("of %d rows of %d dimensions are found in a few sweeps, and span the matrix", (count, rank) => {
    const matrix = matrixOf(count, rank)
    const { sweeps, vectors } = eigenvectors(Float64Array.from(matrix), count)
    // Jacobi's method takes 6 to 10 (Golub and Van Loan, section 8.5.5); rounding alone kept it at its bound of 60.
    expect(sweeps).toBeLessThanOrEqual(12)
    const norm = Math.hypot(...matrix)
    for (const [index, vector] of vectors.entries()) {
      expect(Math.hypot(...vector)).toBeCloseTo(1, 10)
      const turned = vector.map((_, row) =>
        vector.reduce((sum, value, column) => sum + value * (matrix[row * count + column] ?? Number.NaN), 0),
      )
      const value = turned.reduce((sum, one, at) => sum + one * (vector[at] ?? Number.NaN), 0)
      if (index >= rank) expect(Math.abs(value)).toBeLessThan(1e-12 * norm)
      for (const [at, one] of turned.entries())
        expect(Math.abs(one - value * (vector[at] ?? Number.NaN))).toBeLessThan(1e-12 * norm)
    }
  })
})

describe.each(backends)("what illumination of low rank refuses on %s", (_name, backend) => {
  const refusalOf = (data: Pixels, planes: number): string => {
    try {
      lowRankIllumination({ data, width: data.length / planes, height: 1, planes }, { rank: 1 }, { backend })
    } catch (error) {
      return error instanceof ImagingError ? error.message : `another error: ${String(error)}`
    }
    return ""
  }

  it("are more than 1024 planes: their products with each other would not fit", () => {
    const message = "low_rank_illumination: stack.planes must be at most 1024, not "
    expect(refusalOf(new Uint8Array(65_535).fill(1), 65_535)).toBe(`${message}65535`)
    expect(refusalOf(new Uint8Array(1025).fill(1), 1025)).toBe(`${message}1025`)
  })

  it("are floats so large that their light is infinite, or so much larger than their light that the result is", () => {
    expect(refusalOf(Float32Array.of(1e36, 2e36, 3e36, 4e36), 2)).toContain("numbers within")
    // Planes with nothing in common: the one pattern is the first of them, and the second has no light: 1e30 / 1e-6 x 2e35.
    expect(refusalOf(Float32Array.of(1e36, 0, 0, 1e30), 2)).toBe(
      "low_rank_illumination: stack.data must be such that pixels over their light are finite, not Infinity at x 1, y 0, plane 1",
    )
    expect(refusalOf(Float32Array.of(1e30, 2e30, 3e30, 4e30), 2)).toBe("")
  })
})

describe("the signature of illumination of low rank", () => {
  it("refuses parameters out of range", () => {
    const stack = { data: new Uint8Array(4), width: 2, height: 1, planes: 2 }
    expect(() => lowRankIllumination(stack, { rank: 0 })).toThrow("rank must be a whole number from 1 to 64")
    expect(() => lowRankIllumination(stack, { lightShrinkage: 1 })).toThrow(
      "lightShrinkage must be a number from 0 to 0.99",
    )
    expect(signature.parameters.rank.fallback).toBe(3)
  })
})
