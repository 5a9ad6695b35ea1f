/**
 * What a backend does for the intensity kernels, once their parameters and pictures are checked. Whatever depends on
 * counts alone (percentiles, thresholds) is computed once for all backends, from what these operations give.
 *
 * @layer contract
 * @module
 */
import type { Image, Pixels, Stack } from "../../Image.ts"

/** Counts of the values from `first` on; the first count and the last are above 0. */
export interface Counts {
  readonly first: number
  readonly counts: Uint32Array
}

/** A part of a picture. */
export interface Rectangle {
  readonly leftPx: number
  readonly topPx: number
  readonly widthPx: number
  readonly heightPx: number
}

/** Least and largest of floats. */
export interface FloatRange {
  readonly least: number
  readonly largest: number
}

/** Values from `low` to `high` become `least` to `largest`; what is beyond is cut. */
export interface Stretch extends FloatRange {
  readonly low: number
  readonly high: number
}

/** How blocks become pixels. */
export type BinMethod = "mean" | "sum" | "maximum"

/** A weighted neighbourhood: `weights[0]` of the pixel itself, `weights[k]` of each of the two at distance k. */
export interface LocalWeights {
  readonly weights: Float64Array
}

/** A plain neighbourhood: a block with so many pixels on each side of its centre. */
export interface LocalBlock {
  readonly radius: number
}

/** Sums over a plane. */
export interface FocusSums {
  /** Of squared Laplacians (four neighbours; the edge repeated). */
  readonly laplacian: number
  /** Of squared Sobel gradients (3 x 3, weights 1 2 1; the edge repeated). */
  readonly gradient: number
  /** Of squared differences over two pixels of a row. */
  readonly brenner: number
  /** Of squared deviations from the centre given. */
  readonly deviation: number
  /** Of these deviations. */
  readonly difference: number
}

/** The operations of the intensity kernels. */
export interface IntensityOps {
  /** Whether any value is infinite, NaN, or beyond what the addend to its bits lets through (`internal/beyond.ts`). */
  readonly anyBeyond: (data: Float32Array, addend: number) => boolean
  /** The largest value of each pixel over the planes. */
  readonly maximumProjection: <P extends Pixels>(stack: Stack<P>, into: P | undefined) => Image<P>
  /** The mean of each pixel over the planes, cut to a whole number for whole types. */
  readonly meanProjection: <P extends Pixels>(stack: Stack<P>, into: P | undefined) => Image<P>
  /** The weighted sum of the planes, one weight each; rounded half to even for whole types. */
  readonly composite: <P extends Pixels>(stack: Stack<P>, weights: Float64Array, into: P | undefined) => Image<P>
  /** For each pixel the plane in which the sum of squared Laplacians over a window is largest; the first of equals. */
  readonly sharpest: (stack: Stack, radius: number) => Uint16Array
  /** How often each value from the least to the largest occurs. */
  readonly countValues: (data: Uint8Array | Uint16Array) => Counts
  /** Least and largest. */
  readonly rangeOf: (data: Float32Array) => FloatRange
  /** The values that stand at these places (from 0) when all are sorted. */
  readonly valuesAtRanks: (data: Float32Array, ranks: ReadonlyArray<number>) => ReadonlyArray<number>
  /** Counts in equal bins; `edges` are one more than bins, `scale` is bins per unit. */
  readonly countBins: (data: Float32Array, edges: Float32Array, scale: number) => Uint32Array
  /** Each value replaced by the table's. */
  readonly mapValues: <P extends Uint8Array | Uint16Array>(data: P, table: P, into: P | undefined) => P
  /** Floats cut and stretched, in 64 bits, then rounded to 32. */
  readonly stretch: (data: Float32Array, onto: Stretch, into: Float32Array | undefined) => Float32Array
  /** 1 where a value is above the limit, else 0. */
  readonly above: (data: Pixels, limit: number, into: Uint8Array | undefined) => Uint8Array
  /**
   * 1 where a value is above the mean of its neighbourhood (outside mirrored, the edge repeated) less `offset` plus
   * `margin` times the value's amount.
   */
  readonly aboveLocal: (
    image: Image,
    neighbourhood: LocalBlock | LocalWeights,
    offset: number,
    margin: number,
    into: Uint8Array | undefined,
  ) => Uint8Array
  /** Blocks of `factor` x `factor` made one; what is left over at the right and below is left out. */
  readonly bin: <P extends Pixels>(image: Image<P>, factor: number, method: BinMethod, into: P | undefined) => Image<P>
  /** The pixels of a rectangle that is inside. */
  readonly crop: <P extends Pixels | Uint32Array>(image: Image<P>, part: Rectangle, into: P | undefined) => P
  /** The sum of all values. */
  readonly sum: (data: Pixels) => number
  /** Sums that measures of focus are made of. */
  readonly focusSums: (image: Image, centre: number) => FocusSums
  /** How many values are at most `bottom`, and at least `top`. */
  readonly countEnds: (
    data: Pixels,
    bottom: number,
    top: number,
  ) => { readonly atBottom: number; readonly atTop: number }
}
