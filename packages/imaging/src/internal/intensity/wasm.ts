/**
 * The intensity operations on compiled kernels.
 *
 * @layer logic
 * @module
 */
import { anyBeyond } from "../beyond.ts"
import { type Image, pixelDtypeOf, type Pixels, type Stack } from "../../Image.ts"
import type { Frame, OutputPlace, WasmFunction, WasmRuntime } from "../wasm/runtime.ts"
import { copyRows } from "./crop.ts"
import { blockLimit } from "./local.ts"
import type { BinMethod, FocusSums, IntensityOps, Rectangle } from "./ops.ts"

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

/** Blocks up to this radius have sums of 16-bit pixels below 2^31. */
const radiusOf32Bits = 90

/** The compiled operations of one thread. */
export const wasmIntensity = (runtime: WasmRuntime): IntensityOps => {
  const named = (name: string): WasmFunction => runtime.function("intensity", name)
  const byType = (stem: string) => ({ uint16: named(`${stem}U16`), float32: named(`${stem}F32`) })
  const maxima = { ...byType("maximum"), uint8: named("maximumU8") }
  const aboves = { ...byType("above"), uint8: named("aboveU8") }
  const means = byType("mean")
  const composers = byType("compose")
  const bins = byType("bin")
  const foci = byType("focus")
  const sums = byType("sum")
  const ends = byType("ends")
  const counters = { uint8: named("countU8"), uint16: named("countU16") }
  const mappers = { uint8: named("mapU8"), uint16: named("mapU16") }
  const filled = named("filled")
  const aboveMean = named("aboveMean")
  const aboveMeanWhole = named("aboveMeanU16")
  const aboveGaussian = named("aboveGaussian")
  const sharpening = named("sharpestF32")
  const countHigh = named("countF32High")
  const countLow = named("countF32Low")
  const range = named("rangeF32")
  const anyBeyondAt = named("anyBeyond")
  const histogram = named("histogramF32")
  const stretching = named("stretchF32")
  const widen = named("widenU8")
  const narrow = named("narrowU16")
  const floats = named("floatsU16")
  const cropping = named("cropRows")

  /** Pixels of 8 bits are widened where there is no code for them alone: that costs little, and halves what is loaded. */
  const wideInput = (frame: Frame, data: Pixels): { readonly pointer: number; readonly type: "uint16" | "float32" } => {
    const pointer = frame.input(data)
    const type = pixelDtypeOf(data)
    if (type !== "uint8") return { pointer, type }
    const widened = frame.scratch(data.length * 2)
    widen(pointer, widened, data.length)
    return { pointer: widened, type: "uint16" }
  }

  /** The place of a result of the type of `data` whose code may write 16 bits instead of 8. */
  const wideOutput = <P extends Pixels>(frame: Frame, data: P, length: number, into: P | undefined): OutputPlace<P> => {
    const out = frame.outputLike(data, length, into)
    if (data.BYTES_PER_ELEMENT !== 1) return out
    const pointer = frame.scratch(length * 2)
    return {
      pointer,
      take: () => {
        narrow(pointer, out.pointer, length)
        return out.take()
      },
    }
  }

  /** All pixels as floats, which hold 16 bits exactly. */
  const floatInput = (frame: Frame, data: Pixels): number => {
    const { pointer, type } = wideInput(frame, data)
    if (type === "float32") return pointer
    const result = frame.scratch(data.length * 4)
    floats(pointer, result, data.length)
    return result
  }

  return {
    maximumProjection: <P extends Pixels>({ data, height, planes, width }: Stack<P>, into: P | undefined) =>
      runtime.frame("maximum_projection", (frame) => {
        const size = width * height
        const source = frame.input(data)
        const out = frame.outputLike(data, size, into)
        maxima[pixelDtypeOf(data)](source, out.pointer, size, planes)
        return { data: out.take(), width, height }
      }),
    meanProjection: <P extends Pixels>({ data, height, planes, width }: Stack<P>, into: P | undefined) =>
      runtime.frame("mean_projection", (frame) => {
        const size = width * height
        const { pointer, type } = wideInput(frame, data)
        const out = wideOutput(frame, data, size, into)
        means[type](pointer, out.pointer, size, planes)
        return { data: out.take(), width, height }
      }),
    composite: <P extends Pixels>(
      { data, height, planes, width }: Stack<P>,
      weights: Float64Array,
      into: P | undefined,
    ) =>
      runtime.frame("composite", (frame) => {
        const size = width * height
        const { pointer, type } = wideInput(frame, data)
        const out = wideOutput(frame, data, size, into)
        const places = frame.input(type === "float32" ? weights : Float32Array.from(weights))
        composers[type](pointer, out.pointer, size, planes, places)
        return { data: out.take(), width, height }
      }),
    sharpest: ({ data, height, planes, width }, radius) =>
      runtime.frame("best_focus", (frame) => {
        const size = width * height
        const best = frame.scratch(size * 8)
        const chosen = frame.scratch(size * 2)
        const curves = frame.scratch((width + 2 * radius + 2) * 8)
        const pitch = width + (width % 2)
        const ring = frame.scratch((2 * radius + 1) * pitch * 8)
        const source = floatInput(frame, data)
        for (let plane = 0; plane < planes; plane++) {
          sharpening(source + plane * size * 4, width, height, plane, radius, best, chosen, curves, ring, pitch)
        }
        return frame.uint16(chosen, size).slice()
      }),
    countValues: (data) =>
      runtime.frame("histogram", (frame) => {
        const values = data.BYTES_PER_ELEMENT === 1 ? 256 : 65_536
        const source = frame.input(data)
        const counts = frame.scratch(values * 16)
        const ends = frame.scratch(8)
        counters[values === 256 ? "uint8" : "uint16"](source, data.length, counts)
        filled(counts, values, ends)
        const [first, last] = frame.uint32(ends, 2)
        return { first, counts: frame.uint32(counts + first * 4, last - first + 1).slice() }
      }),
    anyBeyond: (data, addend) =>
      // What stands elsewhere would be copied for it, and copied again by the kernel.
      runtime.isHere(data) ? anyBeyondAt(data.byteOffset, data.length, addend) !== 0 : anyBeyond(data, addend),
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
    aboveLocal: (image, neighbourhood, offset, margin, into) =>
      runtime.frame("threshold_adaptive", (frame) => {
        const { data, height, width } = image
        const out = frame.output("uint8", data.length, into)
        if ("radius" in neighbourhood) {
          const { radius } = neighbourhood
          const limit = blockLimit(image, neighbourhood, offset)
          const columns = frame.scratch(width * 8)
          const padded = frame.scratch((width + 2 * radius + 1) * 8)
          if (data instanceof Float32Array || radius > radiusOf32Bits) {
            aboveMean(floatInput(frame, data), width, height, out.pointer, radius, limit, margin, columns, padded)
            return out.take()
          }
          const { pointer } = wideInput(frame, data)
          const within = Math.min(Math.max(limit, -(2 ** 31)), 2 ** 31 - 1)
          aboveMeanWhole(pointer, width, height, out.pointer, radius, within, columns, padded, frame.scratch(width * 4))
          return out.take()
        }
        const source = floatInput(frame, data)
        const { weights } = neighbourhood
        const radius = weights.length - 1
        const places = width + 2 * radius + 2
        const weights64 = frame.input(weights)
        const weights32 = frame.input(Float32Array.from(weights))
        const [row32, padded32] = [frame.scratch(places * 4), frame.scratch(places * 4)]
        const [row64, padded64] = [frame.scratch(places * 8), frame.scratch(places * 8)]
        const pairs = frame.scratch((radius + 1) * 8)
        // Each pass rounds weights, sums of two, products and radius + 1 sums by 2^-24 at most, all of one sign.
        const doubt = data instanceof Float32Array ? -1 : 2 * (radius + 5) * 2 ** -24
        aboveGaussian(
          source,
          width,
          height,
          out.pointer,
          radius,
          weights64,
          weights32,
          offset,
          margin,
          doubt,
          row32,
          padded32,
          row64,
          padded64,
          pairs,
        )
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
        const { pointer, type } = wideInput(frame, data)
        const out = wideOutput(frame, data, outWidth * outHeight, into)
        const columns = frame.scratch((width + 3) * 8)
        const top = data.BYTES_PER_ELEMENT === 1 ? 255 : 65_535
        bins[type](pointer, width, out.pointer, outWidth, outHeight, factor, binCodes[method], columns, top)
        return { data: out.take(), width: outWidth, height: outHeight }
      }),
    crop: <P extends Pixels | Uint32Array>(
      { data, width }: Image<P>,
      { heightPx, leftPx, topPx, widthPx }: Rectangle,
      into: P | undefined,
    ) => {
      // A copy of the whole picture onto the memory would be more work than the rows themselves.
      if (!runtime.isHere(data)) return copyRows(data, width, { heightPx, leftPx, topPx, widthPx }, into)
      return runtime.frame("crop", (frame) => {
        const bytes = data.BYTES_PER_ELEMENT
        const out = frame.outputLike(data, widthPx * heightPx, into)
        const start = frame.input(data) + (topPx * width + leftPx) * bytes
        cropping(start, width * bytes, out.pointer, widthPx * bytes, heightPx)
        return out.take()
      })
    },
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
        // Whole values are at most `bottom` where they are at most the whole number below it.
        if (type === "float32") ends.float32(pointer, data.length, bottom, top, out)
        else ends.uint16(pointer, data.length, Math.floor(bottom), Math.ceil(top), out)
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
