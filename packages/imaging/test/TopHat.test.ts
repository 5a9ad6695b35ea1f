import { describe, expect, it } from "vitest"
import { typescript } from "../src/Backend.ts"
import { closing, opening } from "../src/GreyMorphology.ts"
import type { Image, Pixels } from "../src/Image.ts"
import { haloPx } from "../src/Bands.ts"
import { pixelDtypes } from "../src/Signature.ts"
import {
  blackSignature,
  blackTopHat,
  downsampledSignature,
  whiteSignature,
  whiteTopHat,
  whiteTopHatDownsampled,
} from "../src/TopHat.ts"
import { load } from "../src/Wasm.ts"
import { backends, wasm } from "./backends.ts"
import { readNpy, readUint16 } from "./npy.ts"
import { between, uniform } from "./random.ts"
import { anyScene, oddSizes, scene } from "./scenes.ts"

const golden = (name: string): Image<Uint16Array> => ({ data: readUint16(`plates/${name}.npy`), width: 64, height: 64 })
const [width, height] = [57, 43]
const picture = { data: readUint16("morphology/picture.npy"), width, height }
const single = (name: string): Image<Float32Array> => {
  const { data } = readNpy(`morphology/${name}.npy`)
  if (!(data instanceof Float32Array)) throw new Error(name)
  return { data, width, height }
}

describe.each(backends)("top-hats on %s", (_name, backend) => {
  it("AC-55: the exact white top-hat of radius 5 is the golden one, spots 496 and broad disc 0", () => {
    const image = golden("tophat_in")
    const result = whiteTopHat(image, { radiusPx: 5 }, { backend })
    expect(result).toEqual(golden("tophat_exact_r5"))
    expect([12 * 64 + 14, 15 * 64 + 48, 50 * 64 + 12, 44 * 64 + 44].map((at) => result.data[at])).toEqual([
      496, 496, 496, 0,
    ])
    expect(result.data.reduce((sum, value) => sum + value, 0)).toBe(49_566)
  })

  it("AC-55: the down-sampled variant, radius 12 and factor 4, is the golden one in every pixel", () => {
    const result = whiteTopHatDownsampled(golden("tophat_in"), { radiusPx: 12, factor: 4 }, { backend })
    expect(result).toEqual(golden("tophat_fast_r12_ds4"))
    expect(result.data.reduce((sum, value) => sum + value, 0)).toBe(141_774)
  })

  it("equal scikit-image 0.19.3 on the committed picture", () => {
    const read = (name: string) => ({ data: readUint16(`morphology/${name}.npy`), width, height })
    expect(whiteTopHat(picture, { radiusPx: 7 }, { backend })).toEqual(read("white_7"))
    expect(blackTopHat(picture, { radiusPx: 6 }, { backend })).toEqual(read("black_6"))
    expect(whiteTopHatDownsampled(picture, { radiusPx: 12, factor: 4 }, { backend })).toEqual(read("downsampled_12_4"))
    expect(whiteTopHat(single("single"), { radiusPx: 1 }, { backend })).toEqual(single("single_white_1"))
    const small = whiteTopHatDownsampled(single("single"), { radiusPx: 9, factor: 3 }, { backend })
    expect(small).toEqual(single("single_downsampled_9_3"))
  })

  it.each(pixelDtypes)("are the differences to opening and closing, of %s and all sizes", (dtype) => {
    for (const [seed, [columns, rows]] of oddSizes.entries()) {
      const image = scene("cells", dtype, columns, rows, seed)
      for (const radiusPx of [0, 1, 2, 5, 30]) {
        const open = opening(image, { radiusPx }, { backend }).data
        const closed = closing(image, { radiusPx }, { backend }).data
        const difference = (left: Pixels, right: Pixels) =>
          Array.from(left, (value, index) =>
            dtype === "float32" ? Math.fround(value - right[index]) : value - right[index],
          )
        expect(Array.from(whiteTopHat(image, { radiusPx }, { backend }).data)).toEqual(difference(image.data, open))
        expect(Array.from(blackTopHat(image, { radiusPx }, { backend }).data)).toEqual(difference(closed, image.data))
      }
    }
  })

  it("of factor 1 are the exact white top-hat", () => {
    for (const [seed, dtype] of pixelDtypes.entries()) {
      const image: Image<Pixels> = scene("cells", dtype, 61, 47, seed)
      const expected = whiteTopHat(image, { radiusPx: 6 }, { backend })
      expect(whiteTopHatDownsampled(image, { radiusPx: 6, factor: 1 }, { backend })).toEqual(expected)
    }
  })

  it("of a constant picture are nothing", () => {
    for (const dtype of pixelDtypes) {
      const image: Image<Pixels> = scene("constant", dtype, 41, 30, 0)
      for (const result of [
        whiteTopHat(image, { radiusPx: 4 }, { backend }),
        blackTopHat(image, { radiusPx: 4 }, { backend }),
        whiteTopHatDownsampled(image, { radiusPx: 8, factor: 4 }, { backend }),
      ]) {
        expect(new Set(result.data)).toEqual(new Set([0]))
      }
    }
  })

  it("of a tile with its halo are that part of the whole", () => {
    const image = scene("cells", "uint16", 130, 100, 8)
    for (const [kernel, signature] of [
      [whiteTopHat, whiteSignature],
      [blackTopHat, blackSignature],
    ] as const) {
      const radiusPx = 7
      const halo = haloPx(signature, { radiusPx }) ?? 0
      expect(halo).toBe(14)
      const whole = kernel(image, { radiusPx }, { backend }).data
      // A band of rows is a piece of the same array.
      const [top, rows] = [40, 30]
      const band = image.data.subarray((top - halo) * 130, (top + rows + halo) * 130)
      const tile = kernel({ data: band, width: 130, height: rows + 2 * halo }, { radiusPx }, { backend }).data
      expect(tile.slice(halo * 130, (halo + rows) * 130)).toEqual(whole.slice(top * 130, (top + rows) * 130))
    }
  })

  it("have radius 50 and factor 4 unless told otherwise", () => {
    const image = scene("spots", "uint16", 120, 110, 2)
    expect(whiteTopHat(image, {}, { backend })).toEqual(whiteTopHat(image, { radiusPx: 50 }, { backend }))
    expect(blackTopHat(image, {}, { backend })).toEqual(blackTopHat(image, { radiusPx: 50 }, { backend }))
    const fast = whiteTopHatDownsampled(image, {}, { backend })
    expect(fast).toEqual(whiteTopHatDownsampled(image, { radiusPx: 50, factor: 4 }, { backend }))
  })

  it("cannot be cut into tiles where sizes decide the result", () => {
    expect(haloPx(downsampledSignature, { radiusPx: 50, factor: 4 })).toBeUndefined()
  })

  it.each([
    ["white", whiteTopHat],
    ["black", blackTopHat],
    ["down-sampled white", whiteTopHatDownsampled],
  ] as const)(
    "the %s one refuses what is no radius and no picture, and may write over its input",
    (_kernel, kernel) => {
      const image = scene("cells", "uint16", 33, 21, 0)
      for (const radiusPx of [-1, 0.5, Number.NaN, 70_000, "5" as unknown as number]) {
        expect(() => kernel(image, { radiusPx }, { backend })).toThrow(
          /radiusPx must be a whole number from 0 to 65535/,
        )
      }
      expect(() => kernel({ ...image, width: 32 }, {}, { backend })).toThrow(
        "image.data must be 32 wide x 21 high = 672 pixels",
      )
      const broken = { data: Float32Array.of(1, Number.NaN, 3), width: 3, height: 1 }
      expect(() => kernel(broken, {}, { backend })).toThrow("NaN at x 1, y 0")
      expect(() => kernel(image, {}, { backend, into: new Uint16Array(1) })).toThrow("into must be 693 pixels")
      const expected = kernel(image, { radiusPx: 5 }, { backend }).data
      expect(kernel(image, { radiusPx: 5 }, { backend, into: image.data }).data).toBe(image.data)
      expect(image.data).toEqual(expected)
    },
  )

  it("refuse what is no factor", () => {
    const image = scene("cells", "uint16", 33, 21, 0)
    for (const factor of [0, -4, 1.5, 33, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => whiteTopHatDownsampled(image, { factor }, { backend })).toThrow(
        /factor must be a whole number from 1 to 32/,
      )
    }
    expect(() => whiteTopHat(image, { factor: 4 } as object, { backend })).toThrow("factor must be left out")
  })

  it("down-sample pictures that are smaller than the factor to one pixel", () => {
    for (const [columns, rows] of oddSizes) {
      const image = scene("noise", "uint16", columns, rows, 3)
      const { data } = whiteTopHatDownsampled(image, { factor: 32, radiusPx: 64 }, { backend })
      expect(data.every((value, index) => value <= image.data[index])).toBe(true)
    }
    const one = { data: Uint16Array.of(77), width: 1, height: 1 }
    expect(whiteTopHatDownsampled(one, {}, { backend }).data).toEqual(Uint16Array.of(0))
  })
})

