/**
 * MurmurHash3_x86_128 (Austin Appleby): spreads a short text over 128 bits to seed a generator with. No protection
 * against somebody who wants two texts to meet.
 *
 * @layer logic
 * @module
 */
const rotateLeft = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits))

const finish = (word: number): number => {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

const c1 = 0x239b961b
const c2 = 0xab0e9789
const c3 = 0x38b34ae5
const c4 = 0xa1e38b93

/** Four words of 32 bits, as unsigned numbers. */
export const murmur128 = (bytes: Uint8Array, seed: number): readonly [number, number, number, number] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { length } = bytes
  const blocks = Math.floor(length / 16)
  let h1 = seed | 0
  let h2 = h1
  let h3 = h1
  let h4 = h1
  const mix1 = (k: number) => Math.imul(rotateLeft(Math.imul(k, c1), 15), c2)
  const mix2 = (k: number) => Math.imul(rotateLeft(Math.imul(k, c2), 16), c3)
  const mix3 = (k: number) => Math.imul(rotateLeft(Math.imul(k, c3), 17), c4)
  const mix4 = (k: number) => Math.imul(rotateLeft(Math.imul(k, c4), 18), c1)
  for (let block = 0; block < blocks; block++) {
    const at = block * 16
    h1 = (Math.imul(rotateLeft(h1 ^ mix1(view.getUint32(at, true)), 19) + h2, 5) + 0x561ccd1b) | 0
    h2 = (Math.imul(rotateLeft(h2 ^ mix2(view.getUint32(at + 4, true)), 17) + h3, 5) + 0x0bcaa747) | 0
    h3 = (Math.imul(rotateLeft(h3 ^ mix3(view.getUint32(at + 8, true)), 15) + h4, 5) + 0x96cd1c35) | 0
    h4 = (Math.imul(rotateLeft(h4 ^ mix4(view.getUint32(at + 12, true)), 13) + h1, 5) + 0x32ac3b17) | 0
  }
  // What is left over: up to 15 bytes, the missing ones zero.
  const rest = length - blocks * 16
  const word = (from: number): number => {
    let k = 0
    for (let i = Math.min(rest, from + 4) - 1; i >= from; i--) k = (k << 8) | (bytes[blocks * 16 + i] ?? 0)
    return k
  }
  if (rest > 12) h4 ^= mix4(word(12))
  if (rest > 8) h3 ^= mix3(word(8))
  if (rest > 4) h2 ^= mix2(word(4))
  if (rest > 0) h1 ^= mix1(word(0))
  h1 ^= length
  h2 ^= length
  h3 ^= length
  h4 ^= length
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = (h2 + h1) | 0
  h3 = (h3 + h1) | 0
  h4 = (h4 + h1) | 0
  h1 = finish(h1)
  h2 = finish(h2)
  h3 = finish(h3)
  h4 = finish(h4)
  h1 = (h1 + h2 + h3 + h4) | 0
  return [h1 >>> 0, (h2 + h1) >>> 0, (h3 + h1) >>> 0, (h4 + h1) >>> 0]
}
