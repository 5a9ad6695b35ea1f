/**
 * The objects operations on compiled kernels.
 *
 * @layer logic
 * @module
 */
import type { WasmRuntime } from "../wasm/runtime.ts"
import type { ObjectsOps } from "./ops.ts"

/** The compiled operations of one thread. */
export const wasmObjects = (runtime: WasmRuntime): ObjectsOps => {
  void runtime
  return {}
}
