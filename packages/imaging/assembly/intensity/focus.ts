/**
 * How sharp planes are, as a whole and around each pixel; how many pixels stand at the ends of the range.
 */
import { four, two } from "./lanes"

/** A row with its first and last pixel repeated beside it. */
function edged(from: usize, to: usize, width: i32): void {
  let x: i32 = 0
  for (; x + 4 <= width; x += 4) v128.store(to + ((<usize>x) << 2), four(from + ((<usize>x) << 1)), 4)
  for (; x < width; x++) store<i32>(to + ((<usize>x) << 2), <i32>load<u16>(from + ((<usize>x) << 1)), 4)
  store<i32>(to, load<i32>(to, 4))
  store<i32>(to + ((<usize>width) << 2), load<i32>(to + ((<usize>width) << 2)), 4)
}

function squares(sum: v128, value: v128): v128 {
  return i64x2.add(sum, i64x2.add(i64x2.extmul_low_i32x4_s(value, value), i64x2.extmul_high_i32x4_s(value, value)))
}

function total(sum: v128): i64 {
  return i64x2.extract_lane(sum, 0) + i64x2.extract_lane(sum, 1)
}

/**
 * Sums of squares over a plane of 16 bits: Laplacian, gradient, differences over two pixels, deviations from `centre`; and
 * the sum of these deviations. `rows` has room for three rows of i32 that are two longer; `out` for 5 f64.
 */
export function focusU16(source: usize, width: i32, height: i32, centre: i32, rows: usize, out: usize): void {
  const pitch = (<usize>width) << 1
  const rowPitch = (<usize>(width + 2)) << 2
  const centres = i32x4.splat(centre)
  let laplacian: f64 = 0
  let gradient: f64 = 0
  let brenner: f64 = 0
  let deviation: f64 = 0
  let difference: i64 = 0
  edged(source, rows, width)
  edged(source, rows + rowPitch, width)
  for (let y: i32 = 0; y < height; y++) {
    const up = rows + <usize>(y % 3) * rowPitch
    const here = rows + <usize>((y + 1) % 3) * rowPitch
    const down = rows + <usize>((y + 2) % 3) * rowPitch
    edged(source + <usize>min(y + 1, height - 1) * pitch, down, width)
    let ofLaplacian = i64x2.splat(0)
    let ofGradient = i64x2.splat(0)
    let ofBrenner = i64x2.splat(0)
    let ofDeviation = i64x2.splat(0)
    let ofDifference = i64x2.splat(0)
    let paired: i32 = 0
    let x: i32 = 0
    for (; x + 4 <= width; x += 4) {
      const at = (<usize>x) << 2
      const upLeft = v128.load(up + at)
      const upHere = v128.load(up + at, 4)
      const upRight = v128.load(up + at, 8)
      const left = v128.load(here + at)
      const own = v128.load(here + at, 4)
      const right = v128.load(here + at, 8)
      const downLeft = v128.load(down + at)
      const downHere = v128.load(down + at, 4)
      const downRight = v128.load(down + at, 8)
      const around = i32x4.add(i32x4.add(upHere, downHere), i32x4.add(left, right))
      ofLaplacian = squares(ofLaplacian, i32x4.sub(around, i32x4.shl(own, 2)))
      const rightSide = i32x4.add(i32x4.add(upRight, downRight), i32x4.shl(right, 1))
      const leftSide = i32x4.add(i32x4.add(upLeft, downLeft), i32x4.shl(left, 1))
      const downSide = i32x4.add(i32x4.add(downLeft, downRight), i32x4.shl(downHere, 1))
      const upSide = i32x4.add(i32x4.add(upLeft, upRight), i32x4.shl(upHere, 1))
      ofGradient = squares(ofGradient, i32x4.sub(rightSide, leftSide))
      ofGradient = squares(ofGradient, i32x4.sub(downSide, upSide))
      const off = i32x4.sub(own, centres)
      ofDeviation = squares(ofDeviation, off)
      ofDifference = i64x2.add(ofDifference, i64x2.add(i64x2.extend_low_i32x4_s(off), i64x2.extend_high_i32x4_s(off)))
      if (x + 6 <= width) {
        ofBrenner = squares(ofBrenner, i32x4.sub(v128.load(here + at, 12), own))
        paired = x + 4
      }
    }
    let rowLaplacian = total(ofLaplacian)
    let rowGradient = total(ofGradient)
    let rowBrenner = total(ofBrenner)
    let rowDeviation = total(ofDeviation)
    difference += total(ofDifference)
    for (; x < width; x++) {
      const at = (<usize>x) << 2
      const own = load<i32>(here + at, 4)
      const around = load<i32>(up + at, 4) + load<i32>(down + at, 4) + load<i32>(here + at) + load<i32>(here + at, 8)
      const curve = <i64>(around - 4 * own)
      rowLaplacian += curve * curve
      const rightSide = load<i32>(up + at, 8) + load<i32>(down + at, 8) + 2 * load<i32>(here + at, 8)
      const leftSide = load<i32>(up + at) + load<i32>(down + at) + 2 * load<i32>(here + at)
      const downSide = load<i32>(down + at) + load<i32>(down + at, 8) + 2 * load<i32>(down + at, 4)
      const upSide = load<i32>(up + at) + load<i32>(up + at, 8) + 2 * load<i32>(up + at, 4)
      const along = <i64>(rightSide - leftSide)
      const across = <i64>(downSide - upSide)
      rowGradient += along * along + across * across
      const off = <i64>(own - centre)
      rowDeviation += off * off
      difference += off
    }
    for (; paired + 2 < width; paired++) {
      const one = <i64>(load<i32>(here + ((<usize>paired) << 2), 12) - load<i32>(here + ((<usize>paired) << 2), 4))
      rowBrenner += one * one
    }
    laplacian += <f64>rowLaplacian
    gradient += <f64>rowGradient
    brenner += <f64>rowBrenner
    deviation += <f64>rowDeviation
  }
  store<f64>(out, laplacian)
  store<f64>(out, gradient, 8)
  store<f64>(out, brenner, 16)
  store<f64>(out, deviation, 24)
  store<f64>(out, <f64>difference, 32)
}

