/**
 * Best focus: the sharpest plane of a stack, or for each pixel the plane that is sharpest around it.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { dtypeOf, type Image, planeOf, type Pixels, type Stack } from "./Image.ts"
import { likeOf } from "./internal/arrays.ts"
import { checkInto, checkParameters, checkStack } from "./internal/check.ts"
import { apartFrom } from "./internal/apart.ts"
import { checkOptions } from "./internal/options.ts"
import { checkOdd } from "./internal/intensity/refuse.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "best_focus",
  summary:
    "plane: the plane whose Laplacian varies most; pixel: for each pixel the plane whose squared Laplacian is largest in a window around it; the first of equals",
  version: 1,
  inputs: [{ name: "stack", axes: "zyx", dtypes: pixelDtypes, summary: "planes of one place at several depths" }],
  output: { axes: "yx", dtype: "input", scale: "kept", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: {
    method: { kind: "choice", choices: ["plane", "pixel"], fallback: "plane", unit: "", summary: "what is chosen" },
    windowPx: {
      kind: "integer",
      minimum: 1,
      maximum: 31,
      fallback: 9,
      onlyWhen: { parameter: "method", is: ["pixel"] },
      unit: "px",
      summary: "side of the window of method pixel, odd; at the edge only its part inside counts",
    },
  },
  tables: [
    {
      name: "planes",
      columns: [
        { name: "plane", kind: "integer", unit: "", summary: "from 0" },
        {
          name: "laplacianVariance",
          kind: "number",
          unit: "grey values^2",
          summary: "variance of the Laplacian over the plane",
        },
        { name: "chosenPercent", kind: "number", unit: "percent", summary: "share of pixels taken from the plane" },
      ],
    },
  ],
  memory: { bytesPerPixel: 20, bytes: 65_536 },
  source:
    "variance and energy of the Laplacian: Pertuz, Puig and Garcia, Pattern Recognition 46 (2013) 1415-1432, measures LAP4 and LAP1",
} as const satisfies Signature

/** One plane's row of the table. @category models */
export interface PlaneFocus {
  readonly plane: number
  readonly laplacianVariance: number
  readonly chosenPercent: number
}

/** The picture and how it came about. @category models */
export type BestFocus<P extends Pixels> = Image<P> & { readonly planes: ReadonlyArray<PlaneFocus> }

/**
 * The picture in focus; same type as the stack, shape (height, width).
 *
 * Throws `ImagingError` for a stack that is none, and an even window.
 *
 * @category kernels
 */
export const bestFocus = <P extends Pixels>(
  stack: Stack<P>,
  parameters: Parameters<typeof signature> = {},
  how: RunOptions<P> = {},
): BestFocus<P> => {
  const { backend, into } = checkOptions(signature.name, how)
  const { method, windowPx } = checkParameters(signature, parameters)
  checkOdd(signature.name, "windowPx", windowPx)
  checkStack(signature.name, stack, { backend, dtypes: pixelDtypes })
  const { data, height, planes, width } = stack
  const size = width * height
  checkInto(signature.name, into, dtypeOf(data), size)
  // The Laplacian with repeated edges adds up to 0 over a plane: its mean square is its variance.
  const variances = Array.from(
    { length: planes },
    (_, plane) => backend.intensity.focusSums(planeOf(stack, plane), 0).laplacian / size,
  )
  const rows = (chosen: (plane: number) => number): ReadonlyArray<PlaneFocus> =>
    variances.map((laplacianVariance, plane) => ({
      plane,
      laplacianVariance,
      chosenPercent: (100 * chosen(plane)) / size,
    }))
  const out = into ?? likeOf(data, size)
  if (method === "pixel") {
    const chosen = backend.intensity.sharpest(stack, (windowPx - 1) / 2)
    const shares = Array.from({ length: planes }, () => 0)
    const pixels = apartFrom(into, data)
    for (let index = 0; index < size; index++) {
      const plane = chosen[index]
      out[index] = pixels[plane * size + index]
      shares[plane]++
    }
    return { data: out, width, height, planes: rows((plane) => shares[plane]) }
  }
  const best = variances.reduce((found, variance, plane) => (variance > variances[found] ? plane : found), 0)
  out.set(data.subarray(best * size, (best + 1) * size))
  return { data: out, width, height, planes: rows((plane) => (plane === best ? size : 0)) }
}
