/**
 * The columns of a table of regions.
 *
 * @layer logic
 * @module
 */
import type { ColumnSpec, TableSpec } from "../../Signature.ts"
import { momentPowers } from "./shapes.ts"

type Power = "00" | "01" | "02" | "03" | "10" | "11" | "12" | "20" | "21" | "30"
type HuPlace = "1" | "2" | "3" | "4" | "5" | "6" | "7"

/** A column of moments. */
export interface MomentColumn<N extends string> extends ColumnSpec {
  readonly name: N
  readonly kind: "number"
}

const momentColumns = <K extends "raw" | "central" | "normalised">(
  kind: K,
  summary: string,
): ReadonlyArray<MomentColumn<`moment_${K}_${Power}`>> =>
  momentPowers
    .filter(([row, column]) => kind !== "normalised" || row + column >= 2)
    .map(([row, column]) => ({
      // The powers are one of `Power`'s pairs.
      name: `moment_${kind}_${`${row}${column}` as Power}` as const,
      kind: "number",
      unit: kind === "normalised" ? "" : `px^${row + column}`,
      summary: `${summary}; power of y, then of x`,
    }))

const huPlaces: ReadonlyArray<HuPlace> = ["1", "2", "3", "4", "5", "6", "7"]
const huColumns: ReadonlyArray<MomentColumn<`moment_hu_${HuPlace}`>> = huPlaces.map((place) => ({
  name: `moment_hu_${place}` as const,
  kind: "number",
  unit: "",
  summary: "moment invariant of Hu",
}))

/** Where an object lies and how large it is: in tables of regions and of cells. */
export const placeColumns = [
  { name: "label", kind: "integer", unit: "", summary: "label of the object" },
  { name: "area_px", kind: "integer", unit: "px", summary: "pixels" },
  { name: "area_um2", kind: "number", unit: "um^2", summary: "area; NaN without pixel size" },
  { name: "centroid_y_px", kind: "number", unit: "px", summary: "mean row; 0 is the centre of the first" },
  { name: "centroid_x_px", kind: "number", unit: "px", summary: "mean column; 0 is the centre of the first" },
  { name: "centroid_y_um", kind: "number", unit: "um", summary: "mean row; NaN without pixel size" },
  { name: "centroid_x_um", kind: "number", unit: "um", summary: "mean column; NaN without pixel size" },
  { name: "top_px", kind: "integer", unit: "px", summary: "first row" },
  { name: "left_px", kind: "integer", unit: "px", summary: "first column" },
  { name: "bottom_px", kind: "integer", unit: "px", summary: "row after the last" },
  { name: "right_px", kind: "integer", unit: "px", summary: "column after the last" },
] as const satisfies ReadonlyArray<ColumnSpec>

/** Grey values of an object. */
export const intensityColumns = [
  { name: "intensity_min", kind: "number", unit: "grey values", summary: "smallest; NaN without image" },
  { name: "intensity_max", kind: "number", unit: "grey values", summary: "largest; NaN without image" },
  { name: "intensity_mean", kind: "number", unit: "grey values", summary: "mean; NaN without image" },
  { name: "intensity_sum", kind: "number", unit: "grey values", summary: "sum; NaN without image" },
  {
    name: "intensity_std",
    kind: "number",
    unit: "grey values",
    summary: "standard deviation of the pixels (divided by their number); NaN without image",
  },
] as const satisfies ReadonlyArray<ColumnSpec>

const shapeColumns = [
  {
    name: "perimeter_px",
    kind: "number",
    unit: "px",
    summary: "length of the line through the border pixels (4 neighbours; Benkrid and Crookes)",
  },
  { name: "perimeter_um", kind: "number", unit: "um", summary: "the same; NaN without pixel size" },
  {
    name: "equivalent_diameter_px",
    kind: "number",
    unit: "px",
    summary: "diameter of a circle of the same area",
  },
  { name: "equivalent_diameter_um", kind: "number", unit: "um", summary: "the same; NaN without pixel size" },
  {
    name: "major_axis_px",
    kind: "number",
    unit: "px",
    summary: "longer axis of the ellipse with the same second moments",
  },
  { name: "major_axis_um", kind: "number", unit: "um", summary: "the same; NaN without pixel size" },
  { name: "minor_axis_px", kind: "number", unit: "px", summary: "shorter axis of that ellipse" },
  { name: "minor_axis_um", kind: "number", unit: "um", summary: "the same; NaN without pixel size" },
  { name: "eccentricity", kind: "number", unit: "", summary: "of that ellipse: 0 is a circle, below 1" },
  {
    name: "orientation_rad",
    kind: "number",
    unit: "rad",
    summary: "angle between the rows' axis (downwards) and the longer axis, -pi/2 to pi/2",
  },
  { name: "extent", kind: "number", unit: "", summary: "area divided by that of the bounding box" },
  {
    name: "convex_area_px",
    kind: "integer",
    unit: "px",
    summary: "pixels of the convex hull of the middles of the pixels' sides",
  },
  { name: "solidity", kind: "number", unit: "", summary: "area divided by that of the convex hull" },
  { name: "euler_number", kind: "integer", unit: "", summary: "parts (8 neighbours) minus holes (4 neighbours)" },
] as const satisfies ReadonlyArray<ColumnSpec>

const weightedColumns = [
  {
    name: "weighted_centroid_y_px",
    kind: "number",
    unit: "px",
    summary: "mean row, weighted by grey values; NaN without image or where they sum to 0",
  },
  {
    name: "weighted_centroid_x_px",
    kind: "number",
    unit: "px",
    summary: "mean column, weighted by grey values; NaN without image or where they sum to 0",
  },
] as const satisfies ReadonlyArray<ColumnSpec>

/** One row for each label, labels rising. */
export const regionTable = {
  name: "regions",
  columns: [
    ...placeColumns,
    ...shapeColumns,
    ...intensityColumns,
    ...weightedColumns,
    ...momentColumns("raw", "sum of powers of the distance from the bounding box's first row and column"),
    ...momentColumns("central", "sum of powers of the distance from the centroid"),
    ...momentColumns("normalised", "central moment, divided by the area to the power of 1 + half the order"),
    ...huColumns,
  ],
} as const satisfies TableSpec
