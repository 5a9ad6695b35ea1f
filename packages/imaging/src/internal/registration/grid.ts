/**
 * Grids of tiles: which tile is where, where the stage meant it to be, and which tiles are neighbours.
 *
 * @layer logic
 * @module
 */

/** In which order the tiles were taken. */
export const tileOrders = ["raster", "snake", "column_major", "column_snake"] as const
/** One of them. */
export type TileOrder = (typeof tileOrders)[number]

/** One tile of a grid. */
export interface GridTile {
  /** Which plane of the stack. */
  readonly plane: number
  readonly row: number
  readonly column: number
  /** Where the stage meant its first pixel to be. */
  readonly nominalX: number
  readonly nominalY: number
}

/** Two neighbours: the second lies right of the first, or below it. */
export interface GridEdge {
  readonly first: number
  readonly second: number
  readonly isHorizontal: boolean
}

/** A grid of tiles of one size. */
export interface Grid {
  readonly tiles: ReadonlyArray<GridTile>
  readonly edges: ReadonlyArray<GridEdge>
}

/** Row and column of the so manieth place of a grid. */
const placeOf = (index: number, rows: number, columns: number, order: TileOrder): readonly [number, number] => {
  const byColumn = order === "column_major" || order === "column_snake"
  const length = byColumn ? rows : columns
  const [line, along] = [Math.floor(index / length), index % length]
  const isBack = (order === "snake" || order === "column_snake") && line % 2 === 1
  const at = isBack ? length - 1 - along : along
  return byColumn ? [at, line] : [line, at]
}

/** The grid; `missing` are places, counted in the order from 0, that no tile was taken at. */
export const gridTiles = (
  rows: number,
  columns: number,
  order: TileOrder,
  missing: ReadonlySet<number>,
  pitchX: number,
  pitchY: number,
): Grid => {
  const tiles: Array<GridTile> = []
  const planes = new Map<number, number>()
  for (let index = 0; index < rows * columns; index++) {
    if (missing.has(index)) continue
    const [row, column] = placeOf(index, rows, columns, order)
    planes.set(row * columns + column, tiles.length)
    tiles.push({ plane: tiles.length, row, column, nominalX: column * pitchX, nominalY: row * pitchY })
  }
  const edges: Array<GridEdge> = []
  // Edges in the order of the grid, not of the acquisition: the same tiles give the same edges however they were taken.
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const first = planes.get(row * columns + column)
      if (first === undefined) continue
      const right = column + 1 < columns ? planes.get(row * columns + column + 1) : undefined
      const below = row + 1 < rows ? planes.get((row + 1) * columns + column) : undefined
      if (right !== undefined) edges.push({ first, second: right, isHorizontal: true })
      if (below !== undefined) edges.push({ first, second: below, isHorizontal: false })
    }
  }
  return { tiles, edges }
}
