import { describe, expect, it } from "vitest"
import { signature as gaussianSignature } from "../src/Gaussian.ts"
import { whiteSignature } from "../src/TopHat.ts"
import { ImagingError } from "../src/ImagingError.ts"
import { checkImage, checkParameters, checkStack } from "../src/internal/check.ts"
import { haloPx } from "../src/Bands.ts"
import { pixelDtypes, type Signature } from "../src/Signature.ts"

const signature = {
  name: "kernel",
  summary: "",
  version: 1,
  inputs: [{ name: "image", axes: "yx", dtypes: pixelDtypes, summary: "" }],
  halo: { reach: "pixels", plus: 1, terms: [{ parameter: "sigmaPx", times: 4 }] },
  parameters: {
    radiusPx: { kind: "integer", unit: "px", minimum: 0, maximum: 100, summary: "" },
    sigmaPx: { kind: "number", unit: "px", minimum: 0, maximum: 50, above: true, fallback: 1, summary: "" },
    mode: { kind: "choice", unit: "", choices: ["one", "two"], fallback: "one", summary: "" },
    flag: { kind: "boolean", unit: "", fallback: false, summary: "" },
    weights: { kind: "numbers", unit: "", minimum: 0, maximum: 9, lengthMax: 3, fallback: [1], summary: "" },
  },
  tables: [],
  memory: { bytesPerPixel: 0, bytes: 0 },
  source: "",
} as const satisfies Signature

const messageOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof ImagingError) return `${error.message} [${error.exitCode}]`
    throw error
  }
  return ""
}

/** As a caller without types gives them. */
const check = (given: object): unknown => checkParameters(signature, given as { radiusPx: number })

describe("parameters", () => {
  it("take their fallbacks, and a value of undefined is one that is left out", () => {
    const expected = { radiusPx: 3, sigmaPx: 1, mode: "one", flag: false, weights: [1] }
    expect(checkParameters(signature, { radiusPx: 3 })).toEqual(expected)
    expect(check({ radiusPx: 3, sigmaPx: undefined })).toEqual(expected)
  })

  it.each([
    [{}, "kernel: radiusPx must be a whole number from 0 to 100 (px), not undefined [2]"],
    [{ radiusPx: -1 }, "kernel: radiusPx must be a whole number from 0 to 100 (px), not -1 [2]"],
    [{ radiusPx: 101 }, "kernel: radiusPx must be a whole number from 0 to 100 (px), not 101 [2]"],
    [{ radiusPx: 1.5 }, "kernel: radiusPx must be a whole number from 0 to 100 (px), not 1.5 [2]"],
    [{ radiusPx: Number.NaN }, "kernel: radiusPx must be a whole number from 0 to 100 (px), not NaN [2]"],
    [{ radiusPx: "3" }, 'kernel: radiusPx must be a whole number from 0 to 100 (px), not "3" [2]'],
    [{ radiusPx: 1n }, "kernel: radiusPx must be a whole number from 0 to 100 (px), not 1n [2]"],
    [{ radiusPx: 1, sigmaPx: 0 }, "kernel: sigmaPx must be a number above 0 and at most 50 (px), not 0 [2]"],
    [
      { radiusPx: 1, sigmaPx: Infinity },
      "kernel: sigmaPx must be a number above 0 and at most 50 (px), not Infinity [2]",
    ],
    [{ radiusPx: 1, mode: "three" }, 'kernel: mode must be one of "one", "two", not "three" [2]'],
    [{ radiusPx: 1, flag: 1 }, "kernel: flag must be true or false, not 1 [2]"],
    [{ radiusPx: 1, weights: [] }, "kernel: weights must be 1 to 3 numbers from 0 to 9, not a list of 0 [2]"],
    [{ radiusPx: 1, weights: [1, 10] }, "kernel: weights[1] must be 1 to 3 numbers from 0 to 9, not 10 [2]"],
    [{ radiusPx: 1, radius: 4 }, "kernel: radius must be left out: it is no parameter, not 4 [2]"],
  ])("%# is refused with the parameter, its range and what was given", (given, message) => {
    expect(messageOf(() => check(given))).toBe(message)
  })
})

