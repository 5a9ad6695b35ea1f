/** Local maxima of a plane among its neighbours in it and in the planes of the scales beside it. */

/** Which of four pixels are at least their left, middle and right neighbours of a row. */
function atLeastRow(middle: v128, at: usize, sign: v128): v128 {
  const first = f32x4.ge(middle, v128.xor(sign, v128.load(at - 4)))
  const second = f32x4.ge(middle, v128.xor(sign, v128.load(at)))
  const third = f32x4.ge(middle, v128.xor(sign, v128.load(at + 4)))
  return v128.and(v128.and(first, second), third)
}

/** Whether a pixel is at least its neighbours of a plane, those that there are. */
function atLeastPlane(value: f32, plane: usize, x: i32, y: i32, width: i32, height: i32, dark: bool): bool {
  for (let row = max(0, y - 1); row <= min(height - 1, y + 1); row++) {
    for (let column = max(0, x - 1); column <= min(width - 1, x + 1); column++) {
      const other = load<f32>(plane + ((<usize>row * width + column) << 2))
      if ((dark ? -other : other) > value) return false
    }
  }
  return true
}

/**
 * Writes the places (index in the plane) of pixels above `threshold` that no neighbour exceeds; `before` and `after` are
 * the planes beside it, or 0. With `dark` the same of the negated planes. Gives how many there are, of which the first
 * `capacity` are written.
 */
export function peaks(
  before: usize,
  plane: usize,
  after: usize,
  width: i32,
  height: i32,
  threshold: f32,
  dark: bool,
  out: usize,
  capacity: i32,
): i32 {
  let count = 0
  const limit = f32x4.splat(threshold)
  const sign = i32x4.splat(dark ? 0x80000000 : 0)
  const line = (<usize>width) << 2
  for (let y = 0; y < height; y++) {
    const inner = y > 0 && y < height - 1
    for (let x = 0; x < width;) {
      const at = (<usize>y * width + x) << 2
      let mask: i32 = 1
      const vector = inner && x > 0 && x + 5 <= width
      if (vector) {
        const value = v128.xor(sign, v128.load(plane + at))
        let is = f32x4.gt(value, limit)
        if (!v128.any_true(is)) {
          x += 4
          continue
        }
        is = v128.and(is, atLeastRow(value, plane + at, sign))
        is = v128.and(is, atLeastRow(value, plane + at - line, sign))
        is = v128.and(is, atLeastRow(value, plane + at + line, sign))
        if (v128.any_true(is) && before !== 0) {
          is = v128.and(is, atLeastRow(value, before + at, sign))
          is = v128.and(is, atLeastRow(value, before + at - line, sign))
          is = v128.and(is, atLeastRow(value, before + at + line, sign))
        }
        if (v128.any_true(is) && after !== 0) {
          is = v128.and(is, atLeastRow(value, after + at, sign))
          is = v128.and(is, atLeastRow(value, after + at - line, sign))
          is = v128.and(is, atLeastRow(value, after + at + line, sign))
        }
        mask = i32x4.bitmask(is)
      } else {
        const raw = load<f32>(plane + at)
        const value = dark ? -raw : raw
        mask =
          value > threshold &&
          atLeastPlane(value, plane, x, y, width, height, dark) &&
          (before === 0 || atLeastPlane(value, before, x, y, width, height, dark)) &&
          (after === 0 || atLeastPlane(value, after, x, y, width, height, dark))
            ? 1
            : 0
      }
      while (mask !== 0) {
        if (count < capacity) store<u32>(out + ((<usize>count) << 2), <u32>(y * width + x + ctz(mask)))
        count++
        mask &= mask - 1
      }
      x += vector ? 4 : 1
    }
  }
  return count
}
