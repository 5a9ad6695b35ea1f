/**
 * The objects operations in plain TypeScript: the reference that the compiled ones are held to.
 *
 * @layer logic
 * @module
 */
import type { ObjectsOps } from "./ops.ts"

/** The reference. */
export const typescriptObjects: ObjectsOps = {}
