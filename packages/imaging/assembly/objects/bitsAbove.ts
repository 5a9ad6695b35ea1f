/** A comparison of 64 pixels at once. */

/** 64 pixels as bits: 1 where the value lies above the threshold. */
// @inline
export function bitsAbove<T>(at: usize, splat: v128): u64 {
  let bits: u64 = 0
  if (sizeof<T>() == 1) {
    for (let part: i32 = 0; part < 4; part++) {
      const mask = i8x16.bitmask(i8x16.gt_u(v128.load(at + part * 16), splat)) & 0xffff
      bits |= (<u64>mask) << (part * 16)
    }
  } else if (isFloat<T>()) {
    for (let part: i32 = 0; part < 4; part++) {
      const p = at + part * 64
      const low = i16x8.narrow_i32x4_s(f32x4.gt(v128.load(p), splat), f32x4.gt(v128.load(p, 16), splat))
      const high = i16x8.narrow_i32x4_s(f32x4.gt(v128.load(p, 32), splat), f32x4.gt(v128.load(p, 48), splat))
      const mask = i8x16.bitmask(i8x16.narrow_i16x8_s(low, high)) & 0xffff
      bits |= (<u64>mask) << (part * 16)
    }
  } else {
    for (let part: i32 = 0; part < 4; part++) {
      const p = at + part * 32
      const low = i16x8.gt_u(v128.load(p), splat)
      const high = i16x8.gt_u(v128.load(p, 16), splat)
      const mask = i8x16.bitmask(i8x16.narrow_i16x8_s(low, high)) & 0xffff
      bits |= (<u64>mask) << (part * 16)
    }
  }
  return bits
}
