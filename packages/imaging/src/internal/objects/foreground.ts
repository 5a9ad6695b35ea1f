/**
 * What of a picture is foreground: the threshold, and how far it sets background and foreground apart.
 *
 * @layer logic
 * @module
 */
import type { Backend } from "../../Backend.ts"
import type { Image } from "../../Image.ts"
import { checkSpan } from "../intensity/refuse.ts"
import { type Histogram, histogramOf, li, otsu } from "../intensity/thresholds.ts"

/** Where the threshold comes from. */
export interface ForegroundOptions {
  readonly threshold: "otsu" | "li" | "fraction" | "manual"
  readonly thresholdFraction: number
  readonly thresholdValue: number
}

/** The threshold, in grey values, and Otsu's eta there. */
export interface Foreground {
  readonly threshold: number
  /** NaN where it is not defined or was not computed. */
  readonly separation: number
}

/**
 * Otsu's eta at a threshold: the variance between the two classes as a part of all variance. NaN where a class is empty or
 * nothing varies.
 */
export const separationOf = ({ centres, counts }: Histogram, threshold: number): number => {
  const [weights, sums] = [
    [0, 0],
    [0, 0],
  ]
  for (let bin = 0; bin < counts.length; bin++) {
    if (counts[bin] === 0) continue
    const value = centres(bin)
    const side = value > threshold ? 1 : 0
    weights[side] += counts[bin]
    sums[side] += counts[bin] * value
  }
  const [below, above] = [sums[0] / weights[0], sums[1] / weights[1]]
  // Squares of distances from the classes' own means: nothing is lost to a large offset, and the result is from 0 to 1.
  let within = 0
  for (let bin = 0; bin < counts.length; bin++) {
    if (counts[bin] === 0) continue
    const value = centres(bin)
    within += counts[bin] * (value - (value > threshold ? above : below)) ** 2
  }
  const between = ((weights[0] * weights[1]) / (weights[0] + weights[1])) * (above - below) ** 2
  return between / (between + within)
}

/** The threshold of a picture, and what it sets apart. */
export const foregroundOf = (
  backend: Backend,
  kernel: string,
  image: Image,
  options: ForegroundOptions,
): Foreground => {
  const { data } = image
  const isWhole = !(data instanceof Float32Array)
  const of = (histogram: Histogram | undefined, threshold: number): Foreground => ({
    threshold,
    separation: histogram === undefined ? Number.NaN : separationOf(histogram, threshold),
  })
  switch (options.threshold) {
    case "otsu": {
      checkSpan(backend.intensity, kernel, "image", data)
      const histogram = histogramOf(backend.intensity, data)
      return of(histogram, otsu(histogram))
    }
    case "li": {
      checkSpan(backend.intensity, kernel, "image", data)
      return of(histogramOf(backend.intensity, data), li(backend.intensity, data))
    }
    // Counts of floats in bins would take several times as long as the cells themselves.
    case "fraction": {
      const histogram = isWhole ? histogramOf(backend.intensity, data) : undefined
      return of(histogram, options.thresholdFraction * backend.objects.rangeOf(image).most)
    }
    case "manual":
      return of(isWhole ? histogramOf(backend.intensity, data) : undefined, options.thresholdValue)
  }
}
