/**
 * The intensity operations on compiled kernels.
 *
 * @layer logic
 * @module
 */
import { pixelDtypeOf, type Pixels, type Stack } from "../../Image.ts"
import type { WasmRuntime } from "../wasm/runtime.ts"
import type { IntensityOps } from "./ops.ts"

/** The compiled operations of one thread. */
export const wasmIntensity = (runtime: WasmRuntime): IntensityOps => {
  const maxima = {
    uint8: runtime.function("intensity", "maximumU8"),
    uint16: runtime.function("intensity", "maximumU16"),
    float32: runtime.function("intensity", "maximumF32"),
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
  }
}
