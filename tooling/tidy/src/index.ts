/**
 * House style as a check: banned calls, headers, lengths, orphans, leftovers, and the public surface.
 *
 * @layer logic
 * @module
 */
export * from "./checkTidy.ts"
export * from "./Finding.ts"
export * as PublicSurface from "./PublicSurface.ts"
