/**
 * Measures of saturation: how many pixels of each plane stand at the ends of the range, where they say nothing any more.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { pixelDtypeOf, planeOf, rangeMaxOf, type Stack } from "./Image.ts"
import { checkParameters, checkStack } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { refused } from "./internal/refused.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "saturation_measures",
  summary: "how many pixels of each plane are at or beyond the ends of the range",
  version: 1,
  inputs: [{ name: "stack", axes: "nyx", dtypes: pixelDtypes, summary: "planes of one size" }],
  halo: { reach: "whole" },
  parameters: {
    top: {
      kind: "number",
      minimum: 0,
      maximum: 65_535,
      optional: true,
      unit: "grey values",
      summary:
        "pixels of this value and above are saturated, such as 4095 of a camera of 12 bits, which nothing in its pixels tells for sure; the type's own top unless given: 255, 65535, 1 for float32",
    },
    bottom: {
      kind: "number",
      minimum: 0,
      maximum: 65_535,
      fallback: 0,
      unit: "grey values",
      summary: "pixels of this value and below are at the bottom; less than top",
    },
  },
  tables: [
    {
      name: "saturation",
      columns: [
        { name: "plane", kind: "integer", unit: "", summary: "from 0" },
        { name: "atTop", kind: "integer", unit: "px", summary: "pixels at the top or beyond" },
        { name: "atTopPercent", kind: "number", unit: "percent", summary: "their share" },
        { name: "atBottom", kind: "integer", unit: "px", summary: "pixels at the bottom or beyond" },
        { name: "atBottomPercent", kind: "number", unit: "percent", summary: "their share" },
        {
          name: "possibleTop",
          kind: "number",
          unit: "grey values",
          summary:
            "uint16 without a top given: the plane's largest value where that is the top of 10, 12 or 14 bits (also in the upper bits), so that pixels may be saturated there; NaN otherwise",
        },
      ],
    },
  ],
  memory: { bytesPerPixel: 2, bytes: 4096 },
  source: "counts of image >= top and image <= bottom",
} as const satisfies Signature

/** One plane's row. @category models */
export interface SaturationRow {
  readonly plane: number
  readonly atTop: number
  readonly atTopPercent: number
  readonly atBottom: number
  readonly atBottomPercent: number
  /** Where no top was given: the plane's largest value, if a camera of 10, 12 or 14 bits gives none above it. NaN otherwise. */
  readonly possibleTop: number
}

/** The largest values of cameras of 10, 12 and 14 bits, in the lower and in the upper bits of 16. */
const cameraTops: ReadonlyArray<number> = [10, 12, 14].flatMap((bits) => [2 ** bits - 1, 2 ** 16 - 2 ** (16 - bits)])

/**
 * The pixels at both ends of the range, of each plane.
 *
 * Give `top` for cameras of fewer than 16 bits: their pixels come as uint16 and are saturated at 4095, say, far from the type's 65535.
 * Without it a plane that ends right at such a value has it as `possibleTop`, and 0 pixels at the top. A plane may end there by chance,
 * and one that the camera's software has scaled ends elsewhere.
 *
 * Throws `ImagingError` for a stack that is none, and a bottom that is not below the top.
 *
 * @category kernels
 */
export const saturationMeasures = (
  stack: Stack,
  parameters: Parameters<typeof signature> = {},
  how: RunOptions<never> = {},
): ReadonlyArray<SaturationRow> => {
  const { backend } = checkOptions(signature.name, how)
  const { bottom, top } = checkParameters(signature, parameters)
  checkStack(signature.name, stack, { backend, dtypes: pixelDtypes })
  const highest = top ?? rangeMaxOf(pixelDtypeOf(stack.data))
  if (bottom >= highest) throw refused(signature.name, "bottom", `less than top (${highest})`, bottom)
  const size = stack.width * stack.height
  return Array.from({ length: stack.planes }, (_, plane) => {
    // Limits as 32-bit numbers, as pixels are: a limit of 0.1 is that of a pixel of 0.1.
    const { atBottom, atTop } = backend.intensity.countEnds(
      planeOf(stack, plane).data,
      Math.fround(bottom),
      Math.fround(highest),
    )
    const isSupposed = top === undefined && stack.data instanceof Uint16Array && atTop === 0
    const largest = isSupposed ? backend.objects.rangeOf(planeOf(stack, plane)).most : Number.NaN
    return {
      plane,
      atTop,
      atTopPercent: (100 * atTop) / size,
      atBottom,
      atBottomPercent: (100 * atBottom) / size,
      possibleTop: cameraTops.includes(largest) ? largest : Number.NaN,
    }
  })
}
