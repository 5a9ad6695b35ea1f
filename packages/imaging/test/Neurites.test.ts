import { describe, expect, it } from "vitest"
import { neurites, neurites3d, neurites3dSignature, neuritesSignature } from "../src/Neurites.ts"
import { skeletonGraph, skeletonGraph3d } from "../src/SkeletonGraph.ts"
import { skeletonize, skeletonize3d } from "../src/Skeletonize.ts"
import { backends } from "./backends.ts"
import { drawn, randomMask, randomVolume } from "./masks.ts"

describe.each(backends)("neurites on %s", (_name, backend) => {
  it("are the skeleton, its graph, and how much is filled", () => {
    // A bar of 3 x 20 px in a picture of 7 x 30 px, and its middle line.
    const mask = { data: new Uint16Array(7 * 30), width: 30, height: 7 }
    for (let y = 2; y < 5; y++) mask.data.fill(4000, y * 30 + 5, y * 30 + 25)
    const { fill, skeleton, summary } = neurites(mask, { method: "lee", pixelSizeUm: 0.5 }, { backend })
    const thin = skeletonize(mask, { method: "lee" }, { backend })
    const count = thin.data.reduce((sum, value) => sum + value, 0)
    expect(skeleton.data).toEqual(thin.data)
    expect([...fill.columns.plane]).toEqual([0])
    expect([...fill.columns.total_pixels]).toEqual([210])
    expect([...fill.columns.segmented_pixels]).toEqual([60])
    expect(fill.columns.segmented_fraction[0]).toBeCloseTo(60 / 210, 12)
    expect(fill.columns.skeleton_pixels[0]).toBe(count)
    expect(fill.columns.skeleton_fraction[0]).toBeCloseTo(count / 60, 12)
    // A line of so many pixels has one step less.
    expect(summary.columns.total_length_um[0]).toBeCloseTo((count - 1) * 0.5, 12)
  })

  it("of a stack of sites are never linked", () => {
    const line = drawn(`..........\n.########.\n..........`)
    const data = new Uint8Array([...line.data, ...line.data, ...line.data])
    for (const method of neuritesSignature.parameters.method.choices) {
      const { branches, fill, summary } = neurites({ ...line, data, planes: 3 }, { method }, { backend })
      expect([...summary.columns.total_length_px]).toEqual([7, 7, 7, 21])
      expect([...branches.columns.plane]).toEqual([0, 1, 2])
      expect([...fill.columns.segmented_pixels]).toEqual([8, 8, 8, 24])
    }
  })

  it("are the kernels that they are made of, one after the other", () => {
    for (let seed = 0; seed < 10; seed++) {
      const image = randomMask("float32", seed)
      const { branches, nodes, skeleton, summary } = neurites(
        image,
        { minBranchLengthUm: 3, pixelSizeUm: 1 },
        { backend },
      )
      const expected = skeletonGraph(skeletonize(image), { minBranchLengthUm: 3, pixelSizeUm: 1 })
      expect({ branches, nodes, skeleton, summary }).toEqual(expected)
      const volume = randomVolume("uint8", seed)
      const { fill, ...graph } = neurites3d(volume, { pixelSizeUm: 1, zSpacingUm: 2 }, { backend })
      expect(graph).toEqual(skeletonGraph3d(skeletonize3d(volume), { pixelSizeUm: 1, zSpacingUm: 2 }))
      expect([...fill.columns.plane]).toEqual([0])
    }
  })

  it("write the skeleton where they are asked to", () => {
    const image = randomMask("uint8", 5)
    const into = new Uint8Array(image.data.length).fill(7)
    const { skeleton } = neurites(image, { minBranchLengthUm: 5, pixelSizeUm: 1 }, { backend, into })
    expect(skeleton.data).toBe(into)
    expect(into).toEqual(neurites(image, { minBranchLengthUm: 5, pixelSizeUm: 1 }).skeleton.data)
    const volume = { ...image, planes: 1 }
    expect(neurites3d(volume, {}, { backend, into }).skeleton.data).toBe(into)
  })

  it("of one plane have one row, so that a sum over rows is the length", () => {
    const { fill, summary } = neurites(drawn("......\n.####.\n......"), { pixelSizeUm: 2 }, { backend })
    expect([fill.rows, summary.rows]).toEqual([1, 1])
    expect([...summary.columns.total_length_um]).toEqual([6])
    expect([...fill.columns.segmented_pixels]).toEqual([4])
    const bare = neurites(drawn("......\n.####.\n......"), {}, { backend }).summary.columns
    expect([[...bare.total_length_px], [...bare.total_length_um]]).toEqual([[3], [Number.NaN]])
  })

  it("of an empty picture are nothing", () => {
    const { branches, fill, nodes, summary } = neurites(drawn("....\n...."), {}, { backend })
    expect([branches.rows, nodes.rows, summary.columns.total_length_px[0]]).toEqual([0, 0, 0])
    expect(fill.columns.segmented_fraction[0]).toBe(0)
    expect(fill.columns.skeleton_fraction[0]).toBeNaN()
  })

  it.each<readonly [unknown, string]>([
    [{ method: "thin" }, 'method must be one of "zhang", "lee"'],
    [{ pixelSizeUm: 0 }, "pixelSizeUm must be a number above 0"],
    [{ minBranchLengthUm: -2 }, "minBranchLengthUm must be a number from 0"],
    [{ zSpacingUm: 1 }, "zSpacingUm must be left out"],
    [{ minBranchLengthUm: 2 }, "neurites: minBranchLengthUm must be 0, or given with pixelSizeUm, not 2"],
  ])("refuse what they cannot use: %o", (parameters, text) => {
    expect(() => neurites(drawn("##"), parameters as object, { backend })).toThrow(text)
  })

  it("refuse a place for the result that does not fit", () => {
    expect(() => neurites(drawn("##"), {}, { backend, into: new Uint8Array(3) })).toThrow("into must be 2 pixels")
    expect(() => neurites3d({ ...drawn("##"), planes: 1 }, {}, { backend, into: new Uint8Array(1) })).toThrow("into")
    expect(() => neurites3d(drawn("##") as never, {}, { backend })).toThrow("volume.planes")
  })
})

describe("signatures of neurites", () => {
  it("name every column that comes out, in its order", () => {
    const result = neurites(drawn("###"))
    for (const table of neuritesSignature.tables) {
      expect(Object.keys(result[table.name].columns)).toEqual(table.columns.map(({ name }) => name))
    }
    const volume = neurites3d({ ...drawn("###"), planes: 1 })
    for (const table of neurites3dSignature.tables) {
      expect(Object.keys(volume[table.name].columns)).toEqual(table.columns.map(({ name }) => name))
    }
  })
})
