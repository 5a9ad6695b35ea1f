/**
 * Pixels in the lanes of a vector.
 */

/** Two floats as 64 bits. */
export function two(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at))
}

/** Four pixels of 16 bits as 32. */
export function four(at: usize): v128 {
  return v128.load16x4_u(at)
}

/** The place that a place outside is mirrored to; the edge itself is repeated (`d c b a | a b c d | d c b a`). */
export function mirrored(place: i32, length: i32): i32 {
  const period = length * 2
  let within = place % period
  if (within < 0) within += period
  return within < length ? within : period - 1 - within
}
