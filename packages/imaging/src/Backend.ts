/**
 * Who computes: plain TypeScript, which is the readable reference and always there, or compiled kernels
 * (`@heddle/imaging/Wasm`). Whole numbers come out the same to the bit; floats within what each kernel states.
 *
 * @layer logic
 * @module
 */
import { apart } from "./internal/apart.ts"
import { type IntensityOps } from "./internal/intensity/ops.ts"
import { typescriptIntensity } from "./internal/intensity/typescript.ts"
import { type MorphologyOps } from "./internal/morphology/ops.ts"
import { typescriptMorphology } from "./internal/morphology/typescript.ts"
import { type FiltersOps } from "./internal/filters/ops.ts"
import { typescriptFilters } from "./internal/filters/typescript.ts"
import { type ObjectsOps } from "./internal/objects/ops.ts"
import { typescriptObjects } from "./internal/objects/typescript.ts"
import { type SkeletonOps } from "./internal/skeleton/ops.ts"
import { typescriptSkeleton } from "./internal/skeleton/typescript.ts"
import { type RegistrationOps } from "./internal/registration/ops.ts"
import { typescriptRegistration } from "./internal/registration/typescript.ts"

/** A way to compute all kernels. @category models */
export interface Backend {
  /** Part of fingerprints. */
  readonly name: "typescript" | "wasm"
  readonly intensity: IntensityOps
  readonly morphology: MorphologyOps
  readonly filters: FiltersOps
  readonly objects: ObjectsOps
  readonly skeleton: SkeletonOps
  readonly registration: RegistrationOps
}

/** The reference: plain TypeScript, on any platform. @category constructors */
export const typescript: Backend = {
  name: "typescript",
  intensity: apart(typescriptIntensity),
  morphology: apart(typescriptMorphology),
  filters: apart(typescriptFilters),
  objects: apart(typescriptObjects),
  skeleton: apart(typescriptSkeleton),
  registration: apart(typescriptRegistration),
}

/** How a kernel is run. @category models */
export interface RunOptions<P = unknown> {
  /** {@link typescript} unless given. */
  readonly backend?: Backend | undefined
  /** Where the result is written: an array of the result's type and length, such as one of `WasmBackend.allocate`; it may be an input's own. A new one unless given. */
  readonly into?: P | undefined
}
