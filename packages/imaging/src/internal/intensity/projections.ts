/**
 * Planes made into one, in plain TypeScript: mean, weighted sum, the sharpest around each pixel.
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels, Stack } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import { halfToEven } from "../halfToEven.ts"

/** The mean of each pixel over the planes. */
export const meanProjection = <P extends Pixels>(
  { data, height, planes, width }: Stack<P>,
  into: P | undefined,
): Image<P> => {
  const size = width * height
  const out = into ?? likeOf(data, size)
  const isWhole = !(data instanceof Float32Array)
  for (let index = 0; index < size; index++) {
    let sum = 0
    for (let plane = 0; plane < planes; plane++) sum += data[plane * size + index]
    out[index] = isWhole ? Math.floor(sum / planes) : sum / planes
  }
  return { data: out, width, height }
}

/** The weighted sum of the planes: in 32 bits for whole types, in 64 and then rounded once for floats. */
export const composite = <P extends Pixels>(
  { data, height, planes, width }: Stack<P>,
  weights: Float64Array,
  into: P | undefined,
): Image<P> => {
  const size = width * height
  const out = into ?? likeOf(data, size)
  if (data instanceof Float32Array) {
    for (let index = 0; index < size; index++) {
      let sum = 0
      for (let plane = 0; plane < planes; plane++) sum += weights[plane] * data[plane * size + index]
      out[index] = sum
    }
    return { data: out, width, height }
  }
  const rounded = Float32Array.from(weights)
  // Weights of many channels may add up to a little more than 1.
  const largest = data instanceof Uint8Array ? 0xff : 0xffff
  for (let index = 0; index < size; index++) {
    let sum = 0
    for (let plane = 0; plane < planes; plane++) {
      sum = Math.fround(sum + Math.fround(rounded[plane] * data[plane * size + index]))
    }
    out[index] = Math.min(halfToEven(sum), largest)
  }
  return { data: out, width, height }
}

/** Squared Laplacians of a plane. */
const squaredLaplacians = (data: Pixels, offset: number, width: number, height: number): Float64Array => {
  const squares = new Float64Array(width * height)
  for (let y = 0; y < height; y++) {
    const here = offset + y * width
    const up = offset + Math.max(y - 1, 0) * width
    const down = offset + Math.min(y + 1, height - 1) * width
    for (let x = 0; x < width; x++) {
      const [left, right] = [Math.max(x - 1, 0), Math.min(x + 1, width - 1)]
      const around = data[up + x] + data[down + x] + (data[here + left] + data[here + right])
      const curve = around - 4 * data[here + x]
      squares[y * width + x] = curve * curve
    }
  }
  return squares
}

/** Sums over windows, along rows and then along columns; what is outside adds nothing. */
const windowSums = (values: Float64Array, width: number, height: number, radius: number): Float64Array => {
  const alongRows = new Float64Array(values.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0
      for (let other = Math.max(x - radius, 0); other <= Math.min(x + radius, width - 1); other++) {
        sum += values[y * width + other]
      }
      alongRows[y * width + x] = sum
    }
  }
  return alongRows.map((_, index) => {
    const [x, y] = [index % width, Math.floor(index / width)]
    let sum = 0
    for (let other = Math.max(y - radius, 0); other <= Math.min(y + radius, height - 1); other++) {
      sum += alongRows[other * width + x]
    }
    return sum
  })
}

/** For each pixel the plane that is sharper around it than those before and no less sharp than those after. */
export const sharpest = ({ data, height, planes, width }: Stack, radius: number): Uint16Array => {
  const size = width * height
  const best = new Float64Array(size)
  const chosen = new Uint16Array(size)
  for (let plane = 0; plane < planes; plane++) {
    const sums = windowSums(squaredLaplacians(data, plane * size, width, height), width, height, radius)
    for (let index = 0; index < size; index++) {
      if (plane > 0 && sums[index] <= best[index]) continue
      best[index] = sums[index]
      chosen[index] = plane
    }
  }
  return chosen
}
