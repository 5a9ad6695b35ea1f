/**
 * The median of a footprint: bit by bit from the highest, a bit is set where no more than half of the values are below the
 * number so far with that bit. No value is moved or sorted, so that a vector of pixels is done at once.
 */
import { mapped } from "./rows"

/** Pixels that are done at a time. */
const block: i32 = 16

function strideOf(width: i32, radius: i32): i32 {
  return width + 2 * radius + block
}

/** Bytes needed besides input and result; `bytes` is 2 for pixels of 8 and 16 bits, else 4. */
export function medianScratch(width: i32, height: i32, radius: i32, bytes: i32): f64 {
  return <f64>strideOf(width, radius) * <f64>(height + 2 * radius) * <f64>bytes + <f64>((width + 2 * radius) << 2) + 256
}

/** Numbers in the order of the pixels that fit signed compares. */
function key<T>(at: usize): i32 {
  if (isFloat<T>()) {
    const bits = load<i32>(at)
    return bits ^ ((bits >> 31) & 0x7fffffff)
  }
  return <i32>load<T>(at) ^ 0x8000
}

/** Copies a picture with its border as keys, and gives the number of low bits in which they differ. */
function pad<T, K>(source: usize, out: usize, width: i32, height: i32, radius: i32, border: i32, map: usize): i32 {
  const stride = strideOf(width, radius)
  for (let index = 0; index < width + 2 * radius; index++) {
    store<i32>(map + ((<usize>index) << 2), mapped(index - radius, width, border))
  }
  const first = key<T>(source)
  let differ: i32 = 0
  for (let line = 0; line < height + 2 * radius; line++) {
    const row = source + <usize>mapped(line - radius, height, border) * width * sizeof<T>()
    const to = out + <usize>line * stride * sizeof<K>()
    for (let index = 0; index < width + 2 * radius; index++) {
      const value = key<T>(row + <usize>load<i32>(map + ((<usize>index) << 2)) * sizeof<T>())
      differ |= value ^ first
      store<K>(to + <usize>index * sizeof<K>(), <K>value)
    }
    memory.fill(to + <usize>(width + 2 * radius) * sizeof<K>(), 0, block * sizeof<K>())
  }
  return 32 - clz(differ)
}

function put<T>(to: usize, words: v128, count: i32, scratch: usize): void {
  if (sizeof<T>() === 2 && count >= 8) {
    v128.store(to, words)
    return
  }
  v128.store(scratch, words)
  for (let x = 0; x < min(8, count); x++) {
    store<T>(to + <usize>x * sizeof<T>(), <T>load<u16>(scratch + ((<usize>x) << 1)))
  }
}

function words<T>(
  source: usize,
  out: usize,
  width: i32,
  height: i32,
  reaches: usize,
  radius: i32,
  size: i32,
  border: i32,
  scratch: usize,
): void {
  const map = scratch + 64
  const padded = (map + ((<usize>(width + 2 * radius)) << 2) + 63) & ~63
  const bits = pad<T, i16>(source, padded, width, height, radius, border, map)
  const stride = strideOf(width, radius)
  const bias = i16x8.splat(<i16>0x8000)
  const half = i16x8.splat(<i16>((size - 1) >> 1))
  const start = <i32>load<u16>(padded) ^ 0x8000
  const prefix = i16x8.splat(<i16>(start & ~((1 << bits) - 1)))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x += block) {
      let low = prefix
      let high = prefix
      for (let bit = bits - 1; bit >= 0; bit--) {
        const one = i16x8.splat(<i16>((<i32>1) << bit))
        const tryLow = v128.or(low, one)
        const tryHigh = v128.or(high, one)
        const limitLow = v128.xor(tryLow, bias)
        const limitHigh = v128.xor(tryHigh, bias)
        let below = i16x8.splat(0)
        let belowHigh = below
        for (let row = 0; row <= 2 * radius; row++) {
          const reach = load<i32>(reaches + ((<usize>row) << 2))
          let at = padded + ((<usize>(y + row) * stride + x + radius - reach) << 1)
          const end = at + ((<usize>(2 * reach + 1)) << 1)
          for (; at < end; at += 2) {
            below = i16x8.sub(below, i16x8.gt_s(limitLow, v128.load(at)))
            belowHigh = i16x8.sub(belowHigh, i16x8.gt_s(limitHigh, v128.load(at, 16)))
          }
        }
        low = v128.bitselect(low, tryLow, i16x8.gt_s(below, half))
        high = v128.bitselect(high, tryHigh, i16x8.gt_s(belowHigh, half))
      }
      const to = out + (<usize>y * width + x) * sizeof<T>()
      put<T>(to, low, width - x, scratch)
      if (width - x > 8) put<T>(to + 8 * sizeof<T>(), high, width - x - 8, scratch)
    }
  }
}

