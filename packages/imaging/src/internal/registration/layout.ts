/**
 * Where tiles lie on the canvas, how much each counts there, and the cells: rectangles that the same tiles cover. Computed
 * once for both backends.
 *
 * @layer logic
 * @module
 */

/** How overlaps are blended. */
export type Blend = "none" | "fixed" | "dynamic"

/** One tile on the canvas. */
export interface PlacedTile {
  /** Which plane of the stack. */
  readonly plane: number
  /** Canvas pixel of its first column and row: the whole pixels nearest to its position. */
  readonly left: number
  readonly top: number
  /** To which side the rest of the position lies (-1, 0 or 1), and its size in pixels (0 to 0.5, single precision). */
  readonly stepX: number
  readonly stepY: number
  readonly partX: number
  readonly partY: number
  /** How much each column and each row counts; three more numbers for reading four at a time. */
  readonly columnWeights: Float32Array
  readonly rowWeights: Float32Array
}

/** A canvas with its tiles. */
export interface Layout {
  readonly width: number
  readonly height: number
  /** Position of canvas pixel (0, 0), in the units of the positions. */
  readonly originX: number
  readonly originY: number
  readonly tiles: ReadonlyArray<PlacedTile>
  /** For each cell: left, top, width, height, number of tiles, place of the first in `list`. They cover the canvas. */
  readonly cells: Int32Array
  readonly list: Int32Array
  readonly uncoveredPixels: number
}

/** The pixel whose square a coordinate is the middle of; of two, the lower. */
const nearestPixel = (position: number): number => Math.ceil(position - 0.5)

interface Ramps {
  left: number
  right: number
  top: number
  bottom: number
}

/** Weight 1, but `k / n` for the first n and `1 - k / n` for the last ones. */
const rampsOf = (length: number, before: number, after: number): Float32Array => {
  const weights = new Float32Array(length + 3)
  for (let index = 0; index < length; index++) {
    const rise = index < before ? index / before : 1
    const fall = index >= length - after ? 1 - (index - (length - after)) / after : 1
    weights[index] = rise * fall
  }
  return weights
}

/** How long the ramp on each side of each tile is: 0 where no other tile lies there. */
const rampsFor = (
  xs: ReadonlyArray<number>,
  ys: ReadonlyArray<number>,
  width: number,
  height: number,
  blend: Blend,
  marginRatio: number,
  skipped: ReadonlySet<number>,
): ReadonlyArray<Ramps> => {
  const ramps: ReadonlyArray<Ramps> = xs.map(() => ({ left: 0, right: 0, top: 0, bottom: 0 }))
  if (blend === "none") return ramps
  const order = xs
    .flatMap((_, index) => (skipped.has(index) ? [] : [index]))
    .sort((a, b) => (ys[a] ?? 0) - (ys[b] ?? 0))
  for (const [place, a] of order.entries()) {
    for (let next = place + 1; next < order.length; next++) {
      const b = order[next] ?? 0
      const [dx, dy] = [(xs[b] ?? 0) - (xs[a] ?? 0), (ys[b] ?? 0) - (ys[a] ?? 0)]
      if (dy >= height) break
      const [overlapX, overlapY] = [width - Math.abs(dx), height - dy]
      const [one, other] = [ramps[a], ramps[b]]
      if (overlapX <= 0 || one === undefined || other === undefined) continue
      // The narrower overlap tells on which side the neighbour lies.
      if (overlapX / width <= overlapY / height) {
        const size = Math.floor(blend === "fixed" ? width * marginRatio : overlapX)
        const [west, east] = dx >= 0 ? [one, other] : [other, one]
        west.right = Math.max(west.right, size)
        east.left = Math.max(east.left, size)
      } else {
        const size = Math.floor(blend === "fixed" ? height * marginRatio : overlapY)
        one.bottom = Math.max(one.bottom, size)
        other.top = Math.max(other.top, size)
      }
    }
  }
  return ramps
}

