/** Grey values of objects, by their runs, and sums over two pictures. Sums are exact in 64-bit floats for whole numbers. */
import { bitsAbove } from "./bitsAbove"

/**
 * For each run from `run` to before `last` of one row 5 numbers: smallest, largest, sum, sum of value times x, and sum of
 * squared differences from the run's mean.
 */
function greys<T>(row: usize, run: u32, last: u32, starts: usize, ends: usize, out: usize): void {
  for (; run < last; run++) {
    const start = <u32>load<u16>(starts + ((<usize>run) << 1))
    const end = <u32>load<u16>(ends + ((<usize>run) << 1))
    let least = load<T>(row + <usize>start * sizeof<T>())
    let most = least
    let total: f64 = 0
    let totalX: f64 = 0
    if (isFloat<T>()) {
      for (let x = start; x < end; x++) {
        const value = load<T>(row + <usize>x * sizeof<T>())
        least = min<T>(least, value)
        most = max<T>(most, value)
        total += <f64>value
        totalX += <f64>value * <f64>x
      }
    } else {
      // Whole numbers add up faster, and to the same.
      let sum: u32 = 0
      let sumX: u64 = 0
      for (let x = start; x < end; x++) {
        const value = load<T>(row + <usize>x * sizeof<T>())
        least = min<T>(least, value)
        most = max<T>(most, value)
        sum += <u32>value
        sumX += <u64>value * x
      }
      total = <f64>sum
      totalX = <f64>sumX
    }
    const mean = total / <f64>(end - start)
    let squares: f64 = 0
    for (let x = start; x < end; x++) {
      const difference = <f64>load<T>(row + <usize>x * sizeof<T>()) - mean
      squares += difference * difference
    }
    const at = out + <usize>run * 40
    store<f64>(at, <f64>least)
    store<f64>(at, <f64>most, 8)
    store<f64>(at, total, 16)
    store<f64>(at, totalX, 24)
    store<f64>(at, squares, 32)
  }
}

/** Grey values of the runs of one row of 16-bit pixels. */
export function greysU16(row: usize, run: u32, last: u32, starts: usize, ends: usize, out: usize): void {
  greys<u16>(row, run, last, starts, ends, out)
}

/** Grey values of the runs of one row of floats. */
export function greysF32(row: usize, run: u32, last: u32, starts: usize, ends: usize, out: usize): void {
  greys<f32>(row, run, last, starts, ends, out)
}

/** Grey values of all runs. */
export function greysOfRuns(
  source: usize,
  width: u32,
  height: u32,
  float: u32,
  rows: usize,
  starts: usize,
  ends: usize,
  out: usize,
): void {
  for (let y: u32 = 0; y < height; y++) {
    const first = load<u32>(rows + ((<usize>y) << 2))
    const last = load<u32>(rows + ((<usize>(y + 1)) << 2))
    if (float != 0) greysF32(source + ((<usize>y * width) << 2), first, last, starts, ends, out)
    else greysU16(source + ((<usize>y * width) << 1), first, last, starts, ends, out)
  }
}

/** Two values as 64-bit floats. */
// @inline
function pair<T>(at: usize): v128 {
  if (isFloat<T>()) return f64x2.promote_low_f32x4(v128.load64_zero(at))
  return f64x2.convert_low_i32x4_u(i32x4.extend_low_i16x8_u(v128.load32_zero(at)))
}

/** All bits for pixels within the mask. */
// @inline
function within(mask: usize, k: u32): v128 {
  return i64x2(-(<i64>(load<u8>(mask + k) != 0)), -(<i64>(load<u8>(mask + k + 1) != 0)))
}

/**
 * Two pictures within a mask (0 for all pixels), of which pixel `first` is the first: pixels, then the sums of the squared
 * differences from the means, and of their product. Sums run in four lanes, as the reference's.
 */
