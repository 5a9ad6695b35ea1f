/**
 * Written by build/wasm.ts from assembly/registration.ts.
 *
 * sources b08f4fc656fffb10d7445d03801446b527e61a769c9899c9d8e8343433b905b3
 * sha256 087d3c67dc60cbce8c34184c25f0a0548250f70a4c674f77f7fc5ab1f8dbe2b5
 * bytes 81
 *
 * @layer logic
 * @module
 */

/** The compiled registration kernels in base 64. */
export const registrationBytes =
  "AGFzbQEAAAABBQFgAAF/AhIBA2VudgZtZW1vcnkCAweAgAQDAgEAByACE3JlZ2lzdHJhdGlvblZlcnNpb24AAAZtZW1vcnkCAAoGAQQAQQEL"
