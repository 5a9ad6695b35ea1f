/**
 * What a backend does for the intensity kernels, once their parameters and pictures are checked.
 *
 * @layer contract
 * @module
 */
import type { Image, Pixels, Stack } from "../../Image.ts"

/** The operations of the intensity kernels. */
export interface IntensityOps {
  /** The largest value of each pixel over the planes. */
  readonly maximumProjection: <P extends Pixels>(stack: Stack<P>, into: P | undefined) => Image<P>
}
