import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { typescript } from "../src/Backend.ts"
import type { Image, Labels } from "../src/Image.ts"
import { regionProperties, signature } from "../src/RegionProperties.ts"
import { backends, wasm } from "./backends.ts"
import { readNpy, readUint16 } from "./npy.ts"
import { anyLabels, sceneOf } from "./objectScenes.ts"
import { refused } from "./refused.ts"

const size = { width: 90, height: 60 }
const image: Image<Uint16Array> = { data: readUint16("objects/image.npy"), ...size }
const basins: Labels = { data: readNpy("objects/basins.npy").data as Uint32Array, ...size }
const { regions } = JSON.parse(readFileSync(new URL("fixtures/objects/regions.json", import.meta.url), "utf8")) as {
  readonly regions: ReadonlyArray<Readonly<Record<string, number>>>
}

/** A label image from rows of digits. */
const drawn = (...rows: ReadonlyArray<string>): Labels => ({
  data: Uint32Array.from(rows.join(""), Number),
  width: rows[0]?.length ?? 0,
  height: rows.length,
})

describe.each(backends)("regions on %s", (_name, backend) => {
  it("have the numbers that scikit-image gives, within 1e-9", () => {
    const { columns, rows } = regionProperties(basins, image, {}, { backend })
    expect(rows).toBe(regions.length)
    for (const [row, expected] of regions.entries()) {
      for (const [name, number] of Object.entries(expected)) {
        const ours = columns[name as keyof typeof columns][row] ?? Number.NaN
        expect(Math.abs(ours - number), `${name} ${ours} ${number}`).toBeLessThanOrEqual(
          1e-9 * Math.max(1, Math.abs(number)),
        )
      }
    }
  })

  it("of a rectangle of 3 by 5 are as computed by hand", () => {
    const labels = drawn("0000000", "0444440", "0444440", "0444440")
    const { columns } = regionProperties(labels, undefined, { pixelSizeUm: 2 }, { backend })
    expect(columns.label[0]).toBe(4)
    expect(columns.area_px[0]).toBe(15)
    expect(columns.area_um2[0]).toBe(60)
    expect([columns.centroid_y_px[0], columns.centroid_x_px[0]]).toEqual([2, 3])
    expect([columns.centroid_y_um[0], columns.centroid_x_um[0]]).toEqual([4, 6])
    expect([columns.top_px[0], columns.left_px[0], columns.bottom_px[0], columns.right_px[0]]).toEqual([1, 1, 4, 6])
    expect(columns.perimeter_px[0]).toBe(12)
    expect(columns.perimeter_um[0]).toBe(24)
    expect(columns.extent[0]).toBe(1)
    expect(columns.solidity[0]).toBe(1)
    expect(columns.euler_number[0]).toBe(1)
    // Variances of 5 and 3 pixels in a row: 2 and 2/3.
    expect(columns.major_axis_px[0]).toBeCloseTo(4 * Math.sqrt(2), 12)
    expect(columns.minor_axis_px[0]).toBeCloseTo(4 * Math.sqrt(2 / 3), 12)
    expect(columns.eccentricity[0]).toBeCloseTo(Math.sqrt(2 / 3), 12)
    expect(Math.abs(columns.orientation_rad[0] ?? 0)).toBeCloseTo(Math.PI / 2, 12)
    expect(columns.moment_central_20[0]).toBeCloseTo(10, 12)
    expect(columns.moment_central_02[0]).toBeCloseTo(30, 12)
    expect(columns.intensity_mean[0]).toBeNaN()
  })

  it("count holes that are closed, also by corners", () => {
    expect(regionProperties(drawn("111", "101", "111"), undefined, {}, { backend }).columns.euler_number[0]).toBe(0)
    expect(regionProperties(drawn("010", "101", "010"), undefined, {}, { backend }).columns.euler_number[0]).toBe(0)
    expect(regionProperties(drawn("101", "000", "101"), undefined, {}, { backend }).columns.euler_number[0]).toBe(4)
  })

  it("have one row for each label, dense or not, connected or not, up to 4,294,967,295", () => {
    const labels = drawn("10201", "00000", "30001")
    labels.data[10] = 4_294_967_295
    const { columns } = regionProperties(labels, undefined, {}, { backend })
    expect(Array.from(columns.label)).toEqual([1, 2, 4_294_967_295])
    expect(Array.from(columns.area_px)).toEqual([3, 1, 1])
  })

  it("are none of an empty label image, and all columns of the signature are there", () => {
    const { columns, rows } = regionProperties(drawn("000"), undefined, {}, { backend })
    expect(rows).toBe(0)
    expect(Object.keys(columns)).toEqual(expect.arrayContaining(signature.tables[0].columns.map(({ name }) => name)))
    expect(Object.keys(columns)).toHaveLength(signature.tables[0].columns.length)
  })

  it("keep shape numbers when the object is moved, mirrored and transposed", () => {
    const shape = ["00000000", "01100000", "01111000", "00111000", "00010000", "00000000"]
    const moved = shape.map((row) => `000${row}`)
    const mirrored = shape.map((row) => Array.from(row).toReversed().join(""))
    const transposed = Array.from({ length: 8 }, (_, x) => shape.map((row) => row[x]).join(""))
    const names = ["perimeter_px", "eccentricity", "solidity", "major_axis_px", "moment_hu_1", "moment_hu_4"] as const
    const of = (rows: ReadonlyArray<string>) => {
      const { columns } = regionProperties(drawn(...rows), undefined, {}, { backend })
      return names.map((name) => columns[name][0] ?? 0)
    }
    const expected = of(shape)
    for (const other of [moved, mirrored, transposed]) {
      for (const [index, value] of of(other).entries()) expect(value).toBeCloseTo(expected[index] ?? 0, 12)
    }
  })

  it("without light have no weighted centre", () => {
    const dark: Image = { data: new Uint8Array(4), width: 2, height: 2 }
    const { columns } = regionProperties(drawn("11", "11"), dark, {}, { backend })
    expect(columns.weighted_centroid_y_px[0]).toBeNaN()
    expect(columns.intensity_sum[0]).toBe(0)
  })

  it("are refused of pictures that do not fit", () => {
    const call = (labels: Labels, grey: Image | undefined, parameters = {}) =>
      refused(() => regionProperties(labels, grey, parameters, { backend }))
    expect(call(basins, { ...image, width: 60, height: 90 })).toContain("image must be 90 wide x 60 high")
    expect(call({ ...basins, height: 61 }, undefined)).toContain("labels.data must be 90 wide x 61 high")
    expect(call(image as unknown as Labels, undefined)).toContain("labels.data must be a typed array of uint32")
    expect(call(basins, image, { pixelSizeUm: "1" })).toContain("pixelSizeUm must be")
    expect(call(basins, { ...image, data: new Float32Array(5400).fill(Infinity) })).toContain("Infinity at x 0, y 0")
  })
})

describe("both backends", () => {
  it("give the same numbers to the bit in 90 label images", () => {
    for (let seed = 0; seed < 90; seed++) {
      const labels = anyLabels(seed, 90)
      const grey = sceneOf(
        (["uint8", "uint16", "float32"] as const)[seed % 3] ?? "uint8",
        labels.width,
        labels.height,
        seed,
      )
      expect(regionProperties(labels, grey, { pixelSizeUm: 0.65 }, { backend: wasm })).toEqual(
        regionProperties(labels, grey, { pixelSizeUm: 0.65 }, { backend: typescript }),
      )
    }
  })
})
