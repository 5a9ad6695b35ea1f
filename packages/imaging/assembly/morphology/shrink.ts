/**
 * A picture made smaller, and the picture less its smaller background. All sums are of 64-bit floats in the order of the
 * reference (src/internal/morphology/downsampled.ts), so that they round alike; sums of two whole pixels are exact in
 * whole numbers.
 */

/** The place of an index beyond the ends, mirrored at the middle of the outermost pixels. */
function mirrored(index: i32, length: i32): i32 {
  if (length === 1) return 0
  const period = 2 * length - 2
  const inside = ((index % period) + period) % period
  return inside < length ? inside : period - inside
}

// @inline
function rounded<T>(value: f64): f64 {
  return isFloat<T>() ? <f64>(<f32>value) : value
}

// @inline
function lowHalf(value: v128): v128 {
  return f64x2.convert_low_i32x4_s(value)
}

// @inline
function highHalf(value: v128): v128 {
  return f64x2.convert_low_i32x4_s(v128.shuffle<u32>(value, value, 2, 3, 2, 3))
}

/** The Gaussian down the columns at row `y`, into `line`. `rows` is a place for the pointers that are read. */
function columns<T>(
  source: usize,
  width: i32,
  height: i32,
  y: i32,
  weights: usize,
  taps: i32,
  line: usize,
  rows: usize,
): void {
  const rowBytes = <usize>width * sizeof<T>()
  const here = source + <usize>y * rowBytes
  for (let distance = 1; distance < taps; distance++) {
    const place = rows + ((<usize>distance) << 3)
    store<u32>(place, <u32>(source + <usize>mirrored(y - distance, height) * rowBytes))
    store<u32>(place, <u32>(source + <usize>mirrored(y + distance, height) * rowBytes), 4)
  }
  let x: i32 = 0
  if (sizeof<T>() === 2) {
    for (; x + 8 <= width; x += 8) {
      const at = (<usize>x) << 1
      const pixels = v128.load(here + at)
      const w0 = v128.load64_splat(weights)
      let low = i32x4.extend_low_i16x8_u(pixels)
      let high = i32x4.extend_high_i16x8_u(pixels)
      let s0 = f64x2.mul(lowHalf(low), w0)
      let s1 = f64x2.mul(highHalf(low), w0)
      let s2 = f64x2.mul(lowHalf(high), w0)
      let s3 = f64x2.mul(highHalf(high), w0)
      for (let distance = taps - 1; distance > 0; distance--) {
        const place = rows + ((<usize>distance) << 3)
        const above = v128.load(<usize>load<u32>(place) + at)
        const below = v128.load(<usize>load<u32>(place, 4) + at)
        const weight = v128.load64_splat(weights + ((<usize>distance) << 3))
        low = i32x4.add(i32x4.extend_low_i16x8_u(above), i32x4.extend_low_i16x8_u(below))
        high = i32x4.add(i32x4.extend_high_i16x8_u(above), i32x4.extend_high_i16x8_u(below))
        s0 = f64x2.add(s0, f64x2.mul(lowHalf(low), weight))
        s1 = f64x2.add(s1, f64x2.mul(highHalf(low), weight))
        s2 = f64x2.add(s2, f64x2.mul(lowHalf(high), weight))
        s3 = f64x2.add(s3, f64x2.mul(highHalf(high), weight))
      }
      const to = line + ((<usize>x) << 3)
      v128.store(to, s0)
      v128.store(to, s1, 16)
      v128.store(to, s2, 32)
      v128.store(to, s3, 48)
    }
  }
  for (; x < width; x++) {
    const at = <usize>x * sizeof<T>()
    let sum = <f64>load<T>(here + at) * load<f64>(weights)
    for (let distance = taps - 1; distance > 0; distance--) {
      const place = rows + ((<usize>distance) << 3)
      const pair = <f64>load<T>(<usize>load<u32>(place) + at) + <f64>load<T>(<usize>load<u32>(place, 4) + at)
      sum += pair * load<f64>(weights + ((<usize>distance) << 3))
    }
    store<f64>(line + ((<usize>x) << 3), rounded<T>(sum))
  }
}

/** The Gaussian along a line at two pixels next to each other. */
// @inline
function along<T>(line: usize, x: i32, weights: usize, taps: i32): v128 {
  const here = line + ((<usize>x) << 3)
  let sum = f64x2.mul(v128.load(here), v128.load64_splat(weights))
  for (let distance = (<usize>(taps - 1)) << 3; distance > 0; distance -= 8) {
    const pair = f64x2.add(v128.load(here - distance), v128.load(here + distance))
    sum = f64x2.add(sum, f64x2.mul(pair, v128.load64_splat(weights + distance)))
  }
  if (isFloat<T>()) return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(sum))
  return sum
}

/** Mirrors the ends of a line, `reach` pixels before it and `reach` + 2 behind it. */
function mirror(line: usize, width: i32, reach: i32): void {
  for (let x = 1; x <= reach; x++) {
    store<f64>(line - ((<usize>x) << 3), load<f64>(line + ((<usize>mirrored(-x, width)) << 3)))
  }
  for (let x = width; x < width + reach + 2; x++) {
    store<f64>(line + ((<usize>x) << 3), load<f64>(line + ((<usize>mirrored(x, width)) << 3)))
  }
}

