/**
 * The filters operations in plain TypeScript: the reference that the compiled ones are held to.
 *
 * @layer logic
 * @module
 */
import type { FiltersOps } from "./ops.ts"

/** The reference. */
export const typescriptFilters: FiltersOps = {}
