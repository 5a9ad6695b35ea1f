/**
 * What a backend does for the objects kernels, once their parameters and pictures are checked.
 *
 * @layer contract
 * @module
 */

/** The operations of the objects kernels. */
export interface ObjectsOps {}