/**
 * The smaller picture. `down` and `across` are tables of an axis: weights (`downTaps`, `acrossTaps` of them), then for each
 * new pixel the weight of the first and of the second, then the first and the second place. `upper` and `lower` are lines
 * with room on both sides; `rows` a place for two pointers for each weight.
 */
export function shrink<T>(
  source: usize,
  width: i32,
  height: i32,
  out: usize,
  newWidth: i32,
  newHeight: i32,
  down: usize,
  downTaps: i32,
  across: usize,
  acrossTaps: i32,
  upper: usize,
  lower: usize,
  rows: usize,
): void {
  let smallest = load<T>(source)
  let largest = smallest
  const end = source + <usize>width * <usize>height * sizeof<T>()
  for (let at = source; at < end; at += sizeof<T>()) {
    const value = load<T>(at)
    smallest = min(smallest, value)
    largest = max(largest, value)
  }
  const low = <f64>smallest
  const high = <f64>largest
  const downPairs = down + ((<usize>downTaps) << 3)
  const downPlaces = downPairs + ((<usize>newHeight) << 4)
  const acrossPairs = across + ((<usize>acrossTaps) << 3)
  const acrossPlaces = acrossPairs + ((<usize>newWidth) << 4)
  for (let y = 0; y < newHeight; y++) {
    const place = downPlaces + ((<usize>y) << 3)
    columns<T>(source, width, height, load<i32>(place), down, downTaps, upper, rows)
    columns<T>(source, width, height, load<i32>(place, 4), down, downTaps, lower, rows)
    mirror(upper, width, acrossTaps - 1)
    mirror(lower, width, acrossTaps - 1)
    const upperWeight = v128.load64_splat(downPairs + ((<usize>y) << 4))
    const lowerWeight = v128.load64_splat(downPairs + ((<usize>y) << 4), 8)
    for (let x = 0; x < newWidth; x++) {
      const first = load<i32>(acrossPlaces + ((<usize>x) << 3))
      const pair = v128.load(acrossPairs + ((<usize>x) << 4))
      const above = f64x2.mul(f64x2.mul(along<T>(upper, first, across, acrossTaps), upperWeight), pair)
      const below = f64x2.mul(f64x2.mul(along<T>(lower, first, across, acrossTaps), lowerWeight), pair)
      let sum = f64x2.extract_lane(above, 0) + f64x2.extract_lane(above, 1)
      sum += f64x2.extract_lane(below, 0)
      sum += f64x2.extract_lane(below, 1)
      sum = min(high, max(low, rounded<T>(sum)))
      store<f64>(out + ((<usize>y * <usize>newWidth + <usize>x) << 3), sum)
    }
  }
}

/** The picture less its smaller background, nothing below 0. `rowOf` and `columnOf` are the nearest smaller pixels; `line` has room for a row. */
export function lessSmaller<T>(
  source: usize,
  width: i32,
  height: i32,
  small: usize,
  newWidth: i32,
  rowOf: usize,
  columnOf: usize,
  line: usize,
  out: usize,
): void {
  let known: i32 = -1
  const nothing = f64x2.splat(0)
  for (let y = 0; y < height; y++) {
    const row = load<i32>(rowOf + ((<usize>y) << 2))
    if (row !== known) {
      known = row
      const from = small + ((<usize>row * <usize>newWidth) << 3)
      for (let x = 0; x < width; x++) {
        const column = <usize>load<u32>(columnOf + ((<usize>x) << 2))
        store<f64>(line + ((<usize>x) << 3), load<f64>(from + (column << 3)))
      }
    }
    const offset = <usize>y * <usize>width * sizeof<T>()
    let x: i32 = 0
    if (sizeof<T>() === 2) {
      for (; x + 8 <= width; x += 8) {
        const pixels = v128.load(source + offset + ((<usize>x) << 1))
        const low = i32x4.extend_low_i16x8_u(pixels)
        const high = i32x4.extend_high_i16x8_u(pixels)
        const at = line + ((<usize>x) << 3)
        const r0 = f64x2.pmax(nothing, f64x2.sub(lowHalf(low), v128.load(at)))
        const r1 = f64x2.pmax(nothing, f64x2.sub(highHalf(low), v128.load(at, 16)))
        const r2 = f64x2.pmax(nothing, f64x2.sub(lowHalf(high), v128.load(at, 32)))
        const r3 = f64x2.pmax(nothing, f64x2.sub(highHalf(high), v128.load(at, 48)))
        const t0 = i32x4.trunc_sat_f64x2_s_zero(r0)
        const t1 = i32x4.trunc_sat_f64x2_s_zero(r1)
        const t2 = i32x4.trunc_sat_f64x2_s_zero(r2)
        const t3 = i32x4.trunc_sat_f64x2_s_zero(r3)
        const first = v128.shuffle<u64>(t0, t1, 0, 2)
        const second = v128.shuffle<u64>(t2, t3, 0, 2)
        v128.store(out + offset + ((<usize>x) << 1), i16x8.narrow_i32x4_u(first, second))
      }
    }
    for (; x < width; x++) {
      const at = offset + <usize>x * sizeof<T>()
      const rest = <f64>load<T>(source + at) - load<f64>(line + ((<usize>x) << 3))
      store<T>(out + at, rest > 0 ? <T>rest : <T>0)
    }
  }
}
