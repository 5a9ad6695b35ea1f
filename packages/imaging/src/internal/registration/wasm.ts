/**
 * The registration operations on compiled kernels.
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels, Stack } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import type { Frame, WasmFunction, WasmRuntime } from "../wasm/runtime.ts"
import type { Layout } from "./layout.ts"
import type { CorrelationOptions, RegistrationOps } from "./ops.ts"
import {
  correlationAt,
  gridOf,
  meansOf,
  peakOf,
  extremesOf,
  phaseLeast,
  type PlaneFacts,
  scaleOf,
  signedShift,
  unitOf,
} from "./peak.ts"
import { columnTableOf, gaussiansOf, groupTurnsOf, hannOf, planOf, rowTableOf, turnsOf } from "./plan.ts"

/** Pixels of 16 bits and floats have compiled kernels; bytes are widened first, which changes no value. */
interface ByDtype {
  readonly uint16: WasmFunction
  readonly float32: WasmFunction
}

const widened = (data: Pixels): { readonly data: Uint16Array | Float32Array; readonly dtype: keyof ByDtype } =>
  data instanceof Float32Array
    ? { data, dtype: "float32" }
    : { data: data instanceof Uint8Array ? Uint16Array.from(data) : data, dtype: "uint16" }

/** The compiled operations of one thread. */
export const wasmRegistration = (runtime: WasmRuntime): RegistrationOps => {
  const named = (name: string): WasmFunction => runtime.function("registration", name)
  const byDtype = (name: string): ByDtype => ({
    uint16: named(`${name}U16`),
    float32: named(`${name}F32`),
  })
  const [sum, less, laplace] = [byDtype("sum"), byDtype("less"), byDtype("laplace")]
  const [forwardRows, columns, inverseRows, refine] = [
    named("forwardRows"),
    named("columns"),
    named("inverseRows"),
    named("refine"),
  ]
  const assemble = named("assemble")
  const [convolveRows, convolveColumns, windowed, energy] = [
    named("convolveRows"),
    named("convolveColumns"),
    named("windowed"),
    named("energy"),
  ]

  /** A table on the memory. The frame gives addresses of floats as of pixels. */
  const put = (frame: Frame, table: Float32Array | Int32Array): number => frame.input(table)

  const laplaceOfGaussian = (frame: Frame, image: Image, source: number, plane: number, sigma: number): void => {
    const { height, width } = image
    const { data, dtype } = widened(image.data)
    const { curved, smooth } = gaussiansOf(sigma)
    const [curvedAt, smoothAt, radius] = [put(frame, curved), put(frame, smooth), (curved.length - 1) / 2]
    const [pixels, rows] = [frame.scratch(data.length * 4), frame.scratch(data.length * 4)]
    const padded = frame.scratch((width + 2 * radius) * 4)
    less[dtype](source, pixels, data.length, 0)
    convolveRows(pixels, rows, width, height, curvedAt, radius, padded)
    convolveColumns(rows, plane, width, height, smoothAt, radius, 0)
    convolveRows(pixels, rows, width, height, smoothAt, radius, padded)
    convolveColumns(rows, plane, width, height, curvedAt, radius, 1)
  }

  const prepare = (
    frame: Frame,
    image: Image,
    { whitenSigmaPx, windowed: isWindowed }: CorrelationOptions,
  ): PlaneFacts & { readonly plane: number } => {
    const { height, width } = image
    const { data, dtype } = widened(image.data)
    const source = frame.input(data)
    const plane = frame.scratch(data.length * 4)
    let mean = 0
    if (whitenSigmaPx === undefined) {
      mean = sum[dtype](source, data.length) / data.length
      less[dtype](source, plane, data.length, mean)
    } else if (whitenSigmaPx === 0) {
      laplace[dtype](source, plane, width, height)
    } else {
      laplaceOfGaussian(frame, image, source, plane, whitenSigmaPx)
    }
    if (isWindowed) windowed(plane, width, height, put(frame, hannOf(width)), put(frame, hannOf(height)))
    return { plane, mean, energy: energy(plane, data.length) }
  }

  return {
    correlate: (reference, moving, options) =>
      runtime.frame("phase_correlation", (frame) => {
        const { height, width } = reference
        const { phase, signed, upsampleFactor } = options
        const [a, b] = [prepare(frame, reference, options), prepare(frame, moving, options)]
        const [planX, planY] = [planOf(width), planOf(height)]
        const groups = Math.ceil((Math.floor(width / 2) + 1) / 4)
        // Rows come in eights where they are joined for the way back.
        const pitch = Math.ceil(height / 8) * 8
        const spectrumBytes = groups * pitch * 32
        const [left, right] = [frame.scratch(spectrumBytes), frame.scratch(spectrumBytes)]
        const workBytes = Math.max(planX.work, planY.work, 8) * 32
        const [first, second, third] = [frame.scratch(workBytes), frame.scratch(workBytes), frame.scratch(workBytes)]
        const rowPlan = put(frame, planX.words)
        const columnPlan = put(frame, planY.words)
        const result = frame.scratch(16)
        const [scaleA, scaleB] = [scaleOf(a), scaleOf(b)]
        forwardRows(a.plane, b.plane, width, height, scaleA, scaleB, rowPlan, first, second, left, right, pitch)
        const isMeanLess = options.whitenSigmaPx === undefined && !options.windowed ? 1 : 0
        const isPhase = phase ? 1 : 0
        columns(left, right, groups, height, pitch, columnPlan, first, second, third, isPhase, phaseLeast, isMeanLess)
        inverseRows(right, width, height, pitch, rowPlan, first, second, result)
        const size = width * height
        const [unit, means] = [unitOf(size, options), meansOf(size, a, b, options)]
        const [floats, places] = [frame.float32(result, 4), frame.uint32(result, 4)]
        const extremes = {
          largest: floats[0],
          largestAt: places[1],
          smallest: floats[2],
          smallestAt: places[3],
        }
        const peak = peakOf(extremes, unit, means, signed)
        const coarse = { x: signedShift(peak.at % width, width), y: signedShift(Math.floor(peak.at / width), height) }
        const blank = a.energy === 0 || b.energy === 0
        if (upsampleFactor === 1 || blank) return correlationAt(coarse, reference, peak, 1, blank)
        const { side, steps } = gridOf(upsampleFactor)
        const [rowTurns, columnTurns] = [
          put(frame, turnsOf(height, coarse.y)),
          put(frame, groupTurnsOf(width, coarse.x)),
        ]
        const rowTable = put(frame, rowTableOf(height, upsampleFactor, steps))
        const columnTable = put(frame, columnTableOf(width, upsampleFactor, steps))
        const folded = frame.scratch((Math.floor(height / 2) + 1) * 64)
        const turned = frame.scratch(groups * (2 * steps + 1) * 32)
        const surface = frame.scratch(side * side * 4)
        refine(
          left,
          groups,
          height,
          pitch,
          rowTurns,
          columnTurns,
          rowTable,
          columnTable,
          steps,
          side,
          folded,
          turned,
          surface,
        )
        const fine = peakOf(extremesOf(frame.float32(surface, side * side)), unit, means, signed)
        return correlationAt(coarse, reference, fine, upsampleFactor, blank)
      }),

    assemble: <P extends Pixels>(tiles: Stack<P>, layout: Layout, into: P | undefined): Image<P> =>
      runtime.frame("assemble_tiles", (frame) => {
        const { height, width } = tiles
        const { data, dtype } = widened(tiles.data)
        const size = layout.width * layout.height
        const out =
          tiles.data instanceof Uint8Array ? frame.output("uint16", size) : frame.outputLike(tiles.data, size, into)
        const source = frame.input(data)
        const words = new Int32Array(9 * layout.tiles.length)
        const floats = new Float32Array(words.buffer)
        // Most tiles of a grid share their weights.
        const known = new Map<Float32Array, number>()
        const weightsAt = (weights: Float32Array): number => {
          const at = known.get(weights) ?? put(frame, weights)
          known.set(weights, at)
          return at
        }
        for (const [index, tile] of layout.tiles.entries()) {
          words.set(
            [
              source + tile.plane * width * height * data.BYTES_PER_ELEMENT,
              weightsAt(tile.columnWeights),
              weightsAt(tile.rowWeights),
              tile.left,
              tile.top,
              tile.stepX,
              tile.stepY,
            ],
            9 * index,
          )
          floats[9 * index + 7] = tile.partX
          floats[9 * index + 8] = tile.partY
        }
        const { cells, list } = layout
        const [cellsAt, listAt, tilesAt] = [put(frame, cells), put(frame, list), put(frame, words)]
        const room = (layout.width + 4) * 4
        const scratch = frame.scratch(4 * room)
        const isFloat = dtype === "float32" ? 1 : 0
        const [count, at] = [cells.length / 6, out.pointer]
        assemble(isFloat, cellsAt, count, listAt, tilesAt, width, height, at, layout.width, scratch, room)
        const result = out.take()
        const canvas = { width: layout.width, height: layout.height }
        // The place is of the tiles' type, unless they are bytes.
        if (!(tiles.data instanceof Uint8Array)) return { data: result as P, ...canvas }
        const bytes = into ?? likeOf(tiles.data, size)
        bytes.set(result)
        return { data: bytes, ...canvas }
      }),
  }
}
