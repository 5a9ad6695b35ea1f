import { describe, expect, it } from "vitest"
import { binning } from "../src/Binning.ts"
import { clahe } from "../src/Clahe.ts"
import { crop } from "../src/Crop.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { backends, wasm } from "./backends.ts"
import { badStacks, golden, picture, refusedName } from "./intensityPicture.ts"
import { anyScene, oddSizes, scene } from "./scenes.ts"

describe.each(backends)("binning on %s", (_name, backend) => {
  const image = { data: Uint8Array.of(1, 2, 250, 250, 9, 3, 5, 250, 251, 9, 7, 7, 7, 7, 7), width: 5, height: 3 }

  it("cuts means, holds sums at the top, takes maxima, and leaves out what fills no block", () => {
    const bin = (method: "mean" | "sum" | "maximum") => binning(image, { method }, { backend })
    expect(bin("mean")).toEqual({ data: Uint8Array.of(2, 250), width: 2, height: 1 })
    expect(bin("sum").data).toEqual(Uint8Array.of(11, 255))
    expect(bin("maximum").data).toEqual(Uint8Array.of(5, 251))
  })

  it("by 1 is the picture", () => {
    for (const method of ["mean", "sum", "maximum"] as const) {
      expect(binning(image, { factor: 1, method }, { backend }).data).toEqual(image.data)
    }
  })

  it.each(pixelDtypes)("is what scikit-image gives, of %s", (dtype) => {
    const cases = [
      ["mean", 3],
      ["sum", 2],
      ["maximum", 4],
    ] as const
    for (const [method, factor] of cases) {
      const result = binning(picture(dtype), { method, factor }, { backend })
      expect(result.data).toEqual(golden(`bin_${method}_${factor}`, dtype))
    }
  })

  it("gives a tile's part of the whole where the tile begins at a block", () => {
    const whole = binning(picture("uint16"), { factor: 3 }, { backend })
    const tile = crop(picture("uint16"), { leftPx: 12, topPx: 9, widthPx: 21, heightPx: 15 }, { backend })
    const part = crop(whole, { leftPx: 4, topPx: 3, widthPx: 7, heightPx: 5 }, { backend })
    expect(binning(tile, { factor: 3 }, { backend }).data).toEqual(part.data)
  })

  it("is exact for the brightest and largest blocks", () => {
    const bright = { data: new Uint16Array(300 * 300).fill(65_535), width: 300, height: 300 }
    for (const factor of [2, 257, 300]) {
      expect(binning(bright, { factor }, { backend }).data[0]).toBe(65_535)
      expect(binning(bright, { factor, method: "sum" }, { backend }).data[0]).toBe(65_535)
    }
  })

  it("refuses floats whose sum is beyond 32 bits, says where, and writes nothing; signs that cancel are summed", () => {
    const side = 46
    const data = new Float32Array(side * side).fill(1)
    // The second block of the second row: 23 x 23 times 2^119 is more than 2^128.
    for (let y = 23; y < 46; y++) data.fill(2 ** 119, y * side + 23, y * side + 46)
    const large = { data, width: side, height: side }
    const into = new Float32Array(4).fill(7)
    const run = () => binning(large, { factor: 23, method: "sum" }, { backend, into })
    expect(run).toThrow("a larger sum at block x 1, y 1")
    expect(Array.from(into)).toEqual([7, 7, 7, 7])
    expect(binning(large, { factor: 23 }, { backend }).data[3]).toBe(2 ** 119)
    const cancelling = { ...large, data: data.map((value, index) => (index % 2 === 0 ? value : -value)) }
    const sums = binning(cancelling, { factor: 23, method: "sum" }, { backend, into })
    expect(sums.data).toBe(into)
    // One more of the even columns in each row of a block of odd width that begins with one, one less in the next.
    expect(Array.from(into)).toEqual([23, -23, 23, -23 * 2 ** 119])
  })

  it.each([
    [{ factor: 0 }, "factor"],
    [{ factor: 4 }, "factor"],
    [{ factor: -2 }, "factor"],
    [{ factor: 1.5 }, "factor"],
    [{ factor: 1e9 }, "factor"],
    [{ method: "median" as "mean" }, "method"],
  ])("refuses %j and names %s", (parameters, refused) => {
    expect(refusedName(() => binning(image, parameters, { backend }))).toBe(refused)
  })
})

