/**
 * What a backend does for the registration kernels, once their parameters and pictures are checked.
 *
 * @layer contract
 * @module
 */

/** The operations of the registration kernels. */
export interface RegistrationOps {}
