/**
 * The skeleton operations in plain TypeScript: the reference that the compiled ones are held to.
 *
 * @layer logic
 * @module
 */
import type { SkeletonOps } from "./ops.ts"

/** The reference. */
export const typescriptSkeleton: SkeletonOps = {}
