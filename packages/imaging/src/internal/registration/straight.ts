/**
 * Whether what two neighbours have in common tells its place in every direction: a straight edge fits as well anywhere along
 * itself, and which of these places is the best is then left to noise.
 *
 * @layer logic
 * @module
 */
import type { Image } from "../../Image.ts"
import { hannOf } from "./plan.ts"
import { prepare } from "./prepare.ts"

/** Half of the shifts that lie between two circles; those opposite tell the same. Finely enough that a thin line lies along one. */
const ringOf = (from: number, to: number): ReadonlyArray<readonly [number, number]> => {
  const ring: Array<readonly [number, number]> = []
  for (let y = 0; y <= to; y++) {
    for (let x = -to; x <= to; x++) {
      const length = Math.round(Math.hypot(x, y))
      if (length >= from && length <= to && (y > 0 || x > 0)) ring.push([x, y])
    }
  }
  return ring
}

/** The part of a window's correlation with itself that is left at a shift: so much of a pattern that goes on for ever. */
const windowLeft = (size: number, shift: number): number => {
  const window = hannOf(size)
  let [whole, left] = [0, 0]
  for (let index = 0; index < size; index++) {
    whole += window[index] ** 2
    left += window[index] * (index + shift < size ? window[index + shift] : 0)
  }
  return left / whole
}

/** Shifts in pixels at which a fine pattern no longer fits; a coarser one is asked further off, by so much each time. */
const [radiusLeastPx, radiusFactor] = [4, 1.5]
/** What fits less than this in one direction is fine enough for the shifts asked. */
const acrossMax = 0.2
/**
 * What fits this well beside its place, of what a line that goes on for ever would, is straight: walls, scratches and stripes that
 * were put a wrong place along themselves had 0.96 and more (in noise once 0.83), cells 0.77 and less unless they are as large as
 * the overlap.
 */
const alongMax = 0.85

/** Whether two pictures that fit where they lie fit nearly as well some way off in a direction. */
export const isStraight = (reference: Image, moving: Image, whitenSigmaPx: number): boolean => {
  const options = { upsampleFactor: 1, phase: false, whitenSigmaPx, windowed: true, signed: true }
  const { height, width } = reference
  const [a, b] = [prepare(reference, options).plane, prepare(moving, options).plane]
  const at = (dx: number, dy: number): number => {
    let sum = 0
    const [from, to] = [Math.max(0, dx), Math.min(width, width + dx)]
    for (let y = Math.max(0, dy); y < Math.min(height, height + dy); y++) {
      const [row, other] = [y * width, (y - dy) * width - dx]
      for (let x = from; x < to; x++) sum += a[row + x] * b[other + x]
    }
    return sum
  }
  const peak = ringOf(1, 1).reduce((most, [x, y]) => Math.max(most, at(x, y), at(-x, -y)), at(0, 0))
  // Further off too little of the windows is left to tell.
  const largest = Math.max(1, Math.floor(Math.min(width, height) / 4))
  for (let radius = Math.min(radiusLeastPx, largest); ;) {
    let [along, across] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (const [x, y] of ringOf(radius, Math.round(radiusFactor * radius))) {
      const whole = peak * windowLeft(width, Math.abs(x)) * windowLeft(height, y)
      // Where nothing is left of the windows nothing is known.
      const part = whole > 0 ? at(x, y) / whole : 0
      along = Math.max(along, part)
      across = Math.min(across, part)
    }
    if (across <= acrossMax || radius >= largest) return along > alongMax
    radius = Math.min(largest, Math.round(radiusFactor * radius))
  }
}
