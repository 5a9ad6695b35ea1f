/**
 * Flat-field correction: uneven light taken out of pictures, by a flat field that is given or that `estimateFlatField`
 * finds from many fields of a plate.
 *
 * @layer logic
 * @module
 */
import type { Backend, RunOptions } from "./Backend.ts"
import { dtypeOf, type Image, type Pixels, type Stack } from "./Image.ts"
import { ImagingError } from "./ImagingError.ts"
import { checkImage, checkInto, checkParameters, checkSameSize, checkStack } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { type DarkFieldEstimate, darkFieldLimits, isTold } from "./internal/filters/darkField.ts"
import { checkFields } from "./internal/filters/fields.ts"
import { corrected, type Fields } from "./internal/filters/flatField.ts"
import { estimate, type Reweighting } from "./internal/filters/shading.ts"
import { refused } from "./internal/refused.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** What the correction takes and gives. @category signatures */
export const correctSignature = {
  name: "flat_field_correct",
  summary: "pixels less the dark field, over the flat field, so that the mean of the flat field is 1",
  version: 1,
  inputs: [
    { name: "image", axes: "yx", dtypes: pixelDtypes, summary: "one plane" },
    { name: "flat", axes: "yx", dtypes: pixelDtypes, summary: "the light at each pixel, above 0, in any unit" },
    {
      name: "dark",
      axes: "yx",
      dtypes: pixelDtypes,
      optional: true,
      summary: "what the detector gives without light; 0 unless given",
    },
  ],
  output: { axes: "yx", dtype: "input", scale: "kept", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: {
    flatHasDark: {
      kind: "boolean",
      optional: true,
      unit: "",
      summary:
        "true: the flat field is an exposure as it came from the detector, the dark field is taken off it too; false: it is light alone. Must be given where a dark field and a flat field of whole numbers are; of floats, which are estimated or normalised, false unless given",
    },
  },
  tables: [],
  memory: { bytesPerPixel: 16, bytes: 4096 },
  source:
    "(image - dark) / (flat / mean of flat) in single precision; whole numbers are rounded to the nearest, ties to even, and kept in the type's range",
} as const satisfies Signature

/** What the estimate takes and gives. @category signatures */
export const estimateSignature = {
  name: "estimate_flat_field",
  summary: "the flat field that many fields of a plate have in common",
  version: 2,
  inputs: [
    {
      name: "stack",
      axes: "nyx",
      dtypes: pixelDtypes,
      summary: "fields taken through one light path, better 20 or more",
    },
    {
      name: "dark",
      axes: "yx",
      dtypes: pixelDtypes,
      optional: true,
      summary: "what the detector gives without light; refused where darkField is estimated",
    },
  ],
  output: { axes: "yx", dtype: "float32", scale: "none", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: {
    darkField: {
      kind: "choice",
      choices: ["none", "estimated"],
      fallback: "none",
      unit: "",
      summary: "whether the dark field is found from the fields too; it is refused where they do not tell it",
    },
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
    {
      name: "darkField",
      columns: [
        { name: "meanGrey", kind: "number", unit: "grey", summary: "mean of the dark field" },
        {
          name: "standardErrorGrey",
          kind: "number",
          unit: "grey",
          summary: "standard error of the dark field at a pixel, by leaving out fields; at most 0.03 of the light",
        },
        { name: "lightGrey", kind: "number", unit: "grey", summary: "mean light of the background" },
        {
          name: "lightSpread",
          kind: "number",
          unit: "",
          summary:
            "standard deviation of the fields' light, part of its mean: what the dark field is told by; at least 0.01",
        },
        {
          name: "flatSpread",
          kind: "number",
          unit: "",
          summary:
            "standard deviation of the flat field, part of its mean: its pattern is what the dark field has not; at least 0.01",
        },
        {
          name: "noisePart",
          kind: "number",
          unit: "",
          summary: "noise of what is taken for background, part of its light; at most 0.2",
        },
      ],
    },
  ],
  // Fields, residuals, multipliers and weights at the working size in double precision, of 64 fields; the result is in the first term,
  // as are the working copies of more fields of 512 x 512 pixels and more.
  memory: { bytesPerPixel: 4, bytes: 36_000_000 },
  source:
    "Peng et al. 2017, Nature Communications 8, 14836 (BaSiC), held to its authors' PyBaSiC: low rank and sparse residual, cosine coefficients sparse; the dark field by robust lines of each place over the light of fields",
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
    checkImage(correctSignature.name, flat, { backend, dtypes: pixelDtypes, name: "flat" })
    const at = light.findIndex((value) => !(value > 0 && Number.isFinite(value)))
    throw invalid(
      dark === undefined ? "flat.data" : "flat.data less dark.data",
      "above 0 everywhere",
      `${light[at]} at x ${at % flat.width}, y ${Math.floor(at / flat.width)}`,
      "a pixel without light cannot be corrected: crop the picture, or give a flat field that was smoothed",
    )
  }
  return { light, mean: Math.fround(sum / light.length) }
}

/** Pixels are below 2^120 on either side: over a light of at least this part of its mean they are still finite. */
const lightPartSafe = 2 ** -6

/** Refuses floats that would leave 32 bits, before anything is written: where the light is next to nothing beside its mean. */
const checkQuotients = (image: Image, fields: Fields, backend: Backend): void => {
  const { data, width } = image
  const { dark, light, mean } = fields
  if (!(data instanceof Float32Array) || backend.intensity.rangeOf(light).least >= lightPartSafe * mean) return
  for (let index = 0; index < data.length; index++) {
    const value = corrected(data[index], fields, index)
    if (Number.isFinite(value)) continue
    const less = dark === undefined ? "" : ` less ${dark[index]}`
    throw invalid(
      "flat.data",
      "such that pixels over it are finite",
      `${light[index]} under ${data[index]}${less} at x ${index % width}, y ${Math.floor(index / width)}`,
      "next to no light reached that pixel: crop the picture, or give a flat field that was smoothed",
    )
  }
}

/** Refuses a question that is left open, where a wrong guess leaves shading in the result, and an answer that nobody reads. */
const checkFlatHasDark = (flatHasDark: boolean | undefined, flat: Image, dark: Image | undefined): void => {
  const { name } = correctSignature
  if (dark === undefined && flatHasDark === true) {
    throw refused(name, "flatHasDark", "left out, or false, where no dark field is given", flatHasDark)
  }
  if (dark === undefined || flatHasDark !== undefined || flat.data instanceof Float32Array) return
  throw new ImagingError(
    name,
    {
      _tag: "InvalidParameter",
      parameter: "flatHasDark",
      expected: "given where a dark field and a flat field of whole numbers are",
      actual: "undefined",
    },
    [
      "true: the flat field is an exposure as it came from the detector, with the detector's offset in it (the usual case)",
      "false: the dark field was taken off the flat field before",
    ],
  )
}

/** The pixels as floats: themselves where they are. */
const floatsOf = (data: Pixels): Float32Array => (data instanceof Float32Array ? data : new Float32Array(data))

/**
 * (image - dark) / flat * mean(flat); same type and size. Whole numbers are rounded to the nearest and kept in their type's range.
 *
 * Throws `ImagingError` for pictures that are none or of other sizes, for a flat field that is 0 or less anywhere, for floats of 2^120
 * and more or that the flat field would make infinite, and where `flatHasDark` is left open though the flat field may hold the dark field: a wrong guess would leave shading in the result.
 *
 * @category kernels
 */
export const flatFieldCorrect = <P extends Pixels>(
  image: Image<P>,
  fields: { readonly flat: Image; readonly dark?: Image | undefined },
  parameters: Parameters<typeof correctSignature> = {},
  how: RunOptions<P> = {},
): Image<P> => {
  const { backend, into } = checkOptions(correctSignature.name, how)
  const { flatHasDark } = checkParameters(correctSignature, parameters)
  checkImage(correctSignature.name, image, { backend, dtypes: pixelDtypes, headroom: true })
  if (typeof fields !== "object" || fields === null || fields.flat === undefined) {
    throw invalid("flat", "given", "left out", "estimateFlatField finds one from many fields of a plate")
  }
  checkFields(correctSignature, fields, ["flat", "dark"])
  const { dark, flat } = fields
  // Floats that are not finite are found by the sum below, which is needed anyhow.
  checkImage(correctSignature.name, flat, { backend, dtypes: pixelDtypes, name: "flat", anyFloat: true })
  checkSameSize(correctSignature.name, "flat", flat, image)
  if (dark !== undefined) {
    checkImage(correctSignature.name, dark, { backend, dtypes: pixelDtypes, name: "dark", headroom: true })
    checkSameSize(correctSignature.name, "dark", dark, image)
  }
  checkFlatHasDark(flatHasDark, flat, dark)
  checkInto(correctSignature.name, into, dtypeOf(image.data), image.data.length)
  const { light, mean } = lightOf(flat, flatHasDark === true ? dark : undefined, backend)
  const divisors = { light, mean, dark: dark === undefined ? undefined : floatsOf(dark.data) }
  checkQuotients(image, divisors, backend)
  return backend.filters.flatField(image, divisors, into)
}

/** A dark field that was found from fields. @category models */
export interface DarkField {
  readonly dark: Image<Float32Array>
  readonly meanGrey: number
  /** Of a pixel, from leaving out fields; it does not hold what fields cannot tell, which is a part of the flat field's pattern. */
  readonly standardErrorGrey: number
  /** Mean light of the background. */
  readonly lightGrey: number
  /** Standard deviation of the fields' light, as a part of its mean. */
  readonly lightSpread: number
  /** Standard deviation of the flat field, as a part of its mean. */
  readonly flatSpread: number
  /** Noise of what is taken for background, as a part of its light. */
  readonly noisePart: number
}

const darkHints = [
  "give the dark field instead: a picture with the shutter closed, or a constant picture of the camera's offset",
  "fields whose exposures or backgrounds differ more, and more of them, tell it better",
]

/** Says what the fields leave open. */
const untold = (found: DarkFieldEstimate): ImagingError => {
  const { flatSpread, lightGrey, lightSpread, noisePart, standardErrorGrey } = found
  const { noisePart: noiseMost, standardErrorPart } = darkFieldLimits
  const [expected, actual] =
    !(lightGrey > 0) || !(lightSpread >= darkFieldLimits.lightSpread)
      ? [`fields whose light differs by ${darkFieldLimits.lightSpread} of itself`, String(lightSpread)]
      : !(flatSpread >= darkFieldLimits.flatSpread)
        ? [`fields whose light falls off by ${darkFieldLimits.flatSpread} of itself`, String(flatSpread)]
        : !(noisePart <= noiseMost)
          ? [`fields with background, whose noise is within ${noiseMost} of its light`, noisePart.toPrecision(2)]
          : [
              `fields that tell the dark field within ${standardErrorPart} of their light`,
              `${(standardErrorGrey / lightGrey).toPrecision(2)} of ${lightGrey.toPrecision(3)}`,
            ]
  return new ImagingError(
    estimateSignature.name,
    { _tag: "InvalidImage", input: "stack.data", expected, actual },
    darkHints,
  )
}

const darkFieldOf = (
  { estimate: found, pixels }: { readonly pixels: Float32Array; readonly estimate: DarkFieldEstimate },
  width: number,
  height: number,
): DarkField => ({
  dark: { data: pixels, width, height },
  meanGrey: found.meanGrey,
  standardErrorGrey: found.standardErrorGrey,
  lightGrey: found.lightGrey,
  lightSpread: found.lightSpread,
  flatSpread: found.flatSpread,
  noisePart: found.noisePart,
})

/** A flat field, and how it was found. @category models */
export interface FlatFieldEstimate {
  /** Mean 1. */
  readonly flat: Image<Float32Array>
  /** The flat field changed by less than the tolerance in the end. */
  readonly converged: boolean
  readonly reweightings: ReadonlyArray<Reweighting>
  /** The dark field and how well fields tell it, where it was asked for. */
  readonly darkField: DarkField | undefined
}

/**
 * The flat field that fields of a plate have in common, with mean 1: what is left when objects, which differ from field to field, are
 * taken as sparse. Fields are averaged down first, and the result is drawn out to their size again. The same for the same fields in
 * any order, on every backend. Without the detector's dark field (a constant picture of its offset will do) the flat field comes out too
 * even.
 *
 * `darkField: "estimated"` finds a smooth dark field too, from fields whose light differs. Fields cannot tell a dark field from one that
 * has more of the flat field's pattern: the one with least of it is given. Where that is not the detector's, all corrected pixels are
 * off by one and the same value, and the flat field is right all the same.
 *
 * Throws `ImagingError` for a stack that is none, of fewer than 2 planes, or without light, for a dark field of another size, and where
 * a dark field is asked for that the fields do not tell: fewer than 4, too much alike in their light, or with cells all over them.
 *
 * @category kernels
 */
export const estimateFlatField = (
  stack: Stack,
  fields: { readonly dark?: Image | undefined } = {},
  parameters: Parameters<typeof estimateSignature> = {},
  how: RunOptions<Float32Array> = {},
): FlatFieldEstimate => {
  const { name } = estimateSignature
  const { backend, into } = checkOptions(name, how)
  const resolved = checkParameters(estimateSignature, parameters)
  checkFields(estimateSignature, fields, ["dark"])
  checkStack(name, stack, { backend, dtypes: pixelDtypes })
  const { dark } = fields
  if (dark !== undefined) {
    checkImage(name, dark, { backend, dtypes: pixelDtypes, name: "dark" })
    checkSameSize(name, "dark", dark, stack)
  }
  checkInto(name, into, "float32", stack.width * stack.height)
  if (stack.planes < 2) {
    throw new ImagingError(
      name,
      { _tag: "InvalidImage", input: "stack.planes", expected: "at least 2 fields", actual: String(stack.planes) },
      ["one field cannot tell its light from what it shows; 20 fields or more are better"],
    )
  }
  const isAsked = resolved.darkField === "estimated"
  if (isAsked && dark !== undefined) {
    throw new ImagingError(
      name,
      { _tag: "InvalidImage", input: "dark", expected: "left out where darkField is estimated", actual: "given" },
      ["a dark field that was measured is the better one: give it, with darkField none"],
    )
  }
  if (isAsked && stack.planes < 4) {
    throw new ImagingError(
      name,
      {
        _tag: "InvalidImage",
        input: "stack.planes",
        expected: "at least 4 fields for a dark field",
        actual: String(stack.planes),
      },
      darkHints,
    )
  }
  const { converged, dark: found, flat, reweightings } = estimate(stack, dark?.data, resolved)
  if (found !== undefined && !isTold(found.estimate)) throw untold(found.estimate)
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
  const { height, width } = stack
  const darkField = found === undefined ? undefined : darkFieldOf(found, width, height)
  into?.set(flat)
  return { flat: { data: into ?? flat, width, height }, converged, reweightings, darkField }
}
