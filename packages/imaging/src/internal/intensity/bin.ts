/**
 * Blocks of pixels made into one, in plain TypeScript.
 *
 * @layer logic
 * @module
 */
import { dtypeOf, type Image, type Pixels, rangeMaxOf } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import type { BinMethod } from "./ops.ts"

/** Blocks of `factor` x `factor`; floats are summed down the columns first, then along the row. */
export const bin = <P extends Pixels>(
  { data, height, width }: Image<P>,
  factor: number,
  method: BinMethod,
  into: P | undefined,
): Image<P> => {
  const [outWidth, outHeight] = [Math.floor(width / factor), Math.floor(height / factor)]
  const out = into ?? likeOf(data, outWidth * outHeight)
  const isWhole = !(data instanceof Float32Array)
  const top = isWhole ? rangeMaxOf(dtypeOf(data)) : Infinity
  const join = method === "maximum" ? Math.max : (left: number, right: number) => left + right
  for (let row = 0; row < outHeight; row++) {
    for (let column = 0; column < outWidth; column++) {
      let all = 0
      for (let x = 0; x < factor; x++) {
        const at = row * factor * width + column * factor + x
        let inColumn: number = data[at]
        for (let y = 1; y < factor; y++) inColumn = join(inColumn, data[at + y * width])
        all = x === 0 ? inColumn : join(all, inColumn)
      }
      if (method === "mean") all = isWhole ? Math.floor(all / factor ** 2) : all / factor ** 2
      out[row * outWidth + column] = Math.min(all, top)
    }
  }
  return { data: out, width: outWidth, height: outHeight }
}
