/**
 * Tables of a skeleton's graph.
 *
 * @layer logic
 * @module
 */
import type { Columns } from "../../../ObjectTable.ts"
import type { ColumnSpec } from "../../../Signature.ts"
import type { Sizes } from "./sizes.ts"
import { noTotals, together, type Totals } from "./totals.ts"
import { lengthOf } from "./trace.ts"

const planeColumn = {
  name: "plane",
  kind: "integer",
  unit: "",
  summary: "plane of the stack; the first one, 0, of a volume",
} as const satisfies ColumnSpec

/** Columns of the branches' table. */
export const branchColumns = [
  planeColumn,
  { name: "branch", kind: "integer", unit: "", summary: "number of the branch in its plane, from 0" },
  { name: "piece", kind: "integer", unit: "", summary: "number of the connected piece in its plane, from 0" },
  {
    name: "type",
    kind: "text",
    unit: "",
    summary: "endpoint-endpoint, junction-endpoint, junction-junction, or cycle (closed, without a junction)",
  },
  { name: "start_node", kind: "integer", unit: "", summary: "node at the start; -1 for a cycle" },
  { name: "end_node", kind: "integer", unit: "", summary: "node at the end; -1 for a cycle" },
  { name: "start_z", kind: "integer", unit: "planes", summary: "plane of the first pixel" },
  { name: "start_y_px", kind: "integer", unit: "px", summary: "row of the first pixel" },
  { name: "start_x_px", kind: "integer", unit: "px", summary: "column of the first pixel" },
  { name: "end_z", kind: "integer", unit: "planes", summary: "plane of the last pixel" },
  { name: "end_y_px", kind: "integer", unit: "px", summary: "row of the last pixel" },
  { name: "end_x_px", kind: "integer", unit: "px", summary: "column of the last pixel" },
  { name: "pixels", kind: "integer", unit: "px", summary: "pixels on the way, both ends included" },
  {
    name: "length_px",
    kind: "number",
    unit: "px",
    summary: "length along the pixels: 1 a straight step, the square root of 2 a diagonal one; z in sides of a pixel",
  },
  { name: "length_um", kind: "number", unit: "um", summary: "the same in micrometres; NaN without a pixel size" },
  {
    name: "distance_um",
    kind: "number",
    unit: "um",
    summary: "straight distance between first and last pixel; NaN without a pixel size",
  },
  { name: "tortuosity", kind: "number", unit: "", summary: "length over distance; NaN where the distance is 0" },
] as const satisfies ReadonlyArray<ColumnSpec>

/** Columns of the nodes' table. */
export const nodeColumns = [
  planeColumn,
  { name: "node", kind: "integer", unit: "", summary: "number of the node in its plane, from 0" },
  { name: "piece", kind: "integer", unit: "", summary: "number of the connected piece in its plane, from 0" },
  { name: "kind", kind: "text", unit: "", summary: "endpoint, junction, or isolated (a pixel by itself)" },
  { name: "z", kind: "number", unit: "planes", summary: "middle of its pixels" },
  { name: "y_px", kind: "number", unit: "px", summary: "middle of its pixels" },
  { name: "x_px", kind: "number", unit: "px", summary: "middle of its pixels" },
  { name: "pixels", kind: "integer", unit: "px", summary: "pixels that it is made of" },
  { name: "degree", kind: "integer", unit: "", summary: "ends of branches that meet here" },
] as const satisfies ReadonlyArray<ColumnSpec>

/** Columns of the summary, with the density by area or by volume. */
const summaryColumnsBy = <U extends string>(densityUnit: U) =>
  [
    {
      name: "plane",
      kind: "integer",
      unit: "",
      summary:
        "plane of the stack; of several planes, -1 in a last row for all together, which sums over rows must leave out",
    },
    {
      name: "total_length_px",
      kind: "number",
      unit: "px",
      summary: "length of all steps: those of the branches and those inside junctions",
    },
    {
      name: "total_length_um",
      kind: "number",
      unit: "um",
      summary: "the same in micrometres; NaN without a pixel size",
    },
    { name: "branches", kind: "integer", unit: "", summary: "branches, cycles without a junction included" },
    { name: "junctions", kind: "integer", unit: "", summary: "junctions; pixels of a junction that touch count once" },
    { name: "endpoints", kind: "integer", unit: "", summary: "free ends" },
    { name: "isolated_pixels", kind: "integer", unit: "px", summary: "pixels without a neighbour" },
    { name: "pieces", kind: "integer", unit: "", summary: "connected pieces" },
    { name: "cycles", kind: "integer", unit: "", summary: "independent closed ways" },
    { name: "skeleton_pixels", kind: "integer", unit: "px", summary: "pixels of the skeleton" },
    {
      name: "mean_branch_length_um",
      kind: "number",
      unit: "um",
      summary: "NaN where there is no branch, and without a pixel size",
    },
    {
      name: "max_branch_length_um",
      kind: "number",
      unit: "um",
      summary: "NaN where there is no branch, and without a pixel size",
    },
    {
      name: "mean_tortuosity",
      kind: "number",
      unit: "",
      summary: "over branches whose ends are apart; NaN where there is none",
    },
    {
      name: "density",
      kind: "number",
      unit: densityUnit,
      summary: "total length over the size of the picture; NaN without a pixel size",
    },
  ] as const satisfies ReadonlyArray<ColumnSpec>

/** Columns of the summary of planes. */
export const summaryColumns = summaryColumnsBy("um/um2")

/** Columns of the summary of a volume. */
export const summaryColumns3d = summaryColumnsBy("um/um3")

const mean = (sum: number, count: number): number => (count === 0 ? Number.NaN : sum / count)

type SummaryColumns = Columns<{ readonly name: "summary"; readonly columns: typeof summaryColumns }>

/** The summary of planes or of a volume: a row of each, and one of all together where there are several. */
export const summaryOf = (
  totals: ReadonlyArray<Totals>,
  { pictureUnitUm, pixelSizeUm, zRatio }: Sizes,
): { readonly rows: number; readonly columns: SummaryColumns } => {
  const all = totals.length === 1 ? totals : [...totals, totals.reduce(together, noTotals)]
  const column = (value: (one: Totals, index: number) => number): Float64Array => Float64Array.from(all, value)
  const lengthUm = (one: Totals): number => lengthOf(one.steps, 0, zRatio) * pixelSizeUm
  const columns = {
    plane: column((_, index) => (index < totals.length ? index : -1)),
    total_length_px: column(({ steps }) => lengthOf(steps, 0, zRatio)),
    total_length_um: column(lengthUm),
    branches: column(({ branches }) => branches),
    junctions: column(({ junctions }) => junctions),
    endpoints: column(({ endpoints }) => endpoints),
    isolated_pixels: column(({ isolated }) => isolated),
    pieces: column(({ pieces }) => pieces),
    cycles: column(({ cycles }) => cycles),
    skeleton_pixels: column(({ skeletonPixels }) => skeletonPixels),
    mean_branch_length_um: column(({ branches, branchLengthSumUm }) => mean(branchLengthSumUm, branches)),
    max_branch_length_um: column(({ branches, branchLengthMaxUm }) =>
      branches === 0 ? Number.NaN : branchLengthMaxUm,
    ),
    mean_tortuosity: column(({ tortuosityCount, tortuositySum }) => mean(tortuositySum, tortuosityCount)),
    density: column((one) => lengthUm(one) / (one.pixels * pictureUnitUm)),
  }
  return { rows: all.length, columns }
}
