/**
 * Shapes of objects from their runs: sums over runs have closed forms, so that no pixel is looked at.
 *
 * @layer logic
 * @module
 */
import type { Runs } from "./ops.ts"

/** Powers of row and column of the moments up to order 3. */
export const momentPowers = [
  [0, 0],
  [0, 1],
  [0, 2],
  [0, 3],
  [1, 0],
  [1, 1],
  [1, 2],
  [2, 0],
  [2, 1],
  [3, 0],
] as const

const orders = momentPowers.length

/** Where the moment of these powers stands among {@link momentPowers}. */
export const momentAt = (row: number, column: number): number =>
  momentPowers.findIndex(([p, q]) => p === row && q === column)

/** Where objects lie and how large they are. */
export interface Boxes {
  readonly area: Float64Array
  readonly top: Float64Array
  readonly left: Float64Array
  /** The row after the last. */
  readonly bottom: Float64Array
  /** The column after the last. */
  readonly right: Float64Array
  readonly centroidY: Float64Array
  readonly centroidX: Float64Array
}

/** Area, bounding box and centroid of each object. */
export const boxesOf = ({ ends, rows, starts }: Runs, objects: Uint32Array, count: number): Boxes => {
  const make = (value = 0): Float64Array => new Float64Array(count).fill(value)
  const [area, bottom, right, sumY, sumX] = [make(), make(), make(), make(), make()]
  const [top, left] = [make(Number.POSITIVE_INFINITY), make(Number.POSITIVE_INFINITY)]
  for (let y = 0; y + 1 < rows.length; y++) {
    for (let run = rows[y]; run < rows[y + 1]; run++) {
      const object = objects[run]
      const [start, end] = [starts[run], ends[run]]
      const length = end - start
      area[object] += length
      sumY[object] += length * y
      sumX[object] += (length * (start + end - 1)) / 2
      if (y < top[object]) top[object] = y
      bottom[object] = y + 1
      if (start < left[object]) left[object] = start
      if (end > right[object]) right[object] = end
    }
  }
  const centroidY = sumY.map((sum, object) => sum / area[object])
  const centroidX = sumX.map((sum, object) => sum / area[object])
  return { area, top, left, bottom, right, centroidY, centroidX }
}

/** Moments of each object about a point of it, {@link momentPowers} behind each other. */
export const momentsOf = (
  { ends, rows, starts }: Runs,
  objects: Uint32Array,
  count: number,
  originY: Float64Array,
  originX: Float64Array,
): Float64Array => {
  const out = new Float64Array(count * orders)
  for (let y = 0; y + 1 < rows.length; y++) {
    for (let run = rows[y]; run < rows[y + 1]; run++) {
      const object = objects[run]
      const n = ends[run] - starts[run]
      const dy = y - originY[object]
      const middle = (starts[run] + ends[run] - 1) / 2 - originX[object]
      // Sum of squared steps from the middle of the run; odd powers of them vanish.
      const spread = (n * (n * n - 1)) / 12
      const x1 = n * middle
      const x2 = n * middle * middle + spread
      const x3 = middle * (n * middle * middle + 3 * spread)
      const at = object * orders
      out[at] += n
      out[at + 1] += x1
      out[at + 2] += x2
      out[at + 3] += x3
      out[at + 4] += dy * n
      out[at + 5] += dy * x1
      out[at + 6] += dy * x2
      out[at + 7] += dy * dy * n
      out[at + 8] += dy * dy * x1
      out[at + 9] += dy * dy * dy * n
    }
  }
  return out
}

/** The second central moments, divided by the area, from moments about a pixel: exact where their sums are. */
const secondOf = (raw: Float64Array, object: number, first: number, other: number, second: number): number => {
  const at = object * orders
  const n = raw[at]
  return (n * raw[at + second] - raw[at + first] * raw[at + other]) / (n * n)
}

/** The ellipse with the same second moments. */
export interface Ellipse {
  readonly major: number
  readonly minor: number
  readonly eccentricity: number
  readonly orientation: number
}

/** The ellipse of an object from its moments about a pixel of its own, which are whole numbers. */
export const ellipseOf = (raw: Float64Array, object: number): Ellipse => {
  const rowVariance = secondOf(raw, object, 4, 4, 7)
  const columnVariance = secondOf(raw, object, 1, 1, 2)
  const covariance = secondOf(raw, object, 1, 4, 5)
  // Inertia about the axes: variance along the other one.
  const [a, b, c] = [columnVariance, -covariance, rowVariance]
  const middle = (a + c) / 2
  const half = Math.hypot((a - c) / 2, b)
  const [large, small] = [Math.max(0, middle + half), Math.max(0, middle - half)]
  const orientation = a === c ? (b < 0 ? -Math.PI / 4 : Math.PI / 4) : Math.atan2(-2 * b, c - a) / 2
  return {
    major: 4 * Math.sqrt(large),
    minor: 4 * Math.sqrt(small),
    eccentricity: large === 0 ? 0 : Math.sqrt(1 - small / large),
    orientation,
  }
}

