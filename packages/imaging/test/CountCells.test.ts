import { describe, expect, it } from "vitest"
import { countCells, signature } from "../src/CountCells.ts"
import { ImagingError } from "../src/ImagingError.ts"
import type { Image } from "../src/Image.ts"
import { backends } from "./backends.ts"
import { readNpy, readUint16 } from "./npy.ts"
import { anyScene, scene } from "./scenes.ts"
import { typescript } from "../src/Backend.ts"
import { wasm } from "./backends.ts"

const cells: Image<Uint16Array> = { data: readUint16("plates/cells_in.npy"), width: 128, height: 96 }

describe.each(backends)("counting cells on %s", (_name, backend) => {
  it("AC-56: above half the maximum there are 4 cells of 81, 81, 81 and 282 pixels, labelled as the golden file", () => {
    const { count, labels, table, threshold } = countCells(cells, { threshold: "fraction" }, { backend })
    expect(count).toBe(4)
    expect(threshold).toBe(500)
    expect(Array.from(table.columns.area_px).sort((left, right) => left - right)).toEqual([81, 81, 81, 282])
    expect(Array.from(labels.data)).toEqual(Array.from(readNpy("plates/cells_threshold_labels.npy").data))
    const centres = Array.from(table.columns.area_px, (area, row) => [
      area,
      table.columns.centroid_y_px[row],
      table.columns.centroid_x_px[row],
    ])
    expect(centres).toEqual([
      [81, 20, 20],
      [81, 20, 60],
      [282, 60, 85.5],
      [81, 60, 24],
    ])
  })

  it.each(["otsu", "li", "fraction"] as const)(
    "AC-56: watershed splits the touching pair: 5 cells of together 525 pixels, with the threshold %s",
    (threshold) => {
      for (const peakDistancePx of [5, 0]) {
        const result = countCells(cells, { method: "watershed", threshold, peakDistancePx }, { backend })
        expect(result.count).toBe(5)
        expect(result.table.columns.area_px.reduce((sum, area) => sum + area, 0)).toBe(525)
      }
    },
  )

  it("AC-56: Otsu's threshold lies between background and cells", () => {
    const { count, threshold } = countCells(cells, {}, { backend })
    expect(threshold).toBeGreaterThanOrEqual(100)
    expect(threshold).toBeLessThanOrEqual(999)
    expect(count).toBe(4)
  })

  it("AC-56: the object at the border and the one of 4 pixels are kept where limits say so", () => {
    const all = countCells(cells, { threshold: "fraction", areaMinPx: 0, removeBorder: false }, { backend })
    expect(Array.from(all.table.columns.area_px).sort((left, right) => left - right)).toEqual([4, 81, 81, 81, 85, 282])
    const small = countCells(cells, { threshold: "fraction", areaMinPx: 0, areaMaxPx: 10 }, { backend })
    expect(small.count).toBe(1)
  })

  it("gives the same cells at 8, 16 and 32 bits", () => {
    const bytes: Image = { ...cells, data: Uint8Array.from(cells.data, (value) => value / 4) }
    const floats: Image = { ...cells, data: Float32Array.from(cells.data, (value) => value / 1000) }
    const expected = countCells(cells, { threshold: "fraction" }, { backend }).labels.data
    for (const image of [bytes, floats]) {
      for (const threshold of ["fraction", "otsu", "li"] as const) {
        expect(countCells(image, { threshold }, { backend }).labels.data).toEqual(expected)
      }
    }
  })

  it("measures 1000 grey values in each pixel of a cell, in um where the pixel size is given", () => {
    const { columns } = countCells(cells, { threshold: "fraction", pixelSizeUm: 0.5 }, { backend }).table
    expect(Array.from(columns.intensity_mean)).toEqual([1000, 1000, 1000, 1000])
    expect(Array.from(columns.intensity_std)).toEqual([0, 0, 0, 0])
    expect(Array.from(columns.intensity_sum)).toEqual([81_000, 81_000, 282_000, 81_000])
    expect(Array.from(columns.area_um2)).toEqual([20.25, 20.25, 70.5, 20.25])
    expect(columns.centroid_y_um[0]).toBe(10)
    expect(Array.from(countCells(cells, {}, { backend }).table.columns.area_um2)).toEqual(Array(4).fill(Number.NaN))
  })

  it("numbers 90,000 cells without wrapping", () => {
    const side = 600
    const data = new Uint16Array(side * side)
    for (let index = 0; index < data.length; index++) {
      data[index] = (index % side) % 2 === 0 && Math.floor(index / side) % 2 === 0 ? 7 : 0
    }
    const parameters = { threshold: "manual", areaMinPx: 1, removeBorder: false } as const
    const { count, labels, table } = countCells({ data, width: side, height: side }, parameters, { backend })
    expect(count).toBe(90_000)
    expect(labels.data[(side - 2) * side + side - 2]).toBe(90_000)
    expect(table.columns.label[89_999]).toBe(90_000)
  })

  it("finds nothing in a picture of one value, and all of it above a lower threshold", () => {
    for (const dtype of ["uint8", "uint16", "float32"] as const) {
      const image = scene("constant", dtype, 40, 30, 1)
      expect(countCells(image, {}, { backend }).count).toBe(0)
      expect(countCells(image, { threshold: "li" }, { backend }).count).toBe(0)
      for (const method of ["threshold", "watershed"] as const) {
        const whole = countCells(
          image,
          { method, threshold: "manual", thresholdValue: -1, areaMaxPx: 1e6, removeBorder: false },
          { backend },
        )
        expect(Array.from(whole.table.columns.area_px)).toEqual([1200])
      }
    }
  })

  it("counts each object that is no cell once, under the first rule that holds: small, large, border, elongated", () => {
    const data = new Uint8Array(60 * 40)
    const draw = (left: number, top: number, width: number, height: number) => {
      for (let y = top; y < top + height; y++) data.fill(200, y * 60 + left, y * 60 + left + width)
    }
    draw(0, 0, 2, 2) // small, and at the border
    draw(50, 0, 10, 12) // large, and at the border
    draw(0, 20, 5, 5) // at the border
    draw(0, 30, 20, 2) // at the border, and long
    draw(10, 10, 5, 5)
    draw(20, 10, 5, 5)
    draw(10, 20, 30, 2) // long
    const image = { data, width: 60, height: 40 }
    const parameters = { areaMinPx: 5, areaMaxPx: 100, eccentricityMax: 0.9 }
    const { count, dropped } = countCells(image, parameters, { backend })
    expect(count).toBe(2)
    expect(dropped).toEqual({ small: 1, large: 1, border: 2, elongated: 1 })
    const all = countCells(image, { areaMinPx: 0, removeBorder: false }, { backend })
    expect([all.count, all.dropped]).toEqual([7, { small: 0, large: 0, border: 0, elongated: 0 }])
    // The golden picture has one object of 4 pixels and one of 85 at the border.
    const golden = countCells(cells, { threshold: "fraction" }, { backend })
    expect(golden.dropped).toEqual({ small: 1, large: 0, border: 1, elongated: 0 })
  })

  it("says that nuclei of 30 px radius were dropped as large, and keeps them with limits in um", () => {
    const side = 300
    const data = new Uint16Array(side * side).fill(500)
    for (const [cx, cy] of [
      [70, 70],
      [200, 90],
      [150, 220],
    ] as const) {
      for (let y = -30; y <= 30; y++)
        for (let x = -30; x <= 30; x++) if (x * x + y * y <= 900) data[(cy + y) * side + cx + x] = 3000
    }
    const image = { data, width: side, height: side }
    const byFallback = countCells(image, {}, { backend })
    expect([byFallback.count, byFallback.dropped.large]).toEqual([0, 3])
    // A disk of 30 px radius has 2821 pixels: 44.1 um^2 at 0.125 um.
    for (const [areaMinUm2, areaMaxUm2, count] of [
      [44, 45, 3],
      [40, 44, 0],
      [45, 50, 0],
    ] as const) {
      const parameters = { areaMinUm2, areaMaxUm2, pixelSizeUm: 0.125 }
      expect(countCells(image, parameters, { backend }).count).toBe(count)
    }
  })

  it("refuses area limits that leave nothing, are given twice, or have no size of a pixel", () => {
    const call = (parameters: object) => () => countCells(cells, parameters, { backend })
    expect(call({ areaMinPx: 2000 })).toThrow("areaMinPx must be at most the largest area (1000 px), not 2000")
    expect(call({ areaMaxPx: 9 })).toThrow("areaMinPx must be at most the largest area (9 px), not 10")
    expect(call({ areaMinUm2: 5, areaMaxUm2: 4, pixelSizeUm: 0.5 })).toThrow(
      "areaMinUm2 must be at most the largest area (16 px; this is 20 px), not 5",
    )
    expect(call({ areaMinUm2: 5 })).toThrow("areaMinUm2 must be left out where pixelSizeUm is, not 5")
    expect(call({ areaMaxUm2: 5, areaMaxPx: 50, pixelSizeUm: 1 })).toThrow(
      "areaMaxUm2 must be left out where areaMaxPx is given, not 5",
    )
    try {
      call({ areaMinPx: 2000 })()
    } catch (error) {
      expect(error instanceof ImagingError ? error.hints.join() : "").toContain("areaMaxPx is 1000 unless given")
    }
  })

  it("keeps a small object that lies beside a large one and has no maximum of its own", () => {
    const data = new Uint8Array(30 * 20)
    for (let y = 3; y < 16; y++) for (let x = 3; x < 16; x++) data[y * 30 + x] = 200
    for (let y = 8; y < 11; y++) for (let x = 17; x < 20; x++) data[y * 30 + x] = 200
    const parameters = { method: "watershed", areaMinPx: 1, peakDistancePx: 12 } as const
    const { table } = countCells({ data, width: 30, height: 20 }, parameters, { backend })
    expect(Array.from(table.columns.area_px)).toEqual([169, 9])
  })

  it("refuses what is no parameter or no picture", () => {
    const refused = (call: () => unknown): string => {
      try {
        call()
      } catch (error) {
        if (error instanceof ImagingError) return error.message
      }
      return "not refused"
    }
    expect(refused(() => countCells(cells, { areaMinPx: -1 }, { backend }))).toContain("areaMinPx must be")
    expect(refused(() => countCells(cells, { areaMaxPx: Number.NaN }, { backend }))).toContain("areaMaxPx must be")
    expect(refused(() => countCells(cells, { peakDistancePx: 1.5 }, { backend }))).toContain("peakDistancePx must be")
    expect(refused(() => countCells(cells, { thresholdFraction: 2 }, { backend }))).toContain(
      "thresholdFraction must be",
    )
    expect(refused(() => countCells(cells, { thresholdValue: Number.POSITIVE_INFINITY }, { backend }))).toContain(
      "thresholdValue must be",
    )
    expect(refused(() => countCells({ ...cells, width: 127 }, {}, { backend }))).toContain("127 wide x 96 high")
    expect(refused(() => countCells(cells, { thresholdValue: 4000 }, { backend }))).toBe(
      'count_cells: thresholdValue must be left out: it is read only where threshold is "manual", not 4000',
    )
    const far = { data: Float32Array.of(-3e38, 3e38), width: 2, height: 1 }
    for (const threshold of ["otsu", "li"] as const) {
      expect(refused(() => countCells(far, { threshold }, { backend }))).toContain("floats within a span of 3e+38")
    }
    expect(countCells(far, { threshold: "manual", areaMinPx: 1, removeBorder: false }, { backend }).count).toBe(1)
    expect(refused(() => countCells({ data: new Uint16Array(0), width: 0, height: 0 }, {}, { backend }))).toContain(
      "image.width",
    )
    const floats = Float32Array.from(cells.data)
    floats[129] = Number.NaN
    expect(refused(() => countCells({ ...cells, data: floats }, {}, { backend }))).toContain("NaN at x 1, y 1")
    expect(refused(() => countCells(cells, {}, { backend, into: new Uint32Array(3) }))).toContain("into must be")
  })
})

describe("both backends", () => {
  it("count the same cells in 60 scenes, by both methods", () => {
    for (let seed = 0; seed < 60; seed++) {
      const image = anyScene((["uint8", "uint16", "float32"] as const)[seed % 3] ?? "uint8", seed)
      for (const method of ["threshold", "watershed"] as const) {
        const parameters = { method, areaMinPx: 1, connectivity: seed % 2 === 0 ? "4" : "8" } as const
        const expected = countCells(image, parameters, { backend: typescript })
        const result = countCells(image, parameters, { backend: wasm })
        expect(result).toEqual(expected)
        expect(Object.keys(result.table.columns)).toEqual(signature.tables[0].columns.map(({ name }) => name))
      }
    }
  })
})
