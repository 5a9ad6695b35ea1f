/** Two channels of one field: how their light goes together, and which objects of one lie on those of the other. */
import assert from "node:assert/strict"
import type { Backend } from "@heddle/imaging/Backend"
import { colocalization, objectOverlap } from "@heddle/imaging/Colocalization"
import type { Image } from "@heddle/imaging/Image"
import { label } from "@heddle/imaging/Label"
import { rowsOf } from "@heddle/imaging/ObjectTable"
import { thresholdOtsu } from "@heddle/imaging/Threshold"
import { load } from "@heddle/imaging/Wasm"
import { type Disc, discPicture, plain } from "./scene.ts"

/** Pearson and Manders over the field, and the spots that lie on a nucleus by more than half. */
export const compare = (nuclei: Image<Uint16Array>, spots: Image<Uint16Array>, backend: Backend) => {
  const [light] = rowsOf(colocalization(nuclei, spots, undefined, {}, { backend }))
  const [onNuclei, onSpots] = [nuclei, spots].map((channel) => {
    const mask = thresholdOtsu(channel, {}, { backend })
    return label(mask, {}, { backend }).labels
  })
  const inside = rowsOf(objectOverlap(onSpots, onNuclei, {}, { backend })).filter((spot) => spot.overlap_fraction > 0.5)
  return { light, inside }
}

// Nine nuclei; spots on the first four and, outside of all, on three places between them.
const nuclei: Array<Disc> = []
for (let y = 20; y < 128; y += 40) for (let x = 20; x < 128; x += 40) nuclei.push({ x, y, radiusPx: 8, light: 3000 })
const spots = [
  ...nuclei.slice(0, 4).map(({ x, y }): Disc => ({ x: x + 2, y, radiusPx: 3, light: 2000 })),
  ...[40, 80, 110].map((x): Disc => ({ x, y: 80, radiusPx: 3, light: 2000 })),
]
const size = { width: 128, height: 128 }
const { inside, light } = compare(
  discPicture(size, nuclei, plain),
  discPicture(size, spots, { ...plain, seed: 2 }),
  await load(),
)
assert.deepEqual(
  inside.map((spot) => spot.partner_label),
  [1, 2, 3, 4],
)
// Four of seven spots of one size and light: the part of the second channel's light that lies on the first.
assert.ok(light !== undefined && Math.abs(light.manders_m2 - 4 / 7) < 0.01, `M2 ${light?.manders_m2}`)
