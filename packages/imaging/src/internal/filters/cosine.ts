/**
 * The cosine transform of small planes, with norm kept (DCT-II and its inverse).
 *
 * @layer logic
 * @module
 */

/** Transforms of planes of one size, row by row behind each other. */
export interface Cosine {
  readonly forward: (plane: Float64Array) => Float64Array
  readonly inverse: (coefficients: Float64Array) => Float64Array
}

/** `length` x `length` values: row k is the k-th cosine. */
const cosines = (length: number): Float64Array =>
  Float64Array.from({ length: length * length }, (_, index) => {
    const [k, x] = [Math.floor(index / length), index % length]
    return Math.sqrt((k === 0 ? 1 : 2) / length) * Math.cos((Math.PI * (2 * x + 1) * k) / (2 * length))
  })

const transposed = (values: Float64Array, rows: number, columns: number): Float64Array => {
  const out = new Float64Array(values.length)
  for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) out[x * rows + y] = values[y * columns + x]
  return out
}

/** left (rows x inner) times right (inner x columns). Zeros on the left are passed over: coefficients are mostly zero. */
const product = (
  left: Float64Array,
  right: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): Float64Array => {
  const out = new Float64Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    const sums = out.subarray(row * columns, (row + 1) * columns)
    for (let index = 0; index < inner; index++) {
      const factor = left[row * inner + index]
      if (factor === 0) continue
      const start = index * columns
      for (let column = 0; column < columns; column++) sums[column] += factor * right[start + column]
    }
  }
  return out
}

/** The transforms of planes of a size. */
export const cosineOf = (width: number, height: number): Cosine => {
  const [across, down] = [cosines(width), cosines(height)]
  const [acrossBack, downBack] = [transposed(across, width, width), transposed(down, height, height)]
  return {
    forward: (plane) => product(down, product(plane, acrossBack, height, width, width), height, height, width),
    inverse: (coefficients) =>
      product(downBack, product(coefficients, across, height, width, width), height, height, width),
  }
}
