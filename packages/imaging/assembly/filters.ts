/** The filters kernels, compiled to WebAssembly with SIMD. Pointers come from the caller, who has checked all sizes. */
export { gaussianScratch, laplacian, laplacianScratch, smooth } from "./filters/gaussian"
export { peaks } from "./filters/peaks"
export { medianScratch, medianU8, medianU16, medianF32, smallScratch, smallU8, smallU16 } from "./filters/median"
export { flatU8, flatU16, flatF32, floatSum } from "./filters/flat"
export { slide } from "./filters/slide"
