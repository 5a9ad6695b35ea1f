import { describe, expect, it } from "vitest"
import { typescript } from "../src/Backend.ts"
import { colocalization, colocalizationSignature, maskOverlap, objectOverlap } from "../src/Colocalization.ts"
import type { Image, Labels, Mask } from "../src/Image.ts"
import { backends, wasm } from "./backends.ts"
import { anyLabels, anyMask, sceneOf } from "./objectScenes.ts"
import { refused } from "./refused.ts"

const row = (...values: ReadonlyArray<number>): Image<Uint16Array> => ({
  data: Uint16Array.from(values),
  width: values.length,
  height: 1,
})
const labelled = (...values: ReadonlyArray<number>): Labels => ({ ...row(...values), data: Uint32Array.from(values) })
const masked = (...values: ReadonlyArray<number>): Mask => ({ ...row(...values), data: Uint8Array.from(values) })

describe.each(backends)("two channels on %s", (_name, backend) => {
  it("correlate as computed by hand", () => {
    const pearson = (a: Image, b: Image, mask?: Mask) => colocalization(a, b, mask, {}, { backend }).columns.pearson[0]
    expect(pearson(row(1, 2, 3, 4, 5), row(10, 20, 30, 40, 50))).toBeCloseTo(1, 15)
    expect(pearson(row(1, 2, 3, 4, 5), row(50, 40, 30, 20, 10))).toBeCloseTo(-1, 15)
    // Differences -1, 0, 1 and -1, 1, 0: 1 / 2.
    expect(pearson(row(1, 2, 3), row(0, 2, 1))).toBeCloseTo(0.5, 15)
    expect(pearson(row(1, 2, 3, 9), row(0, 2, 1, 0), masked(1, 1, 1, 0))).toBeCloseTo(0.5, 15)
  })

  it("share light as computed by hand", () => {
    const { columns } = colocalization(
      row(10, 20, 30, 0, 40),
      row(0, 5, 5, 5, 0),
      undefined,
      { thresholds: "manual" },
      { backend },
    )
    expect(columns.manders_m1[0]).toBe(0.5)
    expect(columns.manders_m2[0]).toBe(2 / 3)
    const above = colocalization(
      row(10, 20, 30, 0, 40),
      row(0, 5, 5, 5, 0),
      undefined,
      { thresholds: "manual", thresholdA: 25, thresholdB: -1 },
      { backend },
    ).columns
    expect(above.manders_m1[0]).toBe(1)
    expect(above.manders_m2[0]).toBe(5 / 15)
  })

  it("are not defined, with the reason, where nothing varies, nothing is lit, or nothing is looked at", () => {
    const flat = colocalization(row(7, 7, 7), row(1, 2, 3), undefined, {}, { backend }).columns
    expect([flat.pearson[0], flat.pearson_reason[0]]).toEqual([Number.NaN, "the first channel has one value"])
    expect([flat.manders_m1[0], flat.manders_m1_reason[0]]).toEqual([
      Number.NaN,
      "no pixel of the first channel is above its threshold",
    ])
    expect(flat.manders_m2_reason[0]).toBe("")
    const none = colocalization(row(1, 2, 3), row(1, 2, 3), masked(0, 0, 0), {}, { backend }).columns
    expect([none.pixels[0], none.pearson[0], none.pearson_reason[0]]).toEqual([0, Number.NaN, "fewer than 2 pixels"])
    const tenths: Image = { data: new Float32Array(1001).fill(0.1), width: 1001, height: 1 }
    const ramp: Image = { ...tenths, data: tenths.data.map((_, index) => index) }
    const reasons = colocalization(ramp, tenths, undefined, {}, { backend }).columns.pearson_reason
    expect(reasons).toEqual(["the second channel has one value"])
  })

  it("have overlapping objects, with the largest partner, or none", () => {
    const { columns, rows } = objectOverlap(
      labelled(1, 1, 1, 1, 0, 5, 5, 8),
      labelled(0, 3, 2, 2, 0, 4, 3, 0),
      {},
      { backend },
    )
    expect(rows).toBe(3)
    expect(Array.from(columns.label)).toEqual([1, 5, 8])
    expect(Array.from(columns.overlap_px)).toEqual([3, 2, 0])
    expect(Array.from(columns.overlap_fraction)).toEqual([0.75, 1, 0])
    expect(Array.from(columns.partner_label)).toEqual([2, 3, -1])
    expect(Array.from(columns.partner_overlap_px)).toEqual([2, 1, 0])
    expect(Array.from(columns.partner_jaccard)).toEqual([0.5, 1 / 3, Number.NaN])
  })

  it("agree as masks by Jaccard and Dice, which are not defined for two empty ones", () => {
    const { columns } = maskOverlap(masked(1, 1, 1, 0), masked(0, 9, 9, 9), {}, { backend })
    expect([columns.common_px[0], columns.jaccard[0], columns.dice[0], columns.reason[0]]).toEqual([2, 0.5, 2 / 3, ""])
    const empty = maskOverlap(masked(0, 0), masked(0, 0), {}, { backend }).columns
    expect([empty.jaccard[0], empty.dice[0], empty.reason[0]]).toEqual([Number.NaN, Number.NaN, "both masks are empty"])
  })

  it("have the columns of their signature", () => {
    const { columns } = colocalization(row(1, 2), row(2, 1), undefined, {}, { backend })
    expect(Object.keys(columns)).toEqual(colocalizationSignature.tables[0].columns.map(({ name }) => name))
  })

  it("by Otsu are refused for floats too far apart to be counted, by name", () => {
    const near = { data: Float32Array.of(1, 2), width: 2, height: 1 }
    const far = { ...near, data: Float32Array.of(-3e38, 3e38) }
    expect(refused(() => colocalization(near, far, undefined, {}, { backend }))).toContain(
      "b.data must be floats within a span of 3e+38",
    )
  })

  it("are refused where they do not fit", () => {
    const [a, b] = [row(1, 2), row(1, 2)]
    const call = (other: Image, mask?: Mask, parameters = {}) =>
      refused(() => colocalization(a, other, mask, parameters, { backend }))
    expect(call(row(1, 2, 3))).toContain("b must be 2 wide x 1 high")
    expect(call({ ...b, data: new Uint8Array(2) })).toContain("b.data must be pixels of uint16")
    expect(call(b, masked(1))).toContain("mask must be 2 wide x 1 high")
    expect(call(b, undefined, { thresholdA: Number.NaN })).toContain("thresholdA must be")
    expect(call(b, undefined, { thresholds: "costes" })).toContain('thresholds must be one of "otsu", "manual"')
    expect(refused(() => objectOverlap(labelled(1), labelled(1, 2), {}, { backend }))).toContain(
      "b must be 1 wide x 1 high",
    )
    expect(refused(() => maskOverlap(masked(1), masked(1, 1), {}, { backend }))).toContain("b must be 1 wide x 1 high")
  })
})

describe("both backends", () => {
  it("give the same numbers to the bit for 90 pairs", () => {
    for (let seed = 0; seed < 90; seed++) {
      const dtype = (["uint8", "uint16", "float32"] as const)[seed % 3] ?? "uint8"
      const mask = anyMask(seed)
      const [a, b] = [sceneOf(dtype, mask.width, mask.height, seed), sceneOf(dtype, mask.width, mask.height, seed + 1)]
      const within = seed % 2 === 0 ? mask : undefined
      expect(colocalization(a, b, within, {}, { backend: wasm })).toEqual(
        colocalization(a, b, within, {}, { backend: typescript }),
      )
      const [left, right] = [anyLabels(seed), anyLabels(seed)]
      right.data.reverse()
      expect(objectOverlap(left, right, {}, { backend: wasm })).toEqual(
        objectOverlap(left, right, {}, { backend: typescript }),
      )
    }
  })
})
