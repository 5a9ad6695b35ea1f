/**
 * Latin squares: every symbol once in each row and once in each column. Random ones come from the walk of Jacobson and
 * Matthews (1996), whose limit is the uniform distribution over all squares of the order.
 *
 * @layer logic
 * @module
 */
import type { MersenneTwister } from "../MersenneTwister.ts"

/** The largest order of a square that is made. */
export const orderMax = 64

/**
 * Proper squares that a walk visits at least. From order 10 on it visits order^2: with about as many moves between two of
 * them as the order (measured), these are the order^3 moves that its authors advise.
 */
const visitsMin = 100

/** Rows of symbols from 0 to n - 1. @category models */
export type Square = ReadonlyArray<ReadonlyArray<number>>

/** The square whose entry is (row + column) mod n. */
export const cyclic = (order: number): Square =>
  Array.from({ length: order }, (_, row) => Array.from({ length: order }, (_, column) => (row + column) % order))

/** Whether each symbol stands once in every row and column. */
export const isLatin = (square: Square): boolean => {
  const order = square.length
  const complete = (line: ReadonlyArray<number | undefined>): boolean =>
    line.length === order && new Set(line).size === order && line.every((s) => s !== undefined && s >= 0 && s < order)
  return square.every(complete) && square.every((_, column) => complete(square.map((row) => row[column])))
}

/**
 * A random square. The walk starts at the cyclic square and visits some proper squares; then rows, columns and symbols
 * are put in random order, so that squares that differ in these alone are equally likely whatever the walk did. How many
 * moves suffice is not proved; tests of uniformity for orders 3 and 4 pass. An order outside of 1 to {@link orderMax} is
 * a `RangeError`.
 */
export const randomized = (order: number, random: MersenneTwister): Square => {
  if (!Number.isInteger(order) || order < 1 || order > orderMax) throw new RangeError(`a square of order ${order}`)
  if (order === 1) return [[0]]
  // The cube has a 1 where a row and a column meet a symbol; an improper square has one cell of -1.
  const cube = new Int8Array(order ** 3)
  const place = (row: number, column: number, symbol: number): number => (row * order + column) * order + symbol
  for (const [row, line] of cyclic(order).entries()) {
    for (const [column, symbol] of line.entries()) cube[place(row, column, symbol)] = 1
  }
  const strides = [order * order, order, 1] as const
  /** A place on the line through a cell along an axis that holds 1; the second such place where `second` says so. */
  const oneOn = (cell: number, stride: number, second: boolean): number => {
    const start = cell - (Math.floor(cell / stride) % order) * stride
    let skip = second
    for (let index = 0; index < order; index++) {
      const here = start + index * stride
      if (cube[here] !== 1) continue
      if (!skip) return here
      skip = false
    }
    return start
  }
  let improper: number | undefined
  // Only proper squares are counted: the walk is uniform over those it visits, not over those that follow a fixed time.
  const visits = Math.max(visitsMin, order * order)
  for (let proper = 0; proper < visits;) {
    let cell: number
    if (improper === undefined) {
      do cell = random.below(cube.length)
      while (cube[cell] !== 0)
    } else {
      cell = improper
    }
    const choose = (): boolean => improper !== undefined && random.below(2) === 1
    const rowStep = oneOn(cell, strides[0], choose()) - cell
    const columnStep = oneOn(cell, strides[1], choose()) - cell
    const symbolStep = oneOn(cell, strides[2], choose()) - cell
    const change = (where: number, by: number): void => {
      cube[where] = (cube[where] ?? 0) + by
    }
    change(cell, 1)
    change(cell + rowStep, -1)
    change(cell + columnStep, -1)
    change(cell + symbolStep, -1)
    change(cell + rowStep + columnStep, 1)
    change(cell + rowStep + symbolStep, 1)
    change(cell + columnStep + symbolStep, 1)
    const far = cell + rowStep + columnStep + symbolStep
    change(far, -1)
    improper = cube[far] === -1 ? far : undefined
    if (improper === undefined) proper++
  }
  const square = Array.from({ length: order }, (_, row) =>
    Array.from({ length: order }, (_, column) => {
      const start = place(row, column, 0)
      return cube.subarray(start, start + order).indexOf(1)
    }),
  )
  return permuted(square, {
    rows: randomOrder(order, random),
    columns: randomOrder(order, random),
    symbols: randomOrder(order, random),
  })
}

/** The numbers from 0 to `count` - 1 in random order. */
export const randomOrder = (count: number, random: MersenneTwister): ReadonlyArray<number> => {
  const numbers = Array.from({ length: count }, (_, index) => index)
  random.shuffle(numbers)
  return numbers
}

/** A square with its rows, columns and symbols put in random order; a pair of squares stays orthogonal if rows and columns are the same. */
export const permuted = (
  square: Square,
  orders: {
    readonly rows: ReadonlyArray<number>
    readonly columns: ReadonlyArray<number>
    readonly symbols: ReadonlyArray<number>
  },
): Square => orders.rows.map((row) => orders.columns.map((column) => orders.symbols[square[row]?.[column] ?? 0] ?? 0))
