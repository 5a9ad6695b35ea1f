/**
 * Pixels against the mean of their neighbourhood, plain or weighted by a Gaussian. What is outside is mirrored, the
 * edge repeated.
 */
import { four, mirrored, two } from "./lanes"

function value(line: usize, x: i32): f64 {
  return <f64>load<f32>(line + ((<usize>x) << 2))
}

/** A row of `T` with `radius` mirrored places at each end. */
function pad<T>(row: usize, padded: usize, width: i32, radius: i32): void {
  const bytes: usize = sizeof<T>()
  memory.copy(padded + <usize>radius * bytes, row, <usize>width * bytes)
  for (let x: i32 = 0; x < radius; x++) {
    store<T>(padded + <usize>x * bytes, load<T>(row + <usize>mirrored(x - radius, width) * bytes))
    const right = width + x
    store<T>(padded + <usize>(radius + right) * bytes, load<T>(row + <usize>mirrored(right, width) * bytes))
  }
}

/**
 * 1 where a pixel of 16 bits times the pixels of its block is more than `limit` above the sum of the block, which is less
 * than 2^31; `columns` and `sums` hold a row of i32, `padded` one and twice the radius and one.
 */
export function aboveMeanU16(
  source: usize,
  width: i32,
  height: i32,
  out: usize,
  radius: i32,
  limit: i32,
  columns: usize,
  padded: usize,
  sums: usize,
): void {
  const pitch = (<usize>width) << 1
  const side = 2 * radius + 1
  const area = side * side
  const areas = i32x4.splat(area)
  const limits = i32x4.splat(limit)
  memory.fill(columns, 0, (<usize>width) << 2)
  for (let row = -radius; row < height + radius; row++) {
    const entering = source + <usize>mirrored(row, height) * pitch
    // The row that the block has left; before the first block is whole there is none.
    const y = row - radius
    const leaving = source + <usize>mirrored(y - radius - 1, height) * pitch
    let x: i32 = 0
    for (; x + 4 <= width; x += 4) {
      const at = columns + ((<usize>x) << 2)
      let sum = i32x4.add(v128.load(at), four(entering + ((<usize>x) << 1)))
      if (y > 0) sum = i32x4.sub(sum, four(leaving + ((<usize>x) << 1)))
      v128.store(at, sum)
    }
    for (; x < width; x++) {
      const at = columns + ((<usize>x) << 2)
      let sum = load<i32>(at) + <i32>load<u16>(entering + ((<usize>x) << 1))
      if (y > 0) sum -= <i32>load<u16>(leaving + ((<usize>x) << 1))
      store<i32>(at, sum)
    }
    if (y < 0) continue
    pad<i32>(columns, padded, width, radius)
    let sum: i32 = 0
    for (x = 0; x < side; x++) sum += load<i32>(padded + ((<usize>x) << 2))
    const ahead = (<usize>side) << 2
    for (x = 0; x < width; x++) {
      const at = (<usize>x) << 2
      store<i32>(sums + at, sum)
      // The last step reads one place past the row; `padded` has it, and the sum is not used any more.
      sum += load<i32>(padded + at + ahead) - load<i32>(padded + at)
    }
    const line = source + <usize>y * pitch
    const to = out + <usize>y * width
    for (x = 0; x + 4 <= width; x += 4) {
      const over = i32x4.sub(i32x4.mul(four(line + ((<usize>x) << 1)), areas), v128.load(sums + ((<usize>x) << 2)))
      const isAbove = v128.and(i32x4.gt_s(over, limits), i32x4.splat(1))
      const narrow = i16x8.narrow_i32x4_u(isAbove, isAbove)
      v128.store32_lane(to + x, i8x16.narrow_i16x8_u(narrow, narrow), 0)
    }
    for (; x < width; x++) {
      const over = <i32>load<u16>(line + ((<usize>x) << 1)) * area - load<i32>(sums + ((<usize>x) << 2))
      store<u8>(to + x, u8(over > limit))
    }
  }
}

/**
 * 1 where a float times the pixels of its block is more than `limit` and `margin` times itself above the sum of the block;
 * `columns` holds a row of f64, `padded` one and twice the radius and one.
 */
