/**
 * Maximum projection, in plain TypeScript.
 *
 * @layer logic
 * @module
 */
import type { Pixels, Stack, Image } from "../../Image.ts"
import { likeOf } from "../arrays.ts"

/** The largest value of each pixel over the planes. */
export const maximumProjection = <P extends Pixels>(
  { data, height, planes, width }: Stack<P>,
  into: P | undefined,
): Image<P> => {
  const size = width * height
  const out = into ?? likeOf(data, size)
  for (let index = 0; index < size; index++) {
    let largest = data[index]
    for (let plane = 1; plane < planes; plane++) largest = Math.max(largest, data[plane * size + index])
    out[index] = largest
  }
  return { data: out, width, height }
}
