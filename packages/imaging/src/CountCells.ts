/**
 * Counts cells: a threshold, components, touching cells split where asked, and the objects that are cells by their size.
 *
 * @layer logic
 * @module
 */
import type { Backend, RunOptions } from "./Backend.ts"
import { type Image, type Labels, sideMaxPx } from "./Image.ts"
import { checkImage, checkInto, checkParameters } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { areaLimitsOf } from "./internal/objects/areaLimits.ts"
import { foregroundOf } from "./internal/objects/foreground.ts"
import { indexed } from "./internal/objects/label.ts"
import { thresholdFor } from "./internal/objects/maxima.ts"
import type { Runs } from "./internal/objects/ops.ts"
import {
  connectivityOf,
  connectivityParameter,
  largestValue,
  pixelSizeParameter,
} from "./internal/objects/parameters.ts"
import { intensityColumns, placeColumns } from "./internal/objects/regionColumns.ts"
import { greyValuesOf, placesOf } from "./internal/objects/regions.ts"
import { boxesOf, ellipseOf, momentsOf } from "./internal/objects/shapes.ts"
import type { ObjectTable } from "./ObjectTable.ts"
import { type Parameters, pixelDtypes, type Signature, type TableSpec } from "./Signature.ts"

const table = {
  name: "cells",
  columns: [
    ...placeColumns,
    { name: "eccentricity", kind: "number", unit: "", summary: "of the ellipse with the same second moments" },
    ...intensityColumns,
  ],
} as const satisfies TableSpec

const areaUm2 = {
  kind: "number",
  minimum: 0,
  maximum: 1e12,
  optional: true,
  unit: "um^2",
} as const

const countTable = {
  name: "counting",
  columns: [
    { name: "count", kind: "integer", unit: "", summary: "cells" },
    { name: "threshold", kind: "number", unit: "grey values", summary: "pixels above it were foreground" },
    {
      name: "separation",
      kind: "number",
      unit: "",
      summary:
        "variance between background and foreground as a part of all variance; NaN where one of them is empty, and of float32 with thresholds `fraction` and `manual`",
    },
    {
      name: "peakDistancePx",
      kind: "number",
      unit: "px",
      summary: "least distance between centres; 0 where none were split",
    },
    {
      name: "droppedSmall",
      kind: "integer",
      unit: "",
      summary: "objects left out because they are smaller than areaMin",
    },
    { name: "droppedLarge", kind: "integer", unit: "", summary: "of the others, those larger than areaMax" },
    { name: "droppedBorder", kind: "integer", unit: "", summary: "of the others, those at the border" },
    {
      name: "droppedElongated",
      kind: "integer",
      unit: "",
      summary: "of the others, those longer than eccentricityMax",
    },
  ],
} as const satisfies TableSpec

