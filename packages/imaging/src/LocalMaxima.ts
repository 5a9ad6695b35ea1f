/**
 * Local maxima that keep a distance: markers for a watershed, or spots.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { type Image, type Labels, sideMaxPx } from "./Image.ts"
import { checkImage, checkInto, checkParameters, checkSameSize } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { maximaOf, maximaOfObjects } from "./internal/objects/maxima.ts"
import { largestValue } from "./internal/objects/parameters.ts"
import type { ObjectTable } from "./ObjectTable.ts"
import { type Parameters, pixelDtypes, type Signature, type TableSpec } from "./Signature.ts"

const table = {
  name: "maxima",
  columns: [
    { name: "y_px", kind: "integer", unit: "px", summary: "row" },
    { name: "x_px", kind: "integer", unit: "px", summary: "column" },
    { name: "value", kind: "number", unit: "grey values", summary: "value of the image there" },
  ],
} as const satisfies TableSpec

/** What it takes and gives. @category signatures */
export const signature = {
  name: "local_maxima",
  summary:
    "pixels that nothing within a square around them exceeds, the highest first; of equal ones nearer than the distance the first in the order of rows; with labels, each object by itself",
  version: 1,
  inputs: [
    { name: "image", axes: "yx", dtypes: pixelDtypes, summary: "outside of the picture counts as 0" },
    {
      name: "labels",
      axes: "yx",
      dtypes: ["uint32"],
      holds: "labels",
      optional: true,
      summary: "maxima of each object by itself; of the whole picture unless given",
    },
  ],
  output: { axes: "yx", dtype: "uint32", scale: "none", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: {
    minimumDistancePx: {
      kind: "integer",
      minimum: 1,
      maximum: sideMaxPx,
      fallback: 1,
      unit: "px",
      summary: "least distance between maxima, the larger of that by rows and by columns",
    },
    borderPx: {
      kind: "integer",
      minimum: 0,
      maximum: sideMaxPx,
      fallback: 0,
      unit: "px",
      summary:
        "maxima nearer than this to the border of the picture are left out; 0 leaves out none, where scikit-image's default leaves out those nearer than the distance",
    },
    thresholdAbove: {
      kind: "number",
      minimum: -largestValue,
      maximum: largestValue,
      fallback: -largestValue,
      unit: "grey values",
      summary: "only values above this, and above the smallest of the picture",
    },
  },
  tables: [table],
  memory: { bytesPerPixel: 16, bytes: 65_536 },
  source:
    "skimage.feature.peak_local_max 0.19.3 with exclude_border = borderPx (its own default is min_distance, ours 0: maxima at the border stay); its order of equal values is that of an unstable sort, ours that of rows",
} as const satisfies Signature

/** The maxima as a table, and as markers that are numbered as its rows. @category models */
export interface LocalMaxima {
  readonly table: ObjectTable<typeof table>
  readonly markers: Labels
}

/**
 * Local maxima of an image, or of each object of a label image by itself. Those at the border of the picture are among them unless
 * `borderPx` is given; scikit-image leaves out those nearer to it than the distance, by default.
 *
 * Throws `ImagingError` for pictures that are none or differ in size, and for parameters out of range.
 *
 * @category kernels
 */
export const localMaxima = (
  image: Image,
  labels: Labels | undefined,
  parameters: Parameters<typeof signature> = {},
  how: RunOptions<Uint32Array> = {},
): LocalMaxima => {
  const { backend, into } = checkOptions(signature.name, how)
  const options = checkParameters(signature, parameters)
  checkImage(signature.name, image, { backend, dtypes: pixelDtypes })
  if (labels !== undefined) {
    checkImage(signature.name, labels, { name: "labels", dtypes: ["uint32"] })
    checkSameSize(signature.name, "labels", labels, image)
  }
  checkInto(signature.name, into, "uint32", image.data.length)
  const { data, height, width } = image
  const places =
    labels === undefined
      ? maximaOf(backend.objects, image, options)
      : maximaOfObjects(backend.objects, image, labels, options)
  const markers = into ?? new Uint32Array(data.length)
  markers.fill(0)
  for (const [index, place] of places.entries()) markers[place] = index + 1
  return {
    table: {
      rows: places.length,
      columns: {
        y_px: Float64Array.from(places, (place) => Math.floor(place / width)),
        x_px: Float64Array.from(places, (place) => place % width),
        value: Float64Array.from(places, (place) => data[place]),
      },
    },
    markers: { data: markers, width, height },
  }
}
