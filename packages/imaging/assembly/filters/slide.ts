/**
 * Medians by counts that slide along (Huang, Yang and Tang 1979): the work grows with the radius of the footprint, not with
 * its square. As in src/internal/filters/slide.ts.
 */

/** A count at a place of a table of 16 bits becomes one more or less. */
// @inline
function change(table: usize, place: u32, by: i32): void {
  const at = table + ((<usize>place) << 1)
  store<u16>(at, load<u16>(at) + by)
}

// @inline
function countOf(table: usize, place: u32): i32 {
  return load<u16>(table + ((<usize>place) << 1))
}

/**
 * The medians of `width` x `height` numbers of 16 bits with a border of `radius` on all sides. `counts` holds how often each
 * of 65,536 numbers occurs in the footprint of the first pixel, and behind these how often each group of 256 numbers does;
 * `half` is how many numbers of a footprint are at most below its median.
 */
export function slide(
  keys: usize,
  out: usize,
  width: i32,
  height: i32,
  reaches: usize,
  radius: i32,
  half: i32,
  counts: usize,
): void {
  const line = (width + 2 * radius) << 1
  const groups = counts + 131072
  const pixels = width * height
  let place = keys + radius * (line + 2)
  let median: u32 = 0
  let below: i32 = 0
  let x = 0
  let y = 0
  // In bytes, as `line`.
  let forward = 2
  for (let done = 0; done < pixels; done++) {
    if (done > 0) {
      // One step along the row, and at its end one down, where the footprint's columns are its rows.
      let along = forward
      let across = line
      x += forward
      if (x < 0 || x === width << 1) {
        x -= forward
        y += width << 1
        forward = -forward
        along = line
        across = 2
      }
      let row = place - radius * across
      place += along
      for (let index = 0; index <= 2 * radius; index++, row += across) {
        const far = load<i32>(reaches + ((<usize>index) << 2)) * along
        const left = <u32>load<u16>(row - far)
        const entered = <u32>load<u16>(row + far + along)
        change(counts, left, -1)
        change(counts, entered, 1)
        below += i32(entered < median) - i32(left < median)
        if ((left ^ entered) > 255) {
          change(groups, left >> 8, -1)
          change(groups, entered >> 8, 1)
        }
      }
    }
    while (below > half) {
      const group = (median & 255) === 0 ? countOf(groups, (median >> 8) - 1) : 65535
      if (below - group > half) {
        below -= group
        median -= 256
      } else below -= countOf(counts, --median)
    }
    while (below + countOf(counts, median) <= half) {
      const group = (median & 255) === 0 ? countOf(groups, median >> 8) : 65535
      if (below + group <= half) {
        below += group
        median += 256
      } else below += countOf(counts, median++)
    }
    store<u16>(out + y + x, <u16>median)
  }
}
