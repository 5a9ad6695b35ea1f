/**
 * The morphology operations in plain TypeScript: the reference that the compiled ones are held to.
 *
 * @layer logic
 * @module
 */
import { disk } from "./disk.ts"
import { whiteTopHatDownsampled } from "./downsampled.ts"
import type { MorphologyOps } from "./ops.ts"
import { rollingBall } from "./rollingBall.ts"

/** The reference. */
export const typescriptMorphology: MorphologyOps = { disk, whiteTopHatDownsampled, rollingBall }
