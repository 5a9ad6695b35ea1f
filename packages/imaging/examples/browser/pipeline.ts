/**
 * What the page and Node both compute: a picture of cells from a seed, its top-hat, its objects, and the lines of a second
 * picture. The same numbers come out wherever it is run.
 */
import type { Backend } from "@heddle/imaging/Backend"
import type { Image } from "@heddle/imaging/Image"
import { label } from "@heddle/imaging/Label"
import { skeletonize } from "@heddle/imaging/Skeletonize"
import { thresholdOtsu } from "@heddle/imaging/Threshold"
import { whiteTopHat } from "@heddle/imaging/TopHat"

const side = 256

/** A seeded generator of uniform numbers (Mulberry32). */
const uniform = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Bright discs over a background that rises from left to right, with noise. */
export const cells = (seed: number): Image<Uint16Array> => {
  const next = uniform(seed)
  const data = new Uint16Array(side * side)
  for (let index = 0; index < data.length; index++) data[index] = 500 + 8 * (index % side) + Math.floor(next() * 100)
  for (let count = 0; count < 40; count++) {
    const [x, y, radius] = [next() * side, next() * side, 3 + next() * 5]
    for (let row = Math.max(0, Math.ceil(y - radius)); row <= Math.min(side - 1, y + radius); row++) {
      for (let column = Math.max(0, Math.ceil(x - radius)); column <= Math.min(side - 1, x + radius); column++) {
        if ((row - y) ** 2 + (column - x) ** 2 <= radius ** 2) data[row * side + column] = 6000
      }
    }
  }
  return { data, width: side, height: side }
}

/** SHA-256 of an array's bytes. */
const hashOf = async (data: Uint8Array | Uint16Array | Uint32Array): Promise<string> => {
  const bytes = new Uint8Array(data.byteLength)
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  const digest = await crypto.subtle.digest("SHA-256", bytes)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("")
}

/** What came out, in numbers and hashes, and as pictures. */
export const compute = async (backend: Backend) => {
  const image = cells(7)
  const flat = whiteTopHat(image, { radiusPx: 12 }, { backend })
  const mask = thresholdOtsu(flat, {}, { backend })
  const { count, labels } = label(mask, { connectivity: "8" }, { backend })
  const skeleton = skeletonize(mask, { method: "zhang" }, { backend })
  return {
    result: {
      backend: backend.name,
      objects: count,
      threshold: mask.threshold,
      topHat: await hashOf(flat.data),
      labels: await hashOf(labels.data),
      skeleton: await hashOf(skeleton.data),
    },
    pictures: { image, flat, mask, skeleton },
  }
}
