/**
 * Floats that no kernel can work with: infinity and NaN, and numbers so large that sums of them are infinite. They are found by
 * their bits, which costs less than reading them as numbers.
 *
 * @layer logic
 * @module
 */

/** Added to the bits of a float, it reaches the sign where all bits of the exponent are set: infinity and NaN alone. */
export const finiteAddend = 0x0080_0000
/** The same from 2^120 (1.3e36) on: sums and differences of fewer than 256 such numbers are still finite. */
export const headroomAddend = 0x0480_0000
/** The numbers that {@link headroomAddend} lets through are below it. */
export const headroomMax = 2 ** 120

const beyond = (bits: number, addend: number): number => ((bits & 0x7fff_ffff) + addend) | 0

/** The place of the first value that is not finite (or too large), or -1. Whole blocks are looked at, four at a time. */
export const firstBeyond = (data: Float32Array, addend: number): number => {
  const block = 4096
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length)
  for (let start = 0; start < data.length; start += block) {
    const end = Math.min(start + block, data.length)
    let any = 0
    let at = start
    for (; at + 4 <= end; at += 4) {
      any |=
        beyond(bits[at], addend) |
        beyond(bits[at + 1], addend) |
        beyond(bits[at + 2], addend) |
        beyond(bits[at + 3], addend)
    }
    for (; at < end; at++) any |= beyond(bits[at], addend)
    if (any >= 0) continue
    for (let index = start; index < end; index++) if (beyond(bits[index], addend) < 0) return index
  }
  return -1
}

/** Whether there is such a value. */
export const anyBeyond = (data: Float32Array, addend: number): boolean => firstBeyond(data, addend) >= 0
