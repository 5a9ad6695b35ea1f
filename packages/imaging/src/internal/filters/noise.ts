/**
 * Which blobs noise cannot have made.
 *
 * @layer logic
 * @module
 */
import type { Image } from "../../Image.ts"
import type { Scales } from "./blobs.ts"
import type { Peak, Peaks } from "./peaks.ts"

/** At most about so many residuals are looked at; they lie on a grid over the whole picture. */
const samplesMax = 65_536

/** The range of a picture, and the standard deviation of its noise. */
export interface Noise {
  readonly least: number
  readonly most: number
  readonly sigma: number
}

/**
 * The noise from pixel to pixel by the residual of the difference of two Laplacians (Immerkaer 1996), which planes and slow
 * changes leave at 0; the median of its size, so that edges and blobs do not count.
 */
export const noiseOf = ({ data, height, width }: Image): Noise => {
  let least = data[0]
  let most = data[0]
  for (const value of data) {
    if (value < least) least = value
    if (value > most) most = value
  }
  if (width < 3 || height < 3) return { least, most, sigma: 0 }
  const step = Math.max(1, Math.ceil(Math.sqrt((width * height) / samplesMax)))
  const sizes: Array<number> = []
  for (let y = 1; y < height - 1; y += step) {
    for (let x = 1; x < width - 1; x += step) {
      const at = y * width + x
      const corners = data[at - width - 1] + data[at - width + 1] + data[at + width - 1] + data[at + width + 1]
      const sides = data[at - width] + data[at + width] + data[at - 1] + data[at + 1]
      sizes.push(Math.abs(corners - 2 * sides + 4 * data[at]))
    }
  }
  const sorted = Float64Array.from(sizes).sort()
  // The filter's weights have a root of squares of 6; 0.6745 is the median of a normal number's size.
  return { least, most, sigma: sorted[sorted.length >> 1] / 6 / 0.6745 }
}

/** Standard deviation of the responses of a scale to white noise of standard deviation 1. */
const whiteGain = ({ factors, weights }: Scales, scale: number): number => {
  const { second, smooth } = weights[scale] ?? { second: new Float32Array(1), smooth: new Float32Array(1) }
  const sum = (a: Float32Array, b: Float32Array): number =>
    a.reduce((total, value, index) => total + (index === 0 ? 1 : 2) * value * b[index], 0)
  return (
    Math.abs(factors[scale] ?? 1) *
    Math.sqrt(2 * sum(second, second) * sum(smooth, smooth) + 2 * sum(smooth, second) ** 2)
  )
}

/** Dark blobs may be as many as this part of the bright ones. */
const darkPart = 0.05
/** The dark ring around a Gaussian spot is 0.14 as strong as the spot; two rings may meet. */
const ringRatio = 3
/** It lies at 2 sqrt(sigma of the spot ^ 2 + sigma of the scale ^ 2). */
const ringReach = 4.5

/** Places by cells of a plane, to find those near another. */
const gridOf = (peaks: ReadonlyArray<Peak>, cell: number): ((y: number, x: number) => ReadonlyArray<Peak>) => {
  const cells = new Map<string, Array<Peak>>()
  for (const peak of peaks) {
    const key = `${Math.floor(peak.y / cell)},${Math.floor(peak.x / cell)}`
    const held = cells.get(key)
    if (held === undefined) cells.set(key, [peak])
    else held.push(peak)
  }
  return (y, x) => {
    const [row, column] = [Math.floor(y / cell), Math.floor(x / cell)]
    const near: Array<ReadonlyArray<Peak>> = []
    for (let r = row - 1; r <= row + 1; r++) {
      for (let c = column - 1; c <= column + 1; c++) near.push(cells.get(`${r},${c}`) ?? [])
    }
    return near.flat()
  }
}

/** Dark peaks but for the rings of bright ones. */
const decoysOf = ({ bright, dark }: Peaks, sigmas: ReadonlyArray<number>): ReadonlyArray<Peak> => {
  if (bright.length === 0 || dark.length === 0) return dark
  const near = gridOf(bright, ringReach * Math.max(...sigmas))
  return dark.filter(({ response, scale, x, y }) => {
    const sigma = sigmas[scale]
    return !near(y, x).some((spot) => {
      const own = sigmas[spot.scale]
      return (
        spot.response >= ringRatio * response &&
        // Noise on a large spot is finer than its ring.
        sigma >= own / 3 &&
        Math.hypot(spot.y - y, spot.x - x) <= ringReach * own
      )
    })
  })
}

/** What noise is taken to be able to do. */
export interface NoiseOptions {
  /** Standard deviation of white noise, in grey values. */
  readonly noise: number
  readonly noiseSigmas: number
  readonly darkRatio: number
}

/** How many numbers of a sorted list are at least a limit. */
const countFrom = (sorted: Float64Array, limit: number): number => {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle] >= limit) high = middle
    else low = middle + 1
  }
  return sorted.length - low
}

/** Says of each bright peak whether noise cannot have made it. */
export const noiseLimits = (
  peaks: Peaks,
  scales: Scales,
  { darkRatio, noise, noiseSigmas }: NoiseOptions,
): ((peak: Peak) => boolean) => {
  const { sigmas } = scales
  const floors = sigmas.map((_, scale) => noiseSigmas * noise * whiteGain(scales, scale))
  if (darkRatio === 0) return ({ response, scale }) => response > floors[scale]
  const decoys = decoysOf(peaks, sigmas)
  /** What the peaks of this scale, finer ones and the next would answer here if they were white noise: less on coarser scales. */
  const atScale = (list: ReadonlyArray<Peak>, scale: number): Float64Array =>
    Float64Array.from(
      list.filter((peak) => peak.scale <= scale + 1),
      (peak) => peak.response * Math.min(1, sigmas[peak.scale] / sigmas[scale]),
    ).sort()
  const dark = sigmas.map((_, scale) => atScale(decoys, scale))
  const bright = sigmas.map((_, scale) => atScale(peaks.bright, scale))
  const stands = ({ response, scale }: Peak, ratio: number): boolean =>
    response > floors[scale] &&
    countFrom(dark[scale], response / ratio) <= darkPart * countFrom(bright[scale], response)
  // Of noise alone the strongest bright peak is now and then somewhat stronger than the strongest dark one.
  const isNoise = !peaks.bright.some((peak) => stands(peak, darkRatio))
  return (peak) => !isNoise && stands(peak, Math.min(1, darkRatio))
}
