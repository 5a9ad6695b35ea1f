/**
 * Numbers of the objects of a label image: place, size, shape, moments and grey values.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import type { Image, Labels } from "./Image.ts"
import { checkImage, checkParameters, checkSameSize } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { pixelSizeParameter } from "./internal/objects/parameters.ts"
import { regionTable } from "./internal/objects/regionColumns.ts"
import { regionsOf } from "./internal/objects/regions.ts"
import type { ObjectTable } from "./ObjectTable.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "region_properties",
  summary: "a row of numbers for each label of a label image: place, size, shape, moments, and grey values of an image",
  version: 1,
  inputs: [
    {
      name: "labels",
      axes: "yx",
      dtypes: ["uint32"],
      holds: "labels",
      summary: "0 is background; labels need not be dense or connected",
    },
    {
      name: "image",
      axes: "yx",
      dtypes: pixelDtypes,
      optional: true,
      summary: "grey values to measure; columns of them are NaN unless given",
    },
  ],
  halo: { reach: "whole" },
  parameters: { pixelSizeUm: pixelSizeParameter },
  tables: [regionTable],
  memory: { bytesPerPixel: 62, bytes: 65_536 },
  source:
    "skimage.measure.regionprops 0.19.3, equal within 1e-9; standard deviation: numpy.std. Moments whose terms cancel differ by rounding",
} as const satisfies Signature

/** A row for each label, labels rising. @category models */
export type RegionTable = ObjectTable<typeof regionTable>

/**
 * A row of numbers for each label of a label image, with grey values where an image is given.
 *
 * Throws `ImagingError` for pictures that are none or differ in size, and for a pixel size out of range.
 *
 * @category kernels
 */
export const regionProperties = (
  labels: Labels,
  image: Image | undefined,
  parameters: Parameters<typeof signature> = {},
  how: RunOptions = {},
): RegionTable => {
  const { backend } = checkOptions(signature.name, how)
  const { pixelSizeUm } = checkParameters(signature, parameters)
  checkImage(signature.name, labels, { name: "labels", dtypes: ["uint32"] })
  if (image !== undefined) {
    checkImage(signature.name, image, { backend, dtypes: pixelDtypes })
    checkSameSize(signature.name, "image", image, labels)
  }
  return regionsOf(backend.objects, labels, image, pixelSizeUm)
}
