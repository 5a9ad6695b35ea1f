/**
 * Zhang's thinning, in plain TypeScript.
 *
 * @layer logic
 * @module
 */
import type { Image, Mask, Pixels } from "../../Image.ts"
import { zhangTable } from "./tables.ts"

/** Removes border pixels in two alternating sub-iterations until nothing changes. */
export const zhang = ({ data, height, width }: Image<Pixels>, into: Uint8Array | undefined): Mask => {
  const table = zhangTable()
  // One pixel of background around saves all tests of places.
  const stride = width + 2
  const pixels = new Uint8Array(stride * (height + 2))
  let foreground: Array<number> = []
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] === 0) continue
      const at = (y + 1) * stride + x + 1
      pixels[at] = 1
      foreground.push(at)
    }
  }
  const isRemoved = (at: number, sub: number): boolean => {
    const [above, below] = [at - stride, at + stride]
    const neighbours =
      pixels[above - 1] |
      (pixels[above] << 1) |
      (pixels[above + 1] << 2) |
      (pixels[at + 1] << 3) |
      (pixels[below + 1] << 4) |
      (pixels[below] << 5) |
      (pixels[below - 1] << 6) |
      (pixels[at - 1] << 7)
    return (table[neighbours] & sub) !== 0
  }
  for (let changed = true; changed;) {
    changed = false
    for (const sub of [1, 2]) {
      // All are judged by the same picture, then all go at once.
      const removed = foreground.filter((at) => isRemoved(at, sub))
      for (const at of removed) pixels[at] = 0
      if (removed.length === 0) continue
      changed = true
      foreground = foreground.filter((at) => pixels[at] === 1)
    }
  }
  const out = into ?? new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    const start = (y + 1) * stride + 1
    out.set(pixels.subarray(start, start + width), y * width)
  }
  return { data: out, width, height }
}