describe.each(backends)("crop on %s", (_name, backend) => {
  const image = { data: Uint16Array.from({ length: 12 }, (_, index) => index), width: 4, height: 3 }

  it("takes the rows and columns asked for", () => {
    const result = crop(image, { leftPx: 1, topPx: 1, widthPx: 2, heightPx: 2 }, { backend })
    expect(result).toEqual({ data: Uint16Array.of(5, 6, 9, 10), width: 2, height: 2 })
    const labels = { ...image, data: Uint32Array.from(image.data) }
    const row = crop(labels, { topPx: 2, widthPx: 4, heightPx: 1 }, { backend })
    expect(row.data).toEqual(Uint32Array.of(8, 9, 10, 11))
  })

  it.each([
    [{ leftPx: 4, widthPx: 1, heightPx: 1 }, "leftPx"],
    [{ topPx: 3, widthPx: 1, heightPx: 1 }, "topPx"],
    [{ leftPx: 3, widthPx: 2, heightPx: 1 }, "widthPx"],
    [{ widthPx: 1, heightPx: 4 }, "heightPx"],
    [{ widthPx: 0, heightPx: 1 }, "widthPx"],
    [{ leftPx: -1, widthPx: 1, heightPx: 1 }, "leftPx"],
    [{ widthPx: Number.NaN, heightPx: 1 }, "widthPx"],
  ])("refuses %j and names %s", (parameters, refused) => {
    expect(refusedName(() => crop(image, parameters, { backend }))).toBe(refused)
  })

  it("takes a part of a picture on the shared memory into a place on it", () => {
    const held = wasm.heldBytes()
    const [here, into] = [wasm.allocate("uint16", 12), wasm.allocate("uint16", 6)]
    here.set(image.data)
    crop({ ...image, data: here }, { leftPx: 1, topPx: 0, widthPx: 2, heightPx: 3 }, { backend, into })
    expect(Array.from(into)).toEqual([1, 2, 5, 6, 9, 10])
    wasm.release(here)
    wasm.release(into)
    expect(wasm.heldBytes()).toBe(held)
  })
})

describe.each(backends)("CLAHE on %s", (_name, backend) => {
  it.each(pixelDtypes)("is what scikit-image gives, of %s", (dtype) => {
    const result = clahe(picture(dtype), { regionHeightPx: 5, regionWidthPx: 7 }, { backend })
    expect(result.data).toEqual(golden("clahe", dtype))
  })

  it.each(pixelDtypes)("leaves a constant picture as it is, of %s", (dtype) => {
    const image = scene("constant", dtype, 20, 30, 0)
    expect(clahe(image, {}, { backend }).data).toEqual(image.data)
  })

  it("reaches both ends of the range, of all sizes", () => {
    for (const [seed, [width, height]] of oddSizes.entries()) {
      const image = scene("noise", "uint8", width, height, seed)
      const { data } = clahe(image, {}, { backend })
      expect(data.length).toBe(width * height)
      if (width > 8 && height > 8) expect([Math.min(...data), Math.max(...data)]).toEqual([0, 255])
    }
  })

  it.each([
    [{ regionWidthPx: 62 }, "regionWidthPx"],
    [{ regionHeightPx: 46 }, "regionHeightPx"],
    [{ clipLimit: 1.1 }, "clipLimit"],
    [{ clipLimit: Number.NaN }, "clipLimit"],
    [{ bins: 1 }, "bins"],
  ])("refuses %j and names %s", (parameters, refused) => {
    expect(refusedName(() => clahe(picture("uint16"), parameters, { backend }))).toBe(refused)
  })

  it("refuses floats that are not from 0 to 1, and more regions than there is room for", () => {
    const image = { data: Float32Array.of(0, 0.5, 1.5, 1), width: 2, height: 2 }
    expect(refusedName(() => clahe(image, {}, { backend }))).toBe("image.data")
    const large = { data: new Uint8Array(1000 * 1000), width: 1000, height: 1000 }
    const tiny = { regionWidthPx: 1, regionHeightPx: 1, bins: 4096 }
    expect(refusedName(() => clahe(large, tiny, { backend }))).toBe("TooLarge")
  })
})

describe("rescaling on both backends", () => {
  it("refuses what is no picture", () => {
    for (const [, backend] of backends) {
      for (const [name, image, refused] of badStacks()) {
        expect(
          refusedName(() => binning(image, {}, { backend })),
          name,
        ).toBe(`image${refused}`)
        expect(
          refusedName(() => clahe(image, {}, { backend })),
          name,
        ).toBe(`image${refused}`)
        // A crop computes nothing: NaN and infinity pass.
        if (name === "NaN" || name === "infinity") continue
        const part = { widthPx: 1, heightPx: 1 }
        expect(
          refusedName(() => crop(image, part, { backend })),
          name,
        ).toBe(`image${refused}`)
      }
    }
  })

  it.each(pixelDtypes)("gives the same of 60 scenes of %s", (dtype) => {
    for (let seed = 0; seed < 60; seed++) {
      const image = anyScene(dtype, seed)
      for (const method of ["mean", "sum", "maximum"] as const) {
        const parameters = { method, factor: 1 + (seed % 7) }
        expect(binning(image, parameters, { backend: wasm })).toEqual(binning(image, parameters))
      }
    }
  })
})
