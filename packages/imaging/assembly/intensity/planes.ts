/**
 * Planes of one size made into one: weighted sum, mean, and the sharpest.
 */

function exactSum<T>(at: usize, stride: usize, channels: u32, weights: usize): f64 {
  let sum: f64 = 0
  for (let channel: u32 = 0; channel < channels; channel++) {
    sum += load<f64>(weights + ((<usize>channel) << 3)) * <f64>load<T>(at + stride * channel)
  }
  return sum
}

/**
 * The weighted sums of channels of 16 bits, rounded to the nearest whole number, halves to the even one; `weights` add up
 * to 1, once as f64 and once as f32. Four at a time in 32 bits; where a sum is so near a half that 32 bits cannot tell,
 * again in 64 bits, so that all are as if computed in 64.
 */
export function composeU16(
  source: usize,
  out: usize,
  size: u32,
  channels: u32,
  weights: usize,
  weights32: usize,
): void {
  const stride = (<usize>size) << 1
  // Each weight, product and sum is rounded once by 2^-24 at most.
  const doubt = f32x4.splat(<f32>(channels + 3) * 5.9604645e-8)
  const half = f32x4.splat(0.5)
  let index: u32 = 0
  for (; index + 4 <= size; index += 4) {
    const at = source + ((<usize>index) << 1)
    let sum = f32x4.splat(0)
    for (let channel: u32 = 0; channel < channels; channel++) {
      const weight = v128.load32_splat(weights32 + ((<usize>channel) << 2))
      sum = f32x4.add(sum, f32x4.mul(weight, f32x4.convert_i32x4_s(v128.load16x4_u(at + stride * channel))))
    }
    const whole = f32x4.nearest(sum)
    const off = f32x4.abs(f32x4.sub(sum, whole))
    const unsure = f32x4.ge(f32x4.add(off, f32x4.mul(sum, doubt)), half)
    const to = out + ((<usize>index) << 1)
    if (!v128.any_true(unsure)) {
      const result = i32x4.trunc_sat_f32x4_s(whole)
      v128.store64_lane(to, i16x8.narrow_i32x4_u(result, result), 0)
    } else {
      for (let lane: usize = 0; lane < 8; lane += 2) {
        store<u16>(to + lane, <u16>(<u32>nearest(exactSum<u16>(at + lane, stride, channels, weights))))
      }
    }
  }
  for (; index < size; index++) {
    const at = (<usize>index) << 1
    store<u16>(out + at, <u16>(<u32>nearest(exactSum<u16>(source + at, stride, channels, weights))))
  }
}

/** As {@link composeU16}, of floats: summed in 64 bits. */
export function composeF32(source: usize, out: usize, size: u32, channels: u32, weights: usize): void {
  const stride = (<usize>size) << 2
  let index: u32 = 0
  for (; index + 2 <= size; index += 2) {
    const at = source + ((<usize>index) << 2)
    let sum = f64x2.splat(0)
    for (let channel: u32 = 0; channel < channels; channel++) {
      const weight = v128.load64_splat(weights + ((<usize>channel) << 3))
      sum = f64x2.add(sum, f64x2.mul(weight, f64x2.promote_low_f32x4(v128.load64_zero(at + stride * channel))))
    }
    v128.store64_lane(out + ((<usize>index) << 2), f32x4.demote_f64x2_zero(sum), 0)
  }
  for (; index < size; index++) {
    const at = (<usize>index) << 2
    store<f32>(out + at, <f32>exactSum<f32>(source + at, stride, channels, weights))
  }
}

/** The mean of each pixel of 16 bits over planes, cut to a whole number. */
export function meanU16(source: usize, out: usize, size: u32, planes: u32): void {
  const stride = (<usize>size) << 1
  // Sums below 2^24 less the number of planes: then a quotient in 32 bits is never rounded up to the next whole number.
  const isNarrow = planes <= 255
  const count = f32x4.splat(<f32>planes)
  let index: u32 = 0
  for (; isNarrow && index + 8 <= size; index += 8) {
    const at = source + ((<usize>index) << 1)
    let low = i32x4.splat(0)
    let high = i32x4.splat(0)
    for (let plane: u32 = 0; plane < planes; plane++) {
      const eight = v128.load(at + stride * plane)
      low = i32x4.add(low, i32x4.extend_low_i16x8_u(eight))
      high = i32x4.add(high, i32x4.extend_high_i16x8_u(eight))
    }
    const first = i32x4.trunc_sat_f32x4_s(f32x4.div(f32x4.convert_i32x4_s(low), count))
    const second = i32x4.trunc_sat_f32x4_s(f32x4.div(f32x4.convert_i32x4_s(high), count))
    v128.store(out + ((<usize>index) << 1), i16x8.narrow_i32x4_u(first, second))
  }
  for (; index < size; index++) {
    let sum: u32 = 0
    const at = (<usize>index) << 1
    for (let plane: u32 = 0; plane < planes; plane++) sum += <u32>load<u16>(source + at + stride * plane)
    store<u16>(out + at, <u16>(sum / planes))
  }
}

/** As {@link meanU16}, of floats: summed in 64 bits, not cut. */
export function meanF32(source: usize, out: usize, size: u32, planes: u32): void {
  const stride = (<usize>size) << 2
  const count = f64x2.splat(<f64>planes)
  let index: u32 = 0
  for (; index + 2 <= size; index += 2) {
    const at = source + ((<usize>index) << 2)
    let sum = f64x2.splat(0)
    for (let plane: u32 = 0; plane < planes; plane++) {
      sum = f64x2.add(sum, f64x2.promote_low_f32x4(v128.load64_zero(at + stride * plane)))
    }
    v128.store64_lane(out + ((<usize>index) << 2), f32x4.demote_f64x2_zero(f64x2.div(sum, count)), 0)
  }
  for (; index < size; index++) {
    const at = source + ((<usize>index) << 2)
    let sum: f64 = 0
    for (let plane: u32 = 0; plane < planes; plane++) sum += <f64>load<f32>(at + stride * plane)
    store<f32>(out + ((<usize>index) << 2), <f32>(sum / <f64>planes))
  }
}
