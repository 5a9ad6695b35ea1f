import { describe, expect, it } from "vitest"
import { logicText } from "../build/skeletonLogic.ts"
import type { Image, Pixels } from "../src/Image.ts"
import { leeNorthTable, neighbourCount, pieces, simpleTable, zhangTable } from "../src/internal/skeleton/tables.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { skeletonize, skeletonize3d } from "../src/Skeletonize.ts"
import { readFileSync } from "node:fs"
import { backends, wasm } from "./backends.ts"
import { drawn, randomMask, randomVolume, shown } from "./masks.ts"
import { readNpy } from "./npy.ts"
import { oddSizes } from "./scenes.ts"

const methods = ["zhang", "lee"] as const

const fixture = (name: string) => {
  const { data, shape } = readNpy(`skeleton/${name}.npy`)
  if (!(data instanceof Uint8Array)) throw new Error(`${name} holds ${data.constructor.name}`)
  const [width = 0, height = 0, planes = 1] = shape.toReversed()
  return { data, width, height, planes }
}

describe.each(backends)("skeletons on %s", (_name, backend) => {
  it.each(methods)("by %s are scikit-image's of a mask with lines, rings and specks", (method) => {
    const result = skeletonize(fixture("mask"), { method }, { backend })
    expect(result.data).toEqual(fixture(`mask_${method}`).data)
  })

  it("of a volume are scikit-image's", () => {
    expect(skeletonize3d(fixture("volume"), {}, { backend }).data).toEqual(fixture("volume_lee").data)
  })

  it("of an ellipse are as scikit-image's manual shows them", () => {
    const ellipse = drawn(`
      ...###...
      ..#####..
      ..#####..
      ..#####..
      ..#####..
      ..#####..
      ..#####..
      ..#####..
      ...###...`)
    expect(shown(skeletonize(ellipse, {}, { backend }))).toBe(
      shown(
        drawn(`
      .........
      .........
      .........
      ....#....
      ....#....
      ....#....
      ....#....
      .........
      .........`),
      ),
    )
  })

  it.each(methods)("by %s leave lines of one pixel as they are, across words and blocks", (method) => {
    for (const [width, height] of [
      [300, 7],
      [129, 5],
      [64, 3],
    ] as const) {
      const data = new Uint8Array(width * height)
      data.fill(1, 2 * width + 3, 3 * width - 3)
      expect(skeletonize({ data, width, height }, { method }, { backend }).data).toEqual(data)
    }
  })

  it.each(methods)("by %s are the same for every type and every value that is not zero", (method) => {
    for (let seed = 0; seed < 20; seed++) {
      const [first, ...rest] = pixelDtypes.map((dtype) => skeletonize(randomMask(dtype, seed), { method }, { backend }))
      for (const other of rest) expect(other.data).toEqual(first?.data)
    }
  })

  it.each(methods)("by %s of skeletons are the skeletons", (method) => {
    for (let seed = 0; seed < 30; seed++) {
      const once = skeletonize(randomMask("uint8", seed), { method }, { backend })
      expect(skeletonize(once, { method }, { backend }).data).toEqual(once.data)
    }
  })

  it.each(methods)("by %s move with what is in the picture", (method) => {
    for (let seed = 0; seed < 20; seed++) {
      const image = randomMask("uint16", seed)
      const [dx, dy] = [1 + (seed % 67), 1 + (seed % 5)]
      const moved = placed(image, image.width + dx + 3, image.height + dy + 2, dx, dy)
      const result = skeletonize(image, { method }, { backend })
      const expected = placed(result, moved.width, moved.height, dx, dy)
      // Outside is background: room around changes nothing.
      expect(skeletonize(moved, { method }, { backend }).data).toEqual(expected.data)
    }
  })

  it.each(methods)("by %s of all odd sizes stay inside what was there, full or empty", (method) => {
    for (const [width, height] of oddSizes) {
      const full = skeletonize(
        { data: new Uint16Array(width * height).fill(7), width, height },
        { method },
        { backend },
      )
      expect(full.data.every((value) => value <= 1)).toBe(true)
      expect(full.data.some((value) => value === 1)).toBe(true)
      const empty = new Float32Array(width * height)
      expect(skeletonize({ data: empty, width, height }, { method }, { backend }).data).toEqual(
        new Uint8Array(width * height),
      )
    }
  })

  it("of one plane as a volume are those of Lee's method in the plane", () => {
    for (let seed = 0; seed < 20; seed++) {
      const image = randomMask("uint8", seed)
      const volume = skeletonize3d({ ...image, planes: 1 }, {}, { backend })
      expect(volume.data).toEqual(skeletonize(image, { method: "lee" }, { backend }).data)
    }
  })

  it("do not change their input, also where the result is written over another array", () => {
    const image = randomMask("uint8", 3)
    const before = image.data.slice()
    const into = new Uint8Array(image.data.length).fill(9)
    const result = skeletonize(image, {}, { backend, into })
    expect(image.data).toEqual(before)
    expect(result.data).toEqual(skeletonize(image, {}, { backend }).data)
    expect(into).toEqual(result.data)
  })
})

