/**
 * The registration operations in plain TypeScript: the reference that the compiled ones are held to.
 *
 * @layer logic
 * @module
 */
import type { RegistrationOps } from "./ops.ts"

/** The reference. */
export const typescriptRegistration: RegistrationOps = {}
