/** A mosaic: where the tiles of a grid lie, how sure that is, and one picture of those that can be trusted. */
import assert from "node:assert/strict"
import { assembleTiles } from "@heddle/imaging/AssembleTiles"
import type { Backend } from "@heddle/imaging/Backend"
import type { Stack } from "@heddle/imaging/Image"
import { toCsv } from "@heddle/imaging/ObjectTable"
import { registerTiles } from "@heddle/imaging/RegisterTiles"
import { load } from "@heddle/imaging/Wasm"
import { type Disc, discPicture, plain, uniform } from "./scene.ts"

const grid = { rows: 2, columns: 3, overlapRatio: 0.2, pixelSizeUm: 0.65, maxShiftUm: 6 }

/** Tiles in the order of acquisition; those that nothing ties to the others are left out of the mosaic, and named. */
export const stitch = (tiles: Stack<Uint16Array>, backend: Backend) => {
  const registration = registerTiles(tiles, grid, { backend })
  const skipTiles = registration.tiles.filter(({ registered }) => !registered).map(({ tile }) => tile)
  const mosaic = assembleTiles(
    tiles,
    {
      xPx: registration.tiles.map(({ xPx }) => xPx),
      yPx: registration.tiles.map(({ yPx }) => yPx),
      skipTiles,
    },
    { backend },
  )
  return { registration, skipTiles, mosaic }
}

// A field of cells, taken as 2 rows of 3 tiles of 128 px by a stage that is up to 4 px wrong; the last tile is empty.
const next = uniform(11)
const discs = Array.from({ length: 260 }, (): Disc => ({
  x: next() * 400,
  y: next() * 300,
  radiusPx: 2 + 4 * next(),
  light: 500 + 1500 * next(),
}))
const tiles = { data: new Uint16Array(6 * 128 * 128), width: 128, height: 128, planes: 6 }
const truth = Array.from({ length: 6 }, (_, tile) => ({
  x: 20 + (tile % 3) * 102.4 + (next() - 0.5) * 8,
  y: 20 + Math.floor(tile / 3) * 102.4 + (next() - 0.5) * 8,
}))
for (const [tile, at] of truth.entries()) {
  const seen = tile === 5 ? [] : discs.map((disc) => ({ ...disc, x: disc.x - at.x, y: disc.y - at.y }))
  tiles.data.set(discPicture(tiles, seen, { ...plain, seed: tile + 1 }).data, tile * 128 * 128)
}

const { mosaic, registration, skipTiles } = stitch(tiles, await load())

// Look before the mosaic is used: which tiles are tied to the others, which edges were not, and why.
process.stdout.write(toCsv(registration.tiles))
process.stdout.write(toCsv(registration.edges.filter(({ registered }) => !registered)))
assert.deepEqual(skipTiles, [5])
for (const { registered, tile, xPx, yPx } of registration.tiles) {
  if (!registered) continue
  const [first, at] = [truth[0], truth[tile]]
  const [xOff, yOff] = [
    xPx - registration.tiles[0].xPx - (at.x - first.x),
    yPx - registration.tiles[0].yPx - (at.y - first.y),
  ]
  assert.ok(Math.hypot(xOff, yOff) < 0.5, `tile ${tile} is ${xOff}, ${yOff} px off`)
}
assert.ok(mosaic.uncoveredPixels > 0.5 * 128 * 128) // where the empty tile would have been
