/**
 * The filters operations on compiled kernels.
 *
 * @layer logic
 * @module
 */
import type { WasmRuntime } from "../wasm/runtime.ts"
import type { FiltersOps } from "./ops.ts"

/** The compiled operations of one thread. */
export const wasmFilters = (runtime: WasmRuntime): FiltersOps => {
  void runtime
  return {}
}
