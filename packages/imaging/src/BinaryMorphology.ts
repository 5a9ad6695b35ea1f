/**
 * Erosion, dilation, opening and closing of masks with an exact digital disk. What lies outside the picture is not looked
 * at: it neither eats objects at the border nor adds to them.
 *
 * @layer logic
 * @module
 */
import { type Backend, typescript, type RunOptions } from "./Backend.ts"
import { type Mask, sideMaxPx } from "./Image.ts"
import { ImagingError } from "./ImagingError.ts"
import { checkImage, checkInto, checkParameters } from "./internal/check.ts"
import type { Parameters, Signature } from "./Signature.ts"

const shared = {
  version: 1,
  inputs: [{ name: "mask", axes: "yx", dtypes: ["uint8"], summary: "a mask of 0 and 1" }],
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

/** The place of the first value that is neither 0 nor 1; -1 where there is none. */
const firstOther = (data: Uint8Array): number => {
  // Four at a time where they stand on whole words: this would else take longer than a small disk.
  const words = data.byteOffset % 4 === 0 ? data.length >> 2 : 0
  const wide = new Uint32Array(data.buffer, words === 0 ? 0 : data.byteOffset, words)
  let all = 0
  for (let index = 0; index < words; index++) all |= wide[index]
  for (let index = words * 4; index < data.length; index++) all |= data[index]
  return (all & ~0x01010101) === 0 ? -1 : data.findIndex((value) => value > 1)
}

const run = (
  signature: BinarySignature,
  operation: "erosion" | "dilation" | "opening" | "closing",
  mask: Mask,
  given: Parameters<BinarySignature>,
  backend: Backend,
  into: Uint8Array | undefined,
): Mask => {
  const { radiusPx } = checkParameters(signature, given)
  checkImage(signature.name, mask, { name: "mask", dtypes: ["uint8"] })
  checkInto(signature.name, into, "uint8", mask.data.length)
  const at = firstOther(mask.data)
  if (at >= 0) {
    const place = `${mask.data[at]} at x ${at % mask.width}, y ${Math.floor(at / mask.width)}`
    throw new ImagingError(
      signature.name,
      { _tag: "InvalidImage", input: "mask.data", expected: "0 and 1 alone", actual: place },
      ["make a mask with a threshold, or take the grey kernels"],
    )
  }
  return backend.morphology.disk(operation, mask, radiusPx, into)
}

/** Pixels whose whole disk is in the mask. @category kernels */
export const binaryErosion = (
  mask: Mask,
  given: Parameters<typeof binaryErosionSignature>,
  { backend = typescript, into }: RunOptions<Uint8Array> = {},
): Mask => run(binaryErosionSignature, "erosion", mask, given, backend, into)

/** Pixels whose disk meets the mask. @category kernels */
export const binaryDilation = (
  mask: Mask,
  given: Parameters<typeof binaryDilationSignature>,
  { backend = typescript, into }: RunOptions<Uint8Array> = {},
): Mask => run(binaryDilationSignature, "dilation", mask, given, backend, into)

/** The part of the mask that disks within it cover. @category kernels */
export const binaryOpening = (
  mask: Mask,
  given: Parameters<typeof binaryOpeningSignature>,
  { backend = typescript, into }: RunOptions<Uint8Array> = {},
): Mask => run(binaryOpeningSignature, "opening", mask, given, backend, into)

/** The mask with the holes and bays closed into which the disk does not fit. @category kernels */
export const binaryClosing = (
  mask: Mask,
  given: Parameters<typeof binaryClosingSignature>,
  { backend = typescript, into }: RunOptions<Uint8Array> = {},
): Mask => run(binaryClosingSignature, "closing", mask, given, backend, into)
