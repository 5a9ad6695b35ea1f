/**
 * Pictures as bits: bit i of a row is pixel i, 128 pixels a block. Around the picture stand one block and one row of zeros, so
 * that no kernel looks outside. A row takes `(blocks + 2) * 16` bytes, a picture `height + 2` rows.
 */

/** Bytes of a block. */
export const blockBytes: usize = 16

/** Bytes of a row of bits, its zero blocks included. */
export function rowBytes(width: u32): usize {
  return (<usize>((width + 127) >> 7) + 2) << 4
}

// @inline
function bits16<T>(source: usize): u32 {
  if (sizeof<T>() == 1) {
    return i8x16.bitmask(i8x16.ne(v128.load(source), i8x16.splat(0)))
  } else if (isFloat<T>()) {
    const zero = f32x4.splat(0)
    const low = i16x8.narrow_i32x4_s(f32x4.ne(v128.load(source), zero), f32x4.ne(v128.load(source, 16), zero))
    const high = i16x8.narrow_i32x4_s(f32x4.ne(v128.load(source, 32), zero), f32x4.ne(v128.load(source, 48), zero))
    return i8x16.bitmask(i8x16.narrow_i16x8_s(low, high))
  } else {
    const zero = i16x8.splat(0)
    const low = i16x8.ne(v128.load(source), zero)
    return i8x16.bitmask(i8x16.narrow_i16x8_s(low, i16x8.ne(v128.load(source, 16), zero)))
  }
}

/** Bits of pixels that are not zero, after clearing all; `bits` is the first byte of the first zero row. */
export function pack<T>(source: usize, width: u32, height: u32, bits: usize): void {
  const stride = rowBytes(width)
  memory.fill(bits, 0, stride * (<usize>height + 2))
  for (let y: u32 = 0; y < height; y++) {
    const row = source + <usize>y * width * sizeof<T>()
    const out = bits + (<usize>y + 1) * stride + blockBytes
    let x: u32 = 0
    for (; x + 16 <= width; x += 16) store<u16>(out + (x >> 3), bits16<T>(row + <usize>x * sizeof<T>()))
    let rest: u32 = 0
    for (let at: u32 = 0; x + at < width; at++) {
      if (load<T>(row + <usize>(x + at) * sizeof<T>()) != <T>0) rest |= 1 << at
    }
    if (x < width) store<u16>(out + (x >> 3), rest)
  }
}

/** Pixels 1 and 0 from bits. */
export function unpack(bits: usize, width: u32, height: u32, out: usize): void {
  const stride = rowBytes(width)
  const spread = i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1)
  const single = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128)
  for (let y: u32 = 0; y < height; y++) {
    const row = bits + (<usize>y + 1) * stride + blockBytes
    const target = out + <usize>y * width
    let x: u32 = 0
    for (; x + 16 <= width; x += 16) {
      const bytes = i8x16.swizzle(v128.load16_splat(row + (x >> 3)), spread)
      // -1 where the bit is set; its negative is 1.
      v128.store(target + x, i8x16.neg(i8x16.eq(v128.and(bytes, single), single)))
    }
    for (; x < width; x++) store<u8>(target + x, (load<u8>(row + (x >> 3)) >> <u8>(x & 7)) & 1)
  }
}

/** Each pixel's left neighbour, of the block at an address. */
// @inline
export function westOf(block: usize): v128 {
  return v128.or(i64x2.shl(v128.load(block), 1), i64x2.shr_u(v128.load(block - 8), 63))
}

/** Each pixel's right neighbour, of the block at an address. */
// @inline
export function eastOf(block: usize): v128 {
  return v128.or(i64x2.shr_u(v128.load(block), 1), i64x2.shl(v128.load(block + 8), 63))
}
