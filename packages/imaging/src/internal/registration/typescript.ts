/**
 * The registration operations in plain TypeScript: the reference that the compiled ones are held to.
 *
 * @layer logic
 * @module
 */
import { assemble } from "./assemble.ts"
import { correlate } from "./correlate.ts"
import type { RegistrationOps } from "./ops.ts"

/** The reference. */
export const typescriptRegistration: RegistrationOps = { correlate, assemble }
