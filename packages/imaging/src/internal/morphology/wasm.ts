/**
 * The morphology operations on compiled kernels.
 *
 * @layer logic
 * @module
 */
import type { WasmRuntime } from "../wasm/runtime.ts"
import { Plans, wasmDisk } from "./diskWasm.ts"
import { whiteTopHatDownsampled } from "./downsampled.ts"
import type { MorphologyOps } from "./ops.ts"
import { rollingBall } from "./rollingBall.ts"

/** The compiled operations of one thread. */
export const wasmMorphology = (runtime: WasmRuntime): MorphologyOps => {
  const plans = new Plans()
  return { disk: wasmDisk(runtime, plans), whiteTopHatDownsampled, rollingBall }
}
