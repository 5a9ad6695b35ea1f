/**
 * The columns of the tables of two channels.
 *
 * @layer contract
 * @module
 */
import type { TableSpec } from "../../Signature.ts"

const reason = (of: string) =>
  ({ kind: "text", unit: "", summary: `why ${of} is not defined; empty where it is` }) as const

/** Two channels, one row. */
export const channelTable = {
  name: "channels",
  columns: [
    { name: "pixels", kind: "integer", unit: "px", summary: "pixels that were looked at" },
    { name: "pearson", kind: "number", unit: "", summary: "Pearson's correlation, -1 to 1; NaN where not defined" },
    { name: "pearson_reason", ...reason("it") },
    { name: "threshold_a", kind: "number", unit: "grey values", summary: "light of the first channel is above this" },
    { name: "threshold_b", kind: "number", unit: "grey values", summary: "light of the second channel is above this" },
    {
      name: "manders_m1",
      kind: "number",
      unit: "",
      summary: "part of the first channel's light where the second has light; NaN where not defined",
    },
    { name: "manders_m1_reason", ...reason("M1") },
    {
      name: "manders_m2",
      kind: "number",
      unit: "",
      summary: "part of the second channel's light where the first has light; NaN where not defined",
    },
    { name: "manders_m2_reason", ...reason("M2") },
  ],
} as const satisfies TableSpec

/** Objects of one channel on those of another. */
export const overlapTable = {
  name: "overlaps",
  columns: [
    { name: "label", kind: "integer", unit: "", summary: "label of the object in the first image" },
    { name: "area_px", kind: "integer", unit: "px", summary: "its pixels" },
    { name: "overlap_px", kind: "integer", unit: "px", summary: "those that lie on any object of the second image" },
    { name: "overlap_fraction", kind: "number", unit: "", summary: "their part of its area" },
    {
      name: "partner_label",
      kind: "integer",
      unit: "",
      summary:
        "the object of the second image with the most common pixels, of equal ones the lowest label; -1 for none",
    },
    { name: "partner_overlap_px", kind: "integer", unit: "px", summary: "pixels common with the partner" },
    {
      name: "partner_jaccard",
      kind: "number",
      unit: "",
      summary: "pixels common with the partner, divided by those of either; NaN without partner",
    },
  ],
} as const satisfies TableSpec

/** Two masks, one row. */
export const maskTable = {
  name: "masks",
  columns: [
    { name: "area_a_px", kind: "integer", unit: "px", summary: "foreground of the first mask" },
    { name: "area_b_px", kind: "integer", unit: "px", summary: "foreground of the second mask" },
    { name: "common_px", kind: "integer", unit: "px", summary: "foreground of both" },
    { name: "jaccard", kind: "number", unit: "", summary: "common pixels, divided by those of either; NaN if none" },
    { name: "dice", kind: "number", unit: "", summary: "twice the common pixels, divided by both areas; NaN if none" },
    { name: "reason", ...reason("jaccard or dice") },
  ],
} as const satisfies TableSpec
