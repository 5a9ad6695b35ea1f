/**
 * How evenly points fill the unit cube: discrepancies, the smallest distance, and the largest correlation of two columns.
 * Lower discrepancy is more even. Formulas: Hickernell 1998 (centered, wrap-around), Zhou, Fang and Ning 2013 (mixture),
 * Warnock 1972 (L2-star).
 *
 * @layer logic
 * @module
 */

/** Points of the unit cube, one list of coordinates from 0 to 1 per point. @category models */
export type Points = ReadonlyArray<ArrayLike<number>>

/** The mean over pairs of products of `pair`, and over points of products of `single`. */
const sums = (
  points: Points,
  single: (x: number) => number,
  pair: (x: number, y: number) => number,
): { readonly singles: number; readonly pairs: number } => {
  let singles = 0
  let pairs = 0
  for (const [i, left] of points.entries()) {
    let product = 1
    for (let k = 0; k < left.length; k++) product *= single(left[k] ?? 0)
    singles += product
    for (let j = 0; j <= i; j++) {
      const right = points[j] ?? left
      let together = 1
      for (let k = 0; k < left.length; k++) together *= pair(left[k] ?? 0, right[k] ?? 0)
      pairs += j === i ? together : 2 * together
    }
  }
  return { singles: singles / points.length, pairs: pairs / points.length ** 2 }
}

const dimensionOf = (points: Points): number => points[0]?.length ?? 0

/** The part of a centered discrepancy that one coordinate of one point gives. */
export const centeredSingle = (x: number): number => {
  const far = Math.abs(x - 0.5)
  return 1 + 0.5 * far - 0.5 * far * far
}

/** The part of a centered discrepancy that one coordinate of two points gives. */
export const centeredPair = (x: number, y: number): number =>
  1 + 0.5 * Math.abs(x - 0.5) + 0.5 * Math.abs(y - 0.5) - 0.5 * Math.abs(x - y)

/** The squared centered L2 discrepancy. */
export const centered = (points: Points): number => {
  const { singles, pairs } = sums(points, centeredSingle, centeredPair)
  return (13 / 12) ** dimensionOf(points) - 2 * singles + pairs
}

/** The squared wrap-around L2 discrepancy. */
export const wrapAround = (points: Points): number => {
  const { pairs } = sums(
    points,
    () => 0,
    (x, y) => {
      const apart = Math.abs(x - y)
      return 1.5 - apart * (1 - apart)
    },
  )
  return pairs - (4 / 3) ** dimensionOf(points)
}

/** The squared mixture L2 discrepancy. */
export const mixture = (points: Points): number => {
  const { singles, pairs } = sums(
    points,
    (x) => {
      const far = Math.abs(x - 0.5)
      return 5 / 3 - 0.25 * far - 0.25 * far * far
    },
    (x, y) => {
      const apart = Math.abs(x - y)
      return 15 / 8 - 0.25 * Math.abs(x - 0.5) - 0.25 * Math.abs(y - 0.5) - 0.75 * apart + 0.5 * apart * apart
    },
  )
  return (19 / 12) ** dimensionOf(points) - 2 * singles + pairs
}

/** The L2-star discrepancy (not squared). */
export const star = (points: Points): number => {
  const dimension = dimensionOf(points)
  const { singles, pairs } = sums(
    points,
    (x) => 1 - x * x,
    (x, y) => 1 - Math.max(x, y),
  )
  return Math.sqrt(3 ** -dimension - 2 ** (1 - dimension) * singles + pairs)
}

/** The squared Euclidean distance of two points. */
export const squaredDistance = (left: ArrayLike<number>, right: ArrayLike<number>): number => {
  let sum = 0
  for (let k = 0; k < left.length; k++) sum += ((left[k] ?? 0) - (right[k] ?? 0)) ** 2
  return sum
}

/** The smallest Euclidean distance of two points; infinite for fewer than two. */
export const minimumDistance = (points: Points): number => {
  let least = Infinity
  for (const [i, left] of points.entries()) {
    for (let j = 0; j < i; j++) least = Math.min(least, squaredDistance(left, points[j] ?? left))
  }
  return Math.sqrt(least)
}

/** The largest absolute correlation of two columns; 0 where there are no two that vary. */
export const maximumCorrelation = (points: Points): number => {
  const dimension = dimensionOf(points)
  const columns = Array.from({ length: dimension }, (_, k) => {
    const values = points.map((point) => point[k] ?? 0)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const centeredValues = values.map((value) => value - mean)
    const norm = Math.sqrt(centeredValues.reduce((sum, value) => sum + value * value, 0))
    return norm === 0 ? undefined : centeredValues.map((value) => value / norm)
  }).filter((column) => column !== undefined)
  let largest = 0
  for (const [i, left] of columns.entries()) {
    for (const right of columns.slice(0, i)) {
      largest = Math.max(largest, Math.abs(left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0)))
    }
  }
  return largest
}
