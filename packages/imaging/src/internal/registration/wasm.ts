/**
 * The registration operations on compiled kernels.
 *
 * @layer logic
 * @module
 */
import type { WasmRuntime } from "../wasm/runtime.ts"
import type { RegistrationOps } from "./ops.ts"

/** The compiled operations of one thread. */
export const wasmRegistration = (runtime: WasmRuntime): RegistrationOps => {
  void runtime
  return {}
}
