/**
 * The ball that rolls below a picture, as numbers: how far its surface lies below its top at each pixel.
 *
 * @layer logic
 * @module
 */
import type { Pixels } from "../../Image.ts"
import { diskRows } from "./diskRows.ts"

/** A row of the ball: up to `half` pixels from its middle the surface lies at most `drop` below the top. */
export interface BallStep {
  readonly half: number
  readonly drop: number
}

/**
 * For each row of the ball from its middle row outwards, its steps from the middle of the row outwards. In whole numbers
 * only whole drops can be seen: the sum of a pixel and a drop is cut, so the drop may be cut first. (No drop lies so close
 * below a whole number that the sum of a 16-bit pixel and it were rounded up.)
 *
 * No pixel is above another by more than the span of all. So a pixel raised by a drop of the span or more is not below the
 * pixel at the ball's top, and such steps are left out: of floats from 0 to 1 that is nearly the whole ball.
 */
export const ballSteps = (
  radiusPx: number,
  width: number,
  height: number,
  dtype: "uint8" | "uint16" | "float32",
  span: number,
): ReadonlyArray<ReadonlyArray<BallStep>> =>
  Array.from(diskRows(radiusPx, width, height), (reach, dy) => {
    const steps: Array<BallStep> = []
    for (let half = 0; half <= reach; half++) {
      const surface = Math.sqrt(radiusPx * radiusPx - dy * dy - half * half)
      const drop = dtype === "float32" ? Math.fround(radiusPx - Math.fround(surface)) : Math.floor(radiusPx - surface)
      // The ball's top is its own pixel, whatever the span.
      if (drop >= span && drop > 0) break
      if (steps.at(-1)?.drop === drop) steps.pop()
      steps.push({ half, drop })
    }
    return steps
  }).filter((steps) => steps.length > 0)

/** The largest value less the smallest. */
export const spanOf = (data: Pixels): number => {
  let [least, largest] = [data[0], data[0]]
  for (let index = 1; index < data.length; index++) {
    if (data[index] < least) least = data[index]
    if (data[index] > largest) largest = data[index]
  }
  return largest - least
}
