/** Nuclei of one field: background taken off, touching ones split, counted and measured, as a table for a spreadsheet. */
import assert from "node:assert/strict"
import type { Backend } from "@heddle/imaging/Backend"
import { countCells } from "@heddle/imaging/CountCells"
import type { Image } from "@heddle/imaging/Image"
import { toCsv } from "@heddle/imaging/ObjectTable"
import { percentileNormalize } from "@heddle/imaging/PercentileNormalize"
import { regionProperties } from "@heddle/imaging/RegionProperties"
import { whiteTopHat } from "@heddle/imaging/TopHat"
import { load } from "@heddle/imaging/Wasm"
import { type Disc, discPicture, plain, uniform } from "./scene.ts"

/** Counts nuclei of about 7 to 9 px radius, and measures them in the picture as it was taken. */
export const measureNuclei = (picture: Image<Uint16Array>, pixelSizeUm: number, backend: Backend) => {
  const stretched = percentileNormalize(picture, { lowPercentile: 0.1, highPercentile: 99.9 }, { backend })
  const flat = whiteTopHat(stretched, { radiusPx: 20 }, { backend }) // larger than a nucleus
  const found = countCells(
    flat,
    { method: "watershed", peakDistancePx: 8, areaMinPx: 60, areaMaxPx: 400, removeBorder: false },
    { backend },
  )
  const table = regionProperties(found.labels, picture, { pixelSizeUm }, { backend })
  return { count: found.count, dropped: found.dropped, table }
}

// Nuclei on a lattice, every fourth with a neighbour that touches it, under uneven light.
const next = uniform(7)
const discs: Array<Disc> = []
for (let y = 24; y < 240; y += 40) {
  for (let x = 24; x < 240; x += 40) {
    const radiusPx = 7 + 2 * next()
    discs.push({ x, y, radiusPx, light: 2500 })
    if (discs.length % 4 === 0) discs.push({ x: x + 13, y: y + 3, radiusPx: 7, light: 2500 })
  }
}
const picture = discPicture({ width: 256, height: 256 }, discs, { ...plain, isUneven: true, offset: 100 })

const { count, dropped, table } = measureNuclei(picture, 0.65, await load())
assert.equal(count, discs.length)
assert.deepEqual(dropped, { small: 0, large: 0, border: 0, elongated: 0 })

const csv = toCsv(table)
assert.match(csv, /^label,area_px,area_um2,centroid_y_px,/)
assert.equal(csv.split("\r\n").length, 1 + count + 1)
process.stdout.write(csv)
