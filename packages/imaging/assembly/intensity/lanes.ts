/**
 * Pixels of any type in the lanes of a vector.
 */

/** Four pixels of 8 or 16 bits as 32. */
export function four<T>(at: usize): v128 {
  if (sizeof<T>() == 1) {
    return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)))
  }
  return v128.load16x4_u(at)
}

/** Two pixels of any type as 64-bit floats. */
export function two<T>(at: usize): v128 {
  if (isFloat<T>()) return f64x2.promote_low_f32x4(v128.load64_zero(at))
  if (sizeof<T>() == 1) {
    return f64x2.convert_low_i32x4_u(
      i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load16_lane(at, i32x4.splat(0), 0))),
    )
  }
  return f64x2.convert_low_i32x4_u(i32x4.extend_low_i16x8_u(v128.load32_zero(at)))
}

/** The place that a place outside is mirrored to; the edge itself is repeated (`d c b a | a b c d | d c b a`). */
export function mirrored(place: i32, length: i32): i32 {
  const period = length * 2
  let within = place % period
  if (within < 0) within += period
  return within < length ? within : period - 1 - within
}