/** As {@link focusU16}, of floats: each pixel after the other, in 64 bits. */
export function focusF32(source: usize, width: i32, height: i32, centre: f64, out: usize): void {
  let laplacian: f64 = 0
  let gradient: f64 = 0
  let brenner: f64 = 0
  let deviation: f64 = 0
  let difference: f64 = 0
  for (let y: i32 = 0; y < height; y++) {
    const up = source + ((<usize>max(y - 1, 0) * width) << 2)
    const here = source + ((<usize>y * width) << 2)
    const down = source + ((<usize>min(y + 1, height - 1) * width) << 2)
    let rowLaplacian: f64 = 0
    let rowGradient: f64 = 0
    let rowBrenner: f64 = 0
    let rowDeviation: f64 = 0
    let rowDifference: f64 = 0
    for (let x: i32 = 0; x < width; x++) {
      const before = (<usize>max(x - 1, 0)) << 2
      const at = (<usize>x) << 2
      const after = (<usize>min(x + 1, width - 1)) << 2
      const own = <f64>load<f32>(here + at)
      const upHere = <f64>load<f32>(up + at)
      const downHere = <f64>load<f32>(down + at)
      const left = <f64>load<f32>(here + before)
      const right = <f64>load<f32>(here + after)
      const upLeft = <f64>load<f32>(up + before)
      const upRight = <f64>load<f32>(up + after)
      const downLeft = <f64>load<f32>(down + before)
      const downRight = <f64>load<f32>(down + after)
      const curve = upHere + downHere + (left + right) - 4 * own
      rowLaplacian += curve * curve
      const along = upRight + downRight + 2 * right - (upLeft + downLeft + 2 * left)
      const across = downLeft + downRight + 2 * downHere - (upLeft + upRight + 2 * upHere)
      rowGradient += along * along + across * across
      if (x + 2 < width) {
        const step = <f64>load<f32>(here + at, 8) - own
        rowBrenner += step * step
      }
      const off = own - centre
      rowDeviation += off * off
      rowDifference += off
    }
    laplacian += rowLaplacian
    gradient += rowGradient
    brenner += rowBrenner
    deviation += rowDeviation
    difference += rowDifference
  }
  store<f64>(out, laplacian)
  store<f64>(out, gradient, 8)
  store<f64>(out, brenner, 16)
  store<f64>(out, deviation, 24)
  store<f64>(out, difference, 32)
}

