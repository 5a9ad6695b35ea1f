/**
 * What a backend does for the morphology kernels, once their parameters and pictures are checked.
 *
 * @layer contract
 * @module
 */

/** The operations of the morphology kernels. */
export interface MorphologyOps {}
