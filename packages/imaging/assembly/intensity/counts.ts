/**
 * Counts of grey values, and what is done by them: tables, limits, exact ranks of floats.
 *
 * Four tables are counted into in turn, so that equal neighbours do not wait for each other's store.
 */

/** The four tables of `length` are added into the first. */
function mergeFour(counts: usize, length: u32): void {
  const stride = (<usize>length) << 2
  for (let at: usize = 0; at < stride; at += 16) {
    const low = i32x4.add(v128.load(counts + at), v128.load(counts + stride + at))
    const high = i32x4.add(v128.load(counts + 2 * stride + at), v128.load(counts + 3 * stride + at))
    v128.store(counts + at, i32x4.add(low, high))
  }
}

function bump(table: usize, value: u32): void {
  const at = table + ((<usize>value) << 2)
  store<u32>(at, load<u32>(at) + 1)
}

/** How often each of the 256 values occurs; `counts` has room for 4 tables of 256 u32, the first is the result. */
export function countU8(source: usize, size: u32, counts: usize): void {
  memory.fill(counts, 0, 4096)
  let index: u32 = 0
  for (; index + 4 <= size; index += 4) {
    const four = load<u32>(source + index)
    bump(counts, four & 0xff)
    bump(counts + 1024, (four >> 8) & 0xff)
    bump(counts + 2048, (four >> 16) & 0xff)
    bump(counts + 3072, four >> 24)
  }
  for (; index < size; index++) bump(counts, load<u8>(source + index))
  mergeFour(counts, 256)
}

/** Four values, each into its own table. All places are read before any is written, so that no load waits for a store. */
// @inline
function countFour(at: usize, counts: usize): void {
  // Offsets are constants, so that they cost nothing.
  const first = counts + ((<usize>load<u16>(at)) << 2)
  const second = counts + ((<usize>load<u16>(at, 2)) << 2)
  const third = counts + ((<usize>load<u16>(at, 4)) << 2)
  const fourth = counts + ((<usize>load<u16>(at, 6)) << 2)
  store<u32>(first, load<u32>(first) + 1)
  store<u32>(second, load<u32>(second, 262144) + 1, 262144)
  store<u32>(third, load<u32>(third, 524288) + 1, 524288)
  store<u32>(fourth, load<u32>(fourth, 786432) + 1, 786432)
}

/** As {@link countU8}, of 65536 values. */
export function countU16(source: usize, size: u32, counts: usize): void {
  memory.fill(counts, 0, 1048576)
  const end = source + ((<usize>size) << 1)
  let at = source
  for (; at + 32 <= end; at += 32) {
    countFour(at, counts)
    countFour(at + 8, counts)
    countFour(at + 16, counts)
    countFour(at + 24, counts)
  }
  for (; at < end; at += 2) bump(counts, load<u16>(at))
  mergeFour(counts, 65536)
}

/** The first and last place that is not 0, written to `out` one after the other; there is one. */
export function filled(counts: usize, length: u32, out: usize): void {
  let first = counts
  while (load<u64>(first) === 0) first += 8
  if (load<u32>(first) === 0) first += 4
  let last = counts + ((<usize>length) << 2) - 8
  while (load<u64>(last) === 0) last -= 8
  if (load<u32>(last, 4) !== 0) last += 4
  store<u32>(out, <u32>(first - counts) >> 2)
  store<u32>(out, <u32>(last - counts) >> 2, 4)
}

/** The bits of a float as a whole number that sorts as the floats do. */
function keyOf(bits: u32): u32 {
  return bits ^ (<u32>(<i32>bits >> 31) | 0x80000000)
}

/** How often the upper 16 bits of the sorting keys of floats occur; 65536 u32. */
export function countF32High(source: usize, size: u32, counts: usize): void {
  memory.fill(counts, 0, 262144)
  for (let index: u32 = 0; index < size; index++) {
    bump(counts, keyOf(load<u32>(source + ((<usize>index) << 2))) >> 16)
  }
}

/** The same of the lower 16 bits, where the upper ones are `high`. */
export function countF32Low(source: usize, size: u32, high: u32, counts: usize): void {
  memory.fill(counts, 0, 262144)
  for (let index: u32 = 0; index < size; index++) {
    const key = keyOf(load<u32>(source + ((<usize>index) << 2)))
    if (key >> 16 === high) bump(counts, key & 0xffff)
  }
}

