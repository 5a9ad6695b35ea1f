/**
 * What a backend does for the registration kernels, once their parameters and pictures are checked.
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels, Stack } from "../../Image.ts"
import type { Layout } from "./layout.ts"

/** How two planes are compared. */
export interface CorrelationOptions {
  /** Steps of a pixel; 1 finds whole pixels. */
  readonly upsampleFactor: number
  /** Every frequency counts the same, or as much as it is strong. */
  readonly phase: boolean
  /** Laplacian of Gaussian of this sigma first; 0 is the plain Laplacian, undefined none. */
  readonly whitenSigmaPx: number | undefined
  /** A Hann window. */
  readonly windowed: boolean
  /** Only the largest value is a peak; else the one of largest size, as scikit-image takes it. */
  readonly signed: boolean
}

/** Where two planes fit best. */
export interface Correlation {
  /** By how much the second must be moved to lie on the first, in pixels. */
  readonly shiftX: number
  readonly shiftY: number
  /** The correlation there, of planes of energy 1: from -1 to 1. */
  readonly peak: number
  /** A plane is of one value, so that there is nothing to compare. */
  readonly blank: boolean
}

/** The operations of the registration kernels. */
export interface RegistrationOps {
  /** Compares two planes of one size. */
  readonly correlate: (reference: Image, moving: Image, options: CorrelationOptions) => Correlation
  /** Puts tiles on a canvas as a layout says. */
  readonly assemble: <P extends Pixels>(tiles: Stack<P>, layout: Layout, into: P | undefined) => Image<P>
}
