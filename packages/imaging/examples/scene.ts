/** Pictures whose truth is known, from a seed: what the other examples work on in place of a microscope's files. */
import type { Image } from "@heddle/imaging/Image"

/** A seeded generator of uniform numbers (Mulberry32). */
export const uniform = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A bright disc. */
export interface Disc {
  readonly x: number
  readonly y: number
  readonly radiusPx: number
  readonly light: number
}

/** How light falls off from the middle: 1 there, 0.6 in the corners. */
export const vignette = (u: number, v: number): number => 1 - 0.8 * ((u - 0.5) ** 2 + (v - 0.5) ** 2)

/** Discs on a background of so much light, with noise, under uneven light where asked, and with the detector's offset. */
export const discPicture = (
  { height, width }: { readonly width: number; readonly height: number },
  discs: ReadonlyArray<Disc>,
  { background, isUneven, noise, offset, seed }: typeof plain,
): Image<Uint16Array> => {
  const next = uniform(seed)
  const light = new Float64Array(width * height).fill(background)
  for (const disc of discs) {
    const [top, bottom] = [Math.ceil(disc.y - disc.radiusPx), Math.floor(disc.y + disc.radiusPx)]
    for (let y = Math.max(0, top); y <= Math.min(height - 1, bottom); y++) {
      const half = Math.sqrt(disc.radiusPx ** 2 - (y - disc.y) ** 2)
      const [from, to] = [Math.max(0, Math.ceil(disc.x - half)), Math.min(width, Math.floor(disc.x + half) + 1)]
      if (from < to) light.fill(background + disc.light, y * width + from, y * width + to)
    }
  }
  const data = Uint16Array.from(light, (value, index) => {
    const lit = isUneven ? value * vignette((index % width) / width, Math.floor(index / width) / height) : value
    return offset + lit + (next() - 0.5) * noise
  })
  return { data, width, height }
}

/** Noise and light of a usual picture. */
export const plain = { background: 300, isUneven: false, noise: 60, offset: 0, seed: 1 }
