import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { assembleTiles, canvasSize } from "../src/AssembleTiles.ts"
import type { Stack } from "../src/Image.ts"
import { ImagingError } from "../src/ImagingError.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { backends, wasm } from "./backends.ts"
import { readUint16 } from "./npy.ts"
import { between, uniform } from "./random.ts"
import { scene } from "./scenes.ts"

const blends = ["none", "fixed", "dynamic"] as const

const { assemble: golden } = JSON.parse(
  readFileSync(new URL("fixtures/plates/expectations.json", import.meta.url), "utf8"),
) as {
  readonly assemble: {
    readonly row_10: Readonly<Record<(typeof blends)[number], ReadonlyArray<number>>>
    readonly real_tiles: { readonly canvas: readonly [number, number]; readonly uncovered_pixels: number }
  }
}

const two = <A extends Uint8Array | Uint16Array | Float32Array>(data: A): Stack<A> => {
  data.fill(100, 0, 400)
  data.fill(200, 400)
  return { data, width: 20, height: 20, planes: 2 }
}

const goldenTiles: Stack<Uint16Array> = { data: readUint16("plates/tiles_in.npy"), width: 96, height: 96, planes: 4 }
const goldenPlaces = { xPx: [0, 73, 1, 75], yPx: [0, 2, 71, 73] }

