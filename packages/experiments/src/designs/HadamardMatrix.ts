/**
 * Square matrices of 1 and -1 with orthogonal columns (Hadamard), and the same with zeros on the diagonal (conference
 * matrices): what Plackett-Burman and definitive screening designs are cut from.
 *
 * Constructions: Sylvester's doubling, Paley's two from the squares of a finite field, Williamson's four circulant blocks
 * for 92 rows (found by our own search; Baumert, Golomb and Hall were first in 1962), and doubling of skew matrices.
 *
 * @layer logic
 * @module
 */
import * as GaloisField from "./GaloisField.ts"

/** A square matrix of small whole numbers. @category models */
export type Square = ReadonlyArray<ReadonlyArray<number>>

/** Rows of a matrix that is constructed: at most. */
export const hadamardMax = 100

/** Rows of the four symmetric circulant blocks of Williamson's matrix of 92 rows: the first 12 of 23 entries of each. */
const williamson23 = ["+--++-+-+---", "+-+--+++++--", "+-+++--++-+-", "+++++-++---+"]

const range = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, at) => at)

const entry = (matrix: Square, row: number, column: number): number => matrix[row]?.[column] ?? 0

const transpose = (matrix: Square): Square => range(matrix.length).map((row) => matrix.map((of) => of[row] ?? 0))

const scaled = (matrix: Square, by: number): Square => matrix.map((row) => row.map((value) => value * by))

/** A matrix put together of equally large blocks. */
const blocks = (parts: ReadonlyArray<ReadonlyArray<Square>>): Square =>
  parts.flatMap((line) => range(line[0]?.length ?? 0).map((row) => line.flatMap((block) => block[row] ?? [])))

/** 1 where the difference of two elements is a square of the field, -1 where it is none, 0 on the diagonal. */
const squaresMatrix = (field: GaloisField.GaloisField): Square => {
  const elements = range(field.order)
  const squares = new Set(elements.map((element) => field.multiply(element, element)))
  const negative = elements.map((element) => elements.find((other) => field.add(element, other) === 0) ?? 0)
  return elements.map((row) =>
    elements.map((column) => {
      const difference = field.add(row, negative[column] ?? 0)
      return difference === 0 ? 0 : squares.has(difference) ? 1 : -1
    }),
  )
}

const paleyConference = (order: number): Square | undefined => {
  const q = order - 1
  if (q < 3 || q % 2 === 0) return undefined
  const field = GaloisField.make(q)
  if (field === undefined) return undefined
  const below = q % 4 === 1 ? 1 : -1
  return [[0, ...range(q).map(() => 1)], ...squaresMatrix(field).map((row) => [below, ...row])]
}

const identityPlus = (matrix: Square, sign: number): Square =>
  matrix.map((row, at) => row.map((value, column) => (at === column ? value + sign : value)))

/**
 * A conference matrix: zeros on the diagonal, 1 and -1 elsewhere, orthogonal columns. `undefined` where none is
 * constructed; none exists of an odd order, or of order 22 or 34.
 */
export const conferenceMatrix = (order: number): Square | undefined => {
  if (!Number.isSafeInteger(order) || order < 4 || order > hadamardMax) return undefined
  const paley = paleyConference(order)
  if (paley !== undefined) return paley
  if (order % 8 !== 0) return undefined
  // A skew matrix S of half the order gives H = S + I, and H doubled is skew again.
  const half = conferenceMatrix(order / 2)
  if (half === undefined || entry(half, 0, 1) === entry(half, 1, 0)) return undefined
  const h = identityPlus(half, 1)
  const turned = transpose(h)
  return identityPlus(
    blocks([
      [h, h],
      [scaled(turned, -1), turned],
    ]),
    -1,
  )
}

const sylvester = (half: Square): Square =>
  blocks([
    [half, half],
    [half, scaled(half, -1)],
  ])

const circulant = (text: string): Square => {
  const order = 2 * text.length - 1
  const value = (place: number): number => (text[Math.min(place, order - place)] === "+" ? 1 : -1)
  return range(order).map((row) => range(order).map((column) => value((column - row + order) % order)))
}

const williamson = (texts: ReadonlyArray<string>): Square => {
  const [a = [], b = [], c = [], d = []] = texts.map(circulant)
  const minus = (matrix: Square): Square => scaled(matrix, -1)
  return blocks([
    [a, b, c, d],
    [minus(b), a, minus(d), c],
    [minus(c), d, a, minus(b)],
    [minus(d), minus(c), b, a],
  ])
}

const paleySecond = (order: number): Square | undefined => {
  const q = order / 2 - 1
  if (q % 4 !== 1) return undefined
  const conference = paleyConference(q + 1)
  if (conference === undefined) return undefined
  return conference.flatMap((row) => [
    row.flatMap((value) => (value === 0 ? [1, -1] : [value, value])),
    row.flatMap((value) => (value === 0 ? [-1, -1] : [value, -value])),
  ])
}

/** A Hadamard matrix: entries 1 and -1, orthogonal columns. Constructed for 1, 2 and every multiple of 4 up to 100. */
export const hadamardMatrix = (order: number): Square | undefined => {
  if (order === 1) return [[1]]
  if (order === 2) return sylvester([[1]])
  if (!Number.isSafeInteger(order) || order < 4 || order % 4 !== 0 || order > hadamardMax) return undefined
  if ((order & (order - 1)) === 0) return sylvester(hadamardMatrix(order / 2) ?? [[1]])
  const conference = paleyConference(order)
  if (conference !== undefined) return identityPlus(conference, 1)
  const second = paleySecond(order)
  if (second !== undefined) return second
  if (order === 4 * 23) return williamson(williamson23)
  const half = hadamardMatrix(order / 2)
  return half === undefined ? undefined : sylvester(half)
}

/** Whether all pairs of columns are orthogonal. */
export const isOrthogonal = (rows: Square): boolean => {
  const columns = rows[0]?.length ?? 0
  for (let left = 0; left < columns; left++) {
    for (let right = left + 1; right < columns; right++) {
      let sum = 0
      for (const row of rows) sum += (row[left] ?? 0) * (row[right] ?? 0)
      if (sum !== 0) return false
    }
  }
  return true
}
