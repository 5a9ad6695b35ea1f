import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import type { Image } from "../src/Image.ts"
import { ImagingError } from "../src/ImagingError.ts"
import { phaseCorrelation, signature } from "../src/PhaseCorrelation.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { backends, wasm } from "./backends.ts"
import { between, uniform } from "./random.ts"
import { anyScene, oddSizes, scene } from "./scenes.ts"

interface Case {
  readonly seed: number
  readonly width: number
  readonly height: number
  readonly dx: number
  readonly dy: number
  readonly normalization: "phase" | "none"
  readonly upsampleFactor: number
  readonly shift: readonly [number, number]
  readonly error: number | null
  readonly sums: readonly [number, number]
}

const { cases } = JSON.parse(
  readFileSync(new URL("fixtures/registration/phase_correlation.json", import.meta.url), "utf8"),
) as { readonly cases: ReadonlyArray<Case> }

/** The pictures of `reference/registration.py`. */
const picture = (seed: number, width: number, height: number, dx: number, dy: number): Image<Uint16Array> => {
  const [columns, rows] = [4 * width + 40, 4 * height + 40]
  let state = seed
  const values = Float64Array.from({ length: rows * columns }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state >>> 16) % 1024
  })
  const sumAt = (y: number, x: number) => {
    let sum = 0
    for (let v = 0; v < 5; v++) for (let u = 0; u < 5; u++) sum += values[(y + v) * columns + x + u]
    return sum
  }
  const data = Uint16Array.from({ length: width * height }, (_, index) => {
    const [y, x] = [16 + dy + 4 * Math.floor(index / width), 16 + dx + 4 * (index % width)]
    let sum = 0
    for (let v = 0; v < 4; v++) for (let u = 0; u < 4; u++) sum += sumAt(y + v, x + u)
    return Math.floor(sum / 8)
  })
  return { data, width, height }
}

const total = ({ data }: Image<Uint16Array>): number => data.reduce((sum, value) => sum + value, 0)

/** The picture moved on a circle. */
const rolled = <I extends Image>(image: I, dx: number, dy: number): I => {
  const { data, height, width } = image
  const at = (index: number) => {
    const [x, y] = [index % width, Math.floor(index / width)]
    return data[((((y - dy) % height) + height) % height) * width + ((((x - dx) % width) + width) % width)]
  }
  return { ...image, data: data.map((_, index) => at(index)) }
}