// @inline
function pairSums<T>(a: usize, b: usize, mask: usize, size: u32, first: u32, out: usize): void {
  const firstA = f64x2.splat(<f64>load<T>(a + <usize>first * sizeof<T>()))
  const firstB = f64x2.splat(<f64>load<T>(b + <usize>first * sizeof<T>()))
  let meanA = f64x2.splat(0)
  let meanB = f64x2.splat(0)
  let count: u32 = 0
  for (let pass = 0; pass < 2; pass++) {
    let a0 = f64x2.splat(0)
    let a1 = f64x2.splat(0)
    let b0 = f64x2.splat(0)
    let b1 = f64x2.splat(0)
    let p0 = f64x2.splat(0)
    let p1 = f64x2.splat(0)
    let k: u32 = 0
    for (; k + 4 <= size; k += 4) {
      let da0 = f64x2.sub(f64x2.sub(pair<T>(a + <usize>k * sizeof<T>()), firstA), meanA)
      let da1 = f64x2.sub(f64x2.sub(pair<T>(a + <usize>(k + 2) * sizeof<T>()), firstA), meanA)
      let db0 = f64x2.sub(f64x2.sub(pair<T>(b + <usize>k * sizeof<T>()), firstB), meanB)
      let db1 = f64x2.sub(f64x2.sub(pair<T>(b + <usize>(k + 2) * sizeof<T>()), firstB), meanB)
      if (mask != 0) {
        const low = within(mask, k)
        const high = within(mask, k + 2)
        da0 = v128.and(da0, low)
        db0 = v128.and(db0, low)
        da1 = v128.and(da1, high)
        db1 = v128.and(db1, high)
        if (pass == 0) count += <u32>popcnt(i64x2.bitmask(low)) + <u32>popcnt(i64x2.bitmask(high))
      }
      if (pass == 0) {
        a0 = f64x2.add(a0, da0)
        a1 = f64x2.add(a1, da1)
        b0 = f64x2.add(b0, db0)
        b1 = f64x2.add(b1, db1)
      } else {
        a0 = f64x2.add(a0, f64x2.mul(da0, da0))
        a1 = f64x2.add(a1, f64x2.mul(da1, da1))
        b0 = f64x2.add(b0, f64x2.mul(db0, db0))
        b1 = f64x2.add(b1, f64x2.mul(db1, db1))
        p0 = f64x2.add(p0, f64x2.mul(da0, db0))
        p1 = f64x2.add(p1, f64x2.mul(da1, db1))
      }
    }
    let sumA = total(a0, a1)
    let sumB = total(b0, b1)
    let products = total(p0, p1)
    for (; k < size; k++) {
      if (mask != 0 && load<u8>(mask + k) == 0) continue
      if (mask != 0 && pass == 0) count++
      const da = <f64>load<T>(a + <usize>k * sizeof<T>()) - f64x2.extract_lane(firstA, 0) - f64x2.extract_lane(meanA, 0)
      const db = <f64>load<T>(b + <usize>k * sizeof<T>()) - f64x2.extract_lane(firstB, 0) - f64x2.extract_lane(meanB, 0)
      if (pass == 0) {
        sumA += da
        sumB += db
      } else {
        sumA += da * da
        sumB += db * db
        products += da * db
      }
    }
    if (pass == 0) {
      if (mask == 0) count = size
      meanA = f64x2.splat(sumA / <f64>count)
      meanB = f64x2.splat(sumB / <f64>count)
    } else {
      store<f64>(out, <f64>count)
      store<f64>(out, sumA, 8)
      store<f64>(out, sumB, 16)
      store<f64>(out, products, 24)
    }
  }
}

/** The sum of four lanes. */
// @inline
function total(low: v128, high: v128): f64 {
  return (
    f64x2.extract_lane(low, 0) +
    f64x2.extract_lane(low, 1) +
    (f64x2.extract_lane(high, 0) + f64x2.extract_lane(high, 1))
  )
}

/** Sums over two 16-bit pictures. */
export function pairSumsU16(a: usize, b: usize, mask: usize, size: u32, first: u32, out: usize): void {
  pairSums<u16>(a, b, mask, size, first, out)
}

/** Sums over two pictures of floats. */
export function pairSumsF32(a: usize, b: usize, mask: usize, size: u32, first: u32, out: usize): void {
  pairSums<f32>(a, b, mask, size, first, out)
}

/**
 * Light of two pictures within a mask (0 for all pixels): of the first above its threshold the pixels, the sum, and the
 * sum where the second is above its own; then the same of the second. Blocks without light are passed over.
 */
// @inline
function light<T>(
  a: usize,
  b: usize,
  mask: usize,
  size: u32,
  aboveA: T,
  aboveB: T,
  splatA: v128,
  splatB: v128,
  out: usize,
): void {
  let pixelsA: f64 = 0
  let sumA: f64 = 0
  let commonA: f64 = 0
  let pixelsB: f64 = 0
  let sumB: f64 = 0
  let commonB: f64 = 0
  let k: u32 = 0
  while (k < size) {
    const end = k + 64 <= size ? k + 64 : size
    if (end == k + 64) {
      const any = bitsAbove<T>(a + <usize>k * sizeof<T>(), splatA) | bitsAbove<T>(b + <usize>k * sizeof<T>(), splatB)
      if (any == 0) {
        k = end
        continue
      }
    }
    for (; k < end; k++) {
      if (mask != 0 && load<u8>(mask + k) == 0) continue
      const va = load<T>(a + <usize>k * sizeof<T>())
      const vb = load<T>(b + <usize>k * sizeof<T>())
      const inA = va > aboveA
      const inB = vb > aboveB
      if (inA) {
        pixelsA += 1
        sumA += <f64>va
        if (inB) commonA += <f64>va
      }
      if (inB) {
        pixelsB += 1
        sumB += <f64>vb
        if (inA) commonB += <f64>vb
      }
    }
  }
  store<f64>(out, pixelsA)
  store<f64>(out, sumA, 8)
  store<f64>(out, commonA, 16)
  store<f64>(out, pixelsB, 24)
  store<f64>(out, sumB, 32)
  store<f64>(out, commonB, 40)
}

