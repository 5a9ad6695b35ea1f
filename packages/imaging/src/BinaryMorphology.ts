/**
 * Erosion, dilation, opening and closing of masks with an exact digital disk. What lies outside the picture is not looked
 * at: it neither eats objects at the border nor adds to them.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { type Mask, sideMaxPx } from "./Image.ts"
import { checkImage, checkInto, checkParameters } from "./internal/check.ts"
import { checkMask } from "./internal/checkMask.ts"
import { checkOptions } from "./internal/options.ts"
import type { Parameters, Signature } from "./Signature.ts"

const shared = {
  version: 1,
  inputs: [
    { name: "mask", axes: "yx", dtypes: ["uint8"], holds: "mask", summary: "a mask: what is not zero is foreground" },
  ],
  output: { axes: "yx", dtype: "uint8", scale: "none", size: { rule: "same" } },
  parameters: {
    radiusPx: { kind: "integer", minimum: 0, maximum: sideMaxPx, unit: "px", summary: "radius of the disk" },
  },
  tables: [],
} as const
const once = {
  ...shared,
  halo: { reach: "pixels", plus: 0, terms: [{ parameter: "radiusPx", times: 1 }] },
  memory: { bytesPerPixel: 2, bytes: 2_000_000 },
} as const
const twice = {
  ...shared,
  halo: { reach: "pixels", plus: 0, terms: [{ parameter: "radiusPx", times: 2 }] },
  memory: { bytesPerPixel: 3, bytes: 2_000_000 },
} as const

/** What binary erosion takes and gives. @category signatures */
export const binaryErosionSignature = {
  ...once,
  name: "binary_erosion",
  summary: "pixels whose whole disk is in the mask",
  source: "scipy.ndimage.binary_erosion with disk(r), border_value 1; skimage.morphology.binary_erosion",
} as const satisfies Signature

/** What binary dilation takes and gives. @category signatures */
export const binaryDilationSignature = {
  ...once,
  name: "binary_dilation",
  summary: "pixels whose disk meets the mask",
  source: "scipy.ndimage.binary_dilation with disk(r); skimage.morphology.binary_dilation",
} as const satisfies Signature

/** What binary opening takes and gives. @category signatures */
export const binaryOpeningSignature = {
  ...twice,
  name: "binary_opening",
  summary: "the part of the mask that disks within it cover",
  source: "skimage.morphology.binary_opening with disk(r)",
} as const satisfies Signature

/** What binary closing takes and gives. @category signatures */
export const binaryClosingSignature = {
  ...twice,
  name: "binary_closing",
  summary: "the mask with the holes and bays closed into which the disk does not fit",
  source: "skimage.morphology.binary_closing with disk(r)",
} as const satisfies Signature

type BinarySignature =
  | typeof binaryErosionSignature
  | typeof binaryDilationSignature
  | typeof binaryOpeningSignature
  | typeof binaryClosingSignature

const run = (
  signature: BinarySignature,
  operation: "erosion" | "dilation" | "opening" | "closing",
  mask: Mask,
  given: Parameters<BinarySignature>,
  how: RunOptions<Uint8Array>,
): Mask => {
  const { backend, into } = checkOptions(signature.name, how)
  const { radiusPx } = checkParameters(signature, given)
  checkImage(signature.name, mask, { name: "mask", dtypes: ["uint8"] })
  checkInto(signature.name, into, "uint8", mask.data.length)
  const value = checkMask(backend, signature.name, "mask", mask)
  const isPlain = value <= 1
  return backend.morphology.disk(
    operation,
    isPlain ? mask : { ...mask, data: mask.data.map((one) => (one === 0 ? 0 : 1)) },
    radiusPx,
    into,
  )
}

/** Pixels whose whole disk is in the mask. @category kernels */
export const binaryErosion = (
  mask: Mask,
  given: Parameters<typeof binaryErosionSignature>,
  how: RunOptions<Uint8Array> = {},
): Mask => run(binaryErosionSignature, "erosion", mask, given, how)

/** Pixels whose disk meets the mask. @category kernels */
export const binaryDilation = (
  mask: Mask,
  given: Parameters<typeof binaryDilationSignature>,
  how: RunOptions<Uint8Array> = {},
): Mask => run(binaryDilationSignature, "dilation", mask, given, how)

/** The part of the mask that disks within it cover. @category kernels */
export const binaryOpening = (
  mask: Mask,
  given: Parameters<typeof binaryOpeningSignature>,
  how: RunOptions<Uint8Array> = {},
): Mask => run(binaryOpeningSignature, "opening", mask, given, how)

/** The mask with the holes and bays closed into which the disk does not fit. @category kernels */
export const binaryClosing = (
  mask: Mask,
  given: Parameters<typeof binaryClosingSignature>,
  how: RunOptions<Uint8Array> = {},
): Mask => run(binaryClosingSignature, "closing", mask, given, how)