describe.each(backends)("phase correlation on %s", (_name, backend) => {
  it("finds the shift of smooth, noisy pictures with whitening, window and plain normalization; the defaults do not", () => {
    // Broad spots with noise of each picture's own, 12 px and 7 px apart.
    const next = uniform(4)
    const spots = Array.from({ length: 120 }, () => [220 * next() - 10, 220 * next() - 10, 200 + 800 * next()] as const)
    const smooth = (left: number, top: number): Image<Uint16Array> => ({
      data: Uint16Array.from({ length: 128 * 128 }, (_, index) => {
        const [x, y] = [left + (index % 128), top + Math.floor(index / 128)]
        const light = spots.reduce(
          (sum, [atX, atY, height]) => sum + height * Math.exp(-((x - atX) ** 2 + (y - atY) ** 2) / (2 * 8 ** 2)),
          0,
        )
        return Math.round(1000 + 5 * light + 20 * (next() - 0.5))
      }),
      width: 128,
      height: 128,
    })
    const [reference, moving] = [smooth(30, 30), smooth(42, 37)]
    const advised = { whitening: true, filterSigmaPx: 3, hannWindow: true, normalization: "none" } as const
    const found = phaseCorrelation(reference, moving, { ...advised, upsampleFactor: 10 }, { backend })
    expect(Math.abs(found.shiftXPx - 12)).toBeLessThan(1)
    expect(Math.abs(found.shiftYPx - 7)).toBeLessThan(1)
    const { shiftXPx } = phaseCorrelation(reference, moving, {}, { backend })
    expect(Math.abs(shiftXPx - 12)).toBeGreaterThan(5)
  })

  it("gives scikit-image's shift within one step, and its error where it is defined", () => {
    for (const one of cases) {
      const { dx, dy, height, normalization, seed, upsampleFactor, width } = one
      const [reference, moving] = [picture(seed, width, height, 0, 0), picture(seed, width, height, dx, dy)]
      expect([total(reference), total(moving)]).toEqual(one.sums)
      const { error, shiftXPx, shiftYPx } = phaseCorrelation(
        reference,
        moving,
        { upsampleFactor, normalization },
        { backend },
      )
      const step = upsampleFactor === 1 ? 0 : 1 / upsampleFactor + 1e-9
      expect(Math.abs(shiftYPx - one.shift[0])).toBeLessThanOrEqual(step)
      expect(Math.abs(shiftXPx - one.shift[1])).toBeLessThanOrEqual(step)
      if (one.error !== null) expect(error).toBeCloseTo(one.error, 4)
    }
  })

  it("finds a turn of the circle exactly, of every type, size of small and of large factors, and normalization", () => {
    for (const [seed, [width, height]] of [...oddSizes, [30, 37], [49, 26], [23, 22], [80, 121]].entries()) {
      for (const dtype of pixelDtypes) {
        const reference = scene("noise", dtype, width, height, seed)
        const next = uniform(seed)
        const dx = between(next, -Math.floor((width - 1) / 2), Math.floor((width - 1) / 2))
        const dy = between(next, -Math.floor((height - 1) / 2), Math.floor((height - 1) / 2))
        for (const normalization of ["phase", "none"] as const) {
          const moving = rolled(reference, dx, dy)
          const found = phaseCorrelation(reference, moving, { normalization, upsampleFactor: 5 }, { backend })
          expect([found.shiftXPx + 0, found.shiftYPx + 0]).toEqual([0 - dx, 0 - dy])
          expect(found.peak).toBeGreaterThan(0.98)
        }
      }
    }
  })

  it("gives the opposite shift when the pictures change places, and the turned one when they are transposed", () => {
    const [a, b] = [picture(9, 40, 33, 0, 0), picture(9, 40, 33, 11, -6)]
    const transposed = ({ data, height, width }: Image<Uint16Array>): Image<Uint16Array> => ({
      data: data.map((_, index) => data[(index % height) * width + Math.floor(index / height)]),
      width: height,
      height: width,
    })
    const options = { upsampleFactor: 20 }
    const forward = phaseCorrelation(a, b, options, { backend })
    const back = phaseCorrelation(b, a, options, { backend })
    const turned = phaseCorrelation(transposed(a), transposed(b), options, { backend })
    expect(back.shiftXPx).toBeCloseTo(-forward.shiftXPx, 1)
    expect(back.shiftYPx).toBeCloseTo(-forward.shiftYPx, 1)
    expect(turned.shiftXPx).toBeCloseTo(forward.shiftYPx, 1)
    expect(turned.shiftYPx).toBeCloseTo(forward.shiftXPx, 1)
  })

  it("with whitening and window finds a sub-pixel shift of two crops within 0.1 px, shading or not", () => {
    for (const filterSigmaPx of [0, 1]) {
      const [a, b] = [picture(5, 64, 48, 0, 0), picture(5, 64, 48, 5, -10)]
      const shaded = { ...b, data: b.data.map((value, index) => value * (0.5 + (0.5 * (index % 64)) / 64)) }
      const options = {
        upsampleFactor: 50,
        whitening: true,
        hannWindow: true,
        filterSigmaPx,
        normalization: "none",
      } as const
      for (const moving of [b, shaded]) {
        const found = phaseCorrelation(a, moving, options, { backend })
        expect(Math.abs(found.shiftXPx - 1.25)).toBeLessThan(0.1)
        expect(Math.abs(found.shiftYPx + 2.5)).toBeLessThan(0.1)
      }
    }
  })

  it("does not depend on the scale of the grey values, however large or small", () => {
    const [a, b] = [picture(3, 32, 32, 0, 0), picture(3, 32, 32, 8, 4)]
    const expected = phaseCorrelation(a, b, {}, { backend })
    for (const factor of [1e-38, 1e-20, 1, 1e30]) {
      const times = ({ data, ...size }: Image) => ({
        ...size,
        data: Float32Array.from(data, (value) => value * factor),
      })
      const found = phaseCorrelation(times(a), times(b), {}, { backend })
      expect([found.shiftXPx, found.shiftYPx]).toEqual([expected.shiftXPx, expected.shiftYPx])
    }
  })

  it("gives no shift for pictures of one value", () => {
    for (const value of [0, 7]) {
      const flat = { data: new Uint16Array(30).fill(value), width: 6, height: 5 }
      for (const normalization of ["phase", "none"] as const) {
        const { shiftXPx, shiftYPx } = phaseCorrelation(flat, flat, { normalization, upsampleFactor: 10 }, { backend })
        expect([shiftXPx, shiftYPx]).toEqual([0, 0])
      }
    }
  })

  it("changes neither picture", () => {
    const [a, b] = [anyScene("float32", 4), anyScene("float32", 4)]
    const before = Array.from(a.data)
    phaseCorrelation(a, b, { whitening: true, hannWindow: true, filterSigmaPx: 1 }, { backend })
    expect(Array.from(a.data)).toEqual(before)
  })

  it("refuses hostile arguments and names them", () => {
    const good = anyScene("uint16", 1)
    const bad: ReadonlyArray<readonly [string, () => unknown]> = [
      ["upsampleFactor", () => phaseCorrelation(good, good, { upsampleFactor: 0 }, { backend })],
      ["upsampleFactor", () => phaseCorrelation(good, good, { upsampleFactor: 101 }, { backend })],
      ["upsampleFactor", () => phaseCorrelation(good, good, { upsampleFactor: 2.5 }, { backend })],
      ["filterSigmaPx", () => phaseCorrelation(good, good, { filterSigmaPx: Number.NaN }, { backend })],
      ["filterSigmaPx", () => phaseCorrelation(good, good, { filterSigmaPx: -1 }, { backend })],
      // A caller without types may give any text.
      ["normalization", () => phaseCorrelation(good, good, { normalization: "all" as "none" }, { backend })],
      ["moving", () => phaseCorrelation(good, { data: new Uint16Array(4), width: 2, height: 2 }, {}, { backend })],
      ["reference.data", () => phaseCorrelation({ ...good, width: good.width + 1 }, good, {}, { backend })],
      [
        "reference.data",
        () => phaseCorrelation({ data: new Uint16Array(0), width: 1, height: 1 }, good, {}, { backend }),
      ],
      [
        "reference.data",
        () => {
          const data = new Float32Array([1, 2, Number.POSITIVE_INFINITY, 4])
          return phaseCorrelation({ data, width: 2, height: 2 }, { data, width: 2, height: 2 }, {}, { backend })
        },
      ],
    ]
    for (const [name, run] of bad) {
      expect(run).toThrow(ImagingError)
      expect(run).toThrow(name)
    }
  })
})

