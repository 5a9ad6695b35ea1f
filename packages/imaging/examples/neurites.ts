/** Neurites: smoothed, cut off the background, thinned, and their branches measured in micrometres. */
import assert from "node:assert/strict"
import type { Backend } from "@heddle/imaging/Backend"
import { gaussian } from "@heddle/imaging/Gaussian"
import type { Image } from "@heddle/imaging/Image"
import { neurites } from "@heddle/imaging/Neurites"
import { removeSmallObjects } from "@heddle/imaging/ObjectFilters"
import { rowsOf } from "@heddle/imaging/ObjectTable"
import { thresholdOtsu } from "@heddle/imaging/Threshold"
import { load } from "@heddle/imaging/Wasm"
import { type Disc, discPicture, plain } from "./scene.ts"

/** The graph of what is bright: branches, end points and junctions; branches that end within 8 um are taken for spurs. */
export const measureNeurites = (picture: Image<Uint16Array>, pixelSizeUm: number, backend: Backend) => {
  const smooth = gaussian(picture, { sigmaPx: 1 }, { backend })
  const mask = removeSmallObjects(thresholdOtsu(smooth, {}, { backend }), { areaMinPx: 64 }, { backend })
  return neurites(mask, { pixelSizeUm, minBranchLengthUm: 8 }, { backend })
}

// A cross with arms of 80 px, 6 px wide, and a speck that is too small.
const discs: Array<Disc> = [{ x: 30, y: 30, radiusPx: 3, light: 2000 }]
for (let along = -80; along <= 80; along++) {
  discs.push({ x: 100 + along, y: 100, radiusPx: 3, light: 2000 }, { x: 100, y: 100 + along, radiusPx: 3, light: 2000 })
}
const picture = discPicture({ width: 200, height: 200 }, discs, plain)
const { branches, summary } = measureNeurites(picture, 0.5, await load())

// One junction, and four arms of 80 px, give or take the half of their width: 38.5 to 41.5 um.
const [field] = rowsOf(summary)
assert.deepEqual([field?.branches, field?.endpoints, field?.junctions], [4, 4, 1])
for (const { length_um: length } of rowsOf(branches)) assert.ok(length > 38.5 && length < 41.5, `${length} um`)
