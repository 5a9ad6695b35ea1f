/** The filters kernels, compiled to WebAssembly with SIMD. Pointers come from the caller, who has checked all sizes. */
export {
  gaussianScratch,
  gaussianU8,
  gaussianU16,
  gaussianF32,
  gaussianU8F32,
  gaussianU16F32,
  laplacianScratch,
  laplacianU8,
  laplacianU16,
  laplacianF32,
  differenceU8,
  differenceU16,
  differenceF32,
} from "./filters/gaussian"
export { peaks } from "./filters/peaks"
export { medianScratch, medianU8, medianU16, medianF32, smallScratch, smallU8, smallU16 } from "./filters/median"
export { flatU8, flatU16, flatF32 } from "./filters/flat"