/** The median of 8-bit pixels; `reaches` says how far each row of the footprint goes, `size` how many pixels it has. */
export function medianU8(
  s: usize,
  o: usize,
  w: i32,
  h: i32,
  reaches: usize,
  r: i32,
  size: i32,
  b: i32,
  m: usize,
): void {
  words<u8>(s, o, w, h, reaches, r, size, b, m)
}
/** As {@link medianU8}, of 16 bits. */
export function medianU16(
  s: usize,
  o: usize,
  w: i32,
  h: i32,
  reaches: usize,
  r: i32,
  size: i32,
  b: i32,
  m: usize,
): void {
  words<u16>(s, o, w, h, reaches, r, size, b, m)
}

/** As {@link medianU8}, of floats. */
export function medianF32(
  source: usize,
  out: usize,
  width: i32,
  height: i32,
  reaches: usize,
  radius: i32,
  size: i32,
  border: i32,
  scratch: usize,
): void {
  const map = scratch + 64
  const padded = (map + ((<usize>(width + 2 * radius)) << 2) + 63) & ~63
  const bits = pad<f32, i32>(source, padded, width, height, radius, border, map)
  const stride = strideOf(width, radius)
  const bias = i32x4.splat(0x80000000)
  const half = i32x4.splat((size - 1) >> 1)
  const start = load<i32>(padded) ^ 0x80000000
  const prefix = i32x4.splat(bits === 32 ? 0 : start & ~((1 << bits) - 1))
  const mask = i32x4.splat(0x7fffffff)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x += 8) {
      let low = prefix
      let high = prefix
      for (let bit = bits - 1; bit >= 0; bit--) {
        const one = i32x4.splat(1 << bit)
        const tryLow = v128.or(low, one)
        const tryHigh = v128.or(high, one)
        const limitLow = v128.xor(tryLow, bias)
        const limitHigh = v128.xor(tryHigh, bias)
        let below = i32x4.splat(0)
        let belowHigh = below
        for (let row = 0; row <= 2 * radius; row++) {
          const reach = load<i32>(reaches + ((<usize>row) << 2))
          let at = padded + ((<usize>(y + row) * stride + x + radius - reach) << 2)
          const end = at + ((<usize>(2 * reach + 1)) << 2)
          for (; at < end; at += 4) {
            below = i32x4.sub(below, i32x4.gt_s(limitLow, v128.load(at)))
            belowHigh = i32x4.sub(belowHigh, i32x4.gt_s(limitHigh, v128.load(at, 16)))
          }
        }
        low = v128.bitselect(low, tryLow, i32x4.gt_s(below, half))
        high = v128.bitselect(high, tryHigh, i32x4.gt_s(belowHigh, half))
      }
      low = v128.xor(low, bias)
      high = v128.xor(high, bias)
      v128.store(scratch, v128.xor(low, v128.and(i32x4.shr_s(low, 31), mask)))
      v128.store(scratch, v128.xor(high, v128.and(i32x4.shr_s(high, 31), mask)), 16)
      memory.copy(out + ((<usize>y * width + x) << 2), scratch, (<usize>min(8, width - x)) << 2)
    }
  }
}

