/**
 * From pixels to planes of floats: without their mean, whitened, windowed. Order of operations is that of the reference, so
 * that both give the same bits. Pixels are of 16 bits, or floats.
 */

function value<T>(at: usize): f32 {
  if (sizeof<T>() === 4) return load<f32>(at)
  return <f32>(<u32>load<T>(at))
}

/** Four pixels as floats. */
function values<T>(at: usize): v128 {
  if (sizeof<T>() === 4) return v128.load(at)
  return f32x4.convert_i32x4_s(v128.load16x4_u(at))
}

/** The sum of pixels: of whole numbers exact, of floats in four interleaved parts. */
function sum<T>(source: usize, size: usize): f64 {
  if (sizeof<T>() === 4) {
    let a = f64x2.splat(0)
    let b = f64x2.splat(0)
    let index: usize = 0
    for (; index + 4 <= size; index += 4) {
      const four = v128.load(source + (index << 2))
      a = f64x2.add(a, f64x2.promote_low_f32x4(four))
      b = f64x2.add(b, f64x2.promote_low_f32x4(v128.shuffle<i32>(four, four, 2, 3, 2, 3)))
    }
    let rest: f64 = 0
    for (; index < size; index++) rest += <f64>load<f32>(source + (index << 2))
    return (
      f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1) + (f64x2.extract_lane(b, 0) + f64x2.extract_lane(b, 1)) + rest
    )
  }
  let total: u64 = 0
  let index: usize = 0
  const lanes: usize = 8
  while (index + lanes <= size) {
    // 16,384 additions of at most 4 x 65,535 into a lane fit in 32 bits.
    const end = min(size, index + 8192 * lanes)
    let part = i32x4.splat(0)
    for (; index + lanes <= end; index += lanes) {
      const pixels = v128.load(source + index * sizeof<T>())
      part = i32x4.add(part, i32x4.extadd_pairwise_i16x8_u(pixels))
    }
    total += <u64>(<u32>i32x4.extract_lane(part, 0)) + <u64>(<u32>i32x4.extract_lane(part, 1))
    total += <u64>(<u32>i32x4.extract_lane(part, 2)) + <u64>(<u32>i32x4.extract_lane(part, 3))
  }
  for (; index < size; index++) total += <u64>load<T>(source + index * sizeof<T>())
  return <f64>total
}

/** Pixels less a number. */
function less<T>(source: usize, plane: usize, size: usize, mean: f32): void {
  const means = f32x4.splat(mean)
  let index: usize = 0
  for (; index + 4 <= size; index += 4) {
    v128.store(plane + (index << 2), f32x4.sub(values<T>(source + index * sizeof<T>()), means))
  }
  for (; index < size; index++) {
    store<f32>(plane + (index << 2), value<T>(source + index * sizeof<T>()) - mean)
  }
}

/** Four times a pixel less its four neighbours; beyond the border the border's own pixels. */
function laplace<T>(source: usize, plane: usize, width: usize, height: usize): void {
  const four = f32x4.splat(4)
  for (let y: usize = 0; y < height; y++) {
    const row = source + y * width * sizeof<T>()
    const up = y === 0 ? row : row - width * sizeof<T>()
    const down = y + 1 === height ? row : row + width * sizeof<T>()
    const out = plane + ((y * width) << 2)
    let x: usize = 0
    while (x < width) {
      if (x > 0 && x + 5 <= width) {
        const at = x * sizeof<T>()
        let sum = f32x4.mul(four, values<T>(row + at))
        sum = f32x4.sub(sum, values<T>(row + at - sizeof<T>()))
        sum = f32x4.sub(sum, values<T>(row + at + sizeof<T>()))
        sum = f32x4.sub(sum, values<T>(up + at))
        sum = f32x4.sub(sum, values<T>(down + at))
        v128.store(out + (x << 2), sum)
        x += 4
        continue
      }
      const at = x * sizeof<T>()
      const left = x === 0 ? at : at - sizeof<T>()
      const right = x + 1 === width ? at : at + sizeof<T>()
      let sum: f32 = 4 * value<T>(row + at)
      sum = sum - value<T>(row + left)
      sum = sum - value<T>(row + right)
      sum = sum - value<T>(up + at)
      sum = sum - value<T>(down + at)
      store<f32>(out + (x << 2), sum)
      x++
    }
  }
}

export function sumU16(source: usize, size: usize): f64 {
  return sum<u16>(source, size)
}
export function sumF32(source: usize, size: usize): f64 {
  return sum<f32>(source, size)
}
export function lessU16(source: usize, plane: usize, size: usize, mean: f32): void {
  less<u16>(source, plane, size, mean)
}
export function lessF32(source: usize, plane: usize, size: usize, mean: f32): void {
  less<f32>(source, plane, size, mean)
}
export function laplaceU16(source: usize, plane: usize, width: usize, height: usize): void {
  laplace<u16>(source, plane, width, height)
}
export function laplaceF32(source: usize, plane: usize, width: usize, height: usize): void {
  laplace<f32>(source, plane, width, height)
}

