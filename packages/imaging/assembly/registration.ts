/** The registration kernels, compiled to WebAssembly with SIMD. */

/** Raised with every change that a caller must know of. */
export function registrationVersion(): i32 {
  return 1
}