export function aboveMean(
  source: usize,
  width: i32,
  height: i32,
  out: usize,
  radius: i32,
  limit: f64,
  margin: f64,
  columns: usize,
  padded: usize,
): void {
  const pitch = (<usize>width) << 2
  const side = 2 * radius + 1
  const area = <f64>side * <f64>side
  memory.fill(columns, 0, (<usize>width) << 3)
  for (let row = -radius; row <= radius; row++) {
    const line = source + <usize>mirrored(row, height) * pitch
    for (let x: i32 = 0; x < width; x++) {
      const at = columns + ((<usize>x) << 3)
      store<f64>(at, load<f64>(at) + value(line, x))
    }
  }
  for (let y: i32 = 0; y < height; y++) {
    if (y > 0) {
      const entering = source + <usize>mirrored(y + radius, height) * pitch
      const leaving = source + <usize>mirrored(y - radius - 1, height) * pitch
      let x: i32 = 0
      for (; x + 2 <= width; x += 2) {
        const at = columns + ((<usize>x) << 3)
        const change = f64x2.sub(two(entering + ((<usize>x) << 2)), two(leaving + ((<usize>x) << 2)))
        v128.store(at, f64x2.add(v128.load(at), change))
      }
      for (; x < width; x++) {
        const at = columns + ((<usize>x) << 3)
        store<f64>(at, load<f64>(at) + (value(entering, x) - value(leaving, x)))
      }
    }
    pad<f64>(columns, padded, width, radius)
    let sum: f64 = 0
    for (let x: i32 = 0; x < side; x++) sum += load<f64>(padded + ((<usize>x) << 3))
    const line = source + <usize>y * pitch
    const to = out + <usize>y * width
    const ahead = (<usize>side) << 3
    for (let x: i32 = 0; x < width; x++) {
      const at = padded + ((<usize>x) << 3)
      const own = value(line, x)
      store<u8>(to + x, u8(own * area - sum > limit + margin * abs(own) * area))
      // The last step reads one place past the row; `padded` has it, and the sum is not used any more.
      sum += load<f64>(at + ahead) - load<f64>(at)
    }
  }
}

/** Addresses of the centre, and of what is before and after it by distance, from a row that is padded with `radius`. */
function listPadded(padded: usize, pairs: usize, radius: i32): void {
  store<u32>(pairs, <u32>(padded + ((<usize>radius) << 2)))
  for (let distance: i32 = 1; distance <= radius; distance++) {
    const entry = pairs + ((<usize>distance) << 3)
    store<u32>(entry, <u32>(padded + ((<usize>(radius - distance)) << 2)))
    store<u32>(entry, <u32>(padded + ((<usize>(radius + distance)) << 2)), 4)
  }
}

/** The same of rows of the picture. */
function listRows(source: usize, width: i32, height: i32, y: i32, pairs: usize, radius: i32): void {
  const pitch = (<usize>width) << 2
  store<u32>(pairs, <u32>(source + <usize>y * pitch))
  for (let distance: i32 = 1; distance <= radius; distance++) {
    const entry = pairs + ((<usize>distance) << 3)
    store<u32>(entry, <u32>(source + <usize>mirrored(y - distance, height) * pitch))
    store<u32>(entry, <u32>(source + <usize>mirrored(y + distance, height) * pitch), 4)
  }
}

/** Symmetric weighted sums in 32 bits: the centre, then pairs from the farthest to the nearest. */
function weigh32(pairs: usize, radius: i32, weights: usize, out: usize, width: i32): void {
  const centre = <usize>load<u32>(pairs)
  const centreWeight = load<f32>(weights)
  let x: i32 = 0
  for (; x + 16 <= width; x += 16) {
    const at = (<usize>x) << 2
    const first = f32x4.splat(centreWeight)
    let a = f32x4.mul(v128.load(centre + at), first)
    let b = f32x4.mul(v128.load(centre + at, 16), first)
    let c = f32x4.mul(v128.load(centre + at, 32), first)
    let d = f32x4.mul(v128.load(centre + at, 48), first)
    for (let distance = radius; distance >= 1; distance--) {
      const entry = pairs + ((<usize>distance) << 3)
      const before = <usize>load<u32>(entry) + at
      const after = <usize>load<u32>(entry, 4) + at
      const weight = v128.load32_splat(weights + ((<usize>distance) << 2))
      a = f32x4.add(a, f32x4.mul(f32x4.add(v128.load(before), v128.load(after)), weight))
      b = f32x4.add(b, f32x4.mul(f32x4.add(v128.load(before, 16), v128.load(after, 16)), weight))
      c = f32x4.add(c, f32x4.mul(f32x4.add(v128.load(before, 32), v128.load(after, 32)), weight))
      d = f32x4.add(d, f32x4.mul(f32x4.add(v128.load(before, 48), v128.load(after, 48)), weight))
    }
    v128.store(out + at, a)
    v128.store(out + at, b, 16)
    v128.store(out + at, c, 32)
    v128.store(out + at, d, 48)
  }
  for (; x < width; x++) {
    const at = (<usize>x) << 2
    let sum = load<f32>(centre + at) * centreWeight
    for (let distance = radius; distance >= 1; distance--) {
      const entry = pairs + ((<usize>distance) << 3)
      const both = load<f32>(<usize>load<u32>(entry) + at) + load<f32>(<usize>load<u32>(entry, 4) + at)
      sum += both * load<f32>(weights + ((<usize>distance) << 2))
    }
    store<f32>(out + at, sum)
  }
}