/** The sum of a plane of 16 bits. */
export function sumU16(source: usize, size: u32): f64 {
  let sum = i64x2.splat(0)
  let index: u32 = 0
  for (; index + 8 <= size; index += 8) {
    const pairs = i32x4.extadd_pairwise_i16x8_u(v128.load(source + ((<usize>index) << 1)))
    sum = i64x2.add(sum, i64x2.add(i64x2.extend_low_i32x4_u(pairs), i64x2.extend_high_i32x4_u(pairs)))
  }
  let all = total(sum)
  for (; index < size; index++) all += <i64>load<u16>(source + ((<usize>index) << 1))
  return <f64>all
}

/** As {@link sumU16}, of floats: each pixel after the other, in 64 bits. */
export function sumF32(source: usize, size: u32): f64 {
  let sum: f64 = 0
  for (let index: u32 = 0; index < size; index++) sum += <f64>load<f32>(source + ((<usize>index) << 2))
  return sum
}

/** How many pixels of 16 bits are at most `bottom`, and at least `top`: two u32. */
export function endsU16(source: usize, size: u32, bottom: u32, top: u32, out: usize): void {
  const tops = i16x8.splat(<i16>top)
  const bottoms = i16x8.splat(<i16>bottom)
  let high = i32x4.splat(0)
  let low = i32x4.splat(0)
  let index: u32 = 0
  for (; index + 8 <= size; index += 8) {
    const value = v128.load(source + ((<usize>index) << 1))
    // A comparison that holds is -1 in each lane.
    high = i32x4.sub(high, i32x4.extadd_pairwise_i16x8_s(i16x8.ge_u(value, tops)))
    low = i32x4.sub(low, i32x4.extadd_pairwise_i16x8_s(i16x8.le_u(value, bottoms)))
  }
  let atTop = lanesOf(high)
  let atBottom = lanesOf(low)
  for (; index < size; index++) {
    const value = <u32>load<u16>(source + ((<usize>index) << 1))
    if (value >= top) atTop++
    if (value <= bottom) atBottom++
  }
  store<u32>(out, atBottom)
  store<u32>(out, atTop, 4)
}

function lanesOf(sum: v128): u32 {
  return <u32>(
    (i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3))
  )
}

/** As {@link endsU16}, of floats. */
export function endsF32(source: usize, size: u32, bottom: f32, top: f32, out: usize): void {
  let atTop: u32 = 0
  let atBottom: u32 = 0
  for (let index: u32 = 0; index < size; index++) {
    const value = load<f32>(source + ((<usize>index) << 2))
    atTop += u32(value >= top)
    atBottom += u32(value <= bottom)
  }
  store<u32>(out, atBottom)
  store<u32>(out, atTop, 4)
}

/** Squared Laplacians of a row, edges repeated. */
function curvesOf(up: usize, here: usize, down: usize, width: i32, out: usize): void {
  let x: i32 = 0
  while (x < width) {
    const at = (<usize>x) << 2
    if (x > 0 && x + 3 <= width) {
      const around = f64x2.add(
        f64x2.add(two(up + at), two(down + at)),
        f64x2.add(two(here + at - 4), two(here + at + 4)),
      )
      const curve = f64x2.sub(around, f64x2.mul(f64x2.splat(4), two(here + at)))
      v128.store(out + ((<usize>x) << 3), f64x2.mul(curve, curve))
      x += 2
      continue
    }
    const left = <f64>load<f32>(here + ((<usize>max(x - 1, 0)) << 2))
    const right = <f64>load<f32>(here + ((<usize>min(x + 1, width - 1)) << 2))
    const around = <f64>load<f32>(up + at) + <f64>load<f32>(down + at) + (left + right)
    const curve = around - 4 * <f64>load<f32>(here + at)
    store<f64>(out + ((<usize>x) << 3), curve * curve)
    x++
  }
}

/** Where two sums are more than the best so far, which they then replace. */
// @inline
function sharper(at: usize, sum: v128): v128 {
  const before = v128.load(at)
  v128.store(at, f64x2.pmax(before, sum))
  return f64x2.gt(sum, before)
}

/**
 * One more plane of floats: where the squared Laplacian, summed over a window, is more than that of the planes before,
 * `chosen` (u16) becomes its number. `best` holds an f64 for each pixel; `curves` a row and twice the radius and two;
 * `ring` as many rows as the window has, each of an even length `pitch`.
 */
