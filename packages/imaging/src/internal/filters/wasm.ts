/**
 * The filters operations on compiled kernels.
 *
 * @layer logic
 * @module
 */
import { type Image, pixelDtypeOf, type Pixels } from "../../Image.ts"
import type { Frame, WasmRuntime } from "../wasm/runtime.ts"
import type { Fields } from "./flatField.ts"
import { lowRank } from "./lowRank.ts"
import type { Footprint } from "./footprint.ts"
import { medianByTiles, tileSizes } from "./medianTiles.ts"
import type { FiltersOps } from "./ops.ts"
import type { Peak } from "./peaks.ts"
import { countFirst, countsLength } from "./slide.ts"
import { type Border, leastOf, type Weights } from "./weights.ts"

const borderCodes: { readonly [B in Border]: number } = { reflect: 0, nearest: 1 }

/** What the compiled Gaussian does with its sums. */
const [sumsSettled, sumsStored, sumsSubtracted] = [0, 1, 2]

/** Counts that slide along cost less than looking at all pixels of footprints with more pixels than this. */
const lookedAtMax = { uint8: 300, uint16: 300, float32: 180 }

/** Peaks for which there is place at first; more of them are looked for again with place for all. */
const peaksMax = 65_536

/** The compiled operations of one thread. */
export const wasmFilters = (runtime: WasmRuntime): FiltersOps => {
  const named = (name: string) => runtime.function("filters", name)
  const each = (name: string) => ({
    uint8: named(`${name}U8`),
    uint16: named(`${name}U16`),
    float32: named(`${name}F32`),
  })
  const [medians, flats] = [each("median"), each("flat")]
  const [smooth, laplacian] = [named("smooth"), named("laplacian")]
  const smalls = { uint8: named("smallU8"), uint16: named("smallU16") }
  const gaussianScratch = named("gaussianScratch")
  const laplacianScratch = named("laplacianScratch")
  const medianScratch = named("medianScratch")
  const smallScratch = named("smallScratch")
  const slide = named("slide")
  const findPeaks = named("peaks")
  const sumFloats = named("floatSum")

  /** One Laplacian to a place. */
  const laplacianTo = (
    frame: Frame,
    { data, height, width }: Image,
    source: number,
    target: number,
    scratch: number,
    { border, factor, offset, weights }: Parameters<FiltersOps["laplacian"]>[1],
  ): void => {
    const [first, second] = [frame.input(weights.smooth), frame.input(weights.second)]
    laplacian(
      data.BYTES_PER_ELEMENT,
      source,
      target,
      width,
      height,
      first,
      second,
      weights.radius,
      borderCodes[border],
      offset,
      factor,
      scratch,
    )
  }

  return {
    gaussian: (image, weights, border, dtype, into) =>
      runtime.frame("gaussian", (frame) => {
        const { data, height, width } = image
        const [source, table] = [frame.input(data), frame.input(weights.smooth)]
        const out = frame.output(dtype, data.length, into)
        const scratch = frame.scratch(gaussianScratch(width, weights.radius) >>> 0)
        smooth(
          data.BYTES_PER_ELEMENT,
          source,
          out.pointer,
          width,
          height,
          table,
          weights.radius,
          borderCodes[border],
          leastOf(weights),
          scratch,
          dtype === "float32" ? sumsStored : sumsSettled,
        )
        return { data: out.take(), width, height }
      }),

    laplacian: (image, options, into) =>
      runtime.frame("laplacian_of_gaussian", (frame) => {
        const { data, height, width } = image
        const source = frame.input(data)
        const out = frame.output("float32", data.length, into)
        const scratch = frame.scratch(laplacianScratch(width, options.weights.radius) >>> 0)
        laplacianTo(frame, image, source, out.pointer, scratch, options)
        return { data: out.take(), width, height }
      }),

    difference: ({ data, height, width }, low, high, border, into) =>
      runtime.frame("difference_of_gaussians", (frame) => {
        const source = frame.input(data)
        const out = frame.output("float32", data.length, into)
        const scratch = frame.scratch(gaussianScratch(width, Math.max(low.radius, high.radius)) >>> 0)
        const run = (weights: Weights, mode: number) =>
          smooth(
            data.BYTES_PER_ELEMENT,
            source,
            out.pointer,
            width,
            height,
            frame.input(weights.smooth),
            weights.radius,
            borderCodes[border],
            0,
            scratch,
            mode,
          )
        run(low, sumsStored)
        run(high, sumsSubtracted)
        return { data: out.take(), width, height }
      }),

    peaks: (image, { darkThreshold, factors, offset, threshold, weights }) =>
      runtime.frame("blob_log", (frame) => {
        const { data, height, width } = image
        const source = frame.input(data)
        const widest = Math.max(...weights.map(({ radius }) => radius))
        const scratch = frame.scratch(laplacianScratch(width, widest) >>> 0)
        const planes = Array.from({ length: Math.min(3, weights.length) }, () => frame.scratch(data.length * 4))
        const planeOf = (scale: number): number => planes[scale % 3] ?? 0
        let [list, capacity] = [frame.scratch(peaksMax * 4), peaksMax]

        /** Peaks of a scale, once those beside it are there. */
        const collect = (scale: number, limit: number, dark: boolean): ReadonlyArray<Peak> => {
          const before = scale === 0 ? 0 : planeOf(scale - 1)
          const after = scale === weights.length - 1 ? 0 : planeOf(scale + 1)
          const find = () =>
            findPeaks(before, planeOf(scale), after, width, height, limit, dark ? 1 : 0, list, capacity)
          let count = find()
          if (count > capacity) {
            capacity = count
            list = frame.scratch(count * 4)
            count = find()
          }
          const responses = frame.float32(planeOf(scale), data.length)
          return Array.from(frame.uint32(list, count), (index) => ({
            y: Math.floor(index / width),
            x: index % width,
            scale,
            response: dark ? -responses[index] : responses[index],
          }))
        }

        const bright: Array<ReadonlyArray<Peak>> = []
        const dark: Array<ReadonlyArray<Peak>> = []
        const finish = (scale: number) => {
          bright.push(collect(scale, threshold, false))
          if (darkThreshold !== undefined) dark.push(collect(scale, darkThreshold, true))
        }
        for (const [scale, one] of weights.entries()) {
          const factor = factors[scale] ?? 1
          laplacianTo(frame, image, source, planeOf(scale), scratch, {
            weights: one,
            border: "reflect",
            offset,
            factor,
          })
          if (scale > 0) finish(scale - 1)
        }
        finish(weights.length - 1)
        return { bright: bright.flat(), dark: dark.flat() }
      }),

    median: <P extends Pixels>(image: Image<P>, footprint: Footprint, border: Border, into: P | undefined) =>
      runtime.frame("median", (frame) => {
        const { data, height, width } = image
        const { radius, reaches, size } = footprint
        if (size > lookedAtMax[pixelDtypeOf(data)]) {
          const sizes = tileSizes(image, radius)
          const [keysAt, mediansAt] = [frame.scratch(sizes.keys * 2), frame.scratch(sizes.medians * 2)]
          const [rows, countsAt] = [frame.input(Int32Array.from(reaches)), frame.scratch(countsLength * 2)]
          const [keys, medians] = [frame.uint16(keysAt, sizes.keys), frame.uint16(mediansAt, sizes.medians)]
          const all = frame.uint16(countsAt, countsLength)
          const tables = { counts: all.subarray(0, 65_536), groups: all.subarray(65_536) }
          const run = (across: number, down: number): void => {
            countFirst(tables, { keys, stride: across + 2 * radius }, footprint)
            slide(keysAt, mediansAt, across, down, rows, radius, (size - 1) / 2, countsAt)
          }
          return medianByTiles(image, footprint, border, into, { keys, medians, run })
        }
        const source = frame.input(data)
        const out = frame.outputLike(data, data.length, into)
        const dtype = pixelDtypeOf(data)
        if (radius === 1 && dtype !== "float32") {
          const scratch = frame.scratch(smallScratch(width))
          smalls[dtype](source, out.pointer, width, height, size === 5 ? 1 : 0, scratch)
        } else {
          const rows = frame.input(Int32Array.from(reaches))
          const scratch = frame.scratch(medianScratch(width, height, radius, dtype === "float32" ? 4 : 2))
          medians[dtype](source, out.pointer, width, height, rows, radius, size, borderCodes[border], scratch)
        }
        return { data: out.take(), width, height }
      }),

    floatSum: (values, positive) =>
      runtime.frame("flat_field_correct", (frame) => sumFloats(frame.input(values), values.length, positive ? 1 : 0)),

    flatField: <P extends Pixels>(
      { data, height, width }: Image<P>,
      { dark, light, mean }: Fields,
      into: P | undefined,
    ) =>
      runtime.frame("flat_field_correct", (frame) => {
        const source = frame.input(data)
        const [over, less] = [frame.input(light), dark === undefined ? 0 : frame.input(dark)]
        const out = frame.outputLike(data, data.length, into)
        flats[pixelDtypeOf(data)](source, out.pointer, data.length, over, less, mean)
        return { data: out.take(), width, height }
      }),

    // Products and projections of blocks run at the processor's pace in plain TypeScript too.
    lowRank,
  }
}
