import { describe, expect, it } from "vitest"
import { typescript } from "../src/Backend.ts"
import { distanceTransform } from "../src/DistanceTransform.ts"
import type { Mask } from "../src/Image.ts"
import { backends, wasm } from "./backends.ts"
import { readNpy } from "./npy.ts"
import { anyMask } from "./objectScenes.ts"
import { detached, refused } from "./refused.ts"
import { oddSizes } from "./scenes.ts"

/** All foreground but some places. */
const around = (width: number, height: number, ...zeros: ReadonlyArray<number>): Mask => {
  const data = new Uint8Array(width * height).fill(1)
  for (const place of zeros) data[place] = 0
  return { data, width, height }
}

describe.each(backends)("distances on %s", (_name, backend) => {
  it("are square roots of whole numbers around one background pixel, whatever the size", () => {
    for (const [width, height] of oddSizes) {
      const place = Math.floor((width * height) / 3)
      const { data } = distanceTransform(around(width, height, place), {}, { backend })
      const expected = Float32Array.from({ length: width * height }, (_, index) =>
        Math.hypot((index % width) - (place % width), Math.floor(index / width) - Math.floor(place / width)),
      )
      expect(data).toEqual(expected)
    }
  })

  it("are Infinity without background, 0 without foreground", () => {
    expect(Array.from(distanceTransform(around(3, 2), {}, { backend }).data)).toEqual(Array(6).fill(Infinity))
    const none: Mask = { data: new Uint8Array(6), width: 3, height: 2 }
    expect(Array.from(distanceTransform(none, {}, { backend }).data)).toEqual(Array(6).fill(0))
  })

  it("do not take the outside of the picture for background", () => {
    expect(Array.from(distanceTransform(around(5, 1, 0), {}, { backend }).data)).toEqual([0, 1, 2, 3, 4])
  })

  it("are those of SciPy", () => {
    const mask: Mask = { data: readNpy("objects/mask.npy").data as Uint8Array, width: 90, height: 60 }
    expect(distanceTransform(mask, {}, { backend }).data).toEqual(readNpy("objects/distance.npy").data)
  })

  it("are in um where the pixel size is given", () => {
    expect(Array.from(distanceTransform(around(4, 1, 0), { pixelSizeUm: 0.5 }, { backend }).data)).toEqual([
      0, 0.5, 1, 1.5,
    ])
  })

  it("reach through 65,535 pixels of a line and a column", () => {
    for (const [width, height] of [[65_535, 1] as const, [1, 65_535] as const]) {
      const { data } = distanceTransform(around(width, height, 0), {}, { backend })
      expect(data[65_534]).toBe(65_534)
      expect(data[300]).toBe(300)
    }
  })

  it("are the same turned, mirrored and transposed", () => {
    for (let seed = 0; seed < 40; seed++) {
      const mask = anyMask(seed)
      const { height, width } = mask
      const straight = distanceTransform(mask, {}, { backend }).data
      const turned = distanceTransform({ ...mask, data: mask.data.toReversed() }, {}, { backend }).data
      expect(turned.toReversed()).toEqual(straight)
      const at = (index: number): number => (index % height) * width + Math.floor(index / height)
      const across = Uint8Array.from(mask.data, (_, index) => mask.data[at(index)] ?? 0)
      const transposed = distanceTransform({ data: across, width: height, height: width }, {}, { backend }).data
      expect(transposed).toEqual(Float32Array.from(straight, (_, index) => straight[at(index)] ?? 0))
    }
  })

  it("are refused of what is no mask, and of impossible pixels", () => {
    const mask = around(2, 2)
    expect(refused(() => distanceTransform(mask, { pixelSizeUm: -1 }, { backend }))).toContain("pixelSizeUm must be")
    expect(refused(() => distanceTransform(mask, { pixelSizeUm: Number.NaN }, { backend }))).toContain("pixelSizeUm")
    expect(refused(() => distanceTransform({ ...mask, width: 5 }, {}, { backend }))).toContain(
      "mask.data must be 5 wide x 2 high",
    )
    expect(refused(() => distanceTransform({ ...mask, data: detached(new Uint8Array(4)) }, {}, { backend }))).toContain(
      "transferred away",
    )
    expect(refused(() => distanceTransform(mask, {}, { backend, into: new Float32Array(1) }))).toContain(
      "into must be 4",
    )
  })
})

describe("both backends", () => {
  it("give the same distances in 150 masks, among them wide ones", () => {
    for (let seed = 0; seed < 150; seed++) {
      const mask = anyMask(seed, seed % 10 === 0 ? 700 : 120)
      expect(distanceTransform(mask, {}, { backend: wasm })).toEqual(
        distanceTransform(mask, {}, { backend: typescript }),
      )
    }
    const wide = around(900, 3, 5, 1700, 2600)
    expect(distanceTransform(wide, {}, { backend: wasm })).toEqual(distanceTransform(wide, {}, { backend: typescript }))
  })
})
