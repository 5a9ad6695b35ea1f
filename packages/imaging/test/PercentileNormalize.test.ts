import { describe, expect, it } from "vitest"
import type { Stack } from "../src/Image.ts"
import { percentileNormalize, percentileNormalizeStack } from "../src/PercentileNormalize.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { backends, wasm } from "./backends.ts"
import { badStacks, golden, picture, refusedName, results } from "./intensityPicture.ts"
import { readUint16 } from "./npy.ts"
import { anyScene, oddSizes, scene } from "./scenes.ts"

const input: Stack<Uint16Array> = { data: readUint16("plates/normalize_in.npy"), width: 32, height: 24, planes: 3 }

describe.each(backends)("percentile normalisation on %s", (_name, backend) => {
  it("AC-53: gives the percentiles and pixels of the golden stack", () => {
    const { data, percentiles } = percentileNormalizeStack(input, {}, { backend })
    expect(percentiles).toEqual({ low: 138.15, high: 3115.879999999999 })
    expect(data).toEqual(readUint16("plates/normalize_stack_out.npy"))
  })

  it("AC-53: gives the golden planes, each with its own range", () => {
    const expected = readUint16("plates/normalize_per_slice_out.npy")
    for (let plane = 0; plane < 3; plane++) {
      const data = input.data.subarray(plane * 768, (plane + 1) * 768)
      const result = percentileNormalize({ data, width: 32, height: 24 }, {}, { backend })
      expect(result.data).toEqual(expected.subarray(plane * 768, (plane + 1) * 768))
    }
  })

  it("AC-53: makes a constant stack the lower end of the range", () => {
    const stack = { data: new Uint16Array(60).fill(777), width: 5, height: 4, planes: 3 }
    expect(percentileNormalizeStack(stack, {}, { backend }).data).toEqual(new Uint16Array(60))
    const raised = percentileNormalizeStack(stack, { targetMin: 9.7 }, { backend })
    expect(raised.data).toEqual(new Uint16Array(60).fill(9))
  })

  it("AC-53: gives a stack of 20 million pixels the same bytes twice", () => {
    const plane = scene("noise", "uint16", 100, 100, 1).data
    const data = new Uint16Array(20_000_000)
    for (let start = 0; start < data.length; start += plane.length) data.set(plane, start)
    const stack = { data, width: 2000, height: 1000, planes: 10 }
    const first = percentileNormalizeStack(stack, {}, { backend }).data
    const second = percentileNormalizeStack(stack, {}, { backend }).data
    expect(Buffer.compare(Buffer.from(first.buffer), Buffer.from(second.buffer))).toBe(0)
    // The same plane over and over has the percentiles of one of them, but for the place between two ranks.
    expect(first.subarray(0, 10_000)).toEqual(first.subarray(19_990_000))
  })

  it.each(pixelDtypes)("gives what NumPy gives, of %s", (dtype) => {
    const parameters = { lowPercentile: 2, highPercentile: 97 }
    const { data, percentiles } = percentileNormalizeStack(picture(dtype, 3), parameters, { backend })
    expect([percentiles.low, percentiles.high]).toEqual(results[dtype].percentiles)
    expect(data).toEqual(golden("normalize", dtype))
  })

  it("interpolates between ranks: of 10, 20, 30, 40 the 25th percentile is 17.5", () => {
    const image = { data: Uint8Array.of(40, 10, 30, 20), width: 2, height: 2 }
    const parameters = { lowPercentile: 25, highPercentile: 75, targetMax: 100 }
    const { data, percentiles } = percentileNormalize(image, parameters, { backend })
    expect(percentiles).toEqual({ low: 17.5, high: 32.5 })
    expect(Array.from(data)).toEqual([100, 0, 83, 16])
  })

  it("reaches the type's own top unless told otherwise, or one less where NumPy's 64 bits end just below it", () => {
    const tops = pixelDtypes.map((dtype) => Math.max(...percentileNormalize(picture(dtype), {}, { backend }).data))
    expect([255, 254]).toContain(tops[0])
    expect([65_535, 65_534]).toContain(tops[1])
    expect(tops[2]).toBe(1)
  })

  it("does not change with the order of pixels", () => {
    const image = anyScene("float32", 12)
    const turned = { ...image, data: image.data.toReversed() }
    const [plain, reversed] = [
      percentileNormalize(image, {}, { backend }),
      percentileNormalize(turned, {}, { backend }),
    ]
    expect(reversed.data.toReversed()).toEqual(plain.data)
  })

  it("finds exact ranks among negative and tiny floats", () => {
    const data = Float32Array.of(-3e38, -1, -1e-44, -0, 0, 1e-45, 2.5, 3e38, -7)
    const image = { data, width: 9, height: 1 }
    const parameters = { lowPercentile: 25, highPercentile: 75 }
    expect(percentileNormalize(image, parameters, { backend }).percentiles).toEqual({
      low: -1,
      high: Math.fround(1e-45),
    })
  })

  it("refuses what is no picture, and names it", () => {
    for (const [name, stack, refused] of badStacks()) {
      expect(
        refusedName(() => percentileNormalizeStack(stack, {}, { backend })),
        name,
      ).toBe(`stack${refused}`)
      expect(
        refusedName(() => percentileNormalize(stack, {}, { backend })),
        name,
      ).toBe(`image${refused}`)
    }
  })

  it.each([
    [{ lowPercentile: -1 }, "lowPercentile"],
    [{ highPercentile: 100.1 }, "highPercentile"],
    [{ lowPercentile: Number.NaN }, "lowPercentile"],
    [{ lowPercentile: 60, highPercentile: 60 }, "highPercentile"],
    [{ targetMax: 256 }, "targetMax"],
    [{ targetMin: 255 }, "targetMin"],
    [{ targetMin: -1 }, "targetMin"],
  ])("refuses %j and names %s", (parameters, refused) => {
    const image = { data: new Uint8Array(4), width: 2, height: 2 }
    expect(refusedName(() => percentileNormalize(image, parameters, { backend }))).toBe(refused)
  })

  it("refuses a place for the result that does not fit", () => {
    const image = { data: new Uint8Array(4), width: 2, height: 2 }
    expect(refusedName(() => percentileNormalize(image, {}, { backend, into: new Uint8Array(5) }))).toBe("into")
  })
})

describe("percentile normalisation on both backends", () => {
  it.each(pixelDtypes)("gives the same of 60 scenes of %s and of all sizes", (dtype) => {
    const images = [
      ...Array.from({ length: 60 }, (_, seed) => anyScene(dtype, seed)),
      ...oddSizes.map(([width, height], seed) => scene("noise", dtype, width, height, seed)),
    ]
    for (const image of images) {
      const before = image.data.slice()
      expect(percentileNormalize(image, {}, { backend: wasm })).toEqual(percentileNormalize(image))
      expect(image.data).toEqual(before)
    }
  })
})
