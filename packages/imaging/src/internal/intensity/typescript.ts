/**
 * The intensity operations in plain TypeScript: the reference that the compiled ones are held to.
 *
 * @layer logic
 * @module
 */
import { maximumProjection } from "./maximumProjection.ts"
import type { IntensityOps } from "./ops.ts"

/** The reference. */
export const typescriptIntensity: IntensityOps = { maximumProjection }
