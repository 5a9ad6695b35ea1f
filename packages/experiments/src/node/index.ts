/**
 * @layer adapter
 * @module
 */
export {}
