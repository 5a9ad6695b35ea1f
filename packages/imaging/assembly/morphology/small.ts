/**
 * Disks of radius 1 to 3: a square and four single pixels, taken straight from the rows; opening and closing in one sweep,
 * whose second pass follows the first by the radius. Tables would cost more than they save.
 */
import { complement, complementOne, least, left1, left2, left3, nothingOf, plain, right1, right2, right3 } from "./lanes"

/** Rows that each ring holds: a power of two above twice the largest radius. */
const ROWS: i32 = 8

/** The vertical minimum that the square is made of. */
// @ts-ignore: decorator
@inline
function column<T>(radius: i32, r1: usize, r2: usize, r3: usize, r4: usize, r5: usize): v128 {
  let value = v128.load(r3)
  if (radius >= 2) value = least<T>(value, least<T>(v128.load(r2), v128.load(r4)))
  if (radius == 3) value = least<T>(value, least<T>(v128.load(r1), v128.load(r5)))
  return value
}

/**
 * One row of minima. `r0` to `r6` are the rows around it from above (three above it; those beyond the radius are not
 * read), each with a vector of nothing on both sides.
 */
// @ts-ignore: decorator
@inline
function minimumRow<T>(
  radius: i32,
  r0: usize,
  r1: usize,
  r2: usize,
  r3: usize,
  r4: usize,
  r5: usize,
  r6: usize,
  image: usize,
  target: usize,
  bytes: usize,
  what: u32,
): void {
  let before = column<T>(radius, r1 - 16, r2 - 16, r3 - 16, r4 - 16, r5 - 16)
  let here = column<T>(radius, r1, r2, r3, r4, r5)
  let middleBefore = v128.load(r3 - 16)
  let middle = v128.load(r3)
  for (let at: usize = 0; at < bytes; at += 16) {
    const next = at + 16
    const after = column<T>(radius, r1 + next, r2 + next, r3 + next, r4 + next, r5 + next)
    const middleAfter = v128.load(r3 + next)
    let value: v128
    if (radius == 1) {
      value = least<T>(least<T>(v128.load(r2 + at), v128.load(r4 + at)), here)
      value = least<T>(value, least<T>(left1<T>(before, here), right1<T>(here, after)))
    } else {
      value = least<T>(here, least<T>(left1<T>(before, here), right1<T>(here, after)))
      if (radius == 2) {
        value = least<T>(value, least<T>(v128.load(r1 + at), v128.load(r5 + at)))
        value = least<T>(value, least<T>(left2<T>(middleBefore, middle), right2<T>(middle, middleAfter)))
      } else {
        value = least<T>(value, least<T>(left2<T>(before, here), right2<T>(here, after)))
        value = least<T>(value, least<T>(v128.load(r0 + at), v128.load(r6 + at)))
        value = least<T>(value, least<T>(left3<T>(middleBefore, middle), right3<T>(middle, middleAfter)))
      }
    }
    before = here
    here = after
    middleBefore = middle
    middle = middleAfter
    if (what == 1) value = complement<T>(value)
    else if (what == 2) value = v128.sub<T>(v128.load(image + at), complement<T>(value))
    else if (what == 3) value = v128.sub<T>(value, v128.load(image + at))
    v128.store(target + at, plain<T>(value))
  }
}

// @ts-ignore: decorator
@inline
function slot(ring: usize, stride: usize, y: i32, height: i32, outside: usize): usize {
  return y < 0 || y >= height ? outside : ring + <usize>(y & (ROWS - 1)) * stride
}

/** Row `y` of minima from a ring of rows. */
function fromRing<T>(
  radius: i32,
  ring: usize,
  stride: usize,
  y: i32,
  height: i32,
  outside: usize,
  image: usize,
  target: usize,
  bytes: usize,
  what: u32,
): void {
  const r0 = slot(ring, stride, y - 3, height, outside)
  const r1 = slot(ring, stride, y - 2, height, outside)
  const r2 = slot(ring, stride, y - 1, height, outside)
  const r3 = slot(ring, stride, y, height, outside)
  const r4 = slot(ring, stride, y + 1, height, outside)
  const r5 = slot(ring, stride, y + 2, height, outside)
  const r6 = slot(ring, stride, y + 3, height, outside)
  if (sizeof<T>() == 2 && radius == 1) minimumRow<T>(1, r0, r1, r2, r3, r4, r5, r6, image, target, bytes, what)
  else minimumRow<T>(radius, r0, r1, r2, r3, r4, r5, r6, image, target, bytes, what)
}

/**
 * One pass or two. `rings` has room for 17 rows of `stride` bytes: a vector, the row up to its last vector, a vector and one
 * more; then for two rows without.
 */
export function small<T>(
  source: usize,
  out: usize,
  width: usize,
  height: i32,
  radius: i32,
  rings: usize,
  stride: usize,
  twice: bool,
  flip: bool,
  what: u32,
): void {
  const nothing = v128.splat<T>(nothingOf<T>())
  const rowBytes = width * sizeof<T>()
  const bytes = (rowBytes + 15) & ~15
  const size = rowBytes * <usize>height
  const ringsEnd = rings + 17 * stride
  for (let at = rings; at < ringsEnd; at += 16) v128.store(at, nothing)
  const first = rings + 16
  const second = first + 8 * stride
  const outside = first + 16 * stride
  const rowImage = ringsEnd
  const rowOut = ringsEnd + stride
  const newest = height + (twice ? 2 * radius : radius)
  for (let t = 0; t < newest; t++) {
    if (t < height) {
      const target = slot(first, stride, t, height, outside)
      const from = source + <usize>t * rowBytes
      let at: usize = 0
      if (flip) {
        for (; at + 16 <= rowBytes; at += 16) v128.store(target + at, complement<T>(v128.load(from + at)))
        for (; at < rowBytes; at += sizeof<T>()) store<T>(target + at, complementOne<T>(load<T>(from + at)))
      } else memory.copy(target, from, rowBytes)
    }
    if (twice && t >= radius && t < height + radius) {
      const target = slot(second, stride, t - radius, height, outside)
      fromRing<T>(radius, first, stride, t - radius, height, outside, 0, target, bytes, 1)
      for (let at = rowBytes; at < bytes; at += sizeof<T>()) store<T>(target + at, nothingOf<T>())
    }
    const y = twice ? t - 2 * radius : t - radius
    if (y < 0) continue
    const ring = twice ? second : first
    const offset = <usize>y * rowBytes
    // A row may be written to the end of its last vector where a later one writes there again.
    if (offset + bytes <= size) {
      fromRing<T>(radius, ring, stride, y, height, outside, source + offset, out + offset, bytes, what)
    } else {
      memory.copy(rowImage, source + offset, rowBytes)
      fromRing<T>(radius, ring, stride, y, height, outside, rowImage, rowOut, bytes, what)
      memory.copy(out + offset, rowOut, rowBytes)
    }
  }
}
