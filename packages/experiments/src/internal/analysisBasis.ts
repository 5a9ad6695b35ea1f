/**
 * Orthonormal bases that grow column by column. A column that depends on the ones before it is found and named instead of
 * being used, which is how an aliased effect shows. Sums of squares are squared lengths of projections on such a basis, so
 * they are never a difference of two large numbers.
 *
 * @layer logic
 * @module
 */

/** A column whose rest is shorter than this share of its length depends on the columns before it; R's own bound. */
const dependentShareMax = 1e-7

/** Multiplications that one basis may take: some seconds. */
export const workMax = 4e9

/** A column of numbers, one per row. */
export type Column = Float64Array

/** The inner product of two columns. */
export const dot = (a: Column, b: Column): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

/** The length of a column. */
export const norm = (a: Column): number => Math.sqrt(dot(a, a))

/** What is left of a column outside of a basis; two passes, so that it is orthogonal to the last digit. */
export const outside = (basis: ReadonlyArray<Column>, column: Column): Column => {
  const rest = Float64Array.from(column)
  for (let pass = 0; pass < 2; pass++) {
    for (const q of basis) {
      const along = dot(q, rest)
      if (along === 0) continue
      for (let i = 0; i < rest.length; i++) rest[i] = (rest[i] ?? 0) - along * (q[i] ?? 0)
    }
  }
  return rest
}

/** What {@link extend} found: the new directions, and which of the columns gave one. */
export interface Extension {
  readonly added: ReadonlyArray<Column>
  readonly kept: ReadonlyArray<number>
  readonly dependent: ReadonlyArray<number>
}

/**
 * The directions that `columns` add to `basis`. `lengths` are what a rest is measured against, the columns' own lengths
 * unless given (a projected column is measured against the whole one).
 */
export const extend = (
  basis: ReadonlyArray<Column>,
  columns: ReadonlyArray<Column>,
  lengths: ReadonlyArray<number> = columns.map(norm),
): Extension => {
  const all = [...basis]
  const added: Array<Column> = []
  const kept: Array<number> = []
  const dependent: Array<number> = []
  columns.forEach((column, index) => {
    const whole = lengths[index] ?? 0
    const rest = outside(all, column)
    const length = norm(rest)
    if (!(length > dependentShareMax * whole) || whole === 0) {
      dependent.push(index)
      return
    }
    for (let i = 0; i < rest.length; i++) rest[i] = (rest[i] ?? 0) / length
    all.push(rest)
    added.push(rest)
    kept.push(index)
  })
  return { added, kept, dependent }
}

/** Squared length of the projection of a column on orthonormal directions. */
export const squaredAlong = (directions: ReadonlyArray<Column>, y: Column): number => {
  let sum = 0
  for (const q of directions) {
    const along = dot(q, y)
    sum += along * along
  }
  return sum
}

/** A column of ones. */
export const ones = (rows: number): Column => new Float64Array(rows).fill(1)
