/**
 * CLAHE: contrast limited adaptive histogram equalisation.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { dtypeOf, type Image, type Pixels } from "./Image.ts"
import { ImagingError } from "./ImagingError.ts"
import { checkImage, checkInto, checkParameters } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { equalized } from "./internal/intensity/clahe.ts"
import { refused } from "./internal/refused.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "clahe",
  summary:
    "each region's grey values are spread by their own counts, no count above a limit, and regions are blended; what comes out is stretched onto the type's whole range; a constant picture stays as it is",
  version: 1,
  inputs: [{ name: "image", axes: "yx", dtypes: pixelDtypes, summary: "one plane; float32 from 0 to 1" }],
  output: { axes: "yx", dtype: "input", scale: "stretched", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: {
    regionWidthPx: {
      kind: "integer",
      minimum: 1,
      maximum: 65_535,
      optional: true,
      unit: "px",
      summary: "width of a region, at most the picture's; an eighth of it unless given",
    },
    regionHeightPx: {
      kind: "integer",
      minimum: 1,
      maximum: 65_535,
      optional: true,
      unit: "px",
      summary: "height of a region, at most the picture's; an eighth of it unless given",
    },
    clipLimit: {
      kind: "number",
      minimum: 0,
      maximum: 1,
      fallback: 0.01,
      unit: "",
      summary: "the largest count of a bin as a share of a region's pixels; 0 sets no limit",
    },
    bins: { kind: "integer", minimum: 2, maximum: 4096, fallback: 256, unit: "", summary: "bins of the counts" },
  },
  tables: [],
  memory: { bytesPerPixel: 4, bytes: 268_435_456 },
  source:
    "Zuiderveld, Graphics Gems IV (1994) 474-485; skimage.exposure.equalize_adapthist 0.19.3 times the type's top, rounded half to even for whole types, equal",
} as const satisfies Signature

/**
 * The equalised picture; same type and size. All backends compute it in TypeScript.
 *
 * Throws `ImagingError` for a picture that is none, and floats that are not from 0 to 1.
 *
 * @category kernels
 */
export const clahe = <P extends Pixels>(
  image: Image<P>,
  parameters: Parameters<typeof signature> = {},
  how: RunOptions<P> = {},
): Image<P> => {
  const { backend, into } = checkOptions(signature.name, how)
  const { bins, clipLimit, regionHeightPx, regionWidthPx } = checkParameters(signature, parameters)
  checkImage(signature.name, image, { backend, dtypes: pixelDtypes })
  checkInto(signature.name, into, dtypeOf(image.data), image.data.length)
  const { data, height, width } = image
  if (data instanceof Float32Array) {
    const at = data.findIndex((value) => value < 0 || value > 1)
    if (at >= 0) {
      throw new ImagingError(
        signature.name,
        {
          _tag: "InvalidImage",
          input: "image.data",
          expected: "floats from 0 to 1",
          actual: `${data[at]} at x ${at % width}, y ${Math.floor(at / width)}`,
        },
        ["percentile_normalize brings any picture into this range"],
      )
    }
  }
  const regionWidth = regionWidthPx ?? Math.max(1, Math.floor(width / 8))
  const regionHeight = regionHeightPx ?? Math.max(1, Math.floor(height / 8))
  if (regionWidth > width)
    throw refused(signature.name, "regionWidthPx", `at most the width, ${width} (px)`, regionWidth)
  if (regionHeight > height) {
    throw refused(signature.name, "regionHeightPx", `at most the height, ${height} (px)`, regionHeight)
  }
  const mapBytes = Math.ceil(width / regionWidth) * Math.ceil(height / regionHeight) * bins * 4
  if (mapBytes > mapBytesMax) {
    throw new ImagingError(signature.name, { _tag: "TooLarge", neededBytes: mapBytes, limitBytes: mapBytesMax }, [
      "take larger regions or fewer bins",
    ])
  }
  return equalized(image, { regionWidth, regionHeight, clipLimit, bins }, into)
}

/** The most that the maps of all regions may take. */
const mapBytesMax = 256 * 1024 ** 2
