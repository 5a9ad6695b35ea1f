/** The filters kernels, compiled to WebAssembly with SIMD. */

/** Raised with every change that a caller must know of. */
export function filtersVersion(): i32 {
  return 1
}
