/**
 * Two channels of one site: correlation of grey values, fractions of light, overlap of objects and of masks. What is not
 * defined is NaN, with the reason beside it.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { dtypeOf, type Image, type Labels, type Mask } from "./Image.ts"
import { ImagingError } from "./ImagingError.ts"
import { checkImage, checkParameters, checkSameSize } from "./internal/check.ts"
import { checkMask } from "./internal/checkMask.ts"
import { checkOptions } from "./internal/options.ts"
import { checkSpan } from "./internal/intensity/refuse.ts"
import { histogramOf, otsu } from "./internal/intensity/thresholds.ts"
import { mandersOf, masksOf, overlapsOf, pearsonOf } from "./internal/objects/colocalization.ts"
import { channelTable, maskTable, overlapTable } from "./internal/objects/colocalizationColumns.ts"
import { largestValue } from "./internal/objects/parameters.ts"
import type { ObjectTable } from "./ObjectTable.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

const thresholdParameter = {
  kind: "number",
  minimum: -largestValue,
  maximum: largestValue,
  fallback: 0,
  onlyWhen: { parameter: "thresholds", is: ["manual"] },
  unit: "grey values",
  summary: "for thresholds `manual`: pixels above it count as light of this channel",
} as const

/** What {@link colocalization} takes and gives. @category signatures */
export const colocalizationSignature = {
  name: "colocalization",
  summary:
    "Pearson's correlation of two channels, and Manders' fractions of each channel's light that lies where the other has light",
  version: 1,
  inputs: [
    { name: "a", axes: "yx", dtypes: pixelDtypes, summary: "first channel" },
    { name: "b", axes: "yx", dtypes: pixelDtypes, summary: "second channel, of the same type and size" },
    {
      name: "mask",
      axes: "yx",
      dtypes: ["uint8"],
      holds: "mask",
      optional: true,
      summary: "only pixels where it is not 0; all unless given",
    },
  ],
  halo: { reach: "whole" },
  parameters: {
    thresholds: {
      kind: "choice",
      choices: ["otsu", "manual"],
      fallback: "otsu",
      unit: "",
      summary:
        "what counts as light: above each channel's threshold of Otsu (over the whole picture), or above given ones",
    },
    thresholdA: thresholdParameter,
    thresholdB: thresholdParameter,
  },
  tables: [channelTable],
  memory: { bytesPerPixel: 4, bytes: 1_100_000 },
  source:
    "Manders, Verbeek, Aten 1993: M1 is the sum of A above its threshold where B is above its own, divided by the sum of A above its threshold; numpy.corrcoef, within 1e-9",
} as const satisfies Signature

/** What {@link objectOverlap} takes and gives. @category signatures */
export const objectOverlapSignature = {
  name: "object_overlap",
  summary: "for each object of one channel how much of it lies on objects of another, and which of them the most",
  version: 1,
  inputs: [
    { name: "a", axes: "yx", dtypes: ["uint32"], holds: "labels", summary: "labels whose objects are the rows" },
    { name: "b", axes: "yx", dtypes: ["uint32"], holds: "labels", summary: "labels that they may lie on" },
  ],
  halo: { reach: "whole" },
  parameters: {},
  tables: [overlapTable],
  memory: { bytesPerPixel: 12, bytes: 65_536 },
  source: "counts of pixels; Jaccard 1901",
} as const satisfies Signature

/** What {@link maskOverlap} takes and gives. @category signatures */
export const maskOverlapSignature = {
  name: "mask_overlap",
  summary: "how far two masks agree: common pixels, Jaccard's index and Dice's coefficient",
  version: 1,
  inputs: [
    { name: "a", axes: "yx", dtypes: ["uint8"], holds: "mask", summary: "0 is background, all else foreground" },
    { name: "b", axes: "yx", dtypes: ["uint8"], holds: "mask", summary: "0 is background, all else foreground" },
  ],
  halo: { reach: "whole" },
  parameters: {},
  tables: [maskTable],
  memory: { bytesPerPixel: 0, bytes: 0 },
  source: "Jaccard 1901, Dice 1945",
} as const satisfies Signature

