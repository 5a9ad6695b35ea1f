/**
 * The ball that rolls below a picture, as numbers: how far its surface lies below its top at each pixel.
 *
 * @layer logic
 * @module
 */
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
 */
export const ballSteps = (
  radiusPx: number,
  width: number,
  height: number,
  dtype: "uint8" | "uint16" | "float32",
): ReadonlyArray<ReadonlyArray<BallStep>> =>
  Array.from(diskRows(radiusPx, width, height), (reach, dy) => {
    const steps: Array<BallStep> = []
    for (let half = 0; half <= reach; half++) {
      const surface = Math.sqrt(radiusPx * radiusPx - dy * dy - half * half)
      const drop = dtype === "float32" ? Math.fround(radiusPx - Math.fround(surface)) : Math.floor(radiusPx - surface)
      if (steps.at(-1)?.drop === drop) steps.pop()
      steps.push({ half, drop })
    }
    return steps
  })