/** Light of two 16-bit pictures. */
export function lightU16(a: usize, b: usize, mask: usize, size: u32, tA: u32, tB: u32, out: usize): void {
  light<u16>(a, b, mask, size, <u16>tA, <u16>tB, i16x8.splat(<i16>tA), i16x8.splat(<i16>tB), out)
}

/** Light of two pictures of floats. */
export function lightF32(a: usize, b: usize, mask: usize, size: u32, tA: f32, tB: f32, out: usize): void {
  light<f32>(a, b, mask, size, tA, tB, f32x4.splat(tA), f32x4.splat(tB), out)
}

/** The smallest and the largest value, as 64-bit floats. */
// @inline
function range<T>(source: usize, size: u32, out: usize): void {
  let least = load<T>(source)
  let most = least
  const lanes: u32 = 16 / sizeof<T>()
  let k: u32 = 0
  if (size >= lanes) {
    let low = v128.load(source)
    let high = low
    for (; k + lanes <= size; k += lanes) {
      const values = v128.load(source + <usize>k * sizeof<T>())
      low = isFloat<T>() ? f32x4.pmin(low, values) : v128.min<T>(low, values)
      high = isFloat<T>() ? f32x4.pmax(high, values) : v128.max<T>(high, values)
    }
    v128.store(out, low)
    v128.store(out, high, 16)
    for (let lane: u32 = 0; lane < lanes; lane++) {
      const a = load<T>(out + lane * sizeof<T>())
      const b = load<T>(out + lane * sizeof<T>(), 16)
      if (a < least) least = a
      if (b > most) most = b
    }
  }
  for (; k < size; k++) {
    const value = load<T>(source + <usize>k * sizeof<T>())
    if (value < least) least = value
    if (value > most) most = value
  }
  store<f64>(out, <f64>least)
  store<f64>(out, <f64>most, 8)
}

/** Range of 16-bit pixels. */
export function rangeU16(source: usize, size: u32, out: usize): void {
  range<u16>(source, size, out)
}

/** Range of floats; `out` has room for 32 bytes. */
export function rangeF32(source: usize, size: u32, out: usize): void {
  range<f32>(source, size, out)
}

/** {@link maskValueU8}; `scratch` has room for two vectors. */
function maskValue<T>(source: usize, size: u32, scratch: usize): i32 {
  const isByte = sizeof<T>() === 1
  const lanes: u32 = isByte ? 16 : 8
  const one = isByte ? i8x16.splat(1) : i16x8.splat(1)
  let largest = i32x4.splat(0)
  // Less 1, so that 0 is above all.
  let least = i32x4.splat(-1)
  let index: u32 = 0
  for (; index + lanes <= size; index += lanes) {
    const values = v128.load(source + <usize>index * sizeof<T>())
    largest = isByte ? i8x16.max_u(largest, values) : i16x8.max_u(largest, values)
    least = isByte ? i8x16.min_u(least, i8x16.sub(values, one)) : i16x8.min_u(least, i16x8.sub(values, one))
  }
  v128.store(scratch, largest)
  v128.store(scratch, least, 16)
  let most: T = 0
  let first: T = <T>-1
  for (let lane: usize = 0; lane < 16; lane += sizeof<T>()) {
    most = max<T>(most, load<T>(scratch + lane))
    first = min<T>(first, load<T>(scratch + lane, 16))
  }
  for (; index < size; index++) {
    const value = load<T>(source + <usize>index * sizeof<T>())
    most = max<T>(most, value)
    first = min<T>(first, <T>(value - 1))
  }
  return most === 0 || most === <T>(first + 1) ? <i32>most : -1
}

/** The one value besides 0 that pixels have: 0 where there is none, -1 where there are several. */
export function maskValueU8(source: usize, size: u32, scratch: usize): i32 {
  return maskValue<u8>(source, size, scratch)
}

/** As {@link maskValueU8}, of 16 bits. */
export function maskValueU16(source: usize, size: u32, scratch: usize): i32 {
  return maskValue<u16>(source, size, scratch)
}
