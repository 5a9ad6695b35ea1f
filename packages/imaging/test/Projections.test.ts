import { describe, expect, it } from "vitest"
import { bestFocus } from "../src/BestFocus.ts"
import { composite } from "../src/Composite.ts"
import type { Stack } from "../src/Image.ts"
import { meanProjection } from "../src/MeanProjection.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { backends, wasm } from "./backends.ts"
import { badStacks, golden, picture, refusedName } from "./intensityPicture.ts"
import { readNpy, readUint16 } from "./npy.ts"
import { between, uniform } from "./random.ts"
import { oddSizes, scene } from "./scenes.ts"

const channels: Stack<Uint16Array> = { data: readUint16("plates/composite_in.npy"), width: 8, height: 8, planes: 3 }

const stackOf = (dtype: (typeof pixelDtypes)[number], seed: number, planes: number): Stack => {
  const next = uniform(seed)
  const [width, height] = [between(next, 1, 50), between(next, 1, 30)]
  return { ...scene(seed % 2 === 0 ? "noise" : "cells", dtype, width, height * planes, seed), height, planes }
}

describe.each(backends)("composite on %s", (_name, backend) => {
  it.each([
    ["equal weights", {}, "composite_equal_float"],
    ["weights 2, 1, 1", { weights: [2, 1, 1] }, "composite_211_float"],
  ])("AC-54: is the golden float with %s, rounded half to even", (_case, parameters, name) => {
    const { data } = composite(channels, parameters, { backend })
    const floats = Array.from(readNpy(`plates/${name}.npy`).data)
    expect(data.every((value, index) => Math.abs(value - floats[index]) < 1)).toBe(true)
    // The fixture's sums carry the rounding of another order of operations.
    const rounded = floats.map((value) => {
      const near = Math.round(value * 1e6) / 1e6
      return near % 1 === 0.5 ? 2 * Math.round(near / 2) : Math.round(near)
    })
    expect(Array.from(data)).toEqual(rounded)
  })

  it.each([
    ["too few weights", [1, 1]],
    ["too many weights", [1, 1, 1, 1]],
    ["weights that add up to 0", [0, 0, 0]],
  ])("AC-54: refuses %s", (_case, weights) => {
    expect(refusedName(() => composite(channels, { weights }, { backend }))).toBe("weights")
  })

  it("refuses weights that are none, and names which", () => {
    expect(refusedName(() => composite(channels, { weights: [1, -1, 1] }, { backend }))).toBe("weights[1]")
    expect(refusedName(() => composite(channels, { weights: [1, 1, Number.NaN] }, { backend }))).toBe("weights[2]")
    expect(refusedName(() => composite(channels, { weights: [] }, { backend }))).toBe("weights")
  })

  it("rounds halves to the even value", () => {
    const stack = { data: Uint16Array.of(1, 2, 3, 65_535, 2, 3, 4, 65_535), width: 4, height: 1, planes: 2 }
    expect(Array.from(composite(stack, {}, { backend }).data)).toEqual([2, 2, 4, 65_535])
  })

  it("is a channel itself where all others have no weight", () => {
    for (const dtype of pixelDtypes) {
      const stack = stackOf(dtype, 5, 3)
      const size = stack.width * stack.height
      const { data } = composite(stack, { weights: [0, 1, 0] }, { backend })
      expect(data).toEqual(stack.data.subarray(size, 2 * size))
    }
  })

  it.each(pixelDtypes)("is what NumPy gives, of %s", (dtype) => {
    expect(composite(picture(dtype, 3), { weights: [2, 1, 4] }, { backend }).data).toEqual(golden("composite", dtype))
  })
})

describe.each(backends)("mean projection on %s", (_name, backend) => {
  it("is cut to whole grey values", () => {
    const stack = { data: Uint8Array.of(1, 255, 2, 255, 2, 255), width: 2, height: 1, planes: 3 }
    expect(Array.from(meanProjection(stack, {}, { backend }).data)).toEqual([1, 255])
  })

  it.each(pixelDtypes)("is what NumPy gives, of %s", (dtype) => {
    expect(meanProjection(picture(dtype, 3), {}, { backend }).data).toEqual(golden("mean", dtype))
  })

  it("is exact over more planes than 32-bit floats could divide", () => {
    const planes = 700
    const data = new Uint16Array(9 * planes).fill(65_535)
    // One count below a whole mean in each column but the first.
    for (let x = 1; x < 9; x++) data[x] = 65_534
    const expected = [65_535, ...Array.from({ length: 8 }, () => 65_534)]
    expect(Array.from(meanProjection({ data, width: 9, height: 1, planes }, {}, { backend }).data)).toEqual(expected)
  })
})

