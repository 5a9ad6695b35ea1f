/**
 * Correction of a stack by its part of low rank, as OpenHCS's "BaSiC" does it: for who moves from there and compares numbers. It is not
 * Peng's BaSiC, which `estimateFlatField` is.
 *
 * @layer logic
 * @module
 */
import type { Backend, RunOptions } from "./Backend.ts"
import { dtypeOf, type Pixels, type Stack } from "./Image.ts"
import { ImagingError } from "./ImagingError.ts"
import { finiteAddend, firstBeyond } from "./internal/beyond.ts"
import { checkInto, checkParameters, checkStack } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "low_rank_illumination",
  summary: "planes over the light that they have in common, taken as their part of low rank",
  version: 2,
  inputs: [{ name: "stack", axes: "nyx", dtypes: pixelDtypes, summary: "planes of one size, at most 1024" }],
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
  // The result and what is not sparse of it, in single precision. Of 1024 planes: three blocks of 1024 pixels of each, their products
  // with each other and what these are turned by, in double precision.
  memory: { bytesPerPixel: 8, bytes: 44_000_000 },
  source:
    "OpenHCS's basic_flatfield_correction_numpy: truncated singular value decomposition of planes as rows, times 0.9, and a soft threshold; by eigenvectors of their products in double precision",
} as const satisfies Signature

/** Of planes the time grows with the cube, and memory with the square. */
const planesMax = 1024

const invalid = (input: string, expected: string, actual: string, hint: string): ImagingError =>
  new ImagingError(signature.name, { _tag: "InvalidImage", input, expected, actual }, [hint])

/** Refuses a result of floats of which some are beyond 32 bits: where the light is next to nothing. */
const checkFinite = ({ height, width }: Stack, backend: Backend, data: Pixels): void => {
  if (!(data instanceof Float32Array) || !backend.intensity.anyBeyond(data, finiteAddend)) return
  const at = firstBeyond(data, finiteAddend)
  throw invalid(
    "stack.data",
    "such that pixels over their light are finite",
    `${data[at]} at x ${at % width}, y ${Math.floor(at / width) % height}, plane ${Math.floor(at / (width * height))}`,
    'the planes have next to no light in common there: { correction: "subtract" } does not divide by it',
  )
}

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
 * Throws `ImagingError` for a stack that is none or of more than 1024 planes, for floats of 2^120 and more, and where a result is too
 * large for a float since there is next to no light to divide by; `into` has been written to then.
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
  checkStack(signature.name, stack, { backend, dtypes: pixelDtypes, headroom: true })
  if (stack.planes > planesMax) {
    throw invalid(
      "stack.planes",
      `at most ${planesMax}`,
      String(stack.planes),
      "correct the planes in groups; estimateFlatField takes any number of them",
    )
  }
  checkInto(signature.name, into, dtypeOf(stack.data), stack.data.length)
  const { height, planes, width } = stack
  const found = backend.filters.lowRank(stack, resolved, into)
  checkFinite(stack, backend, found.data)
  return { ...found, width, height, planes }
}
