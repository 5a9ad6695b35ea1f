/**
 * Background by a rolling ball, in plain TypeScript: for each pixel, the least of all pixels below the ball plus how far the
 * ball's surface lies below its top there.
 *
 * S. R. Sternberg, "Biomedical image processing", Computer 16 (1983); in the form of `skimage.restoration.rolling_ball`.
 *
 * @layer logic
 * @module
 */
import { type Image, type Pixels, pixelDtypeOf } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import { ballSteps, spanOf } from "./ball.ts"

/** The background, or the picture less it. */
export const rollingBall = <P extends Pixels>(
  give: "background" | "corrected",
  { data, height, width }: Image<P>,
  radiusPx: number,
  into: P | undefined,
): Image<P> => {
  const dtype = pixelDtypeOf(data)
  const ball = ballSteps(radiusPx, width, height, dtype, spanOf(data))
  const round = dtype === "float32" ? Math.fround : (value: number) => value
  const background = new Float64Array(data.length).fill(Number.POSITIVE_INFINITY)
  const reach = ball[0].at(-1)?.half ?? 0
  // centred[half][x]: the minimum of the row from x - half to x + half.
  const centred = Array.from({ length: reach + 1 }, () => new Float64Array(width))
  const below = new Float64Array(width)
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width)
    centred[0].set(row)
    for (let half = 1; half <= reach; half++) {
      const [inner, outer] = [centred[half - 1], centred[half]]
      for (let x = 0; x < width; x++) {
        const left = x >= half ? row[x - half] : Number.POSITIVE_INFINITY
        const right = x + half < width ? row[x + half] : Number.POSITIVE_INFINITY
        outer[x] = Math.min(inner[x], left, right)
      }
    }
    for (const [dy, steps] of ball.entries()) {
      // The drop grows outwards: a wider row's minimum, raised by the wider row's drop, is never below the truth.
      below.fill(Number.POSITIVE_INFINITY)
      for (const { drop, half } of steps) {
        const least = centred[half]
        for (let x = 0; x < width; x++) below[x] = Math.min(below[x], round(least[x] + drop))
      }
      for (const target of dy === 0 ? [y] : [y - dy, y + dy]) {
        if (target < 0 || target >= height) continue
        for (let x = 0; x < width; x++) {
          background[target * width + x] = Math.min(background[target * width + x], below[x])
        }
      }
    }
  }
  const out = into ?? likeOf(data, data.length)
  for (let index = 0; index < data.length; index++) {
    out[index] = (give === "background" ? background[index] : data[index] - background[index]) + 0
  }
  return { data: out, width, height }
}
