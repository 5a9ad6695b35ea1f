/**
 * Written by build/wasm.ts from assembly/morphology.ts.
 *
 * sources b08f4fc656fffb10d7445d03801446b527e61a769c9899c9d8e8343433b905b3
 * sha256 e64efa5bf20ec00bc6afc99095cfefa9a8b8ad734eead53c7fa85c9804a24d1d
 * bytes 79
 *
 * @layer logic
 * @module
 */

/** The compiled morphology kernels in base 64. */
export const morphologyBytes =
  "AGFzbQEAAAABBQFgAAF/AhIBA2VudgZtZW1vcnkCAweAgAQDAgEABx4CEW1vcnBob2xvZ3lWZXJzaW9uAAAGbWVtb3J5AgAKBgEEAEEBCw=="
