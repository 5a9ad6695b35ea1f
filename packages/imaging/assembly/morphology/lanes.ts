/** Vectors of pixels of any type: minima, complements, and neighbours across two vectors. */

// @inline
export function least<T>(first: v128, second: v128): v128 {
  // `pmin` is one instruction where `min`, which minds NaN, is several; pictures have no NaN.
  if (isFloat<T>()) return sizeof<T>() === 8 ? f64x2.pmin(first, second) : f32x4.pmin(first, second)
  return v128.min<T>(first, second)
}

/** What no pixel is above: what is outside a picture. */
// @inline
export function nothingOf<T>(): T {
  return isFloat<T>() ? <T>Infinity : <T>~0
}

// @inline
export function complement<T>(value: v128): v128 {
  if (isFloat<T>()) return v128.neg<T>(value)
  return v128.not(value)
}

// @inline
export function complementOne<T>(value: T): T {
  if (isFloat<T>()) return <T>-value
  return <T>~value
}

/** Adding nothing makes a negative zero a zero, so that the order of comparisons cannot be seen. */
// @inline
export function plain<T>(value: v128): v128 {
  if (isFloat<T>()) return v128.add<T>(value, v128.splat<T>(<T>0))
  return value
}

/** The 16 bytes that begin `bytes` before the second of two vectors. */
// @inline
function joined1(first: v128, second: v128): v128 {
  return v128.shuffle<u8>(first, second, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30)
}
// @inline
function joined2(first: v128, second: v128): v128 {
  return v128.shuffle<u8>(first, second, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29)
}
// @inline
function joined3(first: v128, second: v128): v128 {
  return v128.shuffle<u8>(first, second, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28)
}
// @inline
function joined4(first: v128, second: v128): v128 {
  return v128.shuffle<u8>(first, second, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27)
}
// @inline
function joined6(first: v128, second: v128): v128 {
  return v128.shuffle<u8>(first, second, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25)
}
// @inline
function joined8(first: v128, second: v128): v128 {
  return v128.shuffle<u8>(first, second, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23)
}
// @inline
function joined10(first: v128, second: v128): v128 {
  return v128.shuffle<u8>(first, second, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21)
}
// @inline
function joined12(first: v128, second: v128): v128 {
  return v128.shuffle<u8>(first, second, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)
}
// @inline
function joined13(first: v128, second: v128): v128 {
  return v128.shuffle<u8>(first, second, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
}
// @inline
function joined14(first: v128, second: v128): v128 {
  return v128.shuffle<u8>(first, second, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)
}
// @inline
function joined15(first: v128, second: v128): v128 {
  return v128.shuffle<u8>(first, second, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
}

/** For each pixel of the second vector, its neighbour one to the left. */
// @inline
export function left1<T>(before: v128, here: v128): v128 {
  if (sizeof<T>() === 1) return joined1(before, here)
  if (sizeof<T>() === 2) return joined2(before, here)
  return joined4(before, here)
}
/** Two to the left. */
// @inline
export function left2<T>(before: v128, here: v128): v128 {
  if (sizeof<T>() === 1) return joined2(before, here)
  if (sizeof<T>() === 2) return joined4(before, here)
  return joined8(before, here)
}
/** Three to the left. */
// @inline
export function left3<T>(before: v128, here: v128): v128 {
  if (sizeof<T>() === 1) return joined3(before, here)
  if (sizeof<T>() === 2) return joined6(before, here)
  return joined12(before, here)
}
/** For each pixel of the first vector, its neighbour one to the right. */
// @inline
export function right1<T>(here: v128, after: v128): v128 {
  if (sizeof<T>() === 1) return joined15(here, after)
  if (sizeof<T>() === 2) return joined14(here, after)
  return joined12(here, after)
}
/** Two to the right. */
// @inline
export function right2<T>(here: v128, after: v128): v128 {
  if (sizeof<T>() === 1) return joined14(here, after)
  if (sizeof<T>() === 2) return joined12(here, after)
  return joined8(here, after)
}
/** Three to the right. */
// @inline
export function right3<T>(here: v128, after: v128): v128 {
  if (sizeof<T>() === 1) return joined13(here, after)
  if (sizeof<T>() === 2) return joined10(here, after)
  return joined4(here, after)
}
