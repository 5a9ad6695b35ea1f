/**
 * Image kernels on typed arrays.
 *
 * @layer logic
 * @module
 */
export * as Backend from "./Backend.ts"
export * as Image from "./Image.ts"
export * as ImagingError from "./ImagingError.ts"
export * as MaximumProjection from "./MaximumProjection.ts"
export * as Signature from "./Signature.ts"
export * as Wasm from "./Wasm.ts"