describe("both backends", () => {
  it.each(methods)("give the same by %s of 150 scenes", (method) => {
    for (let seed = 1000; seed < 1150; seed++) {
      const image = randomMask(pixelDtypes[seed % 3], seed)
      const expected = skeletonize(image, { method }).data
      expect(skeletonize(image, { method }, { backend: wasm }).data, `scene ${seed}`).toEqual(expected)
    }
  })

  it("give the same of 100 volumes, one plane or one column among them", () => {
    for (let seed = 1000; seed < 1100; seed++) {
      const volume = randomVolume(pixelDtypes[seed % 3], seed)
      expect(skeletonize3d(volume, {}, { backend: wasm }).data, `scene ${seed}`).toEqual(skeletonize3d(volume).data)
    }
    for (const [planes, height, width] of [
      [9, 1, 1],
      [1, 9, 1],
      [5, 5, 5],
      [2, 2, 200],
    ] as const) {
      const volume = { data: new Uint8Array(planes * height * width).fill(1), planes, height, width }
      expect(skeletonize3d(volume, {}, { backend: wasm }).data).toEqual(skeletonize3d(volume).data)
    }
  })

  it("give the same of the widest and the highest picture", () => {
    for (const [width, height] of [
      [65_535, 3],
      [3, 65_535],
    ] as const) {
      const image = { data: new Uint8Array(width * height).fill(1), width, height }
      for (const method of methods) {
        expect(skeletonize(image, { method }, { backend: wasm }).data).toEqual(skeletonize(image, { method }).data)
      }
    }
  })

  it("hold nothing of the shared memory afterwards", () => {
    const before = wasm.heldBytes()
    const image = randomMask("uint16", 5)
    const into = wasm.allocate("uint8", image.data.length)
    const result = skeletonize(image, {}, { backend: wasm, into })
    expect(result.data.buffer).toBe(into.buffer)
    skeletonize3d({ ...image, planes: 1 }, {}, { backend: wasm, into })
    wasm.release(into)
    expect(wasm.heldBytes()).toBe(before)
  })
})

describe("tables of neighbourhoods", () => {
  it("are scikit-image's, which turn by half a circle but for three", () => {
    const table = zhangTable()
    expect(table).toEqual(fixture("zhang_table").data)
    const turned = (neighbours: number) => ((neighbours << 4) | (neighbours >> 4)) & 255
    const odd = [...table.keys()].filter((n) => ((table[n] ?? 0) & 1) !== (table[turned(n)] ?? 0) >> 1)
    expect(odd).toEqual([3, 129, 194])
  })

  it("count pieces of all 256 neighbourhoods as a flood fill does", () => {
    const ring = [
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 2],
      [2, 2],
      [2, 1],
      [2, 0],
      [1, 0],
    ] as const
    for (let neighbours = 0; neighbours < 256; neighbours++) {
      const left = new Set([...ring.keys()].filter((position) => ((neighbours >> position) & 1) === 1))
      let count = 0
      for (const seed of left) {
        count++
        const open = [seed]
        left.delete(seed)
        for (let one = open.pop(); one !== undefined; one = open.pop()) {
          const [y, x] = ring[one] ?? [9, 9]
          for (const other of left) {
            const [v, u] = ring[other] ?? [99, 99]
            if (Math.max(Math.abs(v - y), Math.abs(u - x)) > 1) continue
            left.delete(other)
            open.push(other)
          }
        }
      }
      expect(pieces(neighbours), `neighbourhood ${neighbours}`).toBe(count)
      expect(simpleTable()[neighbours]).toBe(count <= 1 ? 1 : 0)
      if (neighbourCount(neighbours) < 2) expect(leeNorthTable()[neighbours]).toBe(0)
    }
  })

  it("stand in the compiled kernels as they are", () => {
    expect(readFileSync(new URL("../assembly/skeleton/logic.ts", import.meta.url), "utf8")).toBe(logicText())
  })
})

