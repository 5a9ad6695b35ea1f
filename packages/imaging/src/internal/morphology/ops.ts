/**
 * What a backend does for the morphology kernels, once their parameters and pictures are checked.
 *
 * @layer contract
 * @module
 */
import type { Image, Pixels } from "../../Image.ts"

/** The operations with one disk; opening and what follows from it are two passes. */
export type DiskOperation = "erosion" | "dilation" | "opening" | "closing" | "whiteTopHat" | "blackTopHat"

/** The operations of the morphology kernels. */
export interface MorphologyOps {
  /** Minima and maxima over a disk, and differences to them. */
  readonly disk: <P extends Pixels>(
    operation: DiskOperation,
    image: Image<P>,
    radiusPx: number,
    into: P | undefined,
  ) => Image<P>
  /** The white top-hat with a background that is opened on a smaller picture. */
  readonly whiteTopHatDownsampled: <P extends Pixels>(
    image: Image<P>,
    radiusPx: number,
    factor: number,
    into: P | undefined,
  ) => Image<P>
  /** What a ball that rolls below the picture reaches (`background`), or the picture without it (`corrected`). */
  readonly rollingBall: <P extends Pixels>(
    give: "background" | "corrected",
    image: Image<P>,
    radiusPx: number,
    into: P | undefined,
  ) => Image<P>
}
