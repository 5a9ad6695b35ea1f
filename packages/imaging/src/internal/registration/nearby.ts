/**
 * How well two pictures fit about where they lie: for pictures whose best fit lies elsewhere.
 *
 * @layer logic
 * @module
 */
import type { Image } from "../../Image.ts"
import { prepare } from "./prepare.ts"

/** The best fit within a pixel: where, and the correlation of the whitened, windowed pictures there. */
export interface Nearby {
  readonly shiftX: number
  readonly shiftY: number
  readonly peak: number
}

/** The top of a parabola through three heights that are one apart, of which the middle is the largest. */
const topOf = (before: number, middle: number, after: number): number => {
  const bend = before - 2 * middle + after
  return bend < 0 ? Math.max(-0.5, Math.min(0.5, (0.5 * (before - after)) / bend)) : 0
}

/** Compares two pictures of one size at shifts of up to one pixel, as a parabola through each axis has it. */
export const nearby = (reference: Image, moving: Image, whitenSigmaPx: number): Nearby => {
  const options = { upsampleFactor: 1, phase: false, whitenSigmaPx, windowed: true, signed: true }
  const { height, width } = reference
  const [a, b] = [prepare(reference, options), prepare(moving, options)]
  const norm = Math.sqrt(a.energy * b.energy)
  const at = (dx: number, dy: number): number => {
    let sum = 0
    for (let y = Math.max(0, dy); y < Math.min(height, height + dy); y++) {
      for (let x = Math.max(0, dx); x < Math.min(width, width + dx); x++) {
        sum += a.plane[y * width + x] * b.plane[(y - dy) * width + x - dx]
      }
    }
    return sum / norm
  }
  let best = { x: 0, y: 0, peak: at(0, 0) }
  for (const [x, y] of [
    [-1, 0],
    [1, 0],
    [0, -1],
    [0, 1],
    [-1, -1],
    [1, -1],
    [-1, 1],
    [1, 1],
  ] as const) {
    const peak = at(x, y)
    if (peak > best.peak) best = { x, y, peak }
  }
  const { peak, x, y } = best
  return {
    shiftX: x + topOf(at(x - 1, y), peak, at(x + 1, y)),
    shiftY: y + topOf(at(x, y - 1), peak, at(x, y + 1)),
    peak,
  }
}
