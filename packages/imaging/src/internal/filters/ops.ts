/**
 * What a backend does for the filters kernels, once their parameters and pictures are checked.
 *
 * @layer logic
 * @module
 */
import type { Dtype, Image, Pixels, Stack } from "../../Image.ts"
import type { Fields } from "./flatField.ts"
import type { Footprint } from "./footprint.ts"
import type { LowRank, LowRankOptions } from "./lowRank.ts"
import type { Peaks, ScaleSpace } from "./peaks.ts"
import type { LaplacianOptions } from "./separable.ts"
import type { Border, Weights } from "./weights.ts"

/** The operations of the filters kernels. */
export interface FiltersOps {
  /** Gaussian, as pixels of a type. */
  readonly gaussian: (image: Image, weights: Weights, border: Border, dtype: Dtype, into: Pixels | undefined) => Image
  /** The Laplacian of the Gaussian. */
  readonly laplacian: (image: Image, options: LaplacianOptions, into: Float32Array | undefined) => Image<Float32Array>
  /** The Gaussian of `low` less the Gaussian of `high`. */
  readonly difference: (
    image: Image,
    low: Weights,
    high: Weights,
    border: Border,
    into: Float32Array | undefined,
  ) => Image<Float32Array>
  /** Peaks of the Laplacians of many scales. */
  readonly peaks: (image: Image, space: ScaleSpace) => Peaks
  /** The median of a footprint around each pixel. */
  readonly median: <P extends Pixels>(
    image: Image<P>,
    footprint: Footprint,
    border: Border,
    into: P | undefined,
  ) => Image<P>
  /** The sum of floats; NaN where `positive` is asked and one is not above 0, and not finite where one is not. */
  readonly floatSum: (values: Float32Array, positive: boolean) => number
  /** Pixels less the dark field, over the flat field over its mean; whole numbers are rounded, and kept in the type's range. */
  readonly flatField: <P extends Pixels>(image: Image<P>, fields: Fields, into: P | undefined) => Image<P>
  /** A stack over its light, or less it: the part of low rank; whole numbers are cut off and kept in the type's range. */
  readonly lowRank: <P extends Pixels>(stack: Stack<P>, options: LowRankOptions, into: P | undefined) => LowRank<P>
}
