/**
 * Background by a rolling ball: minima around the middle of each row, raised by the ball's drops, go to the rows above and
 * below it. Worked on in strips of columns whose tables stay in the cache.
 */
import { least, nothingOf } from "./lanes"
import { readRow, writeRow } from "./disk"

// @inline
function raised<T>(value: v128, drop: v128): v128 {
  if (isFloat<T>()) return v128.add<T>(value, drop)
  return v128.add_sat<T>(value, drop)
}

// @inline
function dropOf<T>(step: usize): v128 {
  if (isFloat<T>()) return v128.load32_splat(step, 4)
  return v128.splat<T>(<T>load<u32>(step, 4))
}

/** The minimum of all steps of a row of the ball goes into two rows of the background, 64 bytes at a time. */
function apply<T>(centred: usize, steps: usize, end: usize, above: usize, below: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 64) {
    const nothing = v128.splat<T>(nothingOf<T>())
    let v0 = nothing
    let v1 = nothing
    let v2 = nothing
    let v3 = nothing
    for (let step = steps; step < end; step += 8) {
      const from = centred + <usize>load<u32>(step) + at
      const drop = dropOf<T>(step)
      v0 = least<T>(v0, raised<T>(v128.load(from), drop))
      v1 = least<T>(v1, raised<T>(v128.load(from, 16), drop))
      v2 = least<T>(v2, raised<T>(v128.load(from, 32), drop))
      v3 = least<T>(v3, raised<T>(v128.load(from, 48), drop))
    }
    let target = above
    for (let side = 0; side < 2; side++) {
      if (target !== 0) {
        const to = target + at
        v128.store(to, least<T>(v0, v128.load(to)))
        v128.store(to, least<T>(v1, v128.load(to, 16)), 16)
        v128.store(to, least<T>(v2, v128.load(to, 32)), 32)
        v128.store(to, least<T>(v3, v128.load(to, 48)), 48)
      }
      target = below
    }
  }
}

/**
 * The whole picture. `starts` points to the first step of each row of the ball, and to the end of all; a step is the place of
 * its minima in `centred` and its drop. `centred` holds `reachX + 1` rows of a strip, `ring` 2 `reachY` + 1 rows, `row` one
 * row and `reachX` pixels on both sides.
 */
export function ball<T>(
  source: usize,
  out: usize,
  width: usize,
  height: i32,
  reachX: usize,
  reachY: i32,
  strip: usize,
  starts: usize,
  centred: usize,
  ring: usize,
  row: usize,
  what: u32,
): void {
  const nothing = v128.splat<T>(nothingOf<T>())
  const depth = 2 * reachY + 1
  const stripBytes = strip * sizeof<T>()
  const rowBytes = width * sizeof<T>()
  const middle = row + reachX * sizeof<T>()
  const newest = height + reachY
  for (let x0: usize = 0; x0 < width; x0 += strip) {
    const count = min(strip, width - x0)
    const before = x0 < reachX ? reachX - x0 : 0
    const from: usize = x0 < reachX ? 0 : x0 - reachX
    const seen = min(width, x0 + strip + reachX) - from
    const ringEnd = ring + <usize>depth * stripBytes
    for (let at = ring; at < ringEnd; at += 16) v128.store(at, nothing)
    for (let y = 0; y < newest; y++) {
      if (y < height) {
        const first = source + <usize>y * rowBytes + from * sizeof<T>()
        readRow<T>(first, row, before, seen, (strip + 2 * reachX) * sizeof<T>(), false)
        for (let at: usize = 0; at < stripBytes; at += 16) v128.store(centred + at, v128.load(middle + at))
        for (let half: usize = 1; half <= reachX; half++) {
          const inner = centred + (half - 1) * stripBytes
          const outer = inner + stripBytes
          const left = middle - half * sizeof<T>()
          const right = middle + half * sizeof<T>()
          for (let at: usize = 0; at < stripBytes; at += 16) {
            const sides = least<T>(v128.load(left + at), v128.load(right + at))
            v128.store(outer + at, least<T>(v128.load(inner + at), sides))
          }
        }
        for (let dy = 0; dy <= reachY; dy++) {
          const above = y >= dy ? ring + <usize>((y - dy) % depth) * stripBytes : 0
          const below = dy > 0 && y + dy < height ? ring + <usize>((y + dy) % depth) * stripBytes : 0
          const list = starts + ((<usize>dy) << 2)
          apply<T>(centred, load<u32>(list), load<u32>(list, 4), above, below, stripBytes)
        }
      }
      const done = y - reachY
      if (done < 0) continue
      const finished = ring + <usize>(done % depth) * stripBytes
      const offset = <usize>done * rowBytes + x0 * sizeof<T>()
      writeRow<T>(finished, source + offset, out + offset, count, what)
      for (let at: usize = 0; at < stripBytes; at += 16) v128.store(finished + at, nothing)
    }
  }
}
