/** The registration kernels, compiled to WebAssembly with SIMD. */
export {
  convolveColumns,
  convolveRows,
  energy,
  laplaceF32,
  laplaceU16,
  lessF32,
  lessU16,
  sumF32,
  sumU16,
  windowed,
} from "./registration/prepare"
export { columns, forwardRows, inverseRows, refine } from "./registration/correlate"
export { assemble } from "./registration/mosaic"
