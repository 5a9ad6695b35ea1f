/**
 * What separable filters share: rows as floats with their border, and weighted sums along a row and across rows.
 * All sums go from the outermost pair of pixels inwards, in single precision: the reference adds in the same order, and
 * the small weights come first, which keeps their digits.
 */

/** Columns that are worked on at a time: the rows that a result needs then stay in the cache. */
export const stripPx: i32 = 512

/** Rows of results that are made at a time from one set of rows. */
export const blockRows: i32 = 32

/** Floats from one row of a strip to the next: a cache line more than a power of two, so that rows do not push each other out of the cache. */
export function strideOf(width: i32): i32 {
  return ((min(width, stripPx) + 31) & ~31) + 16
}

/** The pixel that stands for position `index` of a line of `length`: border 0 reflects (`b a | a b`), 1 repeats the edge. */
export function mapped(index: i32, length: i32, border: i32): i32 {
  if (index >= 0 && index < length) return index
  if (border === 1) return index < 0 ? 0 : length - 1
  const period = length * 2
  let place = index % period
  if (place < 0) place += period
  return place < length ? place : period - 1 - place
}

/** The pixels that stand for columns -radius to width + radius. */
export function mapColumns(map: usize, width: i32, radius: i32, border: i32): void {
  for (let index = -radius; index < width + radius; index++) {
    store<i32>(map + ((<usize>(index + radius)) << 2), mapped(index, width, border))
  }
}

function floatAt<T>(row: usize, column: i32, offset: f32): f32 {
  return <f32>load<T>(row + <usize>column * sizeof<T>()) - offset
}

/** Four pixels from a column on as floats. */
export function floats4<T>(at: usize): v128 {
  if (sizeof<T>() === 4) return v128.load(at)
  if (sizeof<T>() === 2) return f32x4.convert_i32x4_u(v128.load16x4_u(at))
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at))))
}

/** Columns start - radius to start + count + radius of a row, less an offset, then 64 zeros that vectors may read. */
export function fillRow<T>(
  out: usize,
  row: usize,
  map: usize,
  start: i32,
  count: i32,
  radius: i32,
  width: i32,
  offset: f32,
): void {
  let column = start - radius
  const end = start + count + radius
  let to = out
  for (; column < min(0, end); column++, to += 4) {
    store<f32>(to, floatAt<T>(row, load<i32>(map + ((<usize>(column + radius)) << 2)), offset))
  }
  const inside = min(end, width)
  const less = f32x4.splat(offset)
  for (; column + 4 <= inside; column += 4, to += 16) {
    v128.store(to, f32x4.sub(floats4<T>(row + <usize>column * sizeof<T>()), less))
  }
  for (; column < inside; column++, to += 4) store<f32>(to, floatAt<T>(row, column, offset))
  for (; column < end; column++, to += 4) {
    store<f32>(to, floatAt<T>(row, load<i32>(map + ((<usize>(column + radius)) << 2)), offset))
  }
  memory.fill(to, 0, 256)
}

