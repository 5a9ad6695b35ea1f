/**
 * The skeleton operations on compiled kernels.
 *
 * @layer logic
 * @module
 */
import type { WasmRuntime } from "../wasm/runtime.ts"
import type { SkeletonOps } from "./ops.ts"

/** The compiled operations of one thread. */
export const wasmSkeleton = (runtime: WasmRuntime): SkeletonOps => {
  void runtime
  return {}
}