describe.each(backends)("best focus on %s", (_name, backend) => {
  const sharp = (x: number): number => (x % 2 === 0 ? 200 : 20)

  it("takes the plane whose Laplacian varies most, and says so", () => {
    const data = new Uint8Array(3 * 64)
    for (let index = 0; index < 64; index++)
      [data[index], data[64 + index], data[128 + index]] = [90, sharp(index), 110]
    const { data: result, planes } = bestFocus({ data, width: 8, height: 8, planes: 3 }, {}, { backend })
    expect(result).toEqual(data.subarray(64, 128))
    expect(planes.map((row) => row.chosenPercent)).toEqual([0, 100, 0])
    // Inside 4 neighbours less 4 times the pixel: +-360; beside the edge one neighbour is the pixel itself: +-180.
    expect(planes[1]?.laplacianVariance).toBe((6 * 360 ** 2 + 2 * 180 ** 2) / 8)
    expect(planes[0]?.laplacianVariance).toBe(0)
  })

  it("takes each half from the plane that is sharp there", () => {
    const [width, height] = [40, 12]
    const data = new Uint16Array(2 * width * height).fill(110)
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < 20; x++) {
        data[y * width + x] = sharp(x)
        data[(height + y) * width + 20 + x] = sharp(x)
      }
    }
    const stack = { data, width, height, planes: 2 }
    const result = bestFocus(stack, { method: "pixel", windowPx: 5 }, { backend })
    expect(result.planes.map((row) => row.chosenPercent)).toEqual([50, 50])
    expect(Array.from(result.data)).toEqual(Array.from(result.data, (_, index) => sharp((index % width) % 20)))
  })

  it.each(["plane", "pixel"] as const)("takes the first of equal planes with method %s", (method) => {
    const { planes } = bestFocus(
      { data: new Float32Array(60).fill(4), width: 5, height: 4, planes: 3 },
      { method },
      { backend },
    )
    expect(planes.map((row) => row.chosenPercent)).toEqual([100, 0, 0])
  })

  it.each(["uint8", "uint16"] as const)("takes the pixels that SciPy's sums choose, of %s", (dtype) => {
    const result = bestFocus(picture(dtype, 3), { method: "pixel", windowPx: 5 }, { backend })
    expect(result.data).toEqual(golden("sharpest", dtype))
  })

  it.each([
    [{ windowPx: 4 }, "windowPx"],
    [{ windowPx: 33 }, "windowPx"],
    [{ windowPx: -1 }, "windowPx"],
    [{ method: "sharp" as "plane" }, "method"],
  ])("refuses %j and names %s", (parameters, refused) => {
    expect(refusedName(() => bestFocus(channels, parameters, { backend }))).toBe(refused)
  })
})

describe("stacks on both backends", () => {
  it("are refused where they are none", () => {
    for (const [, backend] of backends) {
      for (const [name, stack, refused] of badStacks()) {
        for (const kernel of [composite, meanProjection, bestFocus]) {
          expect(
            refusedName(() => kernel(stack, {}, { backend })),
            name,
          ).toBe(`stack${refused}`)
        }
      }
    }
  })

  it.each(pixelDtypes)("give the same projections of 60 scenes of %s", (dtype) => {
    for (let seed = 0; seed < 60; seed++) {
      const stack = stackOf(dtype, seed, 1 + (seed % 5))
      const next = uniform(seed)
      const weights = Array.from({ length: stack.planes }, () => 0.001 + next())
      expect(composite(stack, { weights }, { backend: wasm })).toEqual(composite(stack, { weights }))
      expect(meanProjection(stack, {}, { backend: wasm })).toEqual(meanProjection(stack))
      expect(bestFocus(stack, {}, { backend: wasm })).toEqual(bestFocus(stack))
      const parameters = { method: "pixel", windowPx: 1 + 2 * (seed % 8) } as const
      expect(bestFocus(stack, parameters, { backend: wasm })).toEqual(bestFocus(stack, parameters))
    }
  })

  it.each(pixelDtypes)("give the same projections of all sizes of %s, and hold nothing", (dtype) => {
    const held = wasm.heldBytes()
    for (const [seed, [width, height]] of oddSizes.entries()) {
      const stack = { ...scene("noise", dtype, width, height * 2, seed), height, planes: 2 }
      expect(composite(stack, {}, { backend: wasm })).toEqual(composite(stack))
      expect(meanProjection(stack, {}, { backend: wasm })).toEqual(meanProjection(stack))
      const parameters = { method: "pixel", windowPx: 31 } as const
      expect(bestFocus(stack, parameters, { backend: wasm })).toEqual(bestFocus(stack, parameters))
    }
    expect(wasm.heldBytes()).toBe(held)
  })
})