/** The weighted sum around each of `count` pixels of a row that {@link fillRow} made; `count` is a multiple of 32. */
export function sumAlong(out: usize, row: usize, weights: usize, radius: i32, count: i32): void {
  for (let x = 0; x < count; x += 32) {
    const middle = row + ((<usize>(x + radius)) << 2)
    let a0 = f32x4.splat(0)
    let a1 = a0
    let a2 = a0
    let a3 = a0
    let a4 = a0
    let a5 = a0
    let a6 = a0
    let a7 = a0
    let left = middle - ((<usize>radius) << 2)
    let right = middle + ((<usize>radius) << 2)
    for (let weight = weights + ((<usize>radius) << 2); weight > weights; weight -= 4, left += 4, right -= 4) {
      const w = v128.load32_splat(weight)
      a0 = f32x4.add(a0, f32x4.mul(w, f32x4.add(v128.load(left), v128.load(right))))
      a1 = f32x4.add(a1, f32x4.mul(w, f32x4.add(v128.load(left, 16), v128.load(right, 16))))
      a2 = f32x4.add(a2, f32x4.mul(w, f32x4.add(v128.load(left, 32), v128.load(right, 32))))
      a3 = f32x4.add(a3, f32x4.mul(w, f32x4.add(v128.load(left, 48), v128.load(right, 48))))
      a4 = f32x4.add(a4, f32x4.mul(w, f32x4.add(v128.load(left, 64), v128.load(right, 64))))
      a5 = f32x4.add(a5, f32x4.mul(w, f32x4.add(v128.load(left, 80), v128.load(right, 80))))
      a6 = f32x4.add(a6, f32x4.mul(w, f32x4.add(v128.load(left, 96), v128.load(right, 96))))
      a7 = f32x4.add(a7, f32x4.mul(w, f32x4.add(v128.load(left, 112), v128.load(right, 112))))
    }
    const w = v128.load32_splat(weights)
    const to = out + ((<usize>x) << 2)
    v128.store(to, f32x4.add(a0, f32x4.mul(w, v128.load(middle))))
    v128.store(to, f32x4.add(a1, f32x4.mul(w, v128.load(middle, 16))), 16)
    v128.store(to, f32x4.add(a2, f32x4.mul(w, v128.load(middle, 32))), 32)
    v128.store(to, f32x4.add(a3, f32x4.mul(w, v128.load(middle, 48))), 48)
    v128.store(to, f32x4.add(a4, f32x4.mul(w, v128.load(middle, 64))), 64)
    v128.store(to, f32x4.add(a5, f32x4.mul(w, v128.load(middle, 80))), 80)
    v128.store(to, f32x4.add(a6, f32x4.mul(w, v128.load(middle, 96))), 96)
    v128.store(to, f32x4.add(a7, f32x4.mul(w, v128.load(middle, 112))), 112)
  }
}

/** Added to a float from 0 to 2^22, it rounds that to the nearest whole number, in the lowest bits. */
const rounding: f32 = 8388608
const roundingBits: i32 = 0x4b000000

/**
 * Four sums as whole numbers, cut. Where a sum is below the pixel itself by no more than what single precision cannot tell, it is the
 * pixel: flat regions stay as they are, whatever the weights' last digits.
 */
// @inline
export function settled(sum: v128, pixel: v128, less: v128): v128 {
  const value = f32x4.pmax(sum, v128.and(pixel, f32x4.ge(sum, f32x4.mul(pixel, less))))
  const round = f32x4.splat(rounding)
  const rounded = f32x4.add(value, round)
  // A comparison that holds is -1.
  const isOver = f32x4.gt(f32x4.sub(rounded, round), value)
  return i32x4.add(i32x4.sub(rounded, i32x4.splat(roundingBits)), isOver)
}

/** The same of eight pixels of 16 bits. */
// @inline
function settledEight(low: v128, high: v128, pixels: v128, less: f32): v128 {
  const near = f32x4.splat(less)
  const first = settled(low, f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(pixels)), near)
  const second = settled(high, f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(pixels)), near)
  return i16x8.narrow_i32x4_u(first, second)
}

/**
 * The weighted sums across rows, for `lines` rows of results that are `stride` floats apart. The address of the first row that
 * the first result needs stands at `rows`, that of the last at place 2 `radius`. Thirty-two columns are done for all lines before the
 * next, so that what was loaded is used again while it is near; columns are those from `start` to `end`, both multiples of 32. Of floats the sums
 * are stored as they are; of pixels of 16 bits they are settled against the pixels at `source`, which has the shape of the result.
 */
