/**
 * From pixels to the planes that are transformed: without their mean or whitened, and windowed. Every sum is taken in the
 * order of the compiled kernel.
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels } from "../../Image.ts"
import type { CorrelationOptions } from "./ops.ts"
import type { PlaneFacts } from "./peak.ts"
import { gaussiansOf, hannOf } from "./plan.ts"

const f = Math.fround

/** Four interleaved parts and the rest: the order in which vectors sum. */
const sumOf = (data: Pixels, each: (value: number) => number): number => {
  const parts: [number, number, number, number] = [0, 0, 0, 0]
  const whole = data.length - (data.length % 4)
  for (let index = 0; index < whole; index += 4) {
    parts[0] += each(data[index])
    parts[1] += each(data[index + 1])
    parts[2] += each(data[index + 2])
    parts[3] += each(data[index + 3])
  }
  let rest = 0
  for (let index = whole; index < data.length; index++) rest += each(data[index])
  return parts[0] + parts[1] + (parts[2] + parts[3]) + rest
}

const mirrored = (index: number, length: number): number => {
  const at = ((index % (2 * length)) + 2 * length) % (2 * length)
  return at < length ? at : 2 * length - 1 - at
}

/** Four times a pixel less its four neighbours. */
const laplace = ({ data, height, width }: Image): Float32Array => {
  const out = new Float32Array(data.length)
  for (let y = 0; y < height; y++) {
    const [up, row, down] = [Math.max(0, y - 1) * width, y * width, Math.min(height - 1, y + 1) * width]
    for (let x = 0; x < width; x++) {
      let sum = f(4 * data[row + x])
      sum = f(sum - data[row + Math.max(0, x - 1)])
      sum = f(sum - data[row + Math.min(width - 1, x + 1)])
      sum = f(sum - data[up + x])
      out[row + x] = f(sum - data[down + x])
    }
  }
  return out
}

/** A kernel along rows (`stride` 1) or columns (`stride` width). */
const convolved = (
  data: Float32Array,
  width: number,
  height: number,
  kernel: Float32Array,
  alongX: boolean,
): Float32Array => {
  const radius = (kernel.length - 1) / 2
  const out = new Float32Array(data.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0
      for (let tap = 0; tap < kernel.length; tap++) {
        const at = alongX
          ? y * width + mirrored(x + tap - radius, width)
          : mirrored(y + tap - radius, height) * width + x
        sum = f(sum + f(kernel[tap] * data[at]))
      }
      out[y * width + x] = sum
    }
  }
  return out
}

const laplaceOfGaussian = ({ data, height, width }: Image, sigma: number): Float32Array => {
  const { curved, smooth } = gaussiansOf(sigma)
  const plane = Float32Array.from(data)
  const first = convolved(convolved(plane, width, height, curved, true), width, height, smooth, false)
  const second = convolved(convolved(plane, width, height, smooth, true), width, height, curved, false)
  return first.map((value, index) => value + second[index])
}

/** The plane of a picture, and what must be known of it. */
export const prepare = (
  image: Image,
  { whitenSigmaPx, windowed }: CorrelationOptions,
): PlaneFacts & { readonly plane: Float32Array } => {
  const { data, height, width } = image
  let mean = 0
  let plane: Float32Array
  if (whitenSigmaPx === undefined) {
    mean = sumOf(data, (value) => value) / data.length
    const single = f(mean)
    plane = Float32Array.from(data, (value) => value - single)
  } else {
    plane = whitenSigmaPx === 0 ? laplace(image) : laplaceOfGaussian(image, whitenSigmaPx)
  }
  if (windowed) {
    const [columns, rows] = [hannOf(width), hannOf(height)]
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) plane[y * width + x] *= f(columns[x] * rows[y])
    }
  }
  return { plane, mean, energy: sumOf(plane, (value) => value * value) }
}
