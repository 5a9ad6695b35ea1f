/**
 * The cosine transform of small planes, with norm kept (DCT-II and its inverse).
 *
 * A line of even length is folded about its middle: even cosines see the sums of both halves, odd ones the differences. The sums are
 * half as long and fold again, so that a transform takes a third of what its matrix would.
 *
 * @layer logic
 * @module
 */

/** Transforms of planes of one size, row by row behind each other; the result is written to another plane. */
export interface Cosine {
  readonly forward: (plane: Float64Array, into: Float64Array) => void
  readonly inverse: (coefficients: Float64Array, into: Float64Array) => void
}

/** Transforms of all columns of a plane at once. */
type Columns = (source: Float64Array, into: Float64Array) => void

/** Entry x of the cosine k, of norm 1 over `length` entries. */
const cosine = (length: number, k: number, x: number): number =>
  Math.sqrt((k === 0 ? 1 : 2) / length) * Math.cos((Math.PI * (2 * x + 1) * k) / (2 * length))

/** Where rows of a product are written: every `step`-th row from `start`. */
interface Rows {
  readonly plane: Float64Array
  readonly start: number
  readonly step: number
}

/** `matrix` (`count` x `count`) times the rows of `source`; rows of zeros, which most coefficients are, are passed over. */
const multiply = (matrix: Float64Array, count: number, source: Float64Array, columns: number, into: Rows): void => {
  const used: Array<number> = []
  for (let row = 0; row < count; row++) {
    for (let at = row * columns; at < (row + 1) * columns; at++) {
      if (source[at] !== 0) {
        used.push(row)
        break
      }
    }
  }
  const { plane } = into
  for (let row = 0; row < count; row++) {
    const out = (into.start + row * into.step) * columns
    plane.fill(0, out, out + columns)
    let index = 0
    // Four rows at a time: each sum is read and written a quarter as often.
    for (; index + 4 <= used.length; index += 4) {
      const [a, b, c, d] = [used[index], used[index + 1], used[index + 2], used[index + 3]]
      const [fa, fb] = [matrix[row * count + a], matrix[row * count + b]]
      const [fc, fd] = [matrix[row * count + c], matrix[row * count + d]]
      const [ra, rb, rc, rd] = [a * columns, b * columns, c * columns, d * columns]
      for (let column = 0; column < columns; column++) {
        plane[out + column] +=
          fa * source[ra + column] + fb * source[rb + column] + fc * source[rc + column] + fd * source[rd + column]
      }
    }
    for (; index < used.length; index++) {
      const factor = matrix[row * count + used[index]]
      const from = used[index] * columns
      for (let column = 0; column < columns; column++) plane[out + column] += factor * source[from + column]
    }
  }
}

const matrixOf = (count: number, entry: (row: number, column: number) => number): Float64Array =>
  Float64Array.from({ length: count * count }, (_, index) => entry(Math.floor(index / count), index % count))

/** The transforms of columns of `length` entries, `columns` of them beside each other. */
const columnsOf = (length: number, columns: number): { readonly forward: Columns; readonly inverse: Columns } => {
  if (length % 2 === 1) {
    const matrix = matrixOf(length, (k, x) => cosine(length, k, x))
    const back = matrixOf(length, (x, k) => cosine(length, k, x))
    return {
      forward: (source, plane) => multiply(matrix, length, source, columns, { plane, start: 0, step: 1 }),
      inverse: (source, plane) => multiply(back, length, source, columns, { plane, start: 0, step: 1 }),
    }
  }
  const half = length / 2
  const shorter = columnsOf(half, columns)
  const matrix = matrixOf(half, (k, x) => cosine(length, 2 * k + 1, x))
  const back = matrixOf(half, (x, k) => cosine(length, 2 * k + 1, x))
  const [folded, even, odd] = [0, 0, 0].map(() => new Float64Array(half * columns))
  return {
    forward: (source, plane) => {
      for (let row = 0; row < half; row++) {
        const [first, last] = [row * columns, (length - 1 - row) * columns]
        for (let column = 0; column < columns; column++) {
          const [a, b] = [source[first + column], source[last + column]]
          folded[first + column] = (a + b) * Math.SQRT1_2
          odd[first + column] = a - b
        }
      }
      shorter.forward(folded, even)
      for (let row = 0; row < half; row++) {
        plane.set(even.subarray(row * columns, (row + 1) * columns), 2 * row * columns)
      }
      multiply(matrix, half, odd, columns, { plane, start: 1, step: 2 })
    },
    inverse: (source, plane) => {
      for (let row = 0; row < half; row++) {
        const from = 2 * row * columns
        for (let column = 0; column < columns; column++) {
          folded[row * columns + column] = source[from + column] * Math.SQRT1_2
          odd[row * columns + column] = source[from + columns + column]
        }
      }
      shorter.inverse(folded, even)
      multiply(back, half, odd, columns, { plane: folded, start: 0, step: 1 })
      for (let row = 0; row < half; row++) {
        const [first, last] = [row * columns, (length - 1 - row) * columns]
        for (let column = 0; column < columns; column++) {
          const [a, b] = [even[first + column], folded[first + column]]
          plane[first + column] = a + b
          plane[last + column] = a - b
        }
      }
    },
  }
}

const transpose = (source: Float64Array, rows: number, columns: number, into: Float64Array): void => {
  for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) into[x * rows + y] = source[y * columns + x]
}

/** The transforms of planes of a size; a plane may be written over itself. */
export const cosineOf = (width: number, height: number): Cosine => {
  const down = columnsOf(height, width)
  const across = columnsOf(width, height)
  const [one, other] = [new Float64Array(width * height), new Float64Array(width * height)]
  return {
    forward: (plane, into) => {
      down.forward(plane, one)
      transpose(one, height, width, other)
      across.forward(other, one)
      transpose(one, width, height, into)
    },
    inverse: (coefficients, into) => {
      down.inverse(coefficients, one)
      transpose(one, height, width, other)
      across.inverse(other, one)
      transpose(one, width, height, into)
    },
  }
}
