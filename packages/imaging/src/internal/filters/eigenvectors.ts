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
  vectors: Float64Array,
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
  for (let index = 0; index < count; index++) {
    const [a, b] = [matrix[index * count + p], matrix[index * count + q]]
    matrix[index * count + p] = cosine * a - sine * b
    matrix[index * count + q] = sine * a + cosine * b
  }
  for (let index = 0; index < count; index++) {
    const [a, b] = [matrix[p * count + index], matrix[q * count + index]]
    matrix[p * count + index] = cosine * a - sine * b
    matrix[q * count + index] = sine * a + cosine * b
    const [c, d] = [vectors[p * count + index], vectors[q * count + index]]
    vectors[p * count + index] = cosine * c - sine * d
    vectors[q * count + index] = sine * c + cosine * d
  }
  return true
}
