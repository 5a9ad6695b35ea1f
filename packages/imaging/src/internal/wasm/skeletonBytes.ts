/**
 * Written by build/wasm.ts from assembly/skeleton.ts.
 *
 * sources b08f4fc656fffb10d7445d03801446b527e61a769c9899c9d8e8343433b905b3
 * sha256 f1e758d454f1a58dbb8b8246c230363c78c6f30753a777a81e80bf101edc21f4
 * bytes 77
 *
 * @layer logic
 * @module
 */

/** The compiled skeleton kernels in base 64. */
export const skeletonBytes =
  "AGFzbQEAAAABBQFgAAF/AhIBA2VudgZtZW1vcnkCAweAgAQDAgEABxwCD3NrZWxldG9uVmVyc2lvbgAABm1lbW9yeQIACgYBBABBAQs="
