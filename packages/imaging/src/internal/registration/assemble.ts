/**
 * Tiles onto a canvas, in plain TypeScript: cell by cell, in single precision and in the compiled kernel's order.
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels, Stack } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import type { Layout, PlacedTile } from "./layout.ts"

const f = Math.fround

/** The nearest whole number; of two, the even one. */
const nearestEven = (value: number): number => {
  const up = Math.round(value)
  return up - value === 0.5 && up % 2 !== 0 ? up - 1 : up
}

/** What a tile shows at one of its pixels: between it and its neighbour where the position is between pixels. */
const sample = ({ data, height, width }: Stack, tile: PlacedTile, x: number, y: number): number => {
  const base = tile.plane * width * height
  const otherX = x + tile.stepX < 0 || x + tile.stepX >= width ? x : x + tile.stepX
  const otherY = y + tile.stepY < 0 || y + tile.stepY >= height ? y : y + tile.stepY
  const down = (column: number): number => {
    const from = data[base + y * width + column]
    return f(from + f(f(data[base + otherY * width + column] - from) * tile.partY))
  }
  const [a, b] = [down(x), down(otherX)]
  return f(a + f(f(b - a) * tile.partX))
}

/** Puts tiles on a canvas as a layout says. */
export const assemble = <P extends Pixels>(tiles: Stack<P>, layout: Layout, into: P | undefined): Image<P> => {
  const { cells, height, list, width } = layout
  const out = into ?? likeOf(tiles.data, width * height)
  const finish = out instanceof Float32Array ? (value: number) => value : nearestEven
  for (let cell = 0; cell < cells.length; cell += 6) {
    const [left, top, right, bottom] = [
      cells[cell],
      cells[cell + 1],
      cells[cell] + cells[cell + 2],
      cells[cell + 1] + cells[cell + 3],
    ]
    const members = Array.from(list.subarray(cells[cell + 5], cells[cell + 5] + cells[cell + 4]), (index) => {
      const tile = layout.tiles[index]
      return tile
    })
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        let [weighted, weights, plain] = [0, 0, 0]
        for (const tile of members) {
          const value = sample(tiles, tile, x - tile.left, y - tile.top)
          const weight = f(tile.columnWeights[x - tile.left] * tile.rowWeights[y - tile.top])
          weighted = f(weighted + f(weight * value))
          weights = f(weights + weight)
          plain = f(plain + value)
        }
        const at = y * width + x
        if (members.length === 0) out[at] = 0
        else if (members.length === 1) out[at] = finish(plain)
        // A pixel that every tile counts with 0 is the plain mean: there is no hole where a tile lies.
        else out[at] = finish(f(weights > 0 ? weighted / weights : plain / members.length))
      }
    }
  }
  return { data: out, width, height }
}