export function sumAcross<T>(
  out: usize,
  stride: i32,
  rows: usize,
  lines: i32,
  weights: usize,
  radius: i32,
  start: i32,
  end: i32,
  source: usize,
  less: f32,
): void {
  const last = weights + ((<usize>radius) << 2)
  for (let x = start; x < end; x += 32) {
    const at = (<usize>x) << 2
    for (let line = 0; line < lines; line++) {
      let a0 = f32x4.splat(0)
      let a1 = a0
      let a2 = a0
      let a3 = a0
      let a4 = a0
      let a5 = a0
      let a6 = a0
      let a7 = a0
      let above = rows + ((<usize>line) << 2)
      let below = above + ((<usize>radius) << 3)
      for (let weight = last; weight > weights; weight -= 4, above += 4, below -= 4) {
        const w = v128.load32_splat(weight)
        const p = <usize>load<u32>(above) + at
        const q = <usize>load<u32>(below) + at
        a0 = f32x4.add(a0, f32x4.mul(w, f32x4.add(v128.load(p), v128.load(q))))
        a1 = f32x4.add(a1, f32x4.mul(w, f32x4.add(v128.load(p, 16), v128.load(q, 16))))
        a2 = f32x4.add(a2, f32x4.mul(w, f32x4.add(v128.load(p, 32), v128.load(q, 32))))
        a3 = f32x4.add(a3, f32x4.mul(w, f32x4.add(v128.load(p, 48), v128.load(q, 48))))
        a4 = f32x4.add(a4, f32x4.mul(w, f32x4.add(v128.load(p, 64), v128.load(q, 64))))
        a5 = f32x4.add(a5, f32x4.mul(w, f32x4.add(v128.load(p, 80), v128.load(q, 80))))
        a6 = f32x4.add(a6, f32x4.mul(w, f32x4.add(v128.load(p, 96), v128.load(q, 96))))
        a7 = f32x4.add(a7, f32x4.mul(w, f32x4.add(v128.load(p, 112), v128.load(q, 112))))
      }
      const w = v128.load32_splat(weights)
      const p = <usize>load<u32>(above) + at
      a0 = f32x4.add(a0, f32x4.mul(w, v128.load(p)))
      a1 = f32x4.add(a1, f32x4.mul(w, v128.load(p, 16)))
      a2 = f32x4.add(a2, f32x4.mul(w, v128.load(p, 32)))
      a3 = f32x4.add(a3, f32x4.mul(w, v128.load(p, 48)))
      a4 = f32x4.add(a4, f32x4.mul(w, v128.load(p, 64)))
      a5 = f32x4.add(a5, f32x4.mul(w, v128.load(p, 80)))
      a6 = f32x4.add(a6, f32x4.mul(w, v128.load(p, 96)))
      a7 = f32x4.add(a7, f32x4.mul(w, v128.load(p, 112)))
      const place = (<usize>line * stride + x) * sizeof<T>()
      const to = out + place
      if (isFloat<T>()) {
        v128.store(to, a0)
        v128.store(to, a1, 16)
        v128.store(to, a2, 32)
        v128.store(to, a3, 48)
        v128.store(to, a4, 64)
        v128.store(to, a5, 80)
        v128.store(to, a6, 96)
        v128.store(to, a7, 112)
      } else {
        const from = source + place
        v128.store(to, settledEight(a0, a1, v128.load(from), less))
        v128.store(to, settledEight(a2, a3, v128.load(from, 16), less), 16)
        v128.store(to, settledEight(a4, a5, v128.load(from, 32), less), 32)
        v128.store(to, settledEight(a6, a7, v128.load(from, 48), less), 48)
      }
    }
  }
}

