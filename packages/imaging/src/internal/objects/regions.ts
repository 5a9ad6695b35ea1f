/**
 * Numbers of regions, from what backends count.
 *
 * @layer logic
 * @module
 */
import type { Image, Labels } from "../../Image.ts"
import type { Columns } from "../../ObjectTable.ts"
import { indexed } from "./label.ts"
import { intensityNumbers, type ObjectsOps, type Runs } from "./ops.ts"
import type { placeColumns, intensityColumns, regionTable } from "./regionColumns.ts"
import {
  type Boxes,
  boxesOf,
  convexAreas,
  ellipseOf,
  eulerNumbers,
  momentAt,
  momentPowers,
  momentsOf,
} from "./shapes.ts"

/** Columns that say where objects lie. */
export type PlaceColumns = Columns<{ readonly name: string; readonly columns: typeof placeColumns }>
/** Columns of grey values. */
export type IntensityColumns = Columns<{ readonly name: string; readonly columns: typeof intensityColumns }>

/** In the unit of the pixel size; NaN where it is not known (0). */
const scaled = (values: Float64Array, factor: number): Float64Array =>
  values.map((value) => (factor > 0 ? value * factor : Number.NaN))

/** Where objects lie. */
export const placesOf = (boxes: Boxes, labels: Uint32Array, pixelSizeUm: number): PlaceColumns => ({
  label: Float64Array.from(labels),
  area_px: boxes.area,
  area_um2: scaled(boxes.area, pixelSizeUm * pixelSizeUm),
  centroid_y_px: boxes.centroidY,
  centroid_x_px: boxes.centroidX,
  centroid_y_um: scaled(boxes.centroidY, pixelSizeUm),
  centroid_x_um: scaled(boxes.centroidX, pixelSizeUm),
  top_px: boxes.top,
  left_px: boxes.left,
  bottom_px: boxes.bottom,
  right_px: boxes.right,
})

/** Grey values of objects; NaN without an image. */
export const greyValuesOf = (
  ops: ObjectsOps,
  image: Image | undefined,
  runs: Runs,
  objects: Uint32Array,
  areas: Float64Array,
): { readonly columns: IntensityColumns; readonly centroidY: Float64Array; readonly centroidX: Float64Array } => {
  const numbers =
    image === undefined
      ? new Float64Array(areas.length * intensityNumbers).fill(Number.NaN)
      : ops.intensities(image, runs, objects, areas)
  const column = (of: (at: number, object: number) => number): Float64Array =>
    areas.map((_, object) => of(object * intensityNumbers, object))
  return {
    columns: {
      intensity_min: column((at) => numbers[at]),
      intensity_max: column((at) => numbers[at + 1]),
      intensity_mean: column((at, object) => numbers[at + 2] / areas[object]),
      intensity_sum: column((at) => numbers[at + 2]),
      intensity_std: column((at, object) => Math.sqrt(numbers[at + 5] / areas[object])),
    },
    // 0 / 0 is NaN: without light there is no centre of it.
    centroidY: column((at) => (numbers[at + 2] === 0 ? Number.NaN : numbers[at + 4] / numbers[at + 2])),
    centroidX: column((at) => (numbers[at + 2] === 0 ? Number.NaN : numbers[at + 3] / numbers[at + 2])),
  }
}

const [n20, n02, n11] = [momentAt(2, 0), momentAt(0, 2), momentAt(1, 1)]
const [n30, n03, n21, n12] = [momentAt(3, 0), momentAt(0, 3), momentAt(2, 1), momentAt(1, 2)]