/** The same in 64 bits, of columns `from` to `to` (not included) of rows of floats. */
function weigh64(pairs: usize, radius: i32, weights: usize, out: usize, from: i32, to: i32): void {
  const centre = <usize>load<u32>(pairs)
  const centreWeight = load<f64>(weights)
  let x = from
  for (; x + 4 <= to; x += 4) {
    const at = (<usize>x) << 2
    let a = f64x2.mul(two(centre + at), f64x2.splat(centreWeight))
    let b = f64x2.mul(two(centre + at + 8), f64x2.splat(centreWeight))
    for (let distance = radius; distance >= 1; distance--) {
      const entry = pairs + ((<usize>distance) << 3)
      const before = <usize>load<u32>(entry) + at
      const after = <usize>load<u32>(entry, 4) + at
      const weight = v128.load64_splat(weights + ((<usize>distance) << 3))
      a = f64x2.add(a, f64x2.mul(f64x2.add(two(before), two(after)), weight))
      b = f64x2.add(b, f64x2.mul(f64x2.add(two(before + 8), two(after + 8)), weight))
    }
    v128.store(out + ((<usize>x) << 3), a)
    v128.store(out + ((<usize>x) << 3), b, 16)
  }
  for (; x < to; x++) {
    let sum = value(centre, x) * centreWeight
    for (let distance = radius; distance >= 1; distance--) {
      const entry = pairs + ((<usize>distance) << 3)
      const both = value(<usize>load<u32>(entry), x) + value(<usize>load<u32>(entry, 4), x)
      sum += both * load<f64>(weights + ((<usize>distance) << 3))
    }
    store<f64>(out + ((<usize>x) << 3), sum)
  }
}

/** Along a row of f64 around one place, mirrored. */
function along64(row: usize, width: i32, x: i32, radius: i32, weights: usize): f64 {
  let sum = load<f64>(row + ((<usize>x) << 3)) * load<f64>(weights)
  for (let distance = radius; distance >= 1; distance--) {
    const before = load<f64>(row + ((<usize>mirrored(x - distance, width)) << 3))
    const after = load<f64>(row + ((<usize>mirrored(x + distance, width)) << 3))
    sum += (before + after) * load<f64>(weights + ((<usize>distance) << 3))
  }
  return sum
}

/** All places of a padded row of f64. */
function alongRow64(padded: usize, width: i32, radius: i32, weights: usize, out: usize): void {
  const centre = padded + ((<usize>radius) << 3)
  for (let x: i32 = 0; x < width; x += 2) {
    const at = centre + ((<usize>x) << 3)
    let sum = f64x2.mul(v128.load(at), v128.load64_splat(weights))
    for (let distance = (<usize>radius) << 3; distance >= 8; distance -= 8) {
      const both = f64x2.add(v128.load(at - distance), v128.load(at + distance))
      sum = f64x2.add(sum, f64x2.mul(both, v128.load64_splat(weights + distance)))
    }
    v128.store(out + ((<usize>x) << 3), sum)
  }
}

/** More doubtful pixels of a row than this: the whole row again is less work. */
const DOUBTFUL_MAX: i32 = 12

/**
 * 1 where a pixel is above the weighted mean around it less `offset`, by more than `margin` times its amount. In 32 bits
 * first; where that is nearer to the pixel than `doubt` times itself, again in 64, so that all are as if computed in 64.
 * A `doubt` below 0 takes 64 bits at once, as floats of either sign need. `row32`, `padded32`, `row64` and `padded64` hold
 * a row and twice the radius and two; `pairs` an address for each pixel of the neighbourhood and one.
 */
export function aboveGaussian(
  source: usize,
  width: i32,
  height: i32,
  out: usize,
  radius: i32,
  weights: usize,
  weights32: usize,
  offset: f64,
  margin: f64,
  doubt: f64,
  row32: usize,
  padded32: usize,
  row64: usize,
  padded64: usize,
  pairs: usize,
): void {
  for (let y: i32 = 0; y < height; y++) {
    const line = source + ((<usize>y * width) << 2)
    const to = out + <usize>y * width
    let doubtful: i32 = 0
    if (doubt >= 0) {
      listRows(source, width, height, y, pairs, radius)
      weigh32(pairs, radius, weights32, row32, width)
      pad<f32>(row32, padded32, width, radius)
      listPadded(padded32, pairs, radius)
      weigh32(pairs, radius, weights32, row32, width)
      for (let x: i32 = 0; x < width; x++) {
        const own = value(line, x)
        const mean = value(row32, x)
        const over = own - (mean - offset + margin * own)
        const isDoubtful = abs(over) <= doubt * mean
        doubtful += i32(isDoubtful)
        // 2 marks what is to be computed again.
        store<u8>(to + x, isDoubtful ? 2 : u8(over > 0))
      }
      if (doubtful === 0) continue
    }
    listRows(source, width, height, y, pairs, radius)
    const isWhole = doubt < 0 || doubtful > DOUBTFUL_MAX
    if (isWhole) {
      weigh64(pairs, radius, weights, row64, 0, width)
      pad<f64>(row64, padded64, width, radius)
      alongRow64(padded64, width, radius, weights, row64)
    }
    for (let x: i32 = 0; x < width; x++) {
      if (doubt >= 0 && load<u8>(to + x) !== 2) continue
      const own = value(line, x)
      let mean: f64
      if (isWhole) mean = load<f64>(row64 + ((<usize>x) << 3))
      else {
        weigh64(pairs, radius, weights, row64, max(0, x - radius), min(width, x + radius + 1))
        mean = along64(row64, width, x, radius, weights)
      }
      store<u8>(to + x, u8(own > mean - offset + margin * abs(own)))
    }
  }
}