/** As {@link sumAlong} with two sets of weights: pairs are added once. */
export function sumAlong2(
  out0: usize,
  out2: usize,
  row: usize,
  weights0: usize,
  weights2: usize,
  radius: i32,
  count: i32,
): void {
  for (let x = 0; x < count; x += 16) {
    const middle = row + ((<usize>(x + radius)) << 2)
    let a0 = f32x4.splat(0)
    let a1 = a0
    let a2 = a0
    let a3 = a0
    let b0 = a0
    let b1 = a0
    let b2 = a0
    let b3 = a0
    let left = middle - ((<usize>radius) << 2)
    let right = middle + ((<usize>radius) << 2)
    for (let at = (<usize>radius) << 2; at > 0; at -= 4, left += 4, right -= 4) {
      const w0 = v128.load32_splat(weights0 + at)
      const w2 = v128.load32_splat(weights2 + at)
      let pair = f32x4.add(v128.load(left), v128.load(right))
      a0 = f32x4.add(a0, f32x4.mul(w0, pair))
      b0 = f32x4.add(b0, f32x4.mul(w2, pair))
      pair = f32x4.add(v128.load(left, 16), v128.load(right, 16))
      a1 = f32x4.add(a1, f32x4.mul(w0, pair))
      b1 = f32x4.add(b1, f32x4.mul(w2, pair))
      pair = f32x4.add(v128.load(left, 32), v128.load(right, 32))
      a2 = f32x4.add(a2, f32x4.mul(w0, pair))
      b2 = f32x4.add(b2, f32x4.mul(w2, pair))
      pair = f32x4.add(v128.load(left, 48), v128.load(right, 48))
      a3 = f32x4.add(a3, f32x4.mul(w0, pair))
      b3 = f32x4.add(b3, f32x4.mul(w2, pair))
    }
    const w0 = v128.load32_splat(weights0)
    const w2 = v128.load32_splat(weights2)
    const at = (<usize>x) << 2
    v128.store(out0 + at, f32x4.add(a0, f32x4.mul(w0, v128.load(middle))))
    v128.store(out0 + at, f32x4.add(a1, f32x4.mul(w0, v128.load(middle, 16))), 16)
    v128.store(out0 + at, f32x4.add(a2, f32x4.mul(w0, v128.load(middle, 32))), 32)
    v128.store(out0 + at, f32x4.add(a3, f32x4.mul(w0, v128.load(middle, 48))), 48)
    v128.store(out2 + at, f32x4.add(b0, f32x4.mul(w2, v128.load(middle))))
    v128.store(out2 + at, f32x4.add(b1, f32x4.mul(w2, v128.load(middle, 16))), 16)
    v128.store(out2 + at, f32x4.add(b2, f32x4.mul(w2, v128.load(middle, 32))), 32)
    v128.store(out2 + at, f32x4.add(b3, f32x4.mul(w2, v128.load(middle, 48))), 48)
  }
}

/**
 * The sums across rows, weighted by `weights2`, and of rows `apart` bytes behind them by `weights0`; then times a factor. As
 * {@link sumAcross} else.
 */
export function sumAcross2(
  out: usize,
  stride: i32,
  rows: usize,
  apart: usize,
  lines: i32,
  weights0: usize,
  weights2: usize,
  radius: i32,
  count: i32,
  factor: f32,
): void {
  const times = f32x4.splat(factor)
  for (let x = 0; x < count; x += 8) {
    const column = (<usize>x) << 2
    for (let line = 0; line < lines; line++) {
      let a0 = f32x4.splat(0)
      let a1 = a0
      let b0 = a0
      let b1 = a0
      let above = rows + ((<usize>line) << 2)
      let below = above + ((<usize>radius) << 3)
      for (let at = (<usize>radius) << 2; at > 0; at -= 4, above += 4, below -= 4) {
        const w0 = v128.load32_splat(weights0 + at)
        const w2 = v128.load32_splat(weights2 + at)
        let p = <usize>load<u32>(above) + column
        let q = <usize>load<u32>(below) + column
        a0 = f32x4.add(a0, f32x4.mul(w2, f32x4.add(v128.load(p), v128.load(q))))
        a1 = f32x4.add(a1, f32x4.mul(w2, f32x4.add(v128.load(p, 16), v128.load(q, 16))))
        p += apart
        q += apart
        b0 = f32x4.add(b0, f32x4.mul(w0, f32x4.add(v128.load(p), v128.load(q))))
        b1 = f32x4.add(b1, f32x4.mul(w0, f32x4.add(v128.load(p, 16), v128.load(q, 16))))
      }
      const w0 = v128.load32_splat(weights0)
      const w2 = v128.load32_splat(weights2)
      const p = <usize>load<u32>(above) + column
      const q = p + apart
      const to = out + ((<usize>line * stride) << 2) + column
      a0 = f32x4.add(a0, f32x4.mul(w2, v128.load(p)))
      a1 = f32x4.add(a1, f32x4.mul(w2, v128.load(p, 16)))
      b0 = f32x4.add(b0, f32x4.mul(w0, v128.load(q)))
      b1 = f32x4.add(b1, f32x4.mul(w0, v128.load(q, 16)))
      v128.store(to, f32x4.mul(times, f32x4.add(a0, b0)))
      v128.store(to, f32x4.mul(times, f32x4.add(a1, b1)), 16)
    }
  }
}