/** Objects minus holes, holes being joined by sides only: runs minus touches of runs in neighbouring rows. */
export const eulerNumbers = (runs: Runs, objects: Uint32Array, count: number): Float64Array => {
  const { ends, rows, starts } = runs
  const out = new Float64Array(count)
  for (let y = 0; y + 1 < rows.length; y++) {
    let above = y === 0 ? 0 : rows[y - 1]
    for (let run = rows[y]; run < rows[y + 1]; run++) {
      out[objects[run]]++
      if (y === 0) continue
      while (above < rows[y] && ends[above] < starts[run]) above++
      for (let other = above; other < rows[y] && starts[other] <= ends[run]; other++) {
        if (objects[other] === objects[run]) out[objects[run]]--
      }
    }
  }
  return out
}

/** The runs of each object: those of object `i` stand in `order` from `offsets[i]` to before `offsets[i + 1]`, rows rising. */
interface Grouped {
  readonly offsets: Uint32Array
  readonly order: Uint32Array
  readonly rowOf: Uint32Array
}

const grouped = ({ rows, starts }: Runs, objects: Uint32Array, count: number): Grouped => {
  const offsets = new Uint32Array(count + 1)
  for (const object of objects) offsets[object + 1]++
  for (let object = 0; object < count; object++) offsets[object + 1] += offsets[object]
  const next = offsets.slice()
  const order = new Uint32Array(starts.length)
  const rowOf = new Uint32Array(starts.length)
  for (let y = 0; y + 1 < rows.length; y++) {
    for (let run = rows[y]; run < rows[y + 1]; run++) {
      rowOf[run] = y
      order[next[objects[run]]++] = run
    }
  }
  return { offsets, order, rowOf }
}

/** Places on one side of an object at half rows, and the chain of those that its convex hull keeps; all doubled, whole numbers. */
class Side {
  readonly #y: Array<number> = []
  readonly #x: Array<number> = []

  /** Adds a place in a lower half row, or one further out (to the left) in the same. */
  add(y: number, x: number): void {
    const last = this.#y.length - 1
    if (this.#y[last] === y) {
      if (x >= this.#x[last]) return
      this.#y.pop()
      this.#x.pop()
    }
    while (this.#y.length >= 2) {
      const [a, b] = [this.#y.length - 2, this.#y.length - 1]
      const turn = (this.#y[b] - this.#y[a]) * (x - this.#x[a]) - (this.#x[b] - this.#x[a]) * (y - this.#y[a])
      if (turn > 0) break
      this.#y.pop()
      this.#x.pop()
    }
    this.#y.push(y)
    this.#x.push(x)
  }

  /** The first whole column at or right of the hull in each row from `top` on. */
  columns(top: number, out: Int32Array): void {
    let edge = 0
    for (let row = 0; row < out.length; row++) {
      const y = 2 * (top + row)
      while (edge + 2 < this.#y.length && this.#y[edge + 1] < y) edge++
      const [y0, x0, y1, x1] = [this.#y[edge], this.#x[edge], this.#y[edge + 1], this.#x[edge + 1]]
      const numerator = x0 * (y1 - y0) + (x1 - x0) * (y - y0)
      out[row] = ceilQuotient(numerator, 2 * (y1 - y0))
    }
  }
}

/** A quotient of whole numbers rounded up, whatever a division of floats rounds to. */
const ceilQuotient = (numerator: number, denominator: number): number => {
  const rest = numerator % denominator
  const whole = (numerator - rest) / denominator
  return rest > 0 ? whole + 1 : whole
}

/** Pixels of each object's convex hull: of the middles of its pixels' sides, borders included. */
export const convexAreas = (runs: Runs, objects: Uint32Array, count: number): Float64Array => {
  const { ends, starts } = runs
  const { offsets, order, rowOf } = grouped(runs, objects, count)
  const out = new Float64Array(count)
  for (let object = 0; object < count; object++) {
    const left = new Side()
    const right = new Side()
    const top = rowOf[order[offsets[object]]]
    const bottom = rowOf[order[offsets[object + 1] - 1]] + 1
    let held: readonly [y: number, least: number, most: number] | undefined
    for (let at = offsets[object]; at < offsets[object + 1];) {
      const y = rowOf[order[at]]
      let [least, most] = [Number.POSITIVE_INFINITY, 0]
      for (; at < offsets[object + 1] && rowOf[order[at]] === y; at++) {
        least = Math.min(least, starts[order[at]])
        most = Math.max(most, ends[order[at]] - 1)
      }
      if (held !== undefined && held[0] < y - 1) {
        left.add(2 * held[0] + 1, 2 * held[1])
        right.add(2 * held[0] + 1, -2 * held[2])
      }
      // The half row above belongs to this row and to the one before it.
      const [above, aboveMost] =
        held !== undefined && held[0] === y - 1 ? [Math.min(held[1], least), Math.max(held[2], most)] : [least, most]
      left.add(2 * y - 1, 2 * above)
      left.add(2 * y, 2 * least - 1)
      right.add(2 * y - 1, -2 * aboveMost)
      right.add(2 * y, -2 * most - 1)
      held = [y, least, most]
    }
    if (held !== undefined) {
      left.add(2 * held[0] + 1, 2 * held[1])
      right.add(2 * held[0] + 1, -2 * held[2])
    }
    const first = new Int32Array(bottom - top)
    const last = new Int32Array(bottom - top)
    left.columns(top, first)
    right.columns(top, last)
    for (let row = 0; row < first.length; row++) out[object] += -last[row] - first[row] + 1
  }
  return out
}
