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
const separationOf = ({ centres, counts, isWhole }: Histogram, threshold: number): number => {
  let border = 0
  while (border < counts.length && centres(border) <= threshold) border++
  // Values of whole types from 0: nothing is lost to a large offset, and no function is called for each.
  const values = isWhole ? undefined : Float64Array.from(counts, (_, bin) => centres(bin))
  const below = spreadOf(counts, values, 0, border)
  const above = spreadOf(counts, values, border, counts.length)
  const between = ((below.weight * above.weight) / (below.weight + above.weight)) * (above.mean - below.mean) ** 2
  return between / (between + below.squares + above.squares)
}

/** Weight, mean, and squares of distances from the mean, of some bins. Twice through the bins, so that all squares are above 0. */
const spreadOf = (
  counts: Uint32Array,
  values: Float64Array | undefined,
  start: number,
  end: number,
): { readonly weight: number; readonly mean: number; readonly squares: number } => {
  let [weight, sum, squares] = [0, 0, 0]
  for (let bin = start; bin < end; bin++) {
    weight += counts[bin]
    sum += counts[bin] * (values === undefined ? bin : values[bin])
  }
  const mean = sum / weight
  for (let bin = start; bin < end; bin++) {
    const distance = (values === undefined ? bin : values[bin]) - mean
    squares += counts[bin] * distance * distance
  }
  return { weight, mean, squares }
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
      const histogram = histogramOf(backend.intensity, data)
      return of(histogram, li(backend.intensity, data, histogram))
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
