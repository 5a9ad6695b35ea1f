/**
 * The rolling ball on compiled kernels.
 *
 * @layer logic
 * @module
 */
import { type Image, pixelDtypeOf, type Pixels } from "../../Image.ts"
import type { WasmRuntime } from "../wasm/runtime.ts"
import { ballSteps } from "./ball.ts"

/** How a finished row is written, as numbered in assembly/morphology/disk.ts. */
const writes = { background: 0, corrected: 4 } as const
/** Tables of a strip should stay in the nearest caches of one core. */
const cacheBytes = 64 * 1024
/** Vectors are worked on by four. */
const blockBytes = 64

/** The rolling ball on the kernels of one thread. */
export const wasmBall = (runtime: WasmRuntime) => {
  const balls = {
    uint8: runtime.function("morphology", "ballU8"),
    uint16: runtime.function("morphology", "ballU16"),
    float32: runtime.function("morphology", "ballF32"),
  }
  return <P extends Pixels>(
    give: "background" | "corrected",
    { data, height, width }: Image<P>,
    radiusPx: number,
    into: P | undefined,
  ): Image<P> =>
    runtime.frame("rolling_ball", (frame) => {
      const dtype = pixelDtypeOf(data)
      const ball = ballSteps(radiusPx, width, height, dtype)
      const itemBytes = data.BYTES_PER_ELEMENT
      const reachX = ball[0].at(-1)?.half ?? 0
      const reachY = ball.length - 1
      const block = blockBytes / itemBytes
      const room = Math.floor(cacheBytes / itemBytes / (reachX + 2 * reachY + 2) / block) * block
      const strip = Math.max(block, Math.min(room, Math.ceil(width / block) * block))
      const stripBytes = strip * itemBytes
      const source = frame.input(data)
      const result = frame.outputLike(data, data.length, into)
      const overlaps = Math.abs(result.pointer - source) < data.byteLength
      const out = overlaps ? frame.scratch(data.byteLength) : result.pointer
      const centred = frame.scratch((reachX + 1) * stripBytes)
      const ring = frame.scratch((2 * reachY + 1) * stripBytes)
      const row = frame.scratch(stripBytes + 2 * reachX * itemBytes + 16)
      const count = ball.reduce((sum, steps) => sum + steps.length, 0)
      const starts = frame.scratch((ball.length + 1 + 2 * count) * 4)
      const words = frame.uint32(starts, ball.length + 1 + 2 * count)
      const drops = frame.float32(starts, ball.length + 1 + 2 * count)
      let next = ball.length + 1
      for (const [dy, steps] of ball.entries()) {
        words[dy] = starts + next * 4
        for (const { drop, half } of steps) {
          words[next] = half * stripBytes
          // A drop beyond the type's range leaves nothing of a pixel, as the largest value does.
          if (dtype === "float32") drops[next + 1] = drop
          else words[next + 1] = Math.min(drop, dtype === "uint8" ? 255 : 65_535)
          next += 2
        }
      }
      words[ball.length] = starts + next * 4
      const run = balls[dtype]
      run(source, out, width, height, reachX, reachY, strip, starts, centred, ring, row, writes[give])
      if (overlaps) frame.uint8(result.pointer, data.byteLength).set(frame.uint8(out, data.byteLength))
      return { data: result.take(), width, height }
    })
}