function mirrored(index: i32, length: i32): i32 {
  const period = 2 * length
  let at = index % period
  if (at < 0) at += period
  return at < length ? at : period - 1 - at
}

/** Each row with a kernel of `2 radius + 1` numbers; `padded` has room for a row and both margins. */
export function convolveRows(
  source: usize,
  out: usize,
  width: i32,
  height: i32,
  kernel: usize,
  radius: i32,
  padded: usize,
): void {
  const taps = 2 * radius + 1
  for (let y: i32 = 0; y < height; y++) {
    const row = source + ((<usize>y * <usize>width) << 2)
    const target = out + ((<usize>y * <usize>width) << 2)
    for (let x: i32 = 0; x < radius; x++) {
      store<f32>(padded + ((<usize>x) << 2), load<f32>(row + ((<usize>mirrored(x - radius, width)) << 2)))
      store<f32>(
        padded + ((<usize>(x + radius + width)) << 2),
        load<f32>(row + ((<usize>mirrored(x + width, width)) << 2)),
      )
    }
    memory.copy(padded + ((<usize>radius) << 2), row, (<usize>width) << 2)
    let x: i32 = 0
    for (; x + 4 <= width; x += 4) {
      let sum = f32x4.splat(0)
      for (let tap: i32 = 0; tap < taps; tap++) {
        const factor = v128.load32_splat(kernel + ((<usize>tap) << 2))
        sum = f32x4.add(sum, f32x4.mul(factor, v128.load(padded + ((<usize>(x + tap)) << 2))))
      }
      v128.store(target + ((<usize>x) << 2), sum)
    }
    for (; x < width; x++) {
      let sum: f32 = 0
      for (let tap: i32 = 0; tap < taps; tap++) {
        sum += load<f32>(kernel + ((<usize>tap) << 2)) * load<f32>(padded + ((<usize>(x + tap)) << 2))
      }
      store<f32>(target + ((<usize>x) << 2), sum)
    }
  }
}

/** Each column with a kernel; what stands at `out` is kept and added to where `adding` is 1. */
export function convolveColumns(
  source: usize,
  out: usize,
  width: i32,
  height: i32,
  kernel: usize,
  radius: i32,
  adding: i32,
): void {
  const taps = 2 * radius + 1
  for (let y: i32 = 0; y < height; y++) {
    const target = out + ((<usize>y * <usize>width) << 2)
    let x: i32 = 0
    for (; x + 4 <= width; x += 4) {
      let sum = f32x4.splat(0)
      for (let tap: i32 = 0; tap < taps; tap++) {
        const row = <usize>mirrored(y + tap - radius, height) * <usize>width + <usize>x
        sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(kernel + ((<usize>tap) << 2)), v128.load(source + (row << 2))))
      }
      const at = target + ((<usize>x) << 2)
      v128.store(at, adding ? f32x4.add(v128.load(at), sum) : sum)
    }
    for (; x < width; x++) {
      let sum: f32 = 0
      for (let tap: i32 = 0; tap < taps; tap++) {
        const row = <usize>mirrored(y + tap - radius, height) * <usize>width + <usize>x
        sum += load<f32>(kernel + ((<usize>tap) << 2)) * load<f32>(source + (row << 2))
      }
      const at = target + ((<usize>x) << 2)
      store<f32>(at, adding ? load<f32>(at) + sum : sum)
    }
  }
}

/** Multiplies a plane with a window that is the product of one number for each column and one for each row. */
export function windowed(plane: usize, width: usize, height: usize, columns: usize, rows: usize): void {
  for (let y: usize = 0; y < height; y++) {
    const factor = load<f32>(rows + (y << 2))
    const factors = f32x4.splat(factor)
    const row = plane + ((y * width) << 2)
    let x: usize = 0
    for (; x + 4 <= width; x += 4) {
      const at = row + (x << 2)
      v128.store(at, f32x4.mul(v128.load(at), f32x4.mul(v128.load(columns + (x << 2)), factors)))
    }
    for (; x < width; x++) {
      const at = row + (x << 2)
      store<f32>(at, load<f32>(at) * (load<f32>(columns + (x << 2)) * factor))
    }
  }
}

/** The sum of squares of a plane, in four interleaved parts. */
export function energy(plane: usize, size: usize): f64 {
  let a = f64x2.splat(0)
  let b = f64x2.splat(0)
  let index: usize = 0
  for (; index + 4 <= size; index += 4) {
    const four = v128.load(plane + (index << 2))
    const low = f64x2.promote_low_f32x4(four)
    const high = f64x2.promote_low_f32x4(v128.shuffle<i32>(four, four, 2, 3, 2, 3))
    a = f64x2.add(a, f64x2.mul(low, low))
    b = f64x2.add(b, f64x2.mul(high, high))
  }
  let rest: f64 = 0
  for (; index < size; index++) {
    const one = <f64>load<f32>(plane + (index << 2))
    rest += one * one
  }
  return (
    f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1) + (f64x2.extract_lane(b, 0) + f64x2.extract_lane(b, 1)) + rest
  )
}