/** What it takes and gives. @category signatures */
export const signature = {
  name: "count_cells",
  summary:
    "objects above a threshold, touching ones split by watershed where asked; those of the right size, away from the border, are cells: labels from 1 in the order of rows, and a table",
  version: 1,
  inputs: [{ name: "image", axes: "yx", dtypes: pixelDtypes, summary: "bright cells on a dark background" }],
  output: { axes: "yx", dtype: "uint32", scale: "none", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: {
    method: {
      kind: "choice",
      choices: ["threshold", "watershed"],
      fallback: "threshold",
      unit: "",
      summary: "connected components, or these split around the maxima of the distance to the background",
    },
    threshold: {
      kind: "choice",
      choices: ["otsu", "li", "fraction", "manual"],
      fallback: "otsu",
      unit: "",
      summary: "where the threshold comes from; pixels above it are foreground",
    },
    thresholdFraction: {
      kind: "number",
      minimum: 0,
      maximum: 1,
      fallback: 0.5,
      onlyWhen: { parameter: "threshold", is: ["fraction"] },
      unit: "",
      summary: "of the largest value, for the threshold `fraction`",
    },
    thresholdValue: {
      kind: "number",
      minimum: -largestValue,
      maximum: largestValue,
      fallback: 0,
      onlyWhen: { parameter: "threshold", is: ["manual"] },
      unit: "grey values",
      summary: "for the threshold `manual`",
    },
    connectivity: connectivityParameter,
    peakDistancePx: {
      kind: "integer",
      minimum: 0,
      maximum: sideMaxPx,
      fallback: 5,
      onlyWhen: { parameter: "method", is: ["watershed"] },
      unit: "px",
      summary:
        "watershed: least distance between centres of cells; 0 takes 1.5 times the radius of the median component, at least 5",
    },
    areaMinPx: {
      kind: "number",
      minimum: 0,
      maximum: sideMaxPx * sideMaxPx,
      fallback: 10,
      unit: "px",
      summary: "smaller objects are no cells; at most areaMaxPx",
    },
    areaMaxPx: {
      kind: "number",
      minimum: 0,
      maximum: sideMaxPx * sideMaxPx,
      fallback: 1000,
      unit: "px",
      summary: "larger objects are no cells; a nucleus of 18 px radius is, with the fallback",
    },
    areaMinUm2: {
      ...areaUm2,
      summary: "in place of areaMinPx, where pixelSizeUm is given: smaller objects are no cells",
    },
    areaMaxUm2: {
      ...areaUm2,
      summary: "in place of areaMaxPx, where pixelSizeUm is given: larger objects are no cells",
    },
    eccentricityMax: {
      kind: "number",
      minimum: 0,
      maximum: 1,
      fallback: 1,
      unit: "",
      summary: "longer objects are no cells",
    },
    removeBorder: {
      kind: "boolean",
      fallback: true,
      unit: "",
      summary: "objects that touch the border of the picture are left out",
    },
    pixelSizeUm: pixelSizeParameter,
  },
  tables: [table, countTable],
  memory: { bytesPerPixel: 36, bytes: 1_100_000 },
  source:
    "skimage: threshold_otsu, threshold_li, label, regionprops, distance_transform_edt, peak_local_max, watershed",
} as const satisfies Signature

/** How many objects are no cells, each counted once: under the first of these that holds. @category models */
export interface DroppedObjects {
  /** Smaller than `areaMinPx`. */
  readonly small: number
  /** Larger than `areaMaxPx`. */
  readonly large: number
  /** At the border of the picture. */
  readonly border: number
  /** Longer than `eccentricityMax`. */
  readonly elongated: number
}

/** Labels and table of cells. @category models */
export interface Cells {
  readonly labels: Labels
  readonly count: number
  /** Pixels above this were foreground, in grey values. */
  readonly threshold: number
  /**
   * How far the threshold sets background and foreground apart, from 0 to 1: the variance between them as a part of all variance
   * (Otsu's eta). NaN where one of them is empty, and of floats with thresholds `fraction` and `manual`, whose bins are not counted.
   */
  readonly separation: number
  /** Objects above the threshold that are no cells. */
  readonly dropped: DroppedObjects
  /** The least distance between centres that split objects, in px; 0 where none were split. */
  readonly peakDistancePx: number
  readonly table: ObjectTable<typeof table>
}

/** The least distance between centres by the median of the components' areas. */
const automaticDistance = (runs: Runs, objects: Uint32Array, count: number): number => {
  const areas = boxesOf(runs, objects, count).area.sort()
  if (count === 0) return 5
  const median = (areas[Math.floor((count - 1) / 2)] + areas[Math.floor(count / 2)]) / 2
  return Math.max(5, Math.floor(1.5 * Math.sqrt(median / Math.PI)))
}

/** The runs of components split around the maxima of the distance to the background, labels in the order of first pixels. */
const splitRuns = (
  backend: Backend,
  runs: Runs,
  { height, width }: Image,
  distancePx: number,
): { readonly runs: Runs; readonly count: number } => {
  const mask = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let run = runs.rows[y]; run < runs.rows[y + 1]; run++) {
      mask.fill(1, y * width + runs.starts[run], y * width + runs.ends[run])
    }
  }
  const { count, labels } = backend.objects.split({ data: mask, width, height }, distancePx)
  // A small object beside a large one has no maximum of its own: what was not reached stays as the component that it was.
  for (let y = 0; y < height; y++) {
    for (let run = runs.rows[y]; run < runs.rows[y + 1]; run++) {
      const start = y * width + runs.starts[run]
      if (labels.data[start] === 0) labels.data.fill(count + runs.labels[run], start, y * width + runs.ends[run])
    }
  }
  const parts = backend.objects.runsOf(labels)
  const numbers = new Uint32Array(count + runs.labels.length + 1)
  let next = 0
  for (const one of parts.labels) if (numbers[one] === 0) numbers[one] = ++next
  return { runs: { ...parts, labels: parts.labels.map((one) => numbers[one]) }, count: next }
}

/**
 * Counts cells: labels from 1 to the count in the order of their first pixels, and a row for each.
 *
 * Look at `dropped`: objects that are too small, too large, at the border or too long are no cells. The fallbacks of the area, 10 to
 * 1000 px, are those of its predecessor and hold for nuclei of up to 17 px radius: at a higher magnification all cells are among
 * `dropped.large`. `areaMinUm2` and `areaMaxUm2` with `pixelSizeUm` are the same at every magnification. Hundreds of `dropped.small` are
 * the mark of a threshold within the noise.
 *
 * Look at `separation` too: a threshold finds something in an empty well as well, tens to thousands of "cells". With Otsu, normal noise
 * alone gives 2 / pi (0.64), and up to 0.75 with shading, which a flat field takes away. Seeded wells of 3 to 100 cells that were 60
 * times as bright as the noise gave 0.74 to 0.89. Below 0.7 there is probably nothing in the well, or too little for a threshold: cells
 * of 13 times the noise were found with 0.62 to 0.68 when there were 20 of them, and lost with 0.5 when there were 3. One bright speck
 * separates well too. `countBlobs` has a floor of noise and counts nothing in an empty well.
 *
 * Throws `ImagingError` for a picture that is none, for parameters out of range, for those that the chosen threshold or method does not
 * read, and for a least area above the most.
 *
 * @category kernels
 */
