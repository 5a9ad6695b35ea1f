/**
 * The morphology operations on compiled kernels.
 *
 * @layer logic
 * @module
 */
import type { WasmRuntime } from "../wasm/runtime.ts"
import type { MorphologyOps } from "./ops.ts"

/** The compiled operations of one thread. */
export const wasmMorphology = (runtime: WasmRuntime): MorphologyOps => {
  void runtime
  return {}
}
