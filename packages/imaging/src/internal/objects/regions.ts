/**
 * Numbers of regions, from what backends count.
 *
 * @layer logic
 * @module
 */
import type { Image, Labels } from "../../Image.ts"
import type { Columns } from "../../ObjectTable.ts"
import { indexed } from "./label.ts"
import { greyNumbers, type ObjectsOps, type Runs } from "./ops.ts"
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
/** Without a size of pixels there is no number in um. */
const scaled = (values: Float64Array, factor = Number.NaN): Float64Array => values.map((value) => value * factor)

/** Where objects lie. */
export const placesOf = (boxes: Boxes, labels: Uint32Array, pixelSizeUm: number | undefined): PlaceColumns => ({
  label: Float64Array.from(labels),
  area_px: boxes.area,
  area_um2: scaled(boxes.area, pixelSizeUm === undefined ? undefined : pixelSizeUm ** 2),
  centroid_y_px: boxes.centroidY,
  centroid_x_px: boxes.centroidX,
  centroid_y_um: scaled(boxes.centroidY, pixelSizeUm),
  centroid_x_um: scaled(boxes.centroidX, pixelSizeUm),
  top_px: boxes.top,
  left_px: boxes.left,
  bottom_px: boxes.bottom,
  right_px: boxes.right,
})

/** Grey values of objects, from those of their runs; NaN without. */
export const greyValuesOf = (
  greys: Float64Array | undefined,
  { ends, rows, starts }: Runs,
  objects: Uint32Array,
  areas: Float64Array,
): { readonly columns: IntensityColumns; readonly centroidY: Float64Array; readonly centroidX: Float64Array } => {
  const count = areas.length
  const make = (value: number): Float64Array => new Float64Array(count).fill(greys === undefined ? Number.NaN : value)
  const [least, most] = [make(Number.POSITIVE_INFINITY), make(Number.NEGATIVE_INFINITY)]
  const [sum, sumY, sumX, squares, pixels] = [make(0), make(0), make(0), make(0), make(0)]
  for (let y = 0; greys !== undefined && y + 1 < rows.length; y++) {
    for (let run = rows[y]; run < rows[y + 1]; run++) {
      const object = objects[run]
      const at = run * greyNumbers
      const runSum = greys[at + 2]
      const length = ends[run] - starts[run]
      least[object] = Math.min(least[object], greys[at])
      most[object] = Math.max(most[object], greys[at + 1])
      // Squares about two means become those about their common one (Chan, Golub, LeVeque 1983).
      const apart = pixels[object] === 0 ? 0 : runSum / length - sum[object] / pixels[object]
      squares[object] += greys[at + 4] + (apart * apart * pixels[object] * length) / (pixels[object] + length)
      pixels[object] += length
      sum[object] += runSum
      sumX[object] += greys[at + 3]
      sumY[object] += runSum * y
    }
  }
  // Without light there is no centre of it.
  const centre = (weighted: Float64Array): Float64Array =>
    weighted.map((value, object) => (sum[object] === 0 ? Number.NaN : value / sum[object]))
  return {
    columns: {
      intensity_min: least,
      intensity_max: most,
      intensity_mean: sum.map((value, object) => value / areas[object]),
      intensity_sum: sum,
      intensity_std: squares.map((value, object) => Math.sqrt(value / areas[object])),
    },
    centroidY: centre(sumY),
    centroidX: centre(sumX),
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
  pixelSizeUm: number | undefined,
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
  const grey = greyValuesOf(image === undefined ? undefined : ops.greys(image, runs), runs, objects, area)
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