describe("pictures", () => {
  const check = (image: object, planes?: number): string =>
    messageOf(() =>
      planes === undefined
        ? checkImage("kernel", image as Parameters<typeof checkImage>[1], { dtypes: pixelDtypes })
        : checkStack("kernel", { ...image, planes } as Parameters<typeof checkStack>[1], { dtypes: pixelDtypes }),
    )

  it.each([
    [{ data: new Uint8Array(6), width: 3, height: 2 }, ""],
    [
      { data: new Uint8Array(5), width: 3, height: 2 },
      "kernel: image.data must be 3 wide x 2 high = 6 pixels, not 5 [2]",
    ],
    [
      { data: new Uint8Array(0), width: 0, height: 2 },
      "kernel: image.width must be a whole number from 1 to 65535 (px), not 0 [2]",
    ],
    [
      { data: new Uint8Array(0), width: 1, height: 65_536 },
      "kernel: image.height must be a whole number from 1 to 65535 (px), not 65536 [2]",
    ],
    [
      { data: [1], width: 1, height: 1 },
      "kernel: image.data must be a typed array of uint8, uint16, float32, not a list of 1 [2]",
    ],
    [
      { data: new Float64Array(1), width: 1, height: 1 },
      "kernel: image.data must be a typed array of uint8, uint16, float32, not a Float64Array of 8 bytes [2]",
    ],
    [
      { data: new Uint32Array(1), width: 1, height: 1 },
      "kernel: image.data must be a typed array of uint8, uint16, float32, not a Uint32Array of 4 bytes [2]",
    ],
    [
      { data: Float32Array.of(1, 2, 3, -Infinity), width: 2, height: 2 },
      "kernel: image.data must be finite numbers, not -Infinity at x 1, y 1 [2]",
    ],
    [{ width: 1, height: 1 }, "kernel: image.data must be a typed array of uint8, uint16, float32, not undefined [2]"],
  ])("%# say what is wrong with them", (image, message) => {
    expect(check(image)).toBe(message)
  })

  it("an array whose buffer was transferred away is told from one of the wrong size", () => {
    const data = new Uint16Array(4)
    structuredClone(data.buffer, { transfer: [data.buffer] })
    expect(check({ data, width: 2, height: 2 })).toContain("an empty array, or one whose buffer was transferred away")
  })

  it("a stack without planes, or with too few pixels, is refused", () => {
    expect(check({ data: new Uint8Array(4), width: 2, height: 2 }, 0)).toContain("stack.planes must be a whole number")
    expect(check({ data: new Uint8Array(4), width: 2, height: 2 }, 2)).toContain(
      "2 wide x 2 high x 2 planes = 8 pixels, not 4",
    )
  })

  it("values whose sums would be infinite are refused where sums are made, and only there", () => {
    const data = Float32Array.of(1, 2 ** 120, -(2 ** 119), 3e38)
    const image = { data, width: 2, height: 2 }
    const dtypes = pixelDtypes
    expect(messageOf(() => checkImage("kernel", image, { dtypes }))).toBe("")
    expect(messageOf(() => checkImage("kernel", image, { dtypes, headroom: true }))).toContain("at x 1, y 0")
    const within = { ...image, data: Float32Array.of(1, -(2 ** 119.99), 0, 1e36) }
    expect(messageOf(() => checkImage("kernel", within, { dtypes, headroom: true }))).toBe("")
    const nothing = { ...image, data: Float32Array.of(0, 0, Number.NaN, 0) }
    expect(messageOf(() => checkImage("kernel", nothing, { dtypes, headroom: true }))).toContain("NaN at x 0, y 1")
  })

  it("one value among millions that is not finite is found", () => {
    const data = new Float32Array(1_000_003)
    data[999_999] = Number.NaN
    expect(check({ data, width: 1_000_003, height: 1 })).toContain("width")
    expect(check({ data: data.subarray(0, 1_000_000), width: 1000, height: 1000 })).toContain("NaN at x 999, y 999")
  })
})

describe("halos", () => {
  it("are the sum of parameters times their factors, rounded up; none for a point, unknown for a whole", () => {
    const sigma = { kind: "number", minimum: 0, maximum: 10, unit: "px", summary: "sigma" } as const
    const blur = { ...signature, parameters: { sigmaPx: sigma } }
    expect(haloPx(blur, { sigmaPx: 1.3 })).toBe(7)
    expect(haloPx({ ...blur, halo: { reach: "point" } }, { sigmaPx: 1 })).toBe(0)
    expect(haloPx({ ...blur, halo: { reach: "whole" } }, { sigmaPx: 1 })).toBeUndefined()
  })

  it("are taken from a parameter's fallback where it is left out, and from no parameter that is missing or misspelt", () => {
    expect(haloPx(whiteSignature, {})).toBe(100)
    const misspelt: object = { radius: 20 }
    expect(messageOf(() => haloPx(whiteSignature, misspelt))).toContain("radius must be left out")
    const nothing: object = {}
    expect(messageOf(() => haloPx(gaussianSignature, { ...nothing } as { sigmaPx: number }))).toContain(
      "sigmaPx must be",
    )
  })
})
