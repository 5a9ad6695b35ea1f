import { describe, expect, it } from "vitest"
import type { Stack } from "../src/Image.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { maximumProjection } from "../src/MaximumProjection.ts"
import { backends, wasm } from "./backends.ts"
import { anyScene, oddSizes, scene } from "./scenes.ts"

describe.each(backends)("maximum projection on %s", (_name, backend) => {
  it.each(pixelDtypes)("is the largest value of each pixel, of %s and all sizes", (dtype) => {
    for (const [seed, [width, height]] of oddSizes.entries()) {
      const planes = 1 + (seed % 4)
      const images = Array.from({ length: planes }, (_, plane) =>
        scene("cells", dtype, width, height, seed * 10 + plane),
      )
      const data = scene("constant", dtype, width, height * planes, 0).data
      for (const [plane, image] of images.entries()) data.set(image.data, plane * width * height)
      const result = maximumProjection({ data, width, height, planes }, {}, { backend })
      const expected = Array.from(images[0].data, (_, index) => Math.max(...images.map((image) => image.data[index])))
      expect(Array.from(result.data)).toEqual(expected)
    }
  })

  it("names the plane, row and column of a value that is no number", () => {
    const data = new Float32Array(24)
    data[13] = Number.NaN
    const stack: Stack<Float32Array> = { data, width: 3, height: 4, planes: 2 }
    expect(() => maximumProjection(stack, {}, { backend })).toThrow("NaN at x 1, y 0, plane 1")
  })
})

describe("results on the shared memory", () => {
  it("stand where they were asked for, and nothing is left held", () => {
    const image = anyScene("uint16", 3)
    const before = wasm.heldBytes()
    const input = wasm.allocate("uint16", image.data.length)
    input.set(image.data)
    const into = wasm.allocate("uint16", image.data.length)
    const result = maximumProjection({ ...image, data: input, planes: 1 }, {}, { backend: wasm, into })
    expect(result.data.buffer).toBe(into.buffer)
    expect(into).toEqual(image.data)
    wasm.release(input)
    wasm.release(into)
    expect(wasm.heldBytes()).toBe(before)
  })
})