/** The canvas of tiles of one size at positions in pixels; it has room for those that are skipped, but they are in no cell. */
export const layoutOf = (
  xs: ReadonlyArray<number>,
  ys: ReadonlyArray<number>,
  width: number,
  height: number,
  blend: Blend,
  marginRatio: number,
  skipped: ReadonlySet<number>,
): Layout => {
  const lefts = xs.map(nearestPixel)
  const tops = ys.map(nearestPixel)
  const least = (values: ReadonlyArray<number>) => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const most = (values: ReadonlyArray<number>) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const [originX, originY] = [least(lefts), least(tops)]
  const [canvasWidth, canvasHeight] = [most(lefts) - originX + width, most(tops) - originY + height]
  const ramps = rampsFor(xs, ys, width, height, blend, marginRatio, skipped)
  // One table for all tiles with the same ramps: most of a grid's tiles share theirs.
  const tables = new Map<string, Float32Array>()
  const table = (length: number, before: number, after: number): Float32Array => {
    const key = `${length} ${before} ${after}`
    const made = tables.get(key) ?? rampsOf(length, before, after)
    tables.set(key, made)
    return made
  }
  const tiles = xs.map((x, plane): PlacedTile => {
    const y = ys[plane] ?? 0
    const [left, top] = [lefts[plane] ?? 0, tops[plane] ?? 0]
    const { bottom = 0, left: before = 0, right = 0, top: above = 0 } = ramps[plane] ?? {}
    // Canvas pixel `left` shows what stands at `left - x` in the tile: the sub-pixel part of the position with its sign.
    const [restX, restY] = [left - x, top - y]
    return {
      plane,
      left: left - originX,
      top: top - originY,
      stepX: Math.sign(restX),
      stepY: Math.sign(restY),
      partX: Math.fround(Math.abs(restX)),
      partY: Math.fround(Math.abs(restY)),
      columnWeights: table(width, Math.min(width, before), Math.min(width, right)),
      rowWeights: table(height, Math.min(height, above), Math.min(height, bottom)),
    }
  })
  return {
    width: canvasWidth,
    height: canvasHeight,
    originX,
    originY,
    tiles,
    ...cellsOf(
      tiles.filter(({ plane }) => !skipped.has(plane)),
      width,
      height,
      canvasWidth,
      canvasHeight,
    ),
  }
}

const sortedDistinct = (values: ReadonlyArray<number>): ReadonlyArray<number> =>
  [...new Set(values)].sort((a, b) => a - b)

const cellsOf = (
  tiles: ReadonlyArray<PlacedTile>,
  width: number,
  height: number,
  canvasWidth: number,
  canvasHeight: number,
): Pick<Layout, "cells" | "list" | "uncoveredPixels"> => {
  const cells: Array<number> = []
  const list: Array<number> = []
  let uncoveredPixels = 0
  const borders = sortedDistinct([0, canvasHeight, ...tiles.flatMap(({ top }) => [top, top + height])])
  for (const [band, top] of borders.slice(0, -1).entries()) {
    const bottom = borders[band + 1] ?? canvasHeight
    const inBand = tiles.filter((tile) => tile.top <= top && tile.top + height >= bottom)
    const sides = sortedDistinct([0, canvasWidth, ...inBand.flatMap(({ left }) => [left, left + width])])
    for (const [place, left] of sides.slice(0, -1).entries()) {
      const right = sides[place + 1] ?? canvasWidth
      const members = inBand.filter((tile) => tile.left <= left && tile.left + width >= right)
      cells.push(left, top, right - left, bottom - top, members.length, list.length)
      for (const { plane } of members) list.push(plane)
      if (members.length === 0) uncoveredPixels += (right - left) * (bottom - top)
    }
  }
  return { cells: Int32Array.from(cells), list: Int32Array.from(list), uncoveredPixels }
}

/** Which pixels of the canvas a tile covers. */
export const coverageOf = ({ cells, height, width }: Layout): Uint8Array => {
  const mask = new Uint8Array(width * height)
  for (let cell = 0; cell < cells.length; cell += 6) {
    if (cells[cell + 4] === 0) continue
    for (let y = cells[cell + 1]; y < cells[cell + 1] + cells[cell + 3]; y++) {
      const start = y * width + cells[cell]
      mask.fill(1, start, start + cells[cell + 2])
    }
  }
  return mask
}
