import { describe, expect, it } from "vitest"
import { typescript } from "../src/Backend.ts"
import type { Image, Labels, Mask } from "../src/Image.ts"
import { localMaxima } from "../src/LocalMaxima.ts"
import { watershed } from "../src/Watershed.ts"
import { backends, wasm } from "./backends.ts"
import { readNpy, readUint16 } from "./npy.ts"
import { anyLabels, anyMarkers, anyMask, sceneOf } from "./objectScenes.ts"
import { refused } from "./refused.ts"
import { anyScene, oddSizes } from "./scenes.ts"
import { readFileSync } from "node:fs"

const size = { width: 90, height: 60 }
const image: Image<Uint16Array> = { data: readUint16("objects/image.npy"), ...size }
const mask: Mask = { data: readNpy("objects/mask.npy").data as Uint8Array, ...size }
const markers: Labels = { data: readNpy("objects/markers.npy").data as Uint32Array, ...size }
const goldens = JSON.parse(readFileSync(new URL("fixtures/objects/regions.json", import.meta.url), "utf8")) as {
  readonly peaks: ReadonlyArray<readonly [number, number]>
}

describe.each(backends)("watershed on %s", (_name, backend) => {
  it("is that of scikit-image", () => {
    expect(watershed(image, markers, mask, {}, { backend }).data).toEqual(readNpy("objects/basins.npy").data)
  })

  it("meets on a ridge, and on a plateau in the middle", () => {
    const line = (values: ReadonlyArray<number>, marked: ReadonlyArray<number>) =>
      Array.from(
        watershed(
          { data: Uint8Array.from(values), width: values.length, height: 1 },
          { data: Uint32Array.from(marked), width: values.length, height: 1 },
          undefined,
          {},
          { backend },
        ).data,
      )
    expect(line([0, 1, 5, 1, 0], [1, 0, 0, 0, 2])).toEqual([1, 1, 1, 2, 2])
    expect(line([3, 3, 3, 3, 3, 3], [1, 0, 0, 0, 0, 2])).toEqual([1, 1, 1, 2, 2, 2])
    expect(line([9, 1, 9], [0, 7, 0])).toEqual([7, 7, 7])
  })

  it("goes round corners with 8 neighbours alone, and never out of the mask", () => {
    const flat: Image = { data: new Uint8Array(4), width: 2, height: 2 }
    const start: Labels = { data: Uint32Array.of(3, 0, 0, 0), width: 2, height: 2 }
    const diagonal: Mask = { data: Uint8Array.of(1, 0, 0, 1), width: 2, height: 2 }
    expect(Array.from(watershed(flat, start, diagonal, {}, { backend }).data)).toEqual([3, 0, 0, 0])
    expect(Array.from(watershed(flat, start, diagonal, { connectivity: "8" }, { backend }).data)).toEqual([3, 0, 0, 3])
    const outside: Labels = { ...start, data: Uint32Array.of(0, 4, 0, 0) }
    expect(Array.from(watershed(flat, outside, diagonal, {}, { backend }).data)).toEqual([0, 0, 0, 0])
  })

  it("floods everything from one marker, in all sizes, and nothing from none", () => {
    for (const [seed, [width, height]] of oddSizes.entries()) {
      const one = sceneOf("float32", width, height, seed)
      const start = new Uint32Array(width * height)
      expect(watershed(one, { data: start, width, height }, undefined, {}, { backend }).data).toEqual(start)
      start[start.length - 1] = 4_294_967_295
      const result = watershed(one, { data: start, width, height }, undefined, {}, { backend }).data
      expect(result.every((label) => label === 4_294_967_295)).toBe(true)
    }
  })

  it("may be written where its markers stand", () => {
    const expected = watershed(image, markers, mask, {}, { backend }).data
    const [own, here] = [markers.data.slice(), wasm.allocate("uint32", markers.data.length)]
    here.set(own)
    expect(watershed(image, { ...markers, data: own }, mask, {}, { backend, into: own }).data).toEqual(expected)
    watershed(image, { ...markers, data: here }, mask, {}, { backend, into: here })
    expect(here).toEqual(expected)
    wasm.release(here)
  })

  it("takes -0 and 0 for one value", () => {
    const zeros: Image = { data: Float32Array.of(-0, 0, -0, 0, -0, 0), width: 6, height: 1 }
    const ends: Labels = { data: Uint32Array.of(1, 0, 0, 0, 0, 2), width: 6, height: 1 }
    expect(Array.from(watershed(zeros, ends, undefined, {}, { backend }).data)).toEqual([1, 1, 1, 2, 2, 2])
  })

  it("is refused of pictures that do not fit", () => {
    expect(
      refused(() => watershed(image, { ...markers, width: 60, height: 90 }, undefined, {}, { backend })),
    ).toContain("markers must be 90 wide x 60 high")
    expect(refused(() => watershed(image, markers, anyMask(1), {}, { backend }))).toContain(
      "mask must be 90 wide x 60 high",
    )
    expect(refused(() => watershed(image, mask as unknown as Labels, undefined, {}, { backend }))).toContain(
      "markers.data must be a typed array of uint32",
    )
    const floats = Float32Array.from(image.data).fill(Number.NaN, 91, 92)
    expect(refused(() => watershed({ ...image, data: floats }, markers, mask, {}, { backend }))).toContain(
      "NaN at x 1, y 1",
    )
  })
})