describe("both backends", () => {
  it("give the same shift and the same peak, to the bit, of any scene, size and option", () => {
    for (let seed = 0; seed < 120; seed++) {
      const dtype = pixelDtypes[seed % 3] ?? "uint16"
      const reference = anyScene(dtype, seed, 72)
      const next = uniform(seed)
      const moving = rolled(reference, between(next, -5, 5), between(next, -5, 5))
      moving.data[0] = 0
      const options = {
        upsampleFactor: [1, 2, 5, 10, 50, 100][seed % 6] ?? 1,
        normalization: (["phase", "none"] as const)[seed % 2],
        whitening: seed % 5 < 2,
        filterSigmaPx: seed % 5 < 2 ? (seed % 3) * 0.7 : undefined,
        hannWindow: seed % 4 === 1,
      }
      const [expected, found] = [
        phaseCorrelation(reference, moving, options),
        phaseCorrelation(reference, moving, options, { backend: wasm }),
      ]
      expect({ seed, ...found }).toEqual({ seed, ...expected })
    }
    expect(wasm.heldBytes()).toBe(0)
  })

  it("take the longest rows there are", () => {
    const data = Uint8Array.from({ length: 65_535 }, (_, index) => (index * index) % 251)
    const [row, column] = [
      { data, width: 65_535, height: 1 },
      { data, width: 1, height: 65_535 },
    ]
    for (const image of [row, column]) {
      const found = phaseCorrelation(image, image, { upsampleFactor: 3 }, { backend: wasm })
      expect([found.shiftXPx, found.shiftYPx]).toEqual([0, 0])
      expect(found).toEqual(phaseCorrelation(image, image, { upsampleFactor: 3 }))
    }
  })

  it("name every parameter of the signature with a unit or none", () => {
    expect(Object.keys(signature.parameters)).toEqual([
      "upsampleFactor",
      "normalization",
      "whitening",
      "filterSigmaPx",
      "hannWindow",
    ])
  })
})