describe.each(backends)("assembly of tiles on %s", (_name, backend) => {
  it.each(blends)("AC-63: blends two constant tiles with blend %s as the golden rows say", (blend) => {
    const expected = golden.row_10[blend]
    const parameters = { xPx: [0, 15], yPx: [0, 0], blend }
    const floats = assembleTiles(two(new Float32Array(800)), parameters, { backend })
    expect([floats.width, floats.height]).toEqual([35, 20])
    for (let y = 0; y < 20; y++) {
      for (const [x, value] of expected.entries()) expect(floats.data[y * 35 + x]).toBeCloseTo(value, 4)
    }
    for (const data of [new Uint8Array(800), new Uint16Array(800)]) {
      const whole = assembleTiles(two(data), parameters, { backend })
      expect(Array.from(whole.data.subarray(350, 385))).toEqual(expected.map(Math.round))
    }
  })

  it.each(blends)("AC-64: gives the golden mosaic of the real tiles with blend %s, without a hole", (blend) => {
    const expected = readUint16("plates/assembled_out.npy")
    const found = assembleTiles(goldenTiles, { ...goldenPlaces, blend }, { backend })
    expect([found.height, found.width]).toEqual(golden.real_tiles.canvas)
    expect(found.data).toEqual(expected)
    expect(found.uncoveredPixels).toBe(golden.real_tiles.uncovered_pixels)
    const covered = found.coverage?.data ?? new Uint8Array()
    expect(covered.reduce((sum, one) => sum + one, 0)).toBe(169 * 171 - 513)
    // The golden tiles are nowhere 0, so that a hole would show.
    expect(found.data.every((value, index) => value > 0 || covered[index] === 0 || expected[index] === 0)).toBe(true)
  })

  it("AC-65: shows a gradient tile at x = 0.5 as the gradient at x - 0.5", () => {
    for (const data of [new Uint16Array(400), new Float32Array(400), new Uint8Array(400)]) {
      for (let index = 0; index < 400; index++) data[index] = 10 * (index % 20)
      const { height, width, ...found } = assembleTiles(
        { data, width: 20, height: 20, planes: 1 },
        { xPx: [0.5], yPx: [0] },
        { backend },
      )
      expect([width, height, found.originXPx]).toEqual([20, 20, 0])
      expect(found.data[5 * 20 + 10]).toBe(95)
      for (let x = 1; x < 20; x++) expect(found.data[7 * 20 + x]).toBe(10 * x - 5)
    }
  })

  it("says 0, not -0, where the canvas begins less than half a pixel left of 0", () => {
    const stack = { data: new Uint8Array(16).fill(1), width: 4, height: 4, planes: 1 }
    const { originXPx, originYPx } = assembleTiles(stack, { xPx: [-0.4], yPx: [-0.2] }, { backend })
    expect([originXPx, originYPx]).toEqual([0, 0])
  })

  it("AC-65: shows a gradient tile at 100.25, 7.75 with the right sign in x and y", () => {
    const data = Float32Array.from({ length: 20 * 16 }, (_, index) => 10 * (index % 20) + 4 * Math.floor(index / 20))
    const found = assembleTiles({ data, width: 20, height: 16, planes: 1 }, { xPx: [100.25], yPx: [7.75] }, { backend })
    expect([found.originXPx, found.originYPx, found.width, found.height]).toEqual([100, 8, 20, 16])
    for (let y = 0; y < 15; y++) {
      for (let x = 1; x < 20; x++) {
        const expected = 10 * (x + 100 - 100.25) + 4 * (y + 8 - 7.75)
        expect(found.data[y * 20 + x]).toBeCloseTo(expected, 3)
      }
    }
  })

  it("gives a single tile at a whole position as it is, of every type", () => {
    for (const dtype of pixelDtypes) {
      for (const [width, height] of [
        [1, 1],
        [1, 9],
        [13, 1],
        [31, 17],
      ] as const) {
        const tile = scene("noise", dtype, width, height, 4)
        for (const blend of blends) {
          const found = assembleTiles({ ...tile, planes: 1 }, { xPx: [-7], yPx: [12], blend }, { backend })
          expect(found.data).toEqual(tile.data)
          expect([found.originXPx, found.originYPx, found.uncoveredPixels]).toEqual([-7, 12, 0])
        }
      }
    }
  })

  it("is invisible where the tiles are crops of one picture, wherever they lie", () => {
    for (let seed = 0; seed < 20; seed++) {
      const next = uniform(seed)
      const base = scene("cells", "uint16", 90, 80, seed)
      const [width, height, planes] = [between(next, 3, 40), between(next, 3, 40), between(next, 1, 12)]
      const xPx = Array.from({ length: planes }, () => between(next, 0, 90 - width))
      const yPx = Array.from({ length: planes }, () => between(next, 0, 80 - height))
      const data = new Uint16Array(planes * width * height)
      for (let index = 0; index < data.length; index++) {
        const plane = Math.floor(index / (width * height))
        const [x, y] = [(xPx[plane] ?? 0) + (index % width), (yPx[plane] ?? 0) + (Math.floor(index / width) % height)]
        data[index] = base.data[y * 90 + x]
      }
      const covers = (x: number, y: number) =>
        xPx.some((left, at) => {
          const top = yPx[at] ?? 0
          return x >= left && x < left + width && y >= top && y < top + height
        })
      for (const blend of blends) {
        const marginRatio = blend === "fixed" ? 0.3 : undefined
        const found = assembleTiles({ data, width, height, planes }, { xPx, yPx, blend, marginRatio }, { backend })
        for (const [index, value] of found.data.entries()) {
          const [x, y] = [found.originXPx + (index % found.width), found.originYPx + Math.floor(index / found.width)]
          const isCovered = covers(x, y)
          expect(value).toBe(isCovered ? base.data[y * 90 + x] : 0)
          expect(found.coverage?.data[index]).toBe(isCovered ? 1 : 0)
        }
      }
    }
  })

  it("lets tiles that meet without overlap leave neither gap nor seam, at any part of a pixel", () => {
    for (const part of [0, 0.25, 0.5, 0.75]) {
      const found = assembleTiles(two(new Uint16Array(800)), { xPx: [part, 20 + part], yPx: [0, part] }, { backend })
      expect(found.width).toBe(40)
      const row = Array.from(found.data.subarray(40 * 10, 40 * 11))
      expect(row).toEqual([...Array<number>(20).fill(100), ...Array<number>(20).fill(200)])
    }
  })

  it("writes where it is asked to, whatever stood there", () => {
    const { height, width } = canvasSize(goldenTiles, goldenPlaces)
    const into = new Uint16Array(width * height).fill(9999)
    const found = assembleTiles(goldenTiles, { ...goldenPlaces, coverage: false }, { backend, into })
    expect(found.data).toBe(into)
    expect(found.coverage).toBeUndefined()
    expect(into).toEqual(readUint16("plates/assembled_out.npy"))
  })

  it.each(blends)(
    "leaves skipped tiles out with blend %s: neighbours are not blended with them, the canvas stays",
    (blend) => {
      const data = new Float32Array(1200)
      for (const [tile, value] of [100, 200, 300].entries()) data.fill(value, tile * 400, (tile + 1) * 400)
      const tiles = { data, width: 20, height: 20, planes: 3 }
      const found = assembleTiles(tiles, { xPx: [0, 15, 30], yPx: [0, 0, 0], blend, skipTiles: [1] }, { backend })
      expect([found.width, found.height, found.uncoveredPixels]).toEqual([50, 20, 10 * 20])
      const row = [...Array<number>(20).fill(100), ...Array<number>(10).fill(0), ...Array<number>(20).fill(300)]
      expect(Array.from(found.data.subarray(500, 550))).toEqual(row)
      expect(Array.from(found.coverage?.data.subarray(500, 550) ?? [])).toEqual(row.map((value) => (value > 0 ? 1 : 0)))
      // Where a tile is skipped that others cover, they alone are seen.
      const over = assembleTiles(tiles, { xPx: [0, 15, 0], yPx: [0, 0, 0], blend, skipTiles: [2, 2] }, { backend })
      const two = assembleTiles(
        { ...tiles, data: data.subarray(0, 800), planes: 2 },
        { xPx: [0, 15], yPx: [0, 0], blend },
        { backend },
      )
      expect(over).toEqual(two)
      expect(assembleTiles(tiles, { xPx: [0, 15, 30], yPx: [0, 0, 0], blend, skipTiles: [] }, { backend })).toEqual(
        assembleTiles(tiles, { xPx: [0, 15, 30], yPx: [0, 0, 0], blend }, { backend }),
      )
    },
  )

  it("refuses hostile arguments and names them", () => {
    const tiles = two(new Uint16Array(800))
    const bad: ReadonlyArray<readonly [string, () => unknown]> = [
      ["xPx", () => assembleTiles(tiles, { xPx: [0], yPx: [0, 0] }, { backend })],
      ["yPx", () => assembleTiles(tiles, { xPx: [0, 1], yPx: [0, 0, 3] }, { backend })],
      ["xPx[1]", () => assembleTiles(tiles, { xPx: [0, Number.NaN], yPx: [0, 0] }, { backend })],
      ["xPx", () => assembleTiles(tiles, { xPx: [0, 70_000], yPx: [0, 0] }, { backend })],
      ["yPx[0]", () => assembleTiles(tiles, { xPx: [0, 1], yPx: [Number.NEGATIVE_INFINITY, 0] }, { backend })],
      ["marginRatio", () => assembleTiles(tiles, { xPx: [0, 1], yPx: [0, 0], marginRatio: 2 }, { backend })],
      ["skipTiles", () => assembleTiles(tiles, { xPx: [0, 1], yPx: [0, 0], skipTiles: [2] }, { backend })],
      ["skipTiles[0]", () => assembleTiles(tiles, { xPx: [0, 1], yPx: [0, 0], skipTiles: [-1] }, { backend })],
      ["skipTiles", () => assembleTiles(tiles, { xPx: [0, 1], yPx: [0, 0], skipTiles: [0.5] }, { backend })],
      ["at least one tile", () => assembleTiles(tiles, { xPx: [0, 1], yPx: [0, 0], skipTiles: [0, 1] }, { backend })],
      // A caller without types may give any text.
      ["blend", () => assembleTiles(tiles, { xPx: [0, 1], yPx: [0, 0], blend: "soft" as "none" }, { backend })],
      ["tiles.planes", () => assembleTiles({ ...tiles, planes: 0 }, { xPx: [0], yPx: [0] }, { backend })],
      ["tiles.data", () => assembleTiles({ ...tiles, width: 21 }, { xPx: [0, 1], yPx: [0, 0] }, { backend })],
      ["working memory", () => assembleTiles(tiles, { xPx: [0, 60_000], yPx: [0, 60_000] }, { backend })],
      ["into", () => assembleTiles(tiles, { xPx: [0, 1], yPx: [0, 0] }, { backend, into: new Uint16Array(5) })],
    ]
    for (const [name, run] of bad) {
      expect(run).toThrow(ImagingError)
      expect(run).toThrow(name)
    }
  })
})

describe("both backends", () => {
  it("give the same mosaic to the bit, of any type, place and blend", () => {
    for (let seed = 0; seed < 90; seed++) {
      const next = uniform(seed)
      const dtype = pixelDtypes[seed % 3] ?? "uint16"
      const [width, height, planes] = [between(next, 1, 50), between(next, 1, 40), between(next, 1, 9)]
      const { data } = scene("cells", dtype, width, height * planes, seed)
      const place = () => (seed % 2 === 0 ? between(next, 0, 60) : next() * 60)
      const parameters = {
        xPx: Array.from({ length: planes }, place),
        yPx: Array.from({ length: planes }, place),
        blend: blends[Math.floor(seed / 3) % 3],
        marginRatio: Math.floor(seed / 3) % 3 === blends.indexOf("fixed") ? next() : undefined,
      }
      const tiles = { data, width, height, planes }
      const expected = assembleTiles(tiles, parameters)
      expect({ seed, ...assembleTiles(tiles, parameters, { backend: wasm }) }).toEqual({ seed, ...expected })
    }
    expect(wasm.heldBytes()).toBe(0)
  })
})
