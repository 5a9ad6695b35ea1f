/**
 * Pixels against the mean of their neighbourhood, plain or weighted by a Gaussian. What is outside is mirrored, the
 * edge repeated.
 */
import { mirrored, two } from "./lanes"

/** A row as f64. */
function widen<T>(from: usize, to: usize, width: u32): void {
  const bytes: usize = sizeof<T>()
  let x: u32 = 0
  for (; x + 2 <= width; x += 2) v128.store(to + ((<usize>x) << 3), two<T>(from + <usize>x * bytes))
  if (x < width) store<f64>(to + ((<usize>x) << 3), <f64>load<T>(from + <usize>x * bytes))
}

/** A row of f64 with `radius` mirrored places at each end. */
function pad(row: usize, padded: usize, width: i32, radius: i32): void {
  memory.copy(padded + ((<usize>radius) << 3), row, (<usize>width) << 3)
  for (let x: i32 = 0; x < radius; x++) {
    store<f64>(padded + ((<usize>x) << 3), load<f64>(row + ((<usize>mirrored(x - radius, width)) << 3)))
    const right = width + x
    store<f64>(padded + ((<usize>(radius + right)) << 3), load<f64>(row + ((<usize>mirrored(right, width)) << 3)))
  }
}

function aboveMean<T>(
  source: usize,
  width: i32,
  height: i32,
  out: usize,
  radius: i32,
  offset: f64,
  margin: f64,
  columns: usize,
  padded: usize,
): void {
  const bytes: usize = sizeof<T>()
  const pitch = <usize>width * bytes
  const side = 2 * radius + 1
  const area = <f64>side * <f64>side
  memory.fill(columns, 0, (<usize>width) << 3)
  for (let row = -radius; row <= radius; row++) {
    const line = source + <usize>mirrored(row, height) * pitch
    for (let x: i32 = 0; x < width; x++) {
      const at = columns + ((<usize>x) << 3)
      store<f64>(at, load<f64>(at) + <f64>load<T>(line + <usize>x * bytes))
    }
  }
  for (let y: i32 = 0; y < height; y++) {
    if (y > 0) {
      const entering = source + <usize>mirrored(y + radius, height) * pitch
      const leaving = source + <usize>mirrored(y - radius - 1, height) * pitch
      let x: i32 = 0
      for (; x + 2 <= width; x += 2) {
        const at = columns + ((<usize>x) << 3)
        const change = f64x2.sub(two<T>(entering + <usize>x * bytes), two<T>(leaving + <usize>x * bytes))
        v128.store(at, f64x2.add(v128.load(at), change))
      }
      for (; x < width; x++) {
        const at = columns + ((<usize>x) << 3)
        const change = <f64>load<T>(entering + <usize>x * bytes) - <f64>load<T>(leaving + <usize>x * bytes)
        store<f64>(at, load<f64>(at) + change)
      }
    }
    pad(columns, padded, width, radius)
    let sum: f64 = 0
    for (let x: i32 = 0; x < side; x++) sum += load<f64>(padded + ((<usize>x) << 3))
    const line = source + <usize>y * pitch
    const to = out + <usize>y * width
    const ahead = (<usize>side) << 3
    for (let x: i32 = 0; x < width; x++) {
      const at = padded + ((<usize>x) << 3)
      const value = <f64>load<T>(line + <usize>x * bytes)
      store<u8>(to + x, u8(value > sum / area - offset + margin * abs(value)))
      // The last step reads one place past the row; `padded` has it, and the sum is not used any more.
      sum += load<f64>(at + ahead) - load<f64>(at)
    }
  }
}

/** 1 where a pixel of 16 bits is above the mean of its block; `columns` holds a row of f64, `padded` one and twice the radius and one. */
export function aboveMeanU16(
  source: usize,
  width: i32,
  height: i32,
  out: usize,
  radius: i32,
  offset: f64,
  margin: f64,
  columns: usize,
  padded: usize,
): void {
  aboveMean<u16>(source, width, height, out, radius, offset, margin, columns, padded)
}

/** As {@link aboveMeanU16}, of floats. */
export function aboveMeanF32(
  source: usize,
  width: i32,
  height: i32,
  out: usize,
  radius: i32,
  offset: f64,
  margin: f64,
  columns: usize,
  padded: usize,
): void {
  aboveMean<f32>(source, width, height, out, radius, offset, margin, columns, padded)
}

