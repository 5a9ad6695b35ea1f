/**
 * How fast this machine copies memory: the limit of every kernel that does little per pixel.
 *
 * @layer adapter
 * @module
 */

const bytes = 8 * 1024 * 1024
const rounds = 15

let measured: number | undefined

/** Bytes read and written per millisecond by a plain copy of 8 MiB, at its best; measured once. */
export const bytesPerMs = (): number => {
  if (measured !== undefined) return measured
  const source = new Uint8Array(bytes).fill(1)
  const target = new Uint8Array(bytes)
  let best = Infinity
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    target.set(source)
    best = Math.min(best, performance.now() - start)
  }
  measured = (2 * bytes) / best
  return measured
}
