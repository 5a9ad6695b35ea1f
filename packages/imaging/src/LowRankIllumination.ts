/**
 * Correction of a stack by its part of low rank, as OpenHCS's "BaSiC" does it: for who moves from there and compares numbers. It is not
 * Peng's BaSiC, which `estimateFlatField` is.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { dtypeOf, type Pixels, type Stack } from "./Image.ts"
import { checkInto, checkParameters, checkStack } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "low_rank_illumination",
  summary: "planes over the light that they have in common, taken as their part of low rank",
  version: 1,
  inputs: [{ name: "stack", axes: "nyx", dtypes: pixelDtypes, summary: "planes of one size" }],
  output: { axes: "nyx", dtype: "input", scale: "kept", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: {
    rank: {
      kind: "integer",
      minimum: 1,
      maximum: 64,
      fallback: 3,
      unit: "",
      summary: "how many patterns the light is made of; a stack of fewer planes has as many as planes",
    },
    lightShrinkage: {
      kind: "number",
      minimum: 0,
      maximum: 0.99,
      fallback: 0.1,
      unit: "",
      summary: "the part by which the light is taken smaller",
    },
    sparseLimit: {
      kind: "number",
      minimum: 0,
      maximum: 65_535,
      fallback: 0.01,
      unit: "grey",
      summary: "what is left beside the light is sparse as far as it is larger",
    },
    correction: {
      kind: "choice",
      choices: ["divide", "subtract"],
      fallback: "divide",
      unit: "",
      summary: "pixels over the light, or less the light",
    },
    keepMean: {
      kind: "boolean",
      fallback: true,
      unit: "",
      summary: "times the mean of the light where divided, plus it where subtracted",
    },
    iterationsMax: {
      kind: "integer",
      minimum: 1,
      maximum: 1000,
      fallback: 50,
      unit: "",
      summary: "how often light and sparse part are found in turn at most",
    },
    tolerance: {
      kind: "number",
      minimum: 1e-9,
      maximum: 0.1,
      fallback: 1e-4,
      unit: "",
      summary: "done when less than this part of the stack's norm is unexplained",
    },
  },
  tables: [
    {
      name: "light",
      columns: [
        { name: "iterations", kind: "integer", unit: "", summary: "1 for planes whose root mean square is over 100" },
        {
          name: "residual",
          kind: "number",
          unit: "",
          summary: "what is unexplained, part of the stack's norm, or a bound of it below the tolerance",
        },
        { name: "lightMean", kind: "number", unit: "grey", summary: "mean of the light of all planes" },
      ],
    },
  ],
  memory: { bytesPerPixel: 8, bytes: 2_000_000 },
  source:
    "OpenHCS's basic_flatfield_correction_numpy: truncated singular value decomposition of planes as rows, times 0.9, and a soft threshold; by eigenvectors of their products in double precision",
} as const satisfies Signature

/** A corrected stack, and how its light was found. @category models */
export interface LowRankCorrection<P extends Pixels> extends Stack<P> {
  readonly iterations: number
  /** What is unexplained, part of the stack's norm; a bound of it where that is below the tolerance. */
  readonly residual: number
  /** The mean of the light of all planes, in grey values. */
  readonly lightMean: number
}

/**
 * Pixels over the light that the planes have in common, times its mean; same type, whole numbers cut off and kept in the type's range.
 * Planes that differ from each other by more than their light lose that too: the light is a mixture of the planes themselves.
 *
 * Throws `ImagingError` for a stack that is none.
 *
 * @category kernels
 */
export const lowRankIllumination = <P extends Pixels>(
  stack: Stack<P>,
  parameters: Parameters<typeof signature> = {},
  how: RunOptions<P> = {},
): LowRankCorrection<P> => {
  const { backend, into } = checkOptions(signature.name, how)
  const resolved = checkParameters(signature, parameters)
  checkStack(signature.name, stack, { backend, dtypes: pixelDtypes })
  checkInto(signature.name, into, dtypeOf(stack.data), stack.data.length)
  const { height, planes, width } = stack
  return { ...backend.filters.lowRank(stack, resolved, into), width, height, planes }
}