/** The seven invariants of Hu (1962) from the normalised moments of an object. */
const huOf = (nu: Float64Array, object: number): ReadonlyArray<number> => {
  const at = (power: number): number => nu[object * momentPowers.length + power]
  const difference = at(n20) - at(n02)
  const [a, b] = [at(n30) - 3 * at(n12), 3 * at(n21) - at(n03)]
  const [c, d] = [at(n30) + at(n12), at(n21) + at(n03)]
  return [
    at(n20) + at(n02),
    difference ** 2 + 4 * at(n11) ** 2,
    a ** 2 + b ** 2,
    c ** 2 + d ** 2,
    a * c * (c ** 2 - 3 * d ** 2) + b * d * (3 * c ** 2 - d ** 2),
    difference * (c ** 2 - d ** 2) + 4 * at(n11) * c * d,
    b * c * (c ** 2 - 3 * d ** 2) - a * d * (3 * c ** 2 - d ** 2),
  ]
}

/** All columns of a table of regions. */
export const regionsOf = (
  ops: ObjectsOps,
  labels: Labels,
  image: Image | undefined,
  pixelSizeUm: number,
): { readonly rows: number; readonly columns: Columns<typeof regionTable> } => {
  const runs = ops.runsOf(labels)
  const { labels: names, objects } = indexed(runs)
  const count = names.length
  const boxes = boxesOf(runs, objects, count)
  const { area } = boxes
  const raw = momentsOf(runs, objects, count, boxes.top, boxes.left)
  const central = momentsOf(runs, objects, count, boxes.centroidY, boxes.centroidX)
  const orders = momentPowers.length
  const normalised = central.map((moment, at) => {
    const [row, column] = momentPowers[at % orders]
    return moment / area[Math.floor(at / orders)] ** ((row + column) / 2 + 1)
  })
  const ellipses = Array.from(area, (_, object) => ellipseOf(raw, object))
  const codes = ops.borderCodes(labels, runs, objects, count)
  const perimeter = area.map(
    (_, object) =>
      codes[object * 3] + codes[object * 3 + 1] * Math.SQRT2 + (codes[object * 3 + 2] * (1 + Math.SQRT2)) / 2,
  )
  const convex = convexAreas(runs, objects, count)
  const diameter = area.map((pixels) => Math.sqrt((4 * pixels) / Math.PI))
  const major = Float64Array.from(ellipses, ({ major: axis }) => axis)
  const minor = Float64Array.from(ellipses, ({ minor: axis }) => axis)
  const grey = greyValuesOf(ops, image, runs, objects, area)
  const hu = Array.from(area, (_, object) => huOf(normalised, object))
  const columns: Record<string, Float64Array> = {
    ...placesOf(boxes, names, pixelSizeUm),
    perimeter_px: perimeter,
    perimeter_um: scaled(perimeter, pixelSizeUm),
    equivalent_diameter_px: diameter,
    equivalent_diameter_um: scaled(diameter, pixelSizeUm),
    major_axis_px: major,
    major_axis_um: scaled(major, pixelSizeUm),
    minor_axis_px: minor,
    minor_axis_um: scaled(minor, pixelSizeUm),
    eccentricity: Float64Array.from(ellipses, ({ eccentricity }) => eccentricity),
    orientation_rad: Float64Array.from(ellipses, ({ orientation }) => orientation),
    extent: area.map(
      (pixels, object) =>
        pixels / ((boxes.bottom[object] - boxes.top[object]) * (boxes.right[object] - boxes.left[object])),
    ),
    convex_area_px: convex,
    solidity: area.map((pixels, object) => pixels / convex[object]),
    euler_number: eulerNumbers(runs, objects, count),
    ...grey.columns,
    weighted_centroid_y_px: grey.centroidY,
    weighted_centroid_x_px: grey.centroidX,
  }
  for (const [place, [row, column]] of momentPowers.entries()) {
    const of = (moments: Float64Array): Float64Array => area.map((_, object) => moments[object * orders + place])
    columns[`moment_raw_${row}${column}`] = of(raw)
    columns[`moment_central_${row}${column}`] = of(central)
    if (row + column >= 2) columns[`moment_normalised_${row}${column}`] = of(normalised)
  }
  for (let place = 0; place < 7; place++) columns[`moment_hu_${place + 1}`] = area.map((_, object) => hu[object][place])
  // A test compares the names with the signature's.
  return { rows: count, columns: columns as Columns<typeof regionTable> }
}