describe.each(backends)("refusals on %s", (_name, backend) => {
  const good: Image<Uint8Array> = { data: new Uint8Array(12), width: 4, height: 3 }
  const detached = (): Uint8Array => {
    const data = new Uint8Array(12)
    structuredClone(data.buffer, { transfer: [data.buffer] })
    return data
  }
  it.each<readonly [unknown, unknown, unknown, string]>([
    [good, { method: "medial" }, {}, 'method must be one of "zhang", "lee"'],
    [good, { method: 3 }, {}, 'method must be one of "zhang", "lee"'],
    [good, { radiusPx: 3 }, {}, "radiusPx must be left out"],
    [null, {}, {}, "image must be { data, width, height }"],
    [{ ...good, data: [1, 2] }, {}, {}, "image.data must be a typed array"],
    [{ ...good, data: new Float64Array(12) }, {}, {}, "image.data must be a typed array"],
    [{ ...good, width: 0 }, {}, {}, "image.width must be a whole number from 1 to 65535"],
    [{ ...good, width: -4 }, {}, {}, "image.width"],
    [{ ...good, height: 65_536 }, {}, {}, "image.height"],
    [{ ...good, height: Number.NaN }, {}, {}, "image.height"],
    [{ ...good, height: 4 }, {}, {}, "4 wide x 4 high = 16 pixels, not 12"],
    [{ data: new Uint8Array(0), width: 4, height: 3 }, {}, {}, "empty array"],
    [{ ...good, data: detached() }, {}, {}, "transferred away"],
    [{ ...good, data: new Float32Array(12).fill(Number.NaN, 5, 6) }, {}, {}, "NaN at x 1, y 1"],
    [{ ...good, data: new Float32Array(12).fill(-1 / 0, 11) }, {}, {}, "-Infinity at x 3, y 2"],
    [good, {}, { into: new Uint8Array(11) }, "into must be 12 pixels, not 11"],
    [good, {}, { into: new Uint16Array(12) }, "into.data must be a typed array of uint8"],
  ])("of a plane name what is wrong (%#)", (image, parameters, options, text) => {
    // Callers without types may hand over anything.
    const call = () => skeletonize(image as Image<Pixels>, parameters as object, { backend, ...(options as object) })
    expect(call).toThrow(text)
    expect(call).toThrow(expect.objectContaining({ _tag: "ImagingError", kernel: "skeletonize" }))
  })

  it.each<readonly [unknown, unknown, string]>([
    [good, {}, "volume.planes must be a whole number from 1 to 65535"],
    [{ ...good, planes: 0 }, {}, "volume.planes"],
    [{ ...good, planes: 2 }, {}, "4 wide x 3 high x 2 planes = 24 pixels, not 12"],
    [{ ...good, planes: 1 }, { method: "lee" }, "method must be left out"],
    [null, {}, "volume.planes"],
  ])("of a volume name what is wrong (%#)", (volume, parameters, text) => {
    const call = () => skeletonize3d(volume as never, parameters as never, { backend })
    expect(call).toThrow(text)
    expect(call).toThrow(expect.objectContaining({ _tag: "ImagingError" }))
  })
})

/** A picture in a larger one. */
const placed = (image: Image<Pixels>, width: number, height: number, dx: number, dy: number): Image<Uint8Array> => {
  const data = new Uint8Array(width * height)
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      data[(y + dy) * width + x + dx] = image.data[y * image.width + x] === 0 ? 0 : 1
    }
  }
  return { data, width, height }
}
