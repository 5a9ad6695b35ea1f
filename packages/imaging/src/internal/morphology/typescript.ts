/**
 * The morphology operations in plain TypeScript: the reference that the compiled ones are held to.
 *
 * @layer logic
 * @module
 */
import type { MorphologyOps } from "./ops.ts"

/** The reference. */
export const typescriptMorphology: MorphologyOps = {}
