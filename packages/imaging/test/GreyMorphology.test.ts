import { describe, expect, it } from "vitest"
import { typescript } from "../src/Backend.ts"
import {
  closing,
  closingSignature,
  dilation,
  dilationSignature,
  erosion,
  erosionSignature,
  opening,
  openingSignature,
} from "../src/GreyMorphology.ts"
import { type Image, type Pixels, pixelDtypeOf } from "../src/Image.ts"
import { likeOf } from "../src/internal/arrays.ts"
import { diskRows } from "../src/internal/morphology/diskRows.ts"
import { planOf } from "../src/internal/morphology/plan.ts"
import { haloPx } from "../src/Bands.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { backends, wasm } from "./backends.ts"
import { readNpy } from "./npy.ts"
import { between, uniform } from "./random.ts"
import { anyScene, oddSizes, scene } from "./scenes.ts"

const kernels = [
  ["erosion", erosion, erosionSignature],
  ["dilation", dilation, dilationSignature],
  ["opening", opening, openingSignature],
  ["closing", closing, closingSignature],
] as const

const fixture = (name: string): Image<Pixels> => {
  const { data, shape } = readNpy(`morphology/${name}.npy`)
  const [height = 0, width = 0] = shape
  if (!(data instanceof Uint8Array || data instanceof Uint16Array || data instanceof Float32Array)) {
    throw new Error(`${name} holds ${data.constructor.name}`)
  }
  return { data, width, height }
}

/** The definition, pixel by pixel. */
const byDefinition = (image: Image, radius: number, choose: (a: number, b: number) => number): Array<number> => {
  const { data, height, width } = image
  return Array.from(data, (_, index) => {
    const [x, y] = [index % width, Math.floor(index / width)]
    let chosen = data[index]
    for (let row = Math.max(0, y - radius); row <= Math.min(height - 1, y + radius); row++) {
      for (let column = Math.max(0, x - radius); column <= Math.min(width - 1, x + radius); column++) {
        if ((row - y) ** 2 + (column - x) ** 2 > radius ** 2) continue
        chosen = choose(chosen, data[row * width + column])
      }
    }
    return chosen
  })
}

const flipped = <P extends Pixels>({ data, height, width }: Image<P>): Image<P> => ({
  data: likeOf(data, data.length).map((_, index) => data[data.length - 1 - index]) as P,
  width,
  height,
})

const transposed = <P extends Pixels>({ data, height, width }: Image<P>): Image<P> => ({
  data: likeOf(data, data.length).map((_, index) => data[(index % height) * width + Math.floor(index / height)]) as P,
  width: height,
  height: width,
})

const cut = <P extends Pixels>(image: Image<P>, x: number, y: number, width: number, height: number): Image<P> => {
  const data = likeOf(image.data, width * height)
  for (let row = 0; row < height; row++) {
    const start = (y + row) * image.width + x
    data.set(image.data.subarray(start, start + width), row * width)
  }
  return { data, width, height }
}

describe("plans for disks", () => {
  it("of disks that the picture cuts off take no more terms than their outline is long", () => {
    for (const radius of [7, 20, 50, 165, 300]) {
      for (let width = 1; width <= radius + 3; width += radius > 100 ? 23 : 1) {
        const widths = diskRows(radius, width, 2 * radius)
        const [reachX = 0] = widths
        const { terms } = planOf(widths)
        expect(terms.length, `${radius} in ${width}`).toBeLessThanOrEqual(4 * (reachX + widths.length) + 16)
      }
    }
  })
})

