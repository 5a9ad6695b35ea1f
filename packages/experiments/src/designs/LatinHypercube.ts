/**
 * Latin hypercubes: n points, each factor's range cut in n slices of equal width with one point in each. Points can be
 * spread further by exchanging coordinates of two points, which keeps the slices: for a large smallest distance (maximin,
 * by the phi_p criterion of Morris and Mitchell 1995) or for a small centered discrepancy, with the acceptance rule that
 * cools down as in Jin, Chen and Sudjianto (2005).
 *
 * @layer logic
 * @module
 */
import type { MersenneTwister } from "../MersenneTwister.ts"
import * as Discrepancy from "./Discrepancy.ts"

/** What points are spread by. */
export const criteria = ["maximin", "centered_discrepancy", "none"] as const
/** The name of a criterion. @category models */
export type Criterion = (typeof criteria)[number]

/** Where a point stands in its slice. */
export const positions = ["random", "centered"] as const
/** The name of a position. @category models */
export type Position = (typeof positions)[number]

/** More points than this are not spread further: the work grows with the square of their number. */
export const spreadPointsMax = 2000
/** Exchanges that are tried at most. */
const exchangesMax = 30_000
/** Products of coordinates that all exchanges may cost: about a second of work. */
const productsMax = 60_000_000
/** The power of the distances in phi_p. */
const power = 15

/** A Latin hypercube of `count` points. */
export const plain = (
  count: number,
  dimension: number,
  position: Position,
  random: MersenneTwister,
): Array<Float64Array> => {
  const points = Array.from({ length: count }, () => new Float64Array(dimension))
  for (let column = 0; column < dimension; column++) {
    const values = Array.from(
      { length: count },
      (_, slice) => (slice + (position === "centered" ? 0.5 : random.random())) / count,
    )
    random.shuffle(values)
    for (const [index, point] of points.entries()) point[column] = values[index] ?? 0
  }
  return points
}

/** What a pair and a point add to the criterion that is made small. */
const partsOf = (criterion: Exclude<Criterion, "none">, count: number) =>
  criterion === "maximin"
    ? {
        single: () => 0,
        pair: (left: Float64Array, right: Float64Array) => Discrepancy.squaredDistance(left, right) ** (-power / 2),
      }
    : {
        single: (point: Float64Array) => {
          let product = 1
          let own = 1
          for (const x of point) {
            product *= Discrepancy.centeredSingle(x)
            own *= Discrepancy.centeredPair(x, x)
          }
          return own / count ** 2 - (2 / count) * product
        },
        pair: (left: Float64Array, right: Float64Array) => {
          let product = 2 / count ** 2
          for (let k = 0; k < left.length; k++) product *= Discrepancy.centeredPair(left[k] ?? 0, right[k] ?? 0)
          return product
        },
      }

/** Spreads the points in place by exchanges of coordinates; the result is never worse than the start. */
export const spread = (
  points: Array<Float64Array>,
  criterion: Exclude<Criterion, "none">,
  random: MersenneTwister,
): void => {
  const count = points.length
  const dimension = points[0]?.length ?? 0
  if (count < 2 || dimension < 2 || count > spreadPointsMax) return
  const { single, pair } = partsOf(criterion, count)
  /** What the two points add, with all others and with each other. */
  const share = (i: number, j: number): number => {
    const left = points[i]
    const right = points[j]
    if (left === undefined || right === undefined) return 0
    let sum = single(left) + single(right) + pair(left, right)
    for (const [k, other] of points.entries()) {
      if (k !== i && k !== j) sum += pair(left, other) + pair(right, other)
    }
    return sum
  }
  const total = (): number => {
    let sum = 0
    for (const [i, left] of points.entries()) {
      sum += single(left)
      for (const right of points.slice(0, i)) sum += pair(left, right)
    }
    return sum
  }
  const exchange = (i: number, j: number, column: number): void => {
    const left = points[i]
    const right = points[j]
    if (left === undefined || right === undefined) return
    const kept = left[column] ?? 0
    left[column] = right[column] ?? 0
    right[column] = kept
  }
  const exchanges = Math.max(1, Math.min(exchangesMax, Math.floor(productsMax / (4 * count * dimension))))
  // The sum of phi_p is a 15th power of a distance, so the same loss of distance is a much larger share of it.
  const looseness = criterion === "maximin" ? 0.5 : 0.02
  let best = points.map((point) => point.slice())
  let value = total()
  let bestValue = value
  for (let step = 0; step < exchanges; step++) {
    // How much worse an exchange may make it falls to nothing at the end of the first two thirds.
    const allowed = Math.abs(value) * looseness * Math.max(0, 1 - (1.5 * step) / exchanges) ** 2
    const column = random.below(dimension)
    const i = random.below(count)
    const j = (i + 1 + random.below(count - 1)) % count
    const before = share(i, j)
    exchange(i, j, column)
    const change = share(i, j) - before
    if (change <= allowed * random.random()) {
      value += change
      if (value < bestValue - 1e-15 * Math.abs(bestValue)) {
        bestValue = value
        best = points.map((point) => point.slice())
      }
    } else {
      exchange(i, j, column)
    }
  }
  for (const [index, point] of points.entries()) point.set(best[index] ?? point)
}

/** Whether each column has one point in each of its slices. */
export const isStratified = (points: Discrepancy.Points): boolean => {
  const count = points.length
  const dimension = points[0]?.length ?? 0
  for (let column = 0; column < dimension; column++) {
    const slices = new Set(points.map((point) => Math.floor((point[column] ?? 0) * count)))
    if (slices.size !== count || !slices.has(0) || !slices.has(count - 1)) return false
  }
  return true
}
