/**
 * A part of a picture, row by row.
 *
 * @layer logic
 * @module
 */
import type { Pixels } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import type { Rectangle } from "./ops.ts"

/** The pixels of a rectangle. */
export const copyRows = <P extends Pixels | Uint32Array>(
  data: P,
  width: number,
  { heightPx, leftPx, topPx, widthPx }: Rectangle,
  into: P | undefined,
): P => {
  const out = into ?? likeOf(data, widthPx * heightPx)
  for (let row = 0; row < heightPx; row++) {
    const start = (topPx + row) * width + leftPx
    out.set(data.subarray(start, start + widthPx), row * widthPx)
  }
  return out
}
