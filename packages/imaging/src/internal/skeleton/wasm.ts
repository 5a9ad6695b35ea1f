/**
 * The skeleton operations on compiled kernels: pictures are packed to bits, thinned there, and unpacked.
 *
 * @layer logic
 * @module
 */
import { type Image, type Mask, pixelDtypeOf, type Pixels } from "../../Image.ts"
import type { WasmRuntime } from "../wasm/runtime.ts"
import type { SkeletonOps } from "./ops.ts"

/** The compiled operations of one thread. */
export const wasmSkeleton = (runtime: WasmRuntime): SkeletonOps => {
  const named = (name: string) => runtime.function("skeleton", name)
  const packs = { uint8: named("packU8"), uint16: named("packU16"), float32: named("packF32") }
  const unpack = named("unpackU8")
  const bitsBytes = named("bitsBytes")
  const lee3dMarkBytes = named("lee3dMarkBytes")
  const lee3d = named("lee3d")

  /** Thins one plane in its bits, with a second picture of bits and marks beside it. */
  const onPlane =
    (thin: ReturnType<typeof named>, markBytes: ReturnType<typeof named>) =>
    ({ data, height, width }: Image<Pixels>, into: Uint8Array | undefined): Mask =>
      runtime.frame("skeletonize", (frame) => {
        const size = bitsBytes(width, height) >>> 0
        const source = frame.input(data)
        const out = frame.output("uint8", width * height, into)
        const bits = frame.scratch(size)
        const other = frame.scratch(size)
        const marks = frame.scratch(markBytes(width, height) >>> 0)
        packs[pixelDtypeOf(data)](source, width, height, bits)
        thin(bits, other, marks, width, height)
        unpack(bits, width, height, out.pointer)
        return { data: out.take(), width, height }
      })

  return {
    zhang: onPlane(named("zhang"), named("zhangMarkBytes")),
    lee: onPlane(named("lee"), named("leeMarkBytes")),
    lee3d: ({ data, height, planes, width }, into) =>
      runtime.frame("skeletonize_3d", (frame) => {
        const planeBytes = bitsBytes(width, height) >>> 0
        const size = planeBytes * (planes + 2)
        const source = frame.input(data)
        const out = frame.output("uint8", width * height * planes, into)
        const bits = frame.scratch(size)
        const candidates = frame.scratch(size)
        const marks = frame.scratch(lee3dMarkBytes(width, height, planes) >>> 0)
        // Scratch is not cleared: the planes before the first and behind the last are made zero here.
        const lastPlane = bits + planeBytes * (planes + 1)
        frame.uint8(bits, planeBytes).fill(0)
        frame.uint8(lastPlane, planeBytes).fill(0)
        for (let plane = 0; plane < planes; plane++) {
          const at = source + plane * width * height * data.BYTES_PER_ELEMENT
          packs[pixelDtypeOf(data)](at, width, height, bits + planeBytes * (plane + 1))
        }
        lee3d(bits, candidates, marks, width, height, planes)
        for (let plane = 0; plane < planes; plane++) {
          unpack(bits + planeBytes * (plane + 1), width, height, out.pointer + plane * width * height)
        }
        return { data: out.take(), width, height, planes }
      }),
  }
}
