/**
 * Pixels against the mean of their neighbourhood, in plain TypeScript.
 *
 * @layer logic
 * @module
 */
import type { Image } from "../../Image.ts"
import type { LocalBlock, LocalWeights } from "./ops.ts"

/** The place that a place outside is mirrored to, the edge repeated: `d c b a | a b c d | d c b a`. */
export const mirrored = (place: number, length: number): number => {
  const within = ((place % (2 * length)) + 2 * length) % (2 * length)
  return within < length ? within : 2 * length - 1 - within
}

/** Sums of square blocks, by sums that run along. */
const blockSums = (
  { data, height, width }: Image,
  radius: number,
  visit: (index: number, sum: number) => void,
): void => {
  const columns = new Float64Array(width)
  for (let row = -radius; row <= radius; row++) {
    const line = mirrored(row, height) * width
    for (let x = 0; x < width; x++) columns[x] += data[line + x]
  }
  for (let y = 0; y < height; y++) {
    if (y > 0) {
      const [entering, leaving] = [mirrored(y + radius, height) * width, mirrored(y - radius - 1, height) * width]
      for (let x = 0; x < width; x++) columns[x] += data[entering + x] - data[leaving + x]
    }
    let sum = 0
    for (let x = -radius; x <= radius; x++) sum += columns[mirrored(x, width)]
    for (let x = 0; x < width; x++) {
      visit(y * width + x, sum)
      sum += columns[mirrored(x + 1 + radius, width)] - columns[mirrored(x - radius, width)]
    }
  }
}

/** Weighted means, down the columns and then along the rows; pairs are added from the farthest to the nearest. */
const weightedMeans = (
  { data, height, width }: Image,
  weights: Float64Array,
  visit: (index: number, mean: number) => void,
): void => {
  const radius = weights.length - 1
  const row = new Float64Array(width)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = data[y * width + x] * weights[0]
      for (let distance = radius; distance >= 1; distance--) {
        const [before, after] = [mirrored(y - distance, height), mirrored(y + distance, height)]
        sum += (data[before * width + x] + data[after * width + x]) * weights[distance]
      }
      row[x] = sum
    }
    for (let x = 0; x < width; x++) {
      let sum = row[x] * weights[0]
      for (let distance = radius; distance >= 1; distance--) {
        sum += (row[mirrored(x - distance, width)] + row[mirrored(x + distance, width)]) * weights[distance]
      }
      visit(y * width + x, sum)
    }
  }
}

/**
 * How far a pixel times the pixels of its block must be above the sum of the block. Whole numbers are compared with a
 * whole number, so that nothing is rounded.
 */
export const blockLimit = ({ data }: Image, { radius }: LocalBlock, offset: number): number => {
  const limit = -offset * (2 * radius + 1) ** 2
  return data instanceof Float32Array ? limit : Math.floor(limit)
}

/** 1 where a pixel is above the mean of its neighbourhood. */
export const aboveLocal = (
  image: Image,
  neighbourhood: LocalBlock | LocalWeights,
  offset: number,
  margin: number,
  into: Uint8Array | undefined,
): Uint8Array => {
  const { data } = image
  const out = into ?? new Uint8Array(data.length)
  if ("radius" in neighbourhood) {
    const area = (2 * neighbourhood.radius + 1) ** 2
    const limit = blockLimit(image, neighbourhood, offset)
    blockSums(image, neighbourhood.radius, (index, sum) => {
      out[index] = data[index] * area - sum > limit + margin * Math.abs(data[index]) * area ? 1 : 0
    })
  } else {
    weightedMeans(image, neighbourhood.weights, (index, mean) => {
      out[index] = data[index] > mean - offset + margin * Math.abs(data[index]) ? 1 : 0
    })
  }
  return out
}
