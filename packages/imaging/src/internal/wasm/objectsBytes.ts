/**
 * Written by build/wasm.ts from assembly/objects.ts.
 *
 * sources b08f4fc656fffb10d7445d03801446b527e61a769c9899c9d8e8343433b905b3
 * sha256 f770ab160b54cd975158cfbdae48676ba57e842bc96fc59f2036271393598b6b
 * bytes 76
 *
 * @layer logic
 * @module
 */

/** The compiled objects kernels in base 64. */
export const objectsBytes =
  "AGFzbQEAAAABBQFgAAF/AhIBA2VudgZtZW1vcnkCAweAgAQDAgEABxsCDm9iamVjdHNWZXJzaW9uAAAGbWVtb3J5AgAKBgEEAEEBCw=="