/** Symmetric weighted sums: the centre first, then pairs from the farthest to the nearest. */
function weigh(pairs: usize, radius: i32, weights: usize, out: usize, width: i32): void {
  // `pairs` lists the centre, then before and after by distance: addresses of rows of at least `width` places.
  const centre = <usize>load<u32>(pairs)
  const centreWeight = load<f64>(weights)
  let x: i32 = 0
  for (; x + 8 <= width; x += 8) {
    const at = (<usize>x) << 3
    const first = f64x2.splat(centreWeight)
    let a = f64x2.mul(v128.load(centre + at), first)
    let b = f64x2.mul(v128.load(centre + at, 16), first)
    let c = f64x2.mul(v128.load(centre + at, 32), first)
    let d = f64x2.mul(v128.load(centre + at, 48), first)
    for (let distance = radius; distance >= 1; distance--) {
      const entry = pairs + ((<usize>distance) << 3)
      const before = <usize>load<u32>(entry) + at
      const after = <usize>load<u32>(entry, 4) + at
      const weight = v128.load64_splat(weights + ((<usize>distance) << 3))
      a = f64x2.add(a, f64x2.mul(f64x2.add(v128.load(before), v128.load(after)), weight))
      b = f64x2.add(b, f64x2.mul(f64x2.add(v128.load(before, 16), v128.load(after, 16)), weight))
      c = f64x2.add(c, f64x2.mul(f64x2.add(v128.load(before, 32), v128.load(after, 32)), weight))
      d = f64x2.add(d, f64x2.mul(f64x2.add(v128.load(before, 48), v128.load(after, 48)), weight))
    }
    v128.store(out + at, a)
    v128.store(out + at, b, 16)
    v128.store(out + at, c, 32)
    v128.store(out + at, d, 48)
  }
  for (; x < width; x++) {
    const at = (<usize>x) << 3
    let sum = load<f64>(centre + at) * centreWeight
    for (let distance = radius; distance >= 1; distance--) {
      const entry = pairs + ((<usize>distance) << 3)
      const before = load<f64>(<usize>load<u32>(entry) + at)
      const after = load<f64>(<usize>load<u32>(entry, 4) + at)
      sum += (before + after) * load<f64>(weights + ((<usize>distance) << 3))
    }
    store<f64>(out + at, sum)
  }
}

function aboveGaussian<T>(
  source: usize,
  width: i32,
  height: i32,
  out: usize,
  radius: i32,
  weights: usize,
  offset: f64,
  margin: f64,
  ring: usize,
  padded: usize,
  sums: usize,
  pairs: usize,
): void {
  const bytes: usize = sizeof<T>()
  const pitch = <usize>width * bytes
  const side = 2 * radius + 1
  const ringPitch = (<usize>width) << 3
  for (let row = -radius; row < radius; row++) {
    widen<T>(source + <usize>mirrored(row, height) * pitch, ring + <usize>(row + radius) * ringPitch, width)
  }
  for (let y: i32 = 0; y < height; y++) {
    // The row at y + k stands in the ring at y + k + radius.
    const newest = (y + 2 * radius) % side
    widen<T>(source + <usize>mirrored(y + radius, height) * pitch, ring + <usize>newest * ringPitch, width)
    store<u32>(pairs, <u32>(ring + <usize>((y + radius) % side) * ringPitch))
    for (let distance: i32 = 1; distance <= radius; distance++) {
      const entry = pairs + ((<usize>distance) << 3)
      store<u32>(entry, <u32>(ring + <usize>((y + radius - distance) % side) * ringPitch))
      store<u32>(entry, <u32>(ring + <usize>((y + radius + distance) % side) * ringPitch), 4)
    }
    weigh(pairs, radius, weights, sums, width)
    pad(sums, padded, width, radius)
    store<u32>(pairs, <u32>(padded + ((<usize>radius) << 3)))
    for (let distance: i32 = 1; distance <= radius; distance++) {
      const entry = pairs + ((<usize>distance) << 3)
      store<u32>(entry, <u32>(padded + ((<usize>(radius - distance)) << 3)))
      store<u32>(entry, <u32>(padded + ((<usize>(radius + distance)) << 3)), 4)
    }
    weigh(pairs, radius, weights, sums, width)
    const line = source + <usize>y * pitch
    const to = out + <usize>y * width
    for (let x: i32 = 0; x < width; x++) {
      const value = <f64>load<T>(line + <usize>x * bytes)
      store<u8>(to + x, u8(value > load<f64>(sums + ((<usize>x) << 3)) - offset + margin * abs(value)))
    }
  }
}

/** 1 where a pixel of 16 bits is above the weighted mean around it. */
export function aboveGaussianU16(
  source: usize,
  width: i32,
  height: i32,
  out: usize,
  radius: i32,
  weights: usize,
  offset: f64,
  margin: f64,
  ring: usize,
  padded: usize,
  sums: usize,
  pairs: usize,
): void {
  aboveGaussian<u16>(source, width, height, out, radius, weights, offset, margin, ring, padded, sums, pairs)
}

/** As {@link aboveGaussianU16}, of floats. */
export function aboveGaussianF32(
  source: usize,
  width: i32,
  height: i32,
  out: usize,
  radius: i32,
  weights: usize,
  offset: f64,
  margin: f64,
  ring: usize,
  padded: usize,
  sums: usize,
  pairs: usize,
): void {
  aboveGaussian<f32>(source, width, height, out, radius, weights, offset, margin, ring, padded, sums, pairs)
}
