/**
 * Flat-field correction: uneven light taken out of pictures, by a flat field that is given or that `estimateFlatField`
 * finds from many fields of a plate.
 *
 * @layer logic
 * @module
 */
import { type Backend, type RunOptions, typescript } from "./Backend.ts"
import { dtypeOf, type Image, type Pixels, type Stack } from "./Image.ts"
import { ImagingError } from "./ImagingError.ts"
import { checkImage, checkInto, checkParameters, checkSameSize, checkStack } from "./internal/check.ts"
import { estimate, type Reweighting } from "./internal/filters/shading.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** What the correction takes and gives. @category signatures */
export const correctSignature = {
  name: "flat_field_correct",
  summary: "pixels less the dark field, over the flat field, so that the mean of the flat field is 1",
  version: 1,
  inputs: [
    { name: "image", axes: "yx", dtypes: pixelDtypes, summary: "one plane" },
    { name: "flat", axes: "yx", dtypes: pixelDtypes, summary: "the light at each pixel, above 0, in any unit" },
    { name: "dark", axes: "yx", dtypes: pixelDtypes, summary: "what the detector gives without light; 0 unless given" },
  ],
  output: { axes: "yx", dtype: "input", scale: "kept", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: {
    flatHasDark: {
      kind: "boolean",
      fallback: false,
      unit: "",
      summary: "the flat field is an exposure as it came from the detector: the dark field is taken off it too",
    },
  },
  tables: [],
  memory: { bytesPerPixel: 12, bytes: 4096 },
  source:
    "(image - dark) / (flat / mean of flat) in single precision; whole numbers are rounded to the nearest, ties to even, and kept in the type's range",
} as const satisfies Signature

/** What the estimate takes and gives. @category signatures */
export const estimateSignature = {
  name: "estimate_flat_field",
  summary: "the flat field that many fields of a plate have in common",
  version: 1,
  inputs: [
    {
      name: "stack",
      axes: "nyx",
      dtypes: pixelDtypes,
      summary: "fields taken through one light path, better 20 or more",
    },
  ],
  output: { axes: "yx", dtype: "float32", scale: "none", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: {
    workingPx: {
      kind: "integer",
      minimum: 8,
      maximum: 256,
      fallback: 128,
      unit: "px",
      summary: "fields are averaged down to at most so many rows and columns first",
    },
    smoothness: {
      kind: "number",
      minimum: 0,
      maximum: 100,
      above: true,
      fallback: 1,
      unit: "",
      summary: "times the paper's weight of the flat field's cosine coefficients: more gives a smoother field",
    },
    reweightingsMax: {
      kind: "integer",
      minimum: 1,
      maximum: 100,
      fallback: 10,
      unit: "",
      summary: "how often residuals are weighted again at most",
    },
    tolerance: {
      kind: "number",
      minimum: 1e-9,
      maximum: 0.1,
      fallback: 1e-3,
      unit: "",
      summary: "done when the flat field changes by less than this part of itself",
    },
  },
  tables: [
    {
      name: "reweightings",
      columns: [
        { name: "reweighting", kind: "integer", unit: "", summary: "from 1" },
        { name: "steps", kind: "integer", unit: "", summary: "steps of the augmented Lagrangian" },
        {
          name: "residual",
          kind: "number",
          unit: "",
          summary: "what is not explained at the end, part of the fields' norm",
        },
        {
          name: "change",
          kind: "number",
          unit: "",
          summary: "change of the flat field, part of its norm; NaN in the first row",
        },
      ],
    },
  ],
  // Working copies: fields, residuals, multipliers and weights of 128 x 128 singles each.
  memory: { bytesPerPixel: 4, bytes: 4_000_000 },
  source:
    "Peng et al. 2017, Nature Communications 8, 14836 (BaSiC): low rank and sparse residual, cosine coefficients sparse; the dark field is given, not estimated",
} as const satisfies Signature

const invalid = (input: string, expected: string, actual: string, hint: string): ImagingError =>
  new ImagingError(correctSignature.name, { _tag: "InvalidImage", input, expected, actual }, [hint])

/** The light of a flat field and its mean; refuses pixels that no light reached. */
const lightOf = (
  flat: Image,
  dark: Image | undefined,
  backend: Backend,
): { readonly light: Float32Array; readonly mean: number } => {
  const light = dark === undefined ? floatsOf(flat.data) : new Float32Array(flat.data.length)
  if (dark !== undefined) {
    for (let index = 0; index < light.length; index++) light[index] = flat.data[index] - dark.data[index]
  }
  const sum = backend.filters.floatSum(light, true)
  if (!Number.isFinite(sum)) {
    // Values that are no numbers at all are named by the check of pictures.
    checkImage(correctSignature.name, flat, { dtypes: pixelDtypes, name: "flat" })
    const at = light.findIndex((value) => !(value > 0 && Number.isFinite(value)))
    throw invalid(
      dark === undefined ? "flat.data" : "flat.data less dark.data",
      "above 0 everywhere",
      `${light[at]} at x ${at % flat.width}, y ${Math.floor(at / flat.width)}`,
      "a pixel without light cannot be corrected: crop the picture, or give a flat field that was smoothed",
    )
  }
  return { light, mean: sum / light.length }
}

/** The pixels as floats: themselves where they are. */
const floatsOf = (data: Pixels): Float32Array => (data instanceof Float32Array ? data : new Float32Array(data))

/**
 * (image - dark) / flat * mean(flat); same type and size. Whole numbers are rounded to the nearest and kept in their type's range.
 *
 * Throws `ImagingError` for pictures that are none or of other sizes, and for a flat field that is 0 or less anywhere.
 *
 * @category kernels
 */
export const flatFieldCorrect = <P extends Pixels>(
  image: Image<P>,
  fields: { readonly flat: Image; readonly dark?: Image | undefined },
  parameters: Parameters<typeof correctSignature> = {},
  { backend = typescript, into }: RunOptions<P> = {},
): Image<P> => {
  const { flatHasDark } = checkParameters(correctSignature, parameters)
  checkImage(correctSignature.name, image, { dtypes: pixelDtypes })
  if (typeof fields !== "object" || fields === null || fields.flat === undefined) {
    throw invalid("flat", "given", "left out", "estimateFlatField finds one from many fields of a plate")
  }
  const { dark, flat } = fields
  // Floats that are not finite are found by the sums below, which are needed anyhow.
  checkImage(correctSignature.name, flat, { dtypes: pixelDtypes, name: "flat", anyFloat: true })
  checkSameSize(correctSignature.name, "flat", flat, image)
  if (dark !== undefined) {
    checkImage(correctSignature.name, dark, { dtypes: pixelDtypes, name: "dark", anyFloat: true })
    if (dark.data instanceof Float32Array && !Number.isFinite(backend.filters.floatSum(dark.data, false))) {
      checkImage(correctSignature.name, dark, { dtypes: pixelDtypes, name: "dark" })
    }
    checkSameSize(correctSignature.name, "dark", dark, image)
  }
  checkInto(correctSignature.name, into, dtypeOf(image.data), image.data.length)
  const { light, mean } = lightOf(flat, flatHasDark ? dark : undefined, backend)
  const less = dark === undefined ? undefined : floatsOf(dark.data)
  return backend.filters.flatField(image, { light, mean: Math.fround(mean), dark: less }, into)
}

/** A flat field, and how it was found. @category models */
export interface FlatFieldEstimate {
  /** Mean 1. */
  readonly flat: Image<Float32Array>
  /** The flat field changed by less than the tolerance in the end. */
  readonly converged: boolean
  readonly reweightings: ReadonlyArray<Reweighting>
}

/**
 * The flat field that fields of a plate have in common, with mean 1: what is left when objects, which differ from field to field, are
 * taken as sparse. Fields are averaged down first, and the result is drawn out to their size again. The same for the same fields in
 * any order, on every backend. Without the detector's dark field (a constant picture of its offset will do) the flat field comes out too
 * even.
 *
 * Throws `ImagingError` for a stack that is none, of fewer than 2 planes, or without light, and for a dark field of another size.
 *
 * @category kernels
 */
export const estimateFlatField = (
  stack: Stack,
  fields: { readonly dark?: Image | undefined } = {},
  parameters: Parameters<typeof estimateSignature> = {},
): FlatFieldEstimate => {
  const { name } = estimateSignature
  const resolved = checkParameters(estimateSignature, parameters)
  checkStack(name, stack, { dtypes: pixelDtypes })
  const { dark } = fields
  if (dark !== undefined) {
    checkImage(name, dark, { dtypes: pixelDtypes, name: "dark" })
    checkSameSize(name, "dark", dark, stack)
  }
  if (stack.planes < 2) {
    throw new ImagingError(
      name,
      { _tag: "InvalidImage", input: "stack.planes", expected: "at least 2 fields", actual: String(stack.planes) },
      ["one field cannot tell its light from what it shows; 20 fields or more are better"],
    )
  }
  const { converged, flat, reweightings } = estimate(stack, dark?.data, resolved)
  if (flat === undefined) {
    throw new ImagingError(
      name,
      {
        _tag: "InvalidImage",
        input: "stack.data",
        expected: "light in every part of the fields",
        actual: "none in some",
      },
      ["take dark or empty fields out of the stack, check the dark field, or lower workingPx"],
    )
  }
  return { flat: { data: flat, width: stack.width, height: stack.height }, converged, reweightings }
}