export function sharpestF32(
  source: usize,
  width: i32,
  height: i32,
  plane: u32,
  radius: i32,
  best: usize,
  chosen: usize,
  curves: usize,
  ring: usize,
  pitch: i32,
): void {
  const side = 2 * radius + 1
  const ringPitch = (<usize>pitch) << 3
  const ringEnd = ring + <usize>side * ringPitch
  const planes = i16x8.splat(<i16>plane)
  // Outside the picture there is nothing sharp: `curves` is 0 at both ends, and rows outside are left out.
  memory.fill(curves, 0, (<usize>(width + 2 * radius + 2)) << 3)
  for (let row: i32 = 0; row < height + radius; row++) {
    if (row < height) {
      const here = source + ((<usize>row * width) << 2)
      const up = source + ((<usize>max(row - 1, 0) * width) << 2)
      const down = source + ((<usize>min(row + 1, height - 1) * width) << 2)
      curvesOf(up, here, down, width, curves + ((<usize>radius) << 3))
      const line = ring + <usize>(row % side) * ringPitch
      let x: i32 = 0
      for (; x + 8 <= width; x += 8) {
        let at = curves + ((<usize>x) << 3)
        const end = at + ((<usize>side) << 3)
        let sum0 = v128.load(at)
        let sum1 = v128.load(at, 16)
        let sum2 = v128.load(at, 32)
        let sum3 = v128.load(at, 48)
        for (at += 8; at < end; at += 8) {
          sum0 = f64x2.add(sum0, v128.load(at))
          sum1 = f64x2.add(sum1, v128.load(at, 16))
          sum2 = f64x2.add(sum2, v128.load(at, 32))
          sum3 = f64x2.add(sum3, v128.load(at, 48))
        }
        const to = line + ((<usize>x) << 3)
        v128.store(to, sum0)
        v128.store(to, sum1, 16)
        v128.store(to, sum2, 32)
        v128.store(to, sum3, 48)
      }
      for (; x < width; x += 2) {
        let at = curves + ((<usize>x) << 3)
        const end = at + ((<usize>side) << 3)
        let sum = v128.load(at)
        for (at += 8; at < end; at += 8) sum = f64x2.add(sum, v128.load(at))
        v128.store(line + ((<usize>x) << 3), sum)
      }
    }
    const y = row - radius
    if (y < 0) continue
    const first = max(y - radius, 0)
    const others = min(y + radius, height - 1) - first
    const start = ring + <usize>(first % side) * ringPitch
    const index = <usize>y * width
    // Bytes of 0x80 are a number just below 0: every sum is more.
    if (plane === 0) memory.fill(best + (index << 3), 0x80, (<usize>width) << 3)
    let x: i32 = 0
    for (; x + 8 <= width; x += 8) {
      const column = (<usize>x) << 3
      let from = start + column
      const end = ringEnd + column
      let sum0 = v128.load(from)
      let sum1 = v128.load(from, 16)
      let sum2 = v128.load(from, 32)
      let sum3 = v128.load(from, 48)
      for (let other = others; other > 0; other--) {
        from += ringPitch
        if (from === end) from = ring + column
        sum0 = f64x2.add(sum0, v128.load(from))
        sum1 = f64x2.add(sum1, v128.load(from, 16))
        sum2 = f64x2.add(sum2, v128.load(from, 32))
        sum3 = f64x2.add(sum3, v128.load(from, 48))
      }
      const at = best + (index << 3) + column
      const low = v128.shuffle<i32>(sharper(at, sum0), sharper(at + 16, sum1), 0, 2, 4, 6)
      const high = v128.shuffle<i32>(sharper(at + 32, sum2), sharper(at + 48, sum3), 0, 2, 4, 6)
      const to = chosen + ((index + x) << 1)
      v128.store(to, v128.bitselect(planes, v128.load(to), i16x8.narrow_i32x4_s(low, high)))
    }
    for (; x < width; x++) {
      const column = (<usize>x) << 3
      let from = start + column
      let sum = load<f64>(from)
      for (let other = others; other > 0; other--) {
        from += ringPitch
        if (from === ringEnd + column) from = ring + column
        sum += load<f64>(from)
      }
      const at = best + (index << 3) + column
      if (sum > load<f64>(at)) {
        store<f64>(at, sum)
        store<u16>(chosen + ((index + x) << 1), <u16>plane)
      }
    }
  }
}