describe.each(backends)("grey morphology on %s", (_name, backend) => {
  it("equals scikit-image 0.19.3 on the committed picture", () => {
    const picture = fixture("picture")
    expect(erosion(picture, { radiusPx: 3 }, { backend })).toEqual(fixture("erosion_3"))
    expect(dilation(picture, { radiusPx: 4 }, { backend })).toEqual(fixture("dilation_4"))
    expect(opening(picture, { radiusPx: 5 }, { backend })).toEqual(fixture("opening_5"))
    expect(closing(picture, { radiusPx: 2 }, { backend })).toEqual(fixture("closing_2"))
    expect(opening(fixture("single"), { radiusPx: 9 }, { backend })).toEqual(fixture("single_opening_9"))
  })

  it("spreads one pixel to the digital disk", () => {
    const data = new Uint16Array(49)
    data[24] = 7
    const disks: ReadonlyArray<readonly [radius: number, rows: ReadonlyArray<number>]> = [
      [0, [0, 0, 0, 1, 0, 0, 0]],
      [1, [0, 0, 1, 3, 1, 0, 0]],
      [2, [0, 1, 3, 5, 3, 1, 0]],
      [3, [1, 5, 5, 7, 5, 5, 1]],
    ]
    for (const [radiusPx, rows] of disks) {
      const result = dilation({ data, width: 7, height: 7 }, { radiusPx }, { backend })
      const widths = Array.from(
        { length: 7 },
        (_, y) => result.data.subarray(y * 7, y * 7 + 7).filter((v) => v === 7).length,
      )
      expect(widths).toEqual(rows)
    }
  })

  it.each(pixelDtypes)("is the least and the largest value of the disk by definition, of %s and all sizes", (dtype) => {
    for (const [seed, [width, height]] of oddSizes.entries()) {
      const image = scene("cells", dtype, width, height, seed)
      for (const radiusPx of [0, 1, 2, 3, 4, 7]) {
        const message = `${width} x ${height}, radius ${radiusPx}`
        const least = erosion(image, { radiusPx }, { backend }).data
        expect(Array.from(least), message).toEqual(byDefinition(image, radiusPx, Math.min))
        const most = dilation(image, { radiusPx }, { backend }).data
        expect(Array.from(most), message).toEqual(byDefinition(image, radiusPx, Math.max))
      }
    }
  })

  it("is the least and the largest of all where the radius is beyond the picture", () => {
    for (const [seed, [width, height]] of oddSizes.entries()) {
      for (const dtype of pixelDtypes) {
        const image = scene("noise", dtype, width, height, seed)
        for (const radiusPx of [width + height, 40_000, 65_535]) {
          expect(new Set(erosion(image, { radiusPx }, { backend }).data)).toEqual(new Set([Math.min(...image.data)]))
          expect(new Set(dilation(image, { radiusPx }, { backend }).data)).toEqual(new Set([Math.max(...image.data)]))
        }
      }
    }
  })

  it("works on the longest row and column that there may be", () => {
    for (const [width, height] of [
      [65_535, 1],
      [1, 65_535],
      [65_535, 2],
    ] as const) {
      const data = new Uint16Array(width * height).fill(9)
      data[30_000] = 4
      const radiusPx = 100
      const result = erosion({ data, width, height }, { radiusPx }, { backend }).data
      // In the next row the disk is as wide as its row of 1: sqrt(100² - 1) is 99.
      expect(result.filter((value) => value === 4).length).toBe(height === 2 ? 201 + 199 : 201)
    }
  })

  it.each(kernels)("%s leaves a constant picture as it is", (_kernel, kernel) => {
    for (const dtype of pixelDtypes) {
      const image = scene("constant", dtype, 37, 22, 0)
      expect(kernel(image, { radiusPx: 6 }, { backend })).toEqual(image)
    }
  })

  it.each([
    ["opening", opening],
    ["closing", closing],
  ] as const)("%s twice is %s once", (_kernel, kernel) => {
    for (let seed = 0; seed < 12; seed++) {
      const image = anyScene(pixelDtypes[seed % 3] ?? "uint16", seed)
      const once = kernel(image, { radiusPx: 1 + seed }, { backend })
      expect(kernel(once, { radiusPx: 1 + seed }, { backend })).toEqual(once)
    }
  })

  it.each(kernels)("%s of a flipped or transposed picture is the flipped or transposed result", (_kernel, kernel) => {
    for (let seed = 0; seed < 9; seed++) {
      const image: Image<Pixels> = anyScene(pixelDtypes[seed % 3] ?? "uint16", seed + 40)
      const result = kernel(image, { radiusPx: 2 + seed }, { backend })
      expect(kernel(flipped(image), { radiusPx: 2 + seed }, { backend })).toEqual(flipped(result))
      expect(kernel(transposed(image), { radiusPx: 2 + seed }, { backend })).toEqual(transposed(result))
    }
  })

  it.each(kernels)("%s of a tile with its halo is that part of the whole", (_kernel, kernel, signature) => {
    for (const [seed, radiusPx] of [1, 3, 5, 8].entries()) {
      const image: Image<Pixels> = scene("cells", pixelDtypes[seed % 3] ?? "uint16", 120, 90, seed)
      const whole = kernel(image, { radiusPx }, { backend })
      const halo = haloPx(signature, { radiusPx }) ?? 0
      const [x, y, width, height] = [37, 31, 40, 25]
      const tile = kernel(
        cut(image, x - halo, y - halo, width + 2 * halo, height + 2 * halo),
        { radiusPx },
        { backend },
      )
      expect(cut(tile, halo, halo, width, height)).toEqual(cut(whole, x, y, width, height))
    }
  })

  it("gives the same for 8 and 16 bits and floats of the same values", () => {
    const image = scene("cells", "uint8", 71, 53, 4)
    const wide = { ...image, data: Uint16Array.from(image.data) }
    const single = { ...image, data: Float32Array.from(image.data) }
    for (const [, kernel] of kernels) {
      for (const radiusPx of [1, 2, 3, 11]) {
        const expected = Array.from(kernel(image, { radiusPx }, { backend }).data)
        expect(Array.from(kernel(wide, { radiusPx }, { backend }).data)).toEqual(expected)
        expect(Array.from(kernel(single, { radiusPx }, { backend }).data)).toEqual(expected)
      }
    }
  })

  it("opens below and closes above the picture, and the one is the other of the negative", () => {
    const image = scene("neurites", "uint16", 66, 67, 9)
    const negative = { ...image, data: image.data.map((value) => 65_535 - value) }
    for (const radiusPx of [1, 4, 20]) {
      const low = opening(image, { radiusPx }, { backend }).data
      const high = closing(image, { radiusPx }, { backend }).data
      expect(low.every((value, index) => value <= image.data[index])).toBe(true)
      expect(high.every((value, index) => value >= image.data[index])).toBe(true)
      expect(closing(negative, { radiusPx }, { backend }).data).toEqual(low.map((value) => 65_535 - value))
    }
  })

  it("writes a negative zero as zero, whatever stands beside it", () => {
    const data = Float32Array.of(-0, 0, -0, 1, -0, 0, 0, -0, 2)
    for (const [, kernel] of kernels) {
      for (const radiusPx of [0, 1, 5]) {
        const result = kernel({ data, width: 3, height: 3 }, { radiusPx }, { backend }).data
        expect(Array.from(result).some((value) => Object.is(value, -0))).toBe(false)
      }
    }
  })

  it.each(kernels)("%s refuses what is no radius, naming its range", (_kernel, kernel) => {
    const image = scene("noise", "uint16", 5, 4, 0)
    for (const radiusPx of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 65_536, 1e300, "3", null, undefined, [3]]) {
      expect(() => kernel(image, { radiusPx: radiusPx as number }, { backend })).toThrow(
        /radiusPx must be a whole number from 0 to 65535 \(px\)/,
      )
    }
    expect(() => kernel(image, { radiusPx: 1, radius: 2 } as { radiusPx: number }, { backend })).toThrow(
      "radius must be",
    )
  })

  it.each(kernels)("%s refuses what is no picture", (_kernel, kernel) => {
    const parameters = { radiusPx: 2 }
    const run = (image: unknown) => () => kernel(image as Image, parameters, { backend })
    expect(run(null)).toThrow("image must be")
    expect(run({ data: [1, 2], width: 2, height: 1 })).toThrow("image.data must be a typed array")
    expect(run({ data: new Float64Array(4), width: 2, height: 2 })).toThrow("image.data must be")
    expect(run({ data: new Uint16Array(5), width: 2, height: 2 })).toThrow("2 wide x 2 high = 4 pixels, not 5")
    expect(run({ data: new Uint16Array(0), width: 0, height: 0 })).toThrow("image.width must be")
    expect(run({ data: Float32Array.of(0, Number.NaN), width: 2, height: 1 })).toThrow("NaN at x 1, y 0")
    expect(run({ data: Float32Array.of(0, Number.POSITIVE_INFINITY), width: 2, height: 1 })).toThrow("Infinity at x 1")
    const data = new Uint16Array(4)
    structuredClone(data, { transfer: [data.buffer] })
    expect(run({ data, width: 2, height: 2 })).toThrow("transferred away")
    const image = scene("noise", "uint16", 4, 3, 0)
    expect(() => kernel(image, parameters, { backend, into: new Uint16Array(11) })).toThrow("into must be 12 pixels")
    expect(() => kernel(image, parameters, { backend, into: new Uint8Array(12) as never })).toThrow("into.data must be")
  })

  it.each(kernels)("%s leaves its input alone, and may write over it where that is asked for", (_kernel, kernel) => {
    for (const radiusPx of [0, 2, 9]) {
      const image = scene("cells", "uint16", 50, 41, 3)
      const before = image.data.slice()
      const expected = kernel(image, { radiusPx }, { backend }).data
      expect(image.data).toEqual(before)
      expect(kernel(image, { radiusPx }, { backend, into: image.data }).data).toBe(image.data)
      expect(image.data).toEqual(expected)
    }
  })
})