describe.each(backends)("local maxima on %s", (_name, backend) => {
  it("are those of scikit-image", () => {
    const distance: Image = { data: readNpy("objects/distance.npy").data as Float32Array, ...size }
    const { markers: found, table } = localMaxima(distance, undefined, { minimumDistancePx: 4 }, { backend })
    const places = Array.from(table.columns.y_px, (y, row) => [y, table.columns.x_px[row] ?? -1] as const)
    expect(places.toSorted(([y0, x0], [y1, x1]) => y0 - y1 || x0 - x1)).toEqual(goldens.peaks)
    const [[y, x]] = [places[0] ?? [0, 0]]
    expect(found.data[y * 90 + x]).toBe(1)
  })

  it("keep their distance: of two equal ones the first by rows, and no lower one nearer than it", () => {
    const data = new Uint16Array(100)
    for (const [place, value] of [
      [22, 9],
      [25, 9],
      [27, 5],
      [77, 3],
    ] as const)
      data[place] = value
    const at = (minimumDistancePx: number) =>
      Array.from(
        localMaxima({ data, width: 10, height: 10 }, undefined, { minimumDistancePx }, { backend }).table.columns.value,
      )
    expect(at(1)).toEqual([9, 9, 5, 3])
    expect(at(2)).toEqual([9, 9, 3])
    expect(at(4)).toEqual([9, 3])
    expect(at(20)).toEqual([9])
  })

  it("are none in a picture of one value; borders and thresholds leave out", () => {
    const flat: Image = { data: new Uint8Array(12).fill(7), width: 4, height: 3 }
    expect(localMaxima(flat, undefined, {}, { backend }).table.rows).toBe(0)
    const data = new Uint8Array(49)
    data[0] = 200
    data[24] = 100
    const rows = (parameters: object) =>
      localMaxima({ data, width: 7, height: 7 }, undefined, parameters, { backend }).table.rows
    expect(rows({})).toBe(2)
    expect(rows({ borderPx: 1 })).toBe(1)
    expect(rows({ thresholdAbove: 100 })).toBe(1)
    expect(rows({ thresholdAbove: 99.5 })).toBe(2)
    expect(rows({ borderPx: 65_535 })).toBe(0)
  })

  it("are refused with the parameter's name", () => {
    const call = (parameters: object) => refused(() => localMaxima(image, undefined, parameters, { backend }))
    expect(call({ minimumDistancePx: 0 })).toContain("minimumDistancePx must be")
    expect(call({ minimumDistancePx: 1e9 })).toContain("minimumDistancePx must be")
    expect(call({ borderPx: -1 })).toContain("borderPx must be")
    expect(call({ thresholdAbove: Number.NaN })).toContain("thresholdAbove must be")
    expect(refused(() => localMaxima(image, anyLabels(1), {}, { backend }))).toContain(
      "labels must be 90 wide x 60 high",
    )
  })
})

describe("both backends", () => {
  it("flood 150 images the same, and find the same maxima", () => {
    for (let seed = 0; seed < 150; seed++) {
      const scene = anyScene((["uint8", "uint16", "float32"] as const)[seed % 3] ?? "uint8", seed)
      const start = anyMarkers(scene, seed)
      const parameters = { connectivity: seed % 2 === 0 ? "4" : "8" } as const
      expect(watershed(scene, start, undefined, parameters, { backend: wasm })).toEqual(
        watershed(scene, start, undefined, parameters, { backend: typescript }),
      )
      const distances = { minimumDistancePx: 1 + (seed % 15) }
      expect(localMaxima(scene, undefined, distances, { backend: wasm })).toEqual(
        localMaxima(scene, undefined, distances, { backend: typescript }),
      )
    }
  })

  it("flood a picture of more distinct floats than the table of them holds", () => {
    const scene = sceneOf("float32", 230, 220, 1)
    const noise: Image = { ...scene, data: scene.data.map((value, index) => value + ((index * 7919) % 50_021) * 1e-5) }
    const start = anyMarkers(noise, 5)
    expect(watershed(noise, start, undefined, {}, { backend: wasm })).toEqual(
      watershed(noise, start, undefined, {}, { backend: typescript }),
    )
  })
})
