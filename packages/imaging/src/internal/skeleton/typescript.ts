/**
 * The skeleton operations in plain TypeScript: the reference that the compiled ones are held to.
 *
 * @layer logic
 * @module
 */
import { lee, lee3d } from "./lee.ts"
import type { SkeletonOps } from "./ops.ts"
import { zhang } from "./zhang.ts"

/** The reference. */
export const typescriptSkeleton: SkeletonOps = { zhang, lee, lee3d }
