import { describe, expect, it } from "vitest"
import type { Image, Labels, Mask } from "../src/Image.ts"
import { label } from "../src/Label.ts"
import { clearBorder, fillHoles, removeSmallObjects } from "../src/ObjectFilters.ts"
import { backends } from "./backends.ts"
import { anyMask } from "./objectScenes.ts"
import { refused } from "./refused.ts"

const drawn = (...rows: ReadonlyArray<string>): Mask => ({
  data: Uint8Array.from(rows.join(""), (sign) => (sign === "#" ? 1 : 0)),
  width: rows[0]?.length ?? 0,
  height: rows.length,
})
const shown = ({ data, height, width }: Image<Uint8Array>): ReadonlyArray<string> =>
  Array.from({ length: height }, (_, y) =>
    Array.from(data.subarray(y * width, (y + 1) * width), (value) => (value === 0 ? "." : "#")).join(""),
  )

describe.each(backends)("object filters on %s", (_name, backend) => {
  it("remove objects of fewer pixels than asked, by sides or by corners", () => {
    const mask = drawn("##..#", "##...", "..#..")
    expect(shown(removeSmallObjects(mask, { areaMinPx: 2 }, { backend }))).toEqual(["##...", "##...", "....."])
    expect(shown(removeSmallObjects(mask, { areaMinPx: 5, connectivity: "8" }, { backend }))).toEqual([
      "##...",
      "##...",
      "..#..",
    ])
    expect(shown(removeSmallObjects(mask, { areaMinPx: 0 }, { backend }))).toEqual(shown(mask))
  })

  it("keep labels and other values as they are", () => {
    const labels: Labels = { data: Uint32Array.of(9, 0, 70_000, 70_000), width: 4, height: 1 }
    expect(Array.from(removeSmallObjects(labels, { areaMinPx: 2 }, { backend }).data)).toEqual([0, 0, 70_000, 70_000])
    const mask: Mask = { data: Uint8Array.of(0, 255, 0, 0, 255, 255, 0), width: 7, height: 1 }
    expect(Array.from(removeSmallObjects(mask, { areaMinPx: 2 }, { backend }).data)).toEqual([0, 0, 0, 0, 255, 255, 0])
    expect(Array.from(mask.data)).toEqual([0, 255, 0, 0, 255, 255, 0])
  })

  it("fill holes, up to an area, but no bays", () => {
    const mask = drawn("#####", "#.#.#", "#####", "#...#", "###.#")
    expect(shown(fillHoles(mask, {}, { backend }))).toEqual(["#####", "#####", "#####", "#...#", "###.#"])
    const ring = drawn("######", "#..#.#", "######")
    expect(shown(fillHoles(ring, { areaMaxPx: 1 }, { backend }))).toEqual(["######", "#..###", "######"])
    const leaky = drawn("####.", "#..#.", "#.##.", "##...")
    expect(shown(fillHoles(leaky, {}, { backend }))).toEqual(["####.", "####.", "####.", "##..."])
    const corner = drawn(".###", "##.#", ".#.#", "..#.")
    expect(shown(fillHoles(corner, {}, { backend }))).toEqual([".###", "####", ".###", "..#."])
    expect(shown(fillHoles(drawn("##.", "#.#", "###"), { connectivity: "8" }, { backend }))).toEqual([
      "##.",
      "#.#",
      "###",
    ])
  })

  it("clear what reaches the border, by a width", () => {
    const mask = drawn("#.....", "..##..", "......", "....#.", "......")
    expect(shown(clearBorder(mask, {}, { backend }))).toEqual(["......", "..##..", "......", "....#.", "......"])
    expect(shown(clearBorder(mask, { borderPx: 2 }, { backend }))).toEqual(Array(5).fill("......"))
    expect(shown(clearBorder(mask, { borderPx: 65_535 }, { backend }))).toEqual(Array(5).fill("......"))
  })

  it("give the same when done twice, and the same on masks as on their labels", () => {
    for (let seed = 0; seed < 60; seed++) {
      const mask = anyMask(seed)
      const { labels } = label(mask, { connectivity: "8" }, { backend })
      const small = { areaMinPx: 12, connectivity: "8" } as const
      const once = removeSmallObjects(mask, small, { backend })
      expect(removeSmallObjects(once, small, { backend })).toEqual(once)
      const labelled = removeSmallObjects(labels, small, { backend })
      expect(labelled.data.map((one) => Math.min(one, 1))).toEqual(Uint32Array.from(once.data))
      const inner = clearBorder(mask, {}, { backend })
      expect(clearBorder(inner, {}, { backend })).toEqual(inner)
      expect(clearBorder(labels, {}, { backend }).data.map((one) => Math.min(one, 1))).toEqual(
        Uint32Array.from(inner.data),
      )
      const filled = fillHoles(mask, {}, { backend })
      expect(fillHoles(filled, {}, { backend })).toEqual(filled)
    }
  })

  it("refuse with the parameter's name", () => {
    const mask = drawn("#.")
    expect(refused(() => removeSmallObjects(mask, { areaMinPx: -1 }, { backend }))).toContain("areaMinPx must be")
    expect(refused(() => fillHoles(mask, { areaMaxPx: Number.NaN }, { backend }))).toContain("areaMaxPx must be")
    expect(refused(() => clearBorder(mask, { borderPx: 0 }, { backend }))).toContain("borderPx must be")
    expect(refused(() => clearBorder(mask, { borderPx: 0.5 }, { backend }))).toContain("borderPx must be")
    const wide = { ...mask, width: 9 }
    expect(refused(() => removeSmallObjects(wide, {}, { backend }))).toContain("objects.data must be")
    expect(refused(() => fillHoles(wide, {}, { backend }))).toContain("mask.data must be")
    const pixels = { data: new Uint16Array(2), width: 2, height: 1 } as unknown as Mask
    expect(refused(() => clearBorder(pixels, {}, { backend }))).toContain(
      "objects.data must be a typed array of uint8, uint32",
    )
    expect(refused(() => fillHoles(mask, {}, { backend, into: new Uint8Array(3) }))).toContain("into must be 2 pixels")
  })
})
