/**
 * Smooth planes as products of Legendre's polynomials across and down, of which there are few.
 *
 * @layer logic
 * @module
 */

/** Legendre's polynomials up to a degree at places from -1 to 1, one array per degree. */
const legendre = (places: Float64Array, degree: number): ReadonlyArray<Float64Array> => {
  const all = [places.map(() => 1), Float64Array.from(places)]
  for (let n = 2; n <= degree; n++) {
    const [before, last] = [all[n - 2], all[n - 1]]
    all.push(places.map((x, index) => ((2 * n - 1) * x * last[index] - (n - 1) * before[index]) / n))
  }
  return all.slice(0, degree + 1)
}

/** The middles of `count` bins from -1 to 1. */
const middles = (count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, index) => (2 * index + 1) / count - 1)

/** Products of polynomials whose degrees sum to at most `degree`, at each place of a plane; that of degree 0 first. */
export const smoothPlanes = (width: number, height: number, degree: number): ReadonlyArray<Float64Array> => {
  const across = legendre(middles(width), Math.min(degree, width - 1))
  const down = legendre(middles(height), Math.min(degree, height - 1))
  const planes: Array<Float64Array> = []
  for (let total = 0; total <= degree; total++) {
    for (let order = 0; order <= total; order++) {
      const [column, row] = [across[total - order], down[order]]
      if (column === undefined || row === undefined) continue
      planes.push(
        Float64Array.from({ length: width * height }, (_, at) => column[at % width] * row[Math.floor(at / width)]),
      )
    }
  }
  return planes
}

/** The solution of symmetric equations, positive definite but for rounding (Cholesky); `matrix` is written over. */
export const solveSymmetric = (matrix: Float64Array, right: Float64Array): Float64Array => {
  const count = right.length
  let largest = 0
  for (let row = 0; row < count; row++) largest = Math.max(largest, matrix[row * count + row])
  for (let row = 0; row < count; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * count + column]
      for (let index = 0; index < column; index++) sum -= matrix[row * count + index] * matrix[column * count + index]
      // A direction that the equations do not tell is held at 0 by a diagonal that is not.
      if (row === column) matrix[row * count + row] = Math.sqrt(Math.max(sum, 1e-12 * largest))
      else matrix[row * count + column] = sum / matrix[column * count + column]
    }
  }
  const solution = Float64Array.from(right)
  for (let row = 0; row < count; row++) {
    for (let index = 0; index < row; index++) solution[row] -= matrix[row * count + index] * solution[index]
    solution[row] /= matrix[row * count + row]
  }
  for (let row = count - 1; row >= 0; row--) {
    for (let index = row + 1; index < count; index++) solution[row] -= matrix[index * count + row] * solution[index]
    solution[row] /= matrix[row * count + row]
  }
  return solution
}
