import { describe, expect, it } from "vitest"
import { typescript } from "../src/Backend.ts"
import type { Mask } from "../src/Image.ts"
import { label } from "../src/Label.ts"
import { backends, wasm } from "./backends.ts"
import { readNpy } from "./npy.ts"
import { anyMask } from "./objectScenes.ts"
import { detached, refused } from "./refused.ts"
import { oddSizes, scene } from "./scenes.ts"

/** A mask from rows of text, `#` being foreground. */
const drawn = (...rows: ReadonlyArray<string>): Mask => ({
  data: Uint8Array.from(rows.join(""), (sign) => (sign === "#" ? 1 : 0)),
  width: rows[0]?.length ?? 0,
  height: rows.length,
})

describe.each(backends)("labels on %s", (_name, backend) => {
  it("count from 1 in the order of first pixels by rows, as drawn", () => {
    const mask = drawn("#..#", ".#.#", "#...")
    expect(Array.from(label(mask, { connectivity: "4" }, { backend }).labels.data)).toEqual([
      1, 0, 0, 2, 0, 3, 0, 2, 4, 0, 0, 0,
    ])
    const { count, labels } = label(mask, {}, { backend })
    expect(Array.from(labels.data)).toEqual([1, 0, 0, 2, 0, 1, 0, 2, 1, 0, 0, 0])
    expect(count).toBe(2)
  })

  it("join the arms of a comb, a spiral and a U, which meet late", () => {
    expect(label(drawn("#.#.#.#", "#.#.#.#", "#######"), {}, { backend }).count).toBe(1)
    expect(
      label(drawn("#######", "#.....#", "#.###.#", "#.#...#", "#.#####"), { connectivity: "4" }, { backend }).count,
    ).toBe(1)
    expect(label(drawn("#...#", "#.#.#", "##.##"), { connectivity: "4" }, { backend }).count).toBe(3)
    expect(label(drawn("#...#", "#.#.#", "##.##"), {}, { backend }).count).toBe(1)
  })

  it("are those of scikit-image", () => {
    const mask: Mask = { data: readNpy("objects/mask.npy").data as Uint8Array, width: 90, height: 60 }
    for (const connectivity of ["4", "8"] as const) {
      const { labels } = label(mask, { connectivity }, { backend })
      expect(labels.data).toEqual(readNpy(`objects/labels${connectivity}.npy`).data)
    }
  })

  it("are none without foreground, one where all is foreground, in all sizes", () => {
    for (const [width, height] of oddSizes) {
      const data = new Uint8Array(width * height)
      expect(label({ data, width, height }, {}, { backend }).count).toBe(0)
      expect(label({ data: data.fill(255), width, height }, {}, { backend }).labels.data).toEqual(
        new Uint32Array(data.length).fill(1),
      )
    }
  })

  it("do not wrap at 255 or 65,535, and stand in the place that was asked for", () => {
    const side = 520
    const data = Uint8Array.from({ length: side * side }, (_, index) =>
      (index % side) % 2 === 0 && Math.floor(index / side) % 2 === 0 ? 1 : 0,
    )
    const into = new Uint32Array(side * side)
    const { count, labels } = label({ data, width: side, height: side }, {}, { backend, into })
    expect(labels.data).toBe(into)
    expect(count).toBe(67_600)
    expect(into[(side - 2) * side + side - 2]).toBe(67_600)
  })

  it("of a line of 65,535 pixels are right", () => {
    const data = Uint8Array.from({ length: 65_535 }, (_, index) => index % 2)
    const { count, labels } = label({ data, width: 65_535, height: 1 }, {}, { backend })
    expect(count).toBe(32_767)
    expect(labels.data[65_533]).toBe(32_767)
  })

  it("are refused of what is no mask", () => {
    const mask = drawn("#.")
    expect(refused(() => label(mask, { connectivity: "6" as "4" }, { backend }))).toContain(
      'connectivity must be one of "4", "8"',
    )
    expect(refused(() => label(mask, { conectivity: "4" } as object, { backend }))).toContain("conectivity must be")
    expect(refused(() => label({ ...mask, width: 3 }, {}, { backend }))).toContain("mask.data must be 3 wide x 1 high")
    expect(refused(() => label({ ...mask, height: 0 }, {}, { backend }))).toContain("mask.height must be")
    expect(refused(() => label({ ...mask, width: Number.NaN }, {}, { backend }))).toContain("mask.width must be")
    expect(refused(() => label({ ...mask, width: 70_000 }, {}, { backend }))).toContain("1 to 65535")
    expect(refused(() => label({ ...mask, data: detached(new Uint8Array(2)) }, {}, { backend }))).toContain("mask.data")
    expect(refused(() => label({ ...mask, data: [1, 0] as unknown as Uint8Array }, {}, { backend }))).toContain(
      "mask.data",
    )
    const image = scene("noise", "uint16", 4, 4, 1) as unknown as Mask
    expect(refused(() => label(image, {}, { backend }))).toContain("mask.data must be a typed array of uint8")
    expect(refused(() => label(mask, {}, { backend, into: new Uint32Array(9) }))).toContain("into must be 2 pixels")
  })
})

describe("both backends", () => {
  it("give the same labels of 200 masks", () => {
    for (let seed = 0; seed < 200; seed++) {
      const mask = anyMask(seed, 150)
      const parameters = { connectivity: seed % 2 === 0 ? "4" : "8" } as const
      expect(label(mask, parameters, { backend: wasm })).toEqual(label(mask, parameters, { backend: typescript }))
    }
  })

  it("leave nothing held in the shared memory", () => {
    const before = wasm.heldBytes()
    label(anyMask(3), {}, { backend: wasm })
    expect(wasm.heldBytes()).toBe(before)
  })
})
