/**
 * Pairs of orthogonal Latin squares (Graeco-Latin squares): laid on each other, every pair of symbols stands in exactly
 * one cell. There is none of order 2 or 6 (Tarry 1900); for every other order from 3 there is one (Bose, Shrikhande and
 * Parker 1960).
 *
 * Made here: prime powers from the finite field; products of them by Kronecker's product (MacNeish 1922); orders that
 * leave 2 when divided by 4 from a self-orthogonal square, developed modulo n - 1 with one fixed point.
 *
 * @layer logic
 * @module
 */
import * as GaloisField from "./GaloisField.ts"
import { isLatin, orderMax, type Square } from "./LatinSquares.ts"

/** A pair of squares. @category models */
export type Pair = readonly [latin: Square, greek: Square]

/** Whether both are Latin squares and every pair of symbols stands in one cell. */
export const isOrthogonal = ([latin, greek]: Pair): boolean => {
  const order = latin.length
  if (greek.length !== order || !isLatin(latin) || !isLatin(greek)) return false
  const pairs = new Set<number>()
  for (const [row, line] of latin.entries()) {
    for (const [column, symbol] of line.entries()) pairs.add(symbol * order + (greek[row]?.[column] ?? 0))
  }
  return pairs.size === order * order
}

const fromField = (field: GaloisField.GaloisField): Pair => {
  const elements = Array.from({ length: field.order }, (_, element) => element)
  const square = (factor: number): Square =>
    elements.map((row) => elements.map((column) => field.add(field.multiply(factor, row), column)))
  return [square(1), square(2)]
}

const kroneckerOf = (left: Square, right: Square): Square => {
  const inner = right.length
  const order = left.length * inner
  return Array.from({ length: order }, (_, row) =>
    Array.from({ length: order }, (_, column) => {
      const outerSymbol = left[Math.floor(row / inner)]?.[Math.floor(column / inner)] ?? 0
      return outerSymbol * inner + (right[row % inner]?.[column % inner] ?? 0)
    }),
  )
}

/**
 * First rows of self-orthogonal squares, found by a backtracking search and checked by the tests. Cell (i, i + d) holds
 * i + f(d) modulo n - 1; the one -1 stands for the fixed point. `last` is the symbol of row 0 in the column of the fixed
 * point, `lastRow` that of column 0 in its row.
 */
const starters: ReadonlyMap<
  number,
  { readonly f: ReadonlyArray<number>; readonly last: number; readonly lastRow: number }
> = new Map([
  [10, { f: [0, -1, 3, 5, 8, 1, 4, 6, 2], last: 7, lastRow: 6 }],
  [14, { f: [0, -1, 4, 6, 2, 12, 11, 8, 3, 5, 1, 10, 9], last: 7, lastRow: 6 }],
  [18, { f: [0, -1, 16, 2, 5, 8, 4, 13, 15, 14, 12, 3, 6, 9, 1, 10, 7], last: 11, lastRow: 10 }],
  [22, { f: [0, -1, 13, 15, 9, 14, 19, 4, 6, 10, 20, 18, 5, 16, 8, 11, 3, 12, 17, 2, 1], last: 7, lastRow: 6 }],
  [
    26,
    {
      f: [0, -1, 5, 7, 21, 23, 4, 13, 24, 14, 19, 6, 11, 20, 1, 17, 2, 18, 15, 9, 3, 10, 16, 8, 12],
      last: 22,
      lastRow: 21,
    },
  ],
  [
    34,
    {
      f: [
        0, -1, 32, 15, 17, 29, 12, 11, 24, 19, 30, 26, 7, 20, 23, 9, 4, 1, 8, 18, 22, 6, 25, 16, 5, 14, 31, 13, 3, 21,
        28, 27, 10,
      ],
      last: 2,
      lastRow: 1,
    },
  ],
  [
    38,
    {
      f: [
        0, -1, 4, 34, 19, 18, 9, 3, 25, 16, 33, 17, 26, 24, 11, 8, 28, 6, 10, 35, 1, 22, 21, 32, 14, 7, 30, 15, 12, 2,
        13, 36, 27, 31, 5, 20, 23,
      ],
      last: 29,
      lastRow: 28,
    },
  ],
])

const fromStarter = (order: number): Pair | undefined => {
  const starter = starters.get(order)
  if (starter === undefined) return undefined
  const modulus = order - 1
  const fixed = order - 1
  const cells = Array.from({ length: order }, (_, row) =>
    Array.from({ length: order }, (_, column) => {
      if (row === fixed) return column === fixed ? fixed : (column + starter.lastRow) % modulus
      if (column === fixed) return (row + starter.last) % modulus
      const symbol = starter.f[(column - row + modulus) % modulus] ?? -1
      return symbol < 0 ? fixed : (row + symbol) % modulus
    }),
  )
  const transposed = cells.map((_, row) => cells.map((line) => line[row] ?? 0))
  return [cells, transposed]
}

/** An orthogonal pair of this order, or `undefined` where none exists or none is made here. */
export const pairOf = (order: number): Pair | undefined => {
  if (!Number.isInteger(order) || order > orderMax || order < 3 || order === 6) return undefined
  const field = GaloisField.make(order)
  if (field !== undefined) return fromField(field)
  const starter = fromStarter(order)
  if (starter !== undefined) return starter
  // Split the order in two parts that both have a pair; the smallest part first.
  for (let part = 3; part * part <= order; part++) {
    if (order % part !== 0) continue
    const left = pairOf(part)
    const right = pairOf(order / part)
    if (left !== undefined && right !== undefined) {
      return [kroneckerOf(left[0], right[0]), kroneckerOf(left[1], right[1])]
    }
  }
  return undefined
}

/** Why there is no pair of this order, in words, or `undefined` where one is made. */
export const whyNone = (order: number): string | undefined => {
  if (order === 1) return "a square of order 1 has nothing to compare"
  if (order === 2) return "there is no pair of orthogonal Latin squares of order 2"
  if (order === 6) {
    return "there is no pair of orthogonal Latin squares of order 6 (Euler's 36 officers; Tarry 1900)"
  }
  if (order > orderMax) return `squares up to order ${orderMax} are made, not ${order}`
  return pairOf(order) === undefined ? `no pair of orthogonal Latin squares of order ${order} is made here` : undefined
}

/** Orders near this one for which a pair is made, nearest first. */
export const nearestOrders = (order: number): ReadonlyArray<number> =>
  Array.from({ length: orderMax - 2 }, (_, index) => index + 3)
    .filter((candidate) => whyNone(candidate) === undefined)
    .sort((a, b) => Math.abs(a - order) - Math.abs(b - order))
    .slice(0, 2)