describe("compiled grey morphology", () => {
  it("is the reference's to the last bit on 300 scenes", () => {
    for (let seed = 0; seed < 300; seed++) {
      const image: Image<Pixels> = anyScene(pixelDtypes[seed % 3] ?? "uint16", seed, 160)
      const next = uniform(seed)
      const radiusPx = between(next, 0, seed % 5 === 0 ? 120 : 25)
      const [name, kernel] = kernels[seed % 4] ?? kernels[0]
      const message = `${name} ${radiusPx} of ${pixelDtypeOf(image.data)} ${image.width} x ${image.height}`
      const expected = kernel(image, { radiusPx }, { backend: typescript }).data
      expect(kernel(image, { radiusPx }, { backend: wasm }).data, message).toEqual(expected)
    }
  })

  it("is the reference's over several strips of columns", () => {
    for (const [radiusPx, width] of [
      [50, 3000],
      [2, 3001],
      [90, 1500],
    ] as const) {
      const image = scene("cells", "uint16", width, 12, 1)
      expect(opening(image, { radiusPx }, { backend: wasm })).toEqual(opening(image, { radiusPx }))
    }
  })

  it("writes a picture of the shared memory over itself, and gives all places back", () => {
    const image = scene("cells", "uint16", 90, 80, 5)
    const before = wasm.heldBytes()
    const held = wasm.allocate("uint16", image.data.length)
    for (const [, kernel] of kernels) {
      for (const radiusPx of [1, 6]) {
        held.set(image.data)
        const expected = kernel(image, { radiusPx }).data
        expect(kernel({ ...image, data: held }, { radiusPx }, { backend: wasm, into: held }).data).toEqual(expected)
      }
    }
    wasm.release(held)
    expect(wasm.heldBytes()).toBe(before)
  })

  it("plans tables and terms that cover the disk and nothing else, of every radius up to 60", () => {
    for (let radius = 0; radius <= 60; radius++) {
      for (const [width, height] of [
        [1000, 1000],
        [30, 1000],
        [1000, 17],
      ] as const) {
        const widths = diskRows(radius, width, height)
        const { reachX, reachY, steps, terms } = planOf(widths)
        const columns = 4 * radius + 8
        const tables: Array<ReadonlySet<number>> = [new Set([0])]
        const shifted = (term: { readonly table: number; readonly delay: number; readonly x: number }) =>
          [...(tables[term.table] ?? [])].map((place) => place + term.delay * columns + term.x)
        for (const { first, second } of steps) tables.push(new Set([...shifted(first), ...shifted(second)]))
        const covered = new Set(terms.flatMap(shifted))
        const wanted = new Set<number>()
        for (let dy = -reachY; dy <= reachY; dy++) {
          const half = widths[Math.abs(dy)] ?? -1
          for (let x = -half; x <= half; x++) wanted.add((reachY - dy) * columns + x + reachX)
        }
        expect(covered.size, `radius ${radius}, ${width} x ${height}`).toBe(wanted.size)
        expect([...wanted].every((place) => covered.has(place))).toBe(true)
      }
    }
  })
})
