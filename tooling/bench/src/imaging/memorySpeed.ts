/**
 * How long this machine takes to copy memory: the limit of every kernel that does little per pixel.
 *
 * @layer adapter
 * @module
 */

const rounds = 15

const measured = new Map<number, number>()

/**
 * Milliseconds that a plain copy takes which reads and writes so many bytes together, at its best; measured once for each
 * number, because caches make the copy of a small picture faster than that of a stack.
 */
export const copyMs = (bytes: number): number => {
  const known = measured.get(bytes)
  if (known !== undefined) return known
  const source = new Uint8Array(Math.max(1, Math.floor(bytes / 2))).fill(1)
  const target = new Uint8Array(source.length)
  let best = Infinity
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    target.set(source)
    best = Math.min(best, performance.now() - start)
  }
  measured.set(bytes, best)
  return best
}
