/**
 * Measures of focus: how sharp each plane of a stack is, in numbers that only compare within one kind of picture.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { planeOf, type Stack } from "./Image.ts"
import { checkParameters, checkStack } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "focus_measures",
  summary: "how sharp each plane is: variance of the Laplacian, Tenengrad, Brenner, normalised variance",
  version: 1,
  inputs: [{ name: "stack", axes: "nyx", dtypes: pixelDtypes, summary: "planes of one size" }],
  halo: { reach: "whole" },
  parameters: {},
  tables: [
    {
      name: "focus",
      columns: [
        { name: "plane", kind: "integer", unit: "", summary: "from 0" },
        {
          name: "laplacianVariance",
          kind: "number",
          unit: "grey values^2",
          summary: "variance of the Laplacian of four neighbours, edges repeated",
        },
        {
          name: "tenengrad",
          kind: "number",
          unit: "grey values^2",
          summary: "mean squared Sobel gradient (weights 1 2 1, not divided), edges repeated",
        },
        {
          name: "brenner",
          kind: "number",
          unit: "grey values^2",
          summary: "mean squared difference of pixels two columns apart; 0 where there are fewer than three columns",
        },
        {
          name: "normalizedVariance",
          kind: "number",
          unit: "grey values",
          summary: "variance divided by the mean; 0 where the mean is 0",
        },
      ],
    },
  ],
  memory: { bytesPerPixel: 2, bytes: 2_000_000 },
  source:
    "Pertuz, Puig and Garcia, Pattern Recognition 46 (2013) 1415-1432; scipy.ndimage.laplace and sobel with mode reflect, within 1e-12 relative",
} as const satisfies Signature

/** One plane's row. @category models */
export interface FocusRow {
  readonly plane: number
  readonly laplacianVariance: number
  readonly tenengrad: number
  readonly brenner: number
  readonly normalizedVariance: number
}

/**
 * The sharpness of each plane.
 *
 * Throws `ImagingError` for a stack that is none.
 *
 * @category kernels
 */
export const focusMeasures = (
  stack: Stack,
  parameters: Parameters<typeof signature> = {},
  how: RunOptions<never> = {},
): ReadonlyArray<FocusRow> => {
  const { backend } = checkOptions(signature.name, how)
  checkParameters(signature, parameters)
  checkStack(signature.name, stack, { backend, dtypes: pixelDtypes })
  const { height, planes, width } = stack
  const size = width * height
  return Array.from({ length: planes }, (_, plane) => {
    const image = planeOf(stack, plane)
    const mean = backend.intensity.sum(image.data) / size
    // Around a value near the mean the squares stay small, and those of whole numbers exact.
    const centre = image.data instanceof Float32Array ? mean : Math.round(mean)
    const sums = backend.intensity.focusSums(image, centre)
    const off = sums.difference / size
    const variance = Math.max(0, sums.deviation / size - off * off)
    return {
      plane,
      laplacianVariance: sums.laplacian / size,
      tenengrad: sums.gradient / size,
      brenner: width < 3 ? 0 : sums.brenner / ((width - 2) * height),
      normalizedVariance: mean === 0 ? 0 : variance / mean,
    }
  })
}