export const countCells = (
  image: Image,
  parameters: Parameters<typeof signature> = {},
  how: RunOptions<Uint32Array> = {},
): Cells => {
  const { backend, into } = checkOptions(signature.name, how)
  const options = checkParameters(signature, parameters)
  const area = areaLimitsOf(signature.name, parameters, options)
  checkImage(signature.name, image, { backend, dtypes: pixelDtypes })
  checkInto(signature.name, into, "uint32", image.data.length)
  const { objects: ops } = backend
  const { height, width } = image
  const { separation, threshold } = foregroundOf(backend, signature.name, image, options)
  const isAll = !(image.data instanceof Float32Array) && threshold < 0
  const split = options.method === "watershed"
  const components = ops.labelRuns(
    isAll ? { data: new Uint8Array(width * height).fill(1), width, height } : image,
    isAll ? 0 : thresholdFor(image, threshold),
    connectivityOf(options.connectivity),
    !split && !isAll,
  )
  let found: { readonly runs: Runs; readonly count: number } = { runs: components, count: components.count }
  let peakDistancePx = 0
  if (split) {
    const { objects } = indexed(components)
    peakDistancePx = options.peakDistancePx || automaticDistance(components, objects, components.count)
    found = splitRuns(backend, components, image, peakDistancePx)
  }
  const { count, runs } = found
  const greys = components.greys ?? ops.greys(image, runs)
  const objects = new Uint32Array(runs.labels.length)
  for (let run = 0; run < objects.length; run++) objects[run] = runs.labels[run] - 1
  const boxes = boxesOf(runs, objects, count)
  const raw = momentsOf(runs, objects, count, boxes.top, boxes.left)
  const { columns: grey } = greyValuesOf(greys, runs, objects, boxes.area)
  const numbers = new Uint32Array(count)
  const kept: Array<number> = []
  const eccentricities: Array<number> = []
  const dropped = { small: 0, large: 0, border: 0, elongated: 0 }
  for (let object = 0; object < count; object++) {
    const pixels = boxes.area[object]
    const touches =
      boxes.top[object] === 0 ||
      boxes.left[object] === 0 ||
      boxes.bottom[object] === height ||
      boxes.right[object] === width
    if (pixels < area.leastPx) {
      dropped.small++
      continue
    }
    if (pixels > area.mostPx) {
      dropped.large++
      continue
    }
    if (options.removeBorder && touches) {
      dropped.border++
      continue
    }
    const { eccentricity } = ellipseOf(raw, object)
    if (eccentricity > options.eccentricityMax) {
      dropped.elongated++
      continue
    }
    kept.push(object)
    eccentricities.push(eccentricity)
    numbers[object] = kept.length
  }
  const labels = ops.paint(keptRuns(runs, numbers), width, height, into)
  const pick = (column: Float64Array): Float64Array => {
    const values = new Float64Array(kept.length)
    for (let row = 0; row < values.length; row++) values[row] = column[kept[row] ?? 0]
    return values
  }
  const places = placesOf(
    {
      area: pick(boxes.area),
      top: pick(boxes.top),
      left: pick(boxes.left),
      bottom: pick(boxes.bottom),
      right: pick(boxes.right),
      centroidY: pick(boxes.centroidY),
      centroidX: pick(boxes.centroidX),
    },
    Uint32Array.from(kept, (_, row) => row + 1),
    options.pixelSizeUm,
  )
  return {
    labels,
    count: kept.length,
    threshold,
    separation,
    dropped,
    peakDistancePx,
    table: {
      rows: kept.length,
      columns: {
        ...places,
        eccentricity: Float64Array.from(eccentricities),
        intensity_min: pick(grey.intensity_min),
        intensity_max: pick(grey.intensity_max),
        intensity_mean: pick(grey.intensity_mean),
        intensity_sum: pick(grey.intensity_sum),
        intensity_std: pick(grey.intensity_std),
      },
    },
  }
}

/** The runs of objects that have a new number, under it. */
const keptRuns = ({ ends, labels, rows, starts }: Runs, numbers: Uint32Array): Runs => {
  const kept = { starts: new Uint16Array(labels.length), ends: new Uint16Array(labels.length) }
  const names = new Uint32Array(labels.length)
  const offsets = new Uint32Array(rows.length)
  let count = 0
  for (let y = 0; y + 1 < rows.length; y++) {
    offsets[y] = count
    for (let run = rows[y]; run < rows[y + 1]; run++) {
      const number = numbers[labels[run] - 1]
      if (number === 0) continue
      kept.starts[count] = starts[run]
      kept.ends[count] = ends[run]
      names[count++] = number
    }
  }
  offsets[rows.length - 1] = count
  return {
    rows: offsets,
    starts: kept.starts.subarray(0, count),
    ends: kept.ends.subarray(0, count),
    labels: names.subarray(0, count),
  }
}
