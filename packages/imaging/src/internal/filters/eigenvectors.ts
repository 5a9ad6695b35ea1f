/**
 * Eigenvectors of small symmetric matrices by Jacobi's rotations, row by row until nothing is left beside the diagonal (Golub and Van
 * Loan, section 8.5). The same operations in the same order everywhere, so that results do not differ between machines.
 *
 * @layer logic
 * @module
 */

const sweepsMax = 60

/** Eigenvectors as rows, that of the largest eigenvalue first. */
export const eigenvectors = (symmetric: Float64Array, count: number): ReadonlyArray<Float64Array> => {
  const matrix = Float64Array.from(symmetric)
  const vectors = Float64Array.from({ length: count * count }, (_, index) => (index % (count + 1) === 0 ? 1 : 0))
  for (let sweep = 0; sweep < sweepsMax; sweep++) {
    let turned = false
    for (let p = 0; p < count - 1; p++) {
      for (let q = p + 1; q < count; q++) turned = rotate(matrix, vectors, count, p, q) || turned
    }
    if (!turned) break
  }
  return Array.from({ length: count }, (_, row) => row)
    .toSorted((a, b) => matrix[b * count + b] - matrix[a * count + a] || a - b)
    .map((row) => vectors.slice(row * count, (row + 1) * count))
}

/** Turns the plane of two rows so that their product vanishes; whether it had not already. */
const rotate = (matrix: Float64Array, vectors: Float64Array, count: number, p: number, q: number): boolean => {
  const off = matrix[p * count + q]
  const [first, second] = [matrix[p * count + p], matrix[q * count + q]]
  if (Math.abs(off) <= Number.EPSILON * Math.sqrt(Math.abs(first) * Math.abs(second)) || off === 0) return false
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
