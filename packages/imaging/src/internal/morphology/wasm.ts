/**
 * The morphology operations on compiled kernels.
 *
 * @layer logic
 * @module
 */
import type { WasmRuntime } from "../wasm/runtime.ts"
import { wasmBall } from "./ballWasm.ts"
import { Plans, wasmDisk } from "./diskWasm.ts"
import { wasmDownsampled } from "./downsampledWasm.ts"
import type { MorphologyOps } from "./ops.ts"

/** The compiled operations of one thread. */
export const wasmMorphology = (runtime: WasmRuntime): MorphologyOps => {
  const plans = new Plans()
  return {
    disk: wasmDisk(runtime, plans),
    whiteTopHatDownsampled: wasmDownsampled(runtime, plans),
    rollingBall: wasmBall(runtime),
  }
}