/** Least and largest of floats, written to `out` one after the other. */
export function rangeF32(source: usize, size: u32, out: usize): void {
  let least = load<f32>(source)
  let largest = least
  let index: u32 = 0
  if (size >= 4) {
    let low = v128.load(source)
    let high = low
    for (index = 4; index + 4 <= size; index += 4) {
      const four = v128.load(source + ((<usize>index) << 2))
      low = f32x4.pmin(low, four)
      high = f32x4.pmax(high, four)
    }
    least = min(
      min(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1)),
      min(f32x4.extract_lane(low, 2), f32x4.extract_lane(low, 3)),
    )
    largest = max(
      max(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1)),
      max(f32x4.extract_lane(high, 2), f32x4.extract_lane(high, 3)),
    )
  }
  for (; index < size; index++) {
    const value = load<f32>(source + ((<usize>index) << 2))
    if (value < least) least = value
    if (value > largest) largest = value
  }
  store<f32>(out, least)
  store<f32>(out, largest, 4)
}

/**
 * Whether any float's bits, less its sign, reach the sign when `addend` is added: with 0x00800000 these are infinity and NaN, with more
 * also large numbers.
 */
export function anyBeyond(source: usize, size: u32, addend: i32): bool {
  const amounts = i32x4.splat(0x7fffffff)
  const addends = i32x4.splat(addend)
  let any = i32x4.splat(0)
  let index: u32 = 0
  for (; index + 4 <= size; index += 4) {
    any = v128.or(any, i32x4.add(v128.and(v128.load(source + ((<usize>index) << 2)), amounts), addends))
  }
  let found = i32x4.bitmask(any) !== 0
  for (; index < size; index++) {
    found = found || (load<i32>(source + ((<usize>index) << 2)) & 0x7fffffff) + addend < 0
  }
  return found
}

/** Counts of floats in `bins` equal bins whose `bins + 1` edges are given; the last bin holds its right edge too. */
export function histogramF32(source: usize, size: u32, edges: usize, bins: u32, scale: f32, counts: usize): void {
  memory.fill(counts, 0, (<usize>bins) << 2)
  const first = load<f32>(edges)
  for (let index: u32 = 0; index < size; index++) {
    const value = load<f32>(source + ((<usize>index) << 2))
    const place = (value - first) * scale
    // Also where the product is no number: nothing is ever written outside the table.
    let bin = place < <f32>bins ? <u32>place : bins - 1
    // Rounding may have put a value that lies on an edge beside its bin.
    if (value < load<f32>(edges + ((<usize>bin) << 2))) bin--
    else if (bin !== bins - 1 && value >= load<f32>(edges + ((<usize>bin) << 2), 4)) bin++
    bump(counts, bin)
  }
}

/** Each value replaced by the table's. */
export function mapU8(source: usize, out: usize, size: u32, table: usize): void {
  for (let index: u32 = 0; index < size; index++) store<u8>(out + index, load<u8>(table + load<u8>(source + index)))
}

function entry(table: usize, at: usize): usize {
  return table + ((<usize>load<u16>(at)) << 1)
}

/** As {@link mapU8}, of 16 bits; eight are gathered before they are stored. */
export function mapU16(source: usize, out: usize, size: u32, table: usize): void {
  const apart = out - source
  const end = source + ((<usize>size) << 1)
  let at = source
  for (; at + 16 <= end; at += 16) {
    let eight = v128.load16_splat(entry(table, at))
    eight = v128.load16_lane(entry(table, at + 2), eight, 1)
    eight = v128.load16_lane(entry(table, at + 4), eight, 2)
    eight = v128.load16_lane(entry(table, at + 6), eight, 3)
    eight = v128.load16_lane(entry(table, at + 8), eight, 4)
    eight = v128.load16_lane(entry(table, at + 10), eight, 5)
    eight = v128.load16_lane(entry(table, at + 12), eight, 6)
    eight = v128.load16_lane(entry(table, at + 14), eight, 7)
    v128.store(at + apart, eight)
  }
  for (; at < end; at += 2) store<u16>(at + apart, load<u16>(entry(table, at)))
}

