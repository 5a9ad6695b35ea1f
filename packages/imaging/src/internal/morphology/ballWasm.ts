/**
 * The rolling ball on compiled kernels.
 *
 * @layer logic
 * @module
 */
import { type Image, pixelDtypeOf, type Pixels } from "../../Image.ts"
import type { WasmRuntime } from "../wasm/runtime.ts"
import { ballSteps, spanOf } from "./ball.ts"
import { wideFrame } from "./bytes.ts"

/** How a finished row is written, as numbered in assembly/morphology/disk.ts. */
const writes = { background: 0, corrected: 4 } as const
/** Tables of a strip should stay in the nearest caches of one core. */
const cacheBytes = 64 * 1024
/** Vectors are worked on by four. */
const blockBytes = 64

/** The rolling ball on the kernels of one thread. */
export const wasmBall = (runtime: WasmRuntime) => {
  const balls = {
    uint8: runtime.function("morphology", "ballU16"),
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
      const ball = ballSteps(radiusPx, width, height, dtype, spanOf(data))
      const itemBytes = dtype === "float32" ? 4 : 2
      const reachX = ball[0].at(-1)?.half ?? 0
      const reachY = ball.length - 1
      const block = blockBytes / itemBytes
      const room = Math.floor(cacheBytes / itemBytes / (reachX + 2 * reachY + 2) / block) * block
      const strip = Math.max(block, Math.min(room, Math.ceil(width / block) * block))
      const stripBytes = strip * itemBytes
      const { out, source, take } = wideFrame(frame, data, into)
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
          if (dtype === "float32") drops[next + 1] = drop
          else words[next + 1] = drop
          next += 2
        }
      }
      words[ball.length] = starts + next * 4
      const run = balls[dtype]
      run(source, out, width, height, reachX, reachY, strip, starts, centred, ring, row, writes[give])
      return { data: take(), width, height }
    })
}
