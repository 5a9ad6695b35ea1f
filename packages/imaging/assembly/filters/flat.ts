/** Correction by a flat field. */
import { floats4 } from "./rows"

function correct<T>(source: usize, out: usize, size: i32, flat: usize, dark: usize, mean: f32): void {
  let index = 0
  const none = f32x4.splat(0)
  const average = f32x4.splat(mean)
  for (; index + 8 <= size; index += 8) {
    const from = source + <usize>index * sizeof<T>()
    const to = out + <usize>index * sizeof<T>()
    const at = (<usize>index) << 2
    const darkLow = dark === 0 ? none : v128.load(dark + at)
    const darkHigh = dark === 0 ? none : v128.load(dark + at, 16)
    const low = f32x4.div(f32x4.sub(floats4<T>(from), darkLow), f32x4.div(v128.load(flat + at), average))
    const high = f32x4.div(
      f32x4.sub(floats4<T>(from + 4 * sizeof<T>()), darkHigh),
      f32x4.div(v128.load(flat + at, 16), average),
    )
    if (isFloat<T>()) {
      v128.store(to, low)
      v128.store(to, high, 16)
    } else {
      const first = i32x4.trunc_sat_f32x4_s(f32x4.nearest(low))
      const second = i32x4.trunc_sat_f32x4_s(f32x4.nearest(high))
      if (sizeof<T>() === 2) v128.store(to, i16x8.narrow_i32x4_u(first, second))
      else {
        // By way of signed words: values over 32767 stay over 255.
        const words = i16x8.narrow_i32x4_s(first, second)
        v128.store64_lane(to, i8x16.narrow_i16x8_u(words, words), 0)
      }
    }
  }
  for (; index < size; index++) {
    const at = (<usize>index) << 2
    const to = out + <usize>index * sizeof<T>()
    const value =
      (<f32>load<T>(source + <usize>index * sizeof<T>()) - (dark === 0 ? 0 : load<f32>(dark + at))) /
      (load<f32>(flat + at) / mean)
    if (isFloat<T>()) store<f32>(to, value)
    else {
      const largest: f32 = sizeof<T>() === 2 ? 65535 : 255
      store<T>(to, <T>(<i32>min<f32>(largest, max<f32>(0, nearest<f32>(value)))))
    }
  }
}

/** 8-bit pixels less `dark` (0: none), over `flat` over its mean. */
export function flatU8(source: usize, out: usize, size: i32, flat: usize, dark: usize, mean: f32): void {
  correct<u8>(source, out, size, flat, dark, mean)
}
/** As {@link flatU8}, of 16 bits. */
export function flatU16(source: usize, out: usize, size: i32, flat: usize, dark: usize, mean: f32): void {
  correct<u16>(source, out, size, flat, dark, mean)
}
/** As {@link flatU8}, of floats. */
export function flatF32(source: usize, out: usize, size: i32, flat: usize, dark: usize, mean: f32): void {
  correct<f32>(source, out, size, flat, dark, mean)
}

/**
 * The sum of floats, in four sums of every fourth that are added at the end. With `positive` it is NaN unless all are above 0; without,
 * it is not finite where one of them is not.
 */
export function floatSum(source: usize, size: i32, positive: i32): f64 {
  let low = f64x2.splat(0)
  let high = low
  let good = i32x4.splat(-1)
  const none = f32x4.splat(0)
  let index = 0
  for (; index + 4 <= size; index += 4) {
    const values = v128.load(source + ((<usize>index) << 2))
    good = v128.and(good, f32x4.gt(values, none))
    low = f64x2.add(low, f64x2.promote_low_f32x4(values))
    high = f64x2.add(
      high,
      f64x2.promote_low_f32x4(
        i8x16.shuffle(values, values, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15),
      ),
    )
  }
  let sum =
    f64x2.extract_lane(low, 0) +
    f64x2.extract_lane(low, 1) +
    (f64x2.extract_lane(high, 0) + f64x2.extract_lane(high, 1))
  let above = i32x4.all_true(good)
  for (; index < size; index++) {
    const value = load<f32>(source + ((<usize>index) << 2))
    above = above && value > 0
    sum += <f64>value
  }
  return positive !== 0 && !above ? NaN : sum
}