/**
 * Pearson's correlation and Manders' fractions of two channels, a table of one row.
 *
 * Throws `ImagingError` for pictures that are none, differ in size or type, and for parameters out of range.
 *
 * @category kernels
 */
export const colocalization = (
  a: Image,
  b: Image,
  mask: Mask | undefined,
  parameters: Parameters<typeof colocalizationSignature> = {},
  how: RunOptions = {},
): ObjectTable<typeof channelTable> => {
  const { backend } = checkOptions(colocalizationSignature.name, how)
  const options = checkParameters(colocalizationSignature, parameters)
  const { name } = colocalizationSignature
  checkImage(name, a, { backend, name: "a", dtypes: pixelDtypes })
  checkImage(name, b, { backend, name: "b", dtypes: pixelDtypes })
  checkSameSize(name, "b", b, a)
  if (dtypeOf(a.data) !== dtypeOf(b.data)) {
    const [expected, actual] = [`pixels of ${dtypeOf(a.data)}, as the first input`, dtypeOf(b.data)]
    throw new ImagingError(name, { _tag: "InvalidImage", input: "b.data", expected, actual })
  }
  if (mask !== undefined) {
    checkImage(name, mask, { name: "mask", dtypes: ["uint8"] })
    checkMask(backend, name, "mask", mask)
    checkSameSize(name, "mask", mask, a)
  }
  const byOtsu = options.thresholds === "otsu"
  const automatic = (input: string, { data }: Image): number => {
    checkSpan(backend.intensity, name, input, data)
    return otsu(histogramOf(backend.intensity, data))
  }
  const thresholdA = byOtsu ? automatic("a", a) : options.thresholdA
  const thresholdB = byOtsu ? automatic("b", b) : options.thresholdB
  const pearson = pearsonOf(backend.objects, a, b, mask)
  const manders = mandersOf(backend.objects, a, b, mask, thresholdA, thresholdB)
  return {
    rows: 1,
    columns: {
      pixels: Float64Array.of(pearson.pixels),
      pearson: Float64Array.of(pearson.value),
      pearson_reason: [pearson.reason],
      threshold_a: Float64Array.of(thresholdA),
      threshold_b: Float64Array.of(thresholdB),
      manders_m1: Float64Array.of(manders.m1),
      manders_m1_reason: [manders.reason1],
      manders_m2: Float64Array.of(manders.m2),
      manders_m2_reason: [manders.reason2],
    },
  }
}

/**
 * For each object of one label image how much of it lies on objects of another.
 *
 * Throws `ImagingError` for pictures that are none or differ in size.
 *
 * @category kernels
 */
export const objectOverlap = (
  a: Labels,
  b: Labels,
  parameters: Parameters<typeof objectOverlapSignature> = {},
  how: RunOptions = {},
): ObjectTable<typeof overlapTable> => {
  const { backend } = checkOptions(objectOverlapSignature.name, how)
  checkParameters(objectOverlapSignature, parameters)
  checkImage(objectOverlapSignature.name, a, { name: "a", dtypes: ["uint32"] })
  checkImage(objectOverlapSignature.name, b, { name: "b", dtypes: ["uint32"] })
  checkSameSize(objectOverlapSignature.name, "b", b, a)
  return overlapsOf(backend.objects, a, b)
}

/**
 * How far two masks agree, a table of one row.
 *
 * Throws `ImagingError` for masks that are none or differ in size.
 *
 * @category kernels
 */
export const maskOverlap = (
  a: Mask,
  b: Mask,
  parameters: Parameters<typeof maskOverlapSignature> = {},
  how: RunOptions = {},
): ObjectTable<typeof maskTable> => {
  const { backend } = checkOptions(maskOverlapSignature.name, how)
  checkParameters(maskOverlapSignature, parameters)
  checkImage(maskOverlapSignature.name, a, { name: "a", dtypes: ["uint8"] })
  checkImage(maskOverlapSignature.name, b, { name: "b", dtypes: ["uint8"] })
  checkMask(backend, maskOverlapSignature.name, "a", a)
  checkMask(backend, maskOverlapSignature.name, "b", b)
  checkSameSize(maskOverlapSignature.name, "b", b, a)
  return masksOf(a, b)
}
