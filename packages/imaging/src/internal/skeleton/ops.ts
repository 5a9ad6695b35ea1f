/**
 * What a backend does for the skeleton kernels, once their parameters and pictures are checked.
 *
 * @layer contract
 * @module
 */

/** The operations of the skeleton kernels. */
export interface SkeletonOps {}
