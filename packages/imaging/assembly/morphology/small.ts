/**
 * Disks of radius 1 to 3: a square and four single pixels, taken straight from the rows; opening and closing in one sweep,
 * whose second pass follows the first by the radius. Tables would cost more than they save.
 */
import {
  complement,
  complementOne,
  least,
  left1,
  left2,
  left3,
  nothingOf,
  plain,
  right1,
  right2,
  right3,
} from "./lanes"

/** Rows that each ring holds: a power of two above twice the largest radius. */
const ROWS: i32 = 8

/** The vertical minimum that the square is made of; `middle` is the pixels of the row itself. */
// @inline
function column<T>(radius: i32, p1: usize, p2: usize, middle: v128, p4: usize, p5: usize): v128 {
  let value = middle
  if (radius >= 2) value = least<T>(value, least<T>(v128.load(p2), v128.load(p4)))
  if (radius === 3) value = least<T>(value, least<T>(v128.load(p1), v128.load(p5)))
  return value
}
/** The same 16 bytes on. */
// @inline
function column16<T>(radius: i32, p1: usize, p2: usize, middle: v128, p4: usize, p5: usize): v128 {
  let value = middle
  if (radius >= 2) value = least<T>(value, least<T>(v128.load(p2, 16), v128.load(p4, 16)))
  if (radius === 3) value = least<T>(value, least<T>(v128.load(p1, 16), v128.load(p5, 16)))
  return value
}
/** The same 32 bytes on. */
// @inline
function column32<T>(radius: i32, p1: usize, p2: usize, middle: v128, p4: usize, p5: usize): v128 {
  let value = middle
  if (radius >= 2) value = least<T>(value, least<T>(v128.load(p2, 32), v128.load(p4, 32)))
  if (radius === 3) value = least<T>(value, least<T>(v128.load(p1, 32), v128.load(p5, 32)))
  return value
}

/** The square and the four pixels around one vector of pixels; `v0` to `v6` are the rows here. */
// @inline
function around<T>(
  radius: i32,
  before: v128,
  here: v128,
  after: v128,
  middleBefore: v128,
  middle: v128,
  middleAfter: v128,
  outer: v128,
): v128 {
  let value = least<T>(least<T>(here, outer), least<T>(left1<T>(before, here), right1<T>(here, after)))
  if (radius === 2) {
    value = least<T>(value, least<T>(left2<T>(middleBefore, middle), right2<T>(middle, middleAfter)))
  } else if (radius === 3) {
    value = least<T>(value, least<T>(left2<T>(before, here), right2<T>(here, after)))
    value = least<T>(value, least<T>(left3<T>(middleBefore, middle), right3<T>(middle, middleAfter)))
  }
  return value
}

// @inline
function written<T>(value: v128, picture: usize, what: u32): v128 {
  if (what === 1) value = complement<T>(value)
  else if (what === 2) value = v128.sub<T>(v128.load(picture), complement<T>(value))
  else if (what === 3) value = v128.sub<T>(value, v128.load(picture))
  return plain<T>(value)
}

/**
 * One row of minima, two vectors at a time. `r0` to `r6` are the rows around it from above (three above it; those beyond the
 * radius are not read), each with a vector of nothing on both sides.
 */
// @inline
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
  // The outermost rows, of which one pixel is seen.
  const above = radius === 1 ? r2 : radius === 2 ? r1 : r0
  const below = radius === 1 ? r4 : radius === 2 ? r5 : r6
  let middleBefore = v128.load(r3 - 16)
  let middle = v128.load(r3)
  let before = column<T>(radius, r1 - 16, r2 - 16, middleBefore, r4 - 16, r5 - 16)
  let here = column<T>(radius, r1, r2, middle, r4, r5)
  for (let at: usize = 0; at < bytes; at += 32) {
    const p1 = r1 + at
    const p2 = r2 + at
    const p3 = r3 + at
    const p4 = r4 + at
    const p5 = r5 + at
    const middleNext = v128.load(p3, 16)
    const middleAfter = v128.load(p3, 32)
    const next = column16<T>(radius, p1, p2, middleNext, p4, p5)
    const after = column32<T>(radius, p1, p2, middleAfter, p4, p5)
    const high = above + at
    const low = below + at
    const outer0 = least<T>(v128.load(high), v128.load(low))
    const outer1 = least<T>(v128.load(high, 16), v128.load(low, 16))
    const first = around<T>(radius, before, here, next, middleBefore, middle, middleNext, outer0)
    const second = around<T>(radius, here, next, after, middle, middleNext, middleAfter, outer1)
    before = next
    here = after
    middleBefore = middleNext
    middle = middleAfter
    const to = target + at
    const picture = image + at
    v128.store(to, written<T>(first, picture, what))
    v128.store(to, written<T>(second, picture + 16, what), 16)
  }
}

// @inline
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
  if (sizeof<T>() === 2 && radius === 1) minimumRow<T>(1, r0, r1, r2, r3, r4, r5, r6, image, target, bytes, what)
  else minimumRow<T>(radius, r0, r1, r2, r3, r4, r5, r6, image, target, bytes, what)
}

/**
 * One pass or two. `rings` has room for 17 rows of `stride` bytes: a vector, the row up to its last
 * pair of vectors, and two more; then for two rows without.
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
  const bytes = (rowBytes + 31) & ~31
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
