/**
 * Blocks of pixels through all planes of a stack, small enough for the cache: products of planes with each other, and the part of them
 * that lies along given vectors.
 *
 * @layer logic
 * @module
 */
import type { Pixels } from "../../Image.ts"

/** Pixels of each plane in a block. */
export const blockPx = 1024

/** A place for a block, with planes of zeros up to a multiple of three. */
export const blockOf = (planes: number): Float64Array => new Float64Array(Math.ceil(planes / 3) * 3 * blockPx)

/** A loop of its own, which engines make fast for the type of pixels; they do so less well inside of the loops over blocks. */
const copy = (data: Pixels, from: number, length: number, block: Float64Array, to: number): void => {
  for (let index = 0; index < length; index++) block[to + index] = data[from + index]
}

/** Pixels `start` to `start + length` of all planes, each `blockPx` numbers after the one before. */
export const gather = (
  data: Pixels,
  start: number,
  length: number,
  size: number,
  planes: number,
  block: Float64Array,
): void => {
  for (let plane = 0; plane < planes; plane++) {
    copy(data, plane * size + start, length, block, plane * blockPx)
  }
}

/** Sums of products of three planes with three others, over a block: nine sums that stay in registers. */
const addProducts = (
  block: Float64Array,
  length: number,
  rows: readonly [number, number, number],
  columns: readonly [number, number, number],
  products: Float64Array,
  planes: number,
): void => {
  const [a, b, c] = [rows[0] * blockPx, rows[1] * blockPx, rows[2] * blockPx]
  const [d, e, f] = [columns[0] * blockPx, columns[1] * blockPx, columns[2] * blockPx]
  let [ad, ae, af, bd, be, bf, cd, ce, cf] = [0, 0, 0, 0, 0, 0, 0, 0, 0]
  for (let index = 0; index < length; index++) {
    const ra = block[a + index]
    const rb = block[b + index]
    const rc = block[c + index]
    const rd = block[d + index]
    const re = block[e + index]
    const rf = block[f + index]
    ad += ra * rd
    ae += ra * re
    af += ra * rf
    bd += rb * rd
    be += rb * re
    bf += rb * rf
    cd += rc * rd
    ce += rc * re
    cf += rc * rf
  }
  const sums = [ad, ae, af, bd, be, bf, cd, ce, cf]
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      const at = rows[row] * planes + columns[column]
      if (rows[row] < planes && columns[column] < planes) products[at] += sums[3 * row + column]
    }
  }
}

/** Sums of three planes from `row` on, and of their products with each other, over a block. */
const addOwnProducts = (
  block: Float64Array,
  length: number,
  row: number,
  products: Float64Array,
  sums: Float64Array,
  planes: number,
): void => {
  const [a, b, c] = [row * blockPx, (row + 1) * blockPx, (row + 2) * blockPx]
  let [aa, ab, ac, bb, bc, cc, sa, sb, sc] = [0, 0, 0, 0, 0, 0, 0, 0, 0]
  for (let index = 0; index < length; index++) {
    const ra = block[a + index]
    const rb = block[b + index]
    const rc = block[c + index]
    aa += ra * ra
    ab += ra * rb
    ac += ra * rc
    bb += rb * rb
    bc += rb * rc
    cc += rc * rc
    sa += ra
    sb += rb
    sc += rc
  }
  products[row * planes + row] += aa
  sums[row] += sa
  if (row + 1 >= planes) return
  products[row * planes + row + 1] += ab
  products[(row + 1) * planes + row + 1] += bb
  sums[row + 1] += sb
  if (row + 2 >= planes) return
  products[row * planes + row + 2] += ac
  products[(row + 1) * planes + row + 2] += bc
  products[(row + 2) * planes + row + 2] += cc
  sums[row + 2] += sc
}

/** Fills in the products of planes with each other, and the sum of each. Planes beyond the last are zeros in the block. */
export const sumProducts = (
  data: Pixels,
  planes: number,
  size: number,
  block: Float64Array,
  products: Float64Array,
  sums: Float64Array,
): void => {
  products.fill(0)
  sums.fill(0)
  for (let start = 0; start < size; start += blockPx) {
    const length = Math.min(blockPx, size - start)
    gather(data, start, length, size, planes, block)
    for (let row = 0; row < planes; row += 3) {
      addOwnProducts(block, length, row, products, sums, planes)
      for (let column = row + 3; column < planes; column += 3) {
        addProducts(block, length, [row, row + 1, row + 2], [column, column + 1, column + 2], products, planes)
      }
    }
  }
  for (let row = 0; row < planes; row++) {
    for (let column = 0; column < row; column++) products[row * planes + column] = products[column * planes + row]
  }
}

/** Places for the parts of a block along three vectors. */
const parts = [0, 0, 0].map(() => new Float64Array(blockPx))

/** Vectors with such of zeros behind them, up to a multiple of three. */
export const byThrees = (vectors: ReadonlyArray<Float64Array>, planes: number): ReadonlyArray<Float64Array> => {
  const missing = (3 - (vectors.length % 3)) % 3
  return [...vectors, ...Array.from({ length: missing }, () => new Float64Array(planes))]
}

/** The part of a block that lies along the vectors, times `factor`. Vectors come by threes, and planes are taken so as well. */
export const project = (
  block: Float64Array,
  length: number,
  planes: number,
  vectors: ReadonlyArray<Float64Array>,
  factor: number,
  light: Float64Array,
): void => {
  for (let first = 0; first < vectors.length; first += 3) {
    const three = [vectors[first], vectors[first + 1], vectors[first + 2]] as const
    alongThree(block, length, planes, three)
    addThree(length, planes, three, factor, light, first === 0)
  }
}

type Three = readonly [Float64Array, Float64Array, Float64Array]

const alongThree = (block: Float64Array, length: number, planes: number, [u, v, w]: Three): void => {
  const [along, across, beyond] = parts
  along.fill(0)
  across.fill(0)
  beyond.fill(0)
  for (let plane = 0; plane < planes; plane += 3) {
    const from = plane * blockPx
    const [ua, ub, uc] = [u[plane], u[plane + 1] ?? 0, u[plane + 2] ?? 0]
    const [va, vb, vc] = [v[plane], v[plane + 1] ?? 0, v[plane + 2] ?? 0]
    const [wa, wb, wc] = [w[plane], w[plane + 1] ?? 0, w[plane + 2] ?? 0]
    for (let index = 0; index < length; index++) {
      const a = block[from + index]
      const b = block[from + blockPx + index]
      const c = block[from + 2 * blockPx + index]
      along[index] += ua * a + ub * b + uc * c
      across[index] += va * a + vb * b + vc * c
      beyond[index] += wa * a + wb * b + wc * c
    }
  }
}

const addThree = (
  length: number,
  planes: number,
  [u, v, w]: Three,
  factor: number,
  light: Float64Array,
  isFirst: boolean,
): void => {
  const [along, across, beyond] = parts
  for (let plane = 0; plane < planes; plane++) {
    const to = plane * blockPx
    const [a, b, c] = [factor * u[plane], factor * v[plane], factor * w[plane]]
    if (isFirst) {
      for (let index = 0; index < length; index++) {
        light[to + index] = a * along[index] + b * across[index] + c * beyond[index]
      }
    } else {
      for (let index = 0; index < length; index++) {
        light[to + index] += a * along[index] + b * across[index] + c * beyond[index]
      }
    }
  }
}
