/**
 * The exact Euclidean distance transform: down and up the columns, then along the rows. In a row, only the pixels of one
 * run and the background beside it can be nearest to a pixel of that run.
 */

/** No background in this column. */
const none: u32 = 0xffff

/** The nearest of candidates for a run, by offsets to both sides; whole squares fit 16 bits. */
// @inline
function nearestByOffsets(
  columns: usize,
  start: u32,
  length: u32,
  reach: u32,
  squares: usize,
  best: usize,
  open: u32,
): void {
  // `squares` has room of `reach` + 16 on both sides; what lies past the background beside the run is never nearest.
  const pad = reach + 16
  const far = i16x8.splat(-1)
  for (let k: u32 = 0; k < length + 2 * pad + 8; k += 8) v128.store(squares + ((<usize>k) << 1), far)
  const inner = squares + ((<usize>pad) << 1)
  for (let k: u32 = 0; k < length; k++) {
    const g = <u32>load<u16>(columns + ((<usize>(start + k)) << 1))
    store<u16>(inner + ((<usize>k) << 1), <u16>(g > 255 ? 0xffff : g * g))
  }
  if ((open & 1) == 0) store<u16>(inner - 2, 0)
  if ((open & 2) == 0) store<u16>(inner + ((<usize>length) << 1), 0)
  for (let k: u32 = 0; k < length; k += 8) {
    const at = inner + ((<usize>k) << 1)
    let nearest = v128.load(at)
    let left = at - 2
    let right = at + 2
    for (let offset: u32 = 1; offset <= reach; offset++) {
      const square = i16x8.splat(<i16>(offset * offset))
      // Once the square of the offset reaches all that was found, nothing nearer can follow.
      if (!v128.any_true(i16x8.gt_u(nearest, square))) break
      const both = i16x8.min_u(v128.load(left), v128.load(right))
      nearest = i16x8.min_u(nearest, i16x8.add_sat_u(both, square))
      left -= 2
      right += 2
    }
    v128.store(best + ((<usize>k) << 1), nearest)
  }
}

/** Where, between two columns, the later becomes the nearer: the last place of the earlier. */
// @inline
function turn(x0: i64, g0: i64, x1: i64, g1: i64): i64 {
  const numerator = x1 * x1 - x0 * x0 + g1 * g1 - g0 * g0
  const denominator = 2 * (x1 - x0)
  // Rounded down, also below 0.
  let quotient = numerator / denominator
  if (numerator % denominator < 0) quotient--
  return quotient
}

/** One result: the distance, or its square as a whole number. */
// @inline
function put(out: usize, x: u32, square: i64, squared: u32): void {
  const at = out + ((<usize>x) << 2)
  if (squared) store<u32>(at, square > 0xffffffff ? 0xffffffff : <u32>square)
  else store<f32>(at, <f32>sqrt<f64>(<f64>square))
}

/** Any run, by the lower envelope of parabolas (Meijster et al.). `stack` holds column and first place, two for each. */
function nearestByEnvelope(
  columns: usize,
  start: u32,
  length: u32,
  open: u32,
  width: u32,
  stack: usize,
  out: usize,
  squared: u32,
): void {
  const first = (open & 1) == 0 ? start - 1 : start
  const last = (open & 2) == 0 ? start + length : start + length - 1
  let top: i32 = -1
  for (let x = first; x <= last; x++) {
    const g = <u32>load<u16>(columns + ((<usize>x) << 1))
    if (g == none) continue
    let from: i64 = 0
    while (top >= 0) {
      const x0 = <u32>load<i32>(stack + ((<usize>top) << 3))
      const from0 = <i64>load<i32>(stack + ((<usize>top) << 3), 4)
      from = turn(x0, load<u16>(columns + ((<usize>x0) << 1)), x, g) + 1
      if (from > from0) break
      top--
    }
    if (top < 0) from = 0
    if (from < <i64>width) {
      top++
      store<i32>(stack + ((<usize>top) << 3), x)
      store<i32>(stack + ((<usize>top) << 3), <i32>from, 4)
    }
  }
  for (let x = start + length - 1; ; x--) {
    if (top < 0) {
      // No background at all.
      const at = out + ((<usize>x) << 2)
      if (squared) store<u32>(at, 0xffffffff)
      else store<f32>(at, <f32>Infinity)
    } else {
      while (top > 0 && load<i32>(stack + ((<usize>top) << 3), 4) > <i32>x) top--
      const x0 = <i64>load<i32>(stack + ((<usize>top) << 3))
      const g = <i64>load<u16>(columns + ((<usize>x0) << 1))
      put(out, x, (<i64>x - x0) * (<i64>x - x0) + g * g, squared)
    }
    if (x == start) break
  }
}

