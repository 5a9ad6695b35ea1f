/**
 * What a backend does for the skeleton kernels, once their parameters and pictures are checked. What is not zero is
 * foreground; results are 1 and 0. Graphs of skeletons are the same code on every backend, and no operation of one.
 *
 * @layer contract
 * @module
 */
import type { Image, Mask, Pixels, Stack } from "../../Image.ts"

/** The operations of the skeleton kernels. */
export interface SkeletonOps {
  /** Zhang's thinning with scikit-image's table. */
  readonly zhang: (image: Image<Pixels>, into: Uint8Array | undefined) => Mask
  /** Lee's thinning of one plane. */
  readonly lee: (image: Image<Pixels>, into: Uint8Array | undefined) => Mask
  /** Lee's thinning of a volume. */
  readonly lee3d: (volume: Stack<Pixels>, into: Uint8Array | undefined) => Stack<Uint8Array>
}
