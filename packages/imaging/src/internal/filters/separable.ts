/**
 * Gaussian, Laplacian of Gaussian and difference of Gaussians in plain TypeScript. Sums are rounded to single precision after every
 * step, and run from the outermost pair of pixels inwards, as the compiled kernels do: the results are the same bits.
 *
 * @layer logic
 * @module
 */
import { allocate, type Dtype, type Image, type Pixels } from "../../Image.ts"
import { type Border, mapped, leastOf, type Weights } from "./weights.ts"

const { fround } = Math

/** Sums along lines: `length` pixels `step` apart, `lines` of them `between` apart. */
const sumLines = (
  values: Float32Array,
  weights: Float32Array,
  border: Border,
  { along: { length, step }, lines }: Direction,
): Float32Array => {
  const radius = weights.length - 1
  const out = new Float32Array(values.length)
  const line = new Float32Array(length + 2 * radius)
  const places = Int32Array.from(line, (_, index) => mapped(index - radius, length, border) * step)
  for (let number = 0; number < lines.count; number++) {
    const start = number * lines.step
    for (let index = 0; index < line.length; index++) line[index] = values[start + (places[index] ?? 0)]
    for (let x = 0; x < length; x++) {
      let sum = 0
      for (let distance = radius; distance > 0; distance--) {
        const pair = fround(line[x + radius - distance] + line[x + radius + distance])
        sum = fround(sum + fround(weights[distance] * pair))
      }
      out[start + x * step] = fround(sum + fround(weights[0] * line[x + radius]))
    }
  }
  return out
}

interface Direction {
  readonly along: { readonly length: number; readonly step: number }
  readonly lines: { readonly count: number; readonly step: number }
}

const alongX = ({ height, width }: Image): Direction => ({
  along: { length: width, step: 1 },
  lines: { count: height, step: width },
})

const alongY = ({ height, width }: Image): Direction => ({
  along: { length: height, step: width },
  lines: { count: width, step: 1 },
})

/** Sums along x, then along y. */
const smooth = (image: Image, weights: Float32Array, border: Border): Float32Array =>
  sumLines(sumLines(Float32Array.from(image.data), weights, border, alongX(image)), weights, border, alongY(image))

/** Gaussian; whole numbers are cut, after a sum that is below the pixel itself by no more than rounding has become it. */
export const gaussian = (
  image: Image,
  weights: Weights,
  border: Border,
  dtype: Dtype,
  into: Pixels | undefined,
): Image => {
  const { data, height, width } = image
  const sums = smooth(image, weights.smooth, border)
  const out = into ?? allocate(dtype, data.length)
  if (dtype === "float32") out.set(sums)
  else {
    const less = leastOf(weights)
    for (let index = 0; index < data.length; index++) {
      const [sum, pixel] = [sums[index], data[index]]
      out[index] = Math.trunc(sum >= fround(pixel * less) ? Math.max(sum, pixel) : sum)
    }
  }
  return { data: out, width, height }
}

/** The Gaussian of `low` less the Gaussian of `high`. */
export const difference = (
  image: Image,
  low: Weights,
  high: Weights,
  border: Border,
  into: Float32Array | undefined,
): Image<Float32Array> => {
  const [narrow, wide] = [smooth(image, low.smooth, border), smooth(image, high.smooth, border)]
  const out = into ?? new Float32Array(narrow.length)
  for (let index = 0; index < out.length; index++) out[index] = fround(narrow[index] - wide[index])
  return { data: out, width: image.width, height: image.height }
}

/** A Laplacian's weights, and what is done to grey values before and after. */
export interface LaplacianOptions {
  readonly weights: Weights
  readonly border: Border
  /** Taken off each pixel. */
  readonly offset: number
  /** The result is multiplied by it. */
  readonly factor: number
}

/** The Laplacian of the Gaussian: second derivatives along x and y, each smoothed along the other. */
export const laplacian = (
  image: Image,
  { border, factor, offset, weights }: LaplacianOptions,
  into: Float32Array | undefined,
): Image<Float32Array> => {
  const { data, height, width } = image
  const less = fround(offset)
  const times = fround(factor)
  const values = Float32Array.from(data, (value) => fround(value - less))
  const smoothX = sumLines(values, weights.smooth, border, alongX(image))
  const secondX = sumLines(values, weights.second, border, alongX(image))
  const y2 = sumLines(smoothX, weights.second, border, alongY(image))
  const x2 = sumLines(secondX, weights.smooth, border, alongY(image))
  const out = into ?? new Float32Array(data.length)
  for (let index = 0; index < out.length; index++) out[index] = fround(times * fround(y2[index] + x2[index]))
  return { data: out, width, height }
}
