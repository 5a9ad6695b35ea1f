/**
 * Minimum over a disk on compiled kernels: lays out the tables of a plan in memory.
 *
 * @layer logic
 * @module
 */
import { type Image, type Pixels, pixelDtypeOf } from "../../Image.ts"
import type { Frame, WasmFunction, WasmRuntime } from "../wasm/runtime.ts"
import { diskRows } from "./diskRows.ts"
import type { DiskOperation } from "./ops.ts"
import { type DiskPlan, planOf, type Term } from "./plan.ts"

/** A finished row's use, as numbered in assembly/morphology/disk.ts. */
export const writes = { minimum: 0, complement: 1, pictureLessComplement: 2, lessPicture: 3 } as const

/** One pass over pixels of some bytes each. */
export interface Pass {
  readonly source: number
  /** What differences are taken to. */
  readonly image: number
  readonly out: number
  readonly flip: boolean
  readonly write: number
}

/** Tables of a strip should stay in the cache of one core. */
const cacheBytes = 640 * 1024
/** A vector row of the result is this long. */
const blockBytes = 128

const alignUp = (value: number, to: number): number => Math.ceil(value / to) * to

/** The plans of one thread, newest last: a pipeline asks for the same one for every picture. */
export class Plans {
  readonly #known = new Map<string, DiskPlan>()

  /** The plan of a disk for pictures of a size. */
  of(radiusPx: number, width: number, height: number): DiskPlan {
    const widths = diskRows(radiusPx, width, height)
    const key = `${radiusPx} ${widths[0]} ${widths.length}`
    const plan = this.#known.get(key) ?? planOf(widths)
    this.#known.delete(key)
    this.#known.set(key, plan)
    const oldest = this.#known.keys().next()
    if (this.#known.size > 8 && oldest.done !== true) this.#known.delete(oldest.value)
    return plan
  }
}

/** Lays the plan out and gives a function that makes passes; all on places of the frame. */
export const passes = (
  frame: Frame,
  plan: DiskPlan,
  width: number,
  height: number,
  itemBytes: number,
  erode: WasmFunction,
): ((pass: Pass) => void) => {
  const { depths, reachX, reachY, spans, steps, terms } = plan
  const rows = depths.reduce((sum, depth) => sum + depth, 0)
  const block = blockBytes / itemBytes
  // Wide strips read less beside them; narrow ones stay in the cache.
  const room = Math.floor(cacheBytes / rows / itemBytes) - 2 * reachX
  const least = Math.max(block, alignUp(reachX, block))
  const strip = Math.min(alignUp(width, block), Math.max(least, alignUp(room - block + 1, block)))
  const stride = alignUp((strip + 2 * reachX) * itemBytes, 64) + 64
  const ringBytes = rows * stride
  const rings = frame.scratch(ringBytes + stride + 2 * reachX * itemBytes + blockBytes)
  const row = frame.scratch(strip * itemBytes + blockBytes)
  const starts: Array<number> = []
  let start = rings
  for (const depth of depths) {
    starts.push(start)
    start += depth * stride
  }
  const places: Array<Term> = [{ table: 0, delay: 0, x: 0 }]
  for (const [index, { first, second }] of steps.entries()) {
    places.push({ table: index + 1, delay: 0, x: 0 }, first, second)
  }
  places.push(...terms)
  const length = alignUp(places.length, 4)
  const lists = frame.scratch((4 * length + steps.length) * 4)
  const numbers = frame.uint32(lists, 4 * length + steps.length).fill(0)
  for (const [index, { delay, table, x }] of places.entries()) {
    const depth = depths[table]
    const base = starts[table] + x * itemBytes
    numbers[index] = base + ((depth - delay) % depth) * stride
    numbers[2 * length + index] = base + depth * stride
    numbers[3 * length + index] = depth * stride
  }
  for (const index of steps.keys()) {
    const pixels = strip + 2 * reachX - spans[index + 1]
    numbers[4 * length + index] = Math.min(alignUp(pixels * itemBytes, 64), stride)
  }
  return ({ flip, image, out, source, write }) => {
    erode(
      source,
      image,
      out,
      width,
      height,
      reachX,
      reachY,
      strip,
      stride,
      lists,
      length,
      steps.length,
      terms.length,
      rings,
      rings + ringBytes,
      row,
      flip ? 1 : 0,
      write,
    )
  }
}

/** What an operation reads and writes: its first pass's input complemented or not, and how the last pass writes. */
const recipes: {
  readonly [O in DiskOperation]: {
    readonly kernel: string
    readonly twice: boolean
    readonly flip: boolean
    readonly write: number
  }
} = {
  erosion: { kernel: "erosion", twice: false, flip: false, write: writes.minimum },
  dilation: { kernel: "dilation", twice: false, flip: true, write: writes.complement },
  // A dilation is the complement of the complement's erosion. The first of two passes always writes the complement of
  // its minimum, so that the second, which takes minima too, is the other operation.
  opening: { kernel: "opening", twice: true, flip: false, write: writes.complement },
  closing: { kernel: "closing", twice: true, flip: true, write: writes.minimum },
  whiteTopHat: { kernel: "white_top_hat", twice: true, flip: false, write: writes.pictureLessComplement },
  blackTopHat: { kernel: "black_top_hat", twice: true, flip: true, write: writes.lessPicture },
}

/** Up to this radius one sweep without tables is faster. */
const smallRadiusMax = 3

/** The operations with a disk on the kernels of one thread. */
export const wasmDisk = (runtime: WasmRuntime, plans: Plans) => {
  const erosions = {
    uint8: runtime.function("morphology", "erodeU8"),
    uint16: runtime.function("morphology", "erodeU16"),
    float32: runtime.function("morphology", "erodeF32"),
  }
  // Tables of bytes are as fast.
  const smalls = {
    uint8: undefined,
    uint16: runtime.function("morphology", "smallU16"),
    float32: runtime.function("morphology", "smallF32"),
  }
  return <P extends Pixels>(
    operation: DiskOperation,
    { data, height, width }: Image<P>,
    radiusPx: number,
    into: P | undefined,
  ): Image<P> =>
    runtime.frame(recipes[operation].kernel, (frame) => {
      const { flip, twice, write } = recipes[operation]
      const source = frame.input(data)
      const result = frame.outputLike(data, data.length, into)
      // Rows of the result may not overwrite rows of the picture that are still read.
      const overlaps = Math.abs(result.pointer - source) < data.byteLength
      const out = overlaps ? frame.scratch(data.byteLength) : result.pointer
      const small = smalls[pixelDtypeOf(data)]
      if (small !== undefined && radiusPx > 0 && radiusPx <= smallRadiusMax) {
        const stride = alignUp(width * data.BYTES_PER_ELEMENT, 32) + 64
        const rings = frame.scratch(19 * stride)
        small(source, out, width, height, radiusPx, rings, stride, twice ? 1 : 0, flip ? 1 : 0, write)
      } else {
        const plan = plans.of(radiusPx, width, height)
        const pass = passes(frame, plan, width, height, data.BYTES_PER_ELEMENT, erosions[pixelDtypeOf(data)])
        if (twice) {
          const middle = frame.scratch(data.byteLength)
          pass({ source, image: source, out: middle, flip, write: writes.complement })
          pass({ source: middle, image: source, out, flip: false, write })
        } else {
          pass({ source, image: source, out, flip, write })
        }
      }
      if (overlaps) frame.uint8(result.pointer, data.byteLength).set(frame.uint8(out, data.byteLength))
      return { data: result.take(), width, height }
    })
}
