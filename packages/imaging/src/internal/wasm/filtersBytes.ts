/**
 * Written by build/wasm.ts from assembly/filters.ts.
 *
 * sources b08f4fc656fffb10d7445d03801446b527e61a769c9899c9d8e8343433b905b3
 * sha256 80865ac13064febdb5d2f84bbe1c7db0a3f2a2ce53d26ee1808692098216dd91
 * bytes 76
 *
 * @layer logic
 * @module
 */

/** The compiled filters kernels in base 64. */
export const filtersBytes =
  "AGFzbQEAAAABBQFgAAF/AhIBA2VudgZtZW1vcnkCAweAgAQDAgEABxsCDmZpbHRlcnNWZXJzaW9uAAAGbWVtb3J5AgAKBgEEAEEBCw=="
