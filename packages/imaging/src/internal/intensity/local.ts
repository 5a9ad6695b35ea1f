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

/** Means of square blocks by sums that run along. */
const blockMeans = (
  { data, height, width }: Image,
  radius: number,
  visit: (index: number, mean: number) => void,
): void => {
  const side = 2 * radius + 1
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
      visit(y * width + x, sum / (side * side))
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

/** 1 where a pixel is above the mean of its neighbourhood. */
export const aboveLocal = (
  image: Image,
  neighbourhood: LocalBlock | LocalWeights,
  offset: number,
  margin: number,
  into: Uint8Array | undefined,
): Uint8Array => {
  const out = into ?? new Uint8Array(image.data.length)
  const decide = (index: number, mean: number): void => {
    const value = image.data[index]
    out[index] = value > mean - offset + margin * Math.abs(value) ? 1 : 0
  }
  if ("radius" in neighbourhood) blockMeans(image, neighbourhood.radius, decide)
  else weightedMeans(image, neighbourhood.weights, decide)
  return out
}
