/**
 * Grids of tiles whose positions are known, as `reference/ashlar_grids.py` makes them, pixel for pixel.
 *
 * @layer logic
 * @module
 */
import { readFileSync } from "node:fs"
import type { Stack } from "../src/Image.ts"

/** A scene, and what ASHLAR makes of it. */
export interface TileScene {
  readonly name: string
  readonly rows: number
  readonly columns: number
  readonly side: number
  readonly overlap: number
  readonly specks: number
  readonly jitter: number
  readonly maxShift: number
  readonly seed: number
  readonly cells: number
  readonly radius: number
  readonly spread: number
  readonly light: number
  readonly background: number
  readonly gain: number
  readonly read: number
  readonly vignette: number
  readonly empty: number
  readonly lattice: number
  readonly missing: number
  readonly stray: number
  readonly strayBy: number
  /** Of all pixels of all tiles. */
  readonly sum: number
  readonly registered: ReadonlyArray<boolean>
  readonly errorMax: number
}

// The script writes these fields.
/** All scenes. */
export const tileScenes = JSON.parse(
  readFileSync(new URL("fixtures/registration/ashlar.json", import.meta.url), "utf8"),
) as ReadonlyArray<TileScene>

const finished = (value: number): number => {
  let hash = value >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0_aaad)
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a_2d97)
  return (hash ^ (hash >>> 15)) >>> 0
}

/** A number from 0 to below 1 for a seed and an index. */
const numberAt = (seed: number, index: number): number =>
  finished(finished(index + 0x9e37_79b9) + Math.imul(seed, 0x85eb_ca77)) / 4_294_967_296

interface Cell {
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly light: number
}

const cellsOf = (scene: TileScene, width: number, height: number): ReadonlyArray<Cell> => {
  const { cells: count, lattice, light, missing, radius, seed, specks, spread } = scene
  const cells: Array<Cell> = []
  if (lattice > 0) {
    const [across, down] = [Math.floor(width / lattice), Math.floor(height / lattice)]
    for (let index = 0; index < across * down; index++) {
      if (numberAt(seed + 1000, index) < missing) continue
      const [x, y] = [(index % across) * lattice, Math.floor(index / across) * lattice]
      cells.push({ x: x + 0.5 * lattice, y: y + 0.5 * lattice, radius, light })
    }
    return cells
  }
  for (let index = 0; index < count; index++) {
    const [x = 0, y = 0, size = 0, bright = 0] = [0, 1, 2, 3].map((one) => numberAt(seed + 1000, 4 * index + one))
    cells.push({ x: x * width, y: y * height, radius: radius + size * spread, light: light * (0.4 + bright) })
  }
  for (let index = 0; index < count * specks; index++) {
    const owner = cells[Math.floor(index / specks)]
    if (owner === undefined) continue
    const [x = 0, y = 0, size = 0, bright = 0] = [0, 1, 2, 3].map((one) => numberAt(seed + 1500, 4 * index + one))
    cells.push({
      x: owner.x + (x * 1.2 - 0.6) * owner.radius,
      y: owner.y + (y * 1.2 - 0.6) * owner.radius,
      radius: 1.5 + size * 2,
      light: owner.light * 0.5 * bright,
    })
  }
  return cells
}

/** The tiles of a scene and where they are, the first at 0. */
export const tilesOf = (
  scene: TileScene,
): {
  readonly tiles: Stack<Uint16Array>
  readonly x: ReadonlyArray<number>
  readonly y: ReadonlyArray<number>
} => {
  const { background, columns, empty, gain, jitter, overlap, read, rows, seed, side, stray, strayBy, vignette } = scene
  const pitch = side * (1 - overlap)
  const lefts: Array<number> = []
  const tops: Array<number> = []
  for (let tile = 0; tile < rows * columns; tile++) {
    const left = 30 + (tile % columns) * pitch + (numberAt(seed, 2 * tile) * 2 - 1) * jitter
    lefts.push(tile === stray ? left + strayBy : left)
    tops.push(30 + Math.floor(tile / columns) * pitch + (numberAt(seed, 2 * tile + 1) * 2 - 1) * jitter)
  }
  const cells = cellsOf(scene, pitch * (columns - 1) + side + 60, pitch * (rows - 1) + side + 60)
  const size = side * side
  const data = new Uint16Array(rows * columns * size)
  for (const [tile, left] of lefts.entries()) {
    const plane = new Float64Array(size).fill(background)
    for (const { light, radius, x, y } of tile === empty ? [] : cells) {
      const [atX, atY] = [x - left, y - (tops[tile] ?? 0)]
      for (let row = Math.max(0, Math.ceil(atY - radius)); row <= Math.min(side - 1, Math.floor(atY + radius)); row++) {
        const [from, to] = [Math.max(0, Math.ceil(atX - radius)), Math.min(side - 1, Math.floor(atX + radius))]
        for (let column = from; column <= to; column++) {
          const square = (column - atX) * (column - atX) + (row - atY) * (row - atY)
          const height = Math.max(0, 1 - square / (radius * radius))
          plane[row * side + column] = (plane[row * side + column] ?? 0) + height * height * light
        }
      }
    }
    for (const [index, value] of plane.entries()) {
      const [u, v] = [(index % side) / side - 0.5, Math.floor(index / side) / side - 0.5]
      const lit = value * (1 - vignette * (u * u + v * v))
      const [a = 0, b = 0, c = 0, d = 0] = [0, 1, 2, 3].map((one) => numberAt(seed + 2000 + tile, 4 * index + one))
      const noise = (a + b + (c + d) - 2) * Math.sqrt(3) * Math.sqrt(gain * lit + read * read)
      data[tile * size + index] = Math.min(65_535, Math.max(0, Math.floor(lit + noise + 0.5)))
    }
  }
  const [firstX = 0, firstY = 0] = [lefts[0], tops[0]]
  return {
    tiles: { data, width: side, height: side, planes: rows * columns },
    x: lefts.map((left) => left - firstX),
    y: tops.map((top) => top - firstY),
  }
}