/** Floats cut at `low` and `high` and stretched onto `least` to `largest`, in 64 bits and in this order of operations. */
export function stretchF32(source: usize, out: usize, size: u32, low: f64, high: f64, least: f64, largest: f64): void {
  const span = f64x2.splat(largest - least)
  const width = f64x2.splat(high - low)
  const lows = f64x2.splat(low)
  const highs = f64x2.splat(high)
  const leasts = f64x2.splat(least)
  let index: u32 = 0
  for (; index + 2 <= size; index += 2) {
    const at = (<usize>index) << 2
    const two = f64x2.promote_low_f32x4(v128.load64_zero(source + at))
    const cut = f64x2.pmin(f64x2.pmax(two, lows), highs)
    const result = f64x2.add(f64x2.div(f64x2.mul(f64x2.sub(cut, lows), span), width), leasts)
    v128.store64_lane(out + at, f32x4.demote_f64x2_zero(result), 0)
  }
  for (; index < size; index++) {
    const at = (<usize>index) << 2
    const cut = min(max(<f64>load<f32>(source + at), low), high)
    store<f32>(out + at, <f32>(((cut - low) * (largest - least)) / (high - low) + least))
  }
}

/** 1 where a value is above `limit`, else 0. */
export function aboveU8(source: usize, out: usize, size: u32, limit: u32): void {
  const limits = i8x16.splat(<i8>limit)
  const one = i8x16.splat(1)
  let index: u32 = 0
  for (; index + 16 <= size; index += 16) {
    v128.store(out + index, v128.and(i8x16.gt_u(v128.load(source + index), limits), one))
  }
  for (; index < size; index++) store<u8>(out + index, u8(<u32>load<u8>(source + index) > limit))
}

/** As {@link aboveU8}, of 16 bits. */
export function aboveU16(source: usize, out: usize, size: u32, limit: u32): void {
  const limits = i16x8.splat(<i16>limit)
  const one = i8x16.splat(1)
  let index: u32 = 0
  for (; index + 16 <= size; index += 16) {
    const at = source + ((<usize>index) << 1)
    const low = i16x8.gt_u(v128.load(at), limits)
    const high = i16x8.gt_u(v128.load(at, 16), limits)
    v128.store(out + index, v128.and(i8x16.narrow_i16x8_s(low, high), one))
  }
  for (; index < size; index++) {
    store<u8>(out + index, u8(<u32>load<u16>(source + ((<usize>index) << 1)) > limit))
  }
}

/** As {@link aboveU8}, of floats. */
export function aboveF32(source: usize, out: usize, size: u32, limit: f32): void {
  const limits = f32x4.splat(limit)
  const one = i8x16.splat(1)
  let index: u32 = 0
  for (; index + 16 <= size; index += 16) {
    const at = source + ((<usize>index) << 2)
    const low = i16x8.narrow_i32x4_s(f32x4.gt(v128.load(at), limits), f32x4.gt(v128.load(at, 16), limits))
    const high = i16x8.narrow_i32x4_s(f32x4.gt(v128.load(at, 32), limits), f32x4.gt(v128.load(at, 48), limits))
    v128.store(out + index, v128.and(i8x16.narrow_i16x8_s(low, high), one))
  }
  for (; index < size; index++) store<u8>(out + index, u8(load<f32>(source + ((<usize>index) << 2)) > limit))
}

/** Pixels of 8 bits as 16. */
export function widenU8(source: usize, out: usize, size: u32): void {
  let index: u32 = 0
  for (; index + 8 <= size; index += 8) {
    v128.store(out + ((<usize>index) << 1), i16x8.extend_low_i8x16_u(v128.load64_zero(source + index)))
  }
  for (; index < size; index++) store<u16>(out + ((<usize>index) << 1), load<u8>(source + index))
}

/** Pixels of 16 bits, none above 255, as 8. */
export function narrowU16(source: usize, out: usize, size: u32): void {
  for (let index: u32 = 0; index < size; index++) {
    store<u8>(out + index, <u8>load<u16>(source + ((<usize>index) << 1)))
  }
}

/** Pixels of 16 bits as floats. */
export function floatsU16(source: usize, out: usize, size: u32): void {
  let index: u32 = 0
  for (; index + 4 <= size; index += 4) {
    v128.store(out + ((<usize>index) << 2), f32x4.convert_i32x4_s(v128.load16x4_u(source + ((<usize>index) << 1))))
  }
  for (; index < size; index++) {
    store<f32>(out + ((<usize>index) << 2), <f32>load<u16>(source + ((<usize>index) << 1)))
  }
}

/** Rows of so many bytes, cut out of longer ones. */
export function cropRows(source: usize, pitch: usize, out: usize, rowBytes: usize, rows: u32): void {
  for (let row: u32 = 0; row < rows; row++)
    memory.copy(out + <usize>row * rowBytes, source + <usize>row * pitch, rowBytes)
}
