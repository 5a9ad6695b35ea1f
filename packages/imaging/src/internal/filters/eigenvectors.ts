/**
 * Eigenvectors of small symmetric matrices by Jacobi's rotations, row by row until nothing is left beside the diagonal (Golub and Van
 * Loan, section 8.5). The same operations in the same order everywhere, so that results do not differ between machines.
 *
 * @layer logic
 * @module
 */

/** Far more than any matrix takes: sweeps double the digits once few are left. */
const sweepsMax = 60

/**
 * What lies below this part of the sum of all eigenvalues is rounding of the matrix itself. Of fewer dimensions than rows, it has rows of
 * nothing else, whose products stay as large as they are however often they are turned.
 */
const roundingPart = 1e-17

/** Eigenvectors, and in how many sweeps they were found. */
export interface Eigenvectors {
  /** Of the largest eigenvalues first. */
  readonly vectors: ReadonlyArray<Float64Array>
  readonly sweeps: number
}

/** The first eigenvectors of a matrix, which is worked on in place; `turns` is a place of the same size. */
export const eigenvectors = (
  matrix: Float64Array,
  count: number,
  wanted: number = count,
  turns: Float64Array = new Float64Array(count * count),
): Eigenvectors => {
  turns.fill(0)
  let trace = 0
  for (let at = 0; at < matrix.length; at += count + 1) {
    turns[at] = 1
    trace += matrix[at]
  }
  let sweeps = 0
  for (let turned = true; turned && sweeps < sweepsMax; sweeps++) {
    turned = false
    for (let p = 0; p < count - 1; p++) {
      for (let q = p + 1; q < count; q++) turned = rotate(matrix, turns, count, p, q, roundingPart * trace) || turned
    }
  }
  const vectors = Array.from({ length: count }, (_, row) => row)
    .toSorted((a, b) => matrix[b * count + b] - matrix[a * count + a] || a - b)
    .slice(0, wanted)
    .map((row) => turns.slice(row * count, (row + 1) * count))
  return { vectors, sweeps }
}

/** Turns the plane of two rows so that their product vanishes; whether it had not already. */
const rotate = (
  matrix: Float64Array,
  turns: Float64Array,
  count: number,
  p: number,
  q: number,
  rounding: number,
): boolean => {
  const off = matrix[p * count + q]
  const [first, second] = [matrix[p * count + p], matrix[q * count + q]]
  const size = Math.abs(off)
  if (size <= rounding || size <= Number.EPSILON * Math.sqrt(Math.abs(first) * Math.abs(second))) return false
  const ratio = (second - first) / (2 * off)
  const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.sqrt(ratio * ratio + 1))
  const cosine = 1 / Math.sqrt(tangent * tangent + 1)
  const sine = tangent * cosine
  const [rowP, rowQ] = [p * count, q * count]
  const both = matrix[rowP + q]
  // Rows are turned, and written to the columns as well: the matrix stays symmetric, and columns, which lie far apart, are not read.
  for (let index = 0; index < count; index++) {
    const a = matrix[rowP + index]
    const b = matrix[rowQ + index]
    const left = cosine * a - sine * b
    const right = sine * a + cosine * b
    matrix[rowP + index] = left
    matrix[rowQ + index] = right
    matrix[index * count + p] = left
    matrix[index * count + q] = right
    const c = turns[rowP + index]
    const d = turns[rowQ + index]
    turns[rowP + index] = cosine * c - sine * d
    turns[rowQ + index] = sine * c + cosine * d
  }
  // Where both rows meet, by the angle (Golub and Van Loan, section 8.5.2).
  matrix[rowP + p] = first - tangent * both
  matrix[rowQ + q] = second + tangent * both
  matrix[rowP + q] = 0
  matrix[rowQ + p] = 0
  return true
}
