/**
 * The down-sampled white top-hat on compiled kernels.
 *
 * @layer logic
 * @module
 */
import { type Image, pixelDtypeOf, type Pixels } from "../../Image.ts"
import type { Frame, WasmRuntime } from "../wasm/runtime.ts"
import { wideFrame } from "./bytes.ts"
import { passes, type Plans, writes } from "./diskWasm.ts"
import { smallerSize } from "./downsampled.ts"
import { type AxisTables, axisTables, nearest } from "./resampling.ts"

/** The tables of an axis as assembly/morphology/shrink.ts reads them. */
const axisOf = (frame: Frame, tables: AxisTables): number => {
  const { first, firstWeight, second, secondWeight, weights } = tables
  const numbers = weights.length + 3 * first.length
  const pointer = frame.scratch(numbers * 8)
  const floats = frame.float64(pointer, numbers)
  const places = frame.int32(pointer, numbers * 2)
  floats.set(weights)
  for (const index of first.keys()) {
    floats[weights.length + 2 * index] = firstWeight[index]
    floats[weights.length + 2 * index + 1] = secondWeight[index]
    places[2 * (weights.length + 2 * first.length + index)] = first[index]
    places[2 * (weights.length + 2 * first.length + index) + 1] = second[index]
  }
  return pointer
}

const indices = (frame: Frame, values: Int32Array): number => {
  const pointer = frame.scratch(values.byteLength)
  frame.int32(pointer, values.length).set(values)
  return pointer
}

/** The down-sampled white top-hat on the kernels of one thread. */
export const wasmDownsampled = (runtime: WasmRuntime, plans: Plans) => {
  const shrinks = {
    uint8: runtime.function("morphology", "shrinkU16"),
    uint16: runtime.function("morphology", "shrinkU16"),
    float32: runtime.function("morphology", "shrinkF32"),
  }
  const differences = {
    uint8: runtime.function("morphology", "lessSmallerU16"),
    uint16: runtime.function("morphology", "lessSmallerU16"),
    float32: runtime.function("morphology", "lessSmallerF32"),
  }
  const erode = runtime.function("morphology", "erodeF64")
  return <P extends Pixels>(
    { data, height, width }: Image<P>,
    radiusPx: number,
    factor: number,
    into: P | undefined,
  ): Image<P> =>
    runtime.frame("white_top_hat_downsampled", (frame) => {
      const dtype = pixelDtypeOf(data)
      const [columns, rows] = [smallerSize(width, factor), smallerSize(height, factor)]
      const [down, across] = [axisTables(height, rows), axisTables(width, columns)]
      const { out, source, take } = wideFrame(frame, data, into)
      const reachBytes = 8 * across.weights.length
      const lineBytes = 2 * reachBytes + 8 * width + 32
      const upper = frame.scratch(lineBytes) + reachBytes
      const lower = frame.scratch(lineBytes) + reachBytes
      const pointers = frame.scratch(8 * down.weights.length)
      const small = frame.scratch(8 * columns * rows)
      const middle = frame.scratch(8 * columns * rows)
      shrinks[dtype](
        source,
        width,
        height,
        small,
        columns,
        rows,
        axisOf(frame, down),
        down.weights.length,
        axisOf(frame, across),
        across.weights.length,
        upper,
        lower,
        pointers,
      )
      const plan = plans.of(Math.floor(radiusPx / factor), columns, rows)
      const pass = passes(frame, plan, columns, rows, 8, erode)
      pass({ source: small, image: small, out: middle, flip: false, write: writes.complement })
      pass({ source: middle, image: small, out: small, flip: false, write: writes.complement })
      const rowOf = indices(frame, nearest(height, rows))
      const columnOf = indices(frame, nearest(width, columns))
      differences[dtype](source, width, height, small, columns, rowOf, columnOf, upper, out)
      return { data: take(), width, height }
    })
}