describe("compiled top-hats", () => {
  it("are the reference's to the last bit on 200 scenes", () => {
    for (let seed = 0; seed < 200; seed++) {
      const image: Image<Pixels> = anyScene(pixelDtypes[seed % 3] ?? "uint16", seed, 120)
      const next = uniform(seed + 3)
      const [radiusPx, factor] = [between(next, 0, 40), between(next, 1, 9)]
      for (const kernel of [whiteTopHat, blackTopHat]) {
        const expected = kernel(image, { radiusPx }, { backend: typescript })
        expect(kernel(image, { radiusPx }, { backend: wasm }), `seed ${seed}`).toEqual(expected)
      }
      const expected = whiteTopHatDownsampled(image, { radiusPx, factor }, { backend: typescript })
      const fast = whiteTopHatDownsampled(image, { radiusPx, factor }, { backend: wasm })
      expect(fast, `seed ${seed}, factor ${factor}, radius ${radiusPx}`).toEqual(expected)
    }
  })

  it("say that there is no room where there is none, and give back what they took", async () => {
    const small = await load({ maximumBytes: 16 * 65_536 })
    const image = { data: new Uint16Array(600 * 600), width: 600, height: 600 }
    for (const kernel of [whiteTopHat, blackTopHat, whiteTopHatDownsampled]) {
      expect(() => kernel(image, {}, { backend: small })).toThrow(
        /_top_hat(_downsampled)?: needs \d+ bytes of working memory/,
      )
      expect(small.heldBytes()).toBe(0)
    }
  })

  it("leave nothing held on the shared memory, failed calls included", () => {
    const before = wasm.heldBytes()
    const image = scene("cells", "uint8", 60, 50, 1)
    whiteTopHatDownsampled(image, {}, { backend: wasm })
    whiteTopHat(image, {}, { backend: wasm })
    expect(() => whiteTopHat(image, { radiusPx: -1 }, { backend: wasm })).toThrow("radiusPx")
    expect(wasm.heldBytes()).toBe(before)
  })
})
