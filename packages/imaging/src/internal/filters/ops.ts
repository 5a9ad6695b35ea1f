/**
 * What a backend does for the filters kernels, once their parameters and pictures are checked.
 *
 * @layer contract
 * @module
 */

/** The operations of the filters kernels. */
export interface FiltersOps {}
