import { describe, expect, it } from "vitest"
import {
  binaryClosing,
  binaryClosingSignature,
  binaryDilation,
  binaryDilationSignature,
  binaryErosion,
  binaryErosionSignature,
  binaryOpening,
  binaryOpeningSignature,
} from "../src/BinaryMorphology.ts"
import type { Mask } from "../src/Image.ts"
import { haloPx } from "../src/Bands.ts"

import { backends, wasm } from "./backends.ts"
import { readNpy } from "./npy.ts"
import { anyScene, oddSizes } from "./scenes.ts"

const kernels = [
  ["erosion", binaryErosion, binaryErosionSignature],
  ["dilation", binaryDilation, binaryDilationSignature],
  ["opening", binaryOpening, binaryOpeningSignature],
  ["closing", binaryClosing, binaryClosingSignature],
] as const

const fixture = (name: string): Mask => {
  const { data } = readNpy(`morphology/${name}.npy`)
  if (!(data instanceof Uint8Array)) throw new Error(name)
  return { data, width: 57, height: 43 }
}

const drawn = (...rows: ReadonlyArray<string>): Mask => ({
  data: Uint8Array.from(rows.join(""), (character) => (character === "#" ? 1 : 0)),
  width: rows[0]?.length ?? 0,
  height: rows.length,
})

const anyMask = (seed: number): Mask => {
  const { data, height, width } = anyScene("uint8", seed, 80)
  return { data: data.map((value) => (value > 80 ? 1 : 0)), width, height }
}

describe.each(backends)("binary morphology on %s", (_name, backend) => {
  it("equals scikit-image 0.19.3 on the committed mask", () => {
    const mask = fixture("mask")
    expect(binaryErosion(mask, { radiusPx: 2 }, { backend })).toEqual(fixture("binary_erosion_2"))
    expect(binaryDilation(mask, { radiusPx: 3 }, { backend })).toEqual(fixture("binary_dilation_3"))
    expect(binaryOpening(mask, { radiusPx: 3 }, { backend })).toEqual(fixture("binary_opening_3"))
    expect(binaryClosing(mask, { radiusPx: 4 }, { backend })).toEqual(fixture("binary_closing_4"))
  })

  it("does to a drawn mask what can be done by hand", () => {
    const mask = drawn("####.", "####.", "####.", ".....", "....#")
    // The border neither eats nor adds: pixels outside are not looked at.
    expect(binaryErosion(mask, { radiusPx: 1 }, { backend })).toEqual(
      drawn("###..", "###..", ".....", ".....", "....."),
    )
    expect(binaryDilation(mask, { radiusPx: 1 }, { backend })).toEqual(
      drawn("#####", "#####", "#####", "#####", "...##"),
    )
    expect(binaryOpening(mask, { radiusPx: 1 }, { backend })).toEqual(
      drawn("####.", "####.", "###..", ".....", "....."),
    )
  })

  it.each(kernels)("%s leaves empty and full masks, of all sizes", (_kernel, kernel) => {
    for (const [width, height] of oddSizes) {
      for (const value of [0, 1]) {
        const mask = { data: new Uint8Array(width * height).fill(value), width, height }
        for (const radiusPx of [0, 1, 4, 200]) expect(kernel(mask, { radiusPx }, { backend })).toEqual(mask)
      }
    }
  })

  it("erodes what dilates the rest", () => {
    for (let seed = 0; seed < 10; seed++) {
      const mask = anyMask(seed)
      const rest = { ...mask, data: mask.data.map((value) => 1 - value) }
      const dilated = binaryDilation(rest, { radiusPx: 1 + seed }, { backend }).data
      expect(binaryErosion(mask, { radiusPx: 1 + seed }, { backend }).data).toEqual(dilated.map((value) => 1 - value))
    }
  })

  it.each(kernels)("%s of a band with its halo is that part of the whole", (_kernel, kernel, signature) => {
    const data = new Uint8Array(100 * 90).map((_, at) => ((at * 7919) % 31 < 24 ? 1 : 0))
    const mask: Mask = { data, width: 100, height: 90 }
    const radiusPx = 4
    const halo = haloPx(signature, { radiusPx }) ?? 0
    const whole = kernel(mask, { radiusPx }, { backend }).data
    const band = { data: mask.data.subarray((30 - halo) * 100, (60 + halo) * 100), width: 100, height: 30 + 2 * halo }
    const part = kernel(band, { radiusPx }, { backend }).data
    expect(part.slice(halo * 100, (halo + 30) * 100)).toEqual(whole.slice(30 * 100, 60 * 100))
  })

  it.each(kernels)("%s refuses what is no mask and no radius", (_kernel, kernel) => {
    const mask = { data: Uint8Array.of(0, 1, 255, 1), width: 2, height: 2 }
    expect(() => kernel(mask, { radiusPx: 1 }, { backend })).toThrow(
      "mask.data must be a mask, of 0 and one other value, not 1 and 255 (at x 0, y 1)",
    )
    const bright = { data: Uint8Array.of(0, 255, 255, 0, 255, 255), width: 3, height: 2 }
    const ones = { ...bright, data: bright.data.map((value) => value && 1) }
    expect(kernel(bright, { radiusPx: 1 }, { backend })).toEqual(kernel(ones, { radiusPx: 1 }, { backend }))
    const wide = { data: new Uint16Array(4) as unknown as Uint8Array, width: 2, height: 2 }
    expect(() => kernel(wide, { radiusPx: 1 }, { backend })).toThrow("mask.data must be a typed array of uint8")
    const good = { data: new Uint8Array(4), width: 2, height: 2 }
    expect(() => kernel(good, { radiusPx: -2 }, { backend })).toThrow("radiusPx must be a whole number from 0 to 65535")
    expect(() => kernel(good, {} as { radiusPx: number }, { backend })).toThrow("radiusPx must be")
    expect(() => kernel(good, { radiusPx: 1 }, { backend, into: new Uint8Array(3) })).toThrow("into must be 4 pixels")
  })
})

describe("compiled binary morphology", () => {
  it("is the reference's on 200 masks", () => {
    for (let seed = 0; seed < 200; seed++) {
      const mask = anyMask(seed)
      const [name, kernel] = kernels[seed % 4] ?? kernels[0]
      const radiusPx = seed % 17
      expect(kernel(mask, { radiusPx }, { backend: wasm }), `${name} ${radiusPx}`).toEqual(kernel(mask, { radiusPx }))
    }
  })
})
