/**
 * What both backends do around the transforms: scales, the choice of the peak, and the way from sums to correlations.
 *
 * @layer logic
 * @module
 */
import type { Correlation, CorrelationOptions } from "./ops.ts"

/** What is known of a plane before the transforms. */
export interface PlaneFacts {
  /** Mean of the pixels, where it was taken away. */
  readonly mean: number
  /** Sum of squares of the plane as it goes into the transform. */
  readonly energy: number
}

/** Extremes of a surface, with the first place of each. */
export interface Extremes {
  readonly largest: number
  readonly largestAt: number
  readonly smallest: number
  readonly smallestAt: number
}

/** Products below this are rounding alone; they do not count in full. Planes have energy 1. */
export const phaseLeast = Math.fround(1e-12)

/** The single-precision factor that gives a plane energy 1; 0 for a plane without any. */
export const scaleOf = ({ energy }: PlaneFacts): number => (energy > 0 ? Math.fround(1 / Math.sqrt(energy)) : 0)

/** What takes part in the comparison but not in the transforms: the means, at frequency 0. */
export interface Means {
  /** The constant that they add to the correlation. */
  readonly added: number
  /** What the correlation is divided by. */
  readonly norm: number
}

const none: Means = { added: 0, norm: 1 }

/** The means' part; windowed and whitened planes have none. */
export const meansOf = (size: number, a: PlaneFacts, b: PlaneFacts, options: CorrelationOptions): Means => {
  if (options.windowed || options.whitenSigmaPx !== undefined) return none
  if (options.phase) return { added: Math.sign(a.mean * b.mean) / size, norm: 1 }
  const [meanA, meanB] = [
    a.mean / Math.sqrt(a.energy > 0 ? a.energy : 1),
    b.mean / Math.sqrt(b.energy > 0 ? b.energy : 1),
  ]
  const [energyA, energyB] = [(a.energy > 0 ? 1 : 0) + size * meanA ** 2, (b.energy > 0 ? 1 : 0) + size * meanB ** 2]
  const norm = Math.sqrt(energyA * energyB)
  return { added: size * meanA * meanB, norm: norm > 0 ? norm : 1 }
}

/** Sums of the transforms to correlations: half spectra are twice as large, so that products are four times. */
export const unitOf = (size: number, options: CorrelationOptions): number => 1 / (options.phase ? size : 4 * size)

/** The extremes of a surface in the order of its rows. */
export const extremesOf = (surface: Float32Array): Extremes => {
  let [largest, largestAt, smallest, smallestAt] = [Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY, 0]
  for (const [index, value] of surface.entries()) {
    if (value > largest) {
      largest = value
      largestAt = index
    }
    if (value < smallest) {
      smallest = value
      smallestAt = index
    }
  }
  return { largest, largestAt, smallest, smallestAt }
}

/** The peak of a surface: value and place. */
export const peakOf = (
  extremes: Extremes,
  unit: number,
  means: Means,
  signed: boolean,
): { readonly value: number; readonly at: number } => {
  const high = (extremes.largest * unit + means.added) / means.norm
  const low = (extremes.smallest * unit + means.added) / means.norm
  const isHigh = signed || Math.abs(high) >= Math.abs(low)
  return isHigh ? { value: high, at: extremes.largestAt } : { value: low, at: extremes.smallestAt }
}

/** A place on a circle of so many pixels as a shift: of two that are as far, the one forward. */
export const signedShift = (at: number, length: number): number => (at > Math.floor(length / 2) ? at - length : at)

/** How the finer grid around a peak is cut: steps to each side, and how many there are. */
export const gridOf = (upsampleFactor: number): { readonly steps: number; readonly side: number } => {
  const side = Math.ceil(upsampleFactor * 1.5)
  return { side, steps: Math.floor(side / 2) }
}

/** The result of a peak on the pixel grid, or of one on the finer grid around it. */
export const correlationAt = (
  coarse: { readonly x: number; readonly y: number },
  size: { readonly width: number; readonly height: number },
  peak: { readonly value: number; readonly at: number },
  upsampleFactor: number,
  blank: boolean,
): Correlation => {
  const { side, steps } = gridOf(upsampleFactor)
  const [stepX, stepY] = upsampleFactor === 1 ? [0, 0] : [(peak.at % side) - steps, Math.floor(peak.at / side) - steps]
  return {
    // Along a side of one pixel nothing can be moved.
    shiftX: size.width === 1 ? 0 : coarse.x + stepX / upsampleFactor,
    shiftY: size.height === 1 ? 0 : coarse.y + stepY / upsampleFactor,
    peak: peak.value,
    blank,
  }
}