function least<T>(a: v128, b: v128): v128 {
  return sizeof<T>() === 1 ? i8x16.min_u(a, b) : i16x8.min_u(a, b)
}
function most<T>(a: v128, b: v128): v128 {
  return sizeof<T>() === 1 ? i8x16.max_u(a, b) : i16x8.max_u(a, b)
}
function middle3<T>(a: v128, b: v128, c: v128): v128 {
  return most<T>(least<T>(a, b), least<T>(most<T>(a, b), c))
}

/**
 * The median of the 3 x 3 square or the 5 pixels of the cross, of whole vectors of a row from `x` on; `up`, `row` and
 * `down` are the rows, each with one more pixel at both ends. The 3 x 3 median is the median of the largest of the columns'
 * least, the median of their medians and the least of their largest (Smith 1996).
 */
function median3<T>(up: usize, row: usize, down: usize, out: usize, count: i32, cross: bool): void {
  const lanes: i32 = 16 / sizeof<T>()
  for (let x = 0; x < count; x += lanes) {
    const at = <usize>x * sizeof<T>()
    const s = sizeof<T>()
    const a = v128.load(up + at + s)
    const b = v128.load(row + at)
    const c = v128.load(row + at + s)
    const d = v128.load(row + at + 2 * s)
    const e = v128.load(down + at + s)
    if (cross) {
      const low = most<T>(least<T>(a, b), least<T>(d, e))
      const high = least<T>(most<T>(a, b), most<T>(d, e))
      v128.store(out + at, middle3<T>(low, high, c))
      continue
    }
    const a0 = v128.load(up + at)
    const a2 = v128.load(up + at + 2 * s)
    const e0 = v128.load(down + at)
    const e2 = v128.load(down + at + 2 * s)
    const left0 = least<T>(least<T>(a0, b), e0)
    const left2 = most<T>(most<T>(a0, b), e0)
    const left1 = middle3<T>(a0, b, e0)
    const mid0 = least<T>(least<T>(a, c), e)
    const mid2 = most<T>(most<T>(a, c), e)
    const mid1 = middle3<T>(a, c, e)
    const right0 = least<T>(least<T>(a2, d), e2)
    const right2 = most<T>(most<T>(a2, d), e2)
    const right1 = middle3<T>(a2, d, e2)
    const low = most<T>(most<T>(left0, mid0), right0)
    const high = least<T>(least<T>(left2, mid2), right2)
    v128.store(out + at, middle3<T>(low, middle3<T>(left1, mid1, right1), high))
  }
}

function small<T>(source: usize, out: usize, width: i32, height: i32, cross: bool, scratch: usize): void {
  // Three rows with one more pixel at both ends, and one of results. At a distance of 1 both borders repeat the edge.
  const stride: usize = (<usize>width * sizeof<T>() + 2 * sizeof<T>() + 79) & ~15
  const result = scratch + 3 * stride
  for (let line = -1; line <= height; line++) {
    const to = scratch + <usize>((line + 1) % 3) * stride
    const row = source + <usize>min(max(line, 0), height - 1) * width * sizeof<T>()
    store<T>(to, load<T>(row))
    memory.copy(to + sizeof<T>(), row, <usize>width * sizeof<T>())
    store<T>(to + <usize>(width + 1) * sizeof<T>(), load<T>(row + <usize>(width - 1) * sizeof<T>()))
    if (line < 1) continue
    const y = line - 1
    const up = scratch + <usize>(y % 3) * stride
    const middle = scratch + <usize>((y + 1) % 3) * stride
    median3<T>(up, middle, to, result, width, cross)
    memory.copy(out + <usize>y * width * sizeof<T>(), result, <usize>width * sizeof<T>())
  }
}

/** Bytes that the medians of radius 1 need. */
export function smallScratch(width: i32): i32 {
  return 4 * (2 * width + 100)
}

/** The median of 3 x 3 or of the cross, of 8-bit pixels. */
export function smallU8(source: usize, out: usize, width: i32, height: i32, cross: i32, scratch: usize): void {
  small<u8>(source, out, width, height, cross !== 0, scratch)
}
/** As {@link smallU8}, of 16 bits. */
export function smallU16(source: usize, out: usize, width: i32, height: i32, cross: i32, scratch: usize): void {
  small<u16>(source, out, width, height, cross !== 0, scratch)
}
