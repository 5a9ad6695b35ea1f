/**
 * Sizes of pixels as a skeleton's graph needs them. Without them lengths are in pixels, and numbers in micrometres are NaN.
 *
 * @layer logic
 * @module
 */
import { ImagingError, shown } from "../../../ImagingError.ts"

/** Sizes of pixels, and the least length of free branches. */
export interface Sizes {
  /** NaN where it is not known. */
  readonly pixelSizeUm: number
  /** How far planes are apart, in sides of a pixel. */
  readonly zRatio: number
  /** The area of a pixel of a plane, or the volume of one of a volume, in micrometres; NaN where it is not known. */
  readonly pictureUnitUm: number
  readonly minBranchLengthPx: number
}

/** Sizes as callers give them. */
export interface GivenSizes {
  readonly pixelSizeUm?: number | undefined
  readonly minBranchLengthUm: number
}

const refuse = (kernel: string, parameter: string, expected: string, actual: unknown, hint: string): ImagingError =>
  new ImagingError(kernel, { _tag: "InvalidParameter", parameter, expected, actual: shown(actual) }, [hint])

const checked = (kernel: string, { minBranchLengthUm, pixelSizeUm }: GivenSizes): number => {
  if (pixelSizeUm === undefined && minBranchLengthUm > 0) {
    throw refuse(
      kernel,
      "minBranchLengthUm",
      "0, or given with pixelSizeUm",
      minBranchLengthUm,
      "give pixelSizeUm; with pixelSizeUm 1 numbers in um are pixels",
    )
  }
  return pixelSizeUm ?? Number.NaN
}

const minimumPx = (minBranchLengthUm: number, pixelSizeUm: number): number =>
  minBranchLengthUm === 0 ? 0 : minBranchLengthUm / pixelSizeUm

/** Sizes of planes that are measured apart; refuses a length in micrometres without a pixel size. */
export const planeSizes = (kernel: string, given: GivenSizes): Sizes => {
  const pixelSizeUm = checked(kernel, given)
  return {
    pixelSizeUm,
    zRatio: 1,
    pictureUnitUm: pixelSizeUm ** 2,
    minBranchLengthPx: minimumPx(given.minBranchLengthUm, pixelSizeUm),
  }
}

/** As {@link planeSizes}, of a volume; one of its two sizes says nothing without the other. */
export const volumeSizes = (
  kernel: string,
  given: GivenSizes & { readonly zSpacingUm?: number | undefined },
): Sizes => {
  const { zSpacingUm } = given
  if (given.pixelSizeUm === undefined && zSpacingUm !== undefined) {
    throw refuse(
      kernel,
      "zSpacingUm",
      "left out, or given with pixelSizeUm",
      zSpacingUm,
      "give pixelSizeUm; with pixelSizeUm 1 zSpacingUm says how many sides of a pixel planes are apart",
    )
  }
  if (given.pixelSizeUm !== undefined && zSpacingUm === undefined) {
    throw refuse(
      kernel,
      "zSpacingUm",
      "given with pixelSizeUm",
      zSpacingUm,
      "the distance of planes is part of every length; it is seldom the side of a pixel",
    )
  }
  const pixelSizeUm = checked(kernel, given)
  const spacingUm = zSpacingUm ?? Number.NaN
  return {
    pixelSizeUm,
    zRatio: zSpacingUm === undefined ? 1 : spacingUm / pixelSizeUm,
    pictureUnitUm: pixelSizeUm ** 2 * spacingUm,
    minBranchLengthPx: minimumPx(given.minBranchLengthUm, pixelSizeUm),
  }
}
