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
import { refused } from "./internal/intensity/refuse.ts"
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
        "pixels of this value and above are saturated, such as 4095 of a camera of 12 bits; the type's own top unless given: 255, 65535, 1 for float32",
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
}

/**
 * The pixels at both ends of the range, of each plane.
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
    return {
      plane,
      atTop,
      atTopPercent: (100 * atTop) / size,
      atBottom,
      atBottomPercent: (100 * atBottom) / size,
    }
  })
}
