import { describe, expect, it } from "vitest"
import { typescript } from "../src/Backend.ts"
import { footprintOf } from "../src/internal/filters/footprint.ts"
import type { Image, Pixels } from "../src/Image.ts"
import { medianBySorting } from "../src/internal/filters/median.ts"
import { median } from "../src/Median.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { backends, wasm } from "./backends.ts"
import { readUint16 } from "./npy.ts"
import { anyScene, oddSizes, scene } from "./scenes.ts"

const transposed = <P extends Pixels>({ data, height, width }: Image<P>): Image<P> => {
  const out = data.slice() as P
  for (let index = 0; index < data.length; index++) {
    out[(index % width) * height + Math.floor(index / width)] = data[index] ?? 0
  }
  return { data: out, width: height, height: width }
}

describe.each(backends)("median on %s", (_name, backend) => {
  it("is that of scikit-image", () => {
    const image = { data: readUint16("filters/scene.npy"), width: 61, height: 53 }
    const disk = median(image, { radiusPx: 3, shape: "disk", border: "reflect" }, { backend })
    expect(disk.data).toEqual(readUint16("filters/median_disk_3.npy"))
    const square = median(image, { radiusPx: 2, shape: "square", border: "nearest" }, { backend })
    expect(square.data).toEqual(readUint16("filters/median_square_2.npy"))
  })

  it("by hand: the middle of the cross and of the square, with the edge repeated at a distance of 1", () => {
    const image = { data: Uint8Array.of(9, 1, 8, 2, 7, 3, 6, 4, 5), width: 3, height: 3 }
    // Middle: cross 1 2 7 3 4, square 1 to 9. Corner 9: cross 9 9 9 1 2, square 9 9 9 9 1 1 2 2 7.
    const cross = median(image, { radiusPx: 1, shape: "disk" }, { backend }).data
    expect([cross[4], cross[0]]).toEqual([3, 9])
    const square = median(image, { radiusPx: 1, shape: "square" }, { backend }).data
    expect([square[4], square[0]]).toEqual([5, 7])
  })

  it("of radius 0 is the picture, and of a constant picture the constant", () => {
    for (const dtype of pixelDtypes) {
      const image = anyScene(dtype, 3)
      expect(median(image, { radiusPx: 0 }, { backend }).data).toEqual(image.data)
      const flat = scene("constant", dtype, 12, 7, 0)
      expect(median(flat, { radiusPx: 4 }, { backend }).data).toEqual(flat.data)
    }
  })

  it("removes one wrong pixel, keeps straight edges, and takes negative floats and both zeros", () => {
    const image = scene("constant", "uint16", 20, 20, 0)
    image.data.fill(100)
    image.data.fill(900, 200)
    const clean = image.data.slice()
    image.data[105] = 65_535
    expect(median(image, { radiusPx: 1, shape: "square" }, { backend }).data).toEqual(clean)
    const floats = { data: Float32Array.of(-5, -0, 0, 3, -1e30), width: 5, height: 1 }
    expect(Array.from(median(floats, { radiusPx: 2, shape: "square" }, { backend }).data)).toEqual([-0, -0, -0, -0, 0])
  })

  it("of the transposed picture is the result transposed", () => {
    for (let seed = 0; seed < 12; seed++) {
      const image = anyScene("uint16", seed, 40)
      const parameters = { radiusPx: 1 + (seed % 3), shape: seed % 2 === 0 ? "disk" : "square" } as const
      const there = transposed(median(image, parameters, { backend }))
      expect(median(transposed(image), parameters, { backend }).data).toEqual(there.data)
    }
  })

  it("gives whole numbers the same in all types", () => {
    const bytes = anyScene("uint8", 8)
    for (const radiusPx of [1, 2, 5]) {
      const expected = Array.from(median(bytes, { radiusPx }, { backend }).data)
      const words = { ...bytes, data: Uint16Array.from(bytes.data) }
      const floats = { ...bytes, data: Float32Array.from(bytes.data) }
      expect(Array.from(median(words, { radiusPx }, { backend }).data)).toEqual(expected)
      expect(Array.from(median(floats, { radiusPx }, { backend }).data)).toEqual(expected)
    }
  })

  it.each(pixelDtypes)("of a large footprint is that of all its values sorted, of %s", (dtype) => {
    const kinds = ["noise", "cells", "blocks"] as const
    for (const [seed, radiusPx] of [9, 13, 21].entries()) {
      for (const shape of ["disk", "square"] as const) {
        // Wider than a tile of 512 with its border, and higher when transposed.
        const image = scene(kinds[seed] ?? "noise", dtype, 520, 5 - seed, seed)
        const border = seed % 2 === 0 ? "reflect" : "nearest"
        for (const one of [image, transposed(image)]) {
          const expected = medianBySorting(one, footprintOf(shape, radiusPx), border, undefined)
          expect(median(one, { radiusPx, shape, border }, { backend }).data).toEqual(expected.data)
        }
      }
    }
  })

  it("of a large footprint follows grey values that jump from end to end", () => {
    const [width, height, radiusPx] = [90, 40, 12]
    // Columns in stripes of 30: 0, the top, 0; the middle of a stripe that is wider than the square has its value.
    const data = Uint16Array.from({ length: width * height }, (_, index) =>
      Math.floor((index % width) / 30) === 1 ? 65_535 : 0,
    )
    const out = median({ data, width, height }, { radiusPx, shape: "square" }, { backend }).data
    // An edge that is straight stays where it is.
    expect(out).toEqual(data)
    const floats = { data: Float32Array.from(data, (value) => (value === 0 ? -3e38 : 3e38)), width, height }
    expect(median(floats, { radiusPx, shape: "square" }, { backend }).data).toEqual(floats.data)
  })

  it("of a large footprint goes where the picture stands", () => {
    const image = anyScene("uint16", 4, 80)
    const expected = median(image, { radiusPx: 15 }, { backend }).data.slice()
    median(image, { radiusPx: 15 }, { backend, into: image.data })
    expect(image.data).toEqual(expected)
  })

  it("of a radius beyond the picture is right too", () => {
    const image = { data: Uint16Array.of(1, 2, 9), width: 3, height: 1 }
    // Seven rows the same, columns -3 to 3 around the first: 9 2 1 1 2 9 9; beyond the far edge alike.
    expect(Array.from(median(image, { radiusPx: 3, shape: "square" }, { backend }).data)).toEqual([2, 2, 2])
    expect(
      Array.from(median({ ...image, width: 1, height: 3 }, { radiusPx: 50, border: "nearest" }, { backend }).data),
    ).toEqual([1, 2, 9])
  })

  it.each([-1, 51, 1.5, Number.NaN, "1"])("refuses radius %j and says the range", (radiusPx) => {
    const given = { radiusPx } as unknown as { readonly radiusPx: number }
    expect(() => median(anyScene("uint8", 1), given, { backend })).toThrow(
      "radiusPx must be a whole number from 0 to 50 (px)",
    )
  })

  it("refuses other shapes and NaN", () => {
    const image = anyScene("float32", 1)
    const given = { shape: "octagon" } as unknown as { readonly shape: "disk" }
    expect(() => median(image, given, { backend })).toThrow('shape must be one of "disk", "square"')
    const data = image.data.slice()
    data[1] = Number.NaN
    expect(() => median({ ...image, data }, {}, { backend })).toThrow("NaN at x 1, y 0")
  })
})

describe("both backends", () => {
  it.each(pixelDtypes)("give the same median of %s, at all sizes", (dtype) => {
    for (const [seed, [width, height]] of oddSizes.entries()) {
      for (const radiusPx of [1, 2, 4]) {
        for (const shape of ["disk", "square"] as const) {
          for (const border of ["reflect", "nearest"] as const) {
            const image = scene(seed % 2 === 0 ? "noise" : "blocks", dtype, width, height, seed)
            const parameters = { radiusPx, shape, border }
            expect(median(image, parameters, { backend: wasm }).data).toEqual(
              median(image, parameters, { backend: typescript }).data,
            )
          }
        }
      }
    }
  })
})

describe("footprints", () => {
  it("have the pixels of scikit-image's disk", () => {
    // skimage.morphology.disk(r).sum() for r from 0 to 6.
    expect([0, 1, 2, 3, 4, 5, 6].map((radius) => footprintOf("disk", radius).size)).toEqual([1, 5, 13, 29, 49, 81, 113])
    expect(footprintOf("square", 2).size).toBe(25)
  })
})