/**
 * Distances to the nearest background, or their squares. `columns` has room for a 16-bit number for each pixel,
 * `work` 8 bytes for each pixel of a row and 8192 besides.
 */
export function distances(
  mask: usize,
  width: u32,
  height: u32,
  columns: usize,
  work: usize,
  out: usize,
  squared: u32,
): void {
  const one = i16x8.splat(1)
  const zero = i16x8.splat(0)
  const size = (<usize>width) << 1
  for (let y: u32 = 0; y < height; y++) {
    const row = mask + <usize>y * width
    const here = columns + <usize>y * size
    const before = here - size
    let x: u32 = 0
    for (; x + 8 <= width; x += 8) {
      const background = i16x8.eq(v128.load8x8_u(row + x), zero)
      const up = y == 0 ? i16x8.splat(-1) : i16x8.add_sat_u(v128.load(before + ((<usize>x) << 1)), one)
      v128.store(here + ((<usize>x) << 1), v128.andnot(up, background))
    }
    for (; x < width; x++) {
      let value: u32 = 0
      if (load<u8>(row + x) != 0) {
        value = y == 0 ? none : <u32>load<u16>(before + ((<usize>x) << 1)) + 1
        if (value > none) value = none
      }
      store<u16>(here + ((<usize>x) << 1), <u16>value)
    }
  }
  const squares = work
  const best = work + 4096
  for (let y: i32 = <i32>height - 1; y >= 0; y--) {
    const here = columns + <usize>y * size
    const target = out + ((<usize>y * width) << 2)
    if (y + 1 < <i32>height) {
      const below = here + size
      let x: u32 = 0
      for (; x + 8 <= width; x += 8) {
        const at = here + ((<usize>x) << 1)
        const up = i16x8.add_sat_u(v128.load(below + ((<usize>x) << 1)), one)
        v128.store(at, i16x8.min_u(v128.load(at), up))
      }
      for (; x < width; x++) {
        const at = here + ((<usize>x) << 1)
        const up = <u32>load<u16>(below + ((<usize>x) << 1)) + 1
        if (up < <u32>load<u16>(at)) store<u16>(at, <u16>up)
      }
    }
    memory.fill(target, 0, (<usize>width) << 2)
    let x: u32 = 0
    while (x < width) {
      while (x + 8 <= width && !v128.any_true(v128.load(here + ((<usize>x) << 1)))) x += 8
      if (x >= width) break
      if (load<u16>(here + ((<usize>x) << 1)) == 0) {
        x++
        continue
      }
      const start = x
      let most: u32 = 0
      while (x < width) {
        const g = <u32>load<u16>(here + ((<usize>x) << 1))
        if (g == 0) break
        if (g > most) most = g
        x++
      }
      const length = x - start
      const open: u32 = (start == 0 ? 1 : 0) | (x == width ? 2 : 0)
      // Both ends closed: half the run is the furthest; else the column itself.
      let reach = open == 0 ? (length + 1) >> 1 : length
      if (most < reach) reach = most
      if (length <= 512 && reach <= 96 && (open == 0 || most <= 255)) {
        nearestByOffsets(here, start, length, reach, squares, best, open)
        const to = target + ((<usize>start) << 2)
        let k: u32 = 0
        for (; k + 4 <= length; k += 4) {
          const whole = v128.load16x4_u(best + ((<usize>k) << 1))
          const at = to + ((<usize>k) << 2)
          if (squared) v128.store(at, whole)
          else v128.store(at, f32x4.sqrt(f32x4.convert_i32x4_u(whole)))
        }
        for (; k < length; k++) put(to, k, <i64>load<u16>(best + ((<usize>k) << 1)), squared)
      } else {
        nearestByEnvelope(here, start, length, open, width, work, target, squared)
      }
    }
  }
}
