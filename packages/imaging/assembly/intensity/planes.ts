/**
 * Planes of one size made into one: weighted sum, mean, and the sharpest.
 */

/** Added to a float from 0 to 2^22, it rounds that to the nearest whole number, halves to even, in the lowest bits. */
const rounding: f32 = 8388608
const roundingBits: i32 = 0x4b000000

// @inline
function weighed(sum: v128, weight: v128, four: v128): v128 {
  return f32x4.add(sum, f32x4.mul(weight, f32x4.convert_i32x4_s(four)))
}

/**
 * The weighted sums of channels of 16 bits in 32 bits, one channel after the other, rounded to the nearest whole number,
 * halves to the even one; `weights` are f32 and add up to 1.
 */
export function composeU16(source: usize, out: usize, size: u32, channels: u32, weights: usize): void {
  const stride = (<usize>size) << 1
  const round = f32x4.splat(rounding)
  const bits = i32x4.splat(roundingBits)
  let index: u32 = 0
  for (; index + 8 <= size; index += 8) {
    let at = source + ((<usize>index) << 1)
    let low = f32x4.splat(0)
    let high = low
    let channel: u32 = 0
    // Most pictures have four: without a step between them the sums stay in registers.
    for (; channel + 4 <= channels; channel += 4) {
      const place = weights + ((<usize>channel) << 2)
      const second = at + stride
      const third = second + stride
      const fourth = third + stride
      let weight = v128.load32_splat(place)
      low = weighed(low, weight, v128.load16x4_u(at))
      high = weighed(high, weight, v128.load16x4_u(at, 8))
      weight = v128.load32_splat(place, 4)
      low = weighed(low, weight, v128.load16x4_u(second))
      high = weighed(high, weight, v128.load16x4_u(second, 8))
      weight = v128.load32_splat(place, 8)
      low = weighed(low, weight, v128.load16x4_u(third))
      high = weighed(high, weight, v128.load16x4_u(third, 8))
      weight = v128.load32_splat(place, 12)
      low = weighed(low, weight, v128.load16x4_u(fourth))
      high = weighed(high, weight, v128.load16x4_u(fourth, 8))
      at = fourth + stride
    }
    for (; channel < channels; channel++) {
      const weight = v128.load32_splat(weights + ((<usize>channel) << 2))
      low = weighed(low, weight, v128.load16x4_u(at))
      high = weighed(high, weight, v128.load16x4_u(at, 8))
      at += stride
    }
    // Weights of many channels may add up to a little more than 1: cut off at the largest value.
    low = i32x4.sub(f32x4.add(low, round), bits)
    high = i32x4.sub(f32x4.add(high, round), bits)
    v128.store(out + ((<usize>index) << 1), i16x8.narrow_i32x4_u(low, high))
  }
  for (; index < size; index++) {
    let at = source + ((<usize>index) << 1)
    let sum: f32 = 0
    for (let channel: u32 = 0; channel < channels; channel++) {
      sum += load<f32>(weights + ((<usize>channel) << 2)) * <f32>load<u16>(at)
      at += stride
    }
    store<u16>(out + ((<usize>index) << 1), <u16>min(<u32>nearest(sum), 0xffff))
  }
}

function exactSum(at: usize, stride: usize, channels: u32, weights: usize): f64 {
  let sum: f64 = 0
  for (let channel: u32 = 0; channel < channels; channel++) {
    sum += load<f64>(weights + ((<usize>channel) << 3)) * <f64>load<f32>(at + stride * channel)
  }
  return sum
}

/** As {@link composeU16}, of floats: summed in 64 bits, with weights of 64 bits, and rounded once. */
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
    store<f32>(out + at, <f32>exactSum(source + at, stride, channels, weights))
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
