/** The registration kernels, compiled to WebAssembly with SIMD. */
export {
  convolveColumns,
  convolveRows,
  energy,
  laplaceF32,
  laplaceU16,
  laplaceU8,
  lessF32,
  lessU16,
  lessU8,
  sumF32,
  sumU16,
  sumU8,
  windowed,
} from "./registration/prepare"
export { columns, forwardRows, inverseRows, refine } from "./registration/correlate"
export { assembleF32, assembleU16, assembleU8 } from "./registration/mosaic"
