/**
 * The intensity operations on compiled kernels.
 *
 * @layer logic
 * @module
 */
import { type Image, pixelDtypeOf, type Pixels, type Stack } from "../../Image.ts"
import type { Frame, WasmFunction, WasmRuntime } from "../wasm/runtime.ts"
import type { BinMethod, FocusSums, IntensityOps } from "./ops.ts"

const binCodes: { readonly [M in BinMethod]: number } = { mean: 0, sum: 1, maximum: 2 }

/** The least 32-bit float above which exactly those 32-bit floats lie that lie above a 64-bit one. */
const floorToFloat32 = (value: number): number => {
  const near = Math.fround(value)
  if (near <= value) return near
  const bits = new Int32Array(1)
  const float = new Float32Array(bits.buffer)
  float[0] = near
  // The next float below: bits count up from zero for positive numbers, and for negative ones away from it.
  if (near > 0) bits[0] -= 1
  else if (near < 0) bits[0] += 1
  else float[0] = -1.401298464324817e-45
  return float[0]
}

/** The compiled operations of one thread. */
export const wasmIntensity = (runtime: WasmRuntime): IntensityOps => {
  const named = (name: string): WasmFunction => runtime.function("intensity", name)
  const byType = (stem: string) => ({
    uint8: named(`${stem}U8`),
    uint16: named(`${stem}U16`),
    float32: named(`${stem}F32`),
  })
  const wide = (stem: string) => ({ uint16: named(`${stem}U16`), float32: named(`${stem}F32`) })
  const maxima = byType("maximum")
  const means = byType("mean")
  const composers = byType("compose")
  const aboves = byType("above")
  const bins = byType("bin")
  const counters = { uint8: named("countU8"), uint16: named("countU16") }
  const mappers = { uint8: named("mapU8"), uint16: named("mapU16") }
  const blockMeans = wide("aboveMean")
  const gaussians = wide("aboveGaussian")
  const foci = wide("focus")
  const sums = wide("sum")
  const ends = wide("ends")
  const sharpening = wide("sharpest")
  const countHigh = named("countF32High")
  const countLow = named("countF32Low")
  const range = named("rangeF32")
  const histogram = named("histogramF32")
  const stretching = named("stretchF32")
  const widen = named("widenU8")
  const narrow = named("narrowU16")

  /** Pixels of 8 bits are widened where there is no code for them alone: that costs little, and halves what is loaded. */
  const wideInput = (frame: Frame, data: Pixels): { readonly pointer: number; readonly type: "uint16" | "float32" } => {
    const pointer = frame.input(data)
    const type = pixelDtypeOf(data)
    if (type !== "uint8") return { pointer, type }
    const widened = frame.scratch(data.length * 2)
    widen(pointer, widened, data.length)
    return { pointer: widened, type: "uint16" }
  }

  const project =
    (functions: typeof maxima, kernel: string) =>
    <P extends Pixels>({ data, height, planes, width }: Stack<P>, into: P | undefined): Image<P> =>
      runtime.frame(kernel, (frame) => {
        const size = width * height
        const source = frame.input(data)
        const out = frame.outputLike(data, size, into)
        functions[pixelDtypeOf(data)](source, out.pointer, size, planes)
        return { data: out.take(), width, height }
      })

  return {
    maximumProjection: project(maxima, "maximum_projection"),
    meanProjection: project(means, "mean_projection"),
    composite: <P extends Pixels>(
      { data, height, planes, width }: Stack<P>,
      weights: Float64Array,
      into: P | undefined,
    ) =>
      runtime.frame("composite", (frame) => {
        const size = width * height
        const source = frame.input(data)
        const out = frame.outputLike(data, size, into)
        const weights64 = frame.input(weights)
        const weights32 = frame.input(Float32Array.from(weights))
        composers[pixelDtypeOf(data)](source, out.pointer, size, planes, weights64, weights32)
        return { data: out.take(), width, height }
      }),
    sharpest: <P extends Pixels>({ data, height, planes, width }: Stack<P>, radius: number, into: P | undefined) =>
      runtime.frame("best_focus", (frame) => {
        const size = width * height
        const { pointer, type } = wideInput(frame, data)
        const out = frame.outputLike(data, size, into)
        const isByte = data.BYTES_PER_ELEMENT === 1
        const wideOut = isByte ? frame.scratch(size * 2) : out.pointer
        const best = frame.scratch(size * 8)
        const from = frame.scratch(size * 2)
        const curves = frame.scratch((width + 2 * radius + 2) * 8)
        const ring = frame.scratch((2 * radius + 1) * width * 8)
        const bytes = type === "float32" ? 4 : 2
        for (let plane = 0; plane < planes; plane++) {
          const start = pointer + plane * size * bytes
          sharpening[type](start, width, height, plane, radius, wideOut, best, from, curves, ring)
        }
        if (isByte) narrow(wideOut, out.pointer, size)
        const chosen = Array.from({ length: planes }, () => 0)
        for (const plane of frame.uint16(from, size)) chosen[plane]++
        return { image: { data: out.take(), width, height }, chosen }
      }),
    countValues: (data) =>
      runtime.frame("histogram", (frame) => {
        const values = data.BYTES_PER_ELEMENT === 1 ? 256 : 65_536
        const source = frame.input(data)
        const counts = frame.scratch(values * 16)
        counters[values === 256 ? "uint8" : "uint16"](source, data.length, counts)
        return frame.uint32(counts, values).slice()
      }),
    rangeOf: (data) =>
      runtime.frame("range", (frame) => {
        const source = frame.input(data)
        const out = frame.scratch(8)
        range(source, data.length, out)
        const [least, largest] = frame.float32(out, 2)
        return { least, largest }
      }),
    valuesAtRanks: (data, ranks) =>
      runtime.frame("percentile", (frame) => {
        const source = frame.input(data)
        const highPointer = frame.scratch(65_536 * 4)
        const lowPointer = frame.scratch(65_536 * 4)
        const high = frame.uint32(highPointer, 65_536)
        const low = frame.uint32(lowPointer, 65_536)
        countHigh(source, data.length, highPointer)
        let counted = -1
        return ranks.map((rank) => {
          const upper = placeIn(high, rank)
          if (upper.bin !== counted) countLow(source, data.length, upper.bin, lowPointer)
          counted = upper.bin
          return floatOfKey((upper.bin << 16) | placeIn(low, upper.rest).bin)
        })
      }),
    countBins: (data, edges, scale) =>
      runtime.frame("histogram", (frame) => {
        const source = frame.input(data)
        const limits = frame.input(edges)
        const count = edges.length - 1
        const counts = frame.scratch(count * 4)
        histogram(source, data.length, limits, count, scale, counts)
        return frame.uint32(counts, count).slice()
      }),
    mapValues: <P extends Uint8Array | Uint16Array>(data: P, table: P, into: P | undefined) =>
      runtime.frame("map", (frame) => {
        const source = frame.input(data)
        const out = frame.outputLike(data, data.length, into)
        mappers[data.BYTES_PER_ELEMENT === 1 ? "uint8" : "uint16"](source, out.pointer, data.length, frame.input(table))
        return out.take()
      }),
    stretch: (data, { high, largest, least, low }, into) =>
      runtime.frame("stretch", (frame) => {
        const source = frame.input(data)
        const out = frame.outputLike(data, data.length, into)
        stretching(source, out.pointer, data.length, low, high, least, largest)
        return out.take()
      }),
    above: (data, limit, into) =>
      runtime.frame("threshold", (frame) => {
        const out = frame.output("uint8", data.length, into)
        const whole = Math.floor(limit)
        if (!(data instanceof Float32Array) && (whole < 0 || whole > 65_535)) {
          frame.uint8(out.pointer, data.length).fill(whole < 0 ? 1 : 0)
        } else if (data instanceof Uint8Array && whole > 255) {
          frame.uint8(out.pointer, data.length).fill(0)
        } else {
          const source = frame.input(data)
          const least = data instanceof Float32Array ? floorToFloat32(limit) : whole
          aboves[pixelDtypeOf(data)](source, out.pointer, data.length, least)
        }
        return out.take()
      }),
    aboveLocal: ({ data, height, width }, neighbourhood, offset, margin, into) =>
      runtime.frame("threshold_adaptive", (frame) => {
        const { pointer, type } = wideInput(frame, data)
        const out = frame.output("uint8", data.length, into)
        if ("radius" in neighbourhood) {
          const { radius } = neighbourhood
          const columns = frame.scratch(width * 8)
          const padded = frame.scratch((width + 2 * radius + 1) * 8)
          blockMeans[type](pointer, width, height, out.pointer, radius, offset, margin, columns, padded)
          return out.take()
        }
        const radius = neighbourhood.weights.length - 1
        const weights = frame.input(neighbourhood.weights)
        const ring = frame.scratch((2 * radius + 1) * width * 8)
        const padded = frame.scratch((width + 2 * radius) * 8)
        const row = frame.scratch(width * 8)
        const pairs = frame.scratch((radius + 1) * 8)
        gaussians[type](pointer, width, height, out.pointer, radius, weights, offset, margin, ring, padded, row, pairs)
        return out.take()
      }),
    bin: <P extends Pixels>(
      { data, height, width }: Image<P>,
      factor: number,
      method: BinMethod,
      into: P | undefined,
    ) =>
      runtime.frame("binning", (frame) => {
        const [outWidth, outHeight] = [Math.floor(width / factor), Math.floor(height / factor)]
        const source = frame.input(data)
        const out = frame.outputLike(data, outWidth * outHeight, into)
        const columns = frame.scratch(width * 8)
        bins[pixelDtypeOf(data)](source, width, out.pointer, outWidth, outHeight, factor, binCodes[method], columns)
        return { data: out.take(), width: outWidth, height: outHeight }
      }),
    sum: (data) =>
      runtime.frame("sum", (frame) => {
        const { pointer, type } = wideInput(frame, data)
        return sums[type](pointer, data.length)
      }),
    focusSums: ({ data, height, width }, centre): FocusSums =>
      runtime.frame("focus_measures", (frame) => {
        const { pointer, type } = wideInput(frame, data)
        const out = frame.scratch(5 * 8)
        if (type === "float32") foci.float32(pointer, width, height, centre, out)
        else foci.uint16(pointer, width, height, centre, frame.scratch(3 * (width + 2) * 4 + 16), out)
        const [laplacian, gradient, brenner, deviation, difference] = frame.float64(out, 5)
        return { laplacian, gradient, brenner, deviation, difference }
      }),
    countEnds: (data, bottom, top) =>
      runtime.frame("saturation_measures", (frame) => {
        const { pointer, type } = wideInput(frame, data)
        const out = frame.scratch(8)
        ends[type](pointer, data.length, bottom, top, out)
        const [atBottom, atTop] = frame.uint32(out, 2)
        return { atBottom, atTop }
      }),
  }
}

/** The bin that holds a rank, and the rank within it. */
const placeIn = (counts: Uint32Array, rank: number): { readonly bin: number; readonly rest: number } => {
  let [bin, rest] = [0, rank]
  while (rest >= counts[bin]) rest -= counts[bin++]
  return { bin, rest }
}

/** The float of a sorting key: keys of positive numbers have the sign bit set, those of negative ones all bits turned. */
const floatOfKey = (key: number): number => {
  const bits = new Uint32Array([key < 0 ? key ^ 0x80000000 : ~key])
  return new Float32Array(bits.buffer)[0]
}
